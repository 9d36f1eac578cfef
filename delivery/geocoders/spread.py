"""Several sightings of one door become one point: the median of those that agree, and how far they lie apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from geopy.distance import great_circle

Point = tuple[float, float]

# A phone between houses is off by some 20 m; what lies three typical distances away (and at least this far) is a slip.
ALWAYS_NEAR_M = 60
OUTLIER_FACTOR = 3.0
SINGLE_RADIUS_M = 30
SMALLEST_RADIUS_M = 15


@dataclass(frozen=True, slots=True)
class Sighted:
    """Where several points agree: their middle, the radius in metres that holds them, how many were used and left."""

    lat: float
    lon: float
    radius_m: int
    used: int
    outliers: int


def agree(points: Sequence[Point]) -> Sighted:
    """The component-wise median of the points without those far from it (more than three median distances).

    One point alone has the radius of a phone's reading. Raises ValueError for no points.
    """
    middle = _middle(points)
    apart = [_metres(point, middle) for point in points]
    limit = max(ALWAYS_NEAR_M, OUTLIER_FACTOR * median(apart))
    near = [point for point, metres in zip(points, apart, strict=True) if metres <= limit]
    middle = _middle(near)
    reach = max(_metres(point, middle) for point in near)
    radius = SINGLE_RADIUS_M if len(near) == 1 else max(SMALLEST_RADIUS_M, ceil(reach))
    return Sighted(*middle, radius, len(near), len(points) - len(near))


def _middle(points: Sequence[Point]) -> Point:
    if not points:
        raise ValueError("no points")
    return median(lat for lat, _lon in points), median(lon for _lat, lon in points)


def _metres(one: Point, other: Point) -> float:
    return float(great_circle(one, other).meters)
