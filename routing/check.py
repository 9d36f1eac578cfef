"""Checking a plan against its problem: this code trusts no solver and shares nothing with one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from routing.plan import Plan, Rest, Route, Visit
from routing.problem import Break, Courier, Problem, Stop


def check(problem: Problem, plan: Plan) -> list[str]:
    """Everything that is wrong with `plan`, in words; an empty list means that it can be driven as it stands."""
    return [*_every_stop_once(problem, plan), *_one_route_each(problem, plan), *_each_route(problem, plan)]


def _every_stop_once(problem: Problem, plan: Plan) -> Iterator[str]:
    seen = Counter(visit.stop_id for route in plan.routes for visit in route.visits)
    seen.update(left.stop_id for left in plan.left_out)
    known = {stop.id for stop in problem.stops}
    yield from (f"stop {stop_id} is not in the problem" for stop_id in seen if stop_id not in known)
    yield from (f"stop {stop_id} appears {count} times" for stop_id, count in seen.items() if count > 1)
    yield from (f"stop {stop_id} is lost" for stop_id in known - set(seen))


def _one_route_each(problem: Problem, plan: Plan) -> Iterator[str]:
    routes = Counter(route.courier_id for route in plan.routes)
    known = {courier.id for courier in problem.couriers}
    yield from (f"courier {courier_id} is not in the problem" for courier_id in routes if courier_id not in known)
    yield from (f"courier {courier_id} has {count} routes" for courier_id, count in routes.items() if count > 1)


def _each_route(problem: Problem, plan: Plan) -> Iterator[str]:
    stops = {stop.id: stop for stop in problem.stops}
    couriers = {courier.id: courier for courier in problem.couriers}
    for route in plan.routes:
        courier = couriers.get(route.courier_id)
        if courier is None or any(visit.stop_id not in stops for visit in route.visits):
            continue
        visited = [stops[visit.stop_id] for visit in route.visits]
        for wrong in (
            *_bag(courier, visited),
            *_right_to_go(courier, route, visited),
            *_clock(problem, courier, route, visited),
            *_rests(courier, route),
        ):
            yield f"courier {route.courier_id}: {wrong}"


def _bag(courier: Courier, visited: Sequence[Stop]) -> Iterator[str]:
    for room, *amounts in zip(courier.capacity, *(stop.demand for stop in visited), strict=True):
        if sum(amounts) > room:
            yield f"carries {sum(amounts)}, has room for {room}"


def _right_to_go(courier: Courier, route: Route, visited: Sequence[Stop]) -> Iterator[str]:
    for stop in visited:
        if stop.skills - courier.skills or (stop.couriers and courier.id not in stop.couriers):
            yield f"may not go to stop {stop.id}"
        if route.leave < stop.release:
            yield f"leaves before what stop {stop.id} gets is there"
    limits = (
        ("stops", len(visited), courier.max_stops),
        ("metres", route.distance, courier.max_distance),
        ("seconds of driving", route.driving, courier.max_driving),
        ("seconds out", route.back - route.leave, courier.max_duration),
    )
    yield from (f"has {amount} {what}, {most} are the most" for what, amount, most in limits if amount > most)


def _clock(problem: Problem, courier: Courier, route: Route, visited: Sequence[Stop]) -> Iterator[str]:
    legs = _legs(problem, courier, visited)
    if route.leave < courier.shift.start or route.back > courier.shift.end:
        yield "works outside the shift"
    if (route.driving, route.distance) != (sum(s for s, _ in legs), sum(m for _, m in legs)):
        yield "says another distance or driving time than the ways add up to"
    if route.cost != _price(courier, legs, route.back - route.leave):
        yield "says another price than what it costs"
    now, place = route.leave, None
    for visit, stop, (driving, _) in zip(route.visits, visited, legs, strict=False):
        setup = 0 if stop.place and stop.place == place else stop.place_setup
        if visit.arrival < now + driving + _rested(route.rests, now, visit.arrival):
            yield f"cannot be at stop {stop.id} that early"
        if visit.start < visit.arrival + setup + _rested(route.rests, visit.arrival, visit.start):
            yield f"has no time to park at stop {stop.id}"
        yield from _door(visit, stop)
        now, place = visit.departure, stop.place
    if route.back < now + legs[-1][0] + _rested(route.rests, now, route.back):
        yield "cannot be back that early"


def _legs(problem: Problem, courier: Courier, visited: Sequence[Stop]) -> list[tuple[int, int]]:
    """Seconds of driving and metres of each leg."""
    places = [courier.start, *(stop.location for stop in visited), courier.home]
    seconds, metres = problem.travel.matrices(places)
    legs = [(round(int(seconds[n, n + 1]) / courier.speed), int(metres[n, n + 1])) for n in range(len(places) - 1)]
    return [*legs[:-1], (0, 0)] if courier.open_end else legs


def _price(courier: Courier, legs: Sequence[tuple[int, int]], out: int) -> int:
    # Each leg is paid in whole units: hours and kilometres over 3,600 and 1,000, brought to one denominator.
    ways = sum((5 * driving * courier.per_hour + 18 * metres * courier.per_km) // 18_000 for driving, metres in legs)
    return courier.fixed + ways + courier.per_hour_out * out // 3600


def _door(visit: Visit, stop: Stop) -> Iterator[str]:
    if stop.windows and not any(window.start <= visit.start <= window.end for window in stop.windows):
        yield f"knocks at stop {stop.id} outside its time windows"
    if visit.departure != visit.start + stop.service:
        yield f"stays at stop {stop.id} too short or too long"


def _rested(rests: Sequence[Rest], start: int, end: int) -> int:
    return sum(max(0, min(rest.end, end) - max(rest.start, start)) for rest in rests)


def _rests(courier: Courier, route: Route) -> Iterator[str]:
    if len(route.rests) != len(courier.breaks):
        yield "does not take each rest once"
        return
    for pause, rest in zip(courier.breaks, route.rests, strict=True):
        yield from _rest(pause, rest)
    if any(later.start < earlier.end for earlier, later in pairwise(route.rests)):
        yield "takes two rests at once"
    if any(v.start < rest.end and rest.start < v.departure for v in route.visits for rest in route.rests):
        yield "rests while at a door"


def _rest(pause: Break, rest: Rest) -> Iterator[str]:
    if rest.end - rest.start != pause.duration:
        yield "takes a rest of another length"
    if not any(window.start <= rest.start <= window.end for window in pause.windows):
        yield "rests outside the time for it"
