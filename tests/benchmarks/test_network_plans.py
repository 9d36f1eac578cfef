"""Driving a plan again on other ways than it was made with."""

from dataclasses import replace

import pytest

from benchmarks.cases import made_up_day
from benchmarks.network_plans import BY_STREETS, driven_on_streets
from routing import HaversineTravel, Plan, Problem, solve


@pytest.fixture(scope="module")
def planned() -> tuple[Problem, Plan]:
    problem = made_up_day(60, 10, 1)
    return problem, solve(problem, seconds=2, workers=1)


def test_on_the_ways_it_was_made_with_a_plan_comes_out_as_planned(planned: tuple[Problem, Plan]) -> None:
    problem, plan = planned
    on = driven_on_streets(problem, plan, BY_STREETS, seed=1)
    assert on.driving_s == sum(route.driving for route in plan.routes)
    assert on.metres == sum(route.distance for route in plan.routes)
    assert (on.late, on.late_s, on.overtime_s) == (0, 0, 0)
    assert on.left_out == len(plan.left_out)


def test_where_everything_takes_ten_times_as_long_knocks_come_too_late(planned: tuple[Problem, Plan]) -> None:
    problem, plan = planned
    slow = replace(problem, travel=HaversineTravel(kmh=1.8))
    on = driven_on_streets(slow, plan, BY_STREETS, seed=1)
    assert on.driving_s == pytest.approx(10 * sum(route.driving for route in plan.routes), rel=0.01)
    assert on.late > 0
    assert on.late_s > on.late
