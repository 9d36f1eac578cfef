"""The routes as they stand, and where something more could be put into them.

Two steps keep this quick: bounds for all places of a route at once, which forget the rests, and then the clock of the
route itself for the few places that the bounds leave. What the clock has not confirmed is never said to be possible.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt

from routing.bags import Bags
from routing.ground import Ground, Rows, drivings, merged, prices
from routing.plan import RELOAD, Plan, Route
from routing.problem import LATEST, Courier, TimeWindow
from routing.schedule import Way, schedule

NEVER = -LATEST
Order = list[int]


@dataclass(frozen=True, slots=True)
class Gaps:
    """For each place in a courier's route, what putting a stop there would mean at least; rests are forgotten.

    `at` are the places: before the stop with that position, or at the end. `arrive` is the soonest moment at the door,
    `wait_until` the latest knock that spoils nothing after it. `head` and `tail` are the seconds of work before the
    arrival and after the knock; `detour`, `driving` and `metres` what the way gets longer by.
    """

    at: Rows
    arrive: Rows
    wait_until: Rows
    head: Rows
    tail: Rows
    detour: Rows
    driving: Rows
    metres: Rows


@dataclass(frozen=True, slots=True)
class Place:
    """Courier `number` serves the stops in `order`, among them those put in; the price is more by `cost`."""

    number: int
    order: Order
    route: Route
    cost: int


class Standing:
    """Orders of all couriers, with what is known about each route; `put` changes them."""

    def __init__(self, ground: Ground, orders: Sequence[Sequence[int]]) -> None:
        self.ground, self.problem = ground, ground.problem
        self.bags = Bags(ground.problem)
        self.orders: list[Order] = [list(order) for order in orders]
        self.locked_to = {stop_id: n for n, one in enumerate(self.problem.couriers) for stop_id in one.locked}
        self._ways: dict[int, Way] = {}
        self._clocks: dict[int, _Clock] = {}
        self._routes: dict[int, Route | None] = {}

    @classmethod
    def of(cls, ground: Ground, plan: Plan) -> "Standing":
        """The routes of a plan."""
        row_of = {stop.id: row for row, stop in enumerate(ground.problem.stops)}
        routes = {route.courier_id: route for route in plan.routes}
        return cls(ground, [order_of(routes.get(one.id), row_of) for one in ground.problem.couriers])

    def put(self, number: int, order: Order) -> None:
        """From now on the courier serves `order`."""
        self.orders[number] = order
        for known in (self._ways, self._clocks, self._routes):
            known.pop(number, None)

    def way(self, number: int) -> Way:
        if number not in self._ways:
            self._ways[number] = self.ground.way(number, self.orders[number])
        return self._ways[number]

    def route(self, number: int) -> Route | None:
        """The route as it stands; None when no clock can keep it."""
        if number not in self._routes:
            self._routes[number] = schedule(self.way(number))
        return self._routes[number]

    def cost(self, number: int) -> int:
        """What the route costs as it stands; nothing without stops."""
        route = self.route(number) if self.orders[number] else None
        return route.cost if route is not None else 0

    @cached_property
    def _served(self) -> tuple[Rows, Rows]:
        pairs = [(row, number) for number, order in enumerate(self.orders) for row in order if row != RELOAD]
        both = np.array(pairs, np.int64).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def nearest(self, row: int, numbers: Iterable[int]) -> list[int]:
        """The couriers `numbers`, those first who come nearest to the stop in `row`: to a door, or from their start."""
        chart = self.ground.chart
        far = np.hypot(*(chart[[self.ground.start_of(n) for n in range(len(self.orders))]] - chart[row]).T)
        rows, owners = self._served
        np.minimum.at(far, owners, np.hypot(*(chart[rows] - chart[row]).T))
        return sorted(numbers, key=lambda number: (far[number], number))

    def places_for(self, number: int, row: int) -> range:
        """The positions at which the courier's promises let the stop in `row` be put."""
        order, promised = self.orders[number], self.problem.couriers[number].locked
        if not promised:
            return range(len(order) + 1)
        ranks = {stop_id: rank for rank, stop_id in enumerate(promised)}
        held = [ranks.get(self.problem.stops[other].id) if other != RELOAD else None for other in order]
        mine = ranks.get(self.problem.stops[row].id)
        if mine is None:
            first = 1 + max((at for at, rank in enumerate(held) if rank is not None), default=-1)
            return range(first, len(order) + 1)
        at = sum(rank is not None and rank < mine for rank in held)
        return range(at, at + 1)

    def gaps(self, number: int, row: int) -> Gaps:
        """What putting the stop in `row` into the route of courier `number` would mean, at each place allowed."""
        order, courier, stop = self.orders[number], self.problem.couriers[number], self.problem.stops[row]
        clock = self._clock(number)
        at = np.array(self.places_for(number, row), np.int64)
        chain = _nodes(self.ground, number, order)
        nodes, where = np.unique(np.r_[chain, row], return_inverse=True)
        seconds, metres = self.ground.between(nodes)
        before, after, own = where[:-1][at], where[:-1][at + 1], where[-1]
        drive = drivings(courier, seconds)
        price = prices(courier, drive, metres)
        there, on = drive[before, own], drive[own, after]

        def longer(table: npt.NDArray[np.int64]) -> Rows:
            return np.asarray(table[before, own] + table[own, after] - table[before, after], np.int64)

        return Gaps(
            at=at,
            arrive=clock.soonest[at] + there,
            wait_until=clock.latest[at] - on - stop.service,
            head=clock.head[at] + there,
            tail=clock.tail[at] + on + stop.service,
            detour=longer(price),
            driving=longer(drive),
            metres=longer(metres),
        )

    def _clock(self, number: int) -> "_Clock":
        if number not in self._clocks:
            self._clocks[number] = _clock(self.way(number), RELOAD in self.orders[number])
        return self._clocks[number]

    def with_stop(self, number: int, row: int, at: int) -> Way:
        """The way of the courier with the stop in `row` put in at position `at`."""
        order = self.orders[number]
        if RELOAD in order or not order:
            return self.ground.way(number, [*order[:at], row, *order[at:]])
        # Only the legs around the new stop differ: the others are taken over as they are.
        near = self.ground.way(number, [*order[max(0, at - 1) : at], row, *order[at : at + 1]])
        base, new = self.way(number).legs, near.legs[1:] if at else near.legs
        whole = near if at == len(order) else self.way(number)
        return replace(whole, legs=(*base[:at], *new, *base[at + 1 :]))

    def places(self, number: int, row: int, tests: int = LATEST) -> Iterator[Place]:
        """Where the courier could serve the stop in `row` and its partner, if any, and break nothing; nearest first.

        Couriers paid by the way alone have their cheapest place first. The clock is asked at most `tests` times.
        """
        unit = self.bags.unit(row)
        if len(unit) > 1:
            yield from self._pair_places(number, unit[0], unit[1], tests)
            return
        courier, stop, order = self.problem.couriers[number], self.problem.stops[row], self.orders[number]
        # Without pick-ups and second trips every place takes the same room.
        same = self.bags.is_plain and RELOAD not in order
        if same and any(self.bags.excess(courier, [*order, row])):
            return
        gaps = self.gaps(number, row)
        possible = _can_knock(gaps, stop.windows)
        possible &= gaps.driving + self.way(number).driving <= courier.max_driving
        possible &= gaps.metres + self.way(number).metres <= courier.max_distance
        possible &= gaps.head + gaps.tail <= courier.max_duration
        for n in np.argsort(np.where(possible, gaps.detour, LATEST), kind="stable")[: min(tests, int(possible.sum()))]:
            at = int(gaps.at[n])
            longer = [*order[:at], row, *order[at:]]
            if same or not any(self.bags.excess(courier, longer)):
                yield from self._place(number, longer, self.with_stop(number, row, at))

    def _pair_places(self, number: int, first: int, second: int, tests: int) -> Iterator[Place]:
        order, courier = self.orders[number], self.problem.couriers[number]
        early, late = (self.gaps(number, row) for row in (first, second))
        pairs = [
            (int(before + after), int(p), int(q))
            for before, p in zip(early.detour, early.at, strict=True)
            for after, q in zip(late.detour, late.at, strict=True)
            if p <= q
        ]
        for _far, p, q in sorted(pairs)[:tests]:
            longer = [*order[:p], first, *order[p:q], second, *order[q:]]
            if not any(self.bags.excess(courier, longer)):
                yield from self._place(number, longer, self.ground.way(number, longer))

    def _place(self, number: int, order: Order, way: Way) -> Iterator[Place]:
        route = schedule(way)
        if route is not None:
            yield Place(number, order, route, route.cost - self.cost(number))

    def cheapest(self, number: int, row: int, looks: int = 8, tests: int = LATEST) -> Place | None:
        """The cheapest place found among the `looks` first ones that break nothing."""
        best: Place | None = None
        for looked, place in enumerate(self.places(number, row, tests), start=1):
            if best is None or place.cost < best.cost:
                best = place
            if looked == looks or not self.problem.couriers[number].per_hour_out:
                break
        return best

    def may_have(self, number: int, row: int) -> bool:
        """Whether skills, names and promises let the courier serve the stop in `row` and its partner, if any."""
        courier = self.problem.couriers[number]
        for stop in (self.problem.stops[one] for one in self.bags.unit(row)):
            if not courier.may_serve(stop) or self.locked_to.get(stop.id, number) != number:
                return False
        return True


@dataclass(frozen=True, slots=True)
class _Clock:
    """For each place in a route: when one can leave for it, until when to go on after it, and the work on both sides.

    Rests and waiting are forgotten in `head` and `tail`, rests in `soonest` and `latest`, so that all are bounds.
    """

    soonest: Rows
    latest: Rows
    head: Rows
    tail: Rows


def _clock(way: Way, has_reloads: bool) -> _Clock:
    places, end = len(way.legs) + 1, way.courier.shift.end
    if has_reloads:
        # What lies between trips is known to the clock of the route alone: no bound but the shift.
        places += way.courier.trips
        zeros = np.zeros(places, np.int64)
        return _Clock(np.full(places, way.courier.shift.start), np.full(places, end), zeros, zeros)
    soonest, head = [way.ready], [0]
    doors = [(leg, leg.stop) for leg in way.legs if leg.stop is not None]
    for leg, stop in doors:
        ready = soonest[-1] + leg.driving + leg.setup
        soonest.append(_first_knock(stop.windows, ready) + stop.service)
        head.append(head[-1] + leg.driving + leg.setup + stop.service)
    latest, tail, on = [end], [0], way.home_driving
    for leg, stop in reversed(doors):
        latest.append(_last_knock(stop.windows, latest[-1] - on - stop.service))
        tail.append(tail[-1] + on + stop.service)
        on = leg.driving + leg.setup
    return _Clock(*(np.array(each, np.int64) for each in (soonest, latest[::-1], head, tail[::-1])))


def _first_knock(windows: Sequence[TimeWindow], moment: int) -> int:
    if not windows:
        return moment
    return min((max(moment, start) for start, end in windows if end >= moment), default=LATEST)


def _last_knock(windows: Sequence[TimeWindow], moment: int) -> int:
    if not windows:
        return moment
    return max((min(moment, end) for start, end in windows if start <= moment), default=NEVER)


def _can_knock(gaps: Gaps, windows: Sequence[TimeWindow]) -> npt.NDArray[np.bool_]:
    possible = np.zeros(len(gaps.at), bool)
    for start, end in merged(windows) or [TimeWindow(NEVER, LATEST)]:
        possible |= np.maximum(gaps.arrive, start) <= np.minimum(gaps.wait_until, end)
    return possible


def _nodes(ground: Ground, number: int, order: Order) -> Rows:
    """The nodes along an order, the start and the end included; to load again is to be at the start."""
    start = ground.start_of(number)
    return np.array([start, *(start if row == RELOAD else row for row in order), ground.home_of(number)], np.int64)


def order_of(route: Route | None, row_of: dict[str, int]) -> Order:
    """The rows of a route's stops, with RELOAD where the courier goes back to load; unknown stops are gone.

    With them go the ways back to load for which nothing is left.
    """
    if route is None:
        return []
    order: Order = []
    reloads = {reload.before for reload in route.reloads}
    for n, visit in enumerate(route.visits):
        order += [RELOAD] if n in reloads else []
        order += [row_of[visit.stop_id]] if visit.stop_id in row_of else []
    return useful(order)


def without(order: Order, row: int) -> Order:
    """The order without the stop in `row`, and without a way back to load for nothing."""
    return useful([other for other in order if other != row])


def useful(order: Order) -> Order:
    """The order with a way back to load only where there are stops before and after it."""
    trips = [list(rows) for is_reload, rows in groupby(order, RELOAD.__eq__) if not is_reload]
    return [row for trip in trips for row in (RELOAD, *trip)][1:]


def kinds_of(couriers: Iterable[tuple[int, Courier]]) -> dict[Courier, list[int]]:
    """The couriers who differ in nothing but their names and promises, under the one that stands for them."""
    kinds: dict[Courier, list[int]] = {}
    for number, courier in couriers:
        kinds.setdefault(replace(courier, id="", locked=()), []).append(number)
    return kinds
