"""What people go by: the market, the school, the pagoda that is nearest to a door."""

import re
from dataclasses import dataclass
from functools import cached_property
from math import cos, radians

import numpy as np
import shapely

from delivery.places.gazetteer import Gazetteer
from delivery.places.rows import PlaceRow
from delivery.places.text import fold

METRES_PER_DEGREE = 111_195.0
# How near it must be to help: something that everybody knows, and any other building or shop.
KNOWN_WITHIN_M, OTHER_WITHIN_M = 150.0, 40.0
# What extends further than this is a region, and "near" it is anywhere.
WIDEST_M = 300
# Across the street: the door known this well, and no further than this.
SURE_M, ACROSS_M = 20, 60.0
_KNOWN = re.compile(
    r"(?:cho|truong|chua|dinh|den|mieu|nha tho|benh vien|phong kham|tram y te|trung tam y te|ga|ben xe|ubnd|uy ban|"
    r"cong an|buu dien|sieu thi|cong vien|vuon hoa|cau|san van dong|nha van hoa|ho|nha hat|thu vien|cay xang|"
    r"bao tang|trung tam thuong mai)\b|.*\b(?:mall|plaza|mart|megamall|big c|go!)(?:\b|$)"
)


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place near a door: how many metres away, and whether a street lies between."""

    name: str
    lat: float
    lon: float
    metres: int
    across: bool


class Landmarks:
    """The named places of a map, asked from a door."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        rows = [row for same in gazetteer.places.values() for row in same if row.kind in {"poi", "building"}]
        self._rows = [row for row in rows if row.reach_m <= WIDEST_M]
        self._known = np.array([_is_known(row) for row in self._rows], bool)
        self._places = np.array([(row.lat, row.lon) for row in self._rows], np.float64).reshape(-1, 2)
        self._reach = np.array([row.reach_m for row in self._rows], np.float64)

    def near(self, lat: float, lon: float, radius_m: int = 0) -> Landmark | None:
        """The place that helps most to find a door that is known within `radius_m`; None where nothing is near."""
        if not self._rows:
            return None
        away = np.hypot(*((self._places - (lat, lon)) * METRES_PER_DEGREE * (1.0, cos(radians(lat)))).T)
        gap = np.maximum(0.0, away - self._reach)
        near = gap <= np.where(self._known, KNOWN_WITHIN_M, OTHER_WITHIN_M)
        if not near.any():
            return None
        # What everybody knows goes before what is nearer; of the same kind, the nearest by its edge, then its middle.
        best = min(np.flatnonzero(near).tolist(), key=lambda at: (not self._known[at], gap[at], away[at]))
        row = self._rows[best]
        across = radius_m <= SURE_M and away[best] <= ACROSS_M and self._is_across((lat, lon), (row.lat, row.lon))
        return Landmark(row.name, row.lat, row.lon, round(float(gap[best]) / 10) * 10, bool(across))

    def _is_across(self, door: tuple[float, float], place: tuple[float, float]) -> bool:
        """Whether exactly one street runs between the two."""
        sight = shapely.LineString([door[::-1], place[::-1]])
        shapes, names = self._streets
        crossed = {names[at] for at in shapes.query(sight, predicate="crosses").tolist()}
        return len(crossed) == 1

    @cached_property
    def _streets(self) -> tuple[shapely.STRtree, list[str]]:
        """The streets, not their alleys, that have a line on the map."""
        lines = [
            (name, [(lon, lat) for lat, lon in line])
            for name, rows in self._gazetteer.streets.items()
            for row in rows
            for line in row.lines
        ]
        return shapely.STRtree([shapely.LineString(points) for _name, points in lines]), [name for name, _ in lines]


def _is_known(row: PlaceRow) -> bool:
    return row.kind == "poi" and _KNOWN.match(fold(row.name)) is not None
