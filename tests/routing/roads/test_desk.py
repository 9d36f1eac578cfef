"""The commands about streets, as they are typed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from routing import HaversineTravel, Location
from routing.__main__ import main
from routing.errors import InvalidProblem
from routing.roads import Network, NetworkTravel, Vehicle
from routing.roads.calibrate import calibrate, on_streets
from tests.routing.roads.towns import BLOCK, CORNERS, a_map, a_town, at

DOORS = [at(0.25, 0), at(0.75, 0), at(1, 0.5), at(0, 0.5)]


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    a_map(tmp_path / "town.osm.pbf", CORNERS, BLOCK)
    assert main(["roads", "build", str(tmp_path / "town.osm.pbf"), str(tmp_path / "roads.npz")]) == 0
    return tmp_path / "roads.npz"


def a_day(path: Path, *doors: Location) -> Path:
    start = [at(0, 0).lon, at(0, 0).lat]
    jobs = [{"id": n, "location": [door.lon, door.lat]} for n, door in enumerate(doors, 1)]
    vehicles = [{"id": 1, "start": start, "end": start}]
    path.write_text(json.dumps({"vehicles": vehicles, "jobs": jobs}), encoding="utf-8")
    return path


def test_building_tells_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extract, out = a_map(tmp_path / "town.osm.pbf", CORNERS, BLOCK), tmp_path / "roads.npz"

    assert main(["roads", "build", str(extract), str(out)]) == 0
    assert capsys.readouterr().out == "4 streets between 4 junctions, 4 km\n"
    assert Network.open(out).streets == 4


def test_a_matrix_between_places_of_a_table(roads: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = roads.with_name("places.csv")
    table.write_text("lat,lon\n" + "".join(f"{door.lat},{door.lon}\n" for door in DOORS), encoding="utf-8")
    capsys.readouterr()

    assert main(["roads", "matrix", str(roads), str(table), "--vehicle", "foot"]) == 0
    told = json.loads(capsys.readouterr().out)
    own = NetworkTravel(Network.open(roads), Vehicle.FOOT).matrices(DOORS)
    assert (told["durations"], told["distances"]) == (own[0].tolist(), own[1].tolist())


@pytest.mark.parametrize("content", [b"lat\n21\n", b"lat,lon\nhere,there\n", b"\xff\xfe\x00", b"lat,lon\n21\n"])
def test_what_is_no_table_of_places_is_refused(roads: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    table = roads.with_name("places.csv")
    table.write_bytes(content)

    assert main(["roads", "matrix", str(roads), str(table)]) == 1
    assert "places.csv is not a CSV file with the columns lat and lon" in capsys.readouterr().err


def test_a_plan_along_streets_obeys_one_way_streets(roads: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day, out = a_day(roads.with_name("day.json"), at(0.25, 0), at(0, 0.25)), roads.with_name("plan.json")
    asked = ["--roads", str(roads), "--rounds", "5", "--workers", "1", "--out", str(out)]

    assert main(["solve", str(day), *asked]) == 0
    plan = json.loads(out.read_text(encoding="utf-8"))
    visited = [step["id"] for step in plan["routes"][0]["steps"] if step["type"] == "job"]
    assert visited == [1, 2]  # the other way round would be against the traffic
    assert plan["summary"]["distance"] == pytest.approx(2 * 1112 + 2 * 1038, abs=5)
    assert main(["check", str(day), str(out), "--roads", str(roads)]) == 0
    assert main(["check", str(day), str(out)]) == 1
    capsys.readouterr()


def test_places_on_no_street_are_counted(roads: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = a_day(roads.with_name("day.json"), at(0.25, 0), at(9, 9))
    capsys.readouterr()

    assert main(["solve", str(day), "--roads", str(roads), "--rounds", "2", "--workers", "1"]) == 0
    assert "1 of 3 places are more than 500 m from a street; their ways are straight" in capsys.readouterr().err


VRP = """NAME : town
TYPE : CVRP
DIMENSION : 3
CAPACITY : 10
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 105.88 21.04
2 105.885 21.04
3 {x} {y}
DEMAND_SECTION
1 0
2 1
3 1
DEPOT_SECTION
1
-1
EOF
"""


def test_a_vrplib_file_in_degrees_is_planned_along_streets(roads: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = roads.with_name("town.vrp")
    problem.write_text(VRP.format(x=105.88, y=21.045), encoding="utf-8")
    capsys.readouterr()

    assert main(["solve", str(problem), "--roads", str(roads), "--rounds", "5", "--workers", "1"]) == 0
    around = NetworkTravel(Network.open(roads)).matrices([at(0, 0), at(0.5, 0), at(0, 0.5)])[0]
    assert f"Cost {around[0, 1] + around[1, 2] + around[2, 0]}" in capsys.readouterr().out


def test_a_vrplib_file_on_a_plane_is_refused_with_a_network(roads: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = roads.with_name("town.vrp")
    problem.write_text(VRP.format(x=1000, y=2000), encoding="utf-8")

    assert main(["solve", str(problem), "--roads", str(roads)]) == 1
    assert "coordinates must be longitudes and latitudes in degrees" in capsys.readouterr().err


@pytest.mark.parametrize("asked", [["--pace", "0"], ["--pace", "nan"]])
def test_a_pace_that_cannot_be_is_refused(roads: Path, asked: list[str]) -> None:
    assert main(["solve", str(a_day(roads.with_name("day.json"), *DOORS)), "--roads", str(roads), *asked]) == 1


def test_calibration_is_told_for_every_vehicle(roads: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["roads", "calibrate", str(roads)]) == 0

    told = capsys.readouterr().out
    assert [line.split(":")[0] for line in told.splitlines() if "detour" in line] == list(Vehicle)


def test_calibration_finds_the_detour_and_speed_that_the_streets_have(tmp_path: Path) -> None:
    """On one straight street there is no detour, and everybody makes the speed of its class."""
    ways: list[Any] = [(("A", "B", "C"), {"highway": "residential"})]
    travel = NetworkTravel(a_town(tmp_path, {"A": (0, 0), "B": (1, 0), "C": (3, 0)}, ways))
    fit = calibrate(travel, [at(east / 4, 0) for east in range(13)])

    assert (fit.detour, fit.kmh) == pytest.approx((1.0, 16.0), rel=0.01)
    assert max(*fit.length_errors, *fit.time_errors) < 0.01


def test_calibration_shows_the_worst_pair_each_way_and_place_once(tmp_path: Path) -> None:
    fit = calibrate(NetworkTravel(a_town(tmp_path, CORNERS, BLOCK)), DOORS)

    assert fit.worst[0][:2] == (DOORS[1], DOORS[0])
    assert fit.worst[0].metres > 7 * fit.worst[0].straight
    ends = [end for pair in fit.worst for end in (pair.start, pair.end)]
    assert len(ends) == len(set(ends))


def test_without_two_places_apart_or_a_street_there_is_nothing_to_calibrate(tmp_path: Path) -> None:
    town = a_town(tmp_path, CORNERS, [(("A", "B"), {"highway": "footway"})])

    with pytest.raises(InvalidProblem, match="no streets for car"):
        on_streets(town, Vehicle.CAR, 5)
    with pytest.raises(InvalidProblem, match="no two places"):
        calibrate(NetworkTravel(town, Vehicle.FOOT), [at(0, 0), at(0.01, 0)])


def test_the_straight_line_is_worked_out_in_blocks_to_the_same_digit() -> None:
    """Plans are repeatable, so what the straight line says must never change."""
    random = np.random.default_rng(4)
    corners = [(-90, -180), (90, 180), (0, 0), (21.04, 105.88), (21.04, 105.88)]
    rows = np.r_[corners, random.uniform((-90, -180), (90, 180), (300, 2)), random.normal((21, 105), 0.05, (400, 2))]
    travel = HaversineTravel(kmh=17.3, detour=1.37)
    lat, lon = np.radians(rows.T)
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    metres = 2 * 6_371_008.8 * np.arcsin(np.sqrt(np.minimum(half, 1.0))) * 1.37

    told = travel.matrices([Location(*row) for row in rows.tolist()])
    assert (told[1] == np.rint(metres)).all()
    assert (told[0] == np.rint(metres / (17.3 / 3.6))).all()
