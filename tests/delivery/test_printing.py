"""A label is a record: which version, which copy, and why there is a second one."""

from datetime import date

import pytest
import sqlalchemy as sa

from delivery.dispatch.batching import batch_due
from delivery.dispatch.planning import request_plan
from delivery.dispatch.printing import Asker, papers_of, print_batch, print_label
from delivery.errors import NotFound, NotNow
from delivery.models import Printing, Result
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.labels.reading import codes, words

JAM = Asker("bode", "máy in kẹt giấy")


@pytest.fixture
def day(service: Service, intake: Intake) -> Day:
    """Three envelopes, printed once."""
    return Day(service, intake).prepare(3)


def copies(day: Day) -> list[tuple[int, str, str]]:
    with day.service.database.read() as session:
        rows = session.scalars(sa.select(Printing).order_by(Printing.id))
        return [(row.copy_no, row.printed_by, row.reason) for row in rows]


def labels_of(papers: dict[str, bytes]) -> str:
    return " ".join("".join(words(papers["labels.pdf"])).split())


def test_the_first_print_needs_no_reason_and_is_number_one(day: Day) -> None:
    assert copies(day) == [(1, "bode", "")] * 3
    assert labels_of(day.papers).count("Bản in 1") == 3


def test_printing_again_needs_a_reason_and_shows_the_copy(day: Day) -> None:
    with pytest.raises(NotNow, match=r"was printed|đã được in"):
        print_batch(day.service, day.batch, NOW)

    again = print_batch(day.service, day.batch, NOW, asker=JAM)

    assert copies(day)[3:] == [(2, "bode", "máy in kẹt giấy")] * 3
    assert labels_of(again).count("Bản in 2") == 3
    assert codes(again["labels.pdf"]) == codes(day.papers["labels.pdf"])


def test_a_label_for_another_day_s_batch_is_a_further_copy_and_says_for_which(day: Day) -> None:
    with day.service.database.write() as session:
        (tomorrow,) = batch_due(session, date(2026, 11, 26), NOW)
        code = tomorrow.code
        request_plan(session, code=code, day=None, seconds=1, at=NOW)
    day.work("plan")

    again = print_batch(day.service, code, NOW)

    assert copies(day)[3:] == [(2, "", code)] * 3
    assert labels_of(again).count("Bản in 2") == 3


def test_looking_at_the_papers_is_no_printing(day: Day) -> None:
    assert papers_of(day.service, day.batch) == day.papers
    assert len(copies(day)) == 3


def test_one_spoiled_label_is_printed_alone(day: Day) -> None:
    first, *_others = day.item_codes()

    pdf = print_label(day.service, day.batch, first, NOW, asker=JAM)

    assert [found for page in codes(pdf) for found in page if found == first] == [first]
    assert "Bản in 2" in labels_of({"labels.pdf": pdf})
    assert len(copies(day)) == 4
    assert labels_of(papers_of(day.service, day.batch)).count("Bản in 1") == 2
    with pytest.raises(NotFound):
        print_label(day.service, day.batch, "CH999999999VN", NOW, asker=JAM)


def test_after_an_address_has_changed_the_old_papers_are_not_shown_any_more(day: Day) -> None:
    with day.service.database.write() as session:
        session.scalars(sa.select(Result)).first().address_version += 1  # type: ignore[union-attr]

    with pytest.raises(NotNow):
        papers_of(day.service, day.batch)
    again = print_batch(day.service, day.batch, NOW, asker=JAM)

    assert labels_of(again).count("Bản in 1") == 1
    assert labels_of(again).count("Bản in 2") == 2
