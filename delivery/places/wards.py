"""Wards of today and of before July 2025: who they were, how long, where; a code means nothing without its dates."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape as as_shape
from shapely.geometry.base import BaseGeometry

from delivery.places.text import fold

DATA = Path(__file__).parent / "data"
DAY_OF_CHANGE = date(2025, 7, 1)
# Of an old ward's ground, what lies in one of today's wards by no more than this is drawing error, not a split.
SLIVER = 0.01
# Where several old wards' boxes hold a point, the nearest middle counts only when the next is this much farther.
CLEARLY_FARTHER = 1.6
Outline = tuple[tuple[float, float], ...]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward of today: code, name without "Phường", kind, province, first day, and its ground (lon, lat)."""

    code: str
    name: str
    kind: str = "phường"
    province: str = ""
    valid_from: date | None = DAY_OF_CHANGE
    shape: BaseGeometry = field(default_factory=shapely.Polygon, compare=False, repr=False)

    @property
    def outline(self) -> Outline:
        """The border of its largest part as (lat, lon) points."""
        ring = max(shapely.get_parts(self.shape), key=lambda part: part.area).exterior
        return tuple((lat, lon) for lon, lat in ring.coords)

    @property
    def middle(self) -> tuple[float, float]:
        """A point (lat, lon) on its ground."""
        point = self.shape.representative_point()
        return point.y, point.x


@dataclass(frozen=True, slots=True)
class OldWard:
    """A ward that ended; `now` are the codes of today's wards in which its ground may lie, by where most of it is.

    `box` (south, west, north, east) and `lat`, `lon` say where it was; `shape` is its ground where that is mapped.
    """

    code: str
    name: str
    now: tuple[str, ...]
    kind: str = "phường"
    district: str = ""
    valid_to: date | None = DAY_OF_CHANGE
    lat: float | None = None
    lon: float | None = None
    box: Box | None = None
    shape: BaseGeometry | None = field(default=None, compare=False, repr=False)

    def may_hold(self, lat: float, lon: float) -> bool:
        """Whether a point can have been on its ground, as far as that is known."""
        if self.shape is not None:
            return bool(shapely.intersects_xy(self.shape, lon, lat))
        return self.box is not None and self.box[0] <= lat <= self.box[2] and self.box[1] <= lon <= self.box[3]

    def off_middle(self, lat: float, lon: float) -> float:
        """How far a point is from the middle, in halves of the box."""
        if self.box is None or self.lat is None or self.lon is None:
            return float("inf")
        south, west, north, east = self.box
        return max(2 * abs(lat - self.lat) / (north - south), 2 * abs(lon - self.lon) / (east - west))

    def is_near(self, lat: float, lon: float, degrees: float) -> bool:
        """Whether a point is on its ground or at most that far from its box; True where nothing is known of that."""
        if self.box is None:
            return True
        south, west, north, east = self.box
        return south - degrees <= lat <= north + degrees and west - degrees <= lon <= east + degrees


@dataclass(frozen=True, slots=True)
class OldGuess:
    """The old ward of a point; `sure` where its border is mapped, otherwise reckoned from boxes and middles."""

    ward: OldWard
    sure: bool


class WardBook:
    """All wards that a map knows."""

    def __init__(self, today: Iterable[Ward], old: Iterable[OldWard]) -> None:
        self.today = tuple(today)
        self.old = tuple(old)
        self._by_code = {ward.code: ward for ward in self.today}
        self._old_by_code = {ward.code: ward for ward in self.old}
        self._named: Mapping[str, tuple[Ward, ...]] = _by_name(self.today)
        self._old_named: Mapping[str, tuple[OldWard, ...]] = _by_name(self.old)

    def by_code(self, code: str | None) -> Ward | None:
        """Today's ward of that code."""
        return self._by_code.get(code or "")

    def old_by_code(self, code: str | None) -> OldWard | None:
        """The old ward of that code."""
        return self._old_by_code.get(code or "")

    def named(self, name: str) -> tuple[Ward, ...]:
        """Today's wards whose folded name this is."""
        return self._named.get(name, ())

    def old_named(self, name: str) -> tuple[OldWard, ...]:
        """Old wards whose folded name this is."""
        return self._old_named.get(name, ())

    @cached_property
    def names(self) -> frozenset[str]:
        """The folded names of all wards, old and new."""
        return frozenset(self._named) | frozenset(self._old_named)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree([ward.shape for ward in self.today])

    def at(self, lat: float, lon: float) -> Ward | None:
        """Today's ward in which a point lies; None outside all that are known."""
        hits = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        return self.today[min(hits)] if len(hits) else None

    def old_at(self, lat: float, lon: float) -> OldGuess | None:
        """The old ward in which a point lay; None where that is too doubtful to say."""
        holding = [ward for ward in self.old if ward.may_hold(lat, lon)]
        mapped = [ward for ward in holding if ward.shape is not None]
        if mapped:
            return OldGuess(mapped[0], sure=True)
        now = self.at(lat, lon)
        fitting = sorted(
            (ward.off_middle(lat, lon), ward.code, ward) for ward in holding if now is None or now.code in ward.now
        )
        if not fitting or (len(fitting) > 1 and fitting[1][0] < CLEARLY_FARTHER * fitting[0][0]):
            return None
        return OldGuess(fitting[0][2], sure=False)


def _by_name(wards: Iterable[Any]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for ward in wards:
        found[fold(ward.name)].append(ward)
    return {name: tuple(same) for name, same in found.items()}


@cache
def built_in_wards() -> WardBook:
    """The four wards of Long Biên since July 2025 and the fourteen before."""
    wards = json.loads((DATA / "wards.json").read_text(encoding="utf-8"))
    today = [
        Ward(code, ward["name"], province="Hà Nội", shape=shapely.Polygon([(lon, lat) for lat, lon in ward["outline"]]))
        for code, ward in wards.items()
    ]
    return WardBook(today, _old_wards_of(today))


def read_wards(path: Path) -> WardBook:
    """The wards of a map's wards.geojson; where it holds no old ones, the listed old wards of the same ground."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    today = tuple(_ward(feature) for feature in features if not feature["properties"].get("valid_to"))
    old = tuple(_old_ward(feature, today) for feature in features if feature["properties"].get("valid_to"))
    return WardBook(today, old or _old_wards_of(today))


def _ward(feature: Mapping[str, Any]) -> Ward:
    said = feature["properties"]
    ground = _ground(feature)
    return Ward(
        said["code"], said["name"], said.get("kind") or "phường", said.get("province") or "",
        _day(said.get("valid_from")), ground,
    )  # fmt: skip


def _old_ward(feature: Mapping[str, Any], today: Iterable[Ward]) -> OldWard:
    said = feature["properties"]
    ground = _ground(feature)
    shares = {ward.code: ward.shape.intersection(ground).area / ground.area for ward in today}
    now = tuple(code for code, share in sorted(shares.items(), key=lambda item: -item[1]) if share > SLIVER)
    west, south, east, north = ground.bounds
    middle = ground.representative_point()
    return OldWard(
        said["code"], said["name"], now, said.get("kind") or "phường", "", _day(said["valid_to"]), middle.y, middle.x,
        (south, west, north, east), ground,
    )  # fmt: skip


def _ground(feature: Mapping[str, Any]) -> BaseGeometry:
    ground = shapely.make_valid(as_shape(feature["geometry"]))
    shapely.prepare(ground)
    return ground


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _old_wards_of(today: Iterable[Ward]) -> tuple[OldWard, ...]:
    """The listed old wards most of whose ground lies in one of these wards."""
    codes = {ward.code for ward in today}
    return tuple(ward for ward in _listed_old_wards() if ward.now and ward.now[0] in codes)


def _listed_old_wards() -> Iterator[OldWard]:
    with (DATA / "old_wards.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            box = tuple(float(row[side]) for side in ("south", "west", "north", "east")) if row["south"] else None
            lat, lon = (float(row[axis]) if row[axis] else None for axis in ("lat", "lon"))
            yield OldWard(
                row["code"], row["name"], tuple(row["now"].split()), row["kind"], row["district"], lat=lat, lon=lon,
                box=box,  # type: ignore[arg-type]
            )  # fmt: skip


def ward_outlines() -> tuple[Ward, ...]:
    """Today's built-in wards, by code."""
    return built_in_wards().today


@cache
def old_wards() -> dict[str, OldWard]:
    """The built-in old wards by the folded form of their names."""
    return {fold(ward.name): ward for ward in built_in_wards().old}


@cache
def new_wards() -> dict[str, Ward]:
    """Today's built-in wards by the folded form of their names."""
    return {fold(ward.name): ward for ward in built_in_wards().today}


def ward_by_code(code: str | None) -> Ward | None:
    """Today's built-in ward of that code."""
    return built_in_wards().by_code(code)


def new_ward_at(lat: float, lon: float) -> Ward | None:
    """Today's built-in ward in which a point lies; None outside all four."""
    return built_in_wards().at(lat, lon)
