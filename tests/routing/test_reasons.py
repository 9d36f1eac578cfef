"""What is said about a stop left out is true: the change that is proposed lets it in, and no smaller one does."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from routing import Courier, LeftOut, Plan, Problem, Reason, Stop, TimeWindow, check, solve
from routing.ground import Ground
from routing.plan import Change, Remedy
from routing.remedies import remedied
from routing.schedule import schedule
from tests.routing.days import AFTERNOON, LUNCH, MORNING, a_courier, a_stop, problems

SECONDS = 0.1
LIFT = frozenset({"lift"})
SIZED = {
    Change.WINDOW_LATER, Change.WINDOW_EARLIER, Change.SHIFT_LATER, Change.SHIFT_EARLIER, Change.ROOM, Change.STOPS,
    Change.DISTANCE, Change.DRIVING, Change.DURATION,
}  # fmt: skip


def with_stop_in(problem: Problem, plan: Plan, stop_id: str, courier_id: str) -> list[Plan]:
    """Every plan that can be driven in which the courier serves the stop besides what `plan` says."""
    ground = Ground(problem)
    row_of = {stop.id: row for row, stop in enumerate(problem.stops)}
    (number,) = (n for n, courier in enumerate(problem.couriers) if courier.id == courier_id)
    before = [route for route in plan.routes if route.courier_id == courier_id]
    penalties = {stop.id: stop.penalty or 0 for stop in problem.stops}
    order = [row_of[visit.stop_id] for route in before for visit in route.visits]
    found = []
    for at in range(len(order) + 1):
        route = schedule(ground.way(number, [*order[:at], row_of[stop_id], *order[at:]]))
        if route is not None:
            routes = (*(other for other in plan.routes if other.courier_id != courier_id), route)
            others = tuple(left for left in plan.left_out if left.stop_id != stop_id)
            cost = sum(one.cost for one in routes) + sum(penalties[left.stop_id] for left in others)
            found.append(Plan(routes, others, cost))
    return [one for one in found if check(problem, one) == []]


def who_serves(remedy: Remedy) -> str:
    return f"{remedy.courier_id}′" if remedy.change is Change.COURIER else remedy.courier_id


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_each_remedy_lets_the_stop_in_and_all_others_stay_where_they_are(problem: Problem) -> None:
    plan = solve(problem, seconds=SECONDS, workers=1)
    for left in plan.left_out:
        for remedy in left.remedies:
            changed = remedied(problem, left.stop_id, remedy)
            assert with_stop_in(changed, plan, left.stop_id, who_serves(remedy)) != []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_no_smaller_change_would_do_at_any_courier(problem: Problem) -> None:
    plan = solve(problem, seconds=SECONDS, workers=1)
    for left in plan.left_out:
        for remedy in left.remedies:
            if remedy.change in SIZED and remedy.amount > 1:
                for courier in problem.couriers:
                    less = replace(remedy, amount=remedy.amount - 1, courier_id=courier.id)
                    changed = remedied(problem, left.stop_id, less)
                    assert with_stop_in(changed, plan, left.stop_id, courier.id) == []


def the_left_out(stop: Stop, *couriers: Courier, others: tuple[Stop, ...] = ()) -> LeftOut:
    (left,) = solve(Problem((*others, stop), couriers), seconds=SECONDS, workers=1).left_out
    assert left.stop_id == stop.id
    return left


def amounts(left: LeftOut) -> dict[Change, int]:
    return {remedy.change: remedy.amount for remedy in left.remedies}


def test_a_window_that_cannot_be_reached_says_by_how_much() -> None:
    left = the_left_out(a_stop("early", windows=(TimeWindow(7 * 3600, 8 * 3600),)), a_courier())

    late = left.facts["earliest"] - left.facts["latest"]
    assert left.reason is Reason.CANNOT_ARRIVE_BY
    assert amounts(left) == {Change.WINDOW_LATER: late, Change.SHIFT_EARLIER: late}
    assert left.remedies[0].change is Change.WINDOW_LATER


def test_a_late_window_needs_a_longer_shift_or_an_earlier_moment() -> None:
    evening = a_stop("evening", windows=(TimeWindow(18 * 3600, 19 * 3600),))
    left = the_left_out(evening, a_courier(shift=TimeWindow(8 * 3600, 17 * 3600)))

    assert left.reason is Reason.SHIFT_TOO_SHORT
    assert set(amounts(left)) == {Change.WINDOW_EARLIER, Change.SHIFT_LATER}
    assert amounts(left)[Change.SHIFT_LATER] > 3600


def test_a_full_bag_needs_as_much_room_as_is_missing() -> None:
    heavy = a_stop("heavy", demand=(4,), priority=0)
    left = the_left_out(heavy, a_courier(capacity=(5,)), others=(a_stop("urgent", demand=(3,), priority=100),))

    assert left.reason is Reason.NO_COURIER_LEFT
    assert amounts(left) == {Change.ROOM: 2, Change.COURIER: 1}


def test_a_skill_or_a_permission_is_asked_for_where_nothing_else_is_missing() -> None:
    assert amounts(the_left_out(a_stop("piano", skills=LIFT), a_courier())) == {Change.SKILL: 1}
    named = the_left_out(a_stop("named", couriers=frozenset({"binh"})), a_courier())
    assert named.reason is Reason.NOT_ALLOWED
    assert amounts(named) == {Change.PERMISSION: 1}
    both = the_left_out(a_stop("both", skills=LIFT, couriers=frozenset({"binh"})), a_courier())
    assert both.reason is Reason.NO_SKILL
    assert both.remedies == ()


@pytest.mark.parametrize(
    ("limit", "reason", "change"),
    [
        ({"max_stops": 0}, Reason.STOPS_LIMIT, Change.STOPS),
        ({"max_distance": 1000}, Reason.DISTANCE_LIMIT, Change.DISTANCE),
        ({"max_driving": 100}, Reason.DRIVING_LIMIT, Change.DRIVING),
        ({"max_duration": 300}, Reason.DURATION_LIMIT, Change.DURATION),
    ],
)
def test_a_limit_that_is_the_cause_is_named(limit: dict[str, object], reason: Reason, change: Change) -> None:
    left = the_left_out(a_stop("far", 0.04), a_courier("anna", **limit))

    assert left.reason is reason
    assert set(amounts(left)) == {change}


def test_what_is_cheaper_left_out_says_at_which_penalty_it_would_be_served() -> None:
    left = the_left_out(a_stop("far", 0.04, penalty=10), a_courier(), others=(a_stop("near"),))

    assert left.reason is Reason.CHEAPER_WITHOUT
    served = remedied(
        Problem((a_stop("near"), a_stop("far", 0.04, penalty=10)), (a_courier(),)), "far", left.remedies[0]
    )
    assert solve(replace(served, balance=0), seconds=SECONDS).left_out == ()


def test_a_rest_in_the_way_is_seen_by_the_clock_and_not_guessed() -> None:
    noon = a_stop("noon", windows=(TimeWindow(11 * 3600 + 60, 11 * 3600 + 90),), service=7000)
    left = the_left_out(noon, a_courier(breaks=(replace(LUNCH, windows=(TimeWindow(11 * 3600, 12 * 3600),)),)))

    assert {Change.WINDOW_LATER, Change.WINDOW_EARLIER} <= set(amounts(left))


def test_the_morning_and_the_afternoon_are_widened_each_in_turn() -> None:
    both = a_stop("an", windows=(MORNING, AFTERNOON))
    left = the_left_out(both, a_courier(shift=TimeWindow(12 * 3600, 13 * 3600)))

    windows = [(one.change, one.which) for one in left.remedies if one.change.startswith("window")]
    assert sorted(windows) == [(Change.WINDOW_EARLIER, 1), (Change.WINDOW_LATER, 0)]
