"""What a courier's sheet shows of the ground: with an imported map its streets, and always what people go by."""

from collections.abc import Iterator

import pytest

from delivery.dispatch.courier_map import CourierMap, landmark_words
from delivery.dispatch.printing import papers_of
from delivery.i18n import speak_as_usual, speak_here
from delivery.maps.importing import Sources, import_map
from delivery.models import Result
from delivery.places.landmarks import Landmark
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import DOORS, a_row
from tests.labels.reading import codes, words
from tests.maps.village import METRES, Village


def first_page(papers: dict[str, bytes]) -> str:
    return " ".join(words(papers["route-sheets.pdf"])[0].split())


def a_map_of(service: Service) -> None:
    """Import a map of two streets and a market where the rows of Bồ Đề have their doors."""
    lat, lon = DOORS["Bồ Đề"]
    village = Village(lat - 500 / METRES, lon - 500 / METRES)
    village.road("Đường Hoa Sữa", (0, 480), (400, 490), (1500, 520), kind="tertiary")
    village.road("Ngõ 7 Đường Hoa Sữa", (400, 490), (410, 900))
    village.point((560, 620), amenity="marketplace", name="Chợ Thử Nghiệm")
    file = service.settings.home.parent / "village.osm.pbf"
    import_map(service.settings.home, Sources(village.write(file)))


def test_without_a_map_the_sheet_has_wards_and_the_landmarks_that_are_built_in(
    service: Service, intake: Intake
) -> None:
    day = Day(service, intake)
    day.import_and_place(a_row(1, Vĩ_độ="21.042600", Kinh_độ="105.865500"))
    day.plan()
    day.print()

    page = first_page(day.papers)

    assert "chùa Ái Mộ" in page
    assert "OpenStreetMap" not in page
    assert codes(day.papers["route-sheets.pdf"]) == [set(day.item_codes())]


def test_with_a_map_streets_and_alleys_are_named_and_the_market_is_told_at_the_door(
    service: Service, intake: Intake
) -> None:
    a_map_of(service)
    day = Day(service, intake).prepare(6)

    page = first_page(day.papers)

    assert "Hoa Sữa" in page
    assert "Ngõ 7" in page
    assert "chợ Thử Nghiệm" in page
    assert "© OpenStreetMap" in page
    assert papers_of(service, day.batch) == day.papers
    assert len(day.papers["route-sheets.pdf"]) < 80_000


@pytest.fixture
def in_vietnamese() -> Iterator[None]:
    speak_here("vi")
    yield
    speak_as_usual()


def test_a_door_that_is_known_only_roughly_has_no_landmark(service: Service) -> None:
    ground = CourierMap.of(service)
    known = Result(lat=21.0426, lon=105.8655, radius_m=20)

    assert ground.landmark_of(known) is not None
    assert ground.landmark_of(Result(lat=21.0426, lon=105.8655, radius_m=300)) is None
    assert ground.landmark_of(Result(lat=None, lon=None)) is None


@pytest.mark.parametrize(
    ("name", "metres", "across", "said"),
    [
        ("Chợ Gia Lâm", 0, False, "gần chợ Gia Lâm"),
        ("Chợ Gia Lâm", 80, False, "gần chợ Gia Lâm, khoảng 80 m"),
        ("Trường Tiểu học Ái Mộ", 20, True, "đối diện trường Tiểu học Ái Mộ"),
        ("UBND phường Phúc Đồng", 0, False, "gần UBND phường Phúc Đồng"),
        ("Vinschool", 0, False, "gần Vinschool"),
    ],
)
@pytest.mark.usefixtures("in_vietnamese")
def test_a_landmark_is_said_as_people_say_it(name: str, metres: int, across: bool, said: str) -> None:
    assert landmark_words(Landmark(name, 21.0, 105.0, metres, across)) == said
