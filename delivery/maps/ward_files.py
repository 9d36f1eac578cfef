"""Outlines of wards from GeoJSON files of many hands."""

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from delivery.errors import BadInput, UnreadableFile
from delivery.i18n import gettext as _
from delivery.maps.geometry import Shape
from delivery.maps.names import clean
from delivery.maps.wards import (
    BEFORE_CHANGE,
    CHANGE,
    CODE_KEYS,
    KIND,
    KINDS,
    OLD_MARK,
    WardShape,
    first_of,
    lowered,
    repaired,
    without_mark,
    without_province_word,
)  # fmt: skip
from delivery.places.text import fold

_NO_WARD = re.compile(r"(?:quận|huyện|thị xã|tỉnh|thành phố)\s", re.IGNORECASE)
# What the same fact is called in the files that are about; the first that a feature has is taken.
_NAME = ("fullname", "full_name", "tenxa", "ten_xa", "ten", "tenphuong", "ward_name", "wardname", "name_vi", "name")
_OF_PROVINCE = ("province", "province_name", "provincename", "tentinh", "ten_tinh", "tinh", "tinhthanh")
_OF_KIND = ("kind", "loai", "cap", "type", "unit_type")
_FROM = ("valid_from", "tu_ngay", "start_date")
_TO = ("valid_to", "den_ngay", "end_date")


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


def _ward_of(feature: Mapping[str, Any], file: str, *, old: bool) -> WardShape | None:
    if not feature.get("geometry") or feature["geometry"].get("type") not in {"Polygon", "MultiPolygon"}:
        return None
    properties = lowered({**feature["properties"], "id": feature.get("id")})
    full = clean(first_of(properties, _NAME))
    if not full or _NO_WARD.match(full):
        return None
    shape = _in_degrees(shapely.geometry.shape(feature["geometry"]), file)
    if shape.is_empty:
        return None
    match = KIND.fullmatch(without_mark(full))
    start, end = _date(first_of(properties, _FROM)), _date(first_of(properties, _TO))
    if end is not None and end.year >= 2100:
        end = None
    if end is None and (old or OLD_MARK.search(full)):
        end = BEFORE_CHANGE
    return WardShape(
        code=first_of(properties, CODE_KEYS) or _osm_code(properties) or first_of(properties, ("id",)),
        name=match["name"] if match else without_mark(full),
        kind=KINDS[fold(match["kind"])] if match else clean(first_of(properties, _OF_KIND)).lower() or "",
        province=without_province_word(clean(first_of(properties, _OF_PROVINCE))),
        shape=shape,
        valid_from=start if start or end else CHANGE,
        valid_to=end,
        source=file,
    )


def _osm_code(properties: Mapping[str, str]) -> str:
    relation = first_of(properties, ("osm_relation", "osm_id"))
    return f"osm-r{relation.lstrip('-')}" if relation else ""


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


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
    return repaired(shape)
