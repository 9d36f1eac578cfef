"""What the hour of the day does to travel times, as a table that can be edited and learnt.

A factor says how many times the usual time a street takes: 1.5 is half as long again. As built in, every factor is 1:
nobody has measured these streets hour by hour.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from routing.errors import UnsupportedInput
from routing.roads.speeds import CLASSES, ROW

EVERY_CLASS = "*"
LEAST, MOST = 0.1, 10.0
# Legs shorter than this say more about parking than about the street.
SHORTEST = 60.0
# Below so many observations an hour keeps its usual time; above, so many count as much as the belief in 1.
FEWEST, BELIEF = 8, 20


class Observation(NamedTuple):
    """A leg that was driven: in which hour, and how long it was expected to take and took, in seconds."""

    hour: int
    expected: float
    taken: float


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors by hour (0 to 23) and road class."""

    rows: Mapping[tuple[int, str], float] = field(default_factory=dict)

    def by_class(self, hour: int | None) -> npt.NDArray[np.float64]:
        """The factor of each of CLASSES in that hour; its own row before the row for every class. 1 without an hour."""
        if hour is None:
            return np.ones(len(CLASSES))
        whole = self.rows.get((hour % 24, EVERY_CLASS), 1.0)
        return np.array([self.rows.get((hour % 24, road.name), whole) for road in CLASSES])

    @classmethod
    def read(cls, path: Path) -> Self:
        """From a CSV file with the columns `hour`, `road_class` (`*` for all) and `factor`.

        Raises UnsupportedInput naming the line that cannot be meant.
        """
        rows: dict[tuple[int, str], float] = {}
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                for number, row in enumerate(csv.DictReader(file), 2):
                    hour, road, factor = _row(row, f"{path.name}, line {number}")
                    rows[hour, road] = factor
        except (UnicodeDecodeError, csv.Error) as error:
            raise UnsupportedInput(f"{path.name} is not a CSV file in UTF-8") from error
        return cls(rows)


def learn_factors(observations: Iterable[Observation]) -> Factors:
    """Factors by hour from legs that were driven.

    The factor is the median of taken by expected time, pulled towards 1 the more the fewer there are (in logarithms, so
    that twice and half as long weigh the same). Hours with fewer than FEWEST legs have none; legs that were expected
    to take less than SHORTEST, and times that cannot be, are passed over.
    """
    ratios: defaultdict[int, list[float]] = defaultdict(list)
    for hour, expected, taken in observations:
        if 0 <= hour < 24 and math.isfinite(expected + taken) and expected >= SHORTEST and taken > 0:
            ratios[hour].append(taken / expected)
    learnt = {
        (hour, EVERY_CLASS): _within(median(those) ** (len(those) / (len(those) + BELIEF)))
        for hour, those in sorted(ratios.items())
        if len(those) >= FEWEST
    }
    return Factors(learnt)


def _within(factor: float) -> float:
    return min(max(factor, LEAST), MOST)


def _row(row: Mapping[str, str | None], where: str) -> tuple[int, str, float]:
    try:
        hour, road, factor = int(row["hour"] or ""), (row["road_class"] or "").strip(), float(row["factor"] or "")
    except (KeyError, ValueError) as error:
        raise UnsupportedInput(f"{where}: an hour, a road_class and a factor are needed") from error
    if not 0 <= hour <= 23:
        raise UnsupportedInput(f"{where}: the hour must be 0 to 23")
    if road != EVERY_CLASS and road not in ROW:
        raise UnsupportedInput(f"{where}: the road_class must be * or one of {', '.join(ROW)}")
    if not LEAST <= factor <= MOST:
        raise UnsupportedInput(f"{where}: the factor must be {LEAST:g} to {MOST:g}")
    return hour, road, factor
