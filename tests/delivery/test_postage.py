"""What the office's own table of fees says is what papers show, what the carrier is told, and what the books count."""

import pytest
import sqlalchemy as sa

from delivery.carriers import order_of
from delivery.errors import UnreadableFile
from delivery.models import Consignment, Submission
from delivery.postage import fee_file
from delivery.wiring import Service
from postal_api.fees import DEFAULT
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.labels.reading import words

DEARER = DEFAULT.replace("26000", "27500")


@pytest.fixture
def day(service: Service, intake: Intake) -> Day:
    """Three envelopes, printed at the usual postage; the first is paid at the door."""
    ready = Day(service, intake)
    ready.import_and_place(a_row(1, Người_trả_cước="COD"), a_row(2), a_row(3))
    ready.plan()
    ready.print()
    return ready


def orders(day: Day) -> list[int]:
    with day.service.database.read() as session:
        return [order_of(one).cod for one in session.scalars(sa.select(Consignment).order_by(Consignment.id))]


def test_a_new_table_counts_until_the_carrier_has_been_told(day: Day) -> None:
    assert sorted(orders(day)) == [0, 0, 26_000]
    fee_file(day.service.settings.home).write_text(DEARER, encoding="utf-8")

    day.print("the postage has changed")

    assert sorted(orders(day)) == [0, 0, 27_500]
    assert "27.500" in "".join(words(day.papers["labels.pdf"]))
    assert "27.500" in "".join(words(day.papers["manifest.pdf"]))


def test_what_the_carrier_was_told_stays_as_it_was_told(day: Day) -> None:
    with day.service.database.write() as session:
        session.execute(sa.update(Consignment).values(submission=Submission.ACCEPTED))
    fee_file(day.service.settings.home).write_text(DEARER, encoding="utf-8")

    day.print("a further copy")

    assert sorted(orders(day)) == [0, 0, 26_000]
    assert "27.500" not in "".join(words(day.papers["labels.pdf"]))


@pytest.mark.parametrize("table", ["fee = 3", "no table at all", DEFAULT.replace('"district"', '"country"')])
def test_a_table_that_cannot_be_used_stops_the_print_and_names_the_fault(day: Day, table: str) -> None:
    fee_file(day.service.settings.home).write_text(table, encoding="utf-8")

    with pytest.raises(UnreadableFile):
        day.print("again")
