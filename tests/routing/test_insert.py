"""In the middle of the day: late stops go in, what is under way stays, and nobody else's day becomes another."""

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing import Plan, Problem, Reason, Stop, check, disturbance, insert, lock, solve
from tests.routing.days import AFTERNOON, MORNING, a_courier, a_stop, problems

SECONDS = 0.1


def orders(plan: Plan) -> dict[str, list[str]]:
    return {route.courier_id: [visit.stop_id for visit in route.visits] for route in plan.routes}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems(), late=st.sets(st.integers(0, 8)))
def test_late_stops_go_in_and_all_others_keep_courier_and_order(problem: Problem, late: set[int]) -> None:
    early = tuple(stop for n, stop in enumerate(problem.stops) if n not in late)
    before = solve(replace(problem, stops=early), seconds=SECONDS, workers=1)

    after = insert(problem, before)

    assert check(problem, after) == []
    now = orders(after)
    for courier_id, ids in orders(before).items():
        assert [stop_id for stop_id in now[courier_id] if stop_id in ids] == ids
    assert disturbance(before, after).other_courier == ()


def test_a_late_stop_that_fits_is_served_and_one_that_does_not_says_why() -> None:
    day = Problem((a_stop("an"), a_stop("binh", 0.01)), (a_courier(),))
    plan = solve(day, seconds=SECONDS)

    after = insert(replace(day, stops=(*day.stops, a_stop("late", 0.007), a_stop("heavy", demand=(99,)))), plan)

    assert set(orders(after)["anna"]) == {"an", "binh", "late"}
    assert [(left.stop_id, left.reason) for left in after.left_out] == [("heavy", Reason.TOO_BIG)]


def test_a_late_stop_whose_penalty_is_small_is_not_worth_the_way() -> None:
    day = Problem((a_stop("an"),), (a_courier(),))
    after = insert(replace(day, stops=(*day.stops, a_stop("far", 0.04, penalty=5))), solve(day, seconds=SECONDS))

    assert [left.reason for left in after.left_out] == [Reason.CHEAPER_WITHOUT]


def test_who_would_lose_most_by_waiting_goes_first() -> None:
    day = Problem((), (a_courier("near", capacity=(1,)), a_courier("dear", capacity=(1,), fixed=5000)))
    easy, hard = a_stop("easy"), a_stop("hard", couriers=frozenset({"near"}))

    after = insert(replace(day, stops=(easy, hard)), Plan((), (), 0))

    assert orders(after) == {"near": ["hard"], "dear": ["easy"]}


def test_nothing_goes_in_front_of_what_is_done_or_being_driven_to() -> None:
    stops = tuple(a_stop(name, 0.004 * n) for n, name in enumerate(("an", "binh", "chi", "dung"), start=1))
    day = Problem(stops, (a_courier(open_end=True),))
    plan = solve(day, seconds=SECONDS)
    first, second, *_ = plan.routes[0].visits

    held = lock(day, plan, now=first.departure + 1)
    after = insert(replace(held, stops=(*stops, a_stop("late", 0.001))), plan)

    assert held.couriers[0].locked == (first.stop_id, second.stop_id)
    assert orders(after)["anna"].index("late") >= 2
    assert set(orders(after)["anna"]) == {"an", "binh", "chi", "dung", "late"}


@pytest.mark.parametrize(("now", "held"), [(0, 0), (MORNING.start + 1, 1), (20 * 3600, 2)])
def test_only_what_is_begun_is_locked(now: int, held: int) -> None:
    day = Problem((a_stop("an", windows=(MORNING,)), a_stop("binh", 0.01, windows=(AFTERNOON,))), (a_courier(),))
    plan = solve(day, seconds=SECONDS)

    assert len(lock(day, plan, now).couriers[0].locked) == held


def test_a_knock_that_moves_and_a_stop_that_changes_hands_are_disturbances() -> None:
    stops = (a_stop("an"), a_stop("binh", -0.01))
    one, other = (solve(Problem(stops, (a_courier(name),)), seconds=SECONDS) for name in ("anna", "bao"))

    assert disturbance(one, one).is_none
    assert disturbance(one, other).other_courier == ("an", "binh")
    later = [visit._replace(start=visit.start + 1000) for visit in one.routes[0].visits]
    moved = disturbance(one, replace(one, routes=(replace(one.routes[0], visits=tuple(later)),)))
    assert moved.moved == ("an", "binh")
    assert moved.longest_move == 1000


def test_fifty_late_stops_go_into_a_day_of_a_thousand() -> None:
    chance = random.Random(2)
    stops = tuple(
        Stop(f"s{n}", a_stop("x", chance.gauss(0, 0.02), chance.gauss(0, 0.02)).location, service=150)
        for n in range(1050)
    )
    day = Problem(stops, tuple(a_courier(f"c{n}", capacity=(100,)) for n in range(15)))
    plan = solve(replace(day, stops=stops[:1000]), seconds=2, workers=1)

    after = insert(day, plan)

    assert check(day, after) == []
    assert after.left_out == ()
