"""Outlines of wards, old and new, from GeoJSON files, from an extract's boundaries, and the built-in ones beneath."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from delivery.errors import BadInput, UnreadableFile
from delivery.i18n import gettext as _
from delivery.maps.geometry import Shape, parts_of
from delivery.maps.names import clean
from delivery.maps.reading import Boundary
from delivery.places.text import fold
from delivery.places.wards import ward_outlines

# South, west, north, east, in degrees.
Box = tuple[float, float, float, float]
CHANGE = date(2025, 7, 1)
BEFORE_CHANGE = CHANGE - timedelta(days=1)
BUILT_IN = "built-in"

_KINDS = {"phuong": "phường", "xa": "xã", "thi tran": "thị trấn", "dac khu": "đặc khu"}
_KIND = re.compile(r"(?P<kind>phường|phuong|xã|xa|thị trấn|thi tran|đặc khu|dac khu)\s+(?P<name>.+)", re.IGNORECASE)
_PROVINCE = re.compile(r"(?:tỉnh|thành phố|tp\.?)\s+(?P<name>.+)", re.IGNORECASE)
_NO_WARD = re.compile(r"(?:quận|huyện|thị xã|tỉnh|thành phố)\s", re.IGNORECASE)
_OLD_MARK = re.compile(r"\s*\((?:cũ|cu)\)\s*$", re.IGNORECASE)
# What the same fact is called in the files that are about; the first that a feature has is taken.
_CODE = ("code", "ward_code", "maxa", "ma_xa", "ma", "maphuong", "wardcode", "gso", "ref_gso", "ref", "id_xa")
_NAME = ("fullname", "full_name", "tenxa", "ten_xa", "ten", "tenphuong", "ward_name", "wardname", "name_vi", "name")
_OF_PROVINCE = ("province", "province_name", "provincename", "tentinh", "ten_tinh", "tinh", "tinhthanh")
_OF_KIND = ("kind", "loai", "cap", "type", "unit_type")
_FROM = ("valid_from", "tu_ngay", "start_date")
_TO = ("valid_to", "den_ngay", "end_date")
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


def read_wards(file: Path, *, old: bool = False) -> list[WardShape]:
    """The wards in a GeoJSON file; `old` marks them as those until 30 June 2025, unless the file itself gives dates.

    Districts and provinces among them are passed over. Raises UnreadableFile when it is not GeoJSON, BadInput when it
    is not in WGS84 degrees or holds no ward.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
        features = document["features"]
        _check_crs(document, file.name)
        found = [ward for each in features if (ward := _ward_of(each, file.name, old=old)) is not None]
    except OSError as error:
        raise UnreadableFile(_("{file} cannot be read: {why}").format(file=file.name, why=error.strerror)) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, shapely.errors.ShapelyError) as error:
        raise UnreadableFile(
            _("{file} is not a GeoJSON file with a list of areas (FeatureCollection)").format(file=file.name)
        ) from error
    if not found:
        raise BadInput(_("{file} holds no area with a name, so no ward").format(file=file.name))
    return found


def wards_of_extract(boundaries: Iterable[Boundary], made: date | None) -> list[WardShape]:
    """The wards among an extract's administrative boundaries.

    Level 6 is the commune of the order since July 2025, level 8 the one of before. Data from before that day, and
    level 8 beside level 6, are old wards.
    """
    boundaries = list(boundaries)
    provinces = [(each.shape, _province(each.name)) for each in boundaries if each.level == 4]
    named = [(each, match) for each in boundaries if 6 <= each.level <= 9 and (match := _KIND.fullmatch(each.name))]
    both = {each.level >= 8 for each, _match in named} == {True, False}
    found = []
    for each, match in named:
        old = (made is not None and made < CHANGE) or (both and each.level >= 8)
        shape = _repaired(each.shape)
        if shape.is_empty:
            continue
        found.append(
            WardShape(
                code=_first(_lowered(each.tags), _CODE) or f"osm-{each.origin}",
                name=_without_mark(match["name"]),
                kind=_KINDS[fold(match["kind"])],
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
        if (shape := _repaired(shapely.Polygon([(lon, lat) for lat, lon in ward.outline]))).intersects(land)
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


def _ward_of(feature: Mapping[str, Any], file: str, *, old: bool) -> WardShape | None:
    if not feature.get("geometry") or feature["geometry"].get("type") not in {"Polygon", "MultiPolygon"}:
        return None
    properties = _lowered({**feature["properties"], "id": feature.get("id")})
    full = clean(_first(properties, _NAME))
    if not full or _NO_WARD.match(full):
        return None
    shape = _in_degrees(shapely.geometry.shape(feature["geometry"]), file)
    if shape.is_empty:
        return None
    match = _KIND.fullmatch(_without_mark(full))
    start, end = _date(_first(properties, _FROM)), _date(_first(properties, _TO))
    if end is not None and end.year >= 2100:
        end = None
    if end is None and (old or _OLD_MARK.search(full)):
        end = BEFORE_CHANGE
    return WardShape(
        code=_first(properties, _CODE) or _osm_code(properties) or _first(properties, ("id",)),
        name=match["name"] if match else _without_mark(full),
        kind=_KINDS[fold(match["kind"])] if match else clean(_first(properties, _OF_KIND)).lower() or "",
        province=_province(clean(_first(properties, _OF_PROVINCE))),
        shape=shape,
        valid_from=start if start or end else CHANGE,
        valid_to=end,
        source=file,
    )


def _osm_code(properties: Mapping[str, str]) -> str:
    relation = _first(properties, ("osm_relation", "osm_id"))
    return f"osm-r{relation.lstrip('-')}" if relation else ""


def _lowered(properties: Mapping[str, Any]) -> dict[str, str]:
    return {
        key.lower().replace(":", "_").replace("-", "_"): str(value).strip()
        for key, value in properties.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def _first(properties: Mapping[str, str], keys: Iterable[str]) -> str:
    return next((properties[key] for key in keys if properties.get(key)), "")


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _without_mark(name: str) -> str:
    return _OLD_MARK.sub("", name)


def _province(name: str) -> str:
    match = _PROVINCE.fullmatch(name)
    return match["name"] if match else name


def _province_at(shape: Shape, provinces: list[tuple[Shape, str]]) -> str:
    point = shape.representative_point()
    return next((name for land, name in provinces if land.covers(point)), "")


def _check_crs(document: Mapping[str, Any], file: str) -> None:
    """GeoJSON is WGS84 by its standard; older files name another system in `crs`."""
    crs = str(((document.get("crs") or {}).get("properties") or {}).get("name", ""))
    if crs and not re.search(r"CRS:?84|EPSG:{1,2}4326", crs, re.IGNORECASE):
        raise BadInput(
            _(
                "{file} is in another coordinate system ({crs}). Convert it to WGS84 (EPSG:4326), longitude first"
            ).format(file=file, crs=crs[:60])
        )


def _in_degrees(shape: Shape, file: str) -> Shape:
    """The repaired shape, when its numbers can be longitude and latitude in this order."""
    west, south, east, north = shape.bounds
    if not all(map(np.isfinite, shape.bounds)) or max(-west, east) > 180 or max(-south, north) > 180:
        raise BadInput(
            _("{file} is not in degrees of WGS84 (EPSG:4326). Convert it, longitude first").format(file=file)
        )
    # Vietnam lies beyond 100° E: its longitudes cannot be latitudes.
    if max(-south, north) > 90:
        raise BadInput(
            _("{file} has latitude and longitude the wrong way round. Longitude comes first").format(file=file)
        )
    return _repaired(shape)


def _repaired(shape: Shape) -> Shape:
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    polygons = parts_of(valid, "Polygon")
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _same_land(one: WardShape, other: WardShape) -> bool:
    """Whether two outlines that touch are of the same ward, or of the same piece of land."""
    if one.today != other.today:
        return False
    smaller = min(one.shape.area, other.shape.area)
    return one.code == other.code or bool(one.shape.intersection(other.shape).area > _SAME_LAND * smaller)
