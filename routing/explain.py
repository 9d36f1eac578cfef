"""Why a stop is served by whom and when it is: every answer is found by trying the other one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from routing.errors import InvalidProblem
from routing.ground import Ground
from routing.plan import Plan, Reason, Route, Visit
from routing.problem import LATEST, Problem, Stop, TimeWindow
from routing.reasons import reason_at
from routing.schedule import Leg, Way, schedule
from routing.standing import Gaps, Place, Standing, without


class Pin(StrEnum):
    """What keeps a stop from a place: the one to which the way alone would bring it, or one chosen by hand."""

    NOTHING = "nothing"
    LOCK = "lock"
    OWN_WINDOW = "own_window"
    OTHER_WINDOWS = "other_windows"
    REST = "rest"
    SHIFT = "shift"
    SEARCH = "search"
    ROOM = "room"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another courier: what serving the stop there would cost more, or the reason why it is not possible."""

    courier_id: str
    cost: int | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a stop is where it is in a plan.

    `cost` is what the route would cost less without it; `elsewhere` the other couriers, the cheapest first. `nearest`
    is the position that is cheapest by the way alone (the first is 0), and `pin` what keeps it from there; `second` is
    how much dearer the next-best position is that can be kept. `slack` says how many seconds later the knock could be
    without breaking anything after it.
    """

    stop_id: str
    courier_id: str
    visit: Visit
    position: int
    cost: int
    elsewhere: tuple[Elsewhere, ...]
    nearest: int
    pin: Pin
    second: int | None
    slack: int


def why(problem: Problem, plan: Plan, stop_id: str) -> Explanation:
    """Why `plan` serves the stop as it does.

    Raises InvalidProblem when it does not serve it.
    """
    ground = Ground(problem)
    for route in plan.routes:
        for visit in route.visits:
            if visit.stop_id == stop_id:
                return _Served(ground, plan, route, visit).explained()
    raise InvalidProblem(f"stop {stop_id} is in no route of the plan")


class _Served:
    """A stop taken out of its route, to be tried elsewhere."""

    def __init__(self, ground: Ground, plan: Plan, route: Route, visit: Visit) -> None:
        self.problem, self.visit = ground.problem, visit
        self.standing = Standing.of(ground, plan)
        self.row = next(row for row, stop in enumerate(self.problem.stops) if stop.id == visit.stop_id)
        self.number = next(n for n, one in enumerate(self.problem.couriers) if one.id == route.courier_id)
        self.order = list(self.standing.orders[self.number])
        self.position = self.order.index(self.row)
        self.way = self.standing.way(self.number)
        before = self.standing.cost(self.number)
        rest = self.order
        for row in self.standing.bags.unit(self.row):
            rest = without(rest, row)
        self.standing.put(self.number, rest)
        self.cost = before - self.standing.cost(self.number)

    def explained(self) -> Explanation:
        route_id = self.problem.couriers[self.number].id
        nearest, pin = self._nearest()
        others = sorted(self._elsewhere(), key=lambda one: (one.cost is None, one.cost or 0, one.courier_id))
        return Explanation(
            stop_id=self.visit.stop_id,
            courier_id=route_id,
            visit=self.visit,
            position=self.position,
            cost=self.cost,
            elsewhere=tuple(others),
            nearest=nearest,
            pin=pin,
            second=self._second(),
            slack=slack(self.way, self.visit),
        )

    def _elsewhere(self) -> Iterator[Elsewhere]:
        for number, courier in enumerate(self.problem.couriers):
            if number != self.number:
                may = self.standing.may_have(number, self.row)
                place = self.standing.cheapest(number, self.row) if may else None
                reason = reason_at(self.standing, number, self.row) if place is None else None
                yield Elsewhere(courier.id, place.cost if place is not None else None, reason)

    def _second(self) -> int | None:
        """How much dearer the cheapest other position is."""
        others = (place for place in self.standing.places(self.number, self.row) if place.order != self.order)
        best: Place | None = min(others, key=lambda place: place.cost, default=None)
        return best.cost - self.cost if best is not None else None

    def _nearest(self) -> tuple[int, Pin]:
        """The position cheapest by the way alone, and what forbids it."""
        if len(self.standing.bags.unit(self.row)) > 1:
            return self.position, Pin.NOTHING
        if len(self.standing.orders[self.number]) < len(self.order) - 1:
            # It is a trip of its own; without it, that trip is gone, and so are the places to compare with.
            return self.position, Pin.NOTHING
        gaps = self.standing.gaps(self.number, self.row)
        if len(gaps.at) == 1 and len(self.order) > 1:
            return self.position, Pin.LOCK
        cheapest = min(zip(gaps.detour.tolist(), gaps.at.tolist(), strict=True))
        here = self._detour(gaps)
        if here is None or here <= cheapest[0]:
            return self.position, Pin.NOTHING
        way = self.standing.with_stop(self.number, self.row, cheapest[1])
        return cheapest[1], Pin.SEARCH if schedule(way) is not None else pin_of(way, self.visit.stop_id)

    def _detour(self, gaps: Gaps) -> int | None:
        here = gaps.detour[gaps.at == self.position]
        return int(here[0]) if len(here) else None


def pin_of(way: Way, stop_id: str) -> Pin:
    """What, taken away alone, would let the way with the stop in it be kept, as it cannot be now."""
    # What the time out costs forbids nothing, and the cheapest day takes long to find.
    way = replace(way, courier=replace(way.courier, per_hour_out=0))
    tries = _tries(way, stop_id)
    return next((pin for pin, tried in tries if tried != way and schedule(tried) is not None), Pin.SHIFT)


def _tries(way: Way, stop_id: str) -> Iterator[tuple[Pin, Way]]:
    yield Pin.OWN_WINDOW, _freed(way, lambda stop: stop.id == stop_id)
    yield Pin.REST, replace(way, courier=replace(way.courier, breaks=()))
    yield Pin.OTHER_WINDOWS, _freed(way, lambda stop: stop.id != stop_id)


def _freed(way: Way, whose: Callable[[Stop], bool]) -> Way:
    def freed(leg: Leg) -> Leg:
        if leg.stop is None or not leg.stop.windows or not whose(leg.stop):
            return leg
        return leg._replace(stop=replace(leg.stop, windows=()))

    return replace(way, legs=tuple(map(freed, way.legs)))


def slack(way: Way, visit: Visit) -> int:
    """How many seconds later the knock could be, all stops of the way being served in this order and on time."""
    ((at, stop),) = (
        (n, leg.stop) for n, leg in enumerate(way.legs) if leg.stop is not None and leg.stop.id == visit.stop_id
    )
    least, most = 0, max(0, min(LATEST, way.courier.shift.end) - visit.start)
    while least < most:
        middle = (least + most + 1) // 2
        knock = _from(stop, visit.start + middle)
        legs = (*way.legs[:at], way.legs[at]._replace(stop=knock), *way.legs[at + 1 :])
        can = knock.windows and schedule(replace(way, legs=legs))
        least, most = (middle, most) if can else (least, middle - 1)
    return least


def _from(stop: Stop, moment: int) -> Stop:
    """The stop, not to be knocked at before `moment`; without windows where there is no such moment left."""
    windows = stop.windows or (TimeWindow(0, LATEST),)
    return replace(stop, windows=tuple(TimeWindow(max(a, moment), b) for a, b in windows if b >= moment))
