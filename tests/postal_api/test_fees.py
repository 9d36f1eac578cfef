"""Postage: the table as it is delivered, and as offices may edit it."""

import pytest

from postal_api.errors import BadFees, NoFee
from postal_api.fees import DEFAULT, FeeTable, Zone

TABLE = FeeTable.parse(DEFAULT)


@pytest.mark.parametrize(
    ("zone", "dong"),
    [(Zone.DISTRICT, 26_000), (Zone.PROVINCE, 30_000), (Zone.REGION, 30_500), (Zone.COUNTRY, 31_500)],
)
def test_the_default_table_has_the_published_prices(zone: Zone, dong: int) -> None:
    assert TABLE.charge(zone, 60).dong == dong
    assert TABLE.charge(zone, 60, both_ways=True).dong == 2 * dong


@pytest.mark.parametrize("at_the_door", [True, False])
def test_only_who_pays_at_the_door_is_asked_there(*, at_the_door: bool) -> None:
    assert TABLE.charge(Zone.DISTRICT, 60, at_the_door=at_the_door).at_the_door == (26_000 if at_the_door else 0)


def test_a_heroic_mother_pays_nothing_and_the_slip_can_say_why() -> None:
    charge = TABLE.charge(Zone.COUNTRY, 60, at_the_door=True, kinds=["heroic-mother"])

    assert (charge.dong, charge.at_the_door) == (0, 0)
    assert "anh hùng" in charge.exempt


def test_what_the_table_does_not_say_is_not_guessed() -> None:
    with pytest.raises(NoFee):
        TABLE.charge(Zone.DISTRICT, 101)


@pytest.mark.parametrize(
    "text",
    ["fee = 3", "", "[[fee]]", '[[fee]]\nzone = "moon"\nup_to_g = 1\ndong = 1', "[", "[[fee]]\nzone=1",
     '[[fee]]\nzone = "district"\nup_to_g = 100\ndong = -1'],
)  # fmt: skip
def test_a_broken_table_is_named_as_such(text: str) -> None:
    with pytest.raises(BadFees):
        FeeTable.parse(text)
