"""VROOM at its most thorough: exploration 5, two threads.

Its windows hold for the parking, ours for the knock after it. So the windows it is given end earlier by the parking;
what it plans by them is right by ours, whether or not the parking is shared with the neighbour before.
"""

from collections.abc import Iterator
from datetime import timedelta

import vroom

from benchmarks.peers import Orders, Tell
from routing import Courier, Location, Problem, Stop, TimeWindow, UnsupportedInput
from routing.ground import Ground
from routing.problem import UNLIMITED

THOROUGH, THREADS = 5, 2
PROFILE = "scooter"


def solve(problem: Problem, seconds: float, seed: int, tell: Tell) -> Orders:  # noqa: ARG001  knows no seed, tells nothing
    if unknown := sorted(set(_unknown(problem))):
        raise UnsupportedInput(f"VROOM does not know {', '.join(unknown)}")
    ground, index, nodes = Ground(problem), dict[Location, int](), list[int]()
    for node, location in _located(problem, ground):
        if index.setdefault(location, len(index)) == len(nodes):
            nodes.append(node)
    seconds_between, metres = ground.between(nodes)
    asked = vroom.Input()
    asked.set_durations_matrix(PROFILE, seconds_between)
    asked.set_distances_matrix(PROFILE, metres)
    skills = _Skills()
    for number, courier in enumerate(problem.couriers):
        asked.add_vehicle(_vehicle(number, courier, index, skills))
    asked.add_job([_job(row, stop, index, skills) for row, stop in enumerate(problem.stops)])
    answer = asked.solve(exploration_level=THOROUGH, nb_threads=THREADS, timeout=timedelta(seconds=seconds))
    orders: dict[str, list[str]] = {}
    jobs = answer.routes[answer.routes["type"] == "job"]
    for number, row in zip(jobs["vehicle_id"], jobs["id"], strict=True):
        orders.setdefault(problem.couriers[int(number)].id, []).append(problem.stops[int(row)].id)
    return orders


def _unknown(problem: Problem) -> Iterator[str]:
    if any(stop.penalty is not None for stop in problem.stops):
        yield "prizes"
    if any(stop.release for stop in problem.stops):
        yield "release times"
    if any(courier.max_duration < UNLIMITED for courier in problem.couriers):
        yield "a limit on the time out"
    if any(courier.per_hour_out for courier in problem.couriers):
        yield "a price of the time out"
    if problem.shipments or any(courier.locked or courier.trips > 1 for courier in problem.couriers):
        yield "shipments, locks or trips as they are written here"


def _located(problem: Problem, ground: Ground) -> Iterator[tuple[int, Location]]:
    """Each node with its place. An open end has no place: VROOM has a word for it."""
    yield from enumerate(stop.location for stop in problem.stops)
    for number, courier in enumerate(problem.couriers):
        yield ground.start_of(number), courier.start
        if not courier.open_end:
            yield ground.home_of(number), courier.home


class _Skills(dict[str, int]):
    """Numbers for names: VROOM's skills are numbers, and who may go to a certain door is a skill, too."""

    def __missing__(self, name: str) -> int:
        self[name] = len(self) + 1
        return self[name]

    def numbers(self, names: frozenset[str]) -> set[int]:
        return {self[name] for name in names}


def _job(row: int, stop: Stop, index: dict[Location, int], skills: _Skills) -> vroom.Job:
    if len(stop.couriers) > 1:
        raise UnsupportedInput("VROOM cannot choose among certain couriers")
    only = frozenset(f"is courier {name}" for name in stop.couriers)
    return vroom.Job(
        row,
        index[stop.location],
        default_setup=stop.place_setup,
        default_service=stop.service,
        delivery=vroom.Amount(list(stop.demand)),
        pickup=vroom.Amount(list(stop.collect) or [0] * len(stop.demand)),
        skills=skills.numbers(stop.skills | only),
        priority=stop.priority,
        time_windows=[_window(window, stop.place_setup) for window in stop.windows],
    )


def _window(window: TimeWindow, parking: int = 0) -> vroom.TimeWindow:
    return vroom.TimeWindow(window.start, max(window.start, window.end - parking))


def _vehicle(number: int, courier: Courier, index: dict[Location, int], skills: _Skills) -> vroom.Vehicle:
    limits = {
        "max_tasks": courier.max_stops,
        "max_distance": courier.max_distance,
        "max_travel_time": courier.max_driving,
    }
    return vroom.Vehicle(
        number,
        start=index[courier.start],
        end=None if courier.open_end else index[courier.home],
        profile=PROFILE,
        capacity=vroom.Amount(list(courier.capacity)),
        skills=skills.numbers(courier.skills | {f"is courier {courier.id}"}),
        time_window=_window(courier.shift),
        breaks=[
            vroom.Break(MANY * number + rest, [_window(window) for window in pause.windows], pause.duration)
            for rest, pause in enumerate(courier.breaks)
        ],
        costs=vroom.VehicleCosts(courier.fixed, courier.per_hour, courier.per_km),
        speed_factor=courier.speed,
        **{name: limit for name, limit in limits.items() if limit < UNLIMITED},
    )


# More rests than anybody has, so that no two get one number.
MANY = 100
