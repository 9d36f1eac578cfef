"""This project's own search, and its engine on OR-Tools' routing library."""

from collections.abc import Callable
from dataclasses import replace

import routing.ortools_engine
import routing.search  # noqa: F401  both loaded before the clock starts, as the peers' code is
from benchmarks.peers import Orders, Tell
from routing import Engine, Plan, Problem, Progress, solve

WORKERS = 2


def solve_for_travel(problem: Problem, seconds: float, seed: int, tell: Tell) -> Orders:
    """Counting what the others count: travel and penalties, not how evenly the work is shared."""
    return solve_as_given(replace(problem, balance=0, territory=0, compact=0), seconds, seed, tell)


def solve_as_given(problem: Problem, seconds: float, seed: int, tell: Tell) -> Orders:
    return _orders(solve(problem, seconds=seconds, workers=WORKERS, seed=seed, progress=_heard(tell)))


def solve_with_ortools(problem: Problem, seconds: float, seed: int, tell: Tell) -> Orders:
    problem = replace(problem, balance=0, territory=0, compact=0)
    return _orders(solve(problem, seconds=seconds, engine=Engine.ORTOOLS, seed=seed, progress=_heard(tell)))


def _heard(tell: Tell) -> Callable[[Progress], None]:
    def hear(progress: Progress) -> None:
        if progress.cost is not None:
            tell(progress.cost)

    return hear


def _orders(plan: Plan) -> Orders:
    return {route.courier_id: [visit.stop_id for visit in route.visits] for route in plan.routes}
