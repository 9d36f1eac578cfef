"""Where the map puts a number, an alley, a street or a named place, and how far off that may be."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import cos, hypot, radians

from shapely import LineString, MultiLineString, Point, line_merge

from delivery.places.atlas import Atlas
from delivery.places.rows import NumberRow, PlaceRow, StreetRow

# How far the answers were from the truth in leave-one-out on the known points: about the third quartile. Between two
# known points it grows with their distance, faster when they are on both sides of the street.
AT_A_HOUSE, AT_A_KNOWN_POINT, BETWEEN_MOST, BEYOND = 25, 60, 400, 220
ONE_SIDE, BOTH_SIDES = (40, 0.3), (180, 1.0)
OF_A_STREET = 0.8
# So far from the nearest number that its place is as good as any; each number more is good for some metres.
NEAR_NUMBERS, METRES_A_NUMBER = 60, 2
# A street's stretches (and numbers) farther apart than this are namesakes.
APART_M = 1500
METRES_A_DEGREE = 111_195


class Quality(StrEnum):
    """How exactly a place is known."""

    DOOR = "door"
    HOUSE = "house"
    ALLEY = "alley"
    STREET = "street"
    AREA = "area"
    WARD = "ward"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Fix:
    """A position with the radius in metres that holds about three quarters of the errors; `ward` today's code or ""."""

    lat: float
    lon: float
    radius_m: int
    quality: Quality
    source: str
    ward: str
    length_m: int = 0


def apart_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Metres between two points that are close to each other, on a plane."""
    return METRES_A_DEGREE * hypot(lat1 - lat2, (lon1 - lon2) * cos(radians(lat1)))


def alley_fixes(atlas: Atlas, street: str, alleys: Sequence[str]) -> list[Fix]:
    """The alley itself where it is mapped, else the nearest mapped alley on the way to it; all that are called so."""
    for depth in range(len(alleys), 0, -1):
        rows = atlas.gazetteer.alleys.get((street, "/".join(alleys[:depth])), ())
        if rows:
            beyond = 0 if depth == len(alleys) else AT_A_KNOWN_POINT
            return [_on_row(row, max(30, row.reach_m) + beyond, Quality.ALLEY, "alleys") for row in rows]
    return []


def street_fixes(rows: Iterable[StreetRow]) -> list[Fix]:
    """The middle of each of a street's stretches."""
    return [_on_row(row, max(50, round(OF_A_STREET * row.reach_m)), Quality.STREET, "streets") for row in rows]


def place_fixes(rows: Iterable[PlaceRow]) -> list[Fix]:
    """Estates, buildings and points of interest."""
    return [Fix(row.lat, row.lon, max(50, row.reach_m), Quality.AREA, "places", row.ward) for row in rows]


def _on_row(row: StreetRow, radius: int, quality: Quality, source: str) -> Fix:
    return Fix(row.lat, row.lon, radius, quality, source, row.ward, row.length_m)


def number_fix(atlas: Atlas, street: str, number: int, rows: Sequence[StreetRow]) -> Fix | None:
    """Where a number lies on these stretches of a street: at a known point, between two, or near the nearest.

    The two sides of a Vietnamese street count on their own, odd and even, and one may run far ahead of the other; so
    the numbers of the same side come first. In leave-one-out that takes a fifth off the median error.
    """
    points = [point for point in atlas.gazetteer.numbers.get(street, ()) if _belongs(point, rows)]
    same_side = [point for point in points if point.number % 2 == number % 2]
    return (
        _at_or_between(atlas, same_side, number, rows, ONE_SIDE)
        or _at_or_between(atlas, points, number, rows, BOTH_SIDES)
        or _near(atlas, points, number, max(row.reach_m for row in rows))
    )


def _at_or_between(
    atlas: Atlas, points: Sequence[NumberRow], number: int, rows: Sequence[StreetRow], doubt: tuple[int, float]
) -> Fix | None:
    at = bisect_left(points, number, key=lambda point: point.number)
    above = points[at] if at < len(points) else None
    below = points[at - 1] if at else None
    if above is not None and above.number == number:
        return _numbered(atlas, above.lat, above.lon, AT_A_HOUSE if above.exact else AT_A_KNOWN_POINT)
    if above is None or below is None:
        return None
    lat, lon = _between(below, above, number, rows)
    apart = apart_m(below.lat, below.lon, above.lat, above.lon)
    return _numbered(atlas, lat, lon, round(max(doubt[0], min(BETWEEN_MOST, apart * doubt[1]))))


def _near(atlas: Atlas, points: Sequence[NumberRow], number: int, reach_m: int) -> Fix | None:
    """At the nearest number, unless the street's middle is as good a guess."""
    nearest = min(points, key=lambda point: abs(point.number - number), default=None)
    if nearest is None:
        return None
    radius = BEYOND + METRES_A_NUMBER * max(0, abs(nearest.number - number) - NEAR_NUMBERS)
    return (
        _numbered(atlas, nearest.lat, nearest.lon, radius) if radius < max(OF_A_STREET * reach_m, BEYOND + 1) else None
    )


def _belongs(point: NumberRow, rows: Iterable[StreetRow]) -> bool:
    """Whether a numbered point lies on one of the stretches and not on a namesake."""
    return any(apart_m(point.lat, point.lon, row.lat, row.lon) <= row.reach_m + APART_M for row in rows)


def _numbered(atlas: Atlas, lat: float, lon: float, radius: int) -> Fix:
    ward = atlas.wards.at(lat, lon)
    return Fix(lat, lon, radius, Quality.HOUSE, "numbers", ward.code if ward else "")


def _between(below: NumberRow, above: NumberRow, number: int, rows: Sequence[StreetRow]) -> tuple[float, float]:
    """The point between two numbered ones in proportion to the numbers, along the street where its line is known."""
    part = (number - below.number) / (above.number - below.number)
    along = _along(below, above, part, rows)
    if along is not None:
        return along
    return below.lat + part * (above.lat - below.lat), below.lon + part * (above.lon - below.lon)


def _along(below: NumberRow, above: NumberRow, part: float, rows: Sequence[StreetRow]) -> tuple[float, float] | None:
    merged = line_merge(MultiLineString([[(lon, lat) for lat, lon in line] for row in rows for line in row.lines]))
    for line in getattr(merged, "geoms", [merged]):
        first, last = Point(below.lon, below.lat), Point(above.lon, above.lat)
        on_it = isinstance(line, LineString) and not line.is_empty
        if on_it and max(line.distance(first), line.distance(last)) * METRES_A_DEGREE <= AT_A_KNOWN_POINT:
            start, end = line.project(first), line.project(last)
            point = line.interpolate(start + part * (end - start))
            return point.y, point.x
    return None


def clusters(rows: Sequence[StreetRow]) -> list[list[StreetRow]]:
    """Stretches that hang together; more than one cluster means streets that only share a name."""
    found: list[list[StreetRow]] = []
    for row in rows:
        touching = [cluster for cluster in found if any(_touch(row, other) for other in cluster)]
        merged = [row, *(other for cluster in touching for other in cluster)]
        found = [cluster for cluster in found if cluster not in touching] + [merged]
    return found


def _touch(one: StreetRow, other: StreetRow) -> bool:
    return apart_m(one.lat, one.lon, other.lat, other.lon) <= one.reach_m + other.reach_m + APART_M
