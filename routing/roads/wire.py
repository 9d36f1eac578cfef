"""What the servers' answers are made of."""

from typing import Any, TypeAlias

import numpy as np

from routing.roads.network import Reals
from routing.travel import FARTHEST, Location

Distances = tuple[Reals, Reals]
# Whatever a server may have sent.
Json: TypeAlias = Any


def floats(rows: Json) -> Reals:
    """A table in which null means that there is no way (nan). Raises ValueError when it holds what cannot be."""
    table = np.array(rows, float)
    if (table < 0).any() or (table > FARTHEST).any():
        raise ValueError("negative, or beyond all measure")
    return table


def on_globe(lat: float, lon: float) -> Location:
    """A place. Raises ValueError when it is nowhere."""
    place = Location(float(lat), float(lon))
    if not (abs(place.lat) <= 90 and abs(place.lon) <= 180):
        raise ValueError("not in degrees")
    return place
