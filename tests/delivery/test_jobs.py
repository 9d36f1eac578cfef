"""Jobs survive their workers: the row is the work, a lease the right to do it; whoever lost it writes nothing."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from delivery.database import database_now
from delivery.jobs.crew import Crew
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import Lease, LeaseLost, claim, claim_next, due, put, unfinished
from delivery.jobs.queues import QUEUES, Queue, queues_of
from delivery.jobs.roll import workers_alive
from delivery.jobs.sweeper import Sweeper, wait_for
from delivery.jobs.work import MOST_TRIES, Handler, TryLater, Work, do
from delivery.models import Case, CaseKind, Job, JobState, Meta
from delivery.wiring import Service


def ask(service: Service, kind: str = "count", key: int = 1, *, in_seconds: float = 0) -> int:
    with service.database.write() as session:
        put(session, kind, key, database_now(session) + timedelta(seconds=in_seconds))
        return session.scalars(sa.select(Job.id).order_by(Job.id.desc())).first() or 0


def job(service: Service, job_id: int) -> Job:
    with service.database.read() as session:
        return session.get_one(Job, job_id)


def expire(service: Service, job_id: int) -> None:
    """As if the lease had been taken long ago by somebody who has died since."""
    with service.database.write() as session:
        session.get_one(Job, job_id).lease_until = database_now(session) - timedelta(seconds=1)


def count(work: Work) -> None:
    """A job whose effect can be counted: it adds one to a number, in the transaction that finishes it."""
    with work.service.database.write() as session:
        session.execute(
            sa.text(
                "INSERT INTO meta (key, value) VALUES ('count', '1') ON CONFLICT (key)"
                " DO UPDATE SET value = CAST(CAST(meta.value AS INTEGER) + 1 AS VARCHAR)"
            )
        )
        work.lease.finish(session)


def a_crew(service: Service, handlers: dict[str, Handler]) -> Crew:
    """The hands of a worker that knows these kinds, all of which wait in one queue."""
    return Crew(service, handlers, "worker", [Queue("counting", tuple(handlers))])


def work_off(crew: Crew, wake: Callable[[str], None] = lambda _queue: None) -> None:
    """Sweep once and wait until the hands rest."""
    Sweeper(crew.service, crew, wake).sweep()
    crew.join()


def counted(service: Service) -> int:
    with service.database.read() as session:
        number = session.get(Meta, "count")
        return int(number.value) if number else 0


def test_a_job_is_done_once_and_then_done(service: Service) -> None:
    job_id = ask(service)

    assert do(service, {"count": count}, job_id, "worker")
    assert not do(service, {"count": count}, job_id, "worker")
    assert counted(service) == 1
    assert job(service, job_id).state is JobState.DONE


def test_asking_twice_for_the_same_work_is_asking_once_but_not_later(service: Service) -> None:
    first = ask(service, in_seconds=60)

    assert ask(service, in_seconds=0) == first
    with service.database.read() as session:
        assert due(session) == [first]


def test_of_ten_workers_that_are_woken_one_does_the_job(service: Service) -> None:
    job_id = ask(service)
    barrier = threading.Barrier(10)
    did: list[bool] = []

    def wake(number: int) -> None:
        barrier.wait()
        did.append(do(service, {"count": count}, job_id, f"worker {number}"))

    threads = [threading.Thread(target=wake, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(did) == 1
    assert counted(service) == 1


def test_a_job_whose_worker_fell_silent_is_taken_over_and_the_first_worker_writes_nothing_any_more(
    service: Service,
) -> None:
    job_id = ask(service)
    frozen = claim(service.database, job_id, "frozen", 30)
    assert frozen is not None
    expire(service, job_id)

    assert do(service, {"count": count}, job_id, "second")
    with pytest.raises(LeaseLost):
        count(Work(service, frozen))
    assert counted(service) == 1


def test_a_lease_in_force_cannot_be_claimed(service: Service) -> None:
    job_id = ask(service)

    assert isinstance(claim(service.database, job_id, "first", 30), Lease)
    assert claim(service.database, job_id, "second", 30) is None


def test_a_job_that_always_crashes_is_parked_after_five_tries_and_asks_a_person(service: Service) -> None:
    def crash(_work: Work) -> None:
        raise RuntimeError("a bug")

    poison, healthy = ask(service, "crash", 1), ask(service, "count", 2)
    for _ in range(MOST_TRIES + 2):
        do(service, {"crash": crash, "count": count}, poison, "worker")
        with service.database.write() as session:
            session.execute(sa.update(Job).values(next_at=database_now(session)))
    do(service, {"crash": crash, "count": count}, healthy, "worker")

    assert job(service, poison).state is JobState.PARKED
    assert counted(service) == 1
    with service.database.read() as session:
        assert session.scalars(sa.select(Case.kind)).all() == [CaseKind.STUCK_JOB]


def test_a_job_that_kills_its_worker_again_and_again_is_parked_too(service: Service) -> None:
    job_id = ask(service)
    for _ in range(MOST_TRIES):
        assert claim(service.database, job_id, "dies", 30)
        expire(service, job_id)

    do(service, {"count": count}, job_id, "careful")

    assert job(service, job_id).state is JobState.PARKED
    assert counted(service) == 0


def test_a_worker_whose_lease_is_gone_when_it_gives_up_lives_on(service: Service) -> None:
    def too_slow(work: Work) -> None:
        expire(service, work.lease.job_id)
        assert claim(service.database, work.lease.job_id, "second", 30)
        raise TryLater("silence")

    job_id = ask(service, "submit")

    assert do(service, {"submit": too_slow}, job_id, "first")
    assert job(service, job_id).lease_owner == "second"


def test_workers_that_died_long_ago_are_forgotten_once_the_job_was_put_off(service: Service) -> None:
    def busy(_work: Work) -> None:
        raise TryLater("not_sent", 0)

    job_id = ask(service, "submit")
    for _ in range(3):
        for _ in range(MOST_TRIES - 1):
            assert claim(service.database, job_id, "dies", 30)
            expire(service, job_id)
        do(service, {"submit": busy}, job_id, "worker")

    assert job(service, job_id).state is JobState.READY


def test_a_job_of_a_kind_that_only_a_newer_version_knows_is_left_to_it(service: Service) -> None:
    job_id = ask(service, "tomorrow")

    assert not do(service, {"count": count}, job_id, "older version")
    work_off(a_crew(service, {"count": count}))

    assert job(service, job_id).tries == 0


def test_work_that_waits_for_the_carrier_is_put_off_and_never_given_up(service: Service) -> None:
    def busy(_work: Work) -> None:
        raise TryLater("not_sent", 0)

    job_id = ask(service, "submit")
    for _ in range(3 * MOST_TRIES):
        do(service, {"submit": busy}, job_id, "worker")

    waiting = job(service, job_id)
    assert waiting.state is JobState.READY
    assert waiting.tries == 3 * MOST_TRIES


def test_a_long_job_keeps_its_lease_while_it_runs(service: Service) -> None:
    job_id = ask(service)
    seen: list[bool] = []

    def patient(work: Work) -> None:
        # Longer than a renewal, as seen by the clock in the database.
        expire(service, job_id)
        for _ in range(100):
            with service.database.read() as session:
                if due(session) == []:
                    break
            threading.Event().wait(0.1)
        seen.append(claim(service.database, job_id, "thief", 30) is None)
        count(work)

    quick = Service(service.settings.model_copy(update={"lease_seconds": 5}), service.database)
    do(quick, {"count": patient}, job_id, "worker")

    assert seen == [True]
    assert counted(service) == 1


def test_a_sweep_sets_hands_to_work_on_what_is_due_and_signs_the_worker_s_life(service: Service) -> None:
    job_id, later = ask(service, key=1), ask(service, key=2, in_seconds=3600)

    work_off(a_crew(service, {"count": count}))

    assert (job(service, job_id).state, job(service, later).state) == (JobState.DONE, JobState.READY)
    assert counted(service) == 1
    assert workers_alive(service) == 1


def test_with_the_broker_gone_for_ever_one_sweep_is_enough_for_a_backlog(service: Service) -> None:
    def gone(_queue: str) -> None:
        raise ConnectionError("the broker is gone")

    for key in range(50):
        ask(service, key=key)
    work_off(a_crew(service, {"count": count}), wake=gone)

    assert counted(service) == 50


def test_where_there_is_much_to_do_as_many_others_are_woken_as_live(service: Service) -> None:
    woken: list[str] = []
    told = threading.Event()

    def wake(queue: str) -> None:
        woken.append(queue)
        told.set()

    idle = Crew(service, {}, "idle", [Queue("counting", ("count",))])
    Sweeper(service, idle, wake).sweep()
    elsewhere = Crew(service, {}, "elsewhere", queues_of("print"))
    Sweeper(service, elsewhere, wake).sweep()
    for key in range(5):
        ask(service, key=key)
    work_off(a_crew(service, {"count": count}), wake=wake)

    assert told.wait(10)
    assert woken == ["counting"]


def test_a_hand_goes_on_to_the_job_of_a_worker_that_fell_silent_before_all_others(service: Service) -> None:
    done: list[int] = []

    def note(work: Work) -> None:
        done.append(work.lease.key)
        count(work)

    for key in range(3):
        ask(service, key=key)
    abandoned = ask(service, key=99)
    assert claim(service.database, abandoned, "dies", 30)
    expire(service, abandoned)
    one_hand = service.settings.model_copy(update={"worker_threads": 1})
    work_off(a_crew(Service(one_hand, service.database), {"count": note}))

    assert done == [99, 0, 1, 2]


def test_eight_who_take_whatever_is_next_never_take_the_same(service: Service) -> None:
    for key in range(40):
        ask(service, key=key)
    barrier = threading.Barrier(8)
    taken: list[int] = []

    def take(name: str) -> None:
        barrier.wait()
        while (lease := claim_next(service.database, ["count"], name, 30)) is not None:
            taken.append(lease.key)

    threads = [threading.Thread(target=take, args=(f"worker {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == list(range(40))


def test_a_plan_of_minutes_holds_up_no_order(service: Service) -> None:
    planned = threading.Event()

    def plan(work: Work) -> None:
        assert planned.wait(30), "the order was never done"
        count(work)

    def submit(work: Work) -> None:
        count(work)
        planned.set()

    ask(service, "plan", 1)
    ask(service, "plan", 2)
    ask(service, "submit", 3)
    work_off(Crew(service, {"plan": plan, "submit": submit}, "worker", queues_of("plan,submit")))

    assert counted(service) == 3


def test_a_worker_told_to_stop_finishes_what_it_has_in_hand_and_begins_nothing(service: Service) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(work: Work) -> None:
        begun.set()
        go_on.wait(30)
        count(work)

    ask(service, key=1)
    ask(service, key=2)
    one_hand = service.settings.model_copy(update={"worker_threads": 1})
    crew = a_crew(Service(one_hand, service.database), {"count": slow})
    Sweeper(service, crew, lambda _queue: None).sweep()
    assert begun.wait(30)
    crew.stop()
    go_on.set()
    crew.join()

    assert counted(service) == 1
    with service.database.read() as session:
        mine = sa.select(Job.state).where(Job.kind == "count")
        assert sorted(session.scalars(mine)) == [JobState.DONE, JobState.READY]


def test_each_kind_of_job_waits_in_one_queue(service: Service) -> None:
    assert service.settings
    waiting = [kind for queue in QUEUES for kind in queue.kinds]

    assert sorted(waiting) == sorted(HANDLERS)


def test_a_command_does_the_work_itself_while_no_worker_serves_its_queue(service: Service) -> None:
    ask(service, "submit", key=7)

    def left() -> int:
        with service.database.read() as session:
            return unfinished(session, "submit", [7])

    Sweeper(service, Crew(service, {}, "who only prints", queues_of("print")), lambda _queue: None).sweep()
    wait_for(service, {"submit": count}, left, kind="submit", owner="command", look=lambda _left: None)

    assert counted(service) == 1


def test_a_command_does_not_wait_for_ever_for_a_carrier_that_is_silent(service: Service) -> None:
    def silent(_work: Work) -> None:
        raise TryLater("silence")

    ask(service, "submit", key=7)

    def left() -> int:
        with service.database.read() as session:
            return unfinished(session, "submit", [7])

    wait_for(service, {"submit": silent}, left, kind="submit", owner="command", look=lambda _left: None, patience=0.5)

    assert left() == 1
    assert counted(service) == 0


def test_an_undone_transaction_finishes_no_job(service: Service) -> None:
    def half(work: Work) -> None:
        with work.service.database.write() as session:
            session.merge(Meta(key="count", value="1"))
            work.lease.finish(session)
            raise RuntimeError("power cut")

    job_id = ask(service)
    do(service, {"count": half}, job_id, "worker")

    assert counted(service) == 0
    assert job(service, job_id).state is JobState.READY
