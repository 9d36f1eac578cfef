"""Placing many results: outside of any transaction, each address once, again after a new map."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.geocoders.asking import PlaceGeocoder, Question
from delivery.geocoders.chain import Chain
from delivery.geocoders.deciding import settle_address
from delivery.geocoders.keeping import WARD_CHANGED
from delivery.geocoders.pins import Spot
from delivery.geocoders.shelf import AtlasShelf
from delivery.geocoding import geocode, geocode_again
from delivery.models import CaseKind, Result
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality
from delivery.places.locating import Place
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row

ATLAS = Atlas.built_in()
DOUBTFUL = "Tổ 6, P. Phúc Đồng, Q. Long Biên, Hà Nội"
# More than are looked at, written and settled at a time.
MANY = 1_050
BO_DE, VIET_HUNG = (21.0459, 105.8738), (21.0620, 105.9020)


class NewMap(PlaceGeocoder):
    """A map that knows one place for every address; what happens while it looks is told by `meanwhile`."""

    name = "numbers"

    def __init__(self, point: tuple[float, float], meanwhile: Callable[[], None] = lambda: None) -> None:
        super().__init__(ATLAS)
        self.point, self.meanwhile = point, meanwhile
        self.looked: list[str] = []

    def place(self, question: Question) -> Place:
        self.looked.append(question.address.text)
        self.meanwhile()
        ward = ATLAS.wards.at(*self.point)
        assert ward is not None
        return Place(*self.point, 40, Quality.HOUSE, "numbers", ward.code)


def row(number: int, address: str) -> dict[str, str]:
    return a_row(number, Địa_chỉ_nhận=address, Vĩ_độ="", Kinh_độ="")


def results(service: Service) -> list[Result]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(Result).order_by(Result.id)))


def address_cases(service: Service) -> int:
    with service.database.read() as session:
        return sum(case.kind is CaseKind.ADDRESS for case in open_cases(session))


def test_many_identical_addresses_are_placed_once(service: Service, intake: Intake) -> None:
    intake.rows(*(row(number, DOUBTFUL) for number in range(1, MANY + 1)))
    new_map = NewMap(BO_DE)

    counts = geocode(service.database, NOW, chain=Chain((new_map,), ATLAS))

    assert counts == {"house": MANY, "ask": 0}
    assert len(new_map.looked) == 1
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Result.lat == BO_DE[0])) == MANY


def test_many_doubtful_results_each_wait_for_a_person_and_one_pin_settles_all(service: Service, intake: Intake) -> None:
    intake.rows(*(row(number, DOUBTFUL) for number in range(1, MANY + 1)))
    assert geocode(service.database, NOW)["ask"] == MANY
    assert address_cases(service) == MANY

    with service.database.write() as session:
        settle_address(session, session.get_one(Result, results(service)[7].id), Spot(*BO_DE), by="hoa", at=NOW)

    assert address_cases(service) == 0
    assert {result.place_source for result in results(service)} == {"person"}


def test_while_a_geocoder_looks_others_can_write(service: Service, intake: Intake) -> None:
    intake.rows(row(1, DOUBTFUL))
    written = threading.Event()

    def somebody_writes() -> None:
        intake.rows(row(2, "Số 5 phố Bồ Đề, phường Bồ Đề, Hà Nội"))
        written.set()

    geocode(service.database, NOW, chain=Chain((NewMap(BO_DE, _once(somebody_writes)),), ATLAS))

    assert written.is_set()
    assert [result.quality for result in results(service)] == ["house", "house"]


def test_a_pin_that_is_put_while_a_geocoder_looks_wins(service: Service, intake: Intake) -> None:
    intake.rows(row(1, DOUBTFUL))

    def somebody_pins() -> None:
        with service.database.write() as session:
            settle_address(session, session.scalars(sa.select(Result)).one(), Spot(*BO_DE), by="hoa", at=NOW)

    geocode(service.database, NOW, chain=Chain((NewMap(VIET_HUNG, _once(somebody_pins)),), ATLAS))

    (result,) = results(service)
    assert ((result.lat, result.lon), result.place_source) == (BO_DE, "person")


def test_an_address_that_is_corrected_while_a_geocoder_looks_is_placed_by_its_new_words(
    service: Service, intake: Intake
) -> None:
    intake.rows(row(1, DOUBTFUL))
    new_map = NewMap(BO_DE, _once(lambda: intake.rows(row(1, "12 Ái Mộ, phường Bồ Đề, Hà Nội"))))

    geocode(service.database, NOW, chain=Chain((new_map,), ATLAS))

    assert new_map.looked == [DOUBTFUL, "12 Ái Mộ, phường Bồ Đề, Hà Nội"]
    assert [result.placed_at for result in results(service)] == [NOW]


def _once(act: Callable[[], object]) -> Callable[[], None]:
    acts = [act]
    return lambda: None if not acts else (acts.pop()(), None)[1]


def test_placing_anew_tells_what_moved_and_asks_where_the_ward_changed(service: Service, intake: Intake) -> None:
    intake.rows(row(1, "12 Ái Mộ, phường Bồ Đề, Hà Nội"), row(2, DOUBTFUL), row(3, "264 Ngọc Thụy, phường Bồ Đề"))
    geocode(service.database, NOW)
    with service.database.write() as session:
        settle_address(session, session.get_one(Result, results(service)[2].id), Spot(*BO_DE), by="hoa", at=NOW)
    assert address_cases(service) == 1

    again = geocode_again(service.database, NOW, chain=Chain((NewMap(VIET_HUNG),), ATLAS))

    first, second, third = results(service)
    assert (again.looked, again.moved, again.other_ward, again.ask) == (2, 2, 2, 1)
    assert (first.place_facts or {})["note"] == [WARD_CHANGED]
    assert (second.new_ward_code, third.place_source) == ("00127", "person")
    with service.database.read() as session:
        (case,) = [case for case in open_cases(session) if case.kind is CaseKind.ADDRESS]
    assert case.subject == f"result:{first.id}"


def test_the_question_about_a_changed_ward_stays_until_a_person_or_the_old_map_answers(
    service: Service, intake: Intake
) -> None:
    intake.rows(row(1, "12 Ái Mộ, phường Bồ Đề, Hà Nội"))
    geocode(service.database, NOW)
    changed = Chain((NewMap(VIET_HUNG),), ATLAS)
    geocode_again(service.database, NOW, chain=changed)

    geocode_again(service.database, NOW, chain=changed)
    assert address_cases(service) == 1

    geocode_again(service.database, NOW, chain=Chain.of(ATLAS, service.database))
    assert address_cases(service) == 0


def test_what_lies_in_an_envelope_is_not_placed_anew(service: Service, intake: Intake) -> None:
    Day(service, intake).prepare(2)
    before = [(result.lat, result.lon) for result in results(service)]

    again = geocode_again(service.database, NOW, chain=Chain((NewMap(VIET_HUNG),), ATLAS))

    assert again.looked == 0
    assert [(result.lat, result.lon) for result in results(service)] == before


def test_a_map_that_cannot_be_read_leaves_the_built_in_one_and_says_so(tmp_path: Path) -> None:
    shelf = AtlasShelf(tmp_path)
    assert shelf.atlas() is ATLAS

    folder = tmp_path / "maps" / "2026-11-01-0123456789"
    folder.mkdir(parents=True)
    for name in ("gazetteer.sqlite", "wards.geojson", "roads.npz", "base.json", "report.json"):
        (folder / name).write_text("broken")
    (tmp_path / "maps" / "current").write_text(folder.name)

    assert shelf.atlas() is ATLAS
    assert folder.name in shelf.trouble

    (tmp_path / "maps" / "current").unlink()
    assert shelf.atlas() is ATLAS
    assert shelf.trouble == ""


@pytest.mark.parametrize("address", ["", "\x00", "ố" * 300, "1/" * 150, "(" * 300])
def test_absurd_addresses_are_asked_about(service: Service, address: str) -> None:
    chain = service.geocoders()

    assert chain.place(chain.ask(address)).ask
    assert all(geocoder.geocode(address) is None for geocoder in chain.geocoders)
