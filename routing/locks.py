"""What is locked to couriers, as orders to begin with; refused by name where no courier could keep it."""

from collections.abc import Iterator
from itertools import chain, combinations, islice

from routing.bags import Bags
from routing.errors import InfeasibleLocks
from routing.ground import Ground
from routing.plan import RELOAD
from routing.schedule import schedule

Order = list[int]
# A courier with several trips may load between locked stops in more ways than anybody could try.
WAYS_TO_LOAD = 1000


def locked_orders(ground: Ground) -> list[Order]:
    """The rows locked to each courier, in order, with the returns that several trips need.

    Raises InfeasibleLocks when a courier can keep what is locked by no clock, or has no room for it, even with nothing
    else to do.
    """
    row_of = {stop.id: row for row, stop in enumerate(ground.problem.stops)}
    bags = Bags(ground.problem)
    return [
        _locked(ground, bags, number, [row_of[stop_id] for stop_id in courier.locked])
        for number, courier in enumerate(ground.problem.couriers)
    ]


def _locked(ground: Ground, bags: Bags, number: int, rows: Order) -> Order:
    courier = ground.problem.couriers[number]
    if not rows:
        return []
    has_room = False
    for order in chain([_loaded_when_full(bags, number, rows)], islice(_loaded(rows, courier.trips), WAYS_TO_LOAD)):
        if order.count(RELOAD) >= courier.trips or any(bags.excess(courier, order)):
            continue
        has_room = True
        if schedule(ground.way(number, order)) is not None:
            return order
    why = "can keep the route that is locked by no clock" if has_room else "has no room for what is locked"
    raise InfeasibleLocks(f"courier {courier.id} {why}")


def _loaded_when_full(bags: Bags, number: int, rows: Order) -> Order:
    """The stops in this order; the courier goes back to load only when the bag would be too full."""
    courier, order, trip = bags.problem.couriers[number], list[int](), list[int]()
    for row in rows:
        if trip and any(bags.excess(courier, [*trip, row])):
            order, trip = [*order, *trip, RELOAD], []
        trip.append(row)
    return order + trip


def _loaded(rows: Order, trips: int) -> Iterator[Order]:
    """The stops in this order, without going back to load, and then in every way with it that the trips allow."""
    for returns in range(min(trips, len(rows))):
        for cuts in combinations(range(1, len(rows)), returns):
            yield [row for at, stop in enumerate(rows) for row in ((RELOAD, stop) if at in cuts else (stop,))]
