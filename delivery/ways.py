"""The ways of couriers as they are kept and shown: a line along the streets, and what its times were reckoned from."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from delivery.i18n import marked

# Steps of a line are kept in 1/100,000 degrees, a metre or so.
UNIT = 100_000
Line = Sequence[tuple[float, float]]

WAYS: dict[str, str] = {
    "streets": marked("Times and distances along the streets of the imported map."),
    "server": marked("Times and distances along the streets, as a routing server gave them."),
    "straight": marked("Times and distances by straight lines, lengthened; with a map they follow the streets."),
}


def way_through(lines: Iterable[Line]) -> list[int] | None:
    """Lines that follow each other as one, as `Route.way` keeps it: the first point, then steps; None without any."""
    whole = [(round(lat * UNIT), round(lon * UNIT)) for line in lines for lat, lon in line]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(whole) if a != b]
    return [number for step in [*whole[:1], *steps] for number in step] or None


def points_of(way: Sequence[int] | None) -> Iterator[tuple[float, float]]:
    """The points, in degrees, of a line as `Route.way` keeps it."""
    lat = lon = 0
    for north, east in zip((way or ())[::2], (way or ())[1::2], strict=True):
        lat, lon = lat + north, lon + east
        yield lat / UNIT, lon / UNIT
