"""Plans as VROOM's solution documents, ours written and anybody's read.

Ours hold more than VROOM's: `reason` and `facts` with each unassigned task, the price of leaving them out as
`penalties`, and with each task when the knock was (`start`) and when the courier left (`departure`). A rest may be
taken before leaving or when back; then its `arrival` lies before the start's, or after the end's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from routing.entries import MOST_ID, Entry
from routing.errors import InvalidProblem, UnsupportedInput
from routing.ground import Ground
from routing.plan import LeftOut, Plan, Reason, Rest, Route, Visit
from routing.problem import LATEST, Problem
from routing.schedule import Leg
from routing.vroom import Document, Task, breaks, origin, tasks

Step = dict[str, Any]


def write_plan(plan: Plan, problem: Problem, document: Document, solving: float = 0.0) -> dict[str, Any]:
    """The plan for the `problem` that was read from `document`, found in `solving` seconds."""
    book = _Book(problem, document)
    routes = [book.route(route) for route in plan.routes]
    totals = ("cost", "setup", "service", "duration", "waiting_time", "priority", "distance")
    amounts = ("delivery", "pickup") if book.nothing else ()
    summary = {
        **{total: sum(route[total] for route in routes) for total in totals},
        **{name: _total([book.nothing, *(route[name] for route in routes)]) for name in amounts},
        "routes": len(routes),
        "unassigned": len(plan.left_out),
        "violations": [],
        "penalties": plan.cost - sum(route.cost for route in plan.routes),
        "computing_times": {"loading": 0, "solving": round(1000 * solving), "routing": 0},
    }
    return {
        "code": 0,
        "summary": summary,
        "unassigned": [book.unassigned(left) for left in plan.left_out],
        "routes": routes,
    }


def write_error(error: Exception) -> dict[str, Any]:
    """What VROOM answers when there is no plan: its code 2 says that the input is to blame, 1 that we are."""
    return {"code": 2 if isinstance(error, UnsupportedInput | InvalidProblem) else 1, "error": str(error)}


class _Book:
    """The problem beside the document it was read from."""

    def __init__(self, problem: Problem, document: Document) -> None:
        whole = Entry("the problem", document)
        self.problem, self.ground = problem, Ground(problem)
        self.tasks = {task.stop_id: task for task in tasks(document)}
        self.rows = {stop.id: row for row, stop in enumerate(problem.stops)}
        self.vehicles = whole.entries("vehicles", "vehicle")
        self.numbers = {courier.id: number for number, courier in enumerate(problem.couriers)}
        self.origin = origin(document)
        self.nothing = (0,) * len(problem.couriers[0].capacity)
        self.shipped = {one.pickup: one.amount for one in problem.shipments}
        self.brought = {one.delivery: one.amount for one in problem.shipments}

    def unassigned(self, left: LeftOut) -> Step:
        task = self.tasks[left.stop_id]
        # The facts that are moments, not lengths, have to be told as the document tells its own.
        facts = {name: value + self.origin * (name in {"earliest", "latest"}) for name, value in left.facts.items()}
        return {"type": task.kind, **_named(task.entry), "reason": left.reason.value, "facts": facts}

    def route(self, route: Route) -> Step:
        number = self.numbers[route.courier_id]
        stops = [self.problem.stops[self.rows[visit.stop_id]] for visit in route.visits]
        steps = self._steps(route, number)
        told = {
            "vehicle": int(route.courier_id),
            **_named(self.vehicles[number], "description"),
            "cost": route.cost,
            **{total: sum(step[total] for step in steps) for total in ("setup", "service", "waiting_time")},
            "duration": route.driving,
            "distance": route.distance,
            "priority": sum(stop.priority for stop in stops),
            "steps": steps,
            "violations": [],
        }
        if self.nothing:
            shipped = [self.shipped.get(stop.id, ()) for stop in stops]
            told["delivery"] = _total([self.nothing, *(stop.demand for stop in stops), *shipped])
            told["pickup"] = _total([self.nothing, *(stop.collect for stop in stops), *shipped])
        return told

    def _steps(self, route: Route, number: int) -> list[Step]:
        vehicle, way = self.vehicles[number], self.ground.way(number, [self.rows[v.stop_id] for v in route.visits])
        rests = list(zip(route.rests, breaks(vehicle), strict=True))
        load = _total([self.nothing, *(leg.stop.demand for leg in way.legs if leg.stop is not None)])
        first, last = (self.tasks[route.visits[end].stop_id].entry for end in (0, -1))
        at = _At(route.leave)
        steps = [_end("start", vehicle, first, route.leave + self.origin) | self._along(at, load)]
        for visit, leg in zip(route.visits, way.legs, strict=True):
            steps += self._breaks(rests, visit.start, at, leg, load)
            load = self._after(visit.stop_id, load)
            at = _At(visit.departure, at.driven + leg.driving, at.metres + leg.metres)
            steps.append(self._task(visit, leg.setup, route.rests) | self._along(at, load))
        steps += self._breaks(rests, LATEST, at, Leg(None, way.home_driving, way.home_metres, 0), load)
        at = _At(route.back, way.driving, way.metres)
        return [*steps, _end("end", vehicle, last, route.back + self.origin) | self._along(at, load)]

    def _task(self, visit: Visit, setup: int, rests: Sequence[Rest]) -> Step:
        task = self.tasks[visit.stop_id]
        rested = sum(rest.end - rest.start for rest in rests if visit.arrival <= rest.start and rest.end <= visit.start)
        moments = {name: getattr(visit, name) + self.origin for name in ("arrival", "start", "departure")}
        return {
            **_step(task.kind, task.entry, **moments, setup=setup, service=visit.departure - visit.start),
            "waiting_time": visit.start - visit.arrival - setup - rested,
        }

    def _breaks(
        self, rests: list[tuple[Rest, Entry]], until: int, at: "_At", leg: Leg, load: Sequence[int]
    ) -> Iterator[Step]:
        """Those of the rests to come that are over by `until`, taken on this leg."""
        free, driven = at.now, 0
        while rests and rests[0][0].end <= until:
            rest, entry = rests.pop(0)
            driven = min(leg.driving, driven + max(0, rest.start - free))
            free = rest.end
            metres = at.metres + leg.metres * driven // max(1, leg.driving)
            step = _step("break", entry, arrival=rest.start + self.origin, service=rest.end - rest.start)
            yield step | self._along(_At(free, at.driven + driven, metres), load)

    def _after(self, stop_id: str, load: Sequence[int]) -> list[int]:
        stop = self.problem.stops[self.rows[stop_id]]
        gained = _total([self.nothing, load, stop.collect, self.shipped.get(stop_id, ())])
        lost = _total([self.nothing, stop.demand, self.brought.get(stop_id, ())])
        return [more - less for more, less in zip(gained, lost, strict=True)]

    def _along(self, at: "_At", load: Sequence[int]) -> Step:
        """What has come together upon arrival, and what is on board after it."""
        return {"duration": at.driven, "distance": at.metres, **({"load": list(load)} if self.nothing else {})}


class _At(NamedTuple):
    """Free at `now`, having come so far."""

    now: int
    driven: int = 0
    metres: int = 0


def _step(kind: str, entry: Entry, arrival: int, setup: int = 0, service: int = 0, **more: int) -> Step:
    own = {"arrival": arrival, "setup": setup, "service": service, "waiting_time": 0}
    return {"type": kind, **_named(entry), **own, **more, "violations": []}


def _end(kind: str, vehicle: Entry, task: Entry, arrival: int) -> Step:
    """Without a start or an end of its own, a vehicle begins or ends at its first or last task."""
    index = f"{kind}_index"
    own = {"location": vehicle.fields.get(kind), "location_index": vehicle.fields.get(index)}
    place = own if kind in vehicle or index in vehicle else _named(task, "location", "location_index")
    step = {"type": kind, "arrival": arrival, "setup": 0, "service": 0, "waiting_time": 0, "violations": []}
    return step | {name: value for name, value in place.items() if value is not None}


def _named(entry: Entry, *keys: str) -> Step:
    """What the document says of where and what, word by word."""
    wanted = keys or ("id", "description", "location", "location_index")
    return {key: entry.fields[key] for key in wanted if key in entry}


def _total(amounts: Sequence[Sequence[int]]) -> list[int]:
    """The sum in each dimension; an empty one stands for nothing in all of them."""
    return [sum(column) for column in zip(*(given for given in amounts if given), strict=True)]


def read_plan(answer: Document, problem: Problem, document: Document) -> Plan:
    """The plan in a solution document, ours or VROOM's own, for the `problem` that was read from `document`.

    VROOM does not say why a task is unassigned; it is taken to have been cheaper to leave it out. Nor does it always
    say how far the routes are; then they are as far as their ways.

    Raises UnsupportedInput when it is not a solution.
    """
    whole, zero = Entry("the solution", answer), origin(document)
    if whole.whole("code", 0):
        raise UnsupportedInput(f"the solution is an error: {whole.text('error', 'it does not say which')}")
    routes = tuple(
        _read_route(route, zero) if "distance" in route else _measured(problem, _read_route(route, zero))
        for route in whole.entries("routes", "route")
    )
    summary = whole.entry("summary")
    return Plan(
        routes=routes,
        left_out=tuple(_read_left_out(left, zero) for left in whole.entries("unassigned", "unassigned task")),
        cost=summary.whole("cost") + summary.whole("penalties", 0),
    )


def _read_left_out(left: Entry, zero: int) -> LeftOut:
    reason = left.text("reason", Reason.CHEAPER_WITHOUT)
    if reason not in set(Reason):
        raise UnsupportedInput(f"{left.name} has a reason that this planner does not know")
    facts = left.entry("facts") if "facts" in left else Entry("no facts", {})
    told = {name: facts.whole(name) - zero * (name in {"earliest", "latest"}) for name in facts.fields}
    return LeftOut(Task(left.text("type", "job"), left, left).stop_id, Reason(reason), told)


def _measured(problem: Problem, route: Route) -> Route:
    rows = {stop.id: row for row, stop in enumerate(problem.stops)}
    numbers = {courier.id: number for number, courier in enumerate(problem.couriers)}
    if route.courier_id not in numbers or not rows.keys() >= {visit.stop_id for visit in route.visits}:
        return route
    way = Ground(problem).way(numbers[route.courier_id], [rows[visit.stop_id] for visit in route.visits])
    return replace(route, distance=way.metres)


def _read_route(route: Entry, zero: int) -> Route:
    steps = route.entries("steps", f"{route.name}: step")
    if not steps:
        raise UnsupportedInput(f"{route.name} has no steps")
    rests, visits = [], []
    for step in steps:
        kind, arrival = step.text("type", ""), step.whole("arrival") - zero
        start = arrival + step.whole("waiting_time", 0) + step.whole("setup", 0)
        if kind == "break":
            rests.append(Rest(start, start + step.whole("service", 0)))
        elif kind in {"job", "pickup", "delivery"}:
            start = step.whole("start") - zero if "start" in step else start
            visits.append(Visit(Task(kind, step, step).stop_id, arrival, start, start + step.whole("service", 0)))
    return Route(
        courier_id=str(route.whole("vehicle", most=MOST_ID)),
        visits=tuple(visits),
        rests=tuple(rests),
        leave=steps[0].whole("arrival") - zero,
        back=steps[-1].whole("arrival") - zero,
        distance=route.whole("distance", 0),
        driving=route.whole("duration"),
        cost=route.whole("cost"),
    )
