"""The clock of a route: for a courier and stops in order, the earliest day that keeps every window and rest.

With as many rests taken, being somewhere earlier never hurts; so one pass forward that keeps the earliest moment for
each number of rests is exact. Whether all fits into the bag is not asked here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from routing.plan import Reload, Rest, Route, Visit
from routing.problem import Break, Courier, Stop, TimeWindow


class Leg(NamedTuple):
    """A stop, or None for the start where the courier loads again, with the way to it and what comes before the knock.

    There, `setup` is how long loading takes, and nobody leaves before `ready`.
    """

    stop: Stop | None
    driving: int
    metres: int
    setup: int
    ready: int = 0


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
    def trips(self) -> int:
        return 1 + sum(leg.stop is None for leg in self.legs)

    @property
    def ready(self) -> int:
        """When the courier may leave: the shift has begun, and everything that the first trip carries is there."""
        ready = self.courier.shift.start
        for leg in self.legs:
            if leg.stop is None:
                break
            ready = max(ready, leg.stop.release)
        return ready


class _Call(NamedTuple):
    """How a leg ends: there at `arrival`; the knock, or leaving with a new load, at `start`."""

    arrival: int
    start: int


class _Day(NamedTuple):
    leave: int
    back: int
    calls: list[_Call]
    rests: tuple[Rest, ...]


class _Moment(NamedTuple):
    """The courier is free at `now`; how that came about."""

    now: int
    rests: tuple[Rest, ...]
    call: _Call | None = None
    before: "_Moment | None" = None


# For each number of rests taken the earliest moment; None where there is none.
_Moments = list[_Moment | None]


def schedule(way: Way) -> Route | None:
    """The day that is back first, leaving just in time for the first stop; None when the order cannot be kept.

    Leaving later still, as far as being back in time allows, would let every knock slide to the end of its window and
    spend the slack that a day of real streets needs. Only where the time out is paid for, or would be too long
    otherwise, the courier leaves as late as one can who is to be back at the same time. Where even that is too long, it
    is the day that is back first of those that are short enough: the slots of an afternoon may lie closer together.
    """
    courier = way.courier
    if way.trips > courier.trips or way.metres > courier.max_distance or way.driving > courier.max_driving:
        return None
    earliest = _day(way, way.ready)
    if earliest is None:
        return None
    day = _without_first_wait(way, earliest)
    if courier.per_hour_out or day.back - day.leave > courier.max_duration:
        day = _leaving_last(way, day)
    short = day if _is_short(way, day) else _short_day(way, day.leave)
    return _told(way, short) if short is not None else None


def _without_first_wait(way: Way, earliest: _Day) -> _Day:
    if not way.legs:
        return earliest
    first, leg = earliest.calls[0], way.legs[0]
    wait = first.start - first.arrival - leg.setup
    later = _day(way, earliest.leave + wait) if wait > 0 else None
    return later if later is not None and later.back <= earliest.back else earliest


def _leaving_last(way: Way, day: _Day) -> _Day:
    """The same end with the latest start: being back never gets earlier by leaving later, so halving finds it."""
    soonest, latest = day.leave, day.back
    while soonest < latest:
        middle = (soonest + latest + 1) // 2
        later = _day(way, middle)
        if later is not None and later.back <= day.back:
            day, soonest = later, max(middle, later.leave)
        else:
            latest = middle - 1
    return day


def _is_short(way: Way, day: _Day) -> bool:
    return day.back - day.leave <= way.courier.max_duration


def _short_day(way: Way, after: int) -> _Day | None:
    """The day that is back first of those that begin later than `after` and are not too long.

    Leaving later shortens the day as long as somebody would be waited for, and no longer. So only those moments count
    that lead somewhere just when a window opens or a rest may begin, with nothing waited for on the way.
    """
    busy = sum(leg.driving + leg.setup + (leg.stop.service if leg.stop else 0) for leg in way.legs) + way.home_driving
    if busy > way.courier.max_duration:
        return None
    for leave in sorted(moment for moment in _just_in_time(way) if moment > after):
        day = _day(way, leave)
        if day is None or _is_short(way, day):
            # Who is too late is too late by leaving later still.
            return day
    return None


def _just_in_time(way: Way) -> set[int]:
    breaks = way.courier.breaks
    rested = {sum(b.duration for b in breaks[i:j]) for i in range(len(breaks)) for j in range(i, len(breaks) + 1)} | {0}
    pauses = [window.start for one in breaks for window in one.windows]
    moments = set()
    busy = 0
    for leg in way.legs:
        busy += leg.driving + leg.setup
        opening = [leg.ready] if leg.stop is None else [window.start for window in leg.stop.windows]
        done = busy + (leg.stop.service if leg.stop else 0)
        moments |= {moment - busy for moment in opening + pauses} | {moment - done for moment in pauses}
        busy = done
    return {moment - rest for moment in moments for rest in rested}


def _day(way: Way, leave: int) -> _Day | None:
    """The day that is back first of those that begin at `leave` or, resting before, later."""
    return _with_rests(way, leave) if way.courier.breaks else _without_rests(way, leave)


def _without_rests(way: Way, leave: int) -> _Day | None:
    now, calls = leave, []
    for leg in way.legs:
        arrival = now + leg.driving
        start = _start(leg, arrival + leg.setup)
        if start is None:
            return None
        calls.append(_Call(arrival, start))
        now = _end(leg, start)
    back = now + way.home_driving
    return _Day(leave, back, calls, ()) if back <= way.courier.shift.end else None


def _with_rests(way: Way, leave: int) -> _Day | None:
    breaks = way.courier.breaks
    moments = _before_leaving(breaks, leave)
    for leg in way.legs:
        moments = [_reach(leg, moment) for moment in _on_the_way(breaks, moments, leg.driving + leg.setup)]
    at_home = _on_the_way(breaks, moments, way.home_driving)
    ends = [
        (moment, after[1])
        for taken, moment in enumerate(at_home)
        if moment is not None and moment.now <= way.courier.shift.end
        and (after := _rest(breaks[taken:], moment.now, 0)) is not None
    ]  # fmt: skip
    if not ends:
        return None
    home, last = min(ends, key=lambda end: end[0].now)
    chain = [home]
    while (before := chain[-1].before) is not None:
        chain.append(before)
    chain.reverse()
    calls = [moment.call for moment in chain if moment.call is not None]
    return _Day(chain[0].now, home.now, calls, (*(rest for moment in chain for rest in moment.rests), *last))


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


def _reach(leg: Leg, ready: _Moment | None) -> _Moment | None:
    if ready is None or ready.before is None:
        return None
    start = _start(leg, ready.now)
    if start is None:
        return None
    arrival = _arrival(ready.before.now, leg.driving, ready.rests)
    return _Moment(_end(leg, start), ready.rests, _Call(arrival, start), ready.before)


def _start(leg: Leg, parked: int) -> int | None:
    return max(parked, leg.ready) if leg.stop is None else _first_within(leg.stop.windows, parked)


def _end(leg: Leg, start: int) -> int:
    return start if leg.stop is None else start + leg.stop.service


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
    if not breaks:
        return now + driving, ()
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
    first: int | None = None
    for start, end in windows:
        if start <= moment <= end:
            return moment
        if start > moment and (first is None or start < first):
            first = start
    return first


def _told(way: Way, day: _Day) -> Route:
    courier = way.courier
    visits: list[Visit] = []
    reloads: list[Reload] = []
    ways = courier.price(way.home_driving, way.home_metres)
    for leg, call in zip(way.legs, day.calls, strict=True):
        ways += courier.price(leg.driving, leg.metres)
        if leg.stop is None:
            reloads.append(Reload(len(visits), call.arrival, call.start))
        else:
            visits.append(Visit(leg.stop.id, call.arrival, call.start, call.start + leg.stop.service))
    return Route(
        courier_id=courier.id,
        visits=tuple(visits),
        rests=day.rests,
        leave=day.leave,
        back=day.back,
        distance=way.metres,
        driving=way.driving,
        cost=courier.fixed + ways + courier.per_hour_out * (day.back - day.leave) // 3600,
        reloads=tuple(reloads),
    )
