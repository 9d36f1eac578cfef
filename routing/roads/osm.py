"""Streets from an OpenStreetMap extract (`.osm.pbf`), by rules of our own for who may ride where.

Ferries, rails and what is only planned are no streets. Turn restrictions are not read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium

from routing.errors import UnsupportedInput
from routing.roads.network import Network, Vehicle, apart
from routing.roads.order import contraction_order
from routing.roads.speeds import ROW

EVERYONE = frozenset(Vehicle)
MOTORS = frozenset({Vehicle.MOTORBIKE, Vehicle.CAR})
WHEELS = MOTORS | {Vehicle.BICYCLE}
WALKERS = frozenset({Vehicle.FOOT})
# Who may use a street by its class, where no other tag says so.
OPEN_TO = {
    **dict.fromkeys(ROW, EVERYONE),
    "motorway": frozenset({Vehicle.CAR}),
    "pedestrian": WALKERS,
    "cycleway": WALKERS | {Vehicle.BICYCLE},
    "path": WALKERS | {Vehicle.BICYCLE},
    "steps": WALKERS,
}
ALIASES = {"road": "unclassified", "footway": "pedestrian", "bridleway": "path", "corridor": "pedestrian"}
# From the widest to the narrowest: what a narrower tag says counts more.
ACCESS = (
    ("access", EVERYONE),
    ("vehicle", WHEELS),
    ("motor_vehicle", MOTORS),
    ("foot", WALKERS),
    ("bicycle", frozenset({Vehicle.BICYCLE})),
    ("motorcycle", frozenset({Vehicle.MOTORBIKE})),
    ("motorcar", frozenset({Vehicle.CAR})),
)
SHUT = {"no", "private", "agricultural", "forestry", "emergency", "use_sidepath", "official"}
# A courier is whom such a street is for.
OPEN = {"yes", "permissive", "designated", "destination", "delivery", "customers", "permit", "residents"}
ONE_WAY_TAGS = {
    Vehicle.BICYCLE: ("oneway:bicycle", "oneway"),
    Vehicle.MOTORBIKE: ("oneway:motorcycle", "oneway"),
    Vehicle.CAR: ("oneway:motorcar", "oneway"),
    Vehicle.FOOT: ("oneway:foot",),
}
KMH = re.compile(r"(\d{1,3})(?:\s*(?:km/h|kph))?")
MPH = re.compile(r"(\d{1,3})\s*mph")


def read_network(path: Path) -> Network:
    """The streets of an OpenStreetMap extract.

    Raises UnsupportedInput when the file is no extract, is cut off, or holds no street, and OSError when it cannot
    be opened.
    """
    ways = _Ways()
    with path.open("rb"):
        pass  # osmium tells a missing file and a broken one by the same error
    try:
        for way in osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.KeyFilter("highway")):
            if way.is_way():
                ways.add(dict(way.tags), ((n.ref, n.lat, n.lon) if n.location.valid() else None for n in way.nodes))
    except RuntimeError as error:
        raise UnsupportedInput(f"{path.name} cannot be read as an OpenStreetMap extract (.osm.pbf)") from error
    if not ways.runs:
        raise UnsupportedInput(f"{path.name} holds no street; take an extract with ways tagged highway and their nodes")
    return ways.network()


def directions(tags: Mapping[str, str]) -> tuple[int, int]:
    """Which vehicles may go along a way and against it, as bits."""
    ahead = back = 0
    for vehicle in allowed(tags):
        along, against = _ways_open(tags, vehicle)
        ahead |= along * vehicle.bit
        back |= against * vehicle.bit
    return ahead, back


def allowed(tags: Mapping[str, str]) -> frozenset[Vehicle]:
    """Who may be on a way at all."""
    kind = _class(tags)
    if kind is None or tags.get("area") == "yes" or tags.get("route") == "ferry":
        return frozenset()
    who = OPEN_TO[kind]
    for key, vehicles in ACCESS:
        value = tags.get(key)
        if value in SHUT:
            who -= vehicles
        elif value in OPEN and key != "access":
            who |= vehicles
    return who


def signed_limit(tags: Mapping[str, str]) -> int:
    """The signed speed limit in km/h; 0 where there is none that can be read."""
    text = tags.get("maxspeed", "").strip()
    if match := KMH.fullmatch(text):
        return min(int(match[1]), 255)
    if match := MPH.fullmatch(text):
        return min(round(int(match[1]) * 1.609344), 255)
    return 0


def _ways_open(tags: Mapping[str, str], vehicle: Vehicle) -> tuple[bool, bool]:
    value = next((tags[key] for key in ONE_WAY_TAGS[vehicle] if key in tags), None)
    if value is None and vehicle is not Vehicle.FOOT:
        round_about = tags.get("junction") in {"roundabout", "circular"} or tags.get("highway") == "motorway"
        value = "yes" if round_about else None
    if value in {"-1", "reverse"}:
        return False, True
    return True, value not in {"yes", "true", "1"}


def _class(tags: Mapping[str, str]) -> str | None:
    kind = tags.get("highway", "").removesuffix("_link")
    kind = ALIASES.get(kind, kind)
    return kind if kind in ROW else None


@dataclass(slots=True)
class _Ways:
    """The ways read so far, as runs of nodes with known places, and what each run is."""

    runs: list[tuple[list[int], tuple[int, int, int, int]]] = field(default_factory=list)
    places: dict[int, tuple[float, float]] = field(default_factory=dict)

    def add(self, tags: Mapping[str, str], nodes: Iterable[tuple[int, float, float] | None]) -> None:
        """Take a way. Nodes that the extract lacks cut it into runs."""
        kind, (ahead, back) = _class(tags), directions(tags)
        if kind is None or not ahead | back:
            return
        what = (ROW[kind], signed_limit(tags), ahead, back)
        run: list[int] = []
        for node in (*nodes, None):
            if node is not None and (not run or run[-1] != node[0]):
                run.append(node[0])
                self.places[node[0]] = node[1:]
            elif node is None:
                if len(run) > 1:
                    self.runs.append((run, what))
                run = []

    def network(self) -> Network:
        """Cut at every junction: a node where a run ends or where ways touch."""
        seen: dict[int, int] = {}
        for run, _ in self.runs:
            for node in run:
                seen[node] = seen.get(node, 0) + 1
            seen[run[0]] = seen[run[-1]] = 2
        number: dict[int, int] = {}
        streets = [
            (number.setdefault(line[0], len(number)), number.setdefault(line[-1], len(number)), line, what)
            for run, what in self.runs
            for line in _cut(run, seen)
        ]
        return self._assembled(list(number), streets)

    def _assembled(
        self, junctions: list[int], streets: list[tuple[int, int, list[int], tuple[int, int, int, int]]]
    ) -> Network:
        tails, heads, lines, whats = zip(*streets, strict=True)
        points = np.array([self.places[node] for line in lines for node in line], float)
        starts = np.r_[0, np.cumsum([len(line) for line in lines])].astype(np.int64)
        steps = np.append(apart(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1]), 0.0)
        steps[starts[1:] - 1] = 0.0
        places = np.array([self.places[node] for node in junctions], float)
        road_class, limit, ahead, back = np.array(whats, np.uint8).T
        tail, head, lat, lon = np.array(tails, np.int32), np.array(heads, np.int32), *places.T.copy()
        return Network(
            lat=lat,
            lon=lon,
            tail=tail,
            head=head,
            metres=np.add.reduceat(steps, starts[:-1]),
            road_class=road_class.copy(),
            limit=limit.copy(),
            ahead=ahead.copy(),
            back=back.copy(),
            starts=starts,
            points=points,
            order=contraction_order(tail, head, lat, lon),
        )


def _cut(run: list[int], seen: Mapping[int, int]) -> Iterator[list[int]]:
    """The parts of a run from junction to junction."""
    cuts = [where for where, node in enumerate(run) if seen[node] > 1]
    for start, end in pairwise(cuts):
        yield run[start : end + 1]
