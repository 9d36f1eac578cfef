"""Reading VRPLIB files (http://vrp.galgos.inf.puc-rio.br, with PyVRP's additions) and writing CVRPLIB solutions.

Conventions of the field: CVRP counts in whole units, rounded; VRPTW and PCVRPTW in tenths, cut off (DIMACS 2021);
MDVRPTW in thousandths, rounded. A stop's id is its number in solutions: the node's number in the file, less one.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from routing.errors import UnsupportedInput
from routing.plan import Plan
from routing.problem import LATEST, UNLIMITED, Courier, Problem, Stop, TimeWindow
from routing.travel import Location, Matrix, MatrixTravel, Points, Travel

_HEADERS = {
    "NAME", "COMMENT", "TYPE", "DIMENSION", "EDGE_WEIGHT_TYPE", "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE", "CAPACITY",
    "VEHICLES", "SERVICE_TIME", "VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE", "DISTANCE",
}  # fmt: skip
_SECTIONS = {
    "NODE_COORD_SECTION", "DEMAND_SECTION", "DEPOT_SECTION", "TIME_WINDOW_SECTION", "SERVICE_TIME_SECTION",
    "EDGE_WEIGHT_SECTION", "VEHICLES_DEPOT_SECTION", "PRIZE_SECTION", "RELEASE_TIME_SECTION", "CAPACITY_SECTION",
    "VEHICLES_FIXED_COST_SECTION", "VEHICLES_MAX_DURATION_SECTION", "VEHICLES_MAX_DISTANCE_SECTION",
}  # fmt: skip
_SCALES = {"CVRP": 1, "VRPTW": 10, "PCVRPTW": 10, "MDVRPTW": 1000, "HFVRP": 1, "MDVRP": 1, "DCVRP": 1}
# Published costs of VRPTW count whole units; those of the others, what the solver counted.
_UNITS = {"VRPTW": 10}
# A fleet without a number is given a third more couriers than the demand needs.
SPARE = 1.3
Rows = list[list[float]]


@dataclass(frozen=True, slots=True)
class PlaneTravel:
    """Straight lines between points on a plane (`lat` is x, `lon` y), times `scale`, rounded or cut off."""

    scale: int
    cut_off: bool

    def matrices(self, places: Sequence[Location]) -> tuple[Matrix, Matrix]:
        points = np.array(places, dtype=float).reshape(-1, 2)
        exact = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)) * self.scale
        whole = (np.floor(exact + 1e-9) if self.cut_off else np.floor(exact + 0.5)).astype(np.int64)
        return whole, whole

    def chart(self, places: Sequence[Location]) -> Points:
        return np.array(places, dtype=float).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Instance:
    """A problem from a VRPLIB file; its prices are `unit` times those of published solutions."""

    name: str
    problem: Problem
    unit: int


def read_instance(text: str, roads: Travel | None = None) -> Instance:
    """The problem in a VRPLIB file; with `roads`, its coordinates are longitudes and latitudes, its times seconds.

    Raises UnsupportedInput, naming what would have to be ignored or cannot be read, and InvalidProblem.
    """
    headers, sections = _split(text)
    kind = headers.get("TYPE", "CVRP")
    if kind not in _SCALES:
        raise UnsupportedInput(f"TYPE {kind} is not one of {', '.join(_SCALES)}")
    try:
        return _read(kind, headers, sections, roads)
    except (KeyError, ValueError, IndexError) as error:
        raise UnsupportedInput(f"the file is not a complete VRPLIB problem: {error!r}") from error


def _split(text: str) -> tuple[dict[str, str], dict[str, Rows]]:
    headers: dict[str, str] = {}
    sections: dict[str, Rows] = {}
    current: Rows | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line == "EOF":
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if name in _SECTIONS:
            current = sections.setdefault(name, [])
        elif name.endswith("_SECTION"):
            raise UnsupportedInput(f"line {number}: {name} is not known")
        elif colon:
            if name not in _HEADERS:
                raise UnsupportedInput(f"line {number}: {name} is not known")
            headers[name] = value.strip('"')
        elif current is None:
            raise UnsupportedInput(f"line {number} belongs to no section")
        else:
            current.append(_numbers(number, line))
    return headers, sections


def _numbers(number: int, line: str) -> list[float]:
    try:
        values = [float(part) for part in line.split()]
    except ValueError as error:
        raise UnsupportedInput(f"line {number}: {error}") from error
    if not all(map(math.isfinite, values)):
        raise UnsupportedInput(f"line {number} holds something that is not a number")
    return values


def _read(kind: str, headers: Mapping[str, str], sections: Mapping[str, Rows], roads: Travel | None) -> Instance:
    scale, size = _SCALES[kind] if roads is None else 1, int(headers["DIMENSION"])
    travel, places = _travel(kind, scale, size, headers, sections)
    if roads is not None:
        travel, places = roads, _on_the_globe(headers, places)
    depots = [int(row[0]) - 1 for row in sections["DEPOT_SECTION"] if row[0] > 0]
    columns = _Columns(scale, size, headers, sections)
    stops = tuple(columns.stop(node, places[node]) for node in range(size) if node not in depots)
    return Instance(
        headers.get("NAME", ""),
        Problem(stops, columns.couriers(places, depots), travel, balance=0),
        _UNITS.get(kind, 1) if roads is None else 1,
    )


def _on_the_globe(headers: Mapping[str, str], places: Sequence[Location]) -> list[Location]:
    if headers.get("EDGE_WEIGHT_TYPE", "EUC_2D") != "EUC_2D":
        raise UnsupportedInput("the file has travel times of its own; take it without a street network")
    if any(abs(place.lat) > 180 or abs(place.lon) > 90 for place in places):
        raise UnsupportedInput("for a street network the coordinates must be longitudes and latitudes in degrees")
    return [Location(lat=y, lon=x) for x, y in places]


def _travel(
    kind: str, scale: int, size: int, headers: Mapping[str, str], sections: Mapping[str, Rows]
) -> tuple[Travel, list[Location]]:
    form = headers.get("EDGE_WEIGHT_TYPE", "EUC_2D")
    if form == "EUC_2D":
        points = {int(row[0]): Location(row[1], row[2]) for row in sections["NODE_COORD_SECTION"]}
        return PlaneTravel(scale, cut_off=kind.endswith("VRPTW") and kind != "MDVRPTW"), [
            points[node] for node in range(1, size + 1)
        ]
    if form == "EXPLICIT":
        return _explicit(scale, size, headers, sections)
    raise UnsupportedInput(f"EDGE_WEIGHT_TYPE {form} is not known")


def _explicit(
    scale: int, size: int, headers: Mapping[str, str], sections: Mapping[str, Rows]
) -> tuple[Travel, list[Location]]:
    form = headers.get("EDGE_WEIGHT_FORMAT", "FULL_MATRIX")
    values = np.array([value for row in sections["EDGE_WEIGHT_SECTION"] for value in row]) * scale
    table = np.zeros((size, size))
    if form == "FULL_MATRIX":
        table[:] = values.reshape(size, size)
    elif form in {"LOWER_ROW", "LOWER_DIAG_ROW"}:
        table[np.tril_indices(size, -1 if form == "LOWER_ROW" else 0)] = values
        table = np.maximum(table, table.T)
    else:
        raise UnsupportedInput(f"EDGE_WEIGHT_FORMAT {form} is not known")
    whole = np.rint(table).astype(np.int64)
    places = [Location(float(node), 0.0) for node in range(size)]
    return MatrixTravel({place: node for node, place in enumerate(places)}, whole, whole), places


@dataclass(frozen=True, slots=True)
class _Columns:
    """The sections read by node and by vehicle."""

    scale: int
    size: int
    headers: Mapping[str, str]
    sections: Mapping[str, Rows]

    def stop(self, node: int, place: Location) -> Stop:
        window = self._of("TIME_WINDOW_SECTION", node)
        prize = self._of("PRIZE_SECTION", node)
        release = self._of("RELEASE_TIME_SECTION", node)
        service = self._of("SERVICE_TIME_SECTION", node) or [float(self.headers.get("SERVICE_TIME", 0))]
        return Stop(
            id=str(node),
            location=place,
            service=self._whole(service[0]),
            windows=(TimeWindow(self._whole(window[0]), self._whole(window[1])),) if window else (),
            demand=tuple(int(amount) for amount in self._of("DEMAND_SECTION", node) or [0.0]),
            penalty=self._whole(prize[0]) if prize else None,
            release=self._whole(release[0]) if release else 0,
        )

    def couriers(self, places: Sequence[Location], depots: Sequence[int]) -> tuple[Courier, ...]:
        homes = [int(row[1]) - 1 for row in self.sections.get("VEHICLES_DEPOT_SECTION", ())]
        count = int(self.headers.get("VEHICLES", 0)) or len(homes) or self._enough(depots)
        if not homes and len(depots) > 1:
            raise UnsupportedInput("with several depots VEHICLES_DEPOT_SECTION must say which vehicle is where")
        return tuple(self._courier(number, places, homes[number] if homes else depots[0]) for number in range(count))

    def _courier(self, number: int, places: Sequence[Location], home: int) -> Courier:
        window = self._of("TIME_WINDOW_SECTION", home)
        room = self._of("CAPACITY_SECTION", number) or [float(self.headers["CAPACITY"])]
        return Courier(
            id=str(number + 1),
            start=places[home],
            shift=TimeWindow(self._whole(window[0]), self._whole(window[1])) if window else TimeWindow(0, LATEST),
            capacity=tuple(int(amount) for amount in room),
            fixed=self._whole((self._of("VEHICLES_FIXED_COST_SECTION", number) or [0.0])[0]),
            max_duration=self._limit("VEHICLES_MAX_DURATION", number),
            max_distance=self._limit("VEHICLES_MAX_DISTANCE", number),
        )

    def _enough(self, depots: Sequence[int]) -> int:
        demand = sum(row[1] for row in self.sections["DEMAND_SECTION"])
        needed = math.ceil(demand / max(1.0, float(self.headers["CAPACITY"])) * SPARE) + 3
        return min(needed, self.size - len(depots)) or 1

    def _limit(self, name: str, number: int) -> int:
        own = self._of(f"{name}_SECTION", number)
        common = self.headers.get(name)
        if own:
            return self._whole(own[0])
        return self._whole(float(common)) if common else UNLIMITED

    def _of(self, section: str, number: int) -> list[float]:
        """What a section says of a node or vehicle, counted from 0; nothing where there is no such section."""
        rows = self.sections.get(section)
        if rows is None:
            return []
        row = rows[number]
        if int(row[0]) != number + 1:
            raise UnsupportedInput(f"{section} is not in the order of its numbers")
        return row[1:]

    def _whole(self, value: float) -> int:
        return round(value * self.scale)


def read_solution(text: str) -> list[list[str]]:
    """The ids of the stops of each route in a CVRPLIB solution."""
    return [match.group(1).split() for match in re.finditer(r"^Route\s*#\d+\s*:(.*)$", text, re.MULTILINE)]


def write_solution(plan: Plan, unit: int) -> str:
    """The plan in CVRPLIB's form; the cost divided by `unit`, as the family's lists of best known ones have it."""
    lines = [
        f"Route #{number}: {' '.join(visit.stop_id for visit in route.visits)}"
        for number, route in enumerate(plan.routes, start=1)
    ]
    return "\n".join([*lines, f"Cost {plan.cost / unit:.10g}", ""])
