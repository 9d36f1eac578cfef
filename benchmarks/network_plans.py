"""What a road network is worth to a plan: two plans of one day, by straight lines and by streets, driven on streets."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np

from benchmarks.addresses.report import Section
from benchmarks.alone import Told, alone
from benchmarks.goals import Verdict
from benchmarks.tables import show, whole
from routing import HaversineTravel, Plan, Problem, Route, Travel, solve
from routing.roads import NetworkTravel, Vehicle, read_network
from routing.vroom import read_problem

# Those who plan by straight lines may know how fast the streets are: nothing is won by a wrong scale.
BY_STRAIGHT_LINE, BY_STREETS = "straight lines", "streets"


@dataclass(frozen=True, slots=True)
class Driven:
    """A plan as it comes out on the streets. Late are the knocks after the window, by `late_s` seconds in all."""

    by: str
    seed: int
    driving_s: int
    metres: int
    left_out: int
    late: int
    late_s: int
    overtime_s: int


def measure(shared: Path, seed: int, quick: bool) -> Section:
    days = ("day-300",) if quick else ("day-300", "day-1000")
    limit, seeds = (5, [seed]) if quick else (30, [seed, seed + 1, seed + 2])
    section = Section()
    for day in days:
        told = [
            alone("benchmarks.network_plans:drive", shared, day, by, limit, one)
            for one in seeds
            for by in (BY_STRAIGHT_LINE, BY_STREETS)
        ]
        section.verdicts.append(_verdict(day, told))
        if refused := next((one.refused for one in told if one.value is None), ""):
            print(f"{day}: not measured, {refused}")
            continue
        driven = [one.value for one in told]
        _show(day, limit, driven)
        section.results[day] = [asdict(one) for one in driven]
    return section


def drive(shared: Path, day: str, by: str, limit: float, seed: int) -> Driven:
    """Plan a day by one kind of travel, and drive the plan on the streets in the order planned."""
    streets = NetworkTravel(read_network(shared / "data" / "long_bien_roads.osm.pbf"), Vehicle.MOTORBIKE)
    problem = _problem(shared / "data" / "days" / f"{day}.json", streets)
    planned_by = streets if by == BY_STREETS else _fitted(problem, streets)
    plan = solve(replace(problem, travel=planned_by), seconds=limit, seed=seed, workers=2)
    return driven_on_streets(problem, plan, by, seed)


def _problem(file: Path, travel: Travel) -> Problem:
    """The day without its matrices: only where everybody is, and when."""
    document = json.loads(file.read_text(encoding="utf-8"))
    document.pop("matrices", None)
    for entry in (*document["vehicles"], *document["jobs"]):
        for key in ("start_index", "end_index", "location_index"):
            entry.pop(key, None)
    return read_problem(document, travel)


def _fitted(problem: Problem, streets: Travel) -> HaversineTravel:
    """The straight line as long and as slow as the streets are on average: the best that can be done without them."""
    places = sorted({stop.location for stop in problem.stops})[:500]
    (seconds, metres), (_, straight) = streets.matrices(places), HaversineTravel(detour=1.0).matrices(places)
    detour = float(metres.sum() / straight.sum())
    return HaversineTravel(kmh=3.6 * float(metres.sum() / seconds.sum()), detour=detour)


def driven_on_streets(problem: Problem, plan: Plan, by: str, seed: int) -> Driven:
    """What becomes of a plan on the travel of the problem, whatever it was made with."""
    drives = [_drive(problem, route) for route in plan.routes]
    behind = [seconds for drive in drives for seconds in drive.behind if seconds > 0]
    return Driven(
        by, seed,
        driving_s=sum(drive.driving for drive in drives),
        metres=sum(drive.metres for drive in drives),
        left_out=len(plan.left_out),
        late=len(behind),
        late_s=sum(behind),
        overtime_s=sum(drive.overtime for drive in drives),
    )  # fmt: skip


class _Drive(NamedTuple):
    """`behind` holds for each stop with a window by how many seconds the knock is after the end of the planned one."""

    driving: int
    metres: int
    behind: list[int]
    overtime: int


def _drive(problem: Problem, route: Route) -> _Drive:
    """As couriers do it: in the planned order, waiting where too early, going on where too late."""
    courier = next(one for one in problem.couriers if one.id == route.courier_id)
    stops = {stop.id: stop for stop in problem.stops}
    order = [stops[visit.stop_id] for visit in route.visits]
    seconds, metres = problem.travel.matrices([courier.start, *(stop.location for stop in order), courier.home])
    legs = [round(leg / courier.speed) for leg in np.diagonal(seconds, 1)]
    clock, behind = route.leave, list[int]()
    rests = [rest for rest in route.rests if rest.start >= route.leave]
    for leg, visit, before, stop in zip(legs, route.visits, [None, *order], order, strict=False):
        clock += leg
        # Rests keep their place in the order, and begin no earlier than planned.
        while rests and rests[0].start < visit.start:
            rest = rests.pop(0)
            clock = max(clock, rest.start) + rest.end - rest.start
        same = before is not None and stop.place and before.place == stop.place
        clock += 0 if same else stop.place_setup
        # Nobody waits from a missed morning for the afternoon: it is the planned window that is kept or missed.
        for window in stop.windows:
            if window.start <= visit.start <= window.end:
                clock = max(clock, window.start)
                behind.append(clock - window.end)
        clock += stop.service
    clock += legs[-1] + sum(rest.end - rest.start for rest in rests)
    return _Drive(sum(legs), int(np.trace(metres, 1)), behind, max(0, clock - courier.shift.end))


def _show(day: str, limit: float, driven: Sequence[Driven]) -> None:
    rows = [
        [one.by, str(one.seed), f"{one.driving_s / 3600:.2f}", whole(one.metres / 1000), str(one.left_out),
         str(one.late), f"{one.late_s / 60:.0f}", f"{one.overtime_s / 60:.0f}"]
        for one in driven
    ]  # fmt: skip
    columns = (
        "planned by",
        "seed",
        "driving h",
        "km",
        "left out",
        "knocks too late",
        "late min in all",
        "overtime min",
    )
    show(f"{day}: plans of {limit:g} s driven on the streets", columns, rows)


def _verdict(day: str, told: Sequence[Told]) -> Verdict:
    goal = f"{day}: a plan on network times drives less than one on straight lines, both driven on the streets"
    driven: list[Driven] = [one.value for one in told if one.value is not None]
    if len(driven) < len(told):
        return Verdict(goal, "not measured", None)
    straight, streets = ([one for one in driven if one.by == by] for by in (BY_STRAIGHT_LINE, BY_STREETS))
    before, after = (fmean(one.driving_s for one in some) for some in (straight, streets))
    left = sum(one.left_out for one in straight), sum(one.left_out for one in streets)
    late = sum(one.late for one in straight), sum(one.late for one in streets)
    # Fewer stops are quickly driven: what is left out counts first.
    met = left[1] <= left[0] and after < before
    text = (
        f"{before / 3600:.2f} → {after / 3600:.2f} h driving, {100 * (1 - after / before):.1f} % less; "
        f"left out {left[0]} → {left[1]}, knocks too late {late[0]} → {late[1]} in {len(straight)} runs each"
    )
    return Verdict(goal, text, met)
