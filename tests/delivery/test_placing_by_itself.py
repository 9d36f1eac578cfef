"""Addresses are looked up by whoever works, however they came in: nobody has to remember a command."""

import sqlalchemy as sa

from delivery.database import database_now
from delivery.geocoding import ask_to_place
from delivery.intake.correcting import Change, correct_by_hand
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import due
from delivery.jobs.work import do
from delivery.models import Job, Result
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.rows import a_row


def sweep(service: Service) -> int:
    """What a worker's sweep asks for, done; how many jobs that were."""
    with service.database.write() as session:
        ask_to_place(session, database_now(session))
        ask_to_place(session, database_now(session))
    with service.database.read() as session:
        jobs = due(session, kinds=["place"])
    return sum(do(service, HANDLERS, job, "worker") for job in jobs)


def unplaced(service: Service) -> int:
    with service.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).where(Result.placed_at.is_(None))) or 0


def test_what_came_in_is_placed_and_then_there_is_peace(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1), a_row(2), a_row(3, Trả_tại_nhà=""))

    assert sweep(service) == 1
    assert unplaced(service) == 1  # who comes to the counter needs no place on the map
    assert sweep(service) == 0


def test_an_address_that_was_corrected_is_placed_anew(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    sweep(service)
    with service.database.write() as session:
        [result] = session.scalars(sa.select(Result))
        correct_by_hand(session, result, Change.typed("", "", "Số 9 phố Bồ Đề, Hà Nội"), by="bode", at=NOW)
    assert unplaced(service) == 1

    assert sweep(service) == 1
    assert unplaced(service) == 0


def test_while_it_goes_on_nobody_else_begins(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    with service.database.write() as session:
        for _sweep in range(3):
            ask_to_place(session, NOW)
    with service.database.read() as session:
        assert session.scalars(sa.select(Job.kind)).all() == ["place"]


def test_the_question_that_is_asked_every_second_walks_an_index(service: Service) -> None:
    is_postgresql = service.database.engine.dialect.name == "postgresql"
    with service.database.write() as session:
        if is_postgresql:
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        asked = sa.select(Result.id).where(Result.placed_at.is_(None), Result.wants_delivery).limit(1)
        words = str(asked.compile(session.connection(), compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN " if is_postgresql else "EXPLAIN QUERY PLAN "
        told = " ".join(str(line) for line in session.execute(sa.text(explain + words)))

    assert "ix_result_unplaced" in told
