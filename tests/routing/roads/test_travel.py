"""Times and ways along streets, from door to door."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import HaversineTravel, InvalidProblem, Location
from routing.roads import Factors, Network, NetworkTravel, Pace, Vehicle, read_network
from routing.roads.engine import Dijkstra, Doors, Hierarchy
from routing.roads.network import apart
from routing.roads.order import AVAILABLE
from routing.roads.prices import FAR, price, told
from routing.roads.snapping import connected
from routing.roads.speeds import CLASSES, ROW
from tests.conftest import SHARED
from tests.routing.roads.towns import BLOCK, CORNERS, LAT, LON, STEP, a_town, at, networks, street

EAST, NORTH = 1038, 1112  # metres of a step
RESIDENTIAL = CLASSES[ROW["residential"]].motorbike
places = st.builds(Location, st.floats(LAT, LAT + STEP), st.floats(LON, LON + STEP))


def length(line: tuple[Location, ...]) -> float:
    points = np.array(line)
    return float(apart(*points[:-1].T, *points[1:].T).sum())


@pytest.fixture
def town(tmp_path: Path) -> Network:
    return a_town(tmp_path, CORNERS, BLOCK)


def test_a_one_way_street_is_short_there_and_long_back(town: Network) -> None:
    seconds, metres = NetworkTravel(town).matrices([at(0, 0), at(1, 0)])

    assert metres.tolist() == [[0, EAST], [3262, 0]]
    assert seconds[0, 1] == round(EAST / RESIDENTIAL * 3.6)


def test_walkers_go_back_against_the_traffic(town: Network) -> None:
    _, metres = NetworkTravel(town, Vehicle.FOOT).matrices([at(0, 0), at(1, 0)])

    assert metres.tolist() == [[0, EAST], [EAST, 0]]


def test_doors_on_the_same_street_are_reached_along_it_as_far_as_it_may_be_ridden(town: Network) -> None:
    _, metres = NetworkTravel(town).matrices([at(0.25, 0), at(0.75, 0), at(1, 0.25), at(1, 0.75)])

    assert metres[0, 1] == pytest.approx(EAST / 2, abs=1)
    assert metres[1, 0] == pytest.approx(EAST * 1.5 + 2 * NORTH, abs=2)
    assert metres[2, 3] == metres[3, 2] == pytest.approx(NORTH / 2, abs=1)


def test_two_doors_face_to_face_are_as_far_apart_as_the_street_is_wide(town: Network) -> None:
    seconds, metres = NetworkTravel(town).matrices([at(0.5, 0.01), at(0.5, -0.01)])

    assert metres.tolist() == [[0, 22], [22, 0]]
    assert seconds[0, 1] == round(22.24 / 4.5 * 3.6)


def test_from_the_door_to_the_street_the_courier_walks(town: Network) -> None:
    travel = NetworkTravel(town, pace=Pace(walking_kmh=4.0))
    seconds, metres = travel.matrices([at(0.25, 0.1), at(0.75, 0)])

    assert metres[0, 1] == pytest.approx(0.1 * NORTH + 0.5 * EAST, abs=1)
    assert seconds[0, 1] == pytest.approx(0.1 * NORTH * 0.9 + 0.5 * EAST / RESIDENTIAL * 3.6, abs=1)


def test_a_place_in_the_river_is_reached_by_a_straight_line_and_says_so(town: Network) -> None:
    river, door, corner = at(4, 0), at(0.5, 0), at(1, 0)
    travel = NetworkTravel(town, pace=Pace(astray=HaversineTravel(kmh=10, detour=1.5)))
    seconds, metres = travel.matrices([river, door, corner])

    snaps = travel.snap([river, door])
    assert [snap.served for snap in snaps] == [False, True]
    assert snaps[0].location == pytest.approx(corner)
    assert [snap.metres for snap in snaps] == pytest.approx([3 * EAST, 0], abs=2)
    straight = HaversineTravel(kmh=10, detour=1.5).matrices([river, door, corner])
    assert (seconds[0].tolist(), metres[:, 0].tolist()) == (straight[0][0].tolist(), straight[1][:, 0].tolist())
    assert metres[1, 2] == EAST // 2
    assert travel.shape([river, door]) == [(river, door)]


def test_how_far_from_a_street_a_place_may_be_is_a_setting(town: Network) -> None:
    beyond = at(1.4, 0)

    assert [NetworkTravel(town, pace=Pace(reach=reach)).snap([beyond])[0].served for reach in (400, 420)] == [0, 1]


def test_an_island_serves_nobody(tmp_path: Path) -> None:
    island = {"X": (0.45, 0.5), "Y": (0.55, 0.5)}
    town = a_town(tmp_path, CORNERS | island, [*BLOCK, street("X", "Y")])
    travel = NetworkTravel(town, pace=Pace(reach=600))

    snap = travel.snap([at(0.45, 0.5)])[0]
    assert snap.metres == pytest.approx(0.45 * EAST, abs=2)
    assert snap.location == pytest.approx(at(0, 0.5))


def test_a_street_without_return_serves_nobody(tmp_path: Path) -> None:
    town = a_town(tmp_path, CORNERS | {"E": (2, 0)}, [*BLOCK, street("B", "E", oneway="yes")])

    assert NetworkTravel(town).snap([at(1.4, 0)])[0].location == pytest.approx(at(1, 0))


def test_a_network_without_a_street_for_the_vehicle_still_gives_times(tmp_path: Path) -> None:
    town = a_town(tmp_path, CORNERS, [street("A", "B", motorcycle="no")])
    travel, ends = NetworkTravel(town), [at(0, 0), at(1, 0)]

    assert travel.matrices(ends)[0].tolist() == HaversineTravel().matrices(ends)[0].tolist()
    assert travel.snap(ends[:1]) == [(ends[0], float("inf"), False)]
    assert travel.shape(ends) == [tuple(ends)]


def test_a_loop_is_left_by_its_shorter_side(tmp_path: Path) -> None:
    bends = {"x": (2.0, 0.0), "y": (2.0, 1.0)}
    town = a_town(tmp_path, CORNERS | bends, [*BLOCK, street("C", "y", "x", "B", "C")])
    travel = NetworkTravel(town)
    _, metres = travel.matrices([at(1.25, 1), at(1.25, 0), at(1, 1)])

    assert metres[0, 2] == metres[2, 0] == pytest.approx(EAST / 4, abs=1)
    assert metres[0, 1] == pytest.approx(EAST / 2 + NORTH, abs=2)


def test_identical_addresses_cost_no_time_and_few_places_are_looked_at(town: Network) -> None:
    seconds, metres = NetworkTravel(town).matrices([at(0.5, 0.1)] * 5_000 + [at(0.25, 0)])

    assert (seconds[:-1, :-1].max(), metres[:-1, :-1].max()) == (0, 0)
    assert len(set(seconds[:-1, -1].tolist())) == 1


def test_no_places_at_all_are_no_trouble(town: Network) -> None:
    travel = NetworkTravel(town)

    assert travel.matrices([])[0].shape == (0, 0)
    assert (travel.snap([]), travel.shape([]), travel.shape([at(0, 0)])) == ([], [], [])


@pytest.mark.parametrize("wrong", [Location(float("nan"), 1), Location(91, 0), Location(0, float("inf"))])
def test_what_is_no_place_is_refused(town: Network, wrong: Location) -> None:
    with pytest.raises(InvalidProblem, match="not a latitude and a longitude"):
        NetworkTravel(town).matrices([wrong])


def test_the_shape_follows_the_streets(town: Network) -> None:
    (line,) = NetworkTravel(town).shape([at(0.75, 0.1), at(0.25, -0.1)])

    corners = [at(0.75, 0.1), at(0.75, 0), at(1, 0), at(1, 1), at(0, 1), at(0, 0), at(0.25, 0), at(0.25, -0.1)]
    assert np.allclose(line, corners, atol=1e-6)


def test_signed_limits_and_the_scale_slow_down(tmp_path: Path) -> None:
    nodes = {"A": (0.0, 0.0), "B": (1.0, 0.0)}
    fast, slow = (a_town(tmp_path, nodes, [street("A", "B", maxspeed=sign)]) for sign in ("80", "10"))
    ends = [at(0, 0), at(1, 0)]

    assert NetworkTravel(fast).matrices(ends)[0][0, 1] == round(EAST / RESIDENTIAL * 3.6)
    assert NetworkTravel(slow).matrices(ends)[0][0, 1] == round(EAST * 0.36)
    assert NetworkTravel(slow, pace=Pace(scale=0.5)).matrices(ends)[0][0, 1] == pytest.approx(EAST * 0.72, abs=1)


def test_the_hour_changes_the_times_and_with_them_the_way(tmp_path: Path) -> None:
    nodes = {"A": (0.0, 0.0), "B": (1.0, 0.0), "x": (0.5, 0.2)}
    main = (("A", "B"), {"highway": "primary"})
    town = a_town(tmp_path, nodes, [main, street("A", "x", "B")])
    factors = Factors({(17, "primary"): 3.0, (8, "*"): 2.0})
    usual, rush, crawl = (NetworkTravel(town, hour=hour, pace=Pace(factors=factors)) for hour in (None, 17, 8))
    ends = [at(0, 0), at(1, 0)]

    assert usual.matrices(ends)[1][0, 1] == EAST
    assert rush.matrices(ends)[1][0, 1] == 1129
    assert len(rush.shape(ends)[0]) == 3
    assert crawl.matrices(ends)[0][0, 1] == pytest.approx(2 * usual.matrices(ends)[0][0, 1], abs=1)


@pytest.mark.parametrize("wrong", [{"scale": 0.0}, {"walking_kmh": float("nan")}, {"reach": -1.0}])
def test_a_pace_at_which_nobody_moves_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidProblem, match="a pace needs"):
        Pace(**wrong)  # type: ignore[arg-type]


def test_travel_can_be_sent_to_another_process(town: Network) -> None:
    travel, ends = NetworkTravel(town), [at(0, 0), at(1, 1)]
    seconds, _ = travel.matrices(ends)
    sent = pickle.dumps(travel)

    assert len(sent) < 2 * sum(array.nbytes for array in vars(town).values() if isinstance(array, np.ndarray)) + 4096
    assert pickle.loads(sent).matrices(ends)[0].tolist() == seconds.tolist()  # noqa: S301


def sides(network: Network) -> list[npt.NDArray[np.int64]]:
    prices = price(network.metres / 5, network.metres) + 1
    bit = Vehicle.MOTORBIKE.bit
    return [np.where(bits & bit, prices, FAR) for bits in (network.ahead, network.back)]


@pytest.mark.skipif(not AVAILABLE, reason="without pyroutingkit there is no contracted network to compare")
@given(networks(), st.integers(0, 2**32))
def test_the_contracted_network_and_dijkstra_agree_on_every_price_and_way(network: Network, seed: int) -> None:
    random = np.random.default_rng(seed)
    ends = random.integers(0, network.junctions, (2, 40, 2))
    prices = np.where(random.random((2, 40, 2)) < 0.3, FAR, random.integers(0, 10**6, (2, 40, 2)))
    doors = Doors(ends[0], prices[0], ends[1], prices[1])
    quick, slow = Hierarchy(network, *sides(network)), Dijkstra(network, *sides(network))

    table = np.minimum(quick.table(doors), FAR)
    assert table.tolist() == np.minimum(slow.table(doors), FAR).tolist()
    for goal in range(5):
        ways = [engine.path(doors.of(np.array([39])), doors.of(np.array([goal]))) for engine in (quick, slow)]
        assert {way.price if way else FAR for way in ways} == {int(table[39, goal])}


@given(networks(), st.lists(places, min_size=3, max_size=8, unique=True))
def test_no_detour_by_a_third_place_is_shorter_and_shapes_are_as_long_as_the_ways(
    network: Network, stops: list[Location]
) -> None:
    travel = NetworkTravel(network, pace=Pace(reach=2_000))
    seconds, metres = travel.matrices(stops)
    served = np.flatnonzero([snap.served for snap in travel.snap(stops)])

    assert seconds[1:3, 1:3].tolist() == travel.matrices(stops[1:3])[0].tolist()  # whoever else is asked for
    assert not seconds.diagonal().any()
    assert not metres.diagonal().any()
    among = seconds[np.ix_(served, served)]
    assert all((among <= among[:, [via]] + among[via] + 1).all() for via in range(len(served)))
    for leg, line in enumerate(travel.shape(stops)):
        assert (line[0], line[-1]) == (stops[leg], stops[leg + 1])
        if {leg, leg + 1} <= set(served):
            assert length(line) == pytest.approx(metres[leg, leg + 1], abs=3, rel=1e-3)


@given(networks())
def test_from_one_junction_to_another_every_street_that_leaves_it_may_be_taken(network: Network) -> None:
    travel = NetworkTravel(network)
    reached = connected(network, Vehicle.MOTORBIKE)
    junctions = np.unique([network.tail[reached], network.head[reached]])
    corners = [Location(float(network.lat[j]), float(network.lon[j])) for j in junctions]
    ends = np.stack([junctions, junctions], axis=1)
    free = np.stack([np.zeros(len(junctions), np.int64), np.full(len(junctions), FAR)], axis=1)

    seconds, metres = travel.matrices(corners)

    ways = Dijkstra(network, *travel._rides).table(Doors(ends, free, ends, free))
    for table, right in zip((seconds, metres), told(ways), strict=True):
        assert abs(table - right).max(initial=0) <= 1


@given(networks(), st.lists(places, min_size=2, max_size=6))
def test_without_a_contraction_order_the_same_times_are_found_more_slowly(
    network: Network, stops: list[Location]
) -> None:
    plain = NetworkTravel(replace(network, order=np.zeros(0, np.int32)))

    for slow, own in zip(plain.matrices(stops), NetworkTravel(network).matrices(stops), strict=True):
        assert slow.tolist() == own.tolist()
    assert [line[-1] for line in plain.shape(stops)] == stops[1:]


@pytest.mark.shared
def test_crossing_the_duong_means_riding_to_a_bridge() -> None:
    travel = NetworkTravel(read_network(SHARED / "data" / "long_bien_roads.osm.pbf"))
    banks = [Location(21.0758949, 105.8795957), Location(21.0694659, 105.8806177)]

    _, metres = travel.matrices(banks)
    straight = length(tuple(banks))
    assert straight < 750
    assert metres.max() > 7_000
    assert min(snap.served for snap in travel.snap(banks))
