"""The offline base map of the pages: an overview of the whole area, and cells that a phone loads as it sees them.

`base.json` is the overview, `base/14/<x>/<y>.json` are the cells: the tiles of zoom 14 in the usual numbering of web
maps (about 2.3 km in Vietnam), so that any map library can ask for them. Both hold drawings in one form:

    {"origin": [2102000, 10585000],           latitude and longitude of the corner, in 1/100,000 degrees
     "roads": {"motorway": [LINE, …], …},     by class: motorway, primary, tertiary, street, lane, path
     "water": [[LINE, …], …],                 areas, each with its outer ring and its holes
     "streams": [LINE, …],
     "wards": [LINE, …], "old_wards": [LINE, …],
     "names": [["Bồ Đề", 120, 340, -35], …]}  text, latitude, longitude from the origin, degrees to turn it clockwise

A LINE is a flat list of whole numbers in 1/100,000 degrees: latitude and longitude of the first point from the origin,
then of each point from the one before. The overview has motorways and primary roads with fewer points, and besides:

    {"version": 1, "attribution": "© OpenStreetMap contributors", "zoom": 14,
     "box": [south, west, north, east], "cells": [[x, y, bytes], …],
     "places": [{"code", "name", "kind", "old", "lat", "lon"}, …]}   where a ward's name is written
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import atan, atan2, cos, degrees, pi, radians, sinh
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from delivery.errors import NotFound
from delivery.i18n import gettext as _
from delivery.maps.geometry import Shape, line_of, parts_of, simplified
from delivery.maps.reading import CLASS_OF, Extract
from delivery.maps.streets import Street
from delivery.maps.wards import WardShape

ATTRIBUTION = "© OpenStreetMap contributors"
VERSION, ZOOM, UNIT = 1, 14, 100_000
CELL_TOLERANCE_M, OVERVIEW_TOLERANCE_M = 3.0, 40.0
OVERVIEW_CLASSES = ("motorway", "primary")
# Below this a name does not fit beside its street at the zoom where a cell fills the screen.
NAMED_FROM = 0.0015

# A cut just beside the edge of two cells, so that neither piece reaches into the other's cell.
HAIR = 1e-9

Cell = tuple[int, int]


@dataclass(slots=True)
class Drawing:
    """What is to be drawn on one cell or on the overview, in degrees."""

    roads: dict[str, list[Shape]] = field(default_factory=lambda: defaultdict(list))
    water: list[Shape] = field(default_factory=list)
    streams: list[Shape] = field(default_factory=list)
    wards: list[Shape] = field(default_factory=list)
    old_wards: list[Shape] = field(default_factory=list)
    names: list[tuple[str, float, float, int]] = field(default_factory=list)


def write_base_map(folder: Path, extract: Extract, streets: Iterable[Street], wards: list[WardShape]) -> None:
    """Write `base.json` and `base/` into a map folder."""
    cells: dict[Cell, Drawing] = defaultdict(Drawing)
    overview = Drawing()
    for kind, lines in _roads_by_class(extract):
        for cell, part in _spread(lines):
            cells[cell].roads[kind].append(part)
        if kind in OVERVIEW_CLASSES:
            overview.roads[kind] = parts_of(simplified(lines, OVERVIEW_TOLERANCE_M), "LineString")
    for shape in extract.water:
        _draw_water(cells, shape)
    for ward in wards:
        _draw_ward(cells, overview, ward)
    _draw_names(cells, streets)
    seen = {cell: drawing for cell, drawing in sorted(cells.items()) if drawing.roads}
    sizes = [[*cell, _write_cell(folder, cell, drawing)] for cell, drawing in seen.items()]
    south, west, north, east = extract.box
    index = {
        "version": VERSION, "attribution": ATTRIBUTION, "zoom": ZOOM, "box": [south, west, north, east], "cells": sizes,
        "places": [_label(ward) for ward in wards],
        **_document(overview, (south, west)),
    }  # fmt: skip
    (folder / "base.json").write_text(_json(index), encoding="utf-8")


def layers(folder: Path) -> dict[str, Any]:
    """The overview of a map folder, with the list of its cells."""
    index: dict[str, Any] = json.loads((folder / "base.json").read_text(encoding="utf-8"))
    return index


def cell(folder: Path, x: int, y: int) -> bytes:
    """The JSON of one cell. Raises NotFound where nothing is drawn."""
    try:
        return (folder / "base" / str(ZOOM) / str(int(x)) / f"{int(y)}.json").read_bytes()
    except FileNotFoundError as error:
        raise NotFound(_("The map has nothing to draw there")) from error


def cell_at(lat: float, lon: float) -> Cell:
    """The cell in which a point lies."""
    count = 2**ZOOM
    down = (1 - np.arcsinh(np.tan(radians(lat))) / pi) / 2
    return min(count - 1, int((lon + 180) / 360 * count)), min(count - 1, max(0, int(down * count)))


def _corner(cell: Cell) -> tuple[float, float]:
    """Latitude and longitude of the north-west corner of a cell."""
    count = 2**ZOOM
    return degrees(atan(sinh(pi * (1 - 2 * cell[1] / count)))), cell[0] / count * 360 - 180


def _bounds(cell: Cell) -> tuple[float, float, float, float]:
    """West, south, east, north of a cell."""
    north, west = _corner(cell)
    south, east = _corner((cell[0] + 1, cell[1] + 1))
    return west, south, east, north


def _roads_by_class(extract: Extract) -> Iterator[tuple[str, Shape]]:
    """All roads of a class in one shape, joined from junction to junction so that few points are left."""
    by_class = defaultdict(list)
    for road in extract.roads:
        by_class[CLASS_OF[road.kind]].append(line_of(road.points))
    for kind in dict.fromkeys(CLASS_OF.values()):
        if by_class[kind]:
            merged = shapely.line_merge(shapely.MultiLineString(by_class[kind]))
            yield kind, simplified(merged, CELL_TOLERANCE_M)


def _pieces(shape: Shape) -> Iterator[tuple[Cell, Shape]]:
    """A line or area, cut along the cells it touches: halved again and again, so that empty land costs nothing."""
    if shape.is_empty:
        return
    west, south, east, north = shape.bounds
    (left, top), (right, bottom) = cell_at(north, west), cell_at(south, east)
    if (left, top) == (right, bottom):
        yield (left, top), shape
    elif right - left >= bottom - top:
        _north, middle = _corner(((left + right + 1) // 2, top))
        yield from _pieces(shapely.clip_by_rect(shape, west - 1, south - 1, middle - HAIR, north + 1))
        yield from _pieces(shapely.clip_by_rect(shape, middle, south - 1, east + 1, north + 1))
    else:
        middle, _west = _corner((left, (top + bottom + 1) // 2))
        yield from _pieces(shapely.clip_by_rect(shape, west - 1, middle + HAIR, east + 1, north + 1))
        yield from _pieces(shapely.clip_by_rect(shape, west - 1, south - 1, east + 1, middle))


def _spread(lines: Shape) -> Iterator[tuple[Cell, Shape]]:
    """Each line in each cell it runs through."""
    for line in parts_of(lines, "LineString"):
        for cell, piece in _pieces(line):
            for part in parts_of(piece, "LineString"):
                yield cell, part


def _draw_water(cells: dict[Cell, Drawing], shape: Shape) -> None:
    drawn = simplified(shape, 2 * CELL_TOLERANCE_M)
    if drawn.geom_type == "LineString":
        for cell, part in _spread(drawn):
            cells[cell].streams.append(part)
    else:
        for area in parts_of(shapely.make_valid(drawn), "Polygon"):
            for cell, piece in _pieces(area):
                cells[cell].water.extend(parts_of(piece, "Polygon"))


def _draw_ward(cells: dict[Cell, Drawing], overview: Drawing, ward: WardShape) -> None:
    outline = shapely.boundary(ward.shape)
    far = parts_of(simplified(outline, OVERVIEW_TOLERANCE_M), "LineString")
    near = simplified(outline, 2 * CELL_TOLERANCE_M)
    (overview.wards if ward.today else overview.old_wards).extend(far)
    for cell, part in _spread(near):
        (cells[cell].wards if ward.today else cells[cell].old_wards).append(part)


def _draw_names(cells: dict[Cell, Drawing], streets: Iterable[Street]) -> None:
    """The name of each larger street once in each cell, on the middle of its longest piece there."""
    for street in streets:
        if street.alley is None:
            lines = shapely.line_merge(shapely.MultiLineString([line_of(road.points) for road in street.roads]))
            longest: dict[Cell, Shape] = {}
            for line in parts_of(lines, "LineString"):
                for cell, piece in _pieces(line):
                    parts = [*parts_of(piece, "LineString"), *([longest[cell]] if cell in longest else [])]
                    longest[cell] = max(parts, key=lambda part: part.length)
            for cell, piece in longest.items():
                if piece.length >= NAMED_FROM:
                    cells[cell].names.append((street.name, *_placement(piece)))


def _placement(line: Shape) -> tuple[float, float, int]:
    """Latitude and longitude of the middle of a line, and how far its text is turned clockwise, never upside down."""
    before, at, after = (line.interpolate(part, normalized=True) for part in (0.45, 0.5, 0.55))
    turn = -degrees(atan2(after.y - before.y, (after.x - before.x) * cos(radians(at.y))))
    return at.y, at.x, round((turn + 90) % 180 - 90)


def _label(ward: WardShape) -> dict[str, Any]:
    at = ward.shape.representative_point()
    return {
        "code": ward.code, "name": ward.name, "kind": ward.kind, "old": not ward.today,
        "lat": round(at.y, 5), "lon": round(at.x, 5),
    }  # fmt: skip


def _write_cell(folder: Path, cell: Cell, drawing: Drawing) -> int:
    file = folder / "base" / str(ZOOM) / str(cell[0]) / f"{cell[1]}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    west, south, _east, _north = _bounds(cell)
    return file.write_bytes(_json(_document(drawing, (south, west))).encode())


def _document(drawing: Drawing, corner: tuple[float, float]) -> dict[str, Any]:
    origin = np.floor(np.array(corner) * UNIT).astype(np.int64)
    lines = {name: _coded(getattr(drawing, name), origin) for name in ("streams", "wards", "old_wards")}
    return {
        "origin": origin.tolist(),
        "roads": {kind: _coded(parts, origin) for kind, parts in drawing.roads.items() if parts},
        "water": [_coded([area.exterior, *area.interiors], origin) for area in drawing.water],
        **lines,
        "names": [
            [name, *(np.round(np.array((lat, lon)) * UNIT).astype(np.int64) - origin).tolist(), turn]
            for name, lat, lon, turn in drawing.names
        ],
    }


def _coded(lines: list[Shape], origin: Any) -> list[list[int]]:  # noqa: ANN401
    """Lines as flat lists of steps in whole units; points that fall together become one."""
    coded = []
    for line in lines:
        whole = np.round(shapely.get_coordinates(line)[:, ::-1] * UNIT).astype(np.int64) - origin
        steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
        moved = steps.any(axis=1)
        moved[0] = True
        if moved.sum() > 1:
            coded.append(steps[moved].ravel().tolist())
    return coded


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
