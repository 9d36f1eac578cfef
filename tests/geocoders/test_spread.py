"""Many sightings of one door: the middle of those that agree."""

import pytest
from geopy.distance import great_circle
from hypothesis import given
from hypothesis import strategies as st

from delivery.geocoders.breaker import Breaker
from delivery.geocoders.spread import SINGLE_RADIUS_M, agree

DOOR = (21.0459, 105.8738)
METRE = 1 / 111_195


def test_one_sighting_is_as_good_as_a_phone() -> None:
    found = agree([DOOR])

    assert (found.lat, found.lon, found.radius_m, found.outliers) == (*DOOR, SINGLE_RADIUS_M, 0)


def test_one_slip_of_two_kilometres_moves_nothing() -> None:
    near = [(DOOR[0] + step * 5 * METRE, DOOR[1]) for step in range(-2, 3)]

    found = agree([*near, (DOOR[0] + 2000 * METRE, DOOR[1])])

    assert great_circle((found.lat, found.lon), DOOR).meters < 1
    assert (found.used, found.outliers) == (5, 1)
    assert found.radius_m <= 15


def test_two_that_contradict_each_other_say_so_by_their_radius() -> None:
    found = agree([DOOR, (DOOR[0] + 400 * METRE, DOOR[1])])

    assert found.radius_m >= 200


def test_no_sighting_is_no_place() -> None:
    with pytest.raises(ValueError, match="no points"):
        agree([])


OFFSETS = st.lists(st.tuples(st.floats(-40, 40), st.floats(-40, 40)), min_size=1, max_size=12)


@given(OFFSETS, st.randoms(use_true_random=False))
def test_the_middle_lies_among_the_sightings_in_whatever_order(
    offsets: list[tuple[float, float]], dice: object
) -> None:
    points = [(DOOR[0] + north * METRE, DOOR[1] + east * METRE) for north, east in offsets]
    found = agree(points)
    dice.shuffle(points)  # type: ignore[attr-defined]

    assert agree(points) == found
    assert min(lat for lat, _ in points) <= found.lat <= max(lat for lat, _ in points)
    assert min(lon for _, lon in points) <= found.lon <= max(lon for _, lon in points)
    assert found.used + found.outliers == len(points)
    assert found.used >= found.outliers


def test_a_breaker_opens_after_failures_in_a_row_and_looks_again_after_its_pause() -> None:
    clock = [0.0]
    breaker = Breaker(failures=2, pause=60, clock=lambda: clock[0])
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.lets_through()
    breaker.failed()
    assert not breaker.lets_through()

    clock[0] = 61
    assert breaker.lets_through()
    assert not breaker.lets_through()  # one looks, the others wait for what it finds
    breaker.failed()
    clock[0] = 100
    assert not breaker.lets_through()
    clock[0] = 122
    assert breaker.lets_through()
    breaker.succeeded()
    assert breaker.lets_through()


def test_a_service_that_asks_for_a_long_pause_gets_it() -> None:
    clock = [0.0]
    breaker = Breaker(failures=3, pause=60, clock=lambda: clock[0])
    breaker.failed(3600)

    clock[0] = 3599
    assert not breaker.lets_through()
    clock[0] = 3601
    assert breaker.lets_through()
