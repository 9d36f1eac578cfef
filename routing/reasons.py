"""Why a stop found no place: tried one by one, from what no plan can change to what this plan chose."""

from routing.ground import Ground, need, room
from routing.plan import LeftOut, Reason, Route
from routing.problem import Courier, Stop
from routing.schedule import schedule


def explain(ground: Ground, row: int, orders: list[list[int]]) -> LeftOut:  # noqa: PLR0911  one reason each
    """The first reason that holds for the stop in `row`, given the orders of all routes as they are."""
    stop, couriers = ground.problem.stops[row], list(enumerate(ground.problem.couriers))
    if not couriers:
        return LeftOut(stop.id, Reason.NO_COURIER)
    allowed = [(number, courier) for number, courier in couriers if courier.may_serve(stop)]
    if not allowed:
        return LeftOut(stop.id, Reason.NOT_ALLOWED)
    # From here on only those who can carry it count: a long shift helps nobody whose bag is too small.
    able = [number for number, courier in allowed if _fits_bag(courier, [stop])]
    if not able:
        return LeftOut(stop.id, Reason.TOO_BIG)
    if stop.windows:
        earliest, latest = _earliest(ground, row, able), max(window.end for window in stop.windows)
        if earliest > latest:
            return LeftOut(stop.id, Reason.CANNOT_ARRIVE_BY, {"earliest": earliest, "latest": latest})
    if not any(_route(ground, number, [row]) for number in able):
        return LeftOut(stop.id, Reason.SHIFT_TOO_SHORT)
    if any(_fits_route(ground, number, orders[number], row) for number in able):
        return LeftOut(stop.id, Reason.CHEAPER_WITHOUT)
    return LeftOut(stop.id, Reason.NO_COURIER_LEFT)


def _earliest(ground: Ground, row: int, able: list[int]) -> int:
    """The first moment at which one of the couriers in `able` can knock there."""
    ways = [ground.way(number, [row]) for number in able]
    return min(way.ready + way.legs[0].driving + way.legs[0].setup for way in ways)


def _fits_bag(courier: Courier, stops: list[Stop]) -> bool:
    carried = (sum(amounts) for amounts in zip(*(need(stop) for stop in stops), strict=True))
    return all(amount <= space for amount, space in zip(carried, room(courier), strict=True))


def _fits_route(ground: Ground, number: int, order: list[int], row: int) -> bool:
    stops = ground.problem.stops
    if not _fits_bag(ground.problem.couriers[number], [stops[other] for other in (*order, row)]):
        return False
    return any(_route(ground, number, [*order[:at], row, *order[at:]]) is not None for at in range(len(order) + 1))


def _route(ground: Ground, number: int, order: list[int]) -> Route | None:
    return schedule(ground.way(number, order))
