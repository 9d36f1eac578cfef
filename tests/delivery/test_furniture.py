"""Couriers, offices and procedures are changed by people, and whatever they change can be put back."""

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from delivery import furniture
from delivery.dispatch.batching import find_batch
from delivery.dispatch.problems import on_duty
from delivery.errors import BadInput, ChangedMeanwhile, NotNow
from delivery.models import Absence, AuditEntry, Courier, Office, Procedure
from delivery.rules.policy import HandedTo
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row

TODAY = date(2026, 11, 24)
SIX = 6 * 3600


def courier(session: sa.orm.Session, code: str = "BD1") -> Courier:
    return session.scalars(sa.select(Courier).where(Courier.code == code)).one()


def test_other_hours_hold_and_are_put_back(service: Service) -> None:
    with service.database.write() as session:
        one = courier(session)
        usual = one.shift_start
        assert furniture.change(session, one, {"shift_start": SIX, "capacity": 60}, sees=0, by="dieuphoi", at=NOW)
    with service.database.write() as session:
        one = courier(session)
        (made,) = furniture.history(session, one)
        assert (one.shift_start, made.made_by) == (SIX, "dieuphoi")
        assert (made.before, made.after) == ({"shift_start": usual}, {"shift_start": SIX})

        furniture.put_back(session, one, made.id, by="giamsat", at=NOW)
        assert one.shift_start == usual
        assert [past.made_by for past in furniture.history(session, one)] == ["giamsat", "dieuphoi"]
    with service.database.read() as session:
        written = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "changed")).all()
    assert [entry.actor for entry in written] == ["dieuphoi", "giamsat"]


def test_nothing_is_written_down_where_nothing_was_changed(service: Service) -> None:
    with service.database.write() as session:
        one = courier(session)
        assert not furniture.change(session, one, {"capacity": one.capacity}, sees=0, by="dieuphoi", at=NOW)
        assert furniture.history(session, one) == []


def test_two_at_once_never_overwrite_each_other_silently(service: Service) -> None:
    told: list[str] = []
    start = threading.Barrier(2)

    def change(capacity: int) -> None:
        start.wait()
        try:
            with service.database.write() as session:
                furniture.change(session, courier(session), {"capacity": capacity}, sees=0, by=str(capacity), at=NOW)
        except ChangedMeanwhile as error:
            told.append(str(error))

    both = [threading.Thread(target=change, args=(capacity,)) for capacity in (30, 40)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert len(told) == 1
    with service.database.read() as session:
        (made,) = furniture.history(session, courier(session))
        assert made.after == {"capacity": courier(session).capacity}


def test_an_earlier_change_is_not_put_back_over_a_later_one(service: Service) -> None:
    with service.database.write() as session:
        one = courier(session)
        furniture.change(session, one, {"capacity": 30}, by="a", at=NOW)
        furniture.change(session, one, {"capacity": 40}, by="b", at=NOW)
        later, earlier = furniture.history(session, one)
        with pytest.raises(NotNow):
            furniture.put_back(session, one, earlier.id, by="a", at=NOW)
        furniture.put_back(session, one, later.id, by="a", at=NOW)
        furniture.put_back(session, one, earlier.id, by="a", at=NOW)
        assert one.capacity == 60


def test_the_change_of_one_is_not_put_back_on_another(service: Service) -> None:
    with service.database.write() as session:
        furniture.change(session, courier(session), {"capacity": 30}, by="a", at=NOW)
        (made,) = furniture.history(session, courier(session))
        with pytest.raises(NotNow):
            furniture.put_back(session, courier(session, "BD2"), made.id, by="a", at=NOW)
        with pytest.raises(NotNow):
            furniture.put_back(session, session.get_one(Office, 1), made.id, by="a", at=NOW)


def test_a_code_is_given_once(service: Service) -> None:
    def another() -> Courier:
        return Courier(
            code="BD1", office_id=1, name="Ai đó", shift_start=SIX, shift_end=2 * SIX, capacity=9,
            break_start=None, break_end=None, break_length=None,
        )  # fmt: skip

    with service.database.write() as session, pytest.raises(BadInput, match="BD1"):
        furniture.add(session, another(), by="dieuphoi", at=NOW)
    with service.database.write() as session:
        extra = another()
        extra.code = "BD9"
        furniture.add(session, extra, by="dieuphoi", at=NOW)
        assert furniture.history(session, extra) == []


def test_who_is_away_gets_no_route_and_what_is_published_already_is_named(service: Service, intake: Intake) -> None:
    day = Day(service, intake).prepare(6)
    with service.database.write() as session:
        routes = find_batch(session, day.batch).plan.routes  # type: ignore[union-attr]
        out = session.get_one(Courier, routes[0].courier_id)
        left = furniture.note_absence(session, out, DAY, DAY + timedelta(days=2), by="bode", at=NOW, today=TODAY)
    assert left == [day.batch]

    day.plan()
    with service.database.read() as session:
        batch = find_batch(session, day.batch)
        assert out.id not in {one.id for one in on_duty(batch)}
        assert batch.plan is not None
        assert {route.courier_id for route in batch.plan.routes} == {one.id for one in on_duty(batch)}
        assert not session.get_one(Courier, out.id).is_there(DAY)
        assert session.get_one(Courier, out.id).is_there(DAY + timedelta(days=3))


def test_an_absence_is_taken_back_once(service: Service) -> None:
    with service.database.write() as session:
        furniture.note_absence(session, courier(session), DAY, DAY, by="bode", at=NOW, today=TODAY)
        number = session.scalars(sa.select(Absence.id)).one()
        assert furniture.end_absence(session, courier(session, "BD2"), number, by="bode", at=NOW) is None
        assert furniture.end_absence(session, courier(session), number, by="bode", at=NOW)
    with service.database.write() as session:
        assert furniture.end_absence(session, courier(session), number, by="bode", at=NOW) is None
        assert courier(session).is_there(DAY)


@pytest.mark.parametrize(
    ("first", "last"),
    [(DAY, DAY - timedelta(days=1)), (date(2026, 1, 1), DAY), (DAY, date(2028, 1, 1)), (date(2028, 1, 1),) * 2],
)
def test_an_absence_that_cannot_be_meant_is_refused(service: Service, first: date, last: date) -> None:
    with service.database.write() as session, pytest.raises(BadInput):
        furniture.note_absence(session, courier(session), first, last, by="bode", at=NOW, today=TODAY)


def test_another_rule_holds_for_what_comes_in_and_promises_that_were_given_stay(
    service: Service, intake: Intake
) -> None:
    intake.rows(a_row(1))
    with service.database.write() as session:
        birth = session.get_one(Procedure, "1.001193")
        furniture.change(
            session, birth, {"working_days": 4, "handed_to": HandedTo.IN_PERSON.value}, by="giamsat", at=NOW
        )

    report = intake.rows(a_row(1), a_row(2))

    assert (report.unchanged, report.new) == (1, 1)
    with service.database.read() as session:
        promised = session.scalars(sa.text("SELECT promised_date FROM result ORDER BY id")).all()
    assert [str(day) for day in promised] == ["2026-11-26", "2026-11-30"]
