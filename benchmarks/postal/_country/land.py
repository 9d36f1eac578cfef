"""A made-up country as large as Viet Nam: provinces, wards with their offices, and a day's results. Nobody is real.

The wards lie on a grid over the country's box, so distances within a ward are plausible and those between wards mean
nothing. Names of wards come again in other provinces, as they do in life.
"""

import csv
import itertools
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from delivery.maps.store import FILES, building, lock, publish, serve
from delivery.moments import short_date
from delivery.places.gazetteer import write_gazetteer
from delivery.sample_day import HEADER

PROVINCES, WARDS = 34, 3321
SOUTH, NORTH, WEST, EAST = 8.6, 23.3, 102.2, 109.6
# Half the side of a ward's square, in degrees: about 2 km of town and 4 km of country.
TOWN, COUNTRY = 0.01, 0.02
# Rows beside those that can be delivered: addresses without a point that only name the ward, and bad rows.
UNPLACED, BAD = 0.02, 0.01
STOPS_A_COURIER = 35
SLOTS = ("", "", "", "08:00-11:30", "13:30-17:00")
PROCEDURES = (("1.001193", "Đăng ký khai sinh"), ("2.000635", "Cấp bản sao trích lục hộ tịch"))
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng")
GIVEN = ("An", "Bình", "Chi", "Dung", "Giang", "Hà", "Khánh", "Lan", "Minh", "Nam", "Phúc", "Quân", "Thảo", "Yến")
SYLLABLES = (
    "An", "Bình", "Cẩm", "Châu", "Diên", "Đông", "Giang", "Hà", "Hòa", "Hưng", "Khánh", "Lạc", "Lâm", "Long", "Lương",
    "Mỹ", "Ngọc", "Nghĩa", "Ninh", "Phong", "Phú", "Phước", "Quang", "Sơn", "Tân", "Thanh", "Thịnh", "Thượng", "Tiên",
    "Trung", "Vân", "Vĩnh", "Xuân", "Yên",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WardOffice:
    """A ward and its one-stop counter; `share` is its part of the country's results."""

    code: str
    kind: str
    name: str
    province: str
    agency: str
    lat: float
    lon: float
    half: float
    share: float
    couriers: int

    @property
    def address(self) -> str:
        return f"{self.kind} {self.name}, tỉnh {self.province}"


@dataclass(frozen=True, slots=True)
class Country:
    """All wards, in provinces that lie together."""

    wards: Sequence[WardOffice]

    def provinces(self) -> Iterator[tuple[str, list[WardOffice]]]:
        for province, wards in itertools.groupby(self.wards, key=lambda ward: ward.province):
            yield province, list(wards)


def make_country(wards: int, items: int, seed: int) -> Country:
    """As many wards as asked for, with couriers enough for `items` results a day."""
    dice = random.Random(seed)
    weights = [dice.lognormvariate(0, 0.8) for _ in range(wards)]
    total = sum(weights)
    sizes = _sizes(dice, wards)
    spots = iter(_grid(wards))
    codes = itertools.count(1)
    made: list[WardOffice] = []
    for number, size in enumerate(sizes, start=1):
        province = _province(number)
        for kind, name in _names(dice, size):
            lat, lon = next(spots)
            share = weights[len(made)] / total
            couriers = max(1, round(items * share / STOPS_A_COURIER + 0.5))
            half = TOWN if kind == "phường" else COUNTRY
            code = f"{next(codes):05d}"
            made.append(WardOffice(code, kind, name, province, f"H{number:02d}", lat, lon, half, share, couriers))
    return Country(made)


def write_furniture(country: Country, folder: Path) -> Path:
    """The files that `tannha init --offices` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "offices.csv",
        ("code", "ward_code", "ward_name", "name", "address", "phone", "postal_code", "lat", "lon"),
        (
            (f"W{w.code}", w.code, w.name, f"Bộ phận Một cửa {w.kind} {w.name}", w.address, "1022", "", w.lat, w.lon)
            for w in country.wards
        ),
    )
    _write(
        folder / "couriers.csv",
        ("code", "office", "name", "shift_start", "shift_end", "break_start", "break_end", "break_minutes", "capacity"),
        (
            (f"W{w.code}-{n}", f"W{w.code}", f"Bưu tá {n}", "08:00", "17:30", "11:30", "13:30", 45, 60)
            for w in country.wards
            for n in range(1, w.couriers + 1)
        ),
    )
    return folder


def serve_map(country: Country, home: Path) -> None:
    """A map that knows the wards' grounds and no streets: what a point needs to be placed, and no more."""
    with lock(home), building(home) as folder:
        for name in FILES:
            (folder / name).touch()
        features = [_feature(ward) for ward in country.wards]
        (folder / "wards.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        write_gazetteer(folder / "gazetteer.sqlite", (), (), ())
        serve(home, publish(home, folder, "undated-0000000000"))


def write_results(country: Country, folder: Path, items: int, day: date, seed: int) -> list[Path]:
    """One file for each province, as its one-stop system would send it; `items` rows in all can be delivered."""
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(f"{seed}:results")
    rows = items + round(items * (UNPLACED + BAD))
    chosen = dice.choices(range(len(country.wards)), [ward.share for ward in country.wards], k=rows)
    flaws = ["unplaced"] * round(items * UNPLACED) + ["bad"] * round(items * BAD)
    flaws += [""] * (rows - len(flaws))
    dice.shuffle(flaws)
    of_ward: dict[int, list[str]] = {}
    for ward, flaw in zip(chosen, flaws, strict=True):
        of_ward.setdefault(ward, []).append(flaw)
    files, first = [], 0
    for _province, wards in country.provinces():
        file = folder / f"{wards[0].agency}.csv"
        lines = (
            _row(dice, ward, day, number, flaw)
            for place, ward in enumerate(wards, start=first)
            for number, flaw in enumerate(of_ward.get(place, ()), start=1)
        )
        _write(file, HEADER, lines)
        files.append(file)
        first += len(wards)
    return files


def write_large_file(country: Country, file: Path, rows: int, day: date, seed: int) -> Path:
    """One file with results of all wards that are fetched at the counter, numbered apart from the day's others."""
    dice = random.Random(f"{seed}:large")
    wards = dice.choices(country.wards, k=rows)
    lines = (_row(dice, ward, day, 1_000_000 + number, "") for number, ward in enumerate(wards))
    wants = HEADER.index("Trả tại nhà")
    _write(file, HEADER, ((*line[:wants], "", *line[wants + 1 :]) for line in lines))
    return file


def _row(dice: random.Random, ward: WardOffice, day: date, number: int, flaw: str) -> tuple[object, ...]:
    procedure, title = dice.choice(PROCEDURES)
    received = day - timedelta(days=dice.randint(2, 4))
    # Doors crowd around the office.
    lat, lon = (middle + max(-0.95, min(0.95, dice.gauss(0, 0.4))) * ward.half for middle in (ward.lat, ward.lon))
    point = ("", "") if flaw == "unplaced" else (f"{lat:.6f}", f"{lon:.6f}")
    completed = "31/02/2026" if flaw == "bad" else short_date(day - timedelta(days=1))
    name = f"{dice.choice(FAMILY)} {dice.choice(GIVEN)}"
    street = "" if flaw == "unplaced" else f"Số {dice.randint(1, 200)} đường {dice.choice(SYLLABLES)} "
    return (
        f"{ward.agency}.{ward.code}-{received:%y%m%d}-{number:04d}", procedure, title,
        f"UBND {ward.address}", name, "", f"09000{dice.randint(0, 99999):05d}", "", f"{street}{ward.address}",
        completed, "", "1", dice.choice(SLOTS), "x", "", "", *point,
    )  # fmt: skip


def _feature(ward: WardOffice) -> dict[str, object]:
    west, east = ward.lon - ward.half, ward.lon + ward.half
    south, north = ward.lat - ward.half, ward.lat + ward.half
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    said = {"code": ward.code, "name": ward.name, "kind": ward.kind, "province": ward.province}
    return {"type": "Feature", "properties": said, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def _sizes(dice: random.Random, wards: int) -> list[int]:
    """How many wards each province has: about a hundred, unevenly; all together what was asked for."""
    weights = [dice.uniform(0.6, 1.6) for _ in range(min(PROVINCES, wards))]
    sizes = [max(1, int(wards * weight / sum(weights))) for weight in weights]
    for place in itertools.cycle(range(len(sizes))):
        if sum(sizes) == wards:
            return sizes
        sizes[place] += 1 if sum(sizes) < wards else -(sizes[place] > 1)
    raise AssertionError


def _grid(count: int) -> Iterable[tuple[float, float]]:
    across = max(1, round((count * (EAST - WEST) / (NORTH - SOUTH)) ** 0.5))
    down = -(-count // across)
    for number in range(count):
        row, column = divmod(number, across)
        yield (
            round(SOUTH + (row + 0.5) * (NORTH - SOUTH) / down, 6),
            round(WEST + (column + 0.5) * (EAST - WEST) / across, 6),
        )


def _province(number: int) -> str:
    first, second = divmod(number * 7, len(SYLLABLES))
    return f"{SYLLABLES[second]} {SYLLABLES[(first + 11) % len(SYLLABLES)]} {number}"


def _names(dice: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """Kinds and names of a province's wards: none twice in it, many in several provinces."""
    names = [f"{first} {second}" for first, second in itertools.permutations(SYLLABLES, 2)]
    for name in dice.sample(names, count):
        yield "phường" if dice.random() < 0.25 else "xã", name


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(header)
        writer.writerows(rows)
