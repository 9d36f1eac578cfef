"""PyVRP as an engine keeps every rule that it accepts, refuses the others by name, and is the default's oracle."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing import (
    Courier,
    Engine,
    Location,
    Plan,
    Problem,
    Shipment,
    Stop,
    TimeWindow,
    UnsupportedInput,
    check,
    solve,
)
from routing.problem import LATEST
from routing.vrplib import PlaneTravel
from tests.routing.days import AFTERNOON, LUNCH, MORNING, a_courier, a_stop

SECONDS = 0.1

_offsets = st.floats(-0.03, 0.03, allow_nan=False)
_oddities: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [
        {}, {"open_end": True}, {"speed": 1.5}, {"speed": 0.7, "per_km": 500}, {"fixed": 900}, {"per_hour_out": 1000},
        {"per_hour_out": 3600, "per_hour": 0}, {"max_stops": 2}, {"max_duration": 7200},
        {"max_distance": 9000, "per_hour": 0, "per_km": 1000},
    ]
)  # fmt: skip


@st.composite
def what_pyvrp_knows(draw: st.DrawFn) -> Problem:
    """Small days with all that its model holds: a window, neighbours, small bags, skills, prices, hopeless stops."""
    stops = tuple(
        a_stop(
            f"s{number}",
            draw(_offsets),
            draw(_offsets),
            windows=draw(st.sampled_from([(), (MORNING,), (AFTERNOON,), (TimeWindow(25_000, 26_000),)])),
            place=draw(st.sampled_from(["", "house a", "house b"])),
            demand=(draw(st.integers(0, 4)),),
            penalty=draw(st.sampled_from([None, None, 900, 0])),
            release=draw(st.sampled_from([0, 0, 40_000])),
            skills=draw(st.sampled_from([frozenset[str](), frozenset({"lift"})])),
            couriers=draw(st.sampled_from([frozenset[str](), frozenset({"c1"})])),
        )
        for number in range(draw(st.integers(0, 8)))
    )
    couriers = tuple(
        a_courier(
            f"c{number}",
            shift=draw(st.sampled_from([TimeWindow(28_800, 63_000), TimeWindow(28_800, 32_400)])),
            capacity=(draw(st.integers(0, 12)),),
            skills=frozenset({"lift"}),
            **draw(_oddities),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    return Problem(stops, couriers, balance=0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(what_pyvrp_knows())
def test_its_plans_can_be_driven_and_lose_no_stop(problem: Problem) -> None:
    plan = solve(problem, seconds=SECONDS, engine=Engine.PYVRP)

    assert check(problem, plan) == []


@st.composite
def plain_problems(draw: st.DrawFn) -> Problem:
    """CVRP and VRPTW of at most eight stops on a plane, with couriers enough for one stop each."""
    timed = draw(st.booleans())
    places = draw(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8, unique=True))
    stops = tuple(
        Stop(
            f"s{number}",
            Location(x, y),
            service=10 if timed else 0,
            windows=(TimeWindow(early := draw(st.integers(80, 300)), early + draw(st.integers(0, 200))),)
            if timed
            else (),
            demand=(draw(st.integers(1, 4)),),
        )
        for number, (x, y) in enumerate(places)
    )
    shift = TimeWindow(0, 1000) if timed else TimeWindow(0, LATEST)
    couriers = tuple(Courier(f"c{n}", Location(25, 25), shift, (8,)) for n in range(len(stops)))
    return Problem(stops, couriers, PlaneTravel(1, cut_off=False), balance=0)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plain_problems())
def test_the_own_search_is_as_good_as_the_oracle_on_what_a_person_could_plan(problem: Problem) -> None:
    own = solve(problem, seconds=SECONDS * 3, workers=1)
    oracle = solve(problem, seconds=SECONDS * 3, engine=Engine.PYVRP)

    assert own.left_out == oracle.left_out == ()
    assert own.cost <= oracle.cost


WITH = {
    "breaks": Problem((a_stop("an"),), (a_courier(breaks=(LUNCH,)),)),
    "several windows of one stop": Problem((a_stop("an", windows=(MORNING, AFTERNOON)),), (a_courier(),)),
    "several trips": Problem((a_stop("an"),), (a_courier(trips=2),)),
    "locked stops": Problem((a_stop("an"),), (a_courier(locked=("an",)),)),
    "max_driving": Problem((a_stop("an"),), (a_courier(max_driving=3600),)),
    "max_distance": Problem((a_stop("an"),), (a_courier(max_distance=9000),)),
    "shipments": Problem(
        (a_stop("an", demand=(0,)), a_stop("binh", demand=(0,))),
        (a_courier(),),
        shipments=(Shipment("an", "binh", (1,)),),
    ),
}


@pytest.mark.parametrize(("what", "problem"), WITH.items(), ids=WITH)
def test_what_its_model_does_not_know_is_refused_by_name(what: str, problem: Problem) -> None:
    with pytest.raises(UnsupportedInput, match=what):
        solve(problem, seconds=SECONDS, engine=Engine.PYVRP)


def test_windows_that_touch_are_one_window() -> None:
    noon = TimeWindow(MORNING.end + 1, 43_200)
    problem = Problem((a_stop("an", windows=(MORNING, noon)),), (a_courier(),))

    assert solve(problem, seconds=SECONDS, engine=Engine.PYVRP).left_out == ()


def test_what_is_collected_takes_the_room_that_the_delivered_leave() -> None:
    stops = tuple(a_stop(f"s{n}", 0.002 * n, demand=(1,), collect=(2,)) for n in range(4))
    couriers = tuple(a_courier(f"c{n}", capacity=(4,)) for n in range(4))

    plan = solve(Problem(stops, couriers, balance=0), seconds=SECONDS, engine=Engine.PYVRP)

    assert sorted(len(route.visits) for route in plan.routes) == [2, 2]


def test_a_short_day_keeps_what_it_can_and_says_what_not() -> None:
    stops = tuple(a_stop(f"s{n}", 0.002 * n, service=900) for n in range(6))
    short = a_courier(shift=TimeWindow(28_800, 28_800 + 3600))

    plan = solve(Problem(stops, (short,)), seconds=0.5, engine=Engine.PYVRP)

    assert 2 <= len(_visited(plan)) < 6
    assert len(_visited(plan)) + len(plan.left_out) == 6


def test_it_stops_when_nobody_wants_more_and_gives_what_it_has() -> None:
    stops = tuple(a_stop(f"s{n}", 0.001 * n, 0.0007 * n) for n in range(30))
    costs: list[int | None] = []

    plan = solve(
        Problem(stops, (a_courier(), a_courier("binh"))),
        seconds=600,
        engine=Engine.PYVRP,
        progress=lambda progress: costs.append(progress.cost),
        cancelled=lambda: len(costs) >= 3,
    )

    assert len(_visited(plan)) == 30
    assert len(costs) == 3
    assert costs[-1] is not None
    assert plan.cost <= costs[-1]


def _visited(plan: Plan) -> list[str]:
    return [visit.stop_id for route in plan.routes for visit in route.visits]
