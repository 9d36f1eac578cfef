"""Solving: a problem in, a plan out. OR-Tools searches the orders; the clock of each route is our own."""

from collections.abc import Callable

from routing.errors import RoutingError
from routing.model import Answer, Search, penalty
from routing.plan import Plan, Progress, Route
from routing.problem import Problem
from routing.process import search_apart
from routing.reasons import explain
from routing.schedule import Ground, schedule

# A search this short is not worth a process of its own: nobody can want to stop it sooner than it ends.
SHORT = 2.0


def _nobody(_progress: Progress) -> None:
    """Nobody is watching."""


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 1,
    progress: Callable[[Progress], None] = _nobody,
    cancelled: Callable[[], bool] = lambda: False,
) -> Plan:
    """Plan the day within about `seconds`; stops that cannot or need not be served come back with their reason.

    `progress` is called many times a second, and `cancelled` is asked as often: when it says yes, the best plan so far
    is returned at once. A search of more than two seconds runs in a process of its own, so that it can be stopped and
    leaves this process free. An empty problem gives an empty plan.

    Raises RoutingError when the search itself fails.
    """
    ground = ground_of(problem)
    answer = Answer([[] for _ in problem.couriers], cost=0)
    if problem.stops and problem.couriers:
        if seconds > SHORT:
            answer = search_apart(problem, ground, seconds, seed, progress, cancelled)
        else:
            answer = Search(problem, ground).run(seconds, seed, _teller(seconds, progress))
    return _plan(problem, ground, answer)


def _teller(seconds: float, progress: Callable[[Progress], None]) -> Callable[[float, Answer | None], None]:
    best: list[int] = []

    def tell(elapsed: float, better: Answer | None) -> None:
        if better is not None:
            best[:] = [better.cost]
        progress(Progress(elapsed, seconds, best[0] if best else None))

    return tell


def ground_of(problem: Problem) -> Ground:
    """The ways between all places of a problem."""
    places = [stop.location for stop in problem.stops]
    for courier in problem.couriers:
        places += [courier.start, courier.home]
    seconds, metres = problem.travel.matrices(places)
    return Ground(seconds, metres, len(problem.stops))


def _plan(problem: Problem, ground: Ground, answer: Answer) -> Plan:
    routes = [_route(problem, ground, number, order) for number, order in enumerate(answer.orders) if order]
    visited = {row for order in answer.orders for row in order}
    missed = [row for row in range(len(problem.stops)) if row not in visited]
    left_out = tuple(explain(problem, ground, row, answer.orders) for row in missed)
    cost = sum(route.driving for route in routes) + sum(penalty(problem.stops[row]) for row in missed)
    return Plan(tuple(routes), left_out, cost)


def _route(problem: Problem, ground: Ground, number: int, order: list[int]) -> Route:
    stops = [(row, problem.stops[row]) for row in order]
    route = schedule(ground.way(problem.couriers[number], number, stops))
    if route is None:
        raise RoutingError("the search returned an order that no clock can keep; this is an error in the planner")
    return route
