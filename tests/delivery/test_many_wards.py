"""A country instead of a district: thousands of offices, names that come again, and books that only grow."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.dispatch.batching import batch_due, find_batch, lock_batch, sizes_of
from delivery.dispatch.submission import request_submission
from delivery.errors import BadInput
from delivery.geocoding import geocode
from delivery.intake.units import NoSuchOffice, SeveralOffices, Units
from delivery.models import Consignment, Courier, Custody, Item, Job, Office, Result
from delivery.rules.lifecycle import State
from delivery.setting_up import SEED, set_up
from delivery.settings import Settings
from delivery.tracking.closing import close_day, close_offices
from delivery.wiring import Service
from postal_api.fees import DEFAULT, FeeTable
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import DOORS, a_row

OFFICES = (
    # code, ward's name, address
    ("A1", "Tân Bình", "xã Tân Bình, tỉnh Ninh Phong"),
    ("B1", "Tân Bình", "phường Tân Bình, tỉnh Hà Giang Thượng"),
    ("B2", "Tân Bình Đông", "xã Tân Bình Đông, tỉnh Hà Giang Thượng"),
)


def furniture(folder: Path, offices: Sequence[tuple[str, str, str]] = OFFICES, courier_of: str = "A1") -> Path:
    """The two files, with one courier."""
    folder.mkdir()
    header = ("code", "ward_code", "ward_name", "name", "address", "phone", "postal_code", "lat", "lon")
    rows = [(code, f"0{code}", name, f"Một cửa {name}", at, "1022", "", 21.0, 105.0) for code, name, at in offices]
    _write(folder / "offices.csv", [header, *rows])
    couriers = (SEED / "couriers.csv").read_text(encoding="utf-8").splitlines()[:2]
    _write(folder / "couriers.csv", [line.replace(",BD,", f",{courier_of},").split(",") for line in couriers])
    return folder


def _write(file: Path, rows: Sequence[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(rows)


@pytest.fixture
def elsewhere(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """A home that is not set up yet."""
    settings = Settings(home=tmp_path / "elsewhere", database_url=database_url, carrier="sandbox", _env_file=None)  # type: ignore[call-arg]
    made = Service.from_settings(settings)
    yield made
    made.database.engine.dispose()


def codes_of(service: Service) -> list[str]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(Office.code).order_by(Office.code)))


class TestOffices:
    """Offices of anywhere."""

    def test_another_district_begins_with_its_own_offices_and_none_of_long_bien(
        self, elsewhere: Service, tmp_path: Path
    ) -> None:
        folder = furniture(tmp_path / "furniture")

        set_up(elsewhere, folder)
        set_up(elsewhere, folder)

        assert codes_of(elsewhere) == ["A1", "B1", "B2"]
        with elsewhere.database.read() as session:
            assert [courier.office.code for courier in session.scalars(sa.select(Courier))] == ["A1"]

    @pytest.mark.parametrize(
        ("offices", "courier_of", "told"),
        [
            ((("A1", "Tân Bình", "x"), ("A1", "Tân An", "y")), "A1", r"offices\.csv.* 3:"),
            (OFFICES, "Z9", r"couriers\.csv.* 2:"),
        ],
    )
    def test_a_wrong_row_is_named_and_nothing_is_kept(
        self, elsewhere: Service, tmp_path: Path, offices: tuple[tuple[str, str, str], ...], courier_of: str, told: str
    ) -> None:
        with pytest.raises(BadInput, match=told):
            set_up(elsewhere, furniture(tmp_path / "furniture", offices, courier_of))

        assert codes_of(elsewhere) == []

    def test_a_name_of_two_wards_is_refused_until_the_province_or_the_code_is_named(
        self, elsewhere: Service, tmp_path: Path
    ) -> None:
        set_up(elsewhere, furniture(tmp_path / "furniture"))
        intake = Intake(elsewhere.database, tmp_path)

        intake.rows(
            a_row(1, Đơn_vị="UBND phường Tân Bình, tỉnh Hà Giang Thượng"),
            a_row(2, Đơn_vị="UBND xã Tân Bình"),
            a_row(3, Đơn_vị="A1"),
            a_row(4, Đơn_vị="UBND xã Tân Bình Đông"),
            a_row(5, Đơn_vị="UBND xã Tân Sơn"),
        )

        with elsewhere.database.read() as session:
            found = sa.select(Office.code).join(Result, Result.office_id == Office.id).order_by(Result.dossier_code)
            assert list(session.scalars(found)) == ["B1", "A1", "B2"]
        assert len(intake.reasons) == 2
        assert intake.reasons[0] != intake.reasons[1]


def test_of_names_within_one_another_the_longest_counts() -> None:
    units = Units([("Tân Bình", 1), ("Tân Bình Đông", 2), ("BD", 3), ("Bình Đông Hà", 4)])

    assert units.find("UBND xã TÂN BÌNH ĐÔNG") == 2
    assert units.find("bd") == 3
    for text in ("Tân Bình và Tân Bình Đông", "xã Tân Bình Đông Hà"):
        with pytest.raises(SeveralOffices):
            units.find(text)
    for text in ("phòng bd", "Tân", ""):
        with pytest.raises(NoSuchOffice):
            units.find(text)


# ---------------------------------------------------------------------- what many rows cost


@dataclass
class Counted:
    statements: int = 0


@contextmanager
def counting(service: Service) -> Iterator[Counted]:
    """How often the database was asked; one statement for many rows counts once."""
    counted = Counted()

    def count(*_: object) -> None:
        counted.statements += 1

    sa.event.listen(service.database.engine, "before_cursor_execute", count)
    try:
        yield counted
    finally:
        sa.event.remove(service.database.engine, "before_cursor_execute", count)


def rows_of(first: int, count: int) -> list[dict[str, str]]:
    """Results of all four wards."""
    wards = list(DOORS)
    return [a_row(number, wards[number % len(wards)]) for number in range(first, first + count)]


def gather(service: Service, days: int = 0) -> None:
    with service.database.write() as session:
        batch_due(session, DAY + timedelta(days=days), NOW)


def costs(service: Service, work: Callable[[], object]) -> int:
    with counting(service) as counted:
        work()
    return counted.statements


def test_many_rows_ask_the_database_no_oftener_than_few(service: Service, intake: Intake) -> None:
    """Importing, placing and gathering 120 results: as many statements as for 12."""
    few = rows_of(0, 12)
    many = rows_of(100, 120)
    steps = {"few": few, "many": many}
    asked = {
        size: (
            costs(service, lambda rows=rows: intake.rows(*rows)),  # type: ignore[misc]
            costs(service, lambda: geocode(service.database, NOW)),
            costs(service, lambda: gather(service)),
        )
        for size, rows in steps.items()
    }

    for fewer, more in zip(asked["few"], asked["many"], strict=True):
        assert more <= fewer + 2

    with service.database.read() as session:
        assert sum(sizes_of(session, DAY).values()) == 132
        sealed = sa.select(sa.func.count(sa.distinct(Result.item_id))).where(Result.item_id.is_not(None))
        assert session.scalar(sealed) == 132


def test_asking_for_many_orders_asks_the_database_as_often_as_for_one(service: Service, intake: Intake) -> None:
    def asking(first: int, count: int, days: int) -> int:
        day = Day(service, intake, day=DAY + timedelta(days=days))
        day.import_and_place(*(a_row(first + number) for number in range(count)))
        day.plan()
        day.print()
        for _once_and_again in range(2):
            with service.database.write() as session, counting(service) as counted:
                asked = request_submission(session, find_batch(session, day.batch), "sandbox", FeeTable.parse(DEFAULT))
        with service.database.read() as session:
            jobs = sa.select(Job.key).where(Job.kind == "submit", Job.key.in_(asked))
            assert sorted(session.scalars(jobs)) == sorted(asked)
            assert len(asked) == count
        # Out of the way: what stays at the ward would go out the next day.
        with service.database.write() as session:
            session.execute(sa.text("UPDATE item SET custody = 'recipient'"))
        return counted.statements

    assert asking(100, 12, 2) == asking(1, 1, 1)


def test_a_locked_batch_is_at_hand_with_all_that_it_holds(service: Service, intake: Intake) -> None:
    day = Day(service, intake).prepare(6)
    with service.database.write() as session:
        batch = find_batch(session, day.batch)
        lock_batch(session, batch)
        with counting(service) as counted:
            held = [(item.first.dossier_code, item.consignments[0].labels[0].printings) for item in batch.items]
            stops = [stop for route in batch.plan.routes for stop in route.stops] if batch.plan else []

    assert (len(held), len(stops)) == (6, 6)
    assert counted.statements == 0


def test_what_a_post_brought_back_is_not_read_again_every_day(service: Service, intake: Intake) -> None:
    Day(service, intake).prepare(6)
    with service.database.write() as session:
        session.execute(sa.update(Consignment).values(journey=State.RETURNED, carrier="sandbox"))
        session.execute(sa.update(Item).values(custody=Custody.WARD))
        own = session.scalars(sa.select(Consignment).limit(1)).one()
        own.carrier = "own-team"

    with service.database.write() as session:
        read: list[object] = []
        sa.event.listen(session, "loaded_as_persistent", lambda _session, each: read.append(type(each)))
        again = batch_due(session, DAY + timedelta(days=1), NOW)

        assert read.count(Item) == 1
        assert [len(batch.items) for batch in again] == [1]


def test_the_offices_balances_add_up_to_the_day_s_and_cost_no_more_for_many(service: Service, intake: Intake) -> None:
    intake.rows(*rows_of(0, 40))
    geocode(service.database, NOW)
    gather(service)

    with service.database.read() as session:
        whole = close_day(session, DAY)
        parts = close_offices(session, DAY)

    assert [office for office, _balance in parts] == ["BD", "LB", "PL", "VH"]
    assert sum(balance.at_ward for _office, balance in parts) == whole.at_ward == 40
    with service.database.read() as session:
        before = costs(service, lambda: close_day(session, DAY))
    intake.rows(*rows_of(100, 80))
    geocode(service.database, NOW)
    gather(service)
    with service.database.read() as session:
        assert costs(service, lambda: close_day(session, DAY)) == before
