"""The oracle for what is shown sees what it is there to see."""

import pytest

from tests.faults.house import House
from tests.faults.onlookers import shown
from tests.faults.oracle import assert_sound
from web import access


def test_nobody_without_right_is_shown_anything_of_a_printed_day(house: House) -> None:
    house.submit_all()
    house.work_until_quiet()

    assert_sound(house)


@pytest.mark.parametrize("embedded", [0], indirect=["embedded"])
def test_a_page_that_forgets_whose_office_it_is_is_noticed(embedded: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(shown(embedded)) == []

    def everybody(_office: int | None) -> bool:
        return True

    monkeypatch.setattr(access, "may_see_office", everybody)

    assert any("nhin-can-bo was shown /phong-bi/" in what for what in shown(embedded))
