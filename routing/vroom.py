"""Reading problems in the JSON of VROOM (https://github.com/VROOM-Project/vroom/blob/master/docs/API.md, 1.15).

Of its input this planner knows nearly all that a delivery day needs. Everything else is refused by name: a key that was
silently ignored would make a plan that looks right and is wrong. Two readings differ. With VROOM the start of `setup`
has to fall into a time window; here it is the knock at the door, after `setup`, since that is what a citizen waits for.
And the first stop always owes its `setup`, even where the vehicle starts at its very place.

Where moments are timestamps, they are counted from the midnight (UTC) before the first of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from routing.entries import MOST_ID, Entry
from routing.errors import UnsupportedInput
from routing.problem import DAY, LATEST, UNLIMITED, Break, Courier, Problem, Shipment, Stop, TimeWindow
from routing.travel import HaversineTravel, Location, Matrix, MatrixTravel, Points, Travel

Document = Mapping[str, Any]
# What people without measurements of their own may assume of a town.
TOWN = HaversineTravel(kmh=20)
# Where a vehicle without a start comes from: it is no way from there to anywhere.
NOWHERE = Location(float("inf"), float("inf"))

_STEP = ("id", "description", "location", "location_index", "setup", "service", "time_windows")
_VEHICLE = (
    "id", "profile", "description", "start", "start_index", "end", "end_index", "capacity", "skills", "time_window",
    "breaks", "speed_factor", "costs", "max_tasks", "max_travel_time", "max_distance",
)  # fmt: skip


class Task(NamedTuple):
    """A job, or one end of a shipment, as the document has it; `of` is what holds the keys common to both ends."""

    kind: str
    entry: Entry
    of: Entry

    @property
    def id(self) -> int:
        return self.entry.whole("id", most=MOST_ID)

    @property
    def stop_id(self) -> str:
        """Jobs, pickups and deliveries are numbered separately: only jobs are called by their number alone."""
        return str(self.id) if self.kind == "job" else f"{self.kind} {self.id}"


def read_problem(document: Document, travel: Travel = TOWN) -> Problem:
    """The problem in a VROOM input document; `travel` says how long the ways are where the document has no matrices.

    Raises UnsupportedInput naming what this planner would have to ignore or cannot read, and InvalidProblem.
    """
    return Day(document, travel).problem()


def tasks(document: Document) -> list[Task]:
    """All that is to be done, jobs first, each pickup before its delivery."""
    whole = Entry("the problem", document)
    jobs = [Task("job", job, job) for job in whole.entries("jobs", "job")]
    shipments = whole.entries("shipments", "shipment")
    ends = [Task(kind, one.entry(kind), one) for one in shipments for kind in ("pickup", "delivery")]
    return jobs + [Task(end.kind, Entry(f"{end.kind} {end.id}", end.entry.fields), end.of) for end in ends]


def breaks(vehicle: Entry) -> list[Entry]:
    """In the order in which they are taken, as VROOM sorts them."""
    return sorted(vehicle.entries("breaks", f"{vehicle.name}: break"), key=lambda one: one.windows("time_windows")[:1])


def origin(document: Document) -> int:
    """The moment from which all others are counted: 0, or with timestamps the midnight before the first of them."""
    vehicles = Entry("the problem", document).entries("vehicles", "vehicle")
    windows = [vehicle.window("time_window") for vehicle in vehicles if "time_window" in vehicle]
    for entry in (*(pause for vehicle in vehicles for pause in breaks(vehicle)), *(t.entry for t in tasks(document))):
        windows += entry.windows("time_windows")
    starts = [start for start, _ in windows]
    return min(starts) // DAY * DAY if max(starts, default=0) > LATEST else 0


class Day:
    """A document on its way to a problem, with what all its parts have in common."""

    def __init__(self, document: Document, travel: Travel) -> None:
        self.whole = Entry("the problem", document)
        self.whole.allow("jobs", "shipments", "vehicles", "matrices")
        self.vehicles = self.whole.entries("vehicles", "vehicle")
        self.tasks = tasks(document)
        if not self.vehicles or not self.tasks:
            raise UnsupportedInput("the problem has no vehicles, or neither jobs nor shipments")
        self.profile, *others = {vehicle.text("profile", "car") for vehicle in self.vehicles}
        if others:
            raise UnsupportedInput("the vehicles use more than one profile, which this planner does not know")
        self.origin = origin(document)
        self.by_index = "matrices" in self.whole
        self.lengths_known = True
        self.travel = self._matrices() if self.by_index else travel
        self.dimensions = self._dimensions()

    def problem(self) -> Problem:
        stops = tuple(self._stop(task) for task in self.tasks)
        couriers = tuple(self._courier(vehicle) for vehicle in self.vehicles)
        free = any(courier.start == NOWHERE for courier in couriers)
        travel: Travel = FreeStart(self.travel) if free else self.travel
        return Problem(stops, couriers, travel, shipments=tuple(self._shipments()))

    def _matrices(self) -> Travel:
        tables = self.whole.entry("matrices").entry(self.profile)
        tables.allow("durations", "distances", "costs")
        seconds = tables.table("durations")
        self.lengths_known = "distances" in tables
        metres = tables.table("distances") if self.lengths_known else [[0] * len(seconds)] * len(seconds)
        if len(metres) != len(seconds):
            raise UnsupportedInput(f"distances and durations of {tables.name} are not of one size")
        if "costs" in tables and tables.table("costs") != seconds:
            raise UnsupportedInput("the problem uses costs other than durations, which this planner does not know")
        index = {Location(float(row), 0.0): row for row in range(len(seconds))}
        return MatrixTravel(index, np.array(seconds, np.int64), np.array(metres, np.int64))

    def _dimensions(self) -> int:
        given = [vehicle.wholes("capacity") for vehicle in self.vehicles]
        given += [
            task.of.wholes(key) for task in self.tasks for key in ("delivery", "pickup", "amount") if _holds(task, key)
        ]
        lengths = {len(amounts) for amounts in given}
        if len(lengths) > 1:
            raise UnsupportedInput("not all vehicles and tasks have the same number of amounts; each vehicle needs all")
        return lengths.pop() if lengths else 0

    def _stop(self, task: Task) -> Stop:
        task.entry.allow(*_STEP, *(("delivery", "pickup", "skills", "priority") if task.kind == "job" else ()))
        location = self._location(task.entry, "location", "location_index")
        task.entry.text("description", "")
        is_job = task.kind == "job"
        return Stop(
            id=task.stop_id,
            location=location,
            service=task.entry.whole("service", 0),
            windows=self._windows(task.entry),
            place=f"{location.lat},{location.lon}",
            place_setup=task.entry.whole("setup", 0),
            demand=self._amount(task.entry, "delivery") if is_job else (0,) * self.dimensions,
            collect=task.entry.wholes("pickup") if is_job else (),
            priority=task.of.whole("priority", 0),
            skills=_skills(task.of),
        )

    def _shipments(self) -> Iterable[Shipment]:
        ends = [task for task in self.tasks if task.kind != "job"]
        for pickup, delivery in zip(ends[::2], ends[1::2], strict=True):
            pickup.of.allow("pickup", "delivery", "amount", "skills", "priority")
            yield Shipment(pickup.stop_id, delivery.stop_id, self._amount(pickup.of, "amount"))

    def _courier(self, vehicle: Entry) -> Courier:
        vehicle.allow(*_VEHICLE)
        if not {"start", "start_index", "end", "end_index"} & set(vehicle.fields):
            raise UnsupportedInput(f"{vehicle.name} has neither start nor end")
        has_start = "start" in vehicle or "start_index" in vehicle
        has_end = "end" in vehicle or "end_index" in vehicle
        start = self._location(vehicle, "start", "start_index") if has_start else NOWHERE
        vehicle.text("description", "")
        shift = vehicle.window("time_window") if "time_window" in vehicle else None
        return Courier(
            id=str(vehicle.whole("id", most=MOST_ID)),
            start=start,
            end=self._location(vehicle, "end", "end_index") if has_end else None,
            open_end=not has_end,
            shift=self._window(shift) if shift else TimeWindow(0, LATEST),
            capacity=vehicle.wholes("capacity"),
            breaks=self._breaks(vehicle),
            skills=_skills(vehicle),
            speed=_speed(vehicle),
            max_stops=min(UNLIMITED, vehicle.whole("max_tasks", UNLIMITED)),
            max_driving=min(UNLIMITED, vehicle.whole("max_travel_time", UNLIMITED)),
            max_distance=min(UNLIMITED, self._metres(vehicle, "max_distance", UNLIMITED)),
            **self._costs(vehicle),  # type: ignore[arg-type]  # all of its keys are prices
        )

    def _costs(self, vehicle: Entry) -> dict[str, int]:
        if "costs" not in vehicle:
            return {}
        costs = vehicle.entry("costs")
        costs.allow("fixed", "per_hour", "per_km")
        return {
            "fixed": costs.whole("fixed", 0),
            "per_hour": costs.whole("per_hour", 3600),
            "per_km": self._metres(costs, "per_km", 0),
        }

    def _metres(self, of: Entry, key: str, default: int) -> int:
        """A number that means something only where it is known how far the ways are."""
        if key in of and not self.lengths_known:
            raise UnsupportedInput(f"{of.name} uses {key}, but the matrices have no distances")
        return of.whole(key, default)

    def _breaks(self, vehicle: Entry) -> tuple[Break, ...]:
        pauses = breaks(vehicle)
        ids = [pause.whole("id", most=MOST_ID) for pause in pauses]
        if len(ids) != len(set(ids)):
            raise UnsupportedInput(f"{vehicle.name} has two breaks with one id")
        for pause in pauses:
            pause.allow("id", "time_windows", "service", "description")
            pause.text("description", "")
        return tuple(
            Break(self._windows(pause) or (TimeWindow(0, LATEST),), pause.whole("service", 0)) for pause in pauses
        )

    def _amount(self, of: Entry, key: str) -> tuple[int, ...]:
        return of.wholes(key) if key in of else (0,) * self.dimensions

    def _windows(self, of: Entry) -> tuple[TimeWindow, ...]:
        return tuple(self._window(pair) for pair in of.windows("time_windows"))

    def _window(self, pair: tuple[int, int]) -> TimeWindow:
        start, end = pair
        # A window of everything may end at a moment that no clock here reaches; it starts at one, or is refused.
        return TimeWindow(start - self.origin, min(LATEST, end - self.origin) if end >= start else end - self.origin)

    def _location(self, of: Entry, name: str, index_name: str) -> Location:
        if not self.by_index:
            lon, lat = of.point(name)
            return Location(lat, lon)
        if name in of:
            of.point(name)
        index = of.whole(index_name)
        location = Location(float(index), 0.0)
        self.travel.matrices([location])
        return location


@dataclass(frozen=True, slots=True)
class FreeStart:
    """Ways as `travel` says, and none at all from or to nowhere."""

    travel: Travel

    def matrices(self, places: Sequence[Location]) -> tuple[Matrix, Matrix]:
        known = [row for row, place in enumerate(places) if place != NOWHERE]
        seconds, metres = (np.zeros((len(places), len(places)), np.int64) for _ in range(2))
        seconds[np.ix_(known, known)], metres[np.ix_(known, known)] = self.travel.matrices(
            [places[row] for row in known]
        )
        return seconds, metres

    def chart(self, places: Sequence[Location]) -> Points:
        """Nowhere is in the midst of everything."""
        known = [row for row, place in enumerate(places) if place != NOWHERE]
        chart = self.travel.chart([places[row] for row in known])
        points = np.tile(chart.mean(axis=0) if known else np.zeros(2), (len(places), 1))
        points[known] = chart
        return points


def _holds(task: Task, key: str) -> bool:
    """Whether the key holds an amount there; of a shipment, `pickup` and `delivery` are its two ends."""
    return key in task.of and (key == "amount") == (task.kind != "job")


def _skills(of: Entry) -> frozenset[str]:
    return frozenset(map(str, of.wholes("skills")))


def _speed(vehicle: Entry) -> float:
    factor = vehicle.number("speed_factor", 1.0)
    if not 0 < factor <= 5:
        raise UnsupportedInput(f"speed_factor of {vehicle.name} is not more than 0 and at most 5")
    return factor
