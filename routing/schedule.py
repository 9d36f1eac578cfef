"""The clock of a route: for a courier and stops in order, the earliest day that keeps every window and rest.

With as many rests taken, being somewhere earlier never hurts; so one pass forward that keeps the earliest moment for
each number of rests is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.plan import Rest, Route, Visit
from routing.problem import Break, Courier, Stop, TimeWindow


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

    @property
    def driving(self) -> int:
        return sum(leg.driving for leg in self.legs) + self.home_driving

    @property
    def metres(self) -> int:
        return sum(leg.metres for leg in self.legs) + self.home_metres

    @property
    def ready(self) -> int:
        """When the courier may leave: the shift has begun, and everything to be carried is there."""
        return max((self.courier.shift.start, *(leg.stop.release for leg in self.legs)))


@dataclass(frozen=True, slots=True)
class _Moment:
    """The courier is free at `now`; how that came about."""

    now: int
    rests: tuple[Rest, ...]
    visit: Visit | None = None
    before: "_Moment | None" = None


# For each number of rests taken the earliest moment; None where there is none.
_Moments = list[_Moment | None]


def schedule(way: Way) -> Route | None:
    """The day that is back first, leaving just in time for the first stop; None when the order cannot be kept.

    Leaving later still, as far as being back in time allows, would let every knock slide to the end of its window and
    spend the slack that a day of real streets needs. Only where the time out is paid for, or would be too long
    otherwise, the courier leaves as late as one can who is to be back at the same time.
    """
    courier = way.courier
    if way.metres > courier.max_distance or way.driving > courier.max_driving:
        return None
    earliest = _day(way, way.ready)
    if earliest is None:
        return None
    route = _without_first_wait(way, earliest)
    if courier.per_hour_out or route.back - route.leave > courier.max_duration:
        route = _leaving_last(way, route)
    return route if route.back - route.leave <= courier.max_duration else None


def _without_first_wait(way: Way, earliest: Route) -> Route:
    if not way.legs:
        return earliest
    first, leg = earliest.visits[0], way.legs[0]
    wait = first.start - first.arrival - leg.setup
    later = _day(way, earliest.leave + wait) if wait > 0 else None
    return later if later is not None and later.back <= earliest.back else earliest


def _leaving_last(way: Way, route: Route) -> Route:
    """The same end with the latest start: being back never gets earlier by leaving later, so halving finds it."""
    soonest, latest = route.leave, route.back
    while soonest < latest:
        middle = (soonest + latest + 1) // 2
        later = _day(way, middle)
        if later is not None and later.back <= route.back:
            route, soonest = later, max(middle, later.leave)
        else:
            latest = middle - 1
    return route


def _day(way: Way, leave: int) -> Route | None:
    """The day that is back first of those that begin at `leave` or, resting before, later."""
    courier = way.courier
    moments = _before_leaving(courier.breaks, leave)
    for leg in way.legs:
        moments = [_knock(leg, moment) for moment in _on_the_way(courier.breaks, moments, leg.driving + leg.setup)]
    at_home = _on_the_way(courier.breaks, moments, way.home_driving)
    ends = [
        (moment, after)
        for taken, moment in enumerate(at_home)
        if moment is not None and moment.now <= courier.shift.end
        and (after := _rest(courier.breaks[taken:], moment.now, 0)) is not None
    ]  # fmt: skip
    if not ends:
        return None
    moment, after = min(ends, key=lambda end: end[0].now)
    return _told(way, moment, after[1])


def _before_leaving(breaks: Sequence[Break], leave: int) -> _Moments:
    moments: _Moments = []
    for taken in range(len(breaks) + 1):
        rested = _rest(breaks[:taken], 0, 0)
        moments.append(_Moment(max(leave, rested[0]), rested[1]) if rested is not None else None)
    return moments


def _on_the_way(breaks: Sequence[Break], moments: _Moments, driving: int) -> _Moments:
    """Going on from each of `moments`, with none, some or all of the rests that are left."""
    arrived: _Moments = []
    for taken in range(len(moments)):
        best: _Moment | None = None
        for before, moment in enumerate(moments[: taken + 1]):
            gone = _rest(breaks[before:taken], moment.now, driving) if moment is not None else None
            if gone is not None and (best is None or gone[0] < best.now):
                best = _Moment(*gone, before=moment)
        arrived.append(best)
    return arrived


def _knock(leg: Leg, ready: _Moment | None) -> _Moment | None:
    if ready is None or ready.before is None:
        return None
    start = _first_within(leg.stop.windows, ready.now)
    if start is None:
        return None
    arrival = _arrival(ready.before.now, leg.driving, ready.rests)
    visit = Visit(leg.stop.id, arrival, start, start + leg.stop.service)
    return _Moment(visit.departure, ready.rests, visit, ready.before)


def _arrival(now: int, driving: int, rests: Sequence[Rest]) -> int:
    """When the driving is over; a rest that begins later interrupts the parking."""
    for rest in rests:
        if rest.start - now >= driving:
            break
        driving -= rest.start - now
        now = rest.end
    return now + driving


def _rest(breaks: Sequence[Break], now: int, driving: int) -> tuple[int, tuple[Rest, ...]] | None:
    """Drive on from `now`, taking `breaks` on the way; the moment of arrival, or None when one cannot be taken."""
    taken = []
    for pause in breaks:
        # A rest that must not begin yet waits while the courier drives; it is taken on the way, or after it.
        begin = _first_within(pause.windows, now)
        if begin is None:
            return None
        driving -= min(begin - now, driving)
        now = begin + pause.duration
        taken.append(Rest(begin, now))
    return now + driving, tuple(taken)


def _first_within(windows: Sequence[TimeWindow], moment: int) -> int | None:
    """The first moment from `moment` on that lies in a window; `moment` itself when there are no windows."""
    if not windows:
        return moment
    possible = [max(moment, window.start) for window in windows if window.end >= moment]
    return min(possible, default=None)


def _told(way: Way, home: _Moment, after: tuple[Rest, ...]) -> Route:
    """The day in the order in which it happens, from its last moment back."""
    chain = [home]
    while (before := chain[-1].before) is not None:
        chain.append(before)
    chain.reverse()
    courier, leave = way.courier, chain[0].now
    out = courier.per_hour_out * (home.now - leave) // 3600
    legs = sum(courier.price(leg.driving, leg.metres) for leg in way.legs)
    return Route(
        courier_id=courier.id,
        visits=tuple(moment.visit for moment in chain if moment.visit is not None),
        rests=(*(rest for moment in chain for rest in moment.rests), *after),
        leave=leave,
        back=home.now,
        distance=way.metres,
        driving=way.driving,
        cost=courier.fixed + legs + courier.price(way.home_driving, way.home_metres) + out,
    )
