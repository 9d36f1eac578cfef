"""A day balances from scans on one side and events on the other, and turns red for every kind of disagreement."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.models import Consignment, Scan
from delivery.rules.lifecycle import Fact, State
from delivery.tracking.closing import Balance, close_day
from delivery.tracking.events import Report, record
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day
from tests.delivery.post import running_post
from tests.delivery.rows import a_row


@pytest.fixture
def day(service: Service, intake: Intake, tmp_path: Path) -> Day:
    """Four envelopes handed over."""
    with running_post(tmp_path / "home" / "sandbox") as post:
        settings = service.settings.model_copy(update={"ngsp_url": post.url})
        ready = Day(Service(settings, service.database), intake).prepare(4)
        ready.submit()
    ready.hand_over()
    return ready


def tell(day: Day, number: int, *facts: Fact) -> None:
    """Facts about an envelope, an hour apart, as the carrier's feed tells them."""
    with day.service.database.write() as session:
        consignment = session.scalars(sa.select(Consignment).order_by(Consignment.id)).all()[number]
        for hour, fact in enumerate(facts, start=1):
            at = HANDED_OVER_AT + timedelta(hours=hour)
            record(session, consignment, Report(fact, "feed", f"{number}-{hour}", at), NOW)


def balance(day: Day) -> Balance:
    with day.service.database.read() as session:
        return close_day(session, DAY)


def test_a_day_with_one_of_each_end_balances(day: Day) -> None:
    tell(day, 0, Fact.COLLECTED, Fact.OUT_FOR_DELIVERY, Fact.DELIVERED)
    tell(day, 1, Fact.COLLECTED, Fact.ATTEMPT_FAILED, Fact.RETURNING, Fact.RETURNED)
    tell(day, 2, Fact.COLLECTED, Fact.ATTEMPT_FAILED)

    result = balance(day)

    assert (result.handed_over, result.delivered, result.returned, result.still_out) == (4, 1, 1, 2)
    assert result.balanced


def test_a_day_without_batches_balances_at_nothing(service: Service) -> None:
    with service.database.read() as session:
        result = close_day(session, DAY)

    assert result.balanced
    assert result.handed_over == 0


def wrong_state(day: Day) -> None:
    with day.service.database.write() as session:
        first = session.scalars(sa.select(Consignment).order_by(Consignment.id)).first()
        assert first is not None
        first.journey = State.DELIVERED


def lost_scan(day: Day) -> None:
    with day.service.database.write() as session:
        session.execute(sa.delete(Scan).where(Scan.id == sa.select(sa.func.min(Scan.id)).scalar_subquery()))


def contradiction(day: Day) -> None:
    tell(day, 0, Fact.COLLECTED, Fact.DELIVERED, Fact.RETURNED)


def cancelled_on_the_way(day: Day) -> None:
    tell(day, 0, Fact.CANCELLED)


@pytest.mark.parametrize("spoil", [wrong_state, lost_scan, contradiction, cancelled_on_the_way])
def test_every_disagreement_of_the_books_is_named(day: Day, spoil: Callable[[Day], None]) -> None:
    assert balance(day).balanced

    spoil(day)

    result = balance(day)
    assert not result.balanced
    assert len(result.differences) == 1


def test_what_the_carrier_has_and_nobody_handed_over_is_a_difference(service: Service, intake: Intake) -> None:
    day = Day(service, intake).prepare(1)
    tell(day, 0, Fact.COLLECTED, Fact.OUT_FOR_DELIVERY)

    assert [difference.why for difference in balance(day).differences] == ["never_handed_over"]


def test_what_was_batched_but_never_submitted_is_counted_at_the_ward(service: Service, intake: Intake) -> None:
    day = Day(service, intake)
    day.import_and_place(a_row(1), a_row(2))
    day.plan()

    result = balance(day)

    assert (result.handed_over, result.at_ward, result.balanced) == (0, 2, True)
