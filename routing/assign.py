"""Routes without names, as solution files hold them, given to couriers so that together they cost least."""

from collections.abc import Sequence

import numpy as np
from ortools.graph.python import linear_sum_assignment

from routing.errors import InvalidProblem
from routing.facts import Facts
from routing.ground import Ground
from routing.plan import LeftOut, Plan, Reason, Route
from routing.problem import Problem
from routing.schedule import schedule


def assign(problem: Problem, orders: Sequence[Sequence[str]]) -> Plan:
    """The plan in which each order of stop ids is some courier's route; stops in none of them are left out.

    Raises InvalidProblem when an order holds an unknown stop, or the couriers cannot take them all.
    """
    ground = Ground(problem)
    row_of = {stop.id: row for row, stop in enumerate(problem.stops)}
    if unknown := [stop for order in orders for stop in order if stop not in row_of]:
        raise InvalidProblem(f"stop {unknown[0]} of the solution is not in the problem")
    rows = [[row_of[stop] for stop in order] for order in orders if order]
    routes = _cheapest(ground, rows)
    missed = sorted(set(range(ground.stops)).difference(*rows))
    left_out = tuple(LeftOut(problem.stops[row].id, Reason.CHEAPER_WITHOUT) for row in missed)
    cost = sum(route.cost for route in routes) + int(ground.penalties[missed].sum())
    return Plan(tuple(routes), left_out, cost)


def _cheapest(ground: Ground, orders: Sequence[list[int]]) -> list[Route]:
    kind = Facts(ground).kind
    couriers = [np.flatnonzero(kind == number).tolist() for number in range(int(kind.max(initial=-1)) + 1)]
    matching = linear_sum_assignment.SimpleLinearSumAssignment()
    # The matching wants as many on either side: couriers beyond the routes get an empty one, which costs nothing.
    for number in range(len(orders), len(kind)):
        for courier in range(len(kind)):
            matching.add_arc_with_cost(number, courier, 0)
    for number, order in enumerate(orders):
        options = [(same, schedule(ground.way(same[0], order))) for same in couriers]
        if not any(route for _, route in options):
            raise InvalidProblem(f"no courier can drive route {number + 1} in time")
        for same, route in options:
            for courier in same if route else ():
                matching.add_arc_with_cost(number, courier, route.cost if route else 0)
    if len(orders) > len(kind) or (orders and matching.solve() != matching.OPTIMAL):
        raise InvalidProblem("there are more routes than couriers who can drive them")
    ways = [ground.way(matching.right_mate(number), order) for number, order in enumerate(orders)]
    return [route for way in ways if (route := schedule(way)) is not None]
