"""Checking a plan against its problem: this code trusts no solver and shares nothing with one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from routing.plan import Plan, Reload, Rest, Route, Visit
from routing.problem import Break, Courier, Problem, Shipment, Stop

# What a courier does one after the other: visits with their stops, and returns to load, which have none.
_Course = list[tuple[Visit | Reload, Stop | None]]


def check(problem: Problem, plan: Plan) -> list[str]:
    """Everything that is wrong with `plan`, in words; an empty list means that it can be driven as it stands."""
    return [
        *_every_stop_once(problem, plan),
        *_one_route_each(problem, plan),
        *_promises(problem, plan),
        *_shipments(problem, plan),
        *_each_route(problem, plan),
        *_cost(problem, plan),
    ]


def _every_stop_once(problem: Problem, plan: Plan) -> Iterator[str]:
    seen = Counter(visit.stop_id for route in plan.routes for visit in route.visits)
    seen.update(left.stop_id for left in plan.left_out)
    known = {stop.id for stop in problem.stops}
    yield from (f"stop {stop_id} is not in the problem" for stop_id in seen if stop_id not in known)
    yield from (f"stop {stop_id} appears {count} times" for stop_id, count in seen.items() if count > 1)
    yield from (f"stop {stop.id} is lost" for stop in problem.stops if stop.id not in seen)


def _one_route_each(problem: Problem, plan: Plan) -> Iterator[str]:
    routes = Counter(route.courier_id for route in plan.routes)
    known = {courier.id for courier in problem.couriers}
    yield from (f"courier {courier_id} is not in the problem" for courier_id in routes if courier_id not in known)
    yield from (f"courier {courier_id} has {count} routes" for courier_id, count in routes.items() if count > 1)
    yield from (f"courier {route.courier_id} has a route without a stop" for route in plan.routes if not route.visits)


def _promises(problem: Problem, plan: Plan) -> Iterator[str]:
    """What is locked is not kept: then each stop that is elsewhere is named."""
    places = _places(plan)
    for courier in problem.couriers:
        for number, stop_id in enumerate(courier.locked):
            other, position = places.get(stop_id, ("", 0))
            if not other:
                yield f"courier {courier.id}: stop {stop_id} is locked but not visited"
            elif other != courier.id:
                yield f"courier {other}: goes to stop {stop_id}, which is locked to courier {courier.id}"
            elif position != number:
                yield f"courier {other}: stop {stop_id} is locked as number {number + 1}, comes as {position + 1}"


def _shipments(problem: Problem, plan: Plan) -> Iterator[str]:
    places = _places(plan)
    for one in problem.shipments:
        pickup, delivery = places.get(one.pickup), places.get(one.delivery)
        if pickup is None and delivery is not None:
            yield f"courier {delivery[0]}: brings to stop {one.delivery} what nobody fetches at stop {one.pickup}"
        elif pickup is not None and delivery is None:
            yield f"courier {pickup[0]}: fetches at stop {one.pickup} what nobody brings to stop {one.delivery}"
        elif pickup is not None and delivery is not None and pickup[0] != delivery[0]:
            other = f"what courier {delivery[0]} brings to stop {one.delivery}"
            yield f"courier {pickup[0]}: fetches at stop {one.pickup} {other}"
        elif pickup is not None and delivery is not None and delivery < pickup:
            yield f"courier {pickup[0]}: is at stop {one.delivery} before fetching at stop {one.pickup}"


def _places(plan: Plan) -> dict[str, tuple[str, int]]:
    """Whose visit each stop is, and the how manieth, from 0."""
    return {
        visit.stop_id: (route.courier_id, number) for route in plan.routes for number, visit in enumerate(route.visits)
    }


def _cost(problem: Problem, plan: Plan) -> Iterator[str]:
    prices = {stop.id: stop.penalty for stop in problem.stops}
    penalties = [prices.get(left.stop_id) for left in plan.left_out]
    known = sum(route.cost for route in plan.routes) + sum(penalty or 0 for penalty in penalties)
    # What it costs to leave out a stop without a penalty of its own is the solver's to say.
    if plan.cost != known if None not in penalties else plan.cost < known:
        yield f"the plan says that it costs {plan.cost}, its routes and penalties come to {known}"


def _each_route(problem: Problem, plan: Plan) -> Iterator[str]:
    stops = {stop.id: stop for stop in problem.stops}
    couriers = {courier.id: courier for courier in problem.couriers}
    for route in plan.routes:
        courier = couriers.get(route.courier_id)
        if courier is None or any(visit.stop_id not in stops for visit in route.visits):
            continue
        visited = [stops[visit.stop_id] for visit in route.visits]
        for wrong in (*_right_to_go(courier, route, visited), *_trips(problem, courier, route, visited)):
            yield f"courier {route.courier_id}: {wrong}"


def _right_to_go(courier: Courier, route: Route, visited: Sequence[Stop]) -> Iterator[str]:
    for stop in visited:
        if stop.skills - courier.skills or (stop.couriers and courier.id not in stop.couriers):
            yield f"may not go to stop {stop.id}"
    limits = (
        ("stops", len(visited), courier.max_stops),
        ("metres", route.distance, courier.max_distance),
        ("seconds of driving", route.driving, courier.max_driving),
        ("seconds out", route.back - route.leave, courier.max_duration),
        ("trips", len(route.reloads) + 1, courier.trips),
    )
    yield from (f"has {amount} {what}, {most} are the most" for what, amount, most in limits if amount > most)


def _trips(problem: Problem, courier: Courier, route: Route, visited: Sequence[Stop]) -> Iterator[str]:
    begins = [0, *(reload.before for reload in route.reloads), len(visited)]
    if route.reloads and any(later <= earlier for earlier, later in pairwise(begins)):
        yield "comes back to load without a stop before or after it"
        return
    trips = [visited[begin:end] for begin, end in pairwise(begins)]
    yield from _bag(problem.shipments, courier, trips)
    for leaving, trip in zip([route.leave, *(reload.departure for reload in route.reloads)], trips, strict=True):
        for stop in trip:
            if leaving < stop.release:
                yield f"leaves before what stop {stop.id} gets is there"
    course: _Course = list(zip(route.visits, visited, strict=True))
    for reload in reversed(route.reloads):
        course.insert(reload.before, (reload, None))
    yield from _clock(problem, courier, route, course)
    yield from _rests(courier, route)


def _bag(shipments: Sequence[Shipment], courier: Courier, trips: Sequence[Sequence[Stop]]) -> Iterator[str]:
    for dimension, room in enumerate(courier.capacity):
        change = {one.pickup: one.amount[dimension] for one in shipments}
        change |= {one.delivery: -one.amount[dimension] for one in shipments}
        aboard = 0
        loads: list[tuple[int, str]] = []
        for trip in trips:
            load = aboard + sum(stop.demand[dimension] for stop in trip)
            loads.append((load, f"on the way to stop {trip[0].id}" if trip else "on the way"))
            for stop in trip:
                load += change.get(stop.id, 0) - stop.demand[dimension] + sum(stop.collect[dimension : dimension + 1])
                loads.append((load, f"after stop {stop.id}"))
            # What was collected stays at the office; what is on its way between two doors does not.
            aboard += sum(change.get(stop.id, 0) for stop in trip)
        heaviest, where = max(loads, key=lambda load: load[0])
        if heaviest > room:
            yield f"carries {heaviest}, has room for {room}, {where}"


def _clock(problem: Problem, courier: Courier, route: Route, course: _Course) -> Iterator[str]:
    legs = _legs(problem, courier, course)
    yield from _sums(courier, route, legs)
    now, place = route.leave, None
    for (call, stop), (driving, _) in zip(course, legs, strict=False):
        where = f"at stop {stop.id}" if stop else "back to load"
        if call.arrival < now + driving + _rested(route.rests, now, call.arrival):
            yield f"cannot be {where} that early"
        if isinstance(call, Visit) and stop is not None:
            yield from _door(call, stop, 0 if stop.place and stop.place == place else stop.place_setup, route.rests)
        elif call.departure < call.arrival + courier.reload + _rested(route.rests, call.arrival, call.departure):
            yield "has no time to load again"
        now, place = call.departure, stop.place if stop else None
    if route.back < now + legs[-1][0] + _rested(route.rests, now, route.back):
        yield "cannot be back that early"


def _sums(courier: Courier, route: Route, legs: Sequence[tuple[int, int]]) -> Iterator[str]:
    if route.leave < courier.shift.start or route.back > courier.shift.end:
        yield "works outside the shift"
    if (route.driving, route.distance) != (sum(s for s, _ in legs), sum(m for _, m in legs)):
        yield "says another distance or driving time than the ways add up to"
    if route.cost != _price(courier, legs, route.back - route.leave):
        yield "says another price than what it costs"


def _legs(problem: Problem, courier: Courier, course: _Course) -> list[tuple[int, int]]:
    """Seconds of driving and metres of each leg."""
    places = [courier.start, *(stop.location if stop else courier.start for _, stop in course), courier.home]
    seconds, metres = problem.travel.matrices(places)
    legs = [(round(int(seconds[n, n + 1]) / courier.speed), int(metres[n, n + 1])) for n in range(len(places) - 1)]
    return [*legs[:-1], (0, 0)] if courier.open_end else legs


def _price(courier: Courier, legs: Sequence[tuple[int, int]], out: int) -> int:
    # Each leg is paid in whole units: hours and kilometres over 3,600 and 1,000, brought to one denominator.
    ways = sum((5 * driving * courier.per_hour + 18 * metres * courier.per_km) // 18_000 for driving, metres in legs)
    return courier.fixed + ways + courier.per_hour_out * out // 3600


def _door(visit: Visit, stop: Stop, setup: int, rests: Sequence[Rest]) -> Iterator[str]:
    if visit.start < visit.arrival + setup + _rested(rests, visit.arrival, visit.start):
        yield f"has no time to park at stop {stop.id}"
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
    for visit in route.visits:
        if any(visit.start < rest.end and rest.start < visit.departure for rest in route.rests):
            yield f"rests while at the door of stop {visit.stop_id}"


def _rest(pause: Break, rest: Rest) -> Iterator[str]:
    if rest.end - rest.start != pause.duration:
        yield "takes a rest of another length"
    if not any(window.start <= rest.start <= window.end for window in pause.windows):
        yield "rests outside the time for it"
