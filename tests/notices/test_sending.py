"""Receivers with bad habits: a notice is sent until it has arrived, under one name, and nobody else waits for it."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from delivery.models import Case, CaseKind, Notice, NoticeSending
from delivery.moments import now
from delivery.notices.endpoints import find_endpoint, pause, ping, replay_one, replay_since, resume, rotate
from delivery.notices.looking import forget_notices
from delivery.notices.sending import ask_to_send
from delivery.noting import note_results
from delivery.rules.notice_sending import PATIENCE, EndpointState, Fault, SendState
from delivery.rules.standing import Subject
from tests.notices.conftest import Telling, Told, an_endpoint
from tests.notices.receiver import HUGE, Receiver, running_receiver

# What each habit leaves in the log, and whether the notice had arrived all the same.
BAD = {
    "500": (Fault.ILL, False), "503": (Fault.ILL, False), "404": (Fault.REFUSED, False), "422": (Fault.REFUSED, False),
    "401": (Fault.LOG_IN, False), "lost": (Fault.NO_ANSWER, True), "elsewhere": (Fault.REDIRECT, True),
    "next door": (Fault.REDIRECT, True),
}  # fmt: skip


def test_whatever_a_receiver_does_first_the_notice_comes_under_one_name(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    an_endpoint(service, receiver)
    told = Told.comes_in(service, tmp_path, count=0)
    for number, (habit, (fault, had_arrived)) in enumerate(BAD.items(), start=1):
        before = len(receiver.names)
        receiver.habits.append(habit)
        told.more(number)
        told.notices()
        assert (told.sendings()[-1].state, told.sendings()[-1].fault) == (SendState.WAITING, fault), habit

        told.notices()
        assert told.sendings()[-1].state is SendState.SENT
        assert len(receiver.names) - before == (2 if had_arrived else 1)
        assert len(set(receiver.names[before:])) == 1

    assert len(receiver.results) == len(BAD)
    assert (receiver.followed, receiver.forged) == (0, 0)


def test_an_answer_without_end_is_cut_off_and_its_status_counts(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling(notice_seconds=3.0)
    an_endpoint(service, receiver)
    receiver.habits.extend(("huge", "trickle"))
    told = Told.comes_in(service, tmp_path, count=2)
    told.notices()

    assert {one.state for one in told.sendings()} == {SendState.SENT}
    assert len(receiver.names) == 2
    assert receiver.poured < HUGE / 2


def test_who_says_nothing_is_left_by_the_deadline_and_holds_up_nobody_else(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling(notice_seconds=3.0)
    with running_receiver("hang") as silent:
        an_endpoint(service, silent, name="Im lặng")
        an_endpoint(service, receiver)
        told = Told.comes_in(service, tmp_path)
        told.notices()

        assert [(one.state, one.fault) for one in told.sendings()] == [
            (SendState.WAITING, Fault.NO_ANSWER), (SendState.SENT, None),
        ]  # fmt: skip


def test_after_five_failures_an_endpoint_rests_and_then_all_that_waited_goes_at_once(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    an_endpoint(service, receiver)
    receiver.always = "500"
    told = Told.comes_in(service, tmp_path, count=8)
    told.notices()
    endpoint = told.endpoint()
    assert endpoint.failures == 5
    assert endpoint.rests_until is not None
    assert sum(one.tries for one in told.sendings()) == 5

    receiver.always = "204"
    with service.database.write() as session:
        find_endpoint(session, endpoint.id).rests_until = None
        session.execute(sa.update(NoticeSending).values(next_at=now() + timedelta(hours=10)))
        ping(session, find_endpoint(session, endpoint.id), by="quantri", at=now() - timedelta(seconds=1))
    told.day.work("send-notices")
    _ask_and_send(told)
    assert {one.state for one in told.sendings()} == {SendState.SENT}
    assert told.endpoint().failing_since is None


def test_who_asks_for_patience_is_given_it(telling: Telling, receiver: Receiver, tmp_path: Path) -> None:
    service = telling()
    an_endpoint(service, receiver)
    receiver.habits.append("patience")
    told = Told.comes_in(service, tmp_path)
    told.notices()

    (sending,) = told.sendings()
    assert sending.fault is Fault.THROTTLED
    assert sending.next_at >= now() + timedelta(seconds=7100)
    assert (told.endpoint().rests_until or now()) >= now() + timedelta(seconds=7100)


def test_who_wants_no_more_gets_no_more_until_a_person_resumes(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    endpoint_id = an_endpoint(service, receiver)
    receiver.habits.append("410")
    told = Told.comes_in(service, tmp_path, count=2)
    told.notices(2)
    assert told.endpoint().state is EndpointState.GONE
    assert receiver.names == []
    with service.database.read() as session:
        case = session.scalars(sa.select(Case).where(Case.kind == CaseKind.NOTICES)).one()
        assert case.closed_at is None

    with service.database.write() as session:
        resume(session, find_endpoint(session, endpoint_id), by="quantri", at=now())
    told.notices()
    assert len(receiver.results) == 2
    with service.database.read() as session:
        assert session.get_one(Case, case.id).closed_at is not None


def test_what_is_given_up_after_days_is_asked_about_and_sent_again_when_asked_for(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    endpoint_id = an_endpoint(service, receiver)
    receiver.habits.extend(("500", "500"))
    told = Told.comes_in(service, tmp_path)
    told.notices()
    with service.database.write() as session:
        session.execute(sa.update(NoticeSending).values(first_tried_at=now() - PATIENCE))
    told.notices(2)
    (sending,) = told.sendings()
    assert sending.state is SendState.GIVEN_UP
    with service.database.read() as session:
        assert session.scalars(sa.select(Case).where(Case.kind == CaseKind.NOTICES, Case.closed_at.is_(None))).one()
        name = session.scalars(sa.select(Notice.name)).one()

    with service.database.write() as session:
        replay_one(session, find_endpoint(session, endpoint_id), name, by="quantri", at=now())
    told.notices()
    assert receiver.names == [name]
    with service.database.read() as session:
        assert not session.scalars(sa.select(Case).where(Case.kind == CaseKind.NOTICES, Case.closed_at.is_(None))).all()


def test_while_a_secret_is_rotated_both_open_what_comes_and_afterwards_only_the_new_one(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    endpoint_id = an_endpoint(service, receiver)
    told = Told.comes_in(service, tmp_path)
    with service.database.write() as session:
        endpoint = find_endpoint(session, endpoint_id)
        receiver.secrets.append(rotate(session, endpoint, seal=service.seal, by="quantri", at=now()))
    told.notices()
    assert (len(receiver.names), receiver.forged) == (1, 0)

    with service.database.write() as session:
        find_endpoint(session, endpoint_id).old_until = now()
    told.more(2)
    told.notices()
    assert receiver.forged == 1
    receiver.secrets.pop(0)
    told.notices()
    assert len(receiver.results) == 2


def test_a_pause_loses_nothing_and_a_new_receiver_is_told_what_was_before_it(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    begun = now()
    endpoint_id = an_endpoint(service, receiver)
    with service.database.write() as session:
        pause(session, find_endpoint(session, endpoint_id), by="quantri", at=now())
    told = Told.comes_in(service, tmp_path, count=2)
    told.notices()
    assert receiver.names == []
    with service.database.write() as session:
        resume(session, find_endpoint(session, endpoint_id), by="quantri", at=now())
    told.notices()
    assert len(receiver.results) == 2

    with running_receiver() as late:
        late_id = an_endpoint(service, late, name="Đến sau", office="BD")
        with service.database.write() as session:
            endpoint = find_endpoint(session, late_id)
            assert replay_since(session, endpoint, begun, by="quantri", at=now()) == 2
        told.notices()
        assert late.results == receiver.results
        assert sorted(late.names) == sorted(receiver.names)


def test_old_notices_are_forgotten_but_not_the_count_and_not_what_waits(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    an_endpoint(service, receiver)
    told = Told.comes_in(service, tmp_path)
    told.notices()
    receiver.always = "500"
    for version in (2, 3):
        told.change(version=version)
        _touch(told)
        told.notices()
    assert forget_notices(service.database, now() + timedelta(minutes=1)) == 1
    assert [one.state for one in told.sendings()] == [SendState.WAITING] * 2

    receiver.always = "204"
    told.notices()
    assert forget_notices(service.database, now() + timedelta(minutes=1)) == 1
    told.change(version=4)
    _touch(told)
    told.notices()
    assert receiver.results["H26.41.118-261120-0001", 1]["sequence"] == 4


def _touch(told: Told) -> None:
    """As whoever writes past the session's rows does."""
    with told.service.database.write() as session:
        note_results(session, [Subject("H26.41.118-261120-0001", 1)])


def _ask_and_send(told: Told) -> None:
    with told.service.database.write() as session:
        ask_to_send(session, now() + timedelta(seconds=5))
    told.day.hurry()
    told.day.work("send-notices")
