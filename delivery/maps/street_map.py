"""The streets of a piece of the map as lines, out of the cells that the pages draw from; and which names they have."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from delivery.errors import NotFound
from delivery.maps.base_map import UNIT, cell, cell_at
from delivery.maps.geometry import METRES_PER_DEGREE, Shape, parts_of
from delivery.maps.names import alley_name
from delivery.places.rows import Line, StreetRow

Area = tuple[float, float, float, float]
"""South, west, north, east, in degrees."""
KEPT_CELLS = 64
# What is shorter on the map than this (in degrees, about 20 m) is not worth a name.
SHORTEST_NAMED = 0.0002


@dataclass(frozen=True, slots=True)
class MappedStreet:
    """A piece of a way, with the class that the base map draws it by."""

    kind: str
    line: Line


@dataclass(frozen=True, slots=True)
class NamedLine:
    """The longest piece of a street within an area; alleys by their number alone, as their signs have it."""

    name: str
    line: Line
    is_alley: bool


def streets_within(folder: Path, area: Area) -> Iterator[MappedStreet]:
    """The ways of a map folder that touch an area, not cut along its edge."""
    south, west, north, east = area
    (left, top), (right, bottom) = cell_at(north, west), cell_at(south, east)
    for x in range(left, right + 1):
        for y in range(top, bottom + 1):
            for street, low, high in _cell_lines(folder, x, y):
                if high[0] > south and low[0] < north and high[1] > west and low[1] < east:
                    yield street


def named_lines(rows: Iterable[StreetRow], area: Area) -> list[NamedLine]:
    """The names of an area, each with the piece along which it can be written: streets first, the longest first."""
    longest: dict[str, tuple[StreetRow, Shape]] = {}
    for row in rows:
        if _may_touch(row, area):
            known = [longest[row.name][1]] if row.name in longest else []
            best = max([*known, *_pieces(row, area)], key=lambda piece: piece.length, default=None)
            if best is not None and best.length >= SHORTEST_NAMED:
                longest[row.name] = row, best
    order = sorted(longest.values(), key=lambda found: (bool(found[0].number), -found[1].length, found[0].name))
    return [NamedLine(_written(row), _points(piece), bool(row.number)) for row, piece in order]


def _may_touch(row: StreetRow, area: Area) -> bool:
    south, west, north, east = area
    # A little more than it reaches: degrees of longitude are shorter here.
    reach = 1.1 * row.reach_m / METRES_PER_DEGREE
    return south - reach < row.lat < north + reach and west - reach < row.lon < east + reach


def _pieces(row: StreetRow, area: Area) -> Iterator[Shape]:
    south, west, north, east = area
    for line in row.lines:
        whole = shapely.LineString([(lon, lat) for lat, lon in line])
        yield from parts_of(shapely.clip_by_rect(whole, west, south, east, north), "LineString")


def _written(row: StreetRow) -> str:
    alley = alley_name(row.name) if row.number else None
    return f"{alley.word} {alley.number}" if alley is not None else row.name


def _points(shape: Shape) -> Line:
    return tuple((lat, lon) for lon, lat in shapely.get_coordinates(shape).tolist())


@lru_cache(KEPT_CELLS)
def _cell_lines(folder: Path, x: int, y: int) -> tuple[tuple[MappedStreet, Any, Any], ...]:
    """The ways of a cell, each with the lower and upper corner of its box."""
    try:
        drawing = json.loads(cell(folder, x, y))
    except NotFound:
        return ()
    origin = np.array(drawing["origin"], np.int64)
    lines = []
    for kind, coded in drawing["roads"].items():
        for flat in coded:
            points = (np.array(flat, np.int64).reshape(-1, 2).cumsum(axis=0) + origin) / UNIT
            line = tuple(map(tuple, points.tolist()))
            lines.append((MappedStreet(kind, line), points.min(axis=0), points.max(axis=0)))
    return tuple(lines)
