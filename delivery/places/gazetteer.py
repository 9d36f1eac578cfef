"""The names of a map: streets, alleys, numbers on them and named places; kept in one SQLite file, read into memory."""

import csv
import re
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from delivery.places.rows import Line, NumberRow, PlaceRow, StreetRow
from delivery.places.text import fold, street_key
from delivery.places.wards import DATA

# Coordinates are kept as whole numbers of a ten-millionth degree, a centimetre.
SCALE = 10_000_000
Key = TypeVar("Key")
Row = TypeVar("Row")
Placed = TypeVar("Placed", StreetRow, PlaceRow)
# A mapped "Ngõ 104" that does not say of which street helps nobody.
_ALLEY_OF_NOTHING = re.compile(r"(?:ngo|ngach|hem|kiet) [\d/]+[a-z]?")
_SCHEMA = """
CREATE TABLE street (name TEXT, ward TEXT, lat REAL, lon REAL, reach_m INTEGER, length_m INTEGER, parent TEXT,
    number TEXT, lines BLOB);
CREATE TABLE number (street TEXT, number INTEGER, lat REAL, lon REAL, exact INTEGER);
CREATE TABLE place (name TEXT, kind TEXT, ward TEXT, lat REAL, lon REAL, reach_m INTEGER);
"""


class Gazetteer:
    """Streets, alleys, numbers and places by their folded names.

    A street that runs through several wards has a row in each. `alleys` are by street and number there, such as
    ("ngoc thuy", "68/5").
    """

    def __init__(self, streets: Iterable[StreetRow], numbers: Iterable[NumberRow], places: Iterable[PlaceRow]) -> None:
        self.streets: dict[str, tuple[StreetRow, ...]] = {}
        self.alleys: dict[tuple[str, str], tuple[StreetRow, ...]] = {}
        for row in streets:
            if row.parent and row.number:
                at = (street_key(row.parent), row.number.lower())
                self.alleys[at] = (*self.alleys.get(at, ()), row)
            elif (key := street_key(row.name)) and not _ALLEY_OF_NOTHING.fullmatch(key):
                self.streets[key] = (*self.streets.get(key, ()), row)
        self.numbers = _sorted_numbers(numbers)
        self.places: dict[str, tuple[PlaceRow, ...]] = {}
        for place in places:
            if key := fold(place.name):
                self.places[key] = (*self.places.get(key, ()), place)
        self._alley_numbers: dict[str, set[str]] = defaultdict(set)
        for street, number in self.alleys:
            self._alley_numbers[street].add(number.split("/")[0])
        for street, rows in self.numbers.items():
            self._alley_numbers[street].update(str(row.number) for row in rows if not row.exact)

    def completed_by(self, other: "Gazetteer", wards: Collection[str]) -> "Gazetteer":
        """With what `other` knows of these wards and this does not: an extract of roads alone has no estates."""
        streets = [*_rows_of(self.streets), *_missing(self.streets, other.streets, wards)]
        alleys = [*_rows_of(self.alleys), *_missing(self.alleys, other.alleys, wards)]
        places = [*_rows_of(self.places), *_missing(self.places, other.places, wards)]
        whole = Gazetteer([*streets, *alleys], _rows_of(self.numbers), places)
        added = {
            street: rows
            for street, rows in other.numbers.items()
            if street in whole.streets and street not in whole.numbers
        }
        return Gazetteer([*streets, *alleys], [*_rows_of(self.numbers), *_rows_of(added)], places) if added else whole

    def with_numbers(self, numbers: Mapping[str, tuple[NumberRow, ...]]) -> "Gazetteer":
        """The same but for the numbered points of these streets: to learn what leaving one out costs."""
        other = copy(self)
        other.numbers = {**self.numbers, **numbers}
        return other

    def alley_numbers(self, street: str) -> Collection[str]:
        """The numbers of the alleys that leave a street."""
        return self._alley_numbers.get(street, ())


def _rows_of(named: Mapping[Any, tuple[Row, ...]]) -> Iterator[Row]:
    for rows in named.values():
        yield from rows


def _missing(
    mine: Mapping[Key, tuple[Placed, ...]], others: Mapping[Key, tuple[Placed, ...]], wards: Collection[str]
) -> Iterator[Placed]:
    """The others' rows in these wards whose names are not among mine."""
    for key, rows in others.items():
        if key not in mine:
            yield from (row for row in rows if row.ward in wards)


def _sorted_numbers(rows: Iterable[NumberRow]) -> dict[str, tuple[NumberRow, ...]]:
    found: dict[str, list[NumberRow]] = defaultdict(list)
    for row in rows:
        found[street_key(row.street)].append(row)
    # Of two points with the same number the mapped house comes first.
    return {street: tuple(sorted(rows, key=lambda row: (row.number, not row.exact))) for street, rows in found.items()}


def write_gazetteer(
    path: Path, streets: Iterable[StreetRow], numbers: Iterable[NumberRow], places: Iterable[PlaceRow]
) -> None:
    """Write the file that `open_gazetteer` reads; one that is there is replaced."""
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.executescript(_SCHEMA)
            connection.executemany("INSERT INTO street VALUES (?,?,?,?,?,?,?,?,?)", map(_street_values, streets))
            connection.executemany(
                "INSERT INTO number VALUES (?,?,?,?,?)",
                ((row.street, row.number, row.lat, row.lon, row.exact) for row in numbers),
            )
            connection.executemany(
                "INSERT INTO place VALUES (?,?,?,?,?,?)",
                ((row.name, row.kind, row.ward, row.lat, row.lon, row.reach_m) for row in places),
            )
    finally:
        connection.close()


def open_gazetteer(path: Path) -> Gazetteer:
    """Read a gazetteer; raises sqlite3.Error for a file that is none."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return Gazetteer(
            [_street(values) for values in connection.execute("SELECT * FROM street")],
            [
                NumberRow(street, number, lat, lon, bool(exact))
                for street, number, lat, lon, exact in connection.execute("SELECT * FROM number")
            ],
            [PlaceRow(*values) for values in connection.execute("SELECT * FROM place")],
        )
    finally:
        connection.close()


def _street(values: tuple[Any, ...]) -> StreetRow:
    name, ward, lat, lon, reach_m, length_m, parent, number, lines = values
    return StreetRow(name, ward, lat, lon, reach_m, length_m, parent, number, _unpacked(lines))


def _street_values(row: StreetRow) -> tuple[object, ...]:
    return (
        row.name, row.ward, row.lat, row.lon, row.reach_m, row.length_m, row.parent, row.number, _packed(row.lines),
    )  # fmt: skip


def _packed(lines: Sequence[Line]) -> bytes:
    """Lines as whole numbers: how many points, then their lat and lon; and so on."""
    values = array("i")
    for line in lines:
        values.append(len(line))
        values.extend(round(axis * SCALE) for point in line for axis in point)
    return values.tobytes()


def _unpacked(data: bytes) -> tuple[Line, ...]:
    values = array("i")
    values.frombytes(data)
    lines, at = [], 0
    while at < len(values):
        end = at + 1 + 2 * values[at]
        degrees = [value / SCALE for value in values[at + 1 : end]]
        lines.append(tuple(zip(degrees[::2], degrees[1::2], strict=True)))
        at = end
    return tuple(lines)


@cache
def built_in_gazetteer() -> Gazetteer:
    """What is known of Long Biên without an imported map."""
    return Gazetteer(
        [
            StreetRow(
                row["street"], row["ward"], float(row["lat"]), float(row["lon"]), int(row["reach_m"]),
                int(row["length_m"]),
            )
            for row in _rows("streets")
        ]
        + [
            StreetRow(
                f"Ngõ {row['number']} {row['street']}", row["ward"], float(row["lat"]), float(row["lon"]),
                int(row["reach_m"]), parent=row["street"], number=row["number"],
            )
            for row in _rows("alleys")
        ],
        [
            NumberRow(row["street"], int(row["number"]), float(row["lat"]), float(row["lon"]))
            for row in _rows("numbers")
        ],
        [
            PlaceRow(row["name"], row["kind"], row["ward"], float(row["lat"]), float(row["lon"]), int(row["reach_m"]))  # type: ignore[arg-type]
            for row in _rows("places")
        ],
    )  # fmt: skip


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{file}.csv").open(encoding="utf-8", newline="") as opened:
        yield from csv.DictReader(opened)


def streets() -> dict[str, tuple[StreetRow, ...]]:
    """Built-in streets by folded name; one that runs through several wards has a row in each."""
    return built_in_gazetteer().streets
