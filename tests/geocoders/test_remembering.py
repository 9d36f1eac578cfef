"""What is remembered: pins of people, doors that couriers confirmed with consent, and how both are forgotten."""

from datetime import timedelta
from math import nan

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.errors import BadInput, NotNow
from delivery.geocoders.chain import Chain
from delivery.geocoders.deciding import forget_address, question_of, settle_address, sharing, unsettle_address
from delivery.geocoders.doors import confirm_delivery, confirm_door, forget_door
from delivery.geocoders.pins import Spot, history
from delivery.geocoders.remembered import APART, LONG_AGO
from delivery.geocoding import geocode
from delivery.models import CaseKind, ConfirmedDoor, PastFix, PlaceFix, Result
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality
from delivery.places.locating import Place
from delivery.places.text import fold
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row

ATLAS = Atlas.built_in()
DOUBTFUL = "Tổ 6, P. Phúc Đồng, Q. Long Biên, Hà Nội"
ON_NGOC_THUY = "Số 12 ngõ 68 Ngọc Thụy, P. Ngọc Thụy, Q. Long Biên, Hà Nội"
HERE, NEXT_DOOR = (21.0459, 105.8738), (21.0461, 105.8739)
DOOR = (21.0502, 105.8655)
LATER = timedelta(days=30)


def row(number: int, address: str) -> dict[str, str]:
    return a_row(number, Địa_chỉ_nhận=address, Vĩ_độ="", Kinh_độ="")


def result_of(service: Service, number: int) -> Result:
    with service.database.read() as session:
        return session.scalars(sa.select(Result).where(Result.dossier_code.endswith(f"-{number:04d}"))).one()


def address_cases(service: Service) -> int:
    with service.database.read() as session:
        return sum(case.kind is CaseKind.ADDRESS for case in open_cases(session))


def settle(service: Service, number: int, spot: Spot, by: str = "hoa", after: timedelta = timedelta()) -> None:
    with service.database.write() as session:
        settle_address(session, session.get_one(Result, result_of(service, number).id), spot, by=by, at=NOW + after)


def confirm(service: Service, number: int, point: tuple[float, float], after: timedelta = timedelta()) -> bool:
    with service.database.write() as session:
        result = session.get_one(Result, result_of(service, number).id)
        return confirm_door(session, result, *point, consent=True, at=NOW + after) is not None


def placed(service: Service, address: str, after: timedelta = timedelta()) -> Place:
    chain = Chain.of(ATLAS, service.database, at=NOW + after)
    return chain.place(chain.ask(address))


def test_a_pin_is_remembered_for_the_next_certificate_however_its_address_is_written(
    service: Service, intake: Intake
) -> None:
    intake.rows(row(1, DOUBTFUL), row(2, DOUBTFUL))
    geocode(service.database, NOW)
    assert address_cases(service) == 2
    with service.database.read() as session:
        assert sharing(session, result_of(service, 1)) == 1

    settle(service, 1, Spot(*HERE))
    assert address_cases(service) == 0
    intake.rows(row(3, "tổ 6 phường Phúc Đồng, quận Long Biên, HN"))
    geocode(service.database, NOW)

    third = result_of(service, 3)
    assert (third.lat, third.lon, third.place_source, third.quality) == (*HERE, "person", "door")
    assert address_cases(service) == 0
    assert third.old_ward_code == result_of(service, 1).old_ward_code == "00151"


def test_a_pin_is_taken_back_and_what_held_before_holds_again(service: Service, intake: Intake) -> None:
    intake.rows(row(1, DOUBTFUL))
    geocode(service.database, NOW)
    settle(service, 1, Spot(*HERE), by="hoa")
    settle(service, 1, Spot(*NEXT_DOOR, radius_m=150, quality=Quality.ALLEY), by="lan", after=LATER)
    assert (result_of(service, 1).lat, result_of(service, 1).radius_m) == (NEXT_DOOR[0], 150)

    with service.database.write() as session:
        unsettle_address(session, session.get_one(Result, result_of(service, 1).id), by="lan", at=NOW + 2 * LATER)
    assert (result_of(service, 1).lat, result_of(service, 1).lon) == HERE
    with service.database.read() as session:
        pin = session.scalars(sa.select(PlaceFix)).one()
        (past,) = history(session, question_of(result_of(service, 1), ATLAS))
    assert pin.decided_by == "hoa"
    assert (past.decided_by, past.ended_by, past.undone) == ("lan", "lan", True)

    with service.database.write() as session:
        unsettle_address(session, session.get_one(Result, result_of(service, 1).id), by="lan", at=NOW + 3 * LATER)
    assert result_of(service, 1).place_source == "wards"
    assert address_cases(service) == 1
    with pytest.raises(NotNow), service.database.write() as session:
        unsettle_address(session, session.get_one(Result, result_of(service, 1).id), by="lan", at=NOW)


@pytest.mark.parametrize("point", [(10.7769, 106.7009), (nan, 105.9), (float("inf"), 0.0), (1e300, 1e300)])
def test_a_pin_outside_all_wards_is_refused_and_nothing_is_lost(
    service: Service, intake: Intake, point: tuple[float, float]
) -> None:
    intake.rows(row(1, DOUBTFUL))
    geocode(service.database, NOW)
    settle(service, 1, Spot(*HERE))

    with pytest.raises(BadInput):
        settle(service, 1, Spot(*point))

    assert (result_of(service, 1).lat, result_of(service, 1).lon) == HERE


def test_a_pin_kept_by_earlier_code_still_holds(service: Service, intake: Intake) -> None:
    with service.database.write() as session:
        session.add(PlaceFix(
            address_key=fold(DOUBTFUL), lat=HERE[0], lon=HERE[1], new_ward_code="00118", decided_by="hoa",
            decided_at=NOW,
        ))  # fmt: skip
    intake.rows(row(1, DOUBTFUL))

    geocode(service.database, NOW)

    assert (result_of(service, 1).lat, result_of(service, 1).place_source) == (HERE[0], "person")


def test_two_confirmations_agree_and_a_third_two_kilometres_off_is_asked_about(
    service: Service, intake: Intake
) -> None:
    intake.rows(row(1, ON_NGOC_THUY))
    geocode(service.database, NOW)
    assert confirm(service, 1, DOOR)
    assert confirm(service, 1, (DOOR[0] + 0.0001, DOOR[1]), after=LATER)
    between = placed(service, "12 ngõ 68 phố Ngọc Thụy")

    assert not confirm(service, 1, (DOOR[0] + 0.018, DOOR[1]), after=2 * LATER)

    assert placed(service, "12 ngõ 68 phố Ngọc Thụy") == between
    assert (between.quality, between.source, between.ask) == (Quality.DOOR, "door", False)
    assert between.lat == pytest.approx(DOOR[0] + 0.00005)
    assert (between.radius_m or 0) <= 30
    with service.database.read() as session:
        (case,) = [case for case in open_cases(session) if case.kind is CaseKind.DOOR_ELSEWHERE]
    assert 1900 < case.facts["metres"] < 2100
    assert "lat" not in case.facts


def test_another_house_of_the_same_alley_knows_nothing_of_it(service: Service, intake: Intake) -> None:
    intake.rows(row(1, ON_NGOC_THUY))
    geocode(service.database, NOW)
    confirm(service, 1, DOOR)

    assert placed(service, "14 ngõ 68 Ngọc Thụy").source != "door"


def test_without_consent_nothing_is_kept_and_withdrawn_consent_erases(service: Service, intake: Intake) -> None:
    intake.rows(row(1, ON_NGOC_THUY))
    geocode(service.database, NOW)
    with pytest.raises(BadInput), service.database.write() as session:
        confirm_door(session, result_of(service, 1), *DOOR, consent=False, at=NOW)
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ConfirmedDoor)) == 0

    confirm(service, 1, DOOR)
    with service.database.write() as session:
        assert forget_door(session, question_of(result_of(service, 1), ATLAS)) == 1

    assert placed(service, ON_NGOC_THUY).source == "numbers"
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ConfirmedDoor)) == 0


def test_a_confirmation_told_twice_counts_once(service: Service, intake: Intake) -> None:
    intake.rows(row(1, ON_NGOC_THUY))
    geocode(service.database, NOW)

    assert confirm(service, 1, DOOR)
    assert confirm(service, 1, DOOR)

    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ConfirmedDoor)) == 1


def test_what_nobody_has_confirmed_for_years_says_so(service: Service, intake: Intake) -> None:
    intake.rows(row(1, ON_NGOC_THUY))
    geocode(service.database, NOW)
    confirm(service, 1, DOOR)

    assert LONG_AGO not in placed(service, ON_NGOC_THUY).note
    assert LONG_AGO in placed(service, ON_NGOC_THUY, after=timedelta(days=800)).note


def test_confirmations_that_lie_apart_are_no_door(service: Service, intake: Intake) -> None:
    intake.rows(row(1, ON_NGOC_THUY))
    geocode(service.database, NOW)
    confirm(service, 1, DOOR)
    assert confirm(service, 1, (DOOR[0] + 0.0025, DOOR[1]), after=LATER)

    place = placed(service, ON_NGOC_THUY)

    assert (place.quality, place.note) == (Quality.ALLEY, (APART,))
    assert (place.radius_m or 0) > 130


def test_the_point_of_a_carrier_s_delivered_confirms_and_other_news_do_not(service: Service, intake: Intake) -> None:
    day = Day(service, intake).prepare(1)
    with service.database.write() as session:
        consignment = session.merge(day.consignments()[0])
        first = consignment.item.first
        point = (first.lat or 0) + 0.0001, first.lon or 0
        out = Report(Fact.OUT_FOR_DELIVERY, "post", "1", NOW)
        delivered = Report(Fact.DELIVERED, "post", "2", NOW)

        assert confirm_delivery(session, consignment, out, *point, consent=True) is None
        assert confirm_delivery(session, consignment, delivered, *point, consent=True) is not None
        with pytest.raises(BadInput):
            confirm_delivery(session, consignment, delivered, *point, consent=False)

    assert placed(service, first.address).source == "door"


def test_to_forget_an_address_leaves_nothing_of_it(service: Service, intake: Intake) -> None:
    intake.rows(row(1, ON_NGOC_THUY))
    geocode(service.database, NOW)
    confirm(service, 1, DOOR)
    settle(service, 1, Spot(*HERE))
    settle(service, 1, Spot(*NEXT_DOOR))

    with service.database.write() as session:
        assert forget_address(session, "12 ngõ 68 Ngọc Thụy", at=NOW) == 3

    with service.database.read() as session:
        left = [session.scalar(sa.select(sa.func.count()).select_from(t)) for t in (PlaceFix, PastFix, ConfirmedDoor)]
    assert left == [0, 0, 0]
    assert result_of(service, 1).place_source == "numbers"
