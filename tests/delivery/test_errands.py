"""Errands: a planner, or who prints, lets others help; helpers come, stay away, or die, and the work is done."""

import os
import threading
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from delivery.dispatch.planners import planners
from delivery.doctor import examine
from delivery.jobs.crew import Crew
from delivery.jobs.errands import PLANNING, Errands, helping
from delivery.jobs.queue import put
from delivery.jobs.queues import queues_of
from delivery.jobs.roll import sign, workers_alive
from delivery.jobs.work import Handler
from delivery.models import Errand, Job
from delivery.moments import now
from delivery.wiring import Service

QUICK = replace(PLANNING, linger=0.5, patience=0.5)


def where() -> int:
    """Which thread did it."""
    time.sleep(0.05)
    return threading.get_ident()


def fails() -> None:
    raise ZeroDivisionError("as it would here")


def a_helper(service: Service, handler: Handler | None = None) -> Crew:
    crew = Crew(service, {"help": handler or helping(QUICK)}, "elsewhere:1:a", queues_of("plan"))
    (queue,) = crew.queues
    assert crew.call(queue)
    return crew


def left_behind(service: Service) -> int:
    with service.database.read() as session:
        rows = session.scalar(sa.select(sa.func.count()).select_from(Errand)) or 0
        return rows + len(session.scalars(sa.select(Job.id).where(Job.finished_at.is_(None))).all())


def test_errands_are_done_by_a_helper_and_here_and_leave_nothing_behind(service: Service) -> None:
    with Errands(service, QUICK, here=1, elsewhere=1) as errands:
        helper = a_helper(service)
        (hand,) = helper._busy
        by = [errands.submit(where) for _ in range(8)]
        done = {future.result(30) for future in by}
        assert hand.ident in done
        assert len(done) > 1
    helper.join()

    assert left_behind(service) == 0


def test_nobody_waits_for_helpers_that_do_not_exist(service: Service) -> None:
    with Errands(service, PLANNING, here=1, elsewhere=3) as errands:
        assert len(list(errands.map(abs, range(20)))) == 20

    assert left_behind(service) == 0


def test_a_helper_that_dies_with_an_errand_in_hand_is_not_waited_for(service: Service) -> None:
    with Errands(service, QUICK, here=1, elsewhere=1) as errands:
        with service.database.write() as session:
            session.execute(sa.delete(Job))
        taking = threading.Thread(target=take_and_die, args=(service,))
        taking.start()
        done = [errands.submit(abs, -number) for number in range(6)]
        assert [future.result(30) for future in done] == list(range(6))
        taking.join()

    assert left_behind(service) == 0


def take_and_die(service: Service) -> None:
    deadline = time.monotonic() + 30
    taken = False
    while not taken and time.monotonic() < deadline:
        with service.database.write() as session:
            row = session.execute(sa.update(Errand).values(taken_by="dead").returning(Errand.id)).first()
            taken = row is not None


def test_what_fails_elsewhere_fails_as_it_would_here(service: Service) -> None:
    with Errands(service, QUICK, here=1, elsewhere=1) as errands:
        helper = a_helper(service)
        for _ in range(4):
            with pytest.raises(ZeroDivisionError):
                errands.submit(fails).result(30)
    helper.join()


def test_who_can_write_into_the_database_can_still_have_nothing_run(service: Service) -> None:
    with service.database.write() as session:
        session.add(Errand(sender=64, question=b"\0" * 32 + b"cos\nsystem\n(S'true'\ntR.", asked_at=now()))
        put(session, "help", 64)
    a_helper(service).join()

    with service.database.read() as session:
        assert session.scalars(sa.select(Errand.answer)).all() == [None]
        assert session.scalars(sa.select(Job.last_error)).all() == ["PermissionError"]


def test_a_helper_leaves_when_a_plan_of_its_own_is_waiting(service: Service) -> None:
    with service.database.write() as session:
        put(session, "help", 64)
    helper = a_helper(service, helping(replace(PLANNING, linger=60)))
    with service.database.write() as session:
        put(session, "plan", 1)
    began = time.monotonic()
    helper.join()

    assert time.monotonic() - began < 60


def test_only_large_days_and_only_other_machines_call_for_help(service: Service) -> None:
    def workers(*owners: str) -> None:
        with service.database.write() as session:
            for owner in owners:
                sign(session, owner, ["plan"], now())

    def help_for(stops: int, **settings: int) -> int:
        chosen = Service(service.settings.model_copy(update=settings), service.database)
        with planners(chosen, stops) as (executor, count):
            assert (executor is None) == (count == (settings.get("plan_threads") or os.cpu_count()))
            return count

    processors = os.cpu_count() or 1
    here = os.uname().nodename
    workers(f"{here}:1:a", f"{here}:2:b")
    assert (help_for(1000), help_for(1000, plan_threads=1)) == (processors, 2)
    workers("elsewhere:1:c")
    assert (help_for(400), help_for(401)) == (processors, processors + 1)
    assert workers_alive(service, "print") == 0


def test_the_doctor_names_the_queues_that_nobody_serves(service: Service) -> None:
    with service.database.write() as session:
        sign(session, "here:1:a", ["plan", "submit", "inbox", "poll"], now())

    (worker,) = (finding for finding in examine(service) if finding.what == "Worker")

    assert not worker.ok
    assert "tannha worker --queues print" in worker.says
