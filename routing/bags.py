"""What a courier carries at most on each way: deliveries from the start, what is taken along, and shipments between."""

from collections.abc import Sequence
from functools import cached_property
from itertools import groupby
from operator import add

from routing.plan import RELOAD
from routing.problem import Courier, Problem

Amounts = tuple[int, ...]


class Bags:
    """A problem's amounts, ready to be added up along an order of stops."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.is_plain = not problem.shipments and not any(stop.collect for stop in problem.stops)
        row_of = {stop.id: row for row, stop in enumerate(problem.stops)}
        self.partner: dict[int, int] = {}
        self._deliveries: set[int] = set()
        self._moved: dict[int, Amounts] = {}
        for one in problem.shipments:
            pickup, delivery = row_of[one.pickup], row_of[one.delivery]
            self.partner |= {pickup: delivery, delivery: pickup}
            self._deliveries.add(delivery)
            self._moved |= {pickup: one.amount, delivery: tuple(-amount for amount in one.amount)}

    def unit(self, row: int) -> tuple[int, ...]:
        """The stops that are served together with the one in `row` or not at all, in the order of the visits."""
        if row not in self.partner:
            return (row,)
        other = self.partner[row]
        return (other, row) if row in self._deliveries else (row, other)

    def peak(self, order: Sequence[int]) -> Amounts:
        """The most of each dimension that is carried at a time, over all trips of `order`."""
        trips = [list(rows) for is_reload, rows in groupby(order, RELOAD.__eq__) if not is_reload]
        nothing = (0,) * self._dimensions
        peaks, aboard = [], nothing
        for trip in trips:
            peaks.append(self._peak(trip, aboard))
            # What was fetched and not brought yet is still in the bag when the courier loads again.
            for row in trip:
                aboard = tuple(map(add, aboard, self._moved.get(row, nothing)))
        return tuple(map(max, zip(*peaks, strict=True))) if peaks else nothing

    def excess(self, courier: Courier, order: Sequence[int]) -> Amounts:
        """By how much `order` is too much for the courier: stops first, then each dimension of the capacity."""
        stops = sum(row != RELOAD for row in order) - courier.max_stops
        over = (amount - room for amount, room in zip(self.peak(order), courier.capacity, strict=True))
        return tuple(max(0, amount) for amount in (stops, *over))

    @cached_property
    def _dimensions(self) -> int:
        return len(self.problem.couriers[0].capacity) if self.problem.couriers else 0

    def _peak(self, trip: Sequence[int], aboard: Amounts) -> Amounts:
        stops = [self.problem.stops[row] for row in trip]
        begin = [sum(amounts) for amounts in zip(aboard, *(stop.demand for stop in stops), strict=True)]
        if self.is_plain:
            return tuple(begin)
        now, most = begin, list(begin)
        for row, stop in zip(trip, stops, strict=True):
            taken, moved = (given or (0,) * len(now) for given in (stop.collect, self._moved.get(row, ())))
            now = [n - d + c + m for n, d, c, m in zip(now, stop.demand, taken, moved, strict=True)]
            most = list(map(max, most, now))
        return tuple(most)
