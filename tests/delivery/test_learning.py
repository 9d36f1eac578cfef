"""What couriers' days teach: slow hours are found, and what was no ride is passed over."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from delivery.dispatch.batching import find_batch
from delivery.dispatch.board import Author, change
from delivery.dispatch.changes import Move
from delivery.dispatch.desk import Spot
from delivery.dispatch.problems import AT_THE_DOOR, AT_THE_PLACE
from delivery.learning import observe, write_factors
from delivery.maps.importing import Sources, import_map
from delivery.models import Batch, Route, Stop
from delivery.moments import VIETNAM
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.travelling import hours_file
from delivery.wiring import Service
from routing import Location
from routing.roads import Factors, NetworkTravel, learn_factors
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.maps.village import Village

DOORS = 14


@pytest.fixture
def driven(service: Service, tmp_path: Path) -> Day:
    """A planned day of doors along one long street of Bồ Đề."""
    village = Village(21.03, 105.86)
    village.road("Phố Dài", *((1700, 400 * n) for n in range(10)), kind="tertiary")
    import_map(service.settings.home, Sources(village.write(tmp_path / "village.osm.pbf")))
    day = Day(service, Intake(service.database, tmp_path))
    doors = [village.degrees((1710, 1150 + 90 * n)) for n in range(DOORS)]
    rows: list[dict[str, Any]] = [
        a_row(n + 1, Vĩ_độ=f"{lat:.6f}", Kinh_độ=f"{lon:.6f}") for n, (lat, lon) in enumerate(doors)
    ]
    day.import_and_place(*rows)
    day.plan()
    day.print()
    day.submit()
    return day


def drive(service: Service, slowness: float, *, clamped: bool = False) -> NetworkTravel:
    """The couriers deliver in the planned order, each ride `slowness` times as long as the streets say."""
    travel = service.travelling().travel
    assert isinstance(travel, NetworkTravel)
    with service.database.write() as session:
        moment, before = datetime(DAY.year, DAY.month, DAY.day, 8, 5, tzinfo=VIETNAM), None
        followed = sa.select(Stop).join(Stop.route).join(Batch, Batch.plan_id == Route.plan_id)
        for stop in session.scalars(followed.order_by(Stop.route_id, Stop.position)):
            result = stop.item.first
            assert result.lat is not None
            assert result.lon is not None
            here = Location(result.lat, result.lon)
            ride = travel.matrices([before, here])[0][0, 1] if before is not None else 0
            moment += timedelta(seconds=float(slowness * ride) + AT_THE_DOOR + AT_THE_PLACE)
            report = Report(Fact.DELIVERED, "test", f"{stop.id}", moment)
            at = moment - timedelta(hours=2) if clamped else moment
            record(session, stop.item.consignments[-1], report, at, timedelta(minutes=10))
            before = here
    return travel


def test_an_hour_of_slow_rides_is_found(service: Service, driven: Day) -> None:
    assert driven.batch
    travel = drive(service, 2.0)

    with service.database.read() as session:
        legs = list(observe(session, travel))

    assert len(legs) >= DOORS - 4
    assert all(leg.taken == pytest.approx(2 * leg.expected, abs=2) for leg in legs)


def test_a_draft_that_nobody_drove_teaches_nothing(service: Service, driven: Day) -> None:
    with service.database.read() as session:
        draft_of = find_batch(session, driven.batch).plan_id
        last = session.scalars(sa.select(Stop).order_by(Stop.position.desc())).first()
        assert last
        to = Spot(last.route.courier_id, 1)
    change(service, driven.batch, Author("lan", draft_of or 0), Move(last.item_id, to), NOW)
    travel = drive(service, 2.0)

    with service.database.read() as session:
        legs = list(observe(session, travel))

    assert len(legs) >= DOORS - 4
    assert all(leg.taken == pytest.approx(2 * leg.expected, abs=2) for leg in legs)


def test_what_a_wrong_clock_told_teaches_nothing(service: Service, driven: Day) -> None:
    assert driven.batch
    travel = drive(service, 2.0, clamped=True)

    with service.database.read() as session:
        assert list(observe(session, travel)) == []


def test_what_was_learnt_is_read_again(service: Service, driven: Day) -> None:
    assert driven.batch
    factors = Factors({(8, "*"): 1.25, (17, "primary"): 1.6})

    write_factors(hours_file(service.settings.home), factors)

    assert Factors.read(hours_file(service.settings.home)) == factors
    assert learn_factors([]) == Factors()
