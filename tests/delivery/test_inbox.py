"""Callbacks that come together are kept together and applied together, and none suffers from another."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.database import Database, database_now
from delivery.dispatch.batching import batch_due
from delivery.dispatch.consignments import consign
from delivery.errors import NotNow
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import due, put
from delivery.jobs.work import MOST_TRIES, do
from delivery.models import Callback, CaseKind, Consignment, InboxState, Job, JobState, Submission, TrackingEvent
from delivery.moments import now
from delivery.rules.lifecycle import Fact, State
from delivery.tracking import applying
from delivery.tracking.applying import TOGETHER, ask_to_apply
from delivery.tracking.codes import CALLBACK
from delivery.tracking.events import Report, record
from delivery.tracking.inbox import Letter, keep
from delivery.wiring import Service
from postal_api.fees import DEFAULT, FeeTable
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day, receive
from tests.delivery.rows import a_row
from tests.web.test_callbacks import Signer

OUT = "12"


@pytest.fixture
def envelopes(service: Service, intake: Intake) -> list[str]:
    """The item codes of six envelopes that the carrier has taken along."""
    Day(service, intake).import_and_place(*(a_row(number) for number in range(1, 7)))
    with service.database.write() as session:
        (batch,) = batch_due(session, DAY, NOW)
        made = [consign(session, item, "sandbox", FeeTable.parse(DEFAULT)) for item in batch.items]
        for consignment in made:
            consignment.submission = Submission.ACCEPTED
            record(session, consignment, Report(Fact.HANDED_OVER, "ward", "hand-over", HANDED_OVER_AT), NOW)
        return [consignment.item_code for consignment in made]


@pytest.fixture
def signer(service: Service) -> Signer:
    return Signer(service.settings.sandbox_folder)


def report(service: Service, signer: Signer, codes: list[str], count: int, at: datetime | None = None) -> None:
    """Let the carrier report `count` times, of one envelope after the other."""
    for number in range(count):
        sent = (HANDED_OVER_AT + timedelta(minutes=number)).isoformat()
        receive(service, signer.callback(codes[number % len(codes)], OUT, sent), at or now())


def sweep(service: Service, owner: str = "worker") -> None:
    """What a worker does every second: ask for what waits to be applied, and do what is due."""
    with service.database.write() as session:
        ask_to_apply(session, database_now(session))
        session.flush()
        jobs = due(session, 1000)
    for job_id in jobs:
        do(service, HANDLERS, job_id, owner)


def at_once(service: Service) -> None:
    """As if time had passed: what was put off is due, and the leases of the dead have ended."""
    with service.database.write() as session:
        past = database_now(session) - timedelta(seconds=1)
        session.execute(sa.update(Job).where(Job.state == JobState.READY).values(next_at=past))
        session.execute(sa.update(Job).where(Job.state == JobState.LEASED).values(lease_until=past))


def in_state(service: Service, state: InboxState) -> int:
    with service.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).where(Callback.state == state)) or 0


def events(service: Service) -> list[str]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(TrackingEvent.source_id).where(TrackingEvent.source == CALLBACK)))


def letter(key: str) -> Letter:
    return Letter(key, NOW, b"{}")


def test_a_crowd_is_kept_to_the_last_one_and_repetitions_are_thanked_for(service: Service) -> None:
    """Several groups at the same moment, as of several web servers, with the same callbacks in them."""
    keys = [f"callback {number}" for number in range(40)] * 3
    barrier = threading.Barrier(8)

    def bring(some: list[str]) -> list[bool | Exception]:
        barrier.wait()
        return keep(service.database, [letter(key) for key in some])

    with ThreadPoolExecutor(8) as crowd:
        said = [new for found in crowd.map(bring, [keys[start::8] for start in range(8)]) for new in found]

    assert Counter(said) == {True: 40, False: 80}
    assert in_state(service, InboxState.NEW) == 40


def test_one_that_cannot_be_kept_takes_no_other_with_it(service: Service) -> None:
    keys = [*(f"callback {number}" for number in range(8)), "half a character: \ud800"]

    *others, bad = keep(service.database, [letter(key) for key in keys])

    assert others == [True] * 8
    assert isinstance(bad, UnicodeEncodeError)
    assert in_state(service, InboxState.NEW) == 8


@pytest.mark.parametrize("away", ["postgresql+psycopg://nobody@127.0.0.1:9/nothing", "sqlite:////nowhere/tannha.db"])
def test_while_the_database_is_away_the_carrier_is_asked_to_come_again(away: str) -> None:
    database = Database.connect(away)

    said = keep(database, [letter(f"callback {number}") for number in range(4)])

    assert [type(each) for each in said] == [NotNow] * 4
    database.engine.dispose()


def test_many_callbacks_are_one_job_and_each_is_an_event(
    service: Service, signer: Signer, envelopes: list[str]
) -> None:
    report(service, signer, envelopes, TOGETHER + 10)

    sweep(service)

    assert len(set(events(service))) == len(events(service)) == TOGETHER + 10
    with service.database.read() as session:
        assert session.scalars(sa.select(Job.kind).where(Job.kind.in_(["inbox", "callback"]))).all() == ["inbox"]
        assert set(session.scalars(sa.select(Consignment.journey))) == {State.OUT_FOR_DELIVERY}


def test_one_that_spoils_its_group_is_set_aside_and_in_the_end_a_person_is_asked(
    service: Service, signer: Signer, envelopes: list[str]
) -> None:
    report(service, signer, envelopes, 3)
    keep(service.database, [Letter("as no version of ours would have kept it", HANDED_OVER_AT, b"{")])
    report(service, signer, envelopes, 6)

    sweep(service)

    assert len(events(service)) == 6
    with service.database.read() as session:
        left = session.scalars(sa.select(Callback).where(Callback.state == InboxState.NEW)).one()
        assert left.note == "MalformedCallback"
    for _try in range(MOST_TRIES):
        at_once(service)
        sweep(service)
    with service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.STUCK_JOB]
    report(service, signer, envelopes, 9)
    sweep(service)
    assert len(events(service)) == 9


def test_those_at_which_a_worker_died_are_taken_one_by_one(
    service: Service, signer: Signer, envelopes: list[str]
) -> None:
    report(service, signer, envelopes, 5)
    with service.database.write() as session:
        ask_to_apply(session, database_now(session))
        session.execute(sa.update(Job).where(Job.kind == "inbox").values(state=JobState.LEASED, lease_until=NOW))

    sweep(service)
    with service.database.read() as session:
        assert set(session.scalars(sa.select(Callback.note))) == {"its worker died"}
    sweep(service)

    assert len(events(service)) == 5
    assert in_state(service, InboxState.NEW) == 0


def test_two_workers_side_by_side_apply_each_callback_once(
    service: Service, signer: Signer, envelopes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "TOGETHER", 7)
    report(service, signer, envelopes, 60)
    with service.database.write() as session:
        for lane in range(2):
            put(session, "inbox", lane)
        session.flush()
        jobs = due(session, 10)

    with ThreadPoolExecutor(2) as pair:
        assert list(pair.map(lambda job_id: do(service, HANDLERS, job_id, f"worker {job_id}"), jobs)) == [True] * 2

    assert len(set(events(service))) == len(events(service)) == 60
    assert in_state(service, InboxState.APPLIED) == 60


def test_the_longer_they_wait_the_more_workers_are_asked(
    service: Service, signer: Signer, envelopes: list[str]
) -> None:
    report(service, signer, envelopes, 1, HANDED_OVER_AT)

    with service.database.write() as session:
        ask_to_apply(session, HANDED_OVER_AT)
        at_first = session.scalars(sa.select(Job.key).where(Job.kind == "inbox")).all()
        ask_to_apply(session, HANDED_OVER_AT + timedelta(seconds=7))
        later = session.scalars(sa.select(Job.key).where(Job.kind == "inbox").order_by(Job.key)).all()

    assert at_first == [0]
    assert later == [0, 1, 2]


def test_a_callback_that_an_older_version_left_with_a_job_of_its_own_is_applied_once(
    service: Service, signer: Signer, envelopes: list[str]
) -> None:
    report(service, signer, envelopes, 2)
    with service.database.write() as session:
        for callback_id in session.scalars(sa.select(Callback.id)):
            put(session, "callback", callback_id)

    sweep(service)

    assert len(events(service)) == 2
    assert in_state(service, InboxState.APPLIED) == 2
    with service.database.read() as session:
        assert set(session.scalars(sa.select(Job.state).where(Job.kind == "callback"))) == {JobState.DONE}


@pytest.fixture
def viettel(service: Service) -> Service:
    """Viettel Post has no feed that could be read: its callbacks are all there is."""
    settings = service.settings.model_copy(update={"carrier": "viettelpost"})
    return Service(settings, service.database)


def test_one_ahead_of_the_carrier_s_own_answer_waits_while_the_others_go_on(viettel: Service) -> None:
    said = {"ORDER_NUMBER": "VTP-unheard-of", "ORDER_STATUS": 300, "ORDER_STATUSDATE": "25/11/2026 09:00:00"}
    early = json.dumps({"DATA": said, "TOKEN": "sandbox-only"}).encode()
    receive(viettel, early, NOW)

    sweep(viettel)
    with viettel.database.read() as session:
        waiting = session.scalars(sa.select(Callback)).one()
        assert (waiting.state, waiting.note) == (InboxState.NEW, applying.AHEAD)
    for _try in range(MOST_TRIES):
        at_once(viettel)
        sweep(viettel)

    with viettel.database.read() as session:
        waiting = session.scalars(sa.select(Callback)).one()
        assert (waiting.state, waiting.about) == (InboxState.PARKED, "VTP-unheard-of")
        assert open_cases(session) == []
