"""Whatever the day, the plan can be driven as it stands, nothing is lost, and what is left out has a true reason."""

import gc
import pickle
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from routing import (
    Courier,
    Engine,
    InfeasibleLocks,
    Plan,
    Problem,
    Progress,
    Reason,
    Shipment,
    Stop,
    TimeWindow,
    check,
    solve,
)
from routing.bags import Bags
from routing.ground import Ground
from routing.insert import as_plan
from routing.last import LOOKS, patience, put_in
from routing.locks import locked_orders
from routing.model import Search
from routing.plan import RELOAD
from routing.standing import Standing
from tests.routing.days import AFTERNOON, LUNCH, MORNING, a_courier, a_stop, problems, rich_problems

SECONDS = 0.2
# Those that know every rule; PyVRP does not (test_pyvrp_engine).
COMPLETE = (Engine.PORTFOLIO, Engine.ORTOOLS)


def _known_to_the_kernel(problem: Problem) -> Problem:
    """The problem without what the compiled search does not know: shipments, pick-ups, second trips."""
    return replace(
        problem,
        shipments=(),
        stops=tuple(replace(stop, collect=()) for stop in problem.stops),
        couriers=tuple(
            replace(
                courier,
                trips=1,
            )
            for courier in problem.couriers
        ),
    )


@pytest.mark.parametrize("engine", COMPLETE)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems())
def test_every_plan_can_be_driven_and_loses_no_stop(engine: Engine, problem: Problem) -> None:
    plan = solve(problem, seconds=SECONDS, engine=engine)

    assert check(problem, plan) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rich_problems().map(_known_to_the_kernel))
def test_every_plan_of_a_rich_day_can_be_driven_and_leaves_out_nothing_that_fits(problem: Problem) -> None:
    try:
        plan = solve(problem, seconds=SECONDS)
    except InfeasibleLocks:
        # Locks are drawn without a thought of whether they can be kept.
        assert any(courier.locked for courier in problem.couriers)
        return

    assert check(problem, plan) == []
    priced = {stop.id for stop in problem.stops if stop.penalty is not None}
    assert all(left.stop_id in priced for left in plan.left_out if left.reason is Reason.OVERLOOKED)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_what_is_left_out_alone_would_be_left_out_for_the_same_lasting_reason(problem: Problem) -> None:
    lasting = {
        Reason.NO_COURIER, Reason.NO_SKILL, Reason.NOT_ALLOWED, Reason.TOO_BIG, Reason.CANNOT_ARRIVE_BY,
        Reason.SHIFT_TOO_SHORT,
    }  # fmt: skip
    limits = {Reason.STOPS_LIMIT, Reason.DISTANCE_LIMIT, Reason.DRIVING_LIMIT, Reason.DURATION_LIMIT}
    for missed in solve(problem, seconds=SECONDS).left_out:
        alone = tuple(stop for stop in problem.stops if stop.id == missed.stop_id)
        again = solve(Problem(alone, problem.couriers), seconds=SECONDS)
        if missed.reason in lasting:
            assert [left.reason for left in again.left_out] == [missed.reason]
        elif missed.reason in limits and again.left_out:
            # A limit may be too low for the stop alone, or only together with what the courier does already.
            assert again.left_out[0].reason is missed.reason or problem_allows_leaving_out(alone[0])
        else:
            assert again.left_out == () or problem_allows_leaving_out(alone[0])


def problem_allows_leaving_out(stop: Stop) -> bool:
    return stop.penalty is not None


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


@pytest.mark.parametrize("engine", COMPLETE)
def test_two_couriers_share_the_work(engine: Engine) -> None:
    stops = tuple(a_stop(f"s{n}", 0.001 * n, 0.001) for n in range(12))
    couriers = a_courier("an"), a_courier("binh")

    alone, shared = (
        solve(Problem(stops, couriers, balance=balance), seconds=1, engine=engine) for balance in (0, 2000)
    )

    assert [len(route.visits) for route in alone.routes] == [12]
    assert min(len(route.visits) for route in shared.routes) >= 5


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


TWO_NEAR = (a_stop("an", 0.001), a_stop("binh", -0.001))
LIFT = frozenset({"lift"})
FAR = a_stop("far", 0.04, penalty=10)


@pytest.mark.parametrize("engine", COMPLETE)
@pytest.mark.parametrize(
    ("stops", "courier", "served"),
    [
        ((TWO_NEAR[0], FAR), a_courier(), {"an"}),
        ((*TWO_NEAR, a_stop("chi", skills=LIFT)), a_courier(), {"an", "binh"}),
        (
            (TWO_NEAR[0], a_stop("chi", skills=LIFT)),
            a_courier(skills=frozenset({"lift"})),
            {"an", "chi"},
        ),
        ((TWO_NEAR[0], a_stop("chi", couriers=frozenset({"binh"}))), a_courier(), {"an"}),
        ((*TWO_NEAR, a_stop("chi")), a_courier(max_stops=2), {"an", "binh"}),
        ((*TWO_NEAR, a_stop("far", 0.04)), a_courier(max_distance=4000), {"an", "binh"}),
        ((*TWO_NEAR, a_stop("far", 0.04)), a_courier(max_driving=800), {"an", "binh"}),
        ((*TWO_NEAR, a_stop("far", 0.04)), a_courier(max_duration=1600), {"an", "binh"}),
    ],
)
def test_what_a_stop_asks_for_and_a_courier_may_do_is_kept(
    engine: Engine, stops: tuple[Stop, ...], courier: Courier, served: set[str]
) -> None:
    problem = Problem(stops, (courier,))

    plan = solve(problem, seconds=SECONDS, engine=engine)

    assert check(problem, plan) == []
    assert set(visits_of(plan)) == served


@pytest.mark.parametrize("engine", Engine)
def test_nobody_leaves_before_what_is_carried_is_there(engine: Engine) -> None:
    stops = (a_stop("an", release=10 * 3600), a_stop("binh"))

    (route,) = solve(Problem(stops, (a_courier(),)), seconds=SECONDS, engine=engine).routes

    assert route.leave >= 10 * 3600


@pytest.mark.parametrize("engine", Engine)
def test_a_day_with_an_open_end_is_over_at_the_last_door(engine: Engine) -> None:
    problem = Problem((a_stop("an"),), (a_courier(open_end=True),))

    (route,) = solve(problem, seconds=SECONDS, engine=engine).routes

    assert route.back == route.visits[0].departure
    assert check(problem, Plan((route,), (), route.cost)) == []


@pytest.mark.parametrize("engine", Engine)
def test_who_drives_faster_and_cheaper_is_sent(engine: Engine) -> None:
    slow, quick = a_courier("slow", per_hour_out=7200), a_courier("quick", speed=2.0, fixed=5)

    plan = solve(Problem(TWO_NEAR, (slow, quick), balance=0), seconds=SECONDS, engine=engine)

    assert [route.courier_id for route in plan.routes] == ["quick"]


def test_whoever_is_paid_by_the_hour_waits_at_the_office_and_not_at_a_door() -> None:
    stops = (a_stop("an"), a_stop("binh", 0.01, windows=(AFTERNOON,)))

    (route,) = solve(Problem(stops, (a_courier(per_hour_out=3600),)), seconds=SECONDS).routes

    assert route.leave > AFTERNOON.start - 3600
    assert route.back - route.leave == route.driving + 2 * (150 + 60)


def test_the_same_seed_and_rounds_give_the_same_plan() -> None:
    stops = tuple(a_stop(f"s{n}", 0.0007 * (n % 17), 0.0011 * (n % 23)) for n in range(150))
    problem = Problem(stops, (a_courier("an"), a_courier("binh"), a_courier("chi")))

    first, second = (solve(problem, seconds=60, rounds=20, seed=7, workers=2) for _ in range(2))

    assert first == second
    assert check(problem, first) == []


class FarAway(ThreadPoolExecutor):
    """Whatever is submitted travels there and back as bytes; `longest` is the longest letter."""

    longest = 0

    def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> Future[Any]:
        letter = pickle.dumps((fn, args, kwargs))
        self.longest = max(self.longest, len(letter))
        return super().submit(_carry_out_letter, letter)


def _carry_out_letter(letter: bytes) -> object:
    fn, args, kwargs = pickle.loads(letter)  # noqa: S301  written above
    return pickle.loads(pickle.dumps(fn(*args, **kwargs)))  # noqa: S301


def test_a_plan_is_the_same_when_its_parts_travel_to_other_machines_and_the_whole_day_stays_at_home() -> None:
    stops = tuple(a_stop(f"s{n}", 0.0007 * (n % 37), 0.0011 * (n % 23)) for n in range(800))
    problem = Problem(stops, tuple(a_courier(f"c{n}") for n in range(16)))

    here = solve(problem, seconds=60, rounds=2, seed=7, workers=2)
    with FarAway(2) as executor:
        there = solve(problem, seconds=60, rounds=2, seed=7, workers=2, executor=executor)

    assert here == there
    assert 0 < executor.longest < 800 * 800 * 8


@pytest.mark.parametrize("number", [0, 1, 2])
def test_days_too_small_to_search_are_planned_all_the_same(number: int) -> None:
    stops = tuple(a_stop(f"s{n}", 0.001 * n) for n in range(number))

    plan = solve(Problem(stops, (a_courier(), a_courier("binh"))), seconds=SECONDS)

    assert len(visits_of(plan)) == number


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
    search = Search(Ground(problem))
    answer = search.run(SECONDS, 1, lambda _elapsed, _better: None)
    trace = weakref.ref(search)

    del search
    gc.collect()

    assert sorted(answer.orders[0]) == [0, 1]
    assert trace() is None


SHORT_DAY = a_courier(max_duration=7200, breaks=(LUNCH,))


@pytest.mark.parametrize(
    ("stops", "courier"),
    [
        ((a_stop("an", windows=(MORNING,)), a_stop("late", 0.01, windows=(AFTERNOON,))), a_courier(breaks=(LUNCH,))),
        ((a_stop("an"), a_stop("late", 0.01, windows=(TimeWindow(59_000, 60_000),))), SHORT_DAY),
        ((a_stop("late", windows=(AFTERNOON, TimeWindow(62_000, 62_500))), a_stop("an", release=50_000)), SHORT_DAY),
    ],
)
def test_what_fits_only_by_the_exact_clock_is_put_in_after_the_search(
    stops: tuple[Stop, ...], courier: Courier
) -> None:
    problem = Problem(stops, (courier,))

    searched, standing = solve(problem, seconds=SECONDS), overlooked(problem)
    put_in(standing, lambda: True)

    for plan in (searched, as_plan(standing)):
        assert check(problem, plan) == []
        assert plan.left_out == ()


def test_a_shipment_that_weighs_nothing_is_fetched_before_it_is_brought() -> None:
    stops = (a_stop("fetch", demand=(0,)), a_stop("bring", 0.01, demand=(0,)))
    problem = Problem(stops, (a_courier(capacity=(0,)),), shipments=(Shipment("fetch", "bring", (0,)),))
    standing, searched = overlooked(problem), solve(problem, seconds=SECONDS)

    put_in(standing, lambda: True)

    assert standing.orders == [[0, 1]]
    assert [visit.stop_id for visit in searched.routes[0].visits] == ["fetch", "bring"]
    assert [Bags(problem).unit(row) for row in (0, 1)] == [(0, 1), (0, 1)]


def overlooked(problem: Problem) -> Standing:
    """A day of which a search has overlooked everything."""
    return Standing(Ground(problem), [[] for _ in problem.couriers])


def test_the_last_word_is_about_the_most_urgent_first_and_not_about_stops_with_a_price() -> None:
    stops = (
        a_stop("an"),
        a_stop("urgent", priority=50),
        a_stop("priced", penalty=10**6),
        a_stop("held", penalty=10**6),
    )
    standing = overlooked(Problem(stops, (a_courier(capacity=(1,)),)))

    put_in(standing, lambda: True)

    assert standing.orders == [[1]]


def test_the_last_word_ends_when_its_time_is_up() -> None:
    standing = overlooked(Problem((a_stop("an"),), (a_courier(),)))

    put_in(standing, lambda: False)

    assert standing.orders == [[]]
    counted = patience(seconds=0, rounds=1)
    assert [counted() for _ in range(LOOKS + 1)] == [True] * LOOKS + [False]
    assert patience(seconds=60, rounds=None)()


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize(
    "stops",
    [
        (a_stop("an", windows=(AFTERNOON,)), a_stop("binh", windows=(MORNING,))),
        (a_stop("an", demand=(40,)), a_stop("binh", demand=(40,))),
        (a_stop("an"), a_stop("binh", release=62_900)),
    ],
)
def test_locks_that_nobody_can_keep_are_told_with_the_courier(engine: Engine, stops: tuple[Stop, ...]) -> None:
    problem = Problem((*stops, a_stop("chi")), (a_courier("bao"), a_courier("anna", locked=("an", "binh"))))

    with pytest.raises(InfeasibleLocks, match="courier anna"):
        solve(problem, seconds=SECONDS, engine=engine)


def test_locks_that_can_be_kept_only_by_loading_in_between_are_kept() -> None:
    early, late = a_stop("early", demand=(40,), windows=(MORNING,)), a_stop("late", demand=(40,), release=43_200)
    problem = Problem((early, late), (a_courier(locked=("early", "late"), trips=2, reload=600),))

    assert locked_orders(Ground(problem)) == [[0, RELOAD, 1]]
    with pytest.raises(InfeasibleLocks):
        locked_orders(Ground(replace(problem, couriers=(replace(problem.couriers[0], trips=1),))))


def test_nobody_waits_a_minute_for_the_plan_of_a_handful_of_stops() -> None:
    stops = tuple(a_stop(str(n), 0.004 * n, 0.003 * (n * n % 7), windows=(MORNING,)) for n in range(8))
    few, told = Problem(stops, (a_courier(), a_courier("ba"))), list[Progress]()
    plan = solve(few, seconds=60, progress=told.append)

    # A minute has forty turns, each of which is told.
    assert len(told) < 10
    assert plan.cost == solve(few, seconds=1, engine=Engine.PYVRP).cost
