"""Travel told by routing servers: the same ways, in blocks they can bear, and a clear word when they cannot be had."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import HaversineTravel, InvalidProblem, Location, RoutingError
from routing.errors import TravelUnavailable
from routing.roads import NetworkTravel
from routing.roads.osrm import Osrm
from routing.roads.servers import Dialect, ServerTravel
from routing.roads.valhalla import Valhalla, decoded
from tests.routing.roads.servers import MOST, Refused, encoded, osrm, running, valhalla
from tests.routing.roads.towns import BLOCK, CORNERS, a_town, at

DOORS = [at(0.25, 0.05), at(0.75, 0), at(1, 0.25), at(0.5, 1), at(0, 0.4), at(0, 0.9), at(1, 1)]
RIVER = at(4, 0)
KINDS = [(Osrm(most=MOST), osrm), (Valhalla(most=MOST), valhalla)]


@pytest.fixture
def network(tmp_path: Path) -> NetworkTravel:
    return NetworkTravel(a_town(tmp_path, CORNERS, BLOCK))


@pytest.fixture(params=KINDS, ids=["osrm", "valhalla"])
def server(request: pytest.FixtureRequest, network: NetworkTravel) -> Iterator[ServerTravel]:
    dialect, answer = request.param
    with running(partial(answer, network)) as url:
        yield ServerTravel(dialect, url + "/")


def test_a_server_tells_the_same_ways_as_its_network_block_by_block(
    server: ServerTravel, network: NetworkTravel
) -> None:
    assert len(DOORS) > MOST
    for told, own in zip(server.matrices(DOORS), network.matrices(DOORS), strict=True):
        assert np.abs(told - own).max() <= 1  # coordinates travel with six decimals


def test_ways_that_a_server_does_not_know_are_straight_and_marked(server: ServerTravel) -> None:
    places = [*DOORS[:4], RIVER, *DOORS[4:]]
    told = server.table(places)

    straight = HaversineTravel().matrices(places)
    assert np.flatnonzero(told.straight[0]).tolist() == [4]
    assert told.straight[4].tolist() == [n != 4 for n in range(8)]
    assert told.seconds[4].tolist() == straight[0][4].tolist()
    assert told.metres[:, 4].tolist() == straight[1][:, 4].tolist()


def test_a_server_tells_where_it_puts_places(server: ServerTravel, network: NetworkTravel) -> None:
    for told, own in zip(server.snap(DOORS), network.snap(DOORS), strict=True):
        assert told.location == pytest.approx(own.location, abs=2e-6)
        assert told.metres == pytest.approx(own.metres, abs=1)
        assert told.served


def test_a_server_draws_legs_along_streets_and_straight_where_it_knows_no_way(
    server: ServerTravel, network: NetworkTravel
) -> None:
    lines = server.shape([DOORS[0], DOORS[0], DOORS[4], RIVER])

    assert np.allclose(lines[1], network.shape([DOORS[0], DOORS[4]])[0], atol=2e-6)
    assert lines[0] == (DOORS[0], DOORS[0])
    assert lines[2] == (DOORS[4], RIVER)


def test_no_places_ask_nobody() -> None:
    nowhere = ServerTravel(Osrm(), "http://127.0.0.1:9")

    assert nowhere.matrices([])[0].shape == (0, 0)
    assert (nowhere.snap([]), nowhere.shape([])) == ([], [])


@pytest.mark.parametrize("dialect", [Osrm(), Valhalla()])
@pytest.mark.parametrize("ask", [ServerTravel.matrices, ServerTravel.snap, ServerTravel.shape])
def test_a_server_that_is_not_running_is_named(dialect: Dialect, ask: Callable[..., Any]) -> None:
    travel = ServerTravel(dialect, "http://user:secret@127.0.0.1:9")

    with pytest.raises(TravelUnavailable, match=r"routing server at 127.0.0.1 cannot be reached") as told:
        ask(travel, DOORS)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("dialect", [Osrm(), Valhalla()])
@pytest.mark.parametrize(
    "nonsense",
    [
        b"<html>",
        b"",
        b"[" * 100_000,
        [],
        {},
        None,
        7,
        {"durations": [[1]], "distances": [[1]], "sources_to_targets": [[{"time": 1, "distance": 1}]]},
        {"durations": [[-1] * 7] * 7, "distances": [[1] * 7] * 7},
        {"durations": [[1e300] * 7] * 7, "distances": [["x"] * 7] * 7},
        {"sources_to_targets": [[{"time": "soon", "distance": 1}] * 7] * 7},
        {"sources_to_targets": [[{"time": 1}]]},
        {"sources": [{"location": [1e9, 0]}] * 7, "routes": [], "trip": {"legs": [{"shape": "?"}]}},
    ],
)
@pytest.mark.parametrize("ask", [ServerTravel.matrices, ServerTravel.snap, ServerTravel.shape])
def test_nonsense_is_refused(dialect: Dialect, nonsense: Any, ask: Callable[..., Any]) -> None:
    with running(lambda *_: nonsense) as url, pytest.raises(TravelUnavailable, match="routing server at"):
        ask(ServerTravel(dialect, url), DOORS)


def test_a_server_that_takes_too_long_is_not_waited_for() -> None:
    over = threading.Event()
    with running(lambda *_: over.wait(30)) as url:
        with pytest.raises(TravelUnavailable, match=r"did not answer within 0.1 s"):
            ServerTravel(Osrm(), url, timeout=0.1).matrices(DOORS)
        over.set()


def test_a_server_that_drips_its_answer_is_not_waited_for_either() -> None:
    def drip(*_: Any) -> Iterator[bytes]:
        while True:
            time.sleep(0.02)
            yield b" "

    with running(drip) as url, pytest.raises(TravelUnavailable, match=r"did not answer within 0.2 s"):
        ServerTravel(Osrm(), url, timeout=0.2).matrices(DOORS)


def test_a_server_that_floods_is_given_up() -> None:
    def flood(*_: Any) -> Iterator[bytes]:
        while True:
            yield b" " * 2**20

    with running(flood) as url, pytest.raises(TravelUnavailable, match=r"more than 32 MB"):
        ServerTravel(Osrm(), url).matrices(DOORS)


def test_a_refusal_is_told_by_its_code_and_never_repeats_where_somebody_lives() -> None:
    def refuse(path: str, _: Any) -> None:
        raise Refused({"code": "TooBig", "message": path})

    with running(refuse) as url, pytest.raises(TravelUnavailable, match=r"HTTP 400, 'TooBig'") as told:
        ServerTravel(Osrm(), url).matrices(DOORS)
    assert "105." not in str(told.value)


@pytest.mark.parametrize(
    "wrong", [{"url": "ftp://x"}, {"url": ""}, {"timeout": 0.0}, {"dialect": Osrm(most=1)}, {"timeout": float("nan")}]
)
def test_a_setting_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidProblem, match="a routing server"):
        replace(ServerTravel(Osrm(), "http://127.0.0.1"), **wrong)
    assert issubclass(TravelUnavailable, RoutingError)


@given(st.lists(st.builds(Location, st.floats(-90, 90), st.floats(-180, 180))))
def test_encoded_lines_are_read_to_six_decimals(line: list[Location]) -> None:
    assert np.allclose(np.array(decoded(encoded(line))), np.array(line), atol=6e-7)
