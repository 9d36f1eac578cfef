"""What is locked to couriers, as orders to begin with; refused by name where no courier could keep it."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from routing.errors import InfeasibleLocks
from routing.ground import Ground
from routing.plan import RELOAD
from routing.problem import Courier, Stop
from routing.schedule import schedule


def locked_orders(ground: Ground) -> list[list[int]]:
    """The rows locked to each courier, in order, with the returns that several trips need.

    Raises InfeasibleLocks when a courier can keep what is locked by no clock, or has no room for it.
    """
    row_of = {stop.id: row for row, stop in enumerate(ground.problem.stops)}
    return [
        _locked(ground, number, [row_of[stop_id] for stop_id in courier.locked])
        for number, courier in enumerate(ground.problem.couriers)
    ]


def _locked(ground: Ground, number: int, rows: list[int]) -> list[int]:
    courier, stops = ground.problem.couriers[number], ground.problem.stops
    if not rows:
        return []
    if len(rows) > courier.max_stops or schedule(ground.way(number, rows)) is None:
        raise InfeasibleLocks(f"courier {courier.id} cannot keep the route that is locked")
    order: list[int] = []
    trips = list(_trips(courier, [(row, stops[row]) for row in rows]))
    for trip in trips:
        order += [RELOAD, *trip] if order else trip
    if len(trips) > courier.trips:
        raise InfeasibleLocks(f"courier {courier.id} has no room for what is locked")
    return order


def _trips(courier: Courier, stops: Sequence[tuple[int, Stop]]) -> Iterator[list[int]]:
    """The rows of `stops`, cut where the bag is full."""
    trip: list[tuple[int, Stop]] = []
    for one in stops:
        if trip and not _fits(courier, [stop for _, stop in (*trip, one)]):
            yield [row for row, _ in trip]
            trip = []
        trip.append(one)
        if not _fits(courier, [one[1]]):
            raise InfeasibleLocks(f"courier {courier.id} has no room for stop {one[1].id}, which is locked")
    yield [row for row, _ in trip]


def _fits(courier: Courier, trip: Sequence[Stop]) -> bool:
    """Whether the bag is at no moment of the trip too small."""
    for dimension, room in enumerate(courier.capacity):
        handed = sum(stop.demand[dimension] for stop in trip)
        changes = ((stop.collect[dimension] if stop.collect else 0) - stop.demand[dimension] for stop in trip)
        if max(accumulate(changes, initial=handed)) > room:
            return False
    return True
