"""The checker finds what is wrong with a plan; otherwise its silence would mean nothing."""

from dataclasses import replace

import pytest

from routing import (
    InvalidProblem,
    LeftOut,
    Location,
    Plan,
    Problem,
    Reason,
    Rest,
    Route,
    TimeWindow,
    Visit,
    check,
    solve,
)
from tests.routing.days import LUNCH, MORNING, a_courier, a_stop

STOPS = (a_stop("an", windows=(MORNING,)), a_stop("binh", -0.01, windows=(MORNING,)), a_stop("chi", 0.02))
PROBLEM = Problem(STOPS, (a_courier(capacity=(3,), breaks=(LUNCH,)),))


@pytest.fixture(scope="module")
def route() -> Route:
    plan = solve(PROBLEM, seconds=0.3)
    assert check(PROBLEM, plan) == []
    return plan.routes[0]


def wrongs(*routes: Route, left_out: tuple[LeftOut, ...] = (), problem: Problem = PROBLEM) -> str:
    return "; ".join(check(problem, Plan(routes, left_out, sum(route.cost for route in routes))))


def changed(route: Route, number: int, **changes: int | str) -> Route:
    visits = list(route.visits)
    visits[number] = visits[number]._replace(**changes)  # type: ignore[arg-type]
    return replace(route, visits=tuple(visits))


def test_a_lost_a_doubled_and_an_invented_stop_are_found(route: Route) -> None:
    assert "is lost" in wrongs(replace(route, visits=route.visits[1:]))
    assert "appears 2 times" in wrongs(route, left_out=(LeftOut("an", Reason.NO_COURIER_LEFT),))
    assert "not in the problem" in wrongs(changed(route, 0, stop_id="dung"))


def test_an_impossible_clock_is_found(route: Route) -> None:
    first: Visit = route.visits[0]
    assert "that early" in wrongs(changed(route, 0, arrival=first.arrival - 1))
    assert "no time to park" in wrongs(changed(route, 0, start=first.arrival, departure=first.arrival + 150))
    assert "too short or too long" in wrongs(changed(route, 0, departure=first.departure - 1))
    assert "back that early" in wrongs(replace(route, back=route.visits[-1].departure))
    assert "outside the shift" in wrongs(replace(route, leave=7 * 3600))


def test_a_missed_slot_is_found(route: Route) -> None:
    narrow = tuple(replace(stop, windows=(TimeWindow(0, 60),)) if stop.id == "an" else stop for stop in STOPS)
    assert "outside its time windows" in wrongs(route, problem=replace(PROBLEM, stops=narrow))


def test_a_heavy_bag_and_a_second_route_are_found(route: Route) -> None:
    light = replace(PROBLEM, couriers=(a_courier(capacity=(2,), breaks=(LUNCH,)),))
    assert "carries 3, has room for 2" in wrongs(route, problem=light)
    assert "has 2 routes" in wrongs(route, replace(route, visits=(), rests=()))


def test_a_missing_short_or_misplaced_rest_is_found(route: Route) -> None:
    (rest,) = route.rests
    assert "each rest once" in wrongs(replace(route, rests=()))
    assert "another length" in wrongs(replace(route, rests=(Rest(rest.start, rest.end - 1),)))
    assert "outside the time" in wrongs(replace(route, rests=(Rest(15 * 3600, 15 * 3600 + 2700),)))
    at_the_door = Rest(route.visits[0].start, route.visits[0].start + 2700)
    assert "rests while at the door of stop" in wrongs(replace(route, rests=(at_the_door,)))


def test_a_shortened_way_is_found(route: Route) -> None:
    assert "another distance" in wrongs(replace(route, distance=route.distance - 1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Problem((a_stop("an"), a_stop("an")), ()),
        lambda: Problem((), (a_courier(), a_courier())),
        lambda: Problem((a_stop("an", service=-1),), ()),
        lambda: Problem((a_stop("an", windows=(TimeWindow(10, 5),)),), ()),
        lambda: Problem((a_stop("an", demand=(1, 1)),), (a_courier(),)),
        lambda: Problem((a_stop("an", priority=101),), ()),
        lambda: solve(Problem((replace(a_stop("an"), location=Location(float("nan"), 0)),), (a_courier(),)), seconds=1),
    ],
)
def test_a_problem_that_contradicts_itself_is_refused(make: object) -> None:
    with pytest.raises(InvalidProblem):
        make()  # type: ignore[operator]
