"""The clock of a route: for a courier and stops in order, the earliest day that keeps every window and rest.

For a fixed order and fixed places of the rests, arriving earlier never hurts; so one pass forward is exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from routing.plan import Rest, Route, Visit
from routing.problem import Break, Courier, Stop, TimeWindow
from routing.travel import Matrix


@dataclass(frozen=True, slots=True)
class Leg:
    """A stop with the way to it from the one before."""

    stop: Stop
    driving: int
    metres: int
    setup: int


@dataclass(frozen=True, slots=True)
class Way:
    """A courier's stops in order, and the way home."""

    courier: Courier
    legs: tuple[Leg, ...]
    home_driving: int
    home_metres: int


@dataclass(frozen=True)
class Ground:
    """Travel between a problem's places: stops first, then each courier's start and home."""

    seconds: Matrix
    metres: Matrix
    stops: int

    def start_of(self, courier: int) -> int:
        return self.stops + 2 * courier

    def home_of(self, courier: int) -> int:
        return self.stops + 2 * courier + 1

    def way(self, courier: Courier, number: int, stops: Sequence[tuple[int, Stop]]) -> Way:
        """The way of courier `number` through `stops`, given with their row in the matrices."""
        legs, at, place = [], self.start_of(number), None
        for row, stop in stops:
            setup = 0 if stop.place and stop.place == place else stop.place_setup
            legs.append(Leg(stop, int(self.seconds[at, row]), int(self.metres[at, row]), setup))
            at, place = row, stop.place
        home = self.home_of(number)
        return Way(courier, tuple(legs), int(self.seconds[at, home]), int(self.metres[at, home]))


def schedule(way: Way) -> Route | None:
    """The day that is back first, leaving just in time for the first stop; None when the order cannot be kept.

    Leaving later still, as far as being back in time allows, would let every knock slide to the end of its window and
    spend the slack that a day of real streets needs.
    """
    best: tuple[Route, tuple[int, ...]] | None = None
    for gaps in _places_for_rests(way):
        route = _forward(way, gaps, way.courier.shift.start)
        if route is not None and (best is None or route.back < best[0].back):
            best = route, gaps
    if best is None:
        return None
    return _without_first_wait(way, *best)


def _places_for_rests(way: Way) -> Iterator[tuple[int, ...]]:
    """Every way to put the courier's rests, in their order, into the day.

    Place 0 is before leaving, 1 to n before the n-th stop, n + 1 on the way home, n + 2 after the route.
    """
    return combinations_with_replacement(range(len(way.legs) + 3), len(way.courier.breaks))


def _without_first_wait(way: Way, earliest: Route, gaps: tuple[int, ...]) -> Route:
    first, leg = earliest.visits[0], way.legs[0]
    wait = first.start - first.arrival - leg.setup
    later = _forward(way, gaps, earliest.leave + wait) if wait > 0 else None
    return later if later is not None and later.back <= earliest.back else earliest


def _forward(way: Way, gaps: tuple[int, ...], leave: int) -> Route | None:
    breaks = way.courier.breaks
    rested = _go(breaks, gaps, 0, 0, 0)
    if rested is None:
        return None
    ready, rests = rested
    visits: list[Visit] = []
    leave = now = max(leave, ready)
    for number, leg in enumerate(way.legs, start=1):
        gone = _go(breaks, gaps, number, now, leg.driving)
        start = _first_within(leg.stop.windows, gone[0] + leg.setup) if gone is not None else None
        if gone is None or start is None:
            return None
        arrival, taken = gone
        rests += taken
        now = start + leg.stop.service
        visits.append(Visit(leg.stop.id, arrival, start, now))
    home = _go(breaks, gaps, len(way.legs) + 1, now, way.home_driving)
    after = _go(breaks, gaps, len(way.legs) + 2, home[0], 0) if home is not None else None
    if home is None or after is None or home[0] > way.courier.shift.end:
        return None
    distance = sum(leg.metres for leg in way.legs) + way.home_metres
    driving = sum(leg.driving for leg in way.legs) + way.home_driving
    return Route(way.courier.id, tuple(visits), (*rests, *home[1], *after[1]), leave, home[0], distance, driving)


def _go(
    breaks: Sequence[Break], gaps: tuple[int, ...], number: int, now: int, driving: int
) -> tuple[int, list[Rest]] | None:
    """Drive on from `now`, taking the rests of place `number`; arrival and rests, or None when one cannot be taken."""
    taken = []
    for pause, gap in zip(breaks, gaps, strict=True):
        if gap != number:
            continue
        # A rest that must not begin yet waits while the courier drives; it is taken on the way, or after it.
        begin = _first_within(pause.windows, now)
        if begin is None:
            return None
        driving -= min(begin - now, driving)
        now = begin + pause.duration
        taken.append(Rest(begin, now))
    return now + driving, taken


def _first_within(windows: Sequence[TimeWindow], moment: int) -> int | None:
    """The first moment from `moment` on that lies in a window; `moment` itself when there are no windows."""
    if not windows:
        return moment
    possible = [max(moment, window.start) for window in windows if window.end >= moment]
    return min(possible, default=None)
