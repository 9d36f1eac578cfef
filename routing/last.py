"""The last word after a search: what it left out and still has a place, by the exact clock, is put in."""

import itertools
import time
from collections.abc import Callable, Iterator
from functools import partial

from routing.insert import NEAR
from routing.standing import Place, Standing

# The search has had its time: so much of it comes on top, and at least so many seconds.
SHARE, LEAST = 0.01, 0.2
# Where plans have to come out the same on every machine, so many routes are looked at instead.
LOOKS = 5000
Row = int


def patience(seconds: float, rounds: int | None) -> Callable[[], bool]:
    """Tells whether there is time to look at another route, after a search of `seconds` or of so many `rounds`."""
    if rounds is not None:
        looks = itertools.count()
        return lambda: next(looks) < LOOKS
    ends = time.perf_counter() + max(LEAST, SHARE * seconds)
    return lambda: time.perf_counter() < ends


def put_in(standing: Standing, has_time: Callable[[], bool]) -> None:
    """Serve what was overlooked, the most urgent first, as long as there is time.

    A search counts rests and the length of days too cautiously. Where it left out a stop with a penalty of its own, it
    may have had a reason that the cost does not hold; those stay out.
    """
    before = None
    # Where ways are not the shortest, a stop put in may make room for another: so again, until nothing changes.
    while before != standing.orders:
        before = list(standing.orders)
        for row in sorted(_wanted(standing), key=partial(_urgency, standing)):
            place = _place(standing, row, has_time)
            if place is not None:
                standing.put(place.number, place.order)


def _place(standing: Standing, row: Row, has_time: Callable[[], bool]) -> Place | None:
    able = [number for number in range(len(standing.orders)) if standing.may_have(number, row)]
    near = standing.nearest(row, able)
    return _cheapest(standing, row, near[:NEAR], has_time) or _cheapest(standing, row, near[NEAR:], has_time)


def _wanted(standing: Standing) -> Iterator[Row]:
    """Stops in no route that have no penalty of their own; of a shipment only the first, and only with the second."""
    served = {row for order in standing.orders for row in order}
    for row, stop in enumerate(standing.problem.stops):
        unit = standing.bags.unit(row)
        if stop.penalty is None and row == unit[0] and not served.intersection(unit):
            yield row


def _urgency(standing: Standing, row: Row) -> tuple[bool, int, Row]:
    stop = standing.problem.stops[row]
    return stop.id not in standing.locked_to, -stop.priority, row


def _cheapest(standing: Standing, row: Row, numbers: list[int], has_time: Callable[[], bool]) -> Place | None:
    """The cheapest place at couriers `numbers`; none where leaving the stop out is cheaper still."""
    lost = sum(int(standing.ground.penalties[one]) for one in standing.bags.unit(row))
    places = [standing.cheapest(number, row) for number in numbers if has_time()]
    worth = [place for place in places if place is not None and place.cost < lost]
    return min(worth, key=lambda place: (place.cost, place.number), default=None)
