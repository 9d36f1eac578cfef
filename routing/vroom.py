"""Reading and writing the JSON of VROOM (https://github.com/VROOM-Project/vroom/blob/master/docs/API.md).

Of its input this planner knows what a delivery day needs. Everything else is refused by name: a key that was silently
ignored would make a plan that looks right and is wrong. One reading differs: a time window holds for the knock at the
door, after `setup`, not for the parking before it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from routing.errors import UnsupportedInput
from routing.plan import LeftOut, Plan, Reason, Rest, Route, Visit
from routing.problem import DAY, Break, Courier, Problem, Stop, TimeWindow
from routing.travel import HaversineTravel, Location, MatrixTravel, Travel

Document = Mapping[str, Any]

_PROBLEM = {"jobs", "vehicles", "matrices"}
_JOB = {"id", "description", "location", "location_index", "setup", "service", "delivery", "priority", "time_windows"}
_VEHICLE = {
    "id", "description", "profile", "start", "start_index", "end", "end_index", "capacity", "time_window", "breaks",
    "max_tasks",
}  # fmt: skip
_BREAK = {"id", "description", "time_windows", "service"}
UNLIMITED = 1_000_000


def read_problem(document: Document) -> Problem:
    """The problem in a VROOM input document.

    Raises UnsupportedInput naming what this planner would have to ignore or cannot read, and InvalidProblem.
    """
    try:
        return _read_problem(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise UnsupportedInput(f"the document is not a VROOM problem: {error!r}") from error


def _read_problem(document: Document) -> Problem:
    _refuse("the problem", document, _PROBLEM)
    travel, by_index = _travel(document)
    amounts = {len(job.get("delivery", ())) for job in document["jobs"]} - {0}
    dimensions = max(amounts, default=0)
    stops = tuple(_stop(job, by_index, dimensions) for job in document["jobs"])
    couriers = tuple(_courier(vehicle, by_index, dimensions) for vehicle in document["vehicles"])
    return Problem(stops, couriers, travel)


def _travel(document: Document) -> tuple[Travel, bool]:
    matrices = document.get("matrices")
    if not matrices:
        return HaversineTravel(), False
    if len(matrices) > 1:
        raise UnsupportedInput("more than one travel profile in `matrices`")
    (tables,) = matrices.values()
    _refuse("matrices", tables, {"durations", "distances"})
    seconds = np.array(tables["durations"], np.int64)
    metres = np.array(tables.get("distances", tables["durations"]), np.int64)
    return MatrixTravel({Location(float(row), 0.0): row for row in range(len(seconds))}, seconds, metres), True


def _location(of: Document, name: str, index_name: str, *, by_index: bool) -> Location:
    if by_index:
        return Location(float(int(of[index_name])), 0.0)
    lon, lat = of[name]
    return Location(float(lat), float(lon))


def _stop(job: Document, by_index: bool, dimensions: int) -> Stop:
    _refuse(f"job {job['id']}", job, _JOB)
    location = _location(job, "location", "location_index", by_index=by_index)
    return Stop(
        id=str(job["id"]),
        location=location,
        service=int(job.get("service", 0)),
        windows=_windows(job.get("time_windows", ())),
        place=f"{location.lat},{location.lon}",
        place_setup=int(job.get("setup", 0)),
        demand=(1, *_amount(job.get("delivery", ()), dimensions)),
        priority=int(job.get("priority", 0)),
    )


def _courier(vehicle: Document, by_index: bool, dimensions: int) -> Courier:
    name = f"vehicle {vehicle['id']}"
    _refuse(name, vehicle, _VEHICLE)
    if not {"start", "start_index"} & set(vehicle) or not {"end", "end_index"} & set(vehicle):
        raise UnsupportedInput(f"{name} has no start or no end")
    capacity = vehicle.get("capacity", [UNLIMITED] * dimensions)
    return Courier(
        id=str(vehicle["id"]),
        start=_location(vehicle, "start", "start_index", by_index=by_index),
        end=_location(vehicle, "end", "end_index", by_index=by_index),
        shift=TimeWindow(*vehicle.get("time_window", (0, DAY))),
        capacity=(int(vehicle.get("max_tasks", UNLIMITED)), *_amount(capacity, dimensions)),
        breaks=tuple(_break(name, pause) for pause in vehicle.get("breaks", ())),
    )


def _break(name: str, pause: Document) -> Break:
    _refuse(f"a break of {name}", pause, _BREAK)
    return Break(_windows(pause["time_windows"]), int(pause.get("service", 0)))


def _windows(pairs: Sequence[Sequence[int]]) -> tuple[TimeWindow, ...]:
    return tuple(TimeWindow(int(start), int(end)) for start, end in pairs)


def _amount(given: Sequence[int], dimensions: int) -> tuple[int, ...]:
    return tuple(int(amount) for amount in given) if given else (0,) * dimensions


def _refuse(what: str, given: Document, known: set[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise UnsupportedInput(f"{what} uses {', '.join(unknown)}, which this planner does not know")


def write_plan(plan: Plan) -> dict[str, Any]:
    """The plan as a VROOM solution document; ids are given back as they were read."""
    return {
        "code": 0,
        "summary": {
            "cost": plan.cost,
            "routes": len(plan.routes),
            "unassigned": len(plan.left_out),
            "duration": sum(route.driving for route in plan.routes),
            "distance": sum(route.distance for route in plan.routes),
        },
        "unassigned": [
            {"id": _id(left.stop_id), "reason": left.reason.value, "facts": dict(left.facts)} for left in plan.left_out
        ],
        "routes": [_write_route(route) for route in plan.routes],
    }


def _write_route(route: Route) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [
        {"type": "job", "id": _id(v.stop_id), "arrival": v.arrival, "start": v.start, "departure": v.departure}
        for v in route.visits
    ]
    steps += [
        {"type": "break", "arrival": rest.start, "start": rest.start, "departure": rest.end} for rest in route.rests
    ]
    steps.sort(key=lambda step: int(step["start"]))
    return {
        "vehicle": _id(route.courier_id),
        "cost": route.cost,
        "duration": route.driving,
        "distance": route.distance,
        "steps": [{"type": "start", "arrival": route.leave}, *steps, {"type": "end", "arrival": route.back}],
    }


def read_plan(document: Document) -> Plan:
    """A plan that `write_plan` wrote.

    Raises UnsupportedInput for anything else.
    """
    try:
        return Plan(
            routes=tuple(_read_route(route) for route in document["routes"]),
            left_out=tuple(
                LeftOut(str(left["id"]), Reason(left["reason"]), left.get("facts", {}))
                for left in document["unassigned"]
            ),
            cost=int(document["summary"]["cost"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnsupportedInput(f"the document is not a plan: {error!r}") from error


def _read_route(route: Document) -> Route:
    steps = route["steps"]
    return Route(
        courier_id=str(route["vehicle"]),
        visits=tuple(
            Visit(str(s["id"]), int(s["arrival"]), int(s["start"]), int(s["departure"]))
            for s in steps
            if s["type"] == "job"
        ),
        rests=tuple(Rest(int(s["start"]), int(s["departure"])) for s in steps if s["type"] == "break"),
        leave=int(steps[0]["arrival"]),
        back=int(steps[-1]["arrival"]),
        distance=int(route["distance"]),
        driving=int(route["duration"]),
        cost=int(route["cost"]),
    )


def _id(text: str) -> int | str:
    return int(text) if text.isdecimal() else text
