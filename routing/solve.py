"""Solving: a problem in, a plan out. The engines search the orders; the clock of each route is worked out after.

What they overlooked is put in then (`routing.last`).
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import Executor
from enum import StrEnum

from routing.errors import RoutingError
from routing.ground import Ground
from routing.insert import as_plan
from routing.last import patience, put_in
from routing.locks import locked_orders
from routing.plan import Answer, Limits, Plan, Progress
from routing.problem import Problem
from routing.standing import Standing

# Loading an engine for the first time counts as searching, but leaves it this share of the time.
LEFT = 0.25


class Engine(StrEnum):
    """Who searches: the compiled ruin-and-recreate search on all cores, or OR-Tools' routing library or PyVRP alone.

    The portfolio hands a problem with shipments, collections or several trips, which its kernel does not know, to
    OR-Tools.
    """

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
    """Plan the day within `seconds`; stops that cannot or need not be served come back with their reason.

    `workers` (as many as there are processors, unless given) neighbourhoods of the day are improved at a time, by
    threads or by the `executor` handed in. With `rounds` the search does so many rounds of work instead of watching the
    clock, and the same `seed` and `workers` give the same plan on every machine. `progress` is called after each turn
    of the search, at least every two seconds, and `cancelled` is asked as often: when it says yes, the best plan so far
    is returned. An empty problem gives an empty plan.

    Raises InfeasibleLocks when a courier cannot keep what is locked, UnsupportedInput when the engine named does not
    know something that the problem has, and RoutingError when the search itself fails.
    """
    began = time.perf_counter()
    ground = Ground(problem)
    locked_orders(ground)
    answer = Answer([[] for _ in problem.couriers], cost=0)
    if problem.stops and problem.couriers:
        search = _searching(ground, engine, executor, progress, cancelled)
        left = max(LEFT * seconds, seconds - (time.perf_counter() - began))
        answer = search(Limits(left, workers or os.cpu_count() or 1, seed, rounds))
    standing = Standing(ground, answer.orders)
    put_in(standing, patience(seconds, rounds))
    return _plan(standing)


def _searching(
    ground: Ground,
    engine: Engine,
    executor: Executor | None,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Callable[[Limits], Answer]:
    """The search, loaded. Who only checks and shows plans loads none, and begins at once."""

    def say(elapsed: float, cost: int | None, limits: Limits) -> None:
        progress(Progress(elapsed, limits.seconds, cost))

    if engine is Engine.PYVRP:
        from routing.pyvrp_engine import search_with_pyvrp  # noqa: PLC0415

        return lambda limits: search_with_pyvrp(ground, limits.seconds, limits.seed, progress, cancelled)
    if engine is Engine.ORTOOLS or _is_beyond_the_kernel(ground.problem):
        from routing.ortools_engine import plan_by_ortools  # noqa: PLC0415

        return lambda limits: plan_by_ortools(
            ground, limits.seconds, limits.workers, limits.seed,
            lambda elapsed, cost: say(elapsed, cost, limits), cancelled, executor=executor,
        )  # fmt: skip

    from routing.search import search  # noqa: PLC0415

    return lambda limits: search(
        ground, limits, lambda elapsed, best: say(elapsed, best.cost, limits), cancelled, executor
    )


def _is_beyond_the_kernel(problem: Problem) -> bool:
    return (
        bool(problem.shipments)
        or any(courier.trips > 1 for courier in problem.couriers)
        or any(any(stop.collect) for stop in problem.stops)
    )


def _plan(standing: Standing) -> Plan:
    if any(order and standing.route(number) is None for number, order in enumerate(standing.orders)):
        raise RoutingError("the search returned an order that no clock can keep; this is an error in the planner")
    return as_plan(standing)
