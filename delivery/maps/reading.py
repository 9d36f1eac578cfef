"""Reading an OpenStreetMap file: what a ward needs of it, as plain values; what is broken is counted and left out."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from math import cos, radians
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray

from delivery.errors import BadInput, UnreadableFile
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.maps.geometry import METRES_PER_DEGREE, Shape
from delivery.maps.names import clean

# Each way that people or vehicles use, and how it is drawn.
CLASS_OF = {
    "motorway": "motorway", "trunk": "motorway", "motorway_link": "motorway", "trunk_link": "motorway",
    "primary": "primary", "secondary": "primary", "primary_link": "primary", "secondary_link": "primary",
    "tertiary": "tertiary", "tertiary_link": "tertiary",
    "residential": "street", "unclassified": "street", "living_street": "street", "pedestrian": "street",
    "road": "street", "busway": "street",
    "service": "lane", "track": "lane",
    "path": "path", "footway": "path", "steps": "path", "cycleway": "path", "bridleway": "path",
}  # fmt: skip
WATER_LINES = frozenset({"river", "canal", "stream", "drain"})
_WATER_AREAS = frozenset({"riverbank", "dock"})
_PLACES = ("place", "amenity", "shop", "office", "tourism", "leisure", "healthcare", "historic", "railway")
_KEYS = ("highway", "addr:housenumber", "name", "natural", "waterway", "boundary", "landuse")
# What can be wrong with an object; counted in the report.
TEXTS_NOT_UTF8 = marked("Texts that are not UTF-8")
BOUNDARIES_NOT_CLOSED = marked("Boundaries that are not closed")
POINTS_ABSURD_COORDINATES = marked("Points with absurd coordinates")
WAYS_POINTS_OUTSIDE_THE_EXTRACT = marked("Ways with points outside the extract")
WAYS_ABSURD_JUMPS = marked("Ways with absurd jumps")
AREAS_NOT_CLOSED = marked("Areas that are not closed")
# No street has a straight piece of such a length; a point that was moved by mistake makes one.
_LONGEST_PIECE_M = 20_000.0
_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Road:
    """A way, or the part of it that lies in the extract: the ids of its n nodes, their (n, 2) latitudes, longitudes."""

    name: str
    kind: str
    nodes: NDArray[np.int64]
    points: NDArray[np.float64]
    bridge: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """Something with tags at a point, or an area with its shape: a house, a named place, a bus stop."""

    name: str
    lat: float
    lon: float
    tags: dict[str, str]
    shape: Shape = None


@dataclass(frozen=True, slots=True)
class Boundary:
    """An administrative area with its tags; `origin` is the relation or way it was mapped as: "r7115863", "w12"."""

    name: str
    level: int
    tags: dict[str, str]
    shape: Shape
    origin: str


@dataclass(slots=True)
class Extract:
    """What was read. `oddities` counts what was broken; `made` is the day of the data, where the file tells it."""

    roads: list[Road] = field(default_factory=list)
    houses: list[Spot] = field(default_factory=list)
    places: list[Spot] = field(default_factory=list)
    stops: list[Spot] = field(default_factory=list)
    boundaries: list[Boundary] = field(default_factory=list)
    water: list[Shape] = field(default_factory=list)
    oddities: Counter[str] = field(default_factory=Counter)
    made: date | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """South, west, north, east of the roads, in degrees."""
        low = np.min([road.points.min(axis=0) for road in self.roads], axis=0)
        high = np.max([road.points.max(axis=0) for road in self.roads], axis=0)
        return (*map(float, low), *map(float, high))  # type: ignore[return-value]


def read_extract(file: Path, seen: Callable[[int], None] = lambda _count: None) -> Extract:
    """Read a .osm.pbf, .osm or .osm.bz2 file; `seen` is told now and then how many objects were looked at.

    Raises UnreadableFile when the file is not OpenStreetMap data or is cut off, BadInput when it has no streets.
    """
    reading = _Reading(Extract())
    try:
        processor = osmium.FileProcessor(str(file)).with_areas().with_filter(osmium.filter.KeyFilter(*_KEYS, *_PLACES))
        header = processor.header
        if header.has_multiple_object_versions:
            raise UnreadableFile(_("This file holds the history of the map. Take an extract without history"))
        for count, each in enumerate(processor):
            reading.take(each)
            if count % _EVERY == 0:
                seen(count)
    except (RuntimeError, ValueError) as error:
        # What osmium says names the path and inner parts of the format; a person needs to know what to do.
        raise UnreadableFile(
            _("{file} is not OpenStreetMap data, or is cut off. Fetch the extract again and check its size").format(
                file=file.name)
        ) from error  # fmt: skip
    extract = reading.finished(header)
    if not any(road.name for road in extract.roads):
        raise BadInput(
            _("{file} holds no street with a name, so no address could be found in it. Take an extract of your area "
              "with roads and names").format(file=file.name)
        )  # fmt: skip
    return extract


class _Reading:
    """One pass over a file: each kind of object goes to its list."""

    def __init__(self, extract: Extract) -> None:
        self.extract = extract
        self.shapes = osmium.geom.WKBFactory()
        self.relations: set[str] = set()
        self.newest: datetime | None = None

    def take(self, each: Any) -> None:  # noqa: ANN401 - osmium has no types
        try:
            # The tags are copied: osmium's own are gone with the object.
            tags = {tag.k: tag.v for tag in each.tags}
            self._take(each, tags)
        except UnicodeDecodeError:
            self.extract.oddities[TEXTS_NOT_UTF8] += 1

    def _take(self, each: Any, tags: dict[str, str]) -> None:  # noqa: ANN401
        if each.is_area():
            self._area(each, tags)
            return
        if self.newest is None or each.timestamp > self.newest:
            self.newest = each.timestamp
        if each.is_node():
            self._node(each, tags)
        elif each.is_way():
            self._way(each, tags)
        elif tags.get("boundary") == "administrative":
            self.relations.add(f"r{each.id}")

    def finished(self, header: Any) -> Extract:  # noqa: ANN401
        whole = {boundary.origin for boundary in self.extract.boundaries}
        self.extract.oddities[BOUNDARIES_NOT_CLOSED] += len(self.relations - whole)
        self.extract.made = _day(header.get("osmosis_replication_timestamp"), self.newest)
        self.extract.oddities = +self.extract.oddities
        return self.extract

    def _node(self, node: Any, tags: dict[str, str]) -> None:  # noqa: ANN401
        if not node.location.valid():
            self.extract.oddities[POINTS_ABSURD_COORDINATES] += 1
            return
        self._spot(Spot(_name(tags), node.lat, node.lon, tags))

    def _way(self, way: Any, tags: dict[str, str]) -> None:  # noqa: ANN401
        kind = tags.get("highway", "")
        if kind not in CLASS_OF and tags.get("waterway") not in WATER_LINES:
            return
        pieces = list(_pieces(way))
        if len(pieces) != 1 or len(pieces[0]) != len(way.nodes):
            self.extract.oddities[WAYS_POINTS_OUTSIDE_THE_EXTRACT] += 1
        for piece in pieces:
            nodes = np.array([node for node, _lat, _lon in piece], np.int64)
            points = np.array([(lat, lon) for _node, lat, lon in piece], np.float64)
            if _longest_step_m(points) > _LONGEST_PIECE_M:
                self.extract.oddities[WAYS_ABSURD_JUMPS] += 1
            elif kind in CLASS_OF:
                bridge = tags.get("bridge", "no") != "no"
                self.extract.roads.append(Road(_name(tags), kind, nodes, points, bridge))
            else:
                self.extract.water.append(shapely.LineString(points[:, ::-1]))

    def _area(self, area: Any, tags: dict[str, str]) -> None:  # noqa: ANN401
        if "highway" in tags:
            return
        try:
            shape = shapely.from_wkb(self.shapes.create_multipolygon(area))
        except RuntimeError:
            # A boundary is counted at the end, with those that gave no area at all.
            if "boundary" not in tags:
                self.extract.oddities[AREAS_NOT_CLOSED] += 1
            return
        if tags.get("boundary") == "administrative":
            level = tags.get("admin_level", "")
            origin = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
            self.extract.boundaries.append(
                Boundary(_name(tags), int(level) if level.isdecimal() and len(level) < 3 else 0, tags, shape, origin)
            )
        elif tags.get("natural") == "water" or tags.get("waterway") in _WATER_AREAS:
            self.extract.water.append(shape)
        else:
            middle = shape.representative_point()
            self._spot(Spot(_name(tags), middle.y, middle.x, tags, shape))

    def _spot(self, spot: Spot) -> None:
        if "addr:housenumber" in spot.tags:
            self.extract.houses.append(spot)
        if spot.tags.get("highway") == "bus_stop" or spot.tags.get("public_transport") == "platform":
            self.extract.stops.append(spot)
        elif spot.name and "highway" not in spot.tags:
            self.extract.places.append(spot)


def _name(tags: dict[str, str]) -> str:
    return clean(tags.get("name:vi")) or clean(tags.get("name"))


def _pieces(way: Any) -> Iterator[list[tuple[int, float, float]]]:  # noqa: ANN401
    """The runs of points that are there; an extract that was cut at its edge lacks the rest."""
    for valid, run in groupby(way.nodes, key=lambda node: node.location.valid()):
        if valid:
            # Copied at once: osmium's nodes do not outlive the step of the loop.
            points = [(node.ref, node.lat, node.lon) for node in run]
            if len(points) > 1:
                yield points


def _longest_step_m(points: NDArray[np.float64]) -> float:
    steps = np.diff(points, axis=0) * METRES_PER_DEGREE
    steps[:, 1] *= cos(radians(points[0, 0]))
    return float(np.hypot(steps[:, 0], steps[:, 1]).max())


def _day(stated: str, newest: datetime | None) -> date | None:
    """The day of the data: as the file states it, else that of its newest object, as far as objects have one."""
    try:
        day: date | None = datetime.fromisoformat(stated).astimezone(UTC).date()
    except ValueError:
        day = newest.astimezone(UTC).date() if newest else None
    return day if day and day.year >= 2004 else None
