"""Addresses read for people and programs: one as a document, or a whole table with what was found beside each."""

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from delivery.errors import BadInput, UnreadableFile
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.intake.cells import harmless
from delivery.intake.columns import COLUMNS
from delivery.intake.table import Row, Table, open_candidates
from delivery.places.address import Address, parse
from delivery.places.atlas import Atlas
from delivery.places.locating import Place, locate
from delivery.places.text import fold

ADDED = (
    "new_ward_code", "old_ward_code", "street", "house_number", "lat", "lon", "radius_m", "quality", "ask", "note",
)  # fmt: skip
PARTS = {
    "unit": marked("Flat"), "building": marked("Building"), "estate": marked("Estate"), "house": marked("House number"),
    "alleys": marked("Alley"), "street": marked("Street"), "group": marked("Neighbourhood group"),
    "ward": marked("Ward as written"), "district": marked("District"), "province": marked("Province"),
    "elsewhere": marked("Elsewhere"), "landmark": marked("Not understood"),
}  # fmt: skip
_NAMES = frozenset(fold(name) for name in COLUMNS["address"])
STDOUT = "-"
CHUNK = 500


def answer(read: Address, place: Place, atlas: Atlas) -> dict[str, Any]:
    """All that is known of an address, for machines and for the page that shows it."""
    new, old = atlas.wards.by_code(place.new_ward_code), atlas.wards.old_by_code(place.old_ward_code)
    return {
        "address": read.text,
        "parts": {
            "unit": read.unit, "building": read.building, "estate": read.estate,
            "house": house_number(read), "alleys": "/".join(read.alleys) or None, "street": read.street_text,
            "group": read.group, "ward": read.ward_text or None, "district": _district(read, atlas),
            "province": read.province and atlas.lexicon.units.provinces[read.province].name,
            "elsewhere": read.elsewhere or None, "landmark": read.landmark or None,
        },
        "form": {True: "old", False: "new", None: None}[read.old_form],
        "confidence": read.confidence,
        "new_ward": {"code": new.code, "name": new.name} if new else None,
        "old_ward": {"code": old.code, "name": old.name, "assumed": place.old_ward_assumed} if old else None,
        "new_ward_code": place.new_ward_code, "old_ward_code": place.old_ward_code,
        "lat": place.lat, "lon": place.lon, "radius_m": place.radius_m, "quality": place.quality.value,
        "source": place.source, "map": atlas.version or None, "ask": place.ask, "candidates": list(place.candidates),
        "note": [_(note) for note in place.note], "assumed": [str(remark) for remark in place.assumed],
    }  # fmt: skip


def house_number(read: Address) -> str | None:
    """The house number, its letter in capitals."""
    return read.house.upper() if read.house else None


def _district(read: Address, atlas: Atlas) -> str | None:
    return atlas.lexicon.units.districts[read.district][0].name if read.district else None


@dataclass(frozen=True, slots=True)
class AddressTable:
    """A table and the position of its address column."""

    table: Table
    column: int

    @property
    def header(self) -> list[str]:
        """What it says above its columns; what we added before is ours to write anew."""
        return [self.table.header[at] for at in self.carried]

    @property
    def carried(self) -> list[int]:
        names = self.table.header
        ours = set(ADDED) <= set(names)
        return [at for at, name in enumerate(names) if not (ours and name in ADDED)]

    def cells(self, row: Row) -> list[str]:
        """The cells of a row, as many as the header has; an address without quotation marks may have come apart."""
        width = len(self.table.header)
        cells = list(row.cells)
        if len(cells) > width and self.column == width - 1:
            cells[self.column :] = [self.table.separator.join(cells[self.column :])]
        return [*cells, *[""] * (width - len(cells))]


def open_addresses(path: Path) -> AddressTable:
    """Find the table in a file that has an address column; the widest reading of its header counts.

    Raises UnreadableFile when there is none.
    """
    found = [
        AddressTable(table, at)
        for table in open_candidates(path)
        for at, name in enumerate(table.header)
        if fold(name).replace("_", " ").strip(" *:.") in _NAMES
    ]
    if not found:
        raise UnreadableFile(_("{path} has no column `address` or `địa chỉ`").format(path=path))
    return max(found, key=lambda each: (len(each.table.header), -each.table.header_line, -each.column))


def read_file(
    source: Path, out: Path, atlas: Atlas, progress: Callable[[int], None] = lambda _done: None
) -> dict[str, int]:
    """Read every address of a table and write it with what was found; returns how many, and how many to ask about.

    Raises UnreadableFile for a file that is no table of addresses, BadInput when `out` cannot be written.
    """
    addresses = open_addresses(source)
    rows = asked = 0
    with _written(out, source, addresses.table) as file:
        writer = csv.writer(file, delimiter=addresses.table.separator, lineterminator="\n")
        writer.writerow([*addresses.header, *ADDED])
        for row in addresses.table.rows():
            cells = addresses.cells(row)
            found = _found(row, cells[addresses.column], atlas)
            writer.writerow([*(cells[at] for at in addresses.carried), *cells[len(addresses.table.header) :], *found])
            rows, asked = rows + 1, asked + (found[ADDED.index("ask")] == "yes")
            if rows % CHUNK == 0:
                progress(rows)
    return {"rows": rows, "ask": asked}


def _found(row: Row, text: str, atlas: Atlas) -> Sequence[str]:
    if row.trouble or not text.strip():
        why = row.trouble or _("There is no address in this row")
        return ["", "", "", "", "", "", "", "none", "yes", harmless(why)]
    read = parse(text, atlas)
    place = locate(read, atlas)
    said = "; ".join([*(_(note) for note in place.note), *(str(remark) for remark in place.assumed)])
    values = (
        place.new_ward_code, place.old_ward_code, read.street_text, house_number(read), _degrees(place.lat),
        _degrees(place.lon), place.radius_m, place.quality.value, "yes" if place.ask else "", said,
    )  # fmt: skip
    return ["" if value is None else harmless(str(value)) for value in values]


def _degrees(value: float | None) -> str | None:
    return None if value is None else f"{value:.6f}"


@contextmanager
def _written(out: Path, source: Path, table: Table) -> Iterator[TextIO]:
    """The file to write to; it takes its place only when it is whole, so that a failure leaves what was there."""
    if str(out) == STDOUT:
        yield sys.stdout
        return
    partial = out.with_name(f"{out.name}.part")
    try:
        with partial.open("w", encoding=_encoding(source, table), newline="") as file:
            yield file
        partial.replace(out)
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}").format(path=out, why=error.strerror)) from error
    finally:
        partial.unlink(missing_ok=True)


def _encoding(source: Path, table: Table) -> str:
    """UTF-8, with the mark that spreadsheets want unless the file came as plain UTF-8."""
    plain = table.encoding == "utf-8-sig" and not _start(source).startswith(b"\xef\xbb\xbf")
    return "utf-8" if plain else "utf-8-sig"


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(3)
