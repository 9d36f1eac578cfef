"""All workers share one pace towards the carrier, and one opinion of whether it is well: both lie in the database."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.database import Database, database_now
from delivery.dispatch.pace import _Asking, failing, paced
from delivery.doctor import Finding, examine
from delivery.jobs.crew import Crew
from delivery.jobs.queue import claim, count_due, put
from delivery.jobs.queues import queues_of
from delivery.jobs.sweeper import Sweeper
from delivery.jobs.work import Work, do
from delivery.models import CarrierPace, Job, JobState, Submission, SubmitTry
from delivery.rules.pace import FAILURES
from delivery.tracking.polling import ask_for_polls
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.post import Post, running_post
from tests.delivery.test_carriers import day_with, habits
from tests.delivery.typed import typed


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path / "home" / "sandbox") as started:
        yield started


def slow(service: Service) -> Service:
    """The same service with a carrier that allows a request in ten seconds."""
    settings = service.settings.model_copy(update={"carrier": "ngsp", "carrier_per_second": 0.1})
    return Service(settings, Database.connect(service.settings.database))


def wait(service: Service, count: int) -> list[int]:
    with service.database.write() as session:
        for key in range(count):
            put(session, "submit", key)
        return list(session.scalars(sa.select(Job.id).where(Job.kind == "submit")))


def the_carrier(day: Day) -> Finding:
    (finding,) = (each for each in examine(day.service) if each.what == "Carrier")
    return finding


def test_of_many_workers_one_goes_and_each_other_job_has_a_turn_of_its_own(service: Service) -> None:
    went: list[int] = []

    def note(work: Work) -> None:
        went.append(work.lease.key)
        with work.service.database.write() as session:
            work.lease.finish(session)

    jobs = wait(service, 12)
    workers = [slow(service) for _ in range(4)]
    barrier = threading.Barrier(len(workers))

    def work_on(worker: Service, mine: list[int]) -> None:
        barrier.wait()
        for job_id in mine:
            do(worker, {"submit": paced(note)}, job_id, f"worker {mine[0]}")

    threads = [threading.Thread(target=work_on, args=(worker, jobs[n::4])) for n, worker in enumerate(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker in workers:
        worker.close()

    assert len(went) == 1
    with service.database.read() as session:
        waiting = session.scalars(sa.select(Job).where(Job.state == JobState.READY).order_by(Job.next_at)).all()
        turns = [job.next_at for job in waiting]
    assert len(waiting) == 11
    assert {job.tries for job in waiting} == {0}
    assert all(later - earlier >= timedelta(seconds=10) for earlier, later in pairwise(turns))


def test_when_the_carrier_comes_back_one_worker_tries_and_the_others_wait_for_it(service: Service) -> None:
    jobs = wait(service, 6)
    with service.database.write() as session:
        past = database_now(session) - timedelta(seconds=1)
        session.add(CarrierPace(carrier="ngsp", full_at=past, queue_end=past, failed_at=[], open_until=past))
    here = slow(service)
    leases = [claim(here.database, job_id, f"worker {job_id}", 30) for job_id in jobs]
    barrier = threading.Barrier(len(jobs))
    may: list[bool] = []

    def begin(at: int) -> None:
        lease = leases[at]
        assert lease is not None
        barrier.wait()
        may.append(_Asking(Work(here, lease)).may_begin(ahead=False))

    threads = [threading.Thread(target=begin, args=(at,)) for at in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    here.close()

    assert sorted(may) == [False] * 5 + [True]


def test_a_carrier_that_fails_is_left_alone_shown_to_the_doctor_and_found_again(
    service: Service, post: Post, intake: Intake
) -> None:
    day = day_with(service, post, intake, "sandbox").prepare(8)
    habits(post, closed=1)

    day.submit()

    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SubmitTry)) == FAILURES
        rests = failing(session, "sandbox")
    assert rests is not None
    assert not the_carrier(day).ok
    habits(post)
    assert "tannha carrier check" in the_carrier(day).says
    day.hurry()
    day.work("submit")
    day.hurry()
    day.work("submit")

    assert len(post.ledger()) == 8
    assert {c.submission for c in day.consignments()} == {Submission.ACCEPTED}
    assert {order["received"] for order in post.ledger().values()} == {1}
    assert the_carrier(day).ok


def test_the_feed_of_a_carrier_that_is_left_alone_is_not_asked_for(
    service: Service, post: Post, intake: Intake
) -> None:
    day = day_with(service, post, intake, "sandbox").prepare(1)
    day.submit()
    with service.database.write() as session:
        now = database_now(session)
        row = session.get_one(CarrierPace, "sandbox")
        row.open_until = now + timedelta(minutes=1)
        ask_for_polls(session, day.service, now)
        assert session.scalar(sa.select(Job.id).where(Job.kind == "poll")) is None

        ask_for_polls(session, day.service, now + timedelta(minutes=2))
        assert session.scalar(sa.select(Job.id).where(Job.kind == "poll")) is not None


def test_who_sees_that_it_answers_again_lets_everything_go_on_at_once(
    service: Service, post: Post, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANNHA_SANDBOX_PORT", str(post.port))
    day = day_with(service, post, intake, "sandbox").prepare(7)
    habits(post, closed=1)
    day.submit()
    habits(post)

    done = typed(day.service, "carrier", "check")

    assert done.returncode == 0, done.stderr
    assert "failed five times" in done.stdout
    with service.database.read() as session:
        now = database_now(session)
        failed = session.scalars(sa.select(Job).where(Job.kind == "submit", Job.last_error != "")).all()
        assert len(failed) == FAILURES
        assert all(job.next_at <= now for job in failed)
        assert failing(session, "sandbox") is None


def test_a_carrier_that_asks_for_patience_gets_it_from_all_workers(
    service: Service, post: Post, intake: Intake
) -> None:
    day = day_with(service, post, intake, "sandbox").prepare(1)
    habits(post, throttle=1)
    with service.database.read() as session:
        before = database_now(session)

    day.submit()

    with service.database.read() as session:
        row = session.get_one(CarrierPace, "sandbox")
        assert row.full_at >= before + timedelta(seconds=1)
        assert row.open_until is None
        assert row.failed_at == []
        (job,) = session.scalars(sa.select(Job).where(Job.kind == "submit"))
        assert job.last_error == "not_sent"


def test_the_own_team_is_not_paced(service: Service, intake: Intake) -> None:
    settings = service.settings.model_copy(update={"carrier": "own-team", "carrier_per_second": 0.001})
    day = Day(Service(settings, service.database), intake).prepare(3)

    day.submit()

    assert {c.submission for c in day.consignments()} == {Submission.ACCEPTED}


def test_what_waits_for_its_turn_is_not_due_meanwhile(service: Service) -> None:
    here = slow(service)
    jobs = wait(service, 5)

    def finish(work: Work) -> None:
        with work.service.database.write() as session:
            work.lease.finish(session)

    crew = Crew(here, {"submit": paced(finish)}, "worker", queues_of("submit"))
    Sweeper(here, crew, wake=lambda _queue: None).sweep()
    crew.join()

    with here.database.read() as session:
        assert count_due(session, ["submit"], 10) == 0
        assert session.scalars(sa.select(Job.state).where(Job.id.in_(jobs))).all().count(JobState.READY) == 4
    here.close()
