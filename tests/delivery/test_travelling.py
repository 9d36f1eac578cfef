"""By which times a plan is made: streets where a map is, a server where one is named, and always some."""

import socket
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.errors import BadSetting
from delivery.maps.importing import Sources, import_map
from delivery.settings import Settings
from delivery.travelling import STRAIGHT, Travelling, hours_file, travelling_of
from delivery.ways import points_of
from routing import Location
from tests.maps.village import usual_village

HOME, SCHOOL = Location(20.0009, 105.5005), Location(20.0145, 105.5095)


def settings(home: Path, **changes: str) -> Settings:
    return Settings(home=home, carrier="sandbox", _env_file=None, **changes)  # type: ignore[call-arg, arg-type]


@pytest.fixture
def village(tmp_path: Path) -> Path:
    """A home that serves the map of a village."""
    import_map(tmp_path / "home", Sources(usual_village().write(tmp_path / "village.osm.pbf")))
    return tmp_path / "home"


def seconds(travelling: Travelling, places: Sequence[Location] = (HOME, SCHOOL)) -> int:
    return int(travelling.travel.matrices(places)[0][0, 1])


def test_a_map_is_noticed_by_a_process_that_runs(tmp_path: Path) -> None:
    ask = travelling_of(settings(tmp_path / "home"))
    before = ask()
    import_map(tmp_path / "home", Sources(usual_village().write(tmp_path / "village.osm.pbf")))

    assert (before.kind, ask().kind) == ("straight", "streets")


def test_who_wants_straight_lines_gets_them(village: Path) -> None:
    assert travelling_of(settings(village, travel="straight"))().kind == "straight"


def test_a_network_that_was_spoiled_leaves_straight_lines(village: Path) -> None:
    (roads,) = village.glob("maps/*/roads.npz")
    roads.write_bytes(roads.read_bytes()[:100])

    assert travelling_of(settings(village))().kind == "straight"


def test_a_silent_server_does_not_stop_the_plan(village: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and not listening
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        for kind in ("osrm", "valhalla"):
            server = travelling_of(settings(village, travel=kind, travel_url=url))()

            assert server.kind == "server"
            assert server.among([HOME, SCHOOL]).kind == "streets"
            assert server.way([HOME, SCHOOL]) is None


def test_a_server_without_an_address_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="TANNHA_TRAVEL_URL"):
        travelling_of(settings(tmp_path, travel="osrm"))


def test_the_hours_of_the_shift_count_in_the_mean(village: Path) -> None:
    ask = travelling_of(settings(village))
    usual = seconds(ask().among([HOME, SCHOOL], range(8, 10)))
    hours_file(village).write_text("hour,road_class,factor\n8,*,3.0\n", encoding="utf-8")

    slow, mixed, later = (seconds(ask().among([HOME, SCHOOL], hours)) for hours in ([8], [8, 9], [9]))

    assert usual == later < mixed < slow
    assert mixed - usual == pytest.approx((slow - usual) / 2, abs=2)


def test_hours_that_cannot_be_read_are_passed_over_and_the_streets_stay(village: Path) -> None:
    hours_file(village).write_text("hour,road_class,factor\n25,*,3.0\n", encoding="utf-8")

    assert travelling_of(settings(village))().kind == "streets"


def test_a_straight_line_has_no_way() -> None:
    assert STRAIGHT.way([HOME, SCHOOL]) is None
    assert list(points_of(None)) == []


@given(st.lists(st.tuples(st.floats(-89, 89), st.floats(-179, 179)), min_size=2, max_size=20))
def test_a_way_is_kept_to_a_metre(line: list[tuple[float, float]]) -> None:
    travelling = Travelling("streets", STRAIGHT.travel, lambda _places: [line])

    kept = list(points_of(travelling.way([HOME, SCHOOL])))

    # Points that fall together are one.
    rounded = [np.round(point, 5) for point in line]
    distinct = [rounded[0], *(b for a, b in pairwise(rounded) if (a != b).any())]
    assert np.abs(np.array(kept) - np.array(distinct)).max() < 2e-5
