"""MyVNPost goes by its own codes of wards: they are matched by name, and where that fails a person says which it is."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.carriers import order_of
from delivery.cases import open_cases
from delivery.database import Database
from delivery.dispatch.communes import choose_commune, communes_for, matching, refresh_communes
from delivery.models import CarrierWard, CaseKind, Consignment, Meta, Result, Submission, SubmitTry
from delivery.places.wards import Ward
from delivery.wiring import Service
from postal_api.carrier import Place
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.post import Post, running_post
from tests.delivery.test_carriers import day_with, habits
from tests.delivery.typed import typed
from tests.delivery.waiting import waits_for_another

BO_DE = Ward("00118", "Bồ Đề")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path / "home" / "sandbox") as started:
        yield started


@pytest.fixture
def day(service: Service, post: Post, intake: Intake) -> Day:
    return day_with(service, post, intake, "myvnpost").prepare(1)


def forget_a_ward(day: Day, code: str) -> None:
    """As if the carrier's list did not have it under any name that we know."""
    refresh_communes(day.service)
    with day.service.database.write() as session:
        session.execute(sa.delete(CarrierWard).where(CarrierWard.ward_code == code))


def test_a_ward_is_known_by_its_kind_and_name_however_they_are_written() -> None:
    ward, village, elsewhere = Place("1", "PHƯỜNG BỒ ĐỀ", "10"), Place("2", "Xã Bồ Đề", "10"), Place("3", "Bồ Đề Nam")

    assert matching(BO_DE, [ward, village, elsewhere]) == [ward]
    assert matching(BO_DE, [village, elsewhere]) == [village]
    assert matching(BO_DE, [Place("4", "Bo De")]) == [Place("4", "Bo De")]
    assert matching(BO_DE, [elsewhere]) == []
    assert len(matching(BO_DE, [ward, Place("5", "Phường Bồ Đề", "10")])) == 2


def test_an_order_goes_out_with_the_carrier_s_own_codes(day: Day) -> None:
    day.submit()

    with day.service.database.read() as session:
        consignment = session.scalars(sa.select(Consignment)).one()
        order = order_of(consignment, communes_for(session, consignment, "myvnpost"))
        known = dict(session.execute(sa.select(CarrierWard.ward_code, CarrierWard.commune_code)).all())
    assert order.receiver.commune_code == order.sender.commune_code == known["00118"] == "10000"
    assert known.keys() >= {"00118", "00127", "00136", "00145"}
    assert consignment.submission is Submission.ACCEPTED


def test_the_list_is_read_once_and_again_when_it_is_old(day: Day, post: Post) -> None:
    day.submit()
    habits(post, closed=1)
    refresh_communes(day.service)
    with day.service.database.write() as session:
        read = session.get_one(Meta, "communes:myvnpost")
        read.value = NOW.replace(year=2020).isoformat()

    with pytest.raises(Exception, match="NotSent"):
        refresh_communes(day.service)


def test_an_old_list_that_cannot_be_read_anew_holds_back_no_order_whose_wards_it_has(day: Day, post: Post) -> None:
    refresh_communes(day.service)
    with day.service.database.write() as session:
        session.get_one(Meta, "communes:myvnpost").value = NOW.replace(year=2020).isoformat()
    habits(post, closed=1)

    day.submit()

    with day.service.database.read() as session:
        assert session.scalars(sa.select(SubmitTry.outcome)).all() == ["not_sent"]


def test_an_order_to_a_ward_that_cannot_be_matched_waits_for_a_person(day: Day, post: Post) -> None:
    forget_a_ward(day, "00118")

    day.submit()

    assert post.ledger() == {}
    assert [c.submission for c in day.consignments()] == [Submission.READY]
    with day.service.database.write() as session:
        (case,) = (case for case in open_cases(session) if case.kind is CaseKind.CARRIER_WARD)
        assert case.facts["ward_code"] == "00118"
        choose_commune(session, "myvnpost", "00118", "77777", by="huong", at=NOW)
    day.work("submit")

    assert [c.submission for c in day.consignments()] == [Submission.ACCEPTED]
    with day.service.database.read() as session:
        assert CaseKind.CARRIER_WARD not in {case.kind for case in open_cases(session)}


def test_what_a_person_chose_is_not_taken_back_by_a_newer_list(day: Day) -> None:
    with day.service.database.write() as session:
        choose_commune(session, "myvnpost", "00118", "77777", by="huong", at=NOW)

    refresh_communes(day.service, always=True)

    with day.service.database.read() as session:
        assert session.get_one(CarrierWard, ("myvnpost", "00118")).commune_code == "77777"


def test_carriers_that_go_by_names_need_no_list(service: Service, post: Post, intake: Intake) -> None:
    day = day_with(service, post, intake, "viettelpost").prepare(1)

    day.submit()

    with service.database.read() as session:
        assert session.scalars(sa.select(CarrierWard)).all() == []
        assert session.scalars(sa.select(Result.new_ward_code)).one() == "00118"
    assert typed(day.service, "carrier", "ward", "99999", "1").returncode == 1
    assert typed(day.service, "carrier", "ward", "00118", "10000").returncode == 0
    assert typed(day.service, "carrier", "wards").returncode == 0


def test_two_workers_that_read_the_list_first_at_the_same_moment_do_not_trip_over_each_other(day: Day) -> None:
    with day.service.database.write() as session:
        session.execute(sa.delete(CarrierWard))
        session.execute(sa.delete(Meta).where(Meta.key == "communes:myvnpost"))
    another = Service(day.service.settings, Database.connect(_address(day)))
    begun, may_end = threading.Event(), threading.Event()
    troubles: list[BaseException] = []

    def read(service: Service) -> None:
        try:
            refresh_communes(service)
        except BaseException as error:  # noqa: BLE001  what a thread raises is seen by nobody
            troubles.append(error)

    def hold(_session: Session) -> None:
        begun.set()
        may_end.wait(60)

    sa.event.listen(another.database.writing, "before_commit", hold)
    workers = [threading.Thread(target=read, args=(one,)) for one in (another, day.service)]
    workers[0].start()
    assert begun.wait(60)
    workers[1].start()
    waits_for_another(day.service.database)
    may_end.set()
    for worker in workers:
        worker.join(60)
    another.close()

    assert troubles == []
    with day.service.database.read() as session:
        assert session.scalars(sa.select(CarrierWard.commune_code).where(CarrierWard.ward_code == "00118")).all()


def _address(day: Day) -> str:
    return day.service.database.engine.url.render_as_string(hide_password=False)
