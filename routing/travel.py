"""How long and how far it is from one place to another."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from routing.errors import InvalidProblem

Matrix = npt.NDArray[np.int64]
EARTH_RADIUS_M = 6_371_008.8


class Location(NamedTuple):
    """A point, in degrees."""

    lat: float
    lon: float


class Travel(Protocol):
    """Anything that can answer how long (seconds) and how far (metres) it is between places."""

    def matrices(self, places: Sequence[Location]) -> tuple[Matrix, Matrix]:
        """Seconds and metres from each place to each other, both of shape n × n."""
        ...


@dataclass(frozen=True, slots=True)
class HaversineTravel:
    """The straight line over the globe, lengthened by `detour`, ridden at `kmh`.

    Defaults as measured for a scooter in Long Biên: the streets there are 1.4 times as long as the straight line, and
    a courier makes 18 km/h from door to door.
    """

    kmh: float = 18.0
    detour: float = 1.4

    def matrices(self, places: Sequence[Location]) -> tuple[Matrix, Matrix]:
        if not places:
            return np.zeros((0, 0), np.int64), np.zeros((0, 0), np.int64)
        degrees = np.array(places, dtype=float)
        if not np.isfinite(degrees).all() or (np.abs(degrees) > (90, 180)).any():
            raise InvalidProblem("a location is not a latitude and a longitude in degrees")
        lat, lon = np.radians(degrees.T)
        half = np.sin((lat[:, None] - lat) / 2) ** 2
        half += np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
        metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0))) * self.detour
        seconds = metres / (self.kmh / 3.6)
        return np.rint(seconds).astype(np.int64), np.rint(metres).astype(np.int64)


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
            if table.size and table.min() < 0:
                raise InvalidProblem("a travel matrix holds a negative number")

    def matrices(self, places: Sequence[Location]) -> tuple[Matrix, Matrix]:
        missing = [place for place in places if self.index.get(place, math.inf) >= len(self.seconds)]
        if missing:
            raise InvalidProblem(f"the travel matrix has no row for {missing[0]}")
        rows = [self.index[place] for place in places]
        return self.seconds[np.ix_(rows, rows)], self.metres[np.ix_(rows, rows)]
