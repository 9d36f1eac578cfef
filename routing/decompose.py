"""A day cut into parts: couriers of one neighbourhood and their stops, as problems of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from routing.cuts import cut
from routing.ground import Ground, Rows
from routing.problem import Problem
from routing.travel import Location, MatrixTravel, Points

Orders = list[list[int]]
# Stops in a part: few enough for the search to get far in seconds.
SIZE = 150
# Days of up to so many stops are small: their parts are half as large, and their first routes are built at once.
SMALL = 250
# So many couriers' stops at least, but never more than so many stops: first routes then take tenths of seconds.
FEWEST, LARGEST = 2, 320
# Where stops are left out, so many times as many: room for them may be a few routes away.
WIDER = 2
# Couriers without work who are lent to a part: one, in case; more where stops are left out.
LENT, LENT_FOR_LOOSE = 1, 3


@dataclass(frozen=True)
class Part:
    """Rows of stops, numbers of couriers; in the part's own problem they are counted from 0 in this order."""

    rows: list[int]
    couriers: list[int]


def size_of_parts(ground: Ground) -> int:
    """As many stops as a part should have."""
    each = ground.stops / max(1, len(ground.problem.couriers))
    return int(min(LARGEST, max(SIZE if ground.stops > SMALL else 60, FEWEST * each)))


def problem_of(ground: Ground, part: Part, penalties: Rows) -> Problem:
    """The part as a problem that knows only its own ways; `penalties` are those of all stops."""
    whole = ground.problem
    stops = tuple(replace(whole.stops[row], penalty=int(penalties[row])) for row in part.rows)
    couriers = tuple(whole.couriers[number] for number in part.couriers)
    places = dict.fromkeys(stop.location for stop in stops)
    places.update(dict.fromkeys(place for courier in couriers for place in (courier.start, courier.home)))
    names = {stop.id for stop in stops}
    return replace(
        whole,
        stops=stops,
        couriers=couriers,
        travel=_ways(whole, list(places)),
        shipments=tuple(one for one in whole.shipments if one.pickup in names),
    )


def _ways(problem: Problem, places: Sequence[Location]) -> MatrixTravel:
    seconds, metres = problem.travel.matrices(places)
    return MatrixTravel({place: number for number, place in enumerate(places)}, seconds, metres)


class Map:
    """Where routes and loose stops lie, and who is being worked on just now."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self.ground, self.size = ground, size_of_parts(ground)
        self.random = np.random.default_rng(seed)
        self.busy: set[int] = set()
        self.taken: set[int] = set()
        self.turns = np.zeros(len(ground.problem.couriers), np.int64)
        row_of = {stop.id: row for row, stop in enumerate(ground.problem.stops)}
        self.partner = {}
        for one in ground.problem.shipments:
            pickup, delivery = row_of[one.pickup], row_of[one.delivery]
            self.partner[pickup], self.partner[delivery] = delivery, pickup

    def first_parts(self, orders: Orders) -> list[Part]:
        """All stops and couriers in parts of about the same number of stops, by cuts across the land."""
        loose = np.array(sorted(set(range(self.ground.stops)).difference(*orders)), np.int64)
        count = max(1, round(self.ground.stops / self.size))
        label = np.zeros(self.ground.stops, np.int64)
        cut(self.ground.chart, np.ones(self.ground.stops), loose, count, label, self.random)
        for row, other in self.partner.items():
            label[max(row, other)] = label[min(row, other)]
        members = [loose[label[loose] == part].tolist() for part in range(count)]
        parts = [Part(rows, []) for rows in members if rows]
        self._deal(parts, orders)
        return parts

    def _deal(self, parts: list[Part], orders: Orders) -> None:
        """Each part in turn, the one with the most stops to a courier first, gets the courier nearest to it."""
        centres = [self.ground.chart[part.rows].mean(axis=0) for part in parts]
        left = self.random.permutation(len(orders)).tolist()
        loads = [float(len(part.rows)) for part in parts]
        while left and parts:
            needy = max(range(len(parts)), key=lambda n: loads[n] / (len(parts[n].couriers) + 0.5))
            courier = min(left, key=lambda c: self._way(centres[needy], self._centre(c, orders)))
            left.remove(courier)
            parts[needy].couriers.append(courier)
            parts[needy].rows.extend(row for row in orders[courier] if row >= 0)

    def _centre(self, courier: int, orders: Orders) -> Points:
        rows = [row for row in orders[courier] if row >= 0]
        centre: Points = self.ground.chart[rows or [self.ground.start_of(courier)]].mean(axis=0)
        return centre

    @staticmethod
    def _way(one: Points, other: Points) -> float:
        return float(np.hypot(*(one - other)))

    def next_part(self, orders: Orders, loose: set[int]) -> Part | None:
        """Neighbouring routes that nobody works on, around the one that waited longest, with what is loose there."""
        working = [c for c, order in enumerate(orders) if order and c not in self.busy]
        waiting = sorted(loose - self.taken)
        if not working and not waiting:
            return None
        centres = {courier: self._centre(courier, orders) for courier in working}
        middle = self._middle(centres, waiting)
        near = self._near(waiting, middle)
        part = Part([], [])
        if len(near) >= self.size // 2 and (fresh := self._lent(orders, middle, LENT_FOR_LOOSE)):
            return Part(near, fresh)
        size = self.size * (WIDER if near and len(waiting) <= self.size else 1)
        for courier in sorted(working, key=lambda c: self._way(centres[c], middle)):
            part.couriers.append(courier)
            part.rows.extend(row for row in orders[courier] if row >= 0)
            if len(part.rows) >= size and len(part.couriers) >= 2:
                break
        part.rows.extend(near)
        part.couriers.extend(self._lent(orders, middle, LENT_FOR_LOOSE if near else LENT))
        return part

    def _middle(self, centres: dict[int, Points], waiting: list[int]) -> Points:
        if waiting and (not centres or self.random.random() < 0.5):
            chosen: Points = self.ground.chart[int(self.random.choice(waiting))]
            return chosen
        return centres[min(centres, key=lambda c: (self.turns[c], self.random.random()))]

    def _near(self, waiting: list[int], middle: Points) -> list[int]:
        """Loose stops nearest to the middle, at most a part's worth; shipments whole."""
        nearest = sorted(waiting, key=lambda row: self._way(self.ground.chart[row], middle))[: self.size // 2]
        both = [*nearest, *(self.partner[row] for row in nearest if row in self.partner)]
        return list(dict.fromkeys(both))

    def _lent(self, orders: Orders, middle: Points, number: int) -> list[int]:
        idle = [c for c, order in enumerate(orders) if not order and c not in self.busy]
        chart = self.ground.chart
        far = {c: self._way(chart[self.ground.start_of(c)], middle) * (0.5 + self.random.random()) for c in idle}
        return sorted(idle, key=far.__getitem__)[:number]

    def hold(self, part: Part) -> None:
        self.busy.update(part.couriers)
        self.taken.update(part.rows)
        self.turns[part.couriers] += 1

    def release(self, part: Part) -> None:
        self.busy.difference_update(part.couriers)
        self.taken.difference_update(part.rows)
