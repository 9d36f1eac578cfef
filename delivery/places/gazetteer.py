"""The streets of the four wards, the points on them whose number is known, and the housing estates."""

import csv
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from geopy.distance import great_circle

from delivery.places.text import fold
from delivery.places.wards import DATA

# How far the answers were from the truth in leave-one-out on the known points: about the third quartile.
AT_A_KNOWN_POINT, BETWEEN_KNOWN_POINTS, BEYOND_KNOWN_POINTS = 60, 170, 350
NEAR_NUMBERS = 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """A street (or estate) within one ward: its middle, and how far it reaches from there."""

    name: str
    ward: str
    lat: float
    lon: float
    reach_m: int


@dataclass(frozen=True, slots=True)
class NumberedPoint:
    """Where a number lies on a street, known or reckoned, and how far off that may be."""

    lat: float
    lon: float
    radius_m: int


@cache
def streets() -> dict[str, tuple[Stretch, ...]]:
    """Streets by folded name; one that runs through several wards has a stretch in each."""
    return _stretches("streets", "street")


@cache
def estates() -> dict[str, tuple[Stretch, ...]]:
    """Housing estates by folded name."""
    return _stretches("estates", "estate")


def _stretches(file: str, column: str) -> dict[str, tuple[Stretch, ...]]:
    found: dict[str, list[Stretch]] = defaultdict(list)
    for row in _rows(file):
        stretch = Stretch(row[column], row["ward"], float(row["lat"]), float(row["lon"]), int(row["reach_m"]))
        found[fold(row[column])].append(stretch)
    return {name: tuple(stretches) for name, stretches in found.items()}


@cache
def _numbers() -> dict[str, tuple[tuple[int, float, float], ...]]:
    found: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    for row in _rows("numbers"):
        found[row["street"]].append((int(row["number"]), float(row["lat"]), float(row["lon"])))
    return {street: tuple(sorted(points)) for street, points in found.items()}


def number_on(street: str, number: int) -> NumberedPoint | None:
    """Where a number lies on a street: at a known point, between two, or near the nearest; None when none is near."""
    points = _numbers().get(street, ())
    at = bisect_left(points, (number,))
    above = points[at] if at < len(points) else None
    below = points[at - 1] if at else None
    if above is not None and above[0] == number:
        return NumberedPoint(above[1], above[2], AT_A_KNOWN_POINT)
    if above is not None and below is not None:
        part = (number - below[0]) / (above[0] - below[0])
        lat, lon = (below[axis] + part * (above[axis] - below[axis]) for axis in (1, 2))
        apart = great_circle(below[1:], above[1:]).meters
        return NumberedPoint(lat, lon, max(AT_A_KNOWN_POINT, min(BETWEEN_KNOWN_POINTS, round(apart / 2))))
    nearest = above or below
    if nearest is not None and abs(nearest[0] - number) <= NEAR_NUMBERS:
        return NumberedPoint(nearest[1], nearest[2], BEYOND_KNOWN_POINTS)
    return None


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{file}.csv").open(encoding="utf-8", newline="") as opened:
        yield from csv.DictReader(opened)
