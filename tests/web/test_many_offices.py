"""The dispatch page of many offices asks the database as often as that of one."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from delivery.dispatch.batching import batch_due
from delivery.geocoding import geocode
from delivery.models import Office
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.rows import DOORS, a_row
from tests.delivery.test_many_wards import counting
from tests.faults.house import plan_by_hand
from web.day import DayView, view_day


def planned(service: Service, intake: Intake, wards: list[str], days: int) -> int:
    """A day with one planned batch in each of the wards; returns how often its page asks the database."""
    intake.rows(*(a_row(100 * days + number, ward) for number, ward in enumerate(wards, 1)))
    geocode(service.database, NOW)
    day = DAY + timedelta(days=days)
    with service.database.write() as session:
        offices = session.scalars(sa.select(Office).order_by(Office.code)).all()
        for batch in batch_due(session, day, NOW):
            plan_by_hand(session, batch)
    with service.database.read() as session, counting(service) as counted:
        view: DayView = view_day(session, day, offices, None, day)
        assert [line.planned for line in view.batches] == [1] * len(wards)
    with service.database.write() as session:
        # Out of the way: what stays at the ward would go out the next day.
        session.execute(sa.text("UPDATE item SET custody = 'recipient'"))
    return counted.statements


def test_the_page_of_four_offices_costs_what_that_of_one_costs(service: Service, tmp_path: Path) -> None:
    intake = Intake(service.database, tmp_path)
    one = planned(service, intake, ["Bồ Đề"], 1)
    four = planned(service, intake, list(DOORS), 2)

    assert four == one
