"""Changing a plan in the middle of the day: late stops go in, what is under way stays, and so do all others."""

from bisect import insort
from dataclasses import dataclass, replace

from routing.ground import Ground
from routing.plan import Plan, Route
from routing.problem import Problem
from routing.reasons import explain
from routing.standing import Place, Standing

# So many couriers near a late stop are asked for their cheapest place; where none has one, all others.
NEAR = 8
# A knock that moves by more is a knock that somebody notices.
NOTICED = 15 * 60


def insert(problem: Problem, plan: Plan) -> Plan:
    """`plan` with the stops of `problem` that are in none of its routes put in at their cheapest places.

    All others keep courier and order; stops that are no longer in the problem go. First comes the stop that would lose
    most if its best courier were taken (regret). A stop whose price of serving exceeds its penalty, or that fits
    nowhere, is left out with its reason.
    """
    ground = Ground(problem)
    standing = Standing.of(ground, plan)
    _Late(standing).put_in()
    return as_plan(standing)


def as_plan(standing: Standing) -> Plan:
    """The plan of the routes as they stand, with what is left out explained."""
    ground = standing.ground
    numbers = [number for number, order in enumerate(standing.orders) if order]
    routes = tuple(route for route in map(standing.route, numbers) if route is not None)
    kept = [order if standing.route(number) is not None else [] for number, order in enumerate(standing.orders)]
    missed = sorted(set(range(ground.stops)).difference(*kept))
    cost = sum(route.cost for route in routes) + int(ground.penalties[missed].sum())
    return Plan(routes, explain(ground, kept), cost)


class _Late:
    """The stops that wait for a place, each with the best place at every courier near."""

    def __init__(self, standing: Standing) -> None:
        self.standing, self.problem = standing, standing.problem
        penalties, unit = standing.ground.penalties, standing.bags.unit
        served = {row for order in standing.orders for row in order}
        units = {unit(row) for row in range(len(self.problem.stops)) if row not in served}
        # Serving half a shipment helps nobody: what is in a route without its partner waits for nothing here.
        self.waiting = {rows[0]: int(penalties[list(rows)].sum()) for rows in units if not served.intersection(rows)}
        self.best = {row: self._look(row) for row in sorted(self.waiting)}

    def put_in(self) -> None:
        while wanted := [(self._urgency(row), -row) for row in self.waiting if self.best[row]]:
            row = -max(wanted)[1]
            place = min(self.best[row].values(), key=_cost)
            self.standing.put(place.number, place.order)
            del self.waiting[row]
            for other in self.waiting:
                self._look_again(other, place.number)

    def _urgency(self, row: int) -> int:
        """How much dearer the second-best courier is than the best; leaving out counts as one, too."""
        costs: list[int] = []
        for place in self.best[row].values():
            insort(costs, place.cost)
        return ([*costs, self.waiting[row]])[1] - costs[0]

    def _look(self, row: int) -> dict[int, Place]:
        able = [n for n in range(len(self.problem.couriers)) if self.standing.may_have(n, row)]
        near = self.standing.nearest(row, able)
        return self._places(row, near[:NEAR]) or self._places(row, near[NEAR:])

    def _places(self, row: int, numbers: list[int]) -> dict[int, Place]:
        places = {number: self.standing.cheapest(number, row) for number in numbers}
        return {n: place for n, place in places.items() if place is not None and place.cost <= self.waiting[row]}

    def _look_again(self, row: int, number: int) -> None:
        """The route of courier `number` has changed."""
        if number in self.best[row]:
            del self.best[row][number]
            self.best[row] |= self._places(row, [number])
            if not self.best[row]:
                self.best[row] = self._look(row)


def _cost(place: Place) -> tuple[int, int]:
    return place.cost, place.number


def lock(problem: Problem, plan: Plan, now: int) -> Problem:
    """The problem for planning again at `now`: what was knocked at, or is being driven to, is locked as it was done.

    A courier who has not left is free; one under way is bound to the next door, too, for it is being driven to.
    """
    known = {stop.id for stop in problem.stops}
    begun = {route.courier_id: tuple(x for x in _begun(route, now) if x in known) for route in plan.routes}
    promised = {stop_id: courier_id for courier_id, ids in begun.items() for stop_id in ids}

    def held(courier_id: str, before: tuple[str, ...]) -> tuple[str, ...]:
        done = begun.get(courier_id, ())
        return (*done, *(x for x in before if promised.get(x) is None))

    return replace(problem, couriers=tuple(replace(one, locked=held(one.id, one.locked)) for one in problem.couriers))


def _begun(route: Route, now: int) -> list[str]:
    ids: list[str] = []
    left = route.leave
    for visit in route.visits:
        if left > now:
            break
        ids.append(visit.stop_id)
        left = visit.departure
    return ids


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What became different for whom: ids of stops, sorted. `moved` knocks move by more than a quarter of an hour."""

    other_courier: tuple[str, ...]
    moved: tuple[str, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    longest_move: int

    @property
    def is_none(self) -> bool:
        return not (self.other_courier or self.moved or self.dropped)


def disturbance(before: Plan, after: Plan) -> Disturbance:
    """How much `after` differs from `before` for those who were told of it."""
    was, now = _knocks(before), _knocks(after)
    both = sorted(set(was) & set(now))
    moves = {stop_id: abs(now[stop_id][1] - was[stop_id][1]) for stop_id in both}
    return Disturbance(
        other_courier=tuple(stop_id for stop_id in both if was[stop_id][0] != now[stop_id][0]),
        moved=tuple(stop_id for stop_id in both if moves[stop_id] > NOTICED),
        added=tuple(sorted(set(now) - set(was))),
        dropped=tuple(sorted(set(was) - set(now))),
        longest_move=max(moves.values(), default=0),
    )


def _knocks(plan: Plan) -> dict[str, tuple[str, int]]:
    return {visit.stop_id: (route.courier_id, visit.start) for route in plan.routes for visit in route.visits}
