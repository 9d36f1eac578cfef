"""What a gazetteer is made of, wherever it comes from: streets and alleys, numbers on them, named places."""

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
Line = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class StreetRow:
    """One street, or one alley, within one of today's wards.

    `ward` is the code of today's ward, empty where no ward is known. `lat`, `lon` are its middle, `reach_m` how far it
    extends from there, `length_m` its length, `lines` its geometry as (lat, lon) points, empty where only the middle is
    known. An alley names the street it leaves by that street's folded name in `parent`, and its own number there in
    `number` ("68", "68/5"); both are empty for a street.
    """

    name: str
    ward: str
    lat: float
    lon: float
    reach_m: int
    length_m: int = 0
    parent: str = ""
    number: str = ""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberRow:
    """Where a number lies on the street with that folded name.

    `exact` says whether the house itself is mapped; otherwise it is the mouth of the alley with that number.
    """

    street: str
    number: int
    lat: float
    lon: float
    exact: bool = False


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place that people name instead of a street: an estate, a building, a quarter, a point of interest."""

    name: str
    kind: Literal["estate", "building", "quarter", "poi"]
    ward: str
    lat: float
    lon: float
    reach_m: int
