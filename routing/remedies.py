"""The least change of each kind that would let a stop in, found by testing routes with just that change made.

For each place in each route, bounds say how much it takes at least (`Standing.gaps`); the clock of the route is asked
in the order of these bounds, and never for a place whose bound is no better than what was found already.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from routing.ground import Rows
from routing.plan import RELOAD, Change, Remedy
from routing.problem import LATEST, UNLIMITED, Courier, Problem, Stop, TimeWindow
from routing.schedule import Way, schedule
from routing.standing import Gaps, Standing

# What a change costs the office: so much for each so many seconds, metres or pieces.
PRICES: dict[Change, tuple[int, int]] = {
    Change.INSERTION: (0, 1),
    Change.PENALTY: (1, 60),
    Change.WINDOW_LATER: (1, 60),
    Change.WINDOW_EARLIER: (1, 60),
    Change.SHIFT_LATER: (2, 60),
    Change.SHIFT_EARLIER: (2, 60),
    Change.DRIVING: (2, 60),
    Change.DURATION: (2, 60),
    Change.DISTANCE: (1, 250),
    Change.ROOM: (10, 1),
    Change.STOPS: (10, 1),
    Change.UNLOCK: (30, 1),
    Change.PERMISSION: (60, 1),
    Change.SKILL: (120, 1),
    Change.COURIER: (480, 1),
}


def remedy(change: Change, courier_id: str, amount: int, which: int = 0) -> Remedy:
    """The change with its price."""
    price, per = PRICES[change]
    return Remedy(change, courier_id, amount, -(-amount * price // per), which)


class Trial(NamedTuple):
    """A place whose change is at least `bound`: position `at` in the route of courier `number`."""

    bound: int
    number: int
    at: int


class Budget:
    """So many more routes may be tested."""

    def __init__(self, tests: int) -> None:
        self.left = tests

    def route_of(self, way: Way) -> bool:
        """Whether the clock can keep the way."""
        self.left -= 1
        return schedule(way) is not None


Changed = Callable[[Way, int], Way]
Bound = Callable[[Courier, Way, Gaps], Rows]


@dataclass(frozen=True, slots=True)
class Kind:
    """A change of the clock: its least amount at each place, its greatest, and the way with so much of it made."""

    change: Change
    bound: Bound
    most: Callable[[Courier], int]
    changed: Changed


def _more(change: Change) -> Changed:
    return lambda way, amount: replace(way, courier=ENLARGED[change](way.courier, amount))


ENLARGED: dict[Change, Callable[[Courier, int], Courier]] = {
    Change.SHIFT_LATER: lambda one, by: replace(
        one, shift=TimeWindow(one.shift.start, min(LATEST, one.shift.end + by))
    ),
    Change.SHIFT_EARLIER: lambda one, by: replace(one, shift=TimeWindow(max(0, one.shift.start - by), one.shift.end)),
    Change.STOPS: lambda one, by: replace(one, max_stops=min(UNLIMITED, one.max_stops + by)),
    Change.DISTANCE: lambda one, by: replace(one, max_distance=min(UNLIMITED, one.max_distance + by)),
    Change.DRIVING: lambda one, by: replace(one, max_driving=min(UNLIMITED, one.max_driving + by)),
    Change.DURATION: lambda one, by: replace(one, max_duration=min(UNLIMITED, one.max_duration + by)),
}
KINDS = (
    Kind(
        Change.SHIFT_LATER,
        lambda courier, way, gaps: np.maximum(gaps.arrive + gaps.tail, way.ready) - courier.shift.end,
        lambda courier: LATEST - courier.shift.end,
        _more(Change.SHIFT_LATER),
    ),
    Kind(
        Change.SHIFT_EARLIER,
        lambda courier, way, gaps: courier.shift.start + gaps.head - gaps.wait_until,  # noqa: ARG005  as all others
        lambda courier: courier.shift.start,
        _more(Change.SHIFT_EARLIER),
    ),
    Kind(
        Change.DISTANCE,
        lambda courier, way, gaps: way.metres + gaps.metres - courier.max_distance,
        lambda courier: UNLIMITED - courier.max_distance,
        _more(Change.DISTANCE),
    ),
    Kind(
        Change.DRIVING,
        lambda courier, way, gaps: way.driving + gaps.driving - courier.max_driving,
        lambda courier: UNLIMITED - courier.max_driving,
        _more(Change.DRIVING),
    ),
    Kind(
        Change.DURATION,
        lambda courier, way, gaps: gaps.head + gaps.tail - courier.max_duration,  # noqa: ARG005  as all others
        lambda courier: UNLIMITED - courier.max_duration,
        _more(Change.DURATION),
    ),
)


class Seeker:
    """Looks for what would let in the stop in `row`, at the couriers in `near`."""

    def __init__(self, standing: Standing, row: int, near: list[int], budget: Budget) -> None:
        self.standing, self.row, self.near, self.budget = standing, row, near, budget
        self.stop: Stop = standing.problem.stops[row]
        self.able = [number for number in near if standing.may_have(number, row)]
        self.gaps = {number: standing.gaps(number, row) for number in self.able}
        self.excess = {number: self._excesses(number) for number in self.able}

    def found(self) -> Iterator[Remedy]:
        """For each kind of change the least found."""
        for kind in KINDS:
            yield from self._least(kind.change, self._bounds(kind), kind.most, kind.changed)
        for which in range(len(self.stop.windows)):
            yield from self._windows(which)
        yield from self._room()

    def _courier(self, number: int) -> Courier:
        return self.standing.problem.couriers[number]

    def _excesses(self, number: int) -> list[tuple[int, ...]]:
        order = self.standing.orders[number]
        orders = ([*order[:at], self.row, *order[at:]] for at in self.gaps[number].at.tolist())
        courier, bags = self._courier(number), self.standing.bags
        if bags.is_plain and RELOAD not in order:
            # Without pick-ups and second trips every place takes the same room.
            return [bags.excess(courier, [*order, self.row])] * len(self.gaps[number].at)
        return [bags.excess(courier, each) for each in orders]

    def _bounds(self, kind: Kind) -> Iterator[Trial]:
        for number in self.able:
            gaps, courier = self.gaps[number], self._courier(number)
            bounds = np.maximum(1, kind.bound(courier, self.standing.way(number), gaps))
            yield from self._trials(number, bounds, gaps)

    def _trials(self, number: int, bounds: Rows, gaps: Gaps) -> Iterator[Trial]:
        for bound, at, over in zip(bounds.tolist(), gaps.at.tolist(), self.excess[number], strict=True):
            if not any(over) and bound < LATEST:
                yield Trial(bound, number, at)

    def _least(
        self, change: Change, trials: Iterator[Trial], most: Callable[[Courier], int], changed: Changed, which: int = 0
    ) -> Iterator[Remedy]:
        best: tuple[int, int] | None = None
        for trial in sorted(trials):
            top = most(self._courier(trial.number)) if best is None else best[0] - 1
            if self.budget.left <= 0 or (best is not None and trial.bound > top):
                break
            amount = self._amount(trial, top, changed)
            if amount is not None:
                best = amount, trial.number
        if best is not None:
            yield remedy(change, self._courier(best[1]).id, best[0], which)

    def _amount(self, trial: Trial, most: int, changed: Changed) -> int | None:
        """The least amount up to `most` with which the place can be kept: more never hurts, so halving finds it."""
        way = self.standing.with_stop(trial.number, self.row, trial.at)
        least = trial.bound
        if least > most or not self.budget.route_of(changed(way, most)):
            return None
        if least < most and self.budget.route_of(changed(way, least)):
            return least
        while least < most:
            middle = (least + most) // 2
            least, most = (least, middle) if self.budget.route_of(changed(way, middle)) else (middle + 1, most)
        return most

    def _windows(self, which: int) -> Iterator[Remedy]:
        """The window reaches to a later or from an earlier moment: the nearest one at which somebody could knock."""
        start, end = self.stop.windows[which]

        def widened(way: Way, earlier: int, later: int) -> Way:
            stop = with_window(self.stop, which, earlier, later)
            legs = (leg._replace(stop=stop) if leg.stop == self.stop else leg for leg in way.legs)
            return replace(way, legs=tuple(legs))

        later: list[Trial] = []
        earlier: list[Trial] = []
        for number in self.able:
            gaps = self.gaps[number]
            knock = np.maximum(gaps.arrive, start)
            later += self._trials(number, np.where(knock <= gaps.wait_until, np.maximum(1, knock - end), LATEST), gaps)
            knock = np.minimum(gaps.wait_until, end)
            earlier += self._trials(number, np.where(gaps.arrive <= knock, np.maximum(1, start - knock), LATEST), gaps)
        yield from self._least(
            Change.WINDOW_LATER, iter(later), lambda _: LATEST - end, lambda way, by: widened(way, 0, by), which
        )
        yield from self._least(
            Change.WINDOW_EARLIER, iter(earlier), lambda _: start, lambda way, by: widened(way, by, 0), which
        )

    def _room(self) -> Iterator[Remedy]:
        """More room in the one dimension that is too small, or more stops, where the clock allows the rest."""
        trials: dict[int, list[Trial]] = {}
        for number in self.able:
            for at, over in zip(self.gaps[number].at.tolist(), self.excess[number], strict=True):
                if sum(amount > 0 for amount in over) == 1:
                    which = int(np.argmax(over))
                    trials.setdefault(which, []).append(Trial(over[which], number, at))
        for which, some in trials.items():
            yield from self._first(Change.ROOM if which else Change.STOPS, some, max(0, which - 1))

    def _first(self, change: Change, trials: list[Trial], which: int = 0) -> Iterator[Remedy]:
        for trial in sorted(trials):
            if self.budget.left <= 0:
                return
            if self.budget.route_of(self.standing.with_stop(trial.number, self.row, trial.at)):
                yield remedy(change, self._courier(trial.number).id, trial.bound, which)
                return


def with_window(stop: Stop, which: int, earlier: int, later: int) -> Stop:
    """The stop with its `which`-th window wider."""
    windows = list(stop.windows)
    start, end = windows[which]
    windows[which] = TimeWindow(start - earlier, end + later)
    return replace(stop, windows=tuple(windows))


def remedied(problem: Problem, stop_id: str, remedy: Remedy) -> Problem:
    """The problem with the change made; one more courier is called as the one alike, with a stroke."""
    stops = tuple(_changed_stop(stop, remedy) if stop.id == stop_id else stop for stop in problem.stops)
    couriers = tuple(
        _changed_courier(one, stop_id, remedy, stops) if one.id == remedy.courier_id else one
        for one in problem.couriers
    )
    if remedy.change is Change.COURIER:
        (alike,) = (one for one in couriers if one.id == remedy.courier_id)
        couriers = (*couriers, replace(alike, id=f"{alike.id}′", locked=()))
    if remedy.change is Change.UNLOCK:
        couriers = tuple(
            replace(one, locked=tuple(other for other in one.locked if other != stop_id)) for one in couriers
        )
    return replace(problem, stops=stops, couriers=couriers)


def _changed_stop(stop: Stop, remedy: Remedy) -> Stop:
    match remedy.change:
        case Change.PENALTY:
            return replace(stop, penalty=(stop.penalty or 0) + remedy.amount)
        case Change.WINDOW_LATER:
            return with_window(stop, remedy.which, 0, remedy.amount)
        case Change.WINDOW_EARLIER:
            return with_window(stop, remedy.which, remedy.amount, 0)
        case Change.PERMISSION:
            return replace(stop, couriers=stop.couriers | {remedy.courier_id})
    return stop


def _changed_courier(courier: Courier, stop_id: str, remedy: Remedy, stops: tuple[Stop, ...]) -> Courier:
    if remedy.change in ENLARGED:
        return ENLARGED[remedy.change](courier, remedy.amount)
    match remedy.change:
        case Change.ROOM:
            room = tuple(size + remedy.amount * (n == remedy.which) for n, size in enumerate(courier.capacity))
            return replace(courier, capacity=room)
        case Change.SKILL:
            (stop,) = (stop for stop in stops if stop.id == stop_id)
            return replace(courier, skills=courier.skills | stop.skills)
    return courier
