"""Moving a stop by hand: what each place would cost, what forbids it, and the plan with the move made.

All of it begins with the routes as this problem lets them be kept (`timed`): no move rests on a clock that is no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.bags import Bags
from routing.errors import CannotMove, InvalidProblem, UnsupportedInput
from routing.explain import Pin, pin_of
from routing.ground import Ground
from routing.plan import RELOAD, LeftOut, Plan, Reason, Route
from routing.problem import Problem
from routing.schedule import schedule
from routing.standing import Order, Standing, without

FORBIDS: dict[Pin, str] = {
    Pin.NOT_ALLOWED: "this courier may not go there",
    Pin.LOCK: "what is promised must stay as it was promised",
    Pin.ROOM: "there is no room for it",
    Pin.OWN_WINDOW: "its own window would be missed",
    Pin.OTHER_WINDOWS: "the windows of others would be missed",
    Pin.REST: "a rest could not be taken in time",
    Pin.SHIFT: "the shift or a limit would be too short",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A place for a stop: before the visit numbered `position` among the courier's other visits, or after the last.

    `cost` is by how much the routes would cost more than they do (less: negative; penalties are not in it); None where
    the place cannot be kept, and then `pin` says what forbids it.
    """

    courier_id: str
    position: int
    cost: int | None
    pin: Pin


def choices(problem: Problem, plan: Plan, stop_id: str) -> tuple[Choice, ...]:
    """Every place for the stop, served or left out, at every courier, in the order of the couriers and positions.

    Where it is, it costs 0; everywhere else in a route with several trips, `position` means the trip of the visit that
    follows.

    Raises InvalidProblem when the problem has no such stop, and UnsupportedInput for one end of a shipment.
    """
    hand = _InHand(problem, plan, stop_id)
    return tuple(
        hand.choice(number, position)
        for number in range(len(problem.couriers))
        for position in range(hand.places(number))
    )


def moved(problem: Problem, plan: Plan, stop_id: str, courier_id: str, position: int) -> Plan:
    """The plan with the stop at that place; everything else keeps its courier and its order.

    Raises CannotMove where the place cannot be kept, InvalidProblem for a stop, courier or place that there is not, and
    UnsupportedInput for one end of a shipment.
    """
    hand = _InHand(problem, plan, stop_id)
    number = _number_of(problem, courier_id)
    if not 0 <= position < hand.places(number):
        raise InvalidProblem(f"courier {courier_id} has no place {position} for stop {stop_id}")
    pin = hand.choice(number, position).pin
    if pin is not Pin.NOTHING:
        where = f"served by courier {courier_id} as number {position + 1}"
        raise CannotMove(f"stop {stop_id} cannot be {where}: {FORBIDS[pin]}", pin)
    hand.standing.put(number, hand.order(number, position))
    return _plan(hand.standing, plan)


def dropped(problem: Problem, plan: Plan, stop_id: str) -> Plan:
    """The plan without the stop, which is left out; everything else keeps its courier and its order.

    Raises CannotMove where it is promised, or others could not be served in time without it; InvalidProblem when the
    problem has no such stop, and UnsupportedInput for one end of a shipment.
    """
    hand = _InHand(problem, plan, stop_id)
    pin = hand.pin_of_leaving()
    if pin is not Pin.NOTHING:
        raise CannotMove(f"stop {stop_id} cannot be left out: {FORBIDS[pin]}", pin)
    return _plan(hand.standing, plan)


def timed(problem: Problem, plan: Plan) -> Plan:
    """The same orders with the clock of this problem.

    Stops and couriers that are no longer in the problem go, and so does, as a whole, each route that can no longer be
    kept. Whatever is in no route then is left out.
    """
    return _plan(_standing(problem, plan), plan)


class _InHand:
    """A stop taken out of its route, if it had one, to be put somewhere; the routes stand as they are without it."""

    def __init__(self, problem: Problem, plan: Plan, stop_id: str) -> None:
        self.row = _row_of(problem, stop_id)
        self.problem, self.stop_id = problem, stop_id
        self.standing = _standing(problem, plan)
        self.owner = next((n for n, order in enumerate(self.standing.orders) if self.row in order), None)
        self.saved, self.rest_is_kept = 0, True
        self.before: Order = []
        self.route: Route | None = None
        if self.owner is not None:
            self._take_from(self.owner)

    def _take_from(self, owner: int) -> None:
        standing = self.standing
        self.before, self.route, cost = standing.orders[owner], standing.route(owner), standing.cost(owner)
        rest = without(self.before, self.row)
        standing.put(owner, rest)
        self.saved = cost - standing.cost(owner)
        self.rest_is_kept = not rest or standing.route(owner) is not None

    def places(self, number: int) -> int:
        """How many places the courier has for it."""
        return 1 + sum(row != RELOAD for row in self.standing.orders[number])

    def order(self, number: int, position: int) -> Order:
        """The courier's order with the stop at that place."""
        if self._is_home(number, position):
            return self.before
        order = self.standing.orders[number]
        at = _index(order, position)
        return [*order[:at], self.row, *order[at:]]

    def choice(self, number: int, position: int) -> Choice:
        tried = self._tried(number, position)
        courier_id = self.problem.couriers[number].id
        if isinstance(tried, Pin):
            return Choice(courier_id, position, None, tried)
        return Choice(courier_id, position, tried.cost - self.standing.cost(number) - self.saved, Pin.NOTHING)

    def pin_of_leaving(self) -> Pin:
        """What forbids that nobody serves it."""
        if self.owner is not None and self.stop_id in self.standing.locked_to:
            return Pin.LOCK
        return Pin.NOTHING if self.rest_is_kept else Pin.OTHER_WINDOWS

    def _tried(self, number: int, position: int) -> Route | Pin:
        """The courier's route with the stop at that place, or what forbids it."""
        if self.route is not None and self._is_home(number, position):
            return self.route
        if number != self.owner and not self.rest_is_kept:
            return Pin.OTHER_WINDOWS
        pin = _rule_against(self.standing, number, self.order(number, position))
        if pin is not Pin.NOTHING:
            return pin
        way = self.standing.with_stop(number, self.row, _index(self.standing.orders[number], position))
        return schedule(way) or pin_of(way, self.stop_id)

    def _is_home(self, number: int, position: int) -> bool:
        """Whether it is where it was: also where it made a trip of its own, or was the last of a trip."""
        return number == self.owner and position == _visits(self.before).index(self.row)


def _standing(problem: Problem, plan: Plan) -> Standing:
    """The routes of the plan that can be kept in this problem; nothing for the other couriers."""
    standing = Standing.of(Ground(problem), plan)
    for number in range(len(problem.couriers)):
        if standing.orders[number] and not _is_kept(standing, number):
            standing.put(number, [])
    return standing


def _is_kept(standing: Standing, number: int) -> bool:
    order = standing.orders[number]
    allowed = _rule_against(standing, number, order) is Pin.NOTHING and _has_whole_shipments(standing.bags, order)
    return allowed and standing.route(number) is not None


def _rule_against(standing: Standing, number: int, order: Order) -> Pin:
    """What forbids the courier to serve the stops in this order, whatever the clock says."""
    courier, stops = standing.problem.couriers[number], standing.problem.stops
    if not all(courier.may_serve(stops[row]) for row in _visits(order)):
        return Pin.NOT_ALLOWED
    if not _keeps_promises(standing, number, order):
        return Pin.LOCK
    return Pin.ROOM if any(standing.bags.excess(courier, order)) else Pin.NOTHING


def _keeps_promises(standing: Standing, number: int, order: Order) -> bool:
    """Whether what is promised to the courier comes first and as promised, and nothing is promised to another."""
    # `Standing.places_for` counts ways back to load as if they were visits: it cannot be asked for all orders.
    ids = [standing.problem.stops[row].id for row in _visits(order)]
    known = set(ids)
    promised = [stop_id for stop_id in standing.problem.couriers[number].locked if stop_id in known]
    return ids[: len(promised)] == promised and all(standing.locked_to.get(each, number) == number for each in ids)


def _has_whole_shipments(bags: Bags, order: Order) -> bool:
    at = {row: n for n, row in enumerate(order)}
    units = [bags.unit(row) for row in order if row in bags.partner]
    return all(pickup in at and delivery in at and at[pickup] < at[delivery] for pickup, delivery in units)


def _plan(standing: Standing, before: Plan) -> Plan:
    """The plan of the routes as they stand; what was left out before and is so still keeps its explanation."""
    ground, told = standing.ground, {left.stop_id: left for left in before.left_out}
    numbers = [number for number, order in enumerate(standing.orders) if order]
    routes = tuple(route for route in map(standing.route, numbers) if route is not None)
    missed = sorted(set(range(ground.stops)).difference(*standing.orders))
    ids = [standing.problem.stops[row].id for row in missed]
    left_out = tuple(told.get(stop_id) or LeftOut(stop_id, Reason.NOT_TESTED) for stop_id in ids)
    return Plan(routes, left_out, sum(route.cost for route in routes) + int(ground.penalties[missed].sum()))


def _row_of(problem: Problem, stop_id: str) -> int:
    row = next((row for row, stop in enumerate(problem.stops) if stop.id == stop_id), None)
    if row is None:
        raise InvalidProblem(f"stop {stop_id} is not in the problem")
    if any(stop_id in (one.pickup, one.delivery) for one in problem.shipments):
        raise UnsupportedInput(f"stop {stop_id} is one end of a shipment: it cannot be moved by itself")
    return row


def _number_of(problem: Problem, courier_id: str) -> int:
    number = next((number for number, one in enumerate(problem.couriers) if one.id == courier_id), None)
    if number is None:
        raise InvalidProblem(f"courier {courier_id} is not in the problem")
    return number


def _visits(order: Order) -> list[int]:
    return [row for row in order if row != RELOAD]


def _index(order: Sequence[int], position: int) -> int:
    """Where in the order the visit numbered `position` is; the end for the place after the last."""
    visits = [at for at, row in enumerate(order) if row != RELOAD]
    return visits[position] if position < len(visits) else len(order)
