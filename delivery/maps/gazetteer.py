"""The rows of the gazetteer: streets and alleys within each ward, and places that people name instead of a street."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import shapely

from delivery.maps.geometry import (
    Shape,
    as_line,
    in_degrees,
    in_metres,
    lat_lon,
    line_of,
    middle_latitude,
    parts_of,
    reach_m,
    simplified,
)  # fmt: skip
from delivery.maps.reading import Spot
from delivery.maps.streets import Street
from delivery.maps.wards import WardMap
from delivery.places.rows import PlaceRow, StreetRow
from delivery.places.text import fold

TOLERANCE_M = 4.0
# What is shorter within a ward than this only crosses its edge: the street is not looked for there.
SHORTEST_M = 15.0

Kind = Literal["estate", "building", "quarter", "poi"]
_ESTATE_WORD = re.compile(
    r"(?:khu đô thị(?: mới)?|kđtm?|khu nhà ở|khu tập thể|ktt|khu dân cư|kdc|khu chung cư)\s+(?P<rest>\S.+)",
    re.IGNORECASE,
)
_BUILDING_WORD = re.compile(r"(?:chung cư|tòa nhà|toà nhà|tòa|toà)\s+(?P<rest>\S{2}.+)", re.IGNORECASE)
_QUARTERS = frozenset({"quarter", "neighbourhood", "suburb", "village", "hamlet", "isolated_dwelling", "locality"})
_POI_KEYS = ("amenity", "shop", "office", "tourism", "leisure", "healthcare", "historic", "railway")
_REACH_OF_A_POINT: dict[Kind, int] = {"estate": 400, "quarter": 500, "building": 50, "poi": 40}
_LEAST_REACH_M = 20
# A place larger than this is a region, not something to deliver to.
_WIDEST_M = 6_000
_SAME_PLACE = 0.002


def street_rows(streets: Iterable[Street], wards: WardMap) -> list[StreetRow]:
    """Streets and alleys by ward; an alley whose street is not known could not be asked for and is left out."""
    rows = [row for street in streets if street.parent or street.alley is None for row in _by_ward(street, wards)]
    return sorted(rows, key=lambda row: (fold(row.name), row.ward, row.lat, row.lon))


def _by_ward(street: Street, wards: WardMap) -> Iterator[StreetRow]:
    whole = shapely.MultiLineString([line_of(road.points) for road in street.roads])
    parts = [(ward, lines, _length_m(lines)) for ward, lines in wards.cut(whole)]
    longest = max(length for _, _, length in parts)
    for ward, lines, length in parts:
        if length >= min(SHORTEST_M, longest):
            yield _row(street, ward, lines, length)


def _row(street: Street, ward: str, lines: Shape, length_m: float) -> StreetRow:
    lat, lon = lat_lon(_middle(lines))
    merged = simplified(shapely.line_merge(lines), TOLERANCE_M)
    return StreetRow(
        street.name, ward, lat, lon, reach_m(lines, (lat, lon)), round(length_m), fold(street.parent), street.number,
        tuple(sorted(as_line(line) for line in parts_of(merged, "LineString"))),
    )  # fmt: skip


def _middle(lines: Shape) -> Shape:
    """The point on a street that is nearest to its centre of gravity: a courier can stand there."""
    lat = middle_latitude(lines)
    flat = in_metres(lines, lat)
    return in_degrees(shapely.get_point(shapely.shortest_line(flat, flat.centroid), 0), lat)


def _length_m(lines: Shape) -> float:
    return float(in_metres(lines, middle_latitude(lines)).length)


def place_rows(places: Iterable[Spot], wards: WardMap) -> list[PlaceRow]:
    """Estates, buildings, quarters and points of interest with a name; what is mapped twice is taken once."""
    rows = [row for place in places if (row := _place(place, wards)) is not None]
    rows.sort(key=lambda row: (fold(row.name), row.kind, -row.reach_m, row.lat, row.lon))
    kept: list[PlaceRow] = []
    for row in rows:
        if not any(_same(row, other) for other in reversed(kept[-8:])):
            kept.append(row)
    return kept


def _place(place: Spot, wards: WardMap) -> PlaceRow | None:
    kind = kind_of(place)
    if kind is None:
        return None
    reach = _REACH_OF_A_POINT[kind]
    if place.shape is not None:
        reach = max(_LEAST_REACH_M, reach_m(place.shape, (place.lat, place.lon)))
    if reach > _WIDEST_M:
        return None
    lat, lon = round(place.lat, 6), round(place.lon, 6)
    return PlaceRow(_plain(place.name, kind), kind, wards.at(lat, lon), lat, lon, reach)


def kind_of(place: Spot) -> Kind | None:
    """What kind of place it is, None for what nobody writes in an address (a border, a tree with a name)."""
    tags = place.tags
    if tags.get("landuse") == "residential" or _ESTATE_WORD.fullmatch(place.name):
        return "estate"
    if tags.get("place") in _QUARTERS:
        return "quarter"
    # A school is looked for as a school, also where its building is what was mapped.
    if any(key in tags for key in _POI_KEYS):
        return "poi"
    return "building" if tags.get("building", "no") != "no" else None


def _plain(name: str, kind: Kind) -> str:
    """The name without the word for its kind: people write "KĐT Sài Đồng", "khu đô thị mới Sài Đồng", "Sài Đồng"."""
    word = {"estate": _ESTATE_WORD, "building": _BUILDING_WORD}.get(kind)
    match = word.fullmatch(name) if word else None
    return match["rest"] if match else name


def _same(one: PlaceRow, other: PlaceRow) -> bool:
    near = abs(one.lat - other.lat) + abs(one.lon - other.lon) < _SAME_PLACE
    return near and one.kind == other.kind and fold(one.name) == fold(other.name)
