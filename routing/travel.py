"""How long and how far it is from one place to another."""

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from routing.errors import InvalidProblem

Matrix = npt.NDArray[np.int64]
Points = npt.NDArray[np.float64]
LANDMARKS = 24
FARTHEST = 1_000_000_000
EARTH_RADIUS_M = 6_371_008.8


# Places whose ways to as many others are worked out at a time: what a processor's cache can hold.
BLOCK = 256


class Location(NamedTuple):
    """A point, in degrees."""

    lat: float
    lon: float


class Travel(Protocol):
    """Anything that can answer how long (seconds) and how far (metres) it is between places."""

    def matrices(self, places: Sequence[Location]) -> tuple[Matrix, Matrix]:
        """Seconds and metres from each place to each other, both of shape n × n."""
        ...

    def chart(self, places: Sequence[Location]) -> Points:
        """Where the places lie on a plane, n × 2: near ones close together, in any unit. It only guides the search."""
        ...


def in_degrees(places: Sequence[Location]) -> Points:
    """The places as rows. Raises InvalidProblem when one is not on the globe."""
    degrees = np.array(places, dtype=float).reshape(-1, 2)
    if not np.isfinite(degrees).all() or (np.abs(degrees) > (90, 180)).any():
        raise InvalidProblem("a location is not a latitude and a longitude in degrees")
    return degrees


def flat(places: Sequence[Location]) -> Points:
    """The places on a plane, good enough to tell near from far."""
    degrees = np.array(places, dtype=float).reshape(-1, 2)
    shrink = math.cos(math.radians(float(degrees[:, 0].mean()))) if len(degrees) else 1.0
    return degrees * (1.0, shrink)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class HaversineTravel:
    """The straight line over the globe, lengthened by `detour`, ridden at `kmh`.

    Defaults as measured for a scooter in Long Biên: the streets there are 1.4 times as long as the straight line, and
    a courier makes 18 km/h from door to door.
    """

    kmh: float = 18.0
    detour: float = 1.4

    def matrices(self, places: Sequence[Location]) -> tuple[Matrix, Matrix]:
        size = len(places)
        seconds, metres = np.empty((size, size), np.int64), np.empty((size, size), np.int64)
        degrees = in_degrees(places)

        def fill(corner: tuple[int, int]) -> None:
            """One block, and the same ways back."""
            rows, columns = (slice(start, start + BLOCK) for start in corner)
            seconds[rows, columns], metres[rows, columns] = self.table(degrees[rows], degrees[columns])
            if rows != columns:
                seconds[columns, rows], metres[columns, rows] = seconds[rows, columns].T, metres[rows, columns].T

        corners = [(row, column) for row in range(0, size, BLOCK) for column in range(row, size, BLOCK)]
        if len(corners) > 1:
            with ThreadPoolExecutor(processors()) as threads:
                list(threads.map(fill, corners))
        elif corners:
            fill(corners[0])
        return seconds, metres

    def table(self, origins: Points, goals: Points) -> tuple[Matrix, Matrix]:
        """Seconds and metres from each origin to each goal, given as rows of latitude and longitude in degrees."""
        lat, lon = np.radians(origins.T)[:, :, None]
        goal_lat, goal_lon = np.radians(goals.T)
        half = lat - goal_lat
        half /= 2
        np.square(np.sin(half, out=half), out=half)
        across = lon - goal_lon
        across /= 2
        np.square(np.sin(across, out=across), out=across)
        across *= np.cos(lat) * np.cos(goal_lat)
        half += across
        np.arcsin(np.sqrt(np.minimum(half, 1.0, out=half), out=half), out=half)
        half *= 2 * EARTH_RADIUS_M
        half *= self.detour
        metres = np.rint(half).astype(np.int64)
        half /= self.kmh / 3.6
        return np.rint(half, out=half).astype(np.int64), metres

    def chart(self, places: Sequence[Location]) -> Points:
        return flat(places)


@dataclass(frozen=True)
class MatrixTravel:
    """Seconds and metres read from tables; `index` says which row a location stands for.

    Raises InvalidProblem when the tables are not square, hold negative numbers, or lack a location.
    """

    index: dict[Location, int]
    seconds: Matrix
    metres: Matrix

    def __post_init__(self) -> None:
        for table in (self.seconds, self.metres):
            if table.ndim != 2 or table.shape[0] != table.shape[1]:
                raise InvalidProblem("a travel matrix is not square")
            if table.size and (table.min() < 0 or table.max() > FARTHEST):
                raise InvalidProblem("a travel matrix holds a negative number, or one beyond all measure")

    def matrices(self, places: Sequence[Location]) -> tuple[Matrix, Matrix]:
        rows = self._rows(places)
        return self.seconds[np.ix_(rows, rows)], self.metres[np.ix_(rows, rows)]

    def chart(self, places: Sequence[Location]) -> Points:
        """Placed by their travel times to a few landmarks (classical scaling: Torgerson, Psychometrika 17, 1952)."""
        rows = np.array(self._rows(places), np.int64)
        landmarks = rows[np.linspace(0, len(rows) - 1, min(LANDMARKS, len(rows))).astype(np.int64)]
        ways = (self.seconds[np.ix_(rows, landmarks)] + self.seconds[np.ix_(landmarks, rows)].T) / 2.0
        among = (self.seconds[np.ix_(landmarks, landmarks)] + self.seconds[np.ix_(landmarks, landmarks)].T) / 2.0
        squares = among**2
        mean = squares.mean(axis=0)
        values, vectors = np.linalg.eigh(-0.5 * (squares - mean[:, None] - mean + squares.mean()))
        axes = vectors[:, -2:] / np.sqrt(np.maximum(values[-2:], 1e-9))
        placed = -0.5 * (ways**2 - mean) @ axes
        return placed if placed.shape[1] == 2 else np.zeros((len(rows), 2))

    def _rows(self, places: Sequence[Location]) -> list[int]:
        missing = [place for place in places if self.index.get(place, math.inf) >= len(self.seconds)]
        if missing:
            raise InvalidProblem(f"the travel matrix has no row for {missing[0]}")
        return [self.index[place] for place in places]
