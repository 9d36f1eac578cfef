"""Outlines of wards, old and new, from GeoJSON files, from an extract's boundaries, and the built-in ones beneath."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely

from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.maps.geometry import Shape, parts_of
from delivery.maps.reading import Boundary
from delivery.places.text import fold
from delivery.places.wards import ward_outlines

# South, west, north, east, in degrees.
Box = tuple[float, float, float, float]
CHANGE = date(2025, 7, 1)
BEFORE_CHANGE = CHANGE - timedelta(days=1)
BUILT_IN = "built-in"

KINDS = {"phuong": "phường", "xa": "xã", "thi tran": "thị trấn", "dac khu": "đặc khu"}
KIND = re.compile(r"(?P<kind>phường|phuong|xã|xa|thị trấn|thi tran|đặc khu|dac khu)\s+(?P<name>.+)", re.IGNORECASE)
_PROVINCE = re.compile(r"(?:tỉnh|thành phố|tp\.?)\s+(?P<name>.+)", re.IGNORECASE)
OLD_MARK = re.compile(r"\s*\((?:cũ|cu)\)\s*$", re.IGNORECASE)
# What the same fact is called in the files that are about; the first that a feature has is taken.
CODE_KEYS = ("code", "ward_code", "maxa", "ma_xa", "ma", "maphuong", "wardcode", "gso", "ref_gso", "ref", "id_xa")
# Two outlines of the same land, drawn twice, overlap at least so far.
_SAME_LAND = 0.5


@dataclass(frozen=True, slots=True)
class WardShape:
    """A ward with its outline in (lon, lat) degrees; `valid_to` is set for one of the old order."""

    code: str
    name: str
    kind: str
    province: str
    shape: Shape
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""

    @property
    def today(self) -> bool:
        return self.valid_to is None


def wards_of_extract(boundaries: Iterable[Boundary], made: date | None) -> list[WardShape]:
    """The wards among an extract's administrative boundaries.

    Level 6 is the commune of the order since July 2025, level 8 the one of before. Data from before that day, and
    level 8 beside level 6, are old wards.
    """
    boundaries = list(boundaries)
    provinces = [(each.shape, without_province_word(each.name)) for each in boundaries if each.level == 4]
    named = [(each, match) for each in boundaries if 6 <= each.level <= 9 and (match := KIND.fullmatch(each.name))]
    both = {each.level >= 8 for each, _match in named} == {True, False}
    found = []
    for each, match in named:
        old = (made is not None and made < CHANGE) or (both and each.level >= 8)
        shape = repaired(each.shape)
        if shape.is_empty:
            continue
        found.append(
            WardShape(
                code=first_of(lowered(each.tags), CODE_KEYS) or f"osm-{each.origin}",
                name=without_mark(match["name"]),
                kind=KINDS[fold(match["kind"])],
                province=_province_at(each.shape, provinces),
                shape=shape,
                valid_from=None if old else CHANGE,
                valid_to=BEFORE_CHANGE if old else None,
                source="OpenStreetMap",
            )
        )
    return found


def all_wards(given: list[WardShape], mapped: list[WardShape], box: Box) -> list[WardShape]:
    """Given files before mapped boundaries before the built-in outlines; where one serves, the next is left out.

    Only wards that touch the extract's box (south, west, north, east) are kept. Raises BadInput when no given one does.
    """
    south, west, north, east = box
    land = shapely.box(west, south, east, north)
    built_in = [
        WardShape(ward.code, ward.name, "phường", "Hà Nội", shape, CHANGE, source=BUILT_IN)
        for ward in ward_outlines()
        if (shape := repaired(shapely.Polygon([(lon, lat) for lat, lon in ward.outline]))).intersects(land)
    ]
    chosen: list[WardShape] = []
    for source in (given, mapped, built_in):
        tree = shapely.STRtree([ward.shape for ward in chosen])
        chosen += [
            ward
            for ward in source
            if ward.shape.intersects(land)
            and not any(_same_land(ward, chosen[other]) for other in tree.query(ward.shape, predicate="intersects"))
        ]
    if given and not any(ward.source == given[0].source for ward in chosen):
        raise BadInput(_("No ward of {file} lies where the extract is").format(file=given[0].source))
    return sorted(chosen, key=lambda ward: (not ward.today, ward.code, ward.name))


def geojson(wards: Iterable[WardShape]) -> dict[str, Any]:
    """The wards as a FeatureCollection with six decimals."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "code": ward.code,
                    "name": ward.name,
                    "kind": ward.kind,
                    "province": ward.province,
                    "valid_from": ward.valid_from.isoformat() if ward.valid_from else None,
                    "valid_to": ward.valid_to.isoformat() if ward.valid_to else None,
                    "source": ward.source,
                },
                "geometry": shapely.geometry.mapping(shapely.set_precision(ward.shape, 1e-6, mode="pointwise")),
            }
            for ward in wards
        ],
    }


class WardMap:
    """Finds today's ward of points and lines."""

    def __init__(self, wards: Iterable[WardShape]) -> None:
        self.wards = [ward for ward in wards if ward.today]
        shapes = np.array([ward.shape for ward in self.wards], dtype=object)
        shapely.prepare(shapes)
        self._tree = shapely.STRtree(shapes)

    def at(self, lat: float, lon: float) -> str:
        """The code of the ward at a point, empty where none is."""
        hits = sorted(self._tree.query(shapely.Point(lon, lat), predicate="intersects"))
        return self.wards[hits[0]].code if hits else ""

    def cut(self, lines: Shape) -> list[tuple[str, Shape]]:
        """Lines, by the ward in which each part lies; what lies in none comes under the empty code."""
        hits = sorted(self._tree.query(lines, predicate="intersects"))
        if len(hits) == 1 and self.wards[hits[0]].shape.covers(lines):
            return [(self.wards[hits[0]].code, lines)]
        found = []
        for hit in hits:
            found.append((self.wards[hit].code, parts_of(lines.intersection(self.wards[hit].shape), "LineString")))
            lines = lines.difference(self.wards[hit].shape)
        found.append(("", parts_of(lines, "LineString")))
        return [(code, shapely.MultiLineString(parts)) for code, parts in found if parts]


def lowered(properties: Mapping[str, Any]) -> dict[str, str]:
    return {
        key.lower().replace(":", "_").replace("-", "_"): str(value).strip()
        for key, value in properties.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def first_of(properties: Mapping[str, str], keys: Iterable[str]) -> str:
    return next((properties[key] for key in keys if properties.get(key)), "")


def without_mark(name: str) -> str:
    return OLD_MARK.sub("", name)


def without_province_word(name: str) -> str:
    match = _PROVINCE.fullmatch(name)
    return match["name"] if match else name


def _province_at(shape: Shape, provinces: list[tuple[Shape, str]]) -> str:
    point = shape.representative_point()
    return next((name for land, name in provinces if land.covers(point)), "")


def repaired(shape: Shape) -> Shape:
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    polygons = parts_of(valid, "Polygon")
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _same_land(one: WardShape, other: WardShape) -> bool:
    """Whether two outlines that touch are of the same ward, or of the same piece of land."""
    if one.today != other.today:
        return False
    smaller = min(one.shape.area, other.shape.area)
    return one.code == other.code or bool(one.shape.intersection(other.shape).area > _SAME_LAND * smaller)
