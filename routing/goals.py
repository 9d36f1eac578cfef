"""How good a plan is, goal by goal: what it costs, and all that guides the search without being in the cost."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from routing.ground import Ground
from routing.plan import RELOAD, Plan, Route
from routing.problem import JUMP, Courier, Problem
from routing.schedule import Way
from routing.standing import Order, Standing
from routing.travel import Points


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds of work (ways, doors, loading) of the couriers with a route, and the price of its unevenness."""

    least: int
    mean: float
    most: int
    deviation: float
    price: int


@dataclass(frozen=True, slots=True)
class Territory:
    """Stops served by couriers who do not know the ward: how many, of those for whom it matters, at which price."""

    strangers: int
    share: float
    price: int


@dataclass(frozen=True, slots=True)
class Compactness:
    """`jumps` are the seconds of ways between doors beyond what is a neighbour's; `crossings` legs of different routes.

    `spread` is the mean distance of a stop from the middle of its route, in the chart's unit.
    """

    jumps: int
    price: int
    crossings: int
    spread: float


@dataclass(frozen=True, slots=True)
class Goals:
    """A plan, measured. `cost` and `penalties` in the problem's price; seconds and metres over all routes."""

    cost: int
    penalties: int
    routes: int
    served: int
    left_out: int
    driving: int
    metres: int
    waiting: int
    work: Work
    territory: Territory
    compactness: Compactness


def goals(problem: Problem, plan: Plan) -> Goals:
    """Every goal of `problem`, as `plan` attains it."""
    ground = Ground(problem)
    standing = Standing.of(ground, plan)
    row_of = {stop.id: row for row, stop in enumerate(problem.stops)}
    missed = [row_of[left.stop_id] for left in plan.left_out if left.stop_id in row_of]
    busy = [number for number, order in enumerate(standing.orders) if order]
    ways = [standing.way(number) for number in busy]
    return Goals(
        cost=plan.cost,
        penalties=int(ground.penalties[missed].sum()),
        routes=len(plan.routes),
        served=sum(len(route.visits) for route in plan.routes),
        left_out=len(plan.left_out),
        driving=sum(route.driving for route in plan.routes),
        metres=sum(route.distance for route in plan.routes),
        waiting=sum(map(_waiting, plan.routes)),
        work=_work(ground, ways),
        territory=_territory(problem, [(problem.couriers[n], standing.orders[n]) for n in busy]),
        compactness=_compactness(ground, ways, [(n, standing.orders[n]) for n in busy]),
    )


def _waiting(route: Route) -> int:
    """Seconds out that are neither way, door, rest nor loading: parking, and waiting for a window."""
    doors = sum(visit.departure - visit.start for visit in route.visits)
    rests = sum(max(0, min(rest.end, route.back) - max(rest.start, route.leave)) for rest in route.rests)
    loading = sum(reload.departure - reload.arrival for reload in route.reloads)
    return max(0, route.back - route.leave - route.driving - doors - rests - loading)


def _seconds_of(way: Way) -> int:
    return way.driving + sum(leg.setup + (leg.stop.service if leg.stop is not None else 0) for leg in way.legs)


def _work(ground: Ground, ways: list[Way]) -> Work:
    works = [_seconds_of(way) for way in ways]
    if not works:
        return Work(0, 0.0, 0, 0.0, 0)
    # As the search counts it: at a fair share each further second costs `balance` thousandths, at twice that, twice.
    price = sum(ground.problem.balance * work * work // (2000 * ground.fair) for work in works)
    return Work(min(works), float(np.mean(works)), max(works), float(np.std(works)), price)


def _territory(problem: Problem, served: list[tuple[Courier, Order]]) -> Territory:
    pairs = [(courier, problem.stops[row]) for courier, order in served for row in order if row != RELOAD]
    matters = [(courier, stop) for courier, stop in pairs if courier.wards and stop.ward]
    strangers = sum(courier.is_stranger(stop) for courier, stop in matters)
    return Territory(strangers, strangers / max(1, len(matters)), problem.territory * strangers)


def _compactness(ground: Ground, ways: list[Way], served: list[tuple[int, Order]]) -> Compactness:
    jumps = [
        max(0, leg.driving - JUMP)
        for way in ways
        for before, leg in pairwise(way.legs)
        if before.stop is not None and leg.stop is not None
    ]
    doors = [ground.chart[[row for row in order if row != RELOAD]] for _, order in served]
    far = [np.hypot(*(points - points.mean(axis=0)).T) for points in doors]
    return Compactness(
        jumps=sum(jumps),
        price=sum(ground.problem.compact * jump // 1000 for jump in jumps),
        crossings=crossings(doors),
        spread=float(np.concatenate(far).mean()) if far else 0.0,
    )


def crossings(lines: list[Points]) -> int:
    """Pairs of legs between doors, of different lines, that properly cross on the chart."""
    legs = [np.hstack([line[:-1], line[1:]]) for line in lines]
    owner = np.repeat(np.arange(len(legs)), [len(each) for each in legs])
    all_legs = np.vstack([np.zeros((0, 4)), *legs])
    count = 0
    for n, leg in enumerate(all_legs):
        others = all_legs[n + 1 :][owner[n + 1 :] != owner[n]]
        count += int(_cross(leg, others).sum())
    return count


def _cross(leg: Points, others: Points) -> npt.NDArray[np.bool_]:
    """Whether the ends of each leg lie on opposite sides of the other; touching is not crossing."""
    a, b, c, d = leg[:2], leg[2:], others[:, :2], others[:, 2:]
    return (_side(a, b, c) * _side(a, b, d) < 0) & (_side(c, d, a) * _side(c, d, b) < 0)


def _side(start: Points, end: Points, point: Points) -> Points:
    along, off = end - start, point - start
    return np.sign(along[..., 0] * off[..., 1] - along[..., 1] * off[..., 0])
