"""Where numbers lie on streets: mapped houses, mouths of numbered alleys, bus stops named after a house."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
import shapely

from delivery.maps.geometry import Shape, in_degrees, in_metres, lat_lon, line_of
from delivery.maps.names import alley_name, clean, leading_number, stop_address, street_name
from delivery.maps.reading import Spot
from delivery.maps.streets import Street
from delivery.places.rows import NumberRow, Point
from delivery.places.text import fold

# An alley often ends a few metres short of the street it leaves: the piece in between was not drawn.
MOUTH_GAP_M = 40.0
# A bus stop stands on the street that its name tells, or its name means something else.
STOP_GAP_M = 60.0
# Two points of one number that are nearer than this are the same corner, seen from two lanes.
SAME_CORNER = 0.0005

ByKey = dict[str, list[Street]]


def find_numbers(streets: list[Street], houses: Iterable[Spot], stops: Iterable[Spot]) -> list[NumberRow]:
    """Every known number on a street or within an alley, sorted; several of one number where they lie apart."""
    by_key: ByKey = defaultdict(list)
    for street in streets:
        by_key[street.key].append(street)
    found = {*_houses(houses), *_mouths(streets, by_key), *_stops(stops, by_key)}
    return _thinned(sorted(found, key=lambda row: (row.street, row.number, not row.exact, row.lat, row.lon)))


def house_address(tags: dict[str, str]) -> tuple[str, int] | None:
    """Street (or alley) and number of a mapped house: 68/5 in Ngọc Thụy is number 5 of Ngõ 68 Ngọc Thụy."""
    number = tags["addr:housenumber"].strip()
    # Some write the whole address where the street belongs: "96 Ái Mộ, Phường Bồ Đề, …".
    street = street_name(clean(tags.get("addr:street", "").split(",")[0].removeprefix(f"{number} ")))
    alley = alley_name(street)
    chain, last = alley.number if alley else "", number
    if "/" in number and alley is None:
        chain, _, last = number.rpartition("/")
    counted = leading_number(last)
    if not street or counted is None or (chain and leading_number(chain) is None):
        return None
    if chain:
        return fold(full_alley_name(chain, alley.street if alley else street)), counted
    return fold(street), counted


def full_alley_name(number: str, street: str) -> str:
    """How the alley with that number is called in Hà Nội: by how many numbers lead to it."""
    word = ("Ngõ", "Ngách", "Hẻm")[min(number.count("/"), 2)]
    return f"{word} {number.upper()} {street}".strip()


def _houses(houses: Iterable[Spot]) -> Iterator[NumberRow]:
    for house in houses:
        address = house_address(house.tags)
        if address is not None:
            yield NumberRow(*address, round(house.lat, 6), round(house.lon, 6), exact=True)


def _mouths(streets: list[Street], by_key: ByKey) -> Iterator[NumberRow]:
    alleys: dict[tuple[str, str], list[Street]] = defaultdict(list)
    for street in streets:
        if street.parent:
            alleys[fold(street.parent), street.number].append(street)
    for (parent, number), members in alleys.items():
        outer, _, own = number.rpartition("/")
        left = alleys.get((parent, outer), []) if outer else by_key.get(parent, [])
        counted = leading_number(own)
        if counted is not None:
            for alley in members:
                for street, point in _leaves(alley, left):
                    yield NumberRow(street.key, counted, *point)


def _leaves(alley: Street, left: list[Street]) -> Iterator[tuple[Street, Point]]:
    """Where an alley leaves the streets: at the points they share, else where it almost touches."""
    shared = [(street, node) for street in left for node in sorted(alley.nodes & street.nodes)]
    places = {node: point for road in alley.roads for node, point in zip(road.nodes.tolist(), road.points, strict=True)}
    for street, node in shared:
        yield street, lat_lon(shapely.Point(places[node][::-1]))
    if not shared:
        for street in left:
            point = _nearest(_shape(street), _shape(alley), MOUTH_GAP_M)
            if point is not None:
                yield street, point


def _stops(stops: Iterable[Spot], by_key: ByKey) -> Iterator[NumberRow]:
    for stop in stops:
        address = stop_address(stop.name)
        if address is None:
            continue
        number, street = address
        for candidate in by_key.get(fold(street), []):
            point = _nearest(_shape(candidate), shapely.Point(stop.lon, stop.lat), STOP_GAP_M)
            if point is not None:
                yield NumberRow(candidate.key, number, *point)
                break


def _nearest(street: Shape, other: Shape, gap_m: float) -> Point | None:
    """The point of a street that is nearest to a shape, when it is near enough."""
    lat = float(other.bounds[1])
    between = shapely.shortest_line(in_metres(street, lat), in_metres(other, lat))
    return lat_lon(in_degrees(shapely.get_point(between, 0), lat)) if between.length <= gap_m else None


def _shape(street: Street) -> Shape:
    return shapely.MultiLineString([line_of(road.points) for road in street.roads])


def _thinned(rows: list[NumberRow]) -> list[NumberRow]:
    kept: list[NumberRow] = []
    for row in rows:
        same = [other for other in kept[-8:] if (other.street, other.number) == (row.street, row.number)]
        if not any(np.hypot(other.lat - row.lat, other.lon - row.lon) < SAME_CORNER for other in same):
            kept.append(row)
    return kept
