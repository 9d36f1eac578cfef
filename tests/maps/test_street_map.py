"""The streets of a piece of the map, read back out of its cells."""

from pathlib import Path

import pytest

from delivery.maps.importing import Sources, import_map
from delivery.maps.store import current
from delivery.maps.street_map import Area, named_lines, streets_within
from delivery.places.gazetteer import open_gazetteer
from tests.maps.village import METRES, Village, usual_village

HALF_A_METRE = 0.5 / METRES


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    import_map(home, Sources(usual_village().write(home / "village.osm.pbf")))
    found = current(home)
    assert found is not None
    return found


def area(south_west: tuple[float, float], north_east: tuple[float, float]) -> Area:
    village = Village()
    south, west = village.degrees(south_west)
    north, east = village.degrees(north_east)
    return south, west, north, east


def kinds(folder: Path, wanted: Area) -> set[str]:
    return {street.kind for street in streets_within(folder, wanted)}


def names(folder: Path, wanted: Area) -> list[str]:
    gazetteer = open_gazetteer(folder / "gazetteer.sqlite")
    rows = [row for named in (gazetteer.streets, gazetteer.alleys) for same in named.values() for row in same]
    return [line.name for line in named_lines(rows, wanted)]


def test_all_streets_of_an_area_are_there_and_none_of_elsewhere(folder: Path) -> None:
    assert kinds(folder, area((0, -50), (400, 500))) == {"tertiary", "street", "path"}
    assert kinds(folder, area((1000, 900), (1500, 1100))) == {"primary"}
    assert kinds(folder, area((600, 0), (900, 500))) == set()
    assert kinds(folder, (10.0, 100.0, 10.1, 100.1)) == set()


def test_a_street_lies_where_the_map_has_it(folder: Path) -> None:
    lat, lon = Village().degrees((100, 0))

    found = [point for street in streets_within(folder, area((50, -50), (150, 50))) for point in street.line]

    assert any(abs(a - lat) < 2 * HALF_A_METRE and abs(b - lon) < 2 * HALF_A_METRE for a, b in found)


def test_names_begin_with_the_longest_street_and_alleys_have_their_numbers(folder: Path) -> None:
    assert names(folder, area((0, -50), (1000, 1100))) == [
        "Bồ Đề", "Ngọc Thụy", "Ngõ 68", "Ngõ 120", "Ngách 68/5", "Hẻm 68/5/2",
    ]  # fmt: skip
    assert names(folder, area((50, -50), (150, 200))) == ["Bồ Đề"]
    assert names(folder, area((600, 0), (900, 500))) == []


def test_a_name_s_line_is_cut_at_the_area(folder: Path) -> None:
    wanted = area((50, 100), (150, 400))
    gazetteer = open_gazetteer(folder / "gazetteer.sqlite")

    (line,) = named_lines(gazetteer.streets["bo de"], wanted)

    assert all(wanted[1] - 1e-9 <= lon <= wanted[3] + 1e-9 for _lat, lon in line.line)
    assert not line.is_alley
