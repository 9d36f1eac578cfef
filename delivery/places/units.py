"""Names of provinces, districts and wards of the whole country's two orders: what is here, and what is elsewhere."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from delivery.places.names import Names
from delivery.places.text import fold
from delivery.places.wards import DATA, WardBook

# How provinces are called besides their names.
_ALIASES = {
    "hn": "Hà Nội", "tphn": "Hà Nội", "ha noi city": "Hà Nội", "hcm": "Hồ Chí Minh", "hcmc": "Hồ Chí Minh",
    "tphcm": "Hồ Chí Minh", "sai gon": "Hồ Chí Minh", "vung tau": "Bà Rịa - Vũng Tàu",
    "thua thien hue": "Huế", "dac lak": "Đắk Lắk", "daklak": "Đắk Lắk", "dak nong": "Đắk Nông",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A province, district or ward by name; `within` names the province, for a ward of before 2025 the district."""

    name: str
    within: str = ""
    lat: float | None = None
    lon: float | None = None


class Units:
    """Which names of units lie on an atlas's ground, and which are elsewhere."""

    def __init__(self, wards: WardBook) -> None:
        self.provinces: Names[Unit] = Names(_provinces())
        districts = dict(_districts())
        for name in frozenset(_home_districts(wards, districts)):
            # People at home write LB for Long Biên.
            districts.setdefault("".join(word[0] for word in name.split(" ")), districts.get(name, (Unit(name),)))
        self.districts: Names[tuple[Unit, ...]] = Names(districts)
        self.wards: Names[bool] = Names(dict.fromkeys(wards.names, True))
        self.wards_elsewhere: Names[bool] = Names({name: True for name in _wards() if name not in wards.names})
        self.home_districts = frozenset(_home_districts(wards, districts))
        self.home_names: Names[bool] = Names(dict.fromkeys(sorted(self.home_districts), True))
        provinces = {fold(ward.province) for ward in wards.today if ward.province}
        self.home_provinces = frozenset(
            provinces or {fold(unit.within) for name in self.home_districts for unit in self.districts[name]}
        )

    def full_name(self, district: str) -> str:
        """The folded name of a district that may be given by its initials."""
        return fold(self.districts[district][0].name)

    def is_home_province(self, name: str) -> bool:
        """Whether a province, by any of its names, is one of this atlas; one without wards is at home everywhere."""
        return not self.home_provinces or fold(self.provinces[name].name) in self.home_provinces


def _home_districts(wards: WardBook, districts: Mapping[str, tuple[Unit, ...]]) -> Iterable[str]:
    yield from (fold(ward.district) for ward in wards.old if ward.district)
    for name in districts:
        for unit in districts[name]:
            if unit.lat is not None and unit.lon is not None and wards.at(unit.lat, unit.lon):
                yield name


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with (DATA / "units.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def _provinces() -> Mapping[str, Unit]:
    found = {fold(row["name"]): Unit(row["name"]) for row in _rows() if row["level"] == "province"}
    return found | {alias: Unit(name) for alias, name in _ALIASES.items()}


@cache
def _districts() -> Mapping[str, tuple[Unit, ...]]:
    found: dict[str, tuple[Unit, ...]] = defaultdict(tuple)
    for row in _rows():
        if row["level"] == "district":
            at = (float(row["lat"]), float(row["lon"])) if row["lat"] else (None, None)
            found[fold(row["name"])] += (Unit(row["name"], row["within"], *at),)
    return dict(found)


@cache
def _wards() -> frozenset[str]:
    with (DATA / "old_wards.csv").open(encoding="utf-8", newline="") as file:
        old = {fold(row["name"]) for row in csv.DictReader(file)}
    return frozenset(old | {fold(row["name"]) for row in _rows() if row["level"] == "ward"})
