"""Shapes in degrees, measured in metres: enough for streets and wards, where the earth is flat."""

from math import cos, radians
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from delivery.places.rows import Line, Point

# shapely carries no types; its geometries are in (lon, lat) throughout.
Shape = Any
METRES_PER_DEGREE = 111_195.0


def in_metres(shape: Shape, lat: float) -> Shape:
    """The shape on a plane in metres that is true to scale around latitude `lat`; whole arrays of shapes as well."""
    scale = np.array([METRES_PER_DEGREE * cos(radians(lat)), METRES_PER_DEGREE])
    return shapely.transform(shape, lambda points: points * scale)


def in_degrees(shape: Shape, lat: float) -> Shape:
    """What `in_metres` was given."""
    scale = np.array([METRES_PER_DEGREE * cos(radians(lat)), METRES_PER_DEGREE])
    return shapely.transform(shape, lambda points: points / scale)


def middle_latitude(shape: Shape) -> float:
    """The latitude at which a shape is measured: that of the middle of its box."""
    _, south, _, north = shape.bounds
    return float(south + north) / 2


def line_of(points: NDArray[np.float64]) -> Shape:
    """(lat, lon) points as a line."""
    return shapely.LineString(points[:, ::-1])


def simplified(lines: Shape, tolerance_m: float) -> Shape:
    """Lines or areas with fewer points, none further off than the tolerance; junctions of merged lines stay."""
    lat = middle_latitude(lines)
    # Part by part: as one shape, each line would be kept from crossing every other at a quadratic price.
    parts = in_degrees(shapely.simplify(in_metres(shapely.get_parts(lines), lat), tolerance_m), lat)
    return parts[0] if len(parts) == 1 else shapely.GeometryCollection(parts.tolist())


def parts_of(shape: Shape, kind: str) -> list[Shape]:
    """The parts of that kind ("LineString", "Polygon") in whatever an intersection left, in a steady order."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == kind and not part.is_empty]
    nested = [part for part in shapely.get_parts(shape) if part.geom_type not in {kind, "Point"}]
    return parts + [
        deep for part in nested if part.geom_type.startswith(("Multi", "Geo")) for deep in parts_of(part, kind)
    ]


def lat_lon(point: Shape) -> Point:
    """A point rounded to what an address needs: six decimals, a tenth of a metre."""
    return round(point.y, 6), round(point.x, 6)


def as_line(line: Shape) -> Line:
    """A line as (lat, lon) points of five decimals, about a metre."""
    return tuple((round(lat, 5), round(lon, 5)) for lon, lat in shapely.get_coordinates(line).tolist())


def reach_m(shape: Shape, middle: Point) -> int:
    """How far the farthest point of a shape is from its middle, in whole metres."""
    lat, lon = middle
    away = (shapely.get_coordinates(shape) - (lon, lat)) * METRES_PER_DEGREE
    away[:, 0] *= cos(radians(lat))
    return round(float(np.hypot(away[:, 0], away[:, 1]).max(initial=0.0)))
