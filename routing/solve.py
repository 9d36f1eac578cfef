"""Solving: a problem in, a plan out. The engines search the orders; the clock of each route is worked out after."""

import os
from collections.abc import Callable
from concurrent.futures import Executor
from enum import StrEnum

from routing.errors import RoutingError
from routing.ground import Ground
from routing.ortools_engine import plan_by_ortools
from routing.plan import Answer, Plan, Progress, Route
from routing.problem import Problem
from routing.pyvrp_engine import search_with_pyvrp
from routing.reasons import explain
from routing.schedule import schedule
from routing.search import Limits, search


class Engine(StrEnum):
    """Who searches: the compiled ruin-and-recreate search on all cores, or OR-Tools' routing library or PyVRP alone."""

    PORTFOLIO = "portfolio"
    ORTOOLS = "ortools"
    PYVRP = "pyvrp"


def _nobody(_progress: Progress) -> None:
    """Nobody is watching."""


def solve(  # noqa: PLR0913  each is a thing that people set
    problem: Problem,
    *,
    seconds: float,
    engine: Engine = Engine.PORTFOLIO,
    workers: int | None = None,
    seed: int = 1,
    rounds: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[Progress], None] = _nobody,
    cancelled: Callable[[], bool] = lambda: False,
) -> Plan:
    """Plan the day within about `seconds`; stops that cannot or need not be served come back with their reason.

    `workers` (as many as there are processors, unless given) neighbourhoods of the day are improved at a time, by
    threads or by the `executor` handed in. With `rounds` the search does so many rounds of work instead of watching the
    clock, and the same `seed` and `workers` give the same plan on every machine. `progress` is called after each turn
    of the search, at least every two seconds, and `cancelled` is asked as often: when it says yes, the best plan so far
    is returned. An empty problem gives an empty plan.

    Raises RoutingError when the search itself fails, and UnsupportedInput when the engine named does not know
    something that the problem has.
    """
    ground = Ground(problem)
    answer = Answer([[] for _ in problem.couriers], cost=0)
    if problem.stops and problem.couriers:
        if engine is Engine.ORTOOLS:
            count = workers or os.cpu_count() or 1

            def say(elapsed: float, cost: int | None) -> None:
                progress(Progress(elapsed, seconds, cost))

            answer = plan_by_ortools(ground, seconds, count, seed, say, cancelled, executor=executor)
        elif engine is Engine.PYVRP:
            answer = search_with_pyvrp(ground, seconds, seed, progress, cancelled)
        else:
            limits = Limits(seconds, workers or os.cpu_count() or 1, seed, rounds)

            def tell(elapsed: float, best: Answer) -> None:
                progress(Progress(elapsed, seconds, best.cost))

            answer = search(ground, limits, tell, cancelled, executor)
    return _plan(ground, answer)


def _plan(ground: Ground, answer: Answer) -> Plan:
    routes = tuple(_route(ground, number, order) for number, order in enumerate(answer.orders) if order)
    missed = sorted(set(range(ground.stops)).difference(*answer.orders))
    left_out = explain(ground, answer.orders)
    cost = sum(route.cost for route in routes) + int(ground.penalties[missed].sum())
    return Plan(routes, left_out, cost)


def _route(ground: Ground, number: int, order: list[int]) -> Route:
    route = schedule(ground.way(number, order))
    if route is None:
        raise RoutingError("the search returned an order that no clock can keep; this is an error in the planner")
    return route
