"""Why a stop found no place: tried one by one, from what no plan can change to what this plan chose."""

from routing.plan import LeftOut, Reason, Route
from routing.problem import Problem, Stop
from routing.schedule import Ground, schedule


def explain(problem: Problem, ground: Ground, row: int, orders: list[list[int]]) -> LeftOut:
    """The first reason that holds for the stop in `row`, given the orders of all routes as they are."""
    stop = problem.stops[row]
    if not problem.couriers:
        return LeftOut(stop.id, Reason.NO_COURIER)
    # From here on only those who can carry it count: a long shift helps nobody whose bag is too small.
    able = [number for number, courier in enumerate(problem.couriers) if _fits_bag(stop, courier.capacity)]
    if not able:
        return LeftOut(stop.id, Reason.TOO_BIG)
    if stop.windows:
        earliest, latest = _earliest(problem, ground, row, able), max(window.end for window in stop.windows)
        if earliest > latest:
            return LeftOut(stop.id, Reason.CANNOT_ARRIVE_BY, {"earliest": earliest, "latest": latest})
    if not any(_route(problem, ground, number, [row]) for number in able):
        return LeftOut(stop.id, Reason.SHIFT_TOO_SHORT)
    if any(_fits_route(problem, ground, number, order, row) for number, order in enumerate(orders)):
        return LeftOut(stop.id, Reason.CHEAPER_WITHOUT)
    return LeftOut(stop.id, Reason.NO_COURIER_LEFT)


def _earliest(problem: Problem, ground: Ground, row: int, able: list[int]) -> int:
    """The first moment at which one of the couriers in `able` can knock there."""
    setup = problem.stops[row].place_setup
    return min(
        problem.couriers[number].shift.start + int(ground.seconds[ground.start_of(number), row]) + setup
        for number in able
    )


def _fits_bag(stop: Stop, capacity: tuple[int, ...]) -> bool:
    return all(need <= room for need, room in zip(stop.demand, capacity, strict=True))


def _fits_route(problem: Problem, ground: Ground, number: int, order: list[int], row: int) -> bool:
    capacity = problem.couriers[number].capacity
    carried = [problem.stops[other].demand for other in (*order, row)]
    if any(sum(amounts) > room for amounts, room in zip(zip(*carried, strict=True), capacity, strict=True)):
        return False
    return any(
        _route(problem, ground, number, [*order[:at], row, *order[at:]]) is not None for at in range(len(order) + 1)
    )


def _route(problem: Problem, ground: Ground, number: int, order: list[int]) -> Route | None:
    stops = [(row, problem.stops[row]) for row in order]
    return schedule(ground.way(problem.couriers[number], number, stops))
