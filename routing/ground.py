"""Problems as numbers: the ways between nodes, block by block, and all that a compiled search wants to know.

Nodes are numbered as in the kernel: the stops 0 to n - 1, then for courier r the start n + 2r and the end n + 2r + 1.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from routing.plan import RELOAD
from routing.problem import Courier, Problem, Stop, TimeWindow
from routing.schedule import Leg, Way
from routing.travel import Location, Matrix, Points

# Up to here all ways are kept; beyond, they are worked out anew for each part of the day that is looked at.
KEPT = 2_000
# Leaving a stop out costs more than any way to it.
LEFT_OUT = 100_000
# To find the dearest way, as many stops and depots are looked at.
SAMPLE = 200
LEAST_FAIR = 600
Rows = npt.NDArray[np.int64]


class Ground:
    """The ways between a problem's nodes, and what each node and courier is, in arrays."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.stops = len(problem.stops)
        locations = [stop.location for stop in problem.stops]
        for courier in problem.couriers:
            locations += [courier.start, courier.home]
        index: dict[Location, int] = {}
        self._place = np.array([index.setdefault(location, len(index)) for location in locations], np.int64)
        self._locations = list(index)
        kept = len(index) <= KEPT
        self._kept: tuple[Matrix, Matrix] | None = problem.travel.matrices(self._locations) if kept else None
        self._open = np.zeros(len(locations), bool)
        self._open[self.stops + 1 :: 2] = [courier.open_end for courier in problem.couriers]
        chart = problem.travel.chart(self._locations) if locations else np.zeros((0, 2))
        self.chart: Points = chart[self._place]

    @cached_property
    def penalties(self) -> Rows:
        """What leaving each stop out costs: its penalty, or more than serving it, twice that for the most urgent."""
        base = max(LEFT_OUT, 4 * self._dearest())
        own = [base + base * s.priority // 100 if s.penalty is None else s.penalty for s in self.problem.stops]
        return np.array(own, np.int64)

    @cached_property
    def fair(self) -> int:
        """Seconds of work per courier if all had the same: at the doors, and half as much again for the ways."""
        doors = sum(stop.service + stop.place_setup for stop in self.problem.stops)
        return max(LEAST_FAIR, doors * 3 // 2 // max(1, len(self.problem.couriers)))

    @property
    def farthest(self) -> int:
        """The longest way in seconds at common speed, as far as a sample tells."""
        return self._longest[0]

    @cached_property
    def _longest(self) -> tuple[int, int]:
        stops = np.unique(np.linspace(0, self.stops - 1, min(SAMPLE, self.stops)).astype(np.int64))
        depots = np.array([self.start_of(n) for n in range(min(len(self.problem.couriers), SAMPLE))], np.int64)
        seconds, metres = self.between(np.r_[stops, depots])
        return int(seconds.max(initial=0)), int(metres.max(initial=0))

    def _dearest(self) -> int:
        """The price of the dearest leg together with the dearest courier."""
        seconds, metres = self._longest
        return max((c.fixed + c.price(c.driving(seconds), metres) for c in self.problem.couriers), default=0)

    def start_of(self, courier: int) -> int:
        return self.stops + 2 * courier

    def home_of(self, courier: int) -> int:
        return self.stops + 2 * courier + 1

    def between(self, nodes: Sequence[int] | Rows) -> tuple[Matrix, Matrix]:
        """Seconds at common speed and metres from each of `nodes` to each other."""
        rows = np.asarray(nodes, np.int64)
        places, where = np.unique(self._place[rows], return_inverse=True)
        if self._kept is not None:
            grid = np.ix_(self._place[rows], self._place[rows])
            seconds, metres = self._kept[0][grid], self._kept[1][grid]
        else:
            block = self.problem.travel.matrices([self._locations[place] for place in places])
            seconds, metres = block[0][np.ix_(where, where)], block[1][np.ix_(where, where)]
        ends = self._open[rows]
        if ends.any():
            seconds[:, ends] = metres[:, ends] = 0
        return seconds, metres

    def way(self, number: int, order: Sequence[int]) -> Way:
        """The way of courier `number` through the stops in `order`, back to the start wherever it holds RELOAD."""
        courier, start = self.problem.couriers[number], self.start_of(number)
        nodes = [start, *(start if row == RELOAD else row for row in order), self.home_of(number)]
        seconds, metres = self._legs(nodes)
        drives = seconds if courier.speed == 1 else [courier.driving(leg) for leg in seconds]
        readies = self._readies(order)
        legs, place = [], None
        for row, driving, far in zip(order, drives, metres, strict=False):
            if row == RELOAD:
                legs.append(Leg(None, driving, far, courier.reload, readies.pop()))
                place = None
                continue
            stop = self.problem.stops[row]
            legs.append(Leg(stop, driving, far, 0 if stop.place and stop.place == place else stop.place_setup))
            place = stop.place
        return Way(courier, tuple(legs), drives[-1], metres[-1])

    def _legs(self, nodes: Sequence[int]) -> tuple[list[int], list[int]]:
        """Seconds at common speed and metres from each node to the next; only the last may be an open end."""
        if self._kept is None:
            seconds, metres = self.between(nodes)
            return seconds.diagonal(1).tolist(), metres.diagonal(1).tolist()
        places = self._place[nodes]
        steps = places[:-1], places[1:]
        drives, fars = self._kept[0][steps].tolist(), self._kept[1][steps].tolist()
        if self._open[nodes[-1]]:
            drives[-1] = fars[-1] = 0
        return drives, fars

    def _readies(self, order: Sequence[int]) -> list[int]:
        """For each return to load, the last one first, when everything that the trip after it carries is there."""
        readies, ready = [], 0
        for row in reversed(order):
            if row == RELOAD:
                readies.append(ready)
                ready = 0
            else:
                ready = max(ready, self.problem.stops[row].release)
        return readies


def drivings(courier: Courier, seconds: Matrix) -> Matrix:
    """`Courier.driving` for many ways at once."""
    return seconds if courier.speed == 1 else np.rint(seconds / courier.speed).astype(np.int64)


def prices(courier: Courier, driving: Matrix, metres: Matrix) -> Matrix:
    """`Courier.price` for many legs at once."""
    if (courier.per_hour, courier.per_km) == (3600, 0):
        return driving
    return (5 * driving * courier.per_hour + 18 * metres * courier.per_km) // 18_000


def merged(windows: Sequence[TimeWindow]) -> list[TimeWindow]:
    """The same moments as sorted windows that neither touch nor overlap."""
    result: list[TimeWindow] = []
    for window in sorted(windows):
        if result and window.start <= result[-1].end + 1:
            result[-1] = TimeWindow(result[-1].start, max(result[-1].end, window.end))
        else:
            result.append(window)
    return result


def room(courier: Courier) -> tuple[int, ...]:
    """What the courier can take: stops, and the dimensions of demand."""
    return (courier.max_stops, *courier.capacity)


def need(stop: Stop) -> tuple[int, ...]:
    """What a stop takes of it."""
    return (1, *stop.demand)
