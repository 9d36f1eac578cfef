"""Proving that an envelope is one's own: nothing is told by a wrong answer, and guessing leads nowhere."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from delivery.citizens.proving import prove
from delivery.dispatch.batching import batch_due
from delivery.models import Item, Proving
from delivery.rules.arrival import arrival_window
from delivery.rules.codes import new_tracking_code, show_tracking_code
from delivery.rules.tries import FREE_TRIES
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row


@pytest.fixture
def code(service: Service, intake: Intake) -> str:
    """The code of an envelope whose recipient is called under 0912 345 001."""
    Day(service, intake).import_and_place(a_row(1), a_row(2, Số_điện_thoại=""))
    with service.database.write() as session:
        batch_due(session, DAY, NOW)
        return session.scalars(sa.select(Item.tracking_code).order_by(Item.id)).first() or ""


def tried(service: Service, code: str, digits: str, at: datetime = NOW) -> bool:
    with service.database.write() as session:
        return prove(session, code, digits, at) is not None


def test_the_code_and_three_digits_open_it_however_they_are_typed(service: Service, code: str) -> None:
    assert tried(service, code, "001")
    assert tried(service, show_tracking_code(code).lower(), " 001 ")


@pytest.mark.parametrize("digits", ["", "1", "01", "002", "0912345001", "００１", "5001", "abc"])
def test_nothing_else_does(service: Service, code: str, digits: str) -> None:
    assert not tried(service, code, digits)
    assert not tried(service, new_tracking_code(), "001")
    assert not tried(service, "H26.41.118-261120-0001", "001")


@pytest.mark.usefixtures("code")
def test_an_envelope_without_a_telephone_is_opened_at_the_counter_only(service: Service) -> None:
    with service.database.read() as session:
        second = session.scalars(sa.select(Item.tracking_code).order_by(Item.id)).all()[1]
    assert not tried(service, second, "")
    assert not tried(service, second, "000")


def test_who_guesses_waits_longer_and_longer_and_the_right_digits_wait_as_well(service: Service, code: str) -> None:
    for _ in range(FREE_TRIES):
        assert not tried(service, code, "999")
    assert not tried(service, code, "001")
    later = NOW + timedelta(minutes=6)
    assert not tried(service, code, "998", later)
    assert not tried(service, code, "001", later + timedelta(minutes=9))
    # Guesses in a pause are not looked at, so they do not make it longer.
    assert tried(service, code, "001", later + timedelta(minutes=11))
    with service.database.read() as session:
        assert session.scalars(sa.select(Proving)).one().wrong == 0


def test_months_of_guessing_try_few_of_the_thousand(service: Service, code: str) -> None:
    at, looked_at = NOW, 0
    while at < NOW + timedelta(days=90):
        assert not tried(service, code, "999", at)
        looked_at += 1
        with service.database.read() as session:
            paused = session.scalars(sa.select(Proving.paused_until)).one()
        at = max(at, paused or at) + timedelta(seconds=1)
    assert looked_at < 200


@given(st.integers(0, 365 * 24 * 3600))
def test_the_window_that_is_told_holds_the_planned_moment_and_ends_on_quarters(seconds: int) -> None:
    planned = NOW + timedelta(seconds=seconds)
    start, end = arrival_window(planned)
    assert start <= planned - timedelta(minutes=30) < start + timedelta(minutes=15)
    assert end - timedelta(minutes=15) < planned + timedelta(minutes=60) <= end
    assert {start.minute % 15, end.minute % 15, start.second, end.second, end.microsecond} == {0}
