"""The dispatch page of many offices asks the database as often as that of one, and a city's shows a line for each."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.dispatch.batching import batch_due
from delivery.geocoding import geocode
from delivery.models import Consignment, Office
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day, told_day
from tests.delivery.rows import DOORS, a_row
from tests.delivery.test_many_wards import counting
from tests.faults.house import plan_by_hand
from tests.web.conftest import Browser
from web.day import DayView, view_day
from web.many_offices import view_offices


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


@pytest.fixture
def city(service: Service, tmp_path: Path) -> Day:
    """Fourteen offices; Bồ Đề has three printed envelopes of which one is delivered, and a result that waits."""
    day = told_day(service, Intake(service.database, tmp_path), 3)
    day.hand_over(day.item_codes()[:2])
    day.import_and_place(a_row(50))
    with service.database.write() as session:
        first = session.scalars(sa.select(Consignment).order_by(Consignment.id)).first()
        assert first
        record(session, first, Report(Fact.DELIVERED, "feed", "1", day.handed_over_at), NOW)
        for number in range(10):
            session.add(
                Office(code=f"X{number}", ward_code=f"9{number}", ward_name=f"Xã {number}", name="Một cửa",
                       address="Hà Nội", lat=21.0, lon=105.8)
            )  # fmt: skip
    return day


def test_a_supervisor_of_a_city_sees_a_line_for_each_office_where_something_is_to_be_seen(
    city: Day, logged_in: Callable[[str], Browser]
) -> None:
    page = logged_in("giamsat").get(f"/dieu-phoi?ngay={city.day}").text

    assert page.count('<th scope="row">') == 1
    assert "13 bộ phận khác không có gì" in page
    assert "Người Thử" not in page
    assert f'href="/dieu-phoi?ngay={city.day}&amp;van_phong=BD"' in page
    assert "Người Thử" in logged_in("giamsat").get(f"/dieu-phoi?ngay={city.day}&van_phong=BD").text
    assert "Người Thử" in logged_in("bode").get(f"/dieu-phoi?ngay={city.day}").text


def test_the_line_of_an_office_says_what_its_own_page_says(city: Day) -> None:
    with city.service.database.read() as session:
        offices = session.scalars(sa.select(Office).order_by(Office.code)).all()
        bo_de = next(office for office in offices if office.code == "BD")
        (line,) = view_offices(session, city.day, offices, city.day).lines
        own = view_day(session, city.day, [bo_de], bo_de, city.day)

    assert (
        (line.waiting, line.batches, line.envelopes) == (own.waiting, len(own.batches), own.counts["all"]) == (1, 1, 3)
    )
    assert (line.at_ward, line.out) == (own.counts["at_ward"], own.counts["out"]) == (1, 1)
    assert (line.delivered, line.returned) == (own.counts["delivered"], own.counts["returned"]) == (1, 0)
    assert (line.planned, line.told) == (own.batches[0].planned, own.batches[0].submitted) == (3, 3)
