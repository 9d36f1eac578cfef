"""What is true of Long Biên, read from the shared data: wards by polygon, streets, alleys, numbers and their points."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from shapely import Point, STRtree
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from benchmarks.addresses import HERE
from benchmarks.addresses.spelling import plain

# Within so many metres of a border either ward is right: outlines and points are no better than that.
BORDER_M = 30
METRES_PER_DEGREE = 111_200
_KIND = re.compile(r"^(phố|đường) ", re.IGNORECASE)
_ALLEY = re.compile(r"^(?:(?:ngõ|ngách|hẻm) [\d/]+[a-z]? ?)+(?:(?:phố|đường) )?(?=\D)", re.IGNORECASE)
_STEP = re.compile(r"(ngõ|ngách|hẻm) ([\d/]+[a-z]?)", re.IGNORECASE)
# Ways in the data where nobody lives.
_NO_HOMES = re.compile(r"^(?:cầu|quốc lộ|đê |đường đê|đường cao tốc|đường công nghiệp|đường bt|chợ|lô )", re.IGNORECASE)
# Which of today's wards the shared table names beside the four; the old wards reach into them by slivers only.
_OLD_SAI_DONG = ("Sài Đồng", "00142", 21.036, 105.909, ("00136",))


@dataclass(frozen=True, slots=True)
class Stretch:
    ward: str
    lat: float
    lon: float
    km: float


@dataclass(frozen=True, slots=True)
class Street:
    """`name` without its kind; `kind` is "phố", "đường" or empty."""

    name: str
    kind: str
    stretches: tuple[Stretch, ...]

    @property
    def wards(self) -> frozenset[str]:
        return frozenset(stretch.ward for stretch in self.stretches)


@dataclass(frozen=True, slots=True)
class Alley:
    """`chain` holds the numbers from the street inwards: ("68", "5") is ngách 68/5."""

    street: Street
    chain: tuple[str, ...]
    at: Stretch


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number on a street with the point it is known to lie at; `in_alley` where the number is an alley's."""

    street: Street
    number: int
    lat: float
    lon: float
    in_alley: bool = False


@dataclass(frozen=True, slots=True)
class OldWard:
    """A ward before July 2025; `now` are those of the four in which it may lie."""

    name: str
    code: str
    lat: float
    lon: float
    now: tuple[str, ...]
    box: tuple[float, float, float, float] | None = None

    def may_hold(self, lat: float, lon: float) -> bool:
        return self.box is not None and self.box[0] <= lat <= self.box[2] and self.box[1] <= lon <= self.box[3]


class Ground:
    """The shared data; each part is read when it is first asked for."""

    def __init__(self, shared: Path) -> None:
        self.data = shared / "data"

    @cached_property
    def new_wards(self) -> dict[str, str]:
        """Names by code, of the four and of those around."""
        return {code: name for code, name, _ in self._outlines}

    def wards_at(self, lat: float, lon: float) -> frozenset[str]:
        """The ward at a point, and the others within reach of the border."""
        near = self._tree.query(Point(lon, lat), predicate="dwithin", distance=BORDER_M / METRES_PER_DEGREE)
        return frozenset(self._outlines[int(row)][0] for row in near)

    @cached_property
    def streets(self) -> dict[str, Street]:
        """Streets where people live, by folded name without the kind."""
        found: dict[str, list[Stretch]] = defaultdict(list)
        named: dict[str, tuple[str, str]] = {}
        for row in self._rows("streets"):
            name = row["street"].strip(' "')
            if _ALLEY.match(name) or re.match(r"\D*\d+ |ng[oõô]", name, re.IGNORECASE) or _NO_HOMES.match(name):
                continue
            kind = _KIND.match(name)
            bare = _KIND.sub("", name)
            named.setdefault(plain(bare), (bare, kind[1].lower() if kind else ""))
            if row["new_ward_code"] in HERE:
                found[plain(bare)].append(_stretch(row))
        return {key: Street(*named[key], _merged(stretches)) for key, stretches in found.items()}

    @cached_property
    def alleys(self) -> list[Alley]:
        """Alleys with a number, of a known street, within the four wards."""
        found = []
        for row in self._rows("streets"):
            name = row["street"].strip(' "')
            rest = _ALLEY.sub("", name)
            street = self.streets.get(plain(rest)) if rest != name else None
            if street is not None and row["new_ward_code"] in HERE:
                found.append(Alley(street, _chain(name), _stretch(row)))
        return found

    @cached_property
    def anchors(self) -> list[Numbered]:
        """Mouths of alleys with a number, on streets of the four wards."""
        rows = ((self.streets.get(row["street_key"]), row) for row in self._rows("house_anchors"))
        found = [
            Numbered(street, int(row["number"]), float(row["lat"]), float(row["lon"]))
            for street, row in rows
            if street is not None
        ]
        return [anchor for anchor in found if self.wards_at(anchor.lat, anchor.lon) & HERE]

    @cached_property
    def bus_stops(self) -> list[Numbered]:
        """Stops whose name holds a house number on a known street: nobody made an address book of them."""
        names = "|".join(re.escape(s.name) for s in sorted(self.streets.values(), key=lambda s: -len(s.name)))
        numbered = re.compile(rf"(ngõ )?\b(\d+)[A-Z]?(?: ?- ?\d+)? (?:phố |đường )?({names})\b", re.IGNORECASE)
        found = []
        for row in self._stops:
            if match := numbered.search(row["name"]):
                street, point = self.streets[plain(match[3])], (float(row["lat"]), float(row["lon"]))
                found.append(Numbered(street, int(match[2]), *point, in_alley=bool(match[1])))
        return found

    @cached_property
    def landmarks(self) -> list[tuple[str, float, float]]:
        """Places that stops are named after and stand in front of."""
        away = re.compile(r"\d|đối diện|trước|qua |gần|cách|ngã|không tên|tuyến| - |điểm đỗ|bãi", re.IGNORECASE)
        return [
            (row["name"], float(row["lat"]), float(row["lon"])) for row in self._stops if not away.search(row["name"])
        ]

    @cached_property
    def elsewhere(self) -> list[str]:
        """Numbers on streets of other districts of Hà Nội, as stops there are named."""
        rows = (row for row in self._rows("points") if row["kind"] == "bus_stop" and row["in_long_bien"] == "0")
        found = (re.match(r"\d+[A-Z]?(?:-\d+)? [^\d(,-]+", row["name"]) for row in rows)
        known = re.compile("|".join(map(re.escape, self.streets)))
        return [match[0].strip() for match in found if match and not known.search(plain(match[0]))]

    @cached_property
    def old_wards(self) -> list[OldWard]:
        found = [OldWard(*_OLD_SAI_DONG)]
        for row in self._rows("old_wards"):
            if row["lat"]:
                south_west, north_east = row["bounds_sw_ne"].split(" – ")
                box = tuple(float(part) for corner in (south_west, north_east) for part in corner.split(","))
                now = tuple(code for code in row["possible_new_wards"].split("/") if code in HERE)
                name = row["name"].removeprefix("Phường ")
                found.append(OldWard(name, row["code"], float(row["lat"]), float(row["lon"]), now, box))  # type: ignore[arg-type]
        return found

    def old_ward_of(self, lat: float, lon: float) -> OldWard | None:
        """The likeliest old ward of a point: there are boxes and middles of them, no outlines."""
        wards = self.wards_at(lat, lon)
        fitting = [ward for ward in self.old_wards if ward.may_hold(lat, lon) and wards & set(ward.now)]
        return min(fitting, key=lambda ward: (ward.lat - lat) ** 2 + (ward.lon - lon) ** 2, default=None)

    @cached_property
    def _outlines(self) -> list[tuple[str, str, BaseGeometry]]:
        features = json.loads((self.data / "new_wards_2025.geojson").read_text(encoding="utf-8"))["features"]
        return [(one["properties"]["code"], one["properties"]["name"], shape(one["geometry"])) for one in features]

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree([outline for _, _, outline in self._outlines])

    @cached_property
    def _stops(self) -> list[dict[str, str]]:
        rows = self._rows("points")
        return [row for row in rows if row["kind"] == "bus_stop" and row["in_long_bien"] == "1"]

    def _rows(self, name: str) -> Iterator[dict[str, str]]:
        with (self.data / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def _stretch(row: dict[str, str]) -> Stretch:
    return Stretch(row["new_ward_code"], float(row["lat"]), float(row["lon"]), float(row["km"]))


def _merged(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    """One stretch for each ward, the longest: the data has a street twice where its name is written in two ways."""
    longest: dict[str, Stretch] = {}
    for stretch in sorted(stretches, key=lambda one: one.km):
        longest[stretch.ward] = stretch
    return tuple(longest[ward] for ward in sorted(longest))


def _chain(name: str) -> tuple[str, ...]:
    """From the street inwards: "Ngách 95 Ngõ 98" and "Ngách 98/95" are both ("98", "95")."""
    steps = [number.split("/") for _, number in _STEP.findall(name)]
    return tuple(part for step in reversed(steps) for part in step)
