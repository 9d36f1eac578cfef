"""The offices close: whoever waits is told the new day once, and the old one again only if the new one was told."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.messages.sending import still_true
from delivery.models import Job, Message, Result
from delivery.moments import local, now
from delivery.rules.calendar import WorkingCalendar
from delivery.rules.lifecycle import Fact
from delivery.rules.messages import MessageState, Occasion
from delivery.wiring import Service
from delivery.workdays import Kind, Wanted, set_days, take_back
from tests.delivery.conftest import Intake
from tests.delivery.rows import a_row
from tests.messages.conftest import EMAIL, PHONE, Citizen, Telling
from tests.messages.servers import Gateway

SENT, WAITING, DROPPED = MessageState.SENT, MessageState.WAITING, MessageState.DROPPED
TODAY = local(now()).date()
PLAIN = WorkingCalendar()
# The next working days, whatever day the tests run on: results are promised for the last of them.
FIRST, SECOND = PLAIN.add(TODAY, 2), PLAIN.add(TODAY, 3)
PROMISED = PLAIN.add(TODAY, 5)
DAYS = {"Ngày_có_kết_quả": f"{TODAY:%d/%m/%Y}", "Ngày_hẹn_trả": f"{PROMISED:%d/%m/%Y}"}


def close(service: Service, day: date, reason: str = "bão số 9") -> None:
    with service.database.write() as session:
        set_days(session, Wanted(Kind.CLOSED, day, day, reason), "giamsat", now(), TODAY)


def reopen(service: Service, day: date) -> None:
    with service.database.write() as session:
        take_back(session, day, Kind.CLOSED, now())


def moves(citizen: Citizen) -> list[tuple[str, MessageState]]:
    return [(one.about, one.state) for one in citizen.messages() if one.occasion is Occasion.MOVED]


@pytest.fixture
def citizen(telling: Telling, gateway: Gateway, tmp_path: Path) -> Citizen:
    """Their envelope is under way, which they have heard."""
    waits = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path, **DAYS)  # type: ignore[arg-type]
    waits.send()
    gateway.sent.clear()
    return waits


def test_a_closure_is_told_with_the_new_day_and_once(citizen: Citizen, gateway: Gateway) -> None:
    close(citizen.service, FIRST)
    citizen.send(2)

    moved = PLAIN.add(PROMISED, 1)
    assert moves(citizen) == [(moved.isoformat(), SENT)]
    (text,) = gateway.texts
    assert f"tu {PROMISED:%d/%m} sang {moved:%d/%m}" in text


def test_a_second_closure_tells_the_day_that_holds_and_drops_what_waits(citizen: Citizen, gateway: Gateway) -> None:
    close(citizen.service, FIRST)
    close(citizen.service, SECOND)
    citizen.send()

    assert moves(citizen) == [
        (PLAIN.add(PROMISED, 1).isoformat(), DROPPED), (PLAIN.add(PROMISED, 2).isoformat(), SENT),
    ]  # fmt: skip
    assert len(gateway.sent) == 1


def test_a_closure_that_is_taken_back_before_it_was_told_is_never_told(citizen: Citizen, gateway: Gateway) -> None:
    close(citizen.service, FIRST)
    reopen(citizen.service, FIRST)
    citizen.send()

    assert [state for _about, state in moves(citizen)] == [DROPPED]
    assert gateway.sent == []


def test_one_that_was_told_is_taken_back_in_words_and_may_come_again(citizen: Citizen, gateway: Gateway) -> None:
    for _ in range(2):
        close(citizen.service, FIRST)
        citizen.send()
        reopen(citizen.service, FIRST)
        citizen.send()

    moved = PLAIN.add(PROMISED, 1).isoformat()
    assert moves(citizen) == [(moved, SENT), (PROMISED.isoformat(), SENT)] * 2
    assert "van la" in gateway.texts[1]


def test_who_has_the_envelope_is_not_told_of_another_day(citizen: Citizen, gateway: Gateway) -> None:
    close(citizen.service, FIRST)
    citizen.hears(Fact.DELIVERED)
    citizen.send()

    assert [state for _about, state in moves(citizen)] == [DROPPED]
    assert len(gateway.sent) == 1


def test_who_waits_for_several_results_hears_of_one_closure_once(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    service = telling("sms", sms_gateway=gateway.profile(tmp_path))
    same = {"Số_điện_thoại": PHONE, "Email": EMAIL}
    Intake(service.database, tmp_path).rows(
        *(a_row(number, **DAYS, **same) for number in range(1, 4)), a_row(4, **DAYS), a_row(5, Trả_tại_nhà="", **DAYS)
    )
    close(service, FIRST)

    with service.database.read() as session:
        told = session.scalars(sa.select(Message).order_by(Message.id)).all()
        phones = [session.get_one(Result, one.result_id).phone for one in told]
        assert phones == ["+84912345001", "+84912345004"]
        assert all(still_true(session, one) for one in told)
        assert {one.item_id for one in told} == {None}


def test_a_whole_district_is_told_with_few_statements(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    service = telling("sms", sms_gateway=gateway.profile(tmp_path))
    Intake(service.database, tmp_path).rows(*(a_row(number, **DAYS) for number in range(1, 701)))
    said: list[str] = []
    sa.event.listen(service.database.engine, "before_cursor_execute", lambda *told: said.append(told[2]))

    close(service, FIRST)

    assert len(said) < 60
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 700
        waiting = sa.select(sa.func.count()).select_from(Job).where(Job.kind == "message")
        assert session.scalar(waiting) == 700
    said.clear()

    reopen(service, FIRST)

    assert len(said) < 60
    with service.database.read() as session:
        assert set(session.scalars(sa.select(Message.state))) == {DROPPED}


def test_when_the_new_day_is_over_it_is_not_worth_being_told(citizen: Citizen) -> None:
    close(citizen.service, FIRST)
    told = citizen.last()

    assert local(told.worth_until).date() == PLAIN.add(PROMISED, 1)
    assert told.due_at == told.created_at + timedelta(minutes=10)
