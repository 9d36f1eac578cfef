"""What is read from an OpenStreetMap extract: which streets there are, and who may ride them which way."""

from pathlib import Path

import numpy as np
import pytest

from routing import RoutingError, UnsupportedInput
from routing.roads import Network, Vehicle, read_network
from routing.roads.osm import allowed, directions, signed_limit
from tests.conftest import SHARED
from tests.routing.roads.towns import BLOCK, CORNERS, a_map, a_town, street

BIKE, CAR, FOOT, CYCLE = Vehicle.MOTORBIKE, Vehicle.CAR, Vehicle.FOOT, Vehicle.BICYCLE
HANOI = SHARED / "data" / "long_bien_roads.osm.pbf"


def ways_of(vehicle: Vehicle, /, **tags: str) -> str:
    """The arrows along which a vehicle may ride."""
    ahead, back = directions({key.replace("__", ":"): value for key, value in tags.items()})
    return "→" * bool(ahead & vehicle.bit) + "←" * bool(back & vehicle.bit)


@pytest.mark.parametrize(
    ("tags", "foot", "bicycle", "motorbike", "car"),
    [
        ({"highway": "residential"}, "→←", "→←", "→←", "→←"),
        ({"highway": "service"}, "→←", "→←", "→←", "→←"),
        ({"highway": "living_street"}, "→←", "→←", "→←", "→←"),
        ({"highway": "primary", "oneway": "yes"}, "→←", "→", "→", "→"),
        ({"highway": "primary_link", "oneway": "-1"}, "→←", "←", "←", "←"),
        ({"highway": "tertiary", "oneway": "yes", "oneway__motorcycle": "no"}, "→←", "→", "→←", "→"),
        ({"highway": "tertiary", "oneway": "yes", "oneway__bicycle": "no"}, "→←", "→←", "→", "→"),
        ({"highway": "tertiary", "oneway__motorcycle": "yes"}, "→←", "→←", "→", "→←"),
        ({"highway": "tertiary", "junction": "roundabout"}, "→←", "→", "→", "→"),
        ({"highway": "tertiary", "junction": "roundabout", "oneway": "no"}, "→←", "→←", "→←", "→←"),
        ({"highway": "motorway"}, "", "", "", "→"),
        ({"highway": "motorway_link", "oneway": "no"}, "", "", "", "→←"),
        ({"highway": "trunk", "motorcycle": "no"}, "→←", "→←", "", "→←"),
        ({"highway": "residential", "motorcar": "no"}, "→←", "→←", "→←", ""),
        ({"highway": "residential", "motor_vehicle": "no"}, "→←", "→←", "", ""),
        ({"highway": "residential", "vehicle": "no"}, "→←", "", "", ""),
        ({"highway": "residential", "access": "no"}, "", "", "", ""),
        ({"highway": "residential", "access": "private", "motorcycle": "yes"}, "", "", "→←", ""),
        ({"highway": "residential", "motor_vehicle": "no", "motorcycle": "destination"}, "→←", "→←", "→←", ""),
        ({"highway": "footway"}, "→←", "", "", ""),
        ({"highway": "footway", "bridge": "yes", "motorcycle": "yes"}, "→←", "", "→←", ""),
        ({"highway": "steps", "access": "yes"}, "→←", "", "", ""),
        ({"highway": "path"}, "→←", "→←", "", ""),
        ({"highway": "cycleway"}, "→←", "→←", "", ""),
        ({"highway": "construction"}, "", "", "", ""),
        ({"highway": "pedestrian", "area": "yes"}, "", "", "", ""),
        ({"highway": "primary", "route": "ferry"}, "", "", "", ""),
        ({"route": "ferry"}, "", "", "", ""),
        ({"highway": "\x00" * 100_000}, "", "", "", ""),
    ],
)
def test_who_may_ride_which_way(tags: dict[str, str], foot: str, bicycle: str, motorbike: str, car: str) -> None:
    assert [ways_of(vehicle, **tags) for vehicle in (FOOT, CYCLE, BIKE, CAR)] == [foot, bicycle, motorbike, car]


def test_a_narrower_rule_counts_more_than_a_wider_one_whatever_their_order() -> None:
    assert allowed({"motorcycle": "yes", "access": "no", "highway": "service"}) == {BIKE}


@pytest.mark.parametrize(
    ("sign", "kmh"),
    [("40", 40), ("40 km/h", 40), ("25 mph", 40), ("999", 255), ("walk", 0), ("", 0), ("-5", 0), ("9" * 5000, 0)],
)
def test_signed_limits_are_read_in_the_forms_that_are_usual(sign: str, kmh: int) -> None:
    assert signed_limit({"maxspeed": sign}) == kmh


def test_streets_reach_from_junction_to_junction_and_keep_their_bends(tmp_path: Path) -> None:
    bend, crossing = {"x": (0.5, 0.2), "y": (2.0, 0.0)}, street("A", "x", "B", "y", maxspeed="40")
    town = a_town(tmp_path, CORNERS | bend, [crossing, street("C", "B", "B")])

    assert (town.junctions, town.streets) == (4, 3)
    assert sorted(np.diff(town.starts)) == [2, 2, 3]
    assert sorted(town.metres.round()) == [1038.0, 1112.0, 1129.0]
    assert sorted(town.limit) == [0, 40, 40]


def test_a_way_that_leaves_the_extract_is_kept_as_far_as_its_nodes_are_known(tmp_path: Path) -> None:
    town = a_town(tmp_path, CORNERS, [street("A", "B", "gone", "C", "D"), street("gone", "D")])

    assert (town.junctions, town.streets) == (4, 2)


def test_an_extract_without_streets_says_what_is_needed(tmp_path: Path) -> None:
    rails = a_map(tmp_path / "rails.osm.pbf", CORNERS, [(("A", "B"), {"railway": "rail"})])

    with pytest.raises(UnsupportedInput, match=r"rails.osm.pbf holds no street; take an extract with ways"):
        read_network(rails)


def test_what_is_no_extract_is_told_from_what_is_not_there(tmp_path: Path) -> None:
    letter = tmp_path / "letter.osm.pbf"
    letter.write_bytes(b"Dear office,\0")

    with pytest.raises(UnsupportedInput, match="cannot be read as an OpenStreetMap extract"):
        read_network(letter)
    with pytest.raises(FileNotFoundError):
        read_network(tmp_path / "none.osm.pbf")


def test_a_cut_off_extract_is_refused(tmp_path: Path) -> None:
    whole = a_map(tmp_path / "whole.osm.pbf", CORNERS, BLOCK).read_bytes()
    part = tmp_path / "part.osm.pbf"
    part.write_bytes(whole[: len(whole) * 2 // 3])

    with pytest.raises(RoutingError):
        read_network(part)


def test_a_network_is_the_same_after_saving_and_opening(tmp_path: Path) -> None:
    town = a_town(tmp_path, CORNERS, BLOCK)
    town.save(tmp_path / "roads.npz")

    again = Network.open(tmp_path / "roads.npz")
    assert again == town
    assert again.points.tolist() == town.points.tolist()
    assert [kept.name for kept in tmp_path.iterdir() if kept.suffix != ".pbf"] == ["roads.npz"]


def test_equal_towns_have_equal_versions_and_others_have_not(tmp_path: Path) -> None:
    town, twin = a_town(tmp_path, CORNERS, BLOCK), a_town(tmp_path, CORNERS, BLOCK)
    other = a_town(tmp_path, CORNERS, BLOCK[1:])

    assert town == twin != other
    assert len({town, twin, other}) == 2


@pytest.mark.parametrize("kept", [0, 10, 1000, -1, -200])
def test_a_cut_off_network_asks_for_another_import(tmp_path: Path, kept: int) -> None:
    roads = tmp_path / "roads.npz"
    a_town(tmp_path, CORNERS, BLOCK).save(roads)
    roads.write_bytes(roads.read_bytes()[:kept])

    with pytest.raises(UnsupportedInput, match=r"roads.npz is not a whole street network; import the map again"):
        Network.open(roads)


def test_a_changed_network_and_one_of_another_format_ask_for_another_import(tmp_path: Path) -> None:
    roads = tmp_path / "roads.npz"
    a_town(tmp_path, CORNERS, BLOCK).save(roads)
    with np.load(roads) as kept:
        arrays = dict(kept)

    np.savez(roads, **arrays | {"metres": arrays["metres"] / 2})
    with pytest.raises(UnsupportedInput, match=r"changed after it was written; import the map again"):
        Network.open(roads)
    np.savez(roads, **arrays | {"format": np.array(0)})
    with pytest.raises(UnsupportedInput, match=r"another format; import the map again"):
        Network.open(roads)


@pytest.mark.shared
def test_the_bridges_over_the_red_and_the_duong_river_are_there() -> None:
    network = read_network(HANOI)

    assert network.streets > 8_000
    assert 800 < network.metres.sum() / 1000 < 900
    over_the_duong = (network.lat[network.tail] < 21.075) & (network.lat[network.head] > 21.0775)
    assert over_the_duong.any()
