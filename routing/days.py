"""Which due items go on which day: on time where capacity allows it, and neighbours together.

Items near each other form a neighbourhood. Visiting n of its doors, on an area A, takes about k √(n A) of way
(Daganzo, "The distance traveled to visit N points with a maximum of C stops per vehicle", Transportation Science 18,
1984). The tangent of √ at all doors stands for it: half of the whole tour for coming at all, half of it shared among
the doors. That is exact for all of them, linear for CP-SAT, and never too short for a part.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from routing.travel import HaversineTravel, Location, Points, Travel

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

# Daganzo's constant for short rectilinear and Euclidean tours lies between 0.57 and 0.9; streets lengthen the metre.
TOUR = 0.75
NEIGHBOURHOOD = 25
METRES_PER_DEGREE = 111_195.0
WORK_LIMIT = 0.6


@dataclass(frozen=True, slots=True)
class Item:
    """Something due: not before day `earliest`, by day `deadline`; a higher priority (0 to 100) is late last."""

    id: str
    location: Location
    service: int
    deadline: int
    earliest: int = 0
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """A working day: its number, and the seconds that so many couriers have each, all ways from `office` included."""

    number: int
    seconds: int
    couriers: int
    office: Location

    @property
    def capacity(self) -> int:
        return self.seconds * self.couriers


@dataclass(frozen=True, slots=True)
class Days:
    """The day of each item; who is `late` by it; who found no day (`unplanned`); seconds of work of each day.

    `visits` are the pairs of neighbourhood and day: the fewer, the more neighbours go together.
    """

    assignment: dict[str, int]
    late: tuple[str, ...]
    unplanned: tuple[str, ...]
    load: dict[int, int]
    visits: frozenset[tuple[int, int]] = field(default_factory=frozenset)


def spread(
    items: Sequence[Item], days: Sequence[Day], *, travel: Travel | None = None, seed: int = 1, work: float = WORK_LIMIT
) -> Days:
    """Give every item a day. Of two days as good, the earlier one.

    `work` limits the search by CP-SAT's deterministic time, so that the same items and seed give the same days on
    every machine. Items with no day from `earliest` on, or without room on any, come back as `unplanned`.
    """
    if not items or not days:
        return Days({}, (), tuple(item.id for item in items), {day.number: 0 for day in days})
    areas = _areas(items, travel or HaversineTravel(), days[0].office)
    model = _Model(items, sorted(days, key=lambda day: day.number), areas)
    return model.solved(seed, work)


@dataclass(frozen=True, slots=True)
class _Area:
    """A neighbourhood: rows of its items, the seconds to it and back, for coming at all, and for each door."""

    rows: tuple[int, ...]
    way: int
    coming: int
    step: int


def _areas(items: Sequence[Item], travel: Travel, office: Location) -> list[_Area]:
    locations = [item.location for item in items]
    chart = travel.chart(locations)
    parts: list[list[int]] = []
    _halve(chart, list(range(len(items))), parts)
    return [_area(locations, rows, travel, office) for rows in parts]


def _halve(chart: Points, rows: list[int], parts: list[list[int]]) -> None:
    """Cut across the longer side until the parts are small enough."""
    if len(rows) <= NEIGHBOURHOOD:
        parts.append(rows)
        return
    points = chart[rows]
    axis = int(np.argmax(np.ptp(points, axis=0)))
    sorting = [rows[n] for n in np.argsort(points[:, axis], kind="stable")]
    _halve(chart, sorting[: len(rows) // 2], parts)
    _halve(chart, sorting[len(rows) // 2 :], parts)


def _area(locations: Sequence[Location], rows: list[int], travel: Travel, office: Location) -> _Area:
    mine = [locations[row] for row in rows]
    seconds, metres = travel.matrices([office, *mine])
    way = int(np.mean(seconds[0, 1:] + seconds[1:, 0]))
    pace = float(seconds.sum()) / max(1.0, float(metres.sum()))
    degrees = np.array(mine, float)
    sides = np.ptp(degrees, axis=0) * METRES_PER_DEGREE * (1.0, math.cos(math.radians(float(degrees[0, 0]))))
    tour = TOUR * math.sqrt(len(rows) * float(sides[0] * sides[1])) * pace
    return _Area(tuple(rows), way, round(tour / 2), round(tour / 2 / len(rows)))


class _Model:
    """Numbers of like items - same neighbourhood, service, earliest, deadline, priority - given to days."""

    def __init__(self, items: Sequence[Item], days: Sequence[Day], areas: Sequence[_Area]) -> None:
        from ortools.sat.python import cp_model  # noqa: PLC0415  loaded by those who spread only

        self.items, self.days, self.areas = items, days, areas
        self.model = cp_model.CpModel()
        self.groups = _groups(items, areas)
        self.given: dict[tuple[int, int], cp_model.IntVar] = {}
        self.visited: dict[tuple[int, int], cp_model.IntVar] = {}
        self.loads: list[list[tuple[int, cp_model.IntVar]]] = [[] for _ in days]
        self.price: list[tuple[int, cp_model.IntVar]] = []
        # A day of lateness costs more than all ways together, so that nothing is late for a shorter way.
        self.late = 1 + sum(self.way(area, at) for area in range(len(areas)) for at in range(len(days)))
        self.late += len(items) * len(days)
        self.never = self.late * (1 + max(day.number for day in days))
        self._give()
        self._limit()
        self.model.minimize(sum(price * variable for price, variable in self.price))

    def _give(self) -> None:
        for group, (area, rows) in enumerate(self.groups):
            item = self.items[rows[0]]
            left = self.model.new_int_var(0, len(rows), "")
            mine = [left]
            self.price.append((self.never * (1 + item.priority), left))
            for at, day in enumerate(self.days):
                if day.number < item.earliest:
                    continue
                number = self.model.new_int_var(0, len(rows), "")
                self.given[group, at] = number
                mine.append(number)
                late = max(0, day.number - item.deadline)
                self.price.append((self.late * late * (1 + item.priority) + at, number))
                self.loads[at].append((item.service + self.areas[area].step, number))
                self.model.add(number <= len(rows) * self._visit(area, at))
            self.model.add(sum(mine) == len(rows))

    def _visit(self, area: int, at: int) -> "cp_model.IntVar":
        if (area, at) not in self.visited:
            visit = self.visited[area, at] = self.model.new_bool_var("")
            # Neighbourhoods visited on one day share the way there: each pays a part of it.
            way = self.way(area, at)
            self.price.append((way, visit))
            self.loads[at].append((way, visit))
        return self.visited[area, at]

    def way(self, area: int, at: int) -> int:
        one = self.areas[area]
        return max(60, one.coming + one.way * self.days[at].couriers // len(self.areas))

    def _limit(self) -> None:
        for day, load in zip(self.days, self.loads, strict=True):
            self.model.add(sum(seconds * variable for seconds, variable in load) <= day.capacity)

    def _hint(self) -> None:
        """An answer to begin with, and never to fall behind."""
        given = self.first
        for key, variable in self.given.items():
            self.model.add_hint(variable, given.get(key, 0))
        for (area, at), variable in self.visited.items():
            some = any(given.get((group, at)) for group, (where, _) in enumerate(self.groups) if where == area)
            self.model.add_hint(variable, some)

    def solved(self, seed: int, work: float) -> Days:
        from ortools.sat.python import cp_model  # noqa: PLC0415

        self.first = min(
            (_by_list(self, together=together) for together in (True, False)),
            key=lambda given: self._worth(self.told(given)),
        )
        self._hint()
        solver = cp_model.CpSolver()
        solver.parameters.random_seed = seed
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = work
        status = solver.solve(self.model)
        if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return self.told({key: int(solver.value(variable)) for key, variable in self.given.items()})
        return self.told(self.first)

    def _worth(self, days: Days) -> tuple[int, int]:
        """The price of what is late or unplanned, and then how many neighbourhoods are visited."""
        day = days.assignment
        late = sum(
            max(0, day[x.id] - x.deadline) * self.late * (1 + x.priority)
            if x.id in day
            else self.never * (1 + x.priority)
            for x in self.items
        )
        return late, len(days.visits)

    def told(self, given: dict[tuple[int, int], int]) -> Days:
        """The days of single items, from how many of each group go on which."""
        assignment: dict[str, int] = {}
        late: list[str] = []
        unplanned: list[str] = []
        load = dict.fromkeys((day.number for day in self.days), 0)
        visits: set[tuple[int, int]] = set()
        for group, (area, rows) in enumerate(self.groups):
            rest = list(rows)
            for at, day in enumerate(self.days):
                mine, rest = rest[: given.get((group, at), 0)], rest[given.get((group, at), 0) :]
                if mine and (area, day.number) not in visits:
                    visits.add((area, day.number))
                    load[day.number] += self.way(area, at)
                for item in (self.items[row] for row in mine):
                    assignment[item.id] = day.number
                    load[day.number] += item.service + self.areas[area].step
                    late += [item.id] if day.number > item.deadline else []
            unplanned += [self.items[row].id for row in rest]
        return Days(assignment, tuple(sorted(late)), tuple(sorted(unplanned)), load, frozenset(visits))


def _groups(items: Sequence[Item], areas: Sequence[_Area]) -> list[tuple[int, list[int]]]:
    groups: dict[tuple[int, int, int, int, int], list[int]] = {}
    for area, one in enumerate(areas):
        for row in one.rows:
            item = items[row]
            key = area, item.deadline, item.service, item.earliest, item.priority
            groups.setdefault(key, []).append(row)
    return [(key[0], rows) for key, rows in groups.items()]


def _by_list(model: _Model, *, together: bool) -> dict[tuple[int, int], int]:
    """Each day filled with what is due first, wherever it lies.

    With `together`, what is due that day goes first, then the neighbours of those, and only then the rest.
    """
    given: dict[tuple[int, int], int] = {}
    left = [len(rows) for _, rows in model.groups]
    firsts = [model.items[rows[0]] for _, rows in model.groups]
    order = sorted(range(len(firsts)), key=lambda g: (firsts[g].deadline, -firsts[g].priority, g))
    for at, day in enumerate(model.days):
        due = [group for group in order if left[group] and firsts[group].deadline <= day.number]
        areas = {model.groups[group][0] for group in due}
        near = [group for group in order if model.groups[group][0] in areas]
        _fill(model, at, [*due, *near, *order] if together else order, left, given)
    return given


def _fill(model: _Model, at: int, order: Sequence[int], left: list[int], given: dict[tuple[int, int], int]) -> None:
    room, visited, day = model.days[at].capacity, set[int](), model.days[at]
    for group in order:
        area, rows = model.groups[group]
        item = model.items[rows[0]]
        way = 0 if area in visited else model.way(area, at)
        each = item.service + model.areas[area].step
        count = left[group] if each == 0 and way <= room else min(left[group], (room - way) // max(1, each))
        if count > 0 and day.number >= item.earliest:
            visited.add(area)
            given[group, at] = given.get((group, at), 0) + count
            left[group] -= count
            room -= way + count * each


def earliest_deadline_first(items: Sequence[Item], days: Sequence[Day]) -> Days:
    """What a person with a list sorted by deadline would do; the measure that `spread` must not fall behind."""
    if not items or not days:
        return spread(items, days)
    areas = _areas(items, HaversineTravel(), days[0].office)
    model = _Model(items, sorted(days, key=lambda day: day.number), areas)
    return model.told(_by_list(model, together=False))
