"""What the gazetteer learns from a village: streets, alleys, numbers, places, each in its ward."""

from pathlib import Path

import pytest
from geopy.distance import great_circle

from delivery.maps.gazetteer import place_rows, street_rows
from delivery.maps.numbers import find_numbers
from delivery.maps.reading import Extract, read_extract
from delivery.maps.streets import find_streets
from delivery.maps.wards import WardMap, wards_of_extract
from delivery.places.rows import NumberRow, StreetRow
from tests.maps.village import Spot, Village, usual_village


def read(village: Village, folder: Path) -> Extract:
    return read_extract(village.write(folder / "village.osm.pbf"))


def rows_of(village: Village, folder: Path) -> list[StreetRow]:
    extract = read(village, folder)
    return street_rows(find_streets(extract.roads), WardMap(wards_of_extract(extract.boundaries, extract.made)))


def numbers_of(village: Village, folder: Path) -> list[NumberRow]:
    extract = read(village, folder)
    return find_numbers(find_streets(extract.roads), extract.houses, extract.stops)


def metres_from(village: Village, spot: Spot, row: StreetRow | NumberRow) -> float:
    return float(great_circle(village.degrees(spot), (row.lat, row.lon)).meters)


def test_alleys_learn_their_street_from_their_name_or_from_what_they_touch(tmp_path: Path) -> None:
    alleys = {row.name: (row.parent, row.number) for row in rows_of(usual_village(), tmp_path) if row.number}

    assert alleys == {
        "Ngõ 68 Bồ Đề": ("bo de", "68"),
        "Ngách 68/5 Bồ Đề": ("bo de", "68/5"),
        "Hẻm 68/5/2 Bồ Đề": ("bo de", "68/5/2"),
        "Ngõ 120 Bồ Đề": ("bo de", "120"),
    }


def test_a_street_has_a_row_in_each_ward_it_runs_through(tmp_path: Path) -> None:
    village = usual_village()

    rows = {row.ward: row for row in rows_of(village, tmp_path) if row.name == "Ngọc Thụy"}

    # It runs from 100 to 1,900 m north; the wards meet at 1,100 m.
    assert rows.keys() == {"99001", "99002"}
    assert rows["99001"].length_m == pytest.approx(1000, abs=10)
    assert rows["99002"].length_m == pytest.approx(800, abs=10)
    assert metres_from(village, (600, 1000), rows["99001"]) < 10
    assert rows["99002"].reach_m == pytest.approx(400, abs=10)


def test_pieces_of_one_name_are_joined_and_those_far_away_are_another_street(tmp_path: Path) -> None:
    village = Village()
    village.road("Trần Phú", (0, 0), (0, 300))
    village.road("Đường Trần Phú", (0, 500), (0, 800))
    village.road("trần phú", (9_000, 0), (9_000, 100))

    rows = rows_of(village, tmp_path)

    assert sorted(row.length_m for row in rows) == [100, 600]


def test_the_middle_of_a_bent_street_lies_on_it(tmp_path: Path) -> None:
    village = Village()
    village.road("Phố Cong", (0, 0), (0, 1000), (1000, 1000))

    (row,) = rows_of(village, tmp_path)

    steps = range(0, 1001, 10)
    on_it: list[Spot] = [*((0, along) for along in steps), *((along, 1000) for along in steps)]
    assert min(metres_from(village, spot, row) for spot in on_it) < 10


def test_numbers_come_from_houses_mouths_of_alleys_and_bus_stops(tmp_path: Path) -> None:
    village = usual_village()

    numbers = {(row.street, row.number): row for row in numbers_of(village, tmp_path)}

    wanted: dict[tuple[str, int], tuple[Spot, bool]] = {
        ("bo de", 12): ((110, 150), True),
        ("ngo 68 bo de", 3): ((309, 314), True),
        ("bo de", 68): ((100, 300), False),
        ("bo de", 120): ((100, 600), False),
        ("ngo 68 bo de", 5): ((300, 300), False),
        ("ngach 68/5 bo de", 2): ((300, 400), False),
        ("bo de", 201): ((100, 800), False),
    }
    assert numbers.keys() == wanted.keys()
    for key, (spot, exact) in wanted.items():
        assert metres_from(village, spot, numbers[key]) < 5, key
        assert numbers[key].exact is exact, key


def test_an_alley_that_ends_just_short_of_its_street_still_tells_a_number(tmp_path: Path) -> None:
    village = Village()
    village.road("Phố Bồ Đề", (0, 0), (0, 500))
    village.road("Ngõ 30 Bồ Đề", (25, 200), (200, 200))
    village.road("Ngõ 90 Bồ Đề", (150, 400), (300, 400))

    (row,) = numbers_of(village, tmp_path)

    assert (row.street, row.number) == ("bo de", 30)
    assert metres_from(village, (0, 200), row) < 5


def test_a_bus_stop_far_from_the_street_it_names_tells_nothing(tmp_path: Path) -> None:
    village = Village()
    village.road("Phố Bồ Đề", (0, 0), (0, 500))
    village.point((300, 100), highway="bus_stop", name="15 Bồ Đề")

    assert numbers_of(village, tmp_path) == []


def test_an_alley_between_two_streets_that_names_none_is_not_guessed(tmp_path: Path) -> None:
    village = Village()
    village.road("Phố Bồ Đề", (0, 0), (0, 500))
    village.road("Phố Hoa Lâm", (300, 0), (300, 500))
    village.road("Ngõ 40", (0, 0), (300, 0))

    assert [row.name for row in rows_of(village, tmp_path)] == ["Bồ Đề", "Hoa Lâm"]
    assert numbers_of(village, tmp_path) == []


def test_a_misspelt_street_in_an_alley_is_put_right_by_the_street_it_touches(tmp_path: Path) -> None:
    village = Village()
    village.road("Đường Quang Trung", (0, 0), (0, 500))
    village.road("Ngõ 7 Qunag Trung", (0, 500), (100, 500))

    assert ("Ngõ 7 Quang Trung", "quang trung") in [(row.name, row.parent) for row in rows_of(village, tmp_path)]


def test_an_inner_alley_that_leaves_out_the_outer_one_gets_the_whole_number(tmp_path: Path) -> None:
    village = Village()
    village.road("Phố Bồ Đề", (0, 0), (0, 500))
    village.road("Ngõ 68 Bồ Đề", (0, 200), (200, 200))
    village.road("Ngách 5 Bồ Đề", (200, 200), (200, 300))

    assert "Ngách 68/5 Bồ Đề" in [row.name for row in rows_of(village, tmp_path)]


def test_places_are_of_their_kind_and_lie_in_their_ward(tmp_path: Path) -> None:
    village = usual_village()
    village.point((502, 902), amenity="school", name="Trường Tiểu Học Hoa Sen")
    village.area((1500, 100), 30, building="apartments", name="Tòa nhà Sen Vàng")
    village.point((700, 700), place="neighbourhood", name="Xóm Đình")
    village.point((710, 700), natural="tree", name="Cây đa")
    extract = read(village, tmp_path)

    found = place_rows(extract.places, WardMap(wards_of_extract(extract.boundaries, extract.made)))

    assert [(row.name, row.kind, row.ward) for row in found] == [
        ("Hoa Sen", "estate", "99001"),
        ("Sen Vàng", "building", "99002"),
        ("Trường Tiểu học Hoa Sen", "poi", "99001"),
        ("Xóm Đình", "quarter", "99001"),
    ]
    assert found[0].reach_m == pytest.approx(141, abs=5)
