"""Whatever the day, the plan can be driven as it stands, nothing is lost, and what is left out has a true reason."""

import gc
import time
import weakref

from hypothesis import HealthCheck, given, settings

from routing import Plan, Problem, Progress, Reason, TimeWindow, check, solve
from routing.model import Search
from routing.solve import ground_of
from tests.routing.days import AFTERNOON, LUNCH, MORNING, a_courier, a_stop, problems

SECONDS = 0.2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_every_plan_can_be_driven_and_loses_no_stop(problem: Problem) -> None:
    plan = solve(problem, seconds=SECONDS)

    assert check(problem, plan) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_what_is_left_out_alone_would_be_left_out_for_the_same_lasting_reason(problem: Problem) -> None:
    lasting = {Reason.NO_COURIER, Reason.TOO_BIG, Reason.CANNOT_ARRIVE_BY, Reason.SHIFT_TOO_SHORT}
    for missed in solve(problem, seconds=SECONDS).left_out:
        alone = tuple(stop for stop in problem.stops if stop.id == missed.stop_id)
        again = solve(Problem(alone, problem.couriers), seconds=SECONDS)
        if missed.reason in lasting:
            assert [left.reason for left in again.left_out] == [missed.reason]
        else:
            assert again.left_out == ()


def visits_of(plan: Plan) -> dict[str, int]:
    return {visit.stop_id: visit.start for route in plan.routes for visit in route.visits}


def test_a_courier_knocks_within_the_slot_the_citizen_chose() -> None:
    problem = Problem((a_stop("an", windows=(AFTERNOON,)), a_stop("binh", windows=(MORNING,))), (a_courier(),))

    knocks = visits_of(solve(problem, seconds=SECONDS))

    assert MORNING.start <= knocks["binh"] <= MORNING.end
    assert AFTERNOON.start <= knocks["an"] <= AFTERNOON.end


def test_a_courier_rests_at_lunch_and_not_at_a_door() -> None:
    stops = tuple(a_stop(f"s{n}", 0.002 * n, 0.001, service=1500) for n in range(15))
    problem = Problem(stops, (a_courier(breaks=(LUNCH,)),))

    (route,) = solve(problem, seconds=SECONDS).routes

    (rest,) = route.rests
    assert rest.end - rest.start == 2700
    assert not any(visit.start < rest.end and rest.start < visit.departure for visit in route.visits)


def test_neighbours_in_one_house_are_parked_for_once() -> None:
    together = tuple(a_stop(f"flat {n}", place="tower", place_setup=300) for n in range(3))
    (route,) = solve(Problem(together, (a_courier(),)), seconds=SECONDS).routes

    first, *others = route.visits
    assert first.start == first.arrival + 300
    assert all(visit.start == visit.arrival for visit in others)


def test_a_courier_leaves_no_earlier_than_the_first_slot_asks_for() -> None:
    late = a_stop("late", windows=(TimeWindow(10 * 3600, 11 * 3600),))
    (route,) = solve(Problem((late,), (a_courier(),)), seconds=SECONDS).routes

    assert route.visits[0].start == 10 * 3600
    assert route.leave == 10 * 3600 - 60 - route.driving // 2


def test_a_courier_does_not_spend_the_slack_of_a_slot_by_leaving_late() -> None:
    stops = (a_stop("an", windows=(MORNING,)), a_stop("binh", 0.01, windows=(AFTERNOON,)))
    knocks = visits_of(solve(Problem(stops, (a_courier(),)), seconds=SECONDS))

    assert knocks["an"] < MORNING.start + 900
    assert knocks["binh"] == AFTERNOON.start


def test_two_couriers_share_the_work() -> None:
    stops = tuple(a_stop(f"s{n}", 0.001 * n, 0.001) for n in range(12))

    plan = solve(Problem(stops, (a_courier("an"), a_courier("binh")), balance=900), seconds=1)

    assert sorted(len(route.visits) for route in plan.routes) == [6, 6]


def test_where_not_all_fit_the_more_urgent_ones_are_served() -> None:
    stops = tuple(a_stop(f"s{n}", priority=100 if n in {3, 4} else 0) for n in range(6))

    plan = solve(Problem(stops, (a_courier(capacity=(2,)),)), seconds=1)

    assert set(visits_of(plan)) == {"s3", "s4"}
    assert {left.reason for left in plan.left_out} == {Reason.NO_COURIER_LEFT}


def test_each_hopeless_stop_is_told_why() -> None:
    courier = a_courier(shift=TimeWindow(8 * 3600, 9 * 3600), capacity=(5,))
    stops = (
        a_stop("big", demand=(6,)),
        a_stop("early", windows=(TimeWindow(6 * 3600, 8 * 3600),)),
        a_stop("far", 0.2, 0.2),
    )

    left_out = {left.stop_id: left for left in solve(Problem(stops, (courier,)), seconds=SECONDS).left_out}

    assert left_out["big"].reason is Reason.TOO_BIG
    assert left_out["early"].reason is Reason.CANNOT_ARRIVE_BY
    assert left_out["early"].facts["latest"] == 8 * 3600 < left_out["early"].facts["earliest"]
    assert left_out["far"].reason is Reason.SHIFT_TOO_SHORT
    nobody = solve(Problem(stops, ()), seconds=SECONDS).left_out
    assert {left.reason for left in nobody} == {Reason.NO_COURIER}


def test_a_long_shift_does_not_help_where_the_bag_is_too_small() -> None:
    early = a_courier("an", shift=TimeWindow(8 * 3600, 9 * 3600))
    no_bag = a_courier("binh", capacity=(0,))

    problem = Problem((a_stop("an", demand=(1,), windows=(AFTERNOON,)),), (early, no_bag))
    (left,) = solve(problem, seconds=SECONDS).left_out

    assert left.reason is Reason.SHIFT_TOO_SHORT


def test_a_person_can_watch_and_stop_the_search_and_keeps_the_best_so_far() -> None:
    stops = tuple(a_stop(f"s{n}", 0.0007 * (n % 17), 0.0011 * (n % 23)) for n in range(60))
    problem = Problem(stops, (a_courier("an"), a_courier("binh")))
    seen: list[Progress] = []

    began = time.monotonic()
    plan = solve(problem, seconds=60, progress=seen.append, cancelled=lambda: len(seen) > 5)

    assert time.monotonic() - began < 30
    assert seen[-1].cost is not None
    assert check(problem, plan) == []
    assert len(visits_of(plan)) == 60


def test_a_search_that_is_over_gives_its_memory_back() -> None:
    problem = Problem((a_stop("an"), a_stop("binh", 0.01)), (a_courier(),))
    search = Search(problem, ground_of(problem))
    answer = search.run(SECONDS, 1, lambda _elapsed, _better: None)
    trace = weakref.ref(search)

    del search
    gc.collect()

    assert sorted(answer.orders[0]) == [0, 1]
    assert trace() is None
