"""Reading a table, CSV or XLSX, in whatever encoding and with whatever separator, a row at a time."""

import codecs
import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO
from zipfile import BadZipFile, ZipFile, is_zipfile

from delivery.errors import UnreadableFile
from delivery.i18n import gettext as _
from delivery.intake.columns import Columns, missing, recognised
from delivery.intake.sheet_child import LONGEST_CELL, MOST_CELLS
from delivery.intake.sheets import sheet_rows
from delivery.places.text import normal

SEPARATORS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258")
HEADER_WITHIN = 20
LONGEST_LINE = 1_000_000
MOST_LINES_A_ROW = 20
# A quoted cell from its beginning to its end, and the beginning of one.
_WHOLE = {mark: re.compile(rf'(^|{re.escape(mark)})"(?:[^"]|"")*+"') for mark in SEPARATORS}
_OPENED = {mark: re.compile(rf'(?:^|{re.escape(mark)})"') for mark in SEPARATORS}
MOST_BYTES, MOST_BYTES_UNPACKED = 100 * 2**20, 500 * 2**20
SPREADSHEETS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})


# Line number and text of a line: whether it is a whole row.
IsRow = Callable[[int, str], bool]


def _nothing_is_row(_number: int, _line: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file, by its line number; `trouble` says why it could not be taken apart."""

    line: int
    cells: tuple[str, ...]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was recognised as a table of results; `rows` begins below the header."""

    path: Path
    header: tuple[str, ...]
    header_line: int
    separator: str
    encoding: str
    sha256: str

    @property
    def is_spreadsheet(self) -> bool:
        return _is_spreadsheet(self.path)

    def rows(self) -> Iterator[Row]:
        """The rows below the header, empty ones left out; the file is never held in memory as a whole."""
        rows = _sheet_rows(self.path) if self.is_spreadsheet else self._text_rows()
        for row in rows:
            if row.line > self.header_line and (row.trouble or any(cell.strip() for cell in row.cells)):
                yield row

    def _text_rows(self) -> Iterator[Row]:
        def is_row(line: int, text: str) -> bool:
            return line > self.header_line and text.count(self.separator) >= len(self.header) - 1

        return _text_rows(self.path, self.encoding, self.separator, _nothing_is_row if self._is_regular() else is_row)

    def _is_regular(self) -> bool:
        """Whether every record has as many cells as the header and no quotation mark is out of place (RFC 4180).

        Then a line break within quotation marks is meant, however much the next line looks like a row.
        """
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            below = islice(file, self.header_line, None)
            try:
                widths = {len(cells) for cells in csv.reader(below, delimiter=self.separator, strict=True) if cells}
            except csv.Error:
                return False
        return widths <= {len(self.header)}


def open_table(path: Path) -> Table:
    """Recognise a file: its encoding, its separator and its header row.

    Raises UnreadableFile, saying what is missing, when it holds no table of results.
    """
    best = max(open_candidates(path), key=lambda table: recognised(table.header), default=None)
    if best is None or recognised(best.header) < 2:
        raise UnreadableFile(
            _("{path} has no header row with columns such as Mã hồ sơ, Địa chỉ nhận").format(path=path)
        )
    if lacking := missing(best.header):
        raise UnreadableFile(_("{path} lacks these columns: {columns}").format(path=path, columns=", ".join(lacking)))
    return best


def guess_table(path: Path) -> Table:
    """The best way to take a file for a table, whether or not we know what its columns are.

    Raises UnreadableFile when it holds no rows of at least two cells.
    """

    ways: dict[tuple[str, str], list[Table]] = defaultdict(list)
    for table in open_candidates(path):
        ways[table.encoding, table.separator].append(table)
    known = max((table for way in ways.values() for table in way), key=_merit, default=None)
    if known is not None and recognised(known.header) >= 2:
        return known
    tables = max(ways.values(), key=_regularity, default=[])
    widest = max(map(_filled, tables), default=0)
    if widest < 2:
        raise UnreadableFile(_("{path} holds no table: rows of several cells").format(path=path))
    # A title above the table has a cell or two; the names of the columns have no fewer than the rows below them.
    return next(table for table in tables if 2 * _filled(table) > widest)


def _merit(table: Table) -> tuple[int, bool]:
    return recognised(table.header), not _is_spoiled(table)


def _regularity(tables: Sequence[Table]) -> tuple[bool, float, bool, int]:
    """How much the first rows of a file, taken apart in one way, look like a table: addresses have commas, too."""
    [(width, count)] = Counter(len(table.header) for table in tables).most_common(1)
    regular = count / len(tables) if width > 1 else 0.0
    return not any(map(_is_spoiled, tables)), regular, tables[0].separator == "\t", width


def _filled(table: Table) -> int:
    return sum(1 for cell in table.header if cell.strip())


def _is_spoiled(table: Table) -> bool:
    return any("\ufffd" in cell for cell in table.header)


def with_columns(table: Table, columns: Columns) -> Table:
    """The same table, its columns named by a person."""
    begins = 0 if columns.headless else table.header_line
    return replace(table, header=columns.named(table.header), header_line=begins)


def open_candidates(path: Path) -> Iterator[Table]:
    """All ways to take a file for a table: every encoding, separator and header row that is possible.

    Raises UnreadableFile when it cannot be read at all.
    """
    try:
        sha256 = _digest(path)
        yield from _spreadsheet(path, sha256) if _is_spreadsheet(path) else _texts(path, sha256)
    except OSError as error:
        raise UnreadableFile(_("{path} cannot be read: {why}").format(path=path, why=error.strerror)) from error
    except BadZipFile as error:
        raise UnreadableFile(_("{path} is not a spreadsheet that can be read").format(path=path)) from error


def _is_spreadsheet(path: Path) -> bool:
    """By how it begins (a ZIP archive, an OLE file), also where its name says otherwise."""
    with path.open("rb") as file:
        start = file.read(4)
    return start in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"} or path.suffix.lower() in SPREADSHEETS


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _spreadsheet(path: Path, sha256: str) -> Iterator[Table]:
    for row in islice(_sheet_rows(path), HEADER_WITHIN):
        yield Table(path, row.cells, row.line, ",", "", sha256)


def _texts(path: Path, sha256: str) -> Iterator[Table]:
    for encoding in _possible_encodings(path):
        for separator in SEPARATORS:
            for row in islice(_text_rows(path, encoding, separator), HEADER_WITHIN):
                yield Table(path, row.cells, row.line, separator, encoding, sha256)


def _possible_encodings(path: Path) -> tuple[str, ...]:
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    if start.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    if b"\0" in start:
        return ("utf-16-le", "utf-16-be")
    # A UTF-8 file with a spoiled byte is still UTF-8: the header decides, the spoiled row is reported as such.
    return ("utf-8-sig", "cp1258")


def _text_rows(path: Path, encoding: str, separator: str, is_row: IsRow = _nothing_is_row) -> Iterator[Row]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        for line, record, trouble in _records(file, separator, is_row):
            yield _text_row(line, record, trouble, separator)


def _text_row(line: int, record: str, trouble: str, separator: str) -> Row:
    cells: tuple[str, ...] = ()
    try:
        cells = () if trouble else tuple(next(csv.reader([record], delimiter=separator), ()))
    except csv.Error:
        trouble = _("has a cell that is too long or a line break outside quotation marks")
    if not trouble and "�" in record:
        trouble = _("has characters that cannot be read")
    if len(cells) > MOST_CELLS:
        trouble = _("has more than {most} cells").format(most=MOST_CELLS)
    return Row(line, (normal(record[:500]),), trouble) if trouble else Row(line, tuple(normal(cell) for cell in cells))


def _records(file: TextIO, separator: str, is_row: IsRow) -> Iterator[tuple[int, str, str]]:
    """Line number, text and trouble of each record; quotes may span lines, but an unclosed one swallows no rows.

    A later line that `is_row` by itself cannot be inside a cell: two unclosed marks would close each other otherwise.
    """
    pending: list[tuple[int, str]] = []
    for number, line, too_long in _lines(file):
        if too_long:
            yield from ((at, text, _("a quotation mark is not closed")) for at, text in pending)
            pending = []
            yield number, line, _("is too long")
            continue
        pending.append((number, line))
        while len(pending) > 1 and (len(pending) > MOST_LINES_A_ROW or is_row(number, line)):
            yield from _give_up_first(pending, separator)
        if pending and _quotes_close(pending, separator):
            yield pending[0][0], "".join(text for _number, text in pending), ""
            pending = []
    while pending:
        yield from _give_up_first(pending, separator)


def _give_up_first(pending: list[tuple[int, str]], separator: str) -> Iterator[tuple[int, str, str]]:
    number, line = pending.pop(0)
    yield number, line, _("a quotation mark is not closed")
    # What the open quotation mark seemed to swallow are rows of their own.
    rest, pending[:] = list(pending), []
    for at, text in rest:
        pending.append((at, text))
        if _quotes_close(pending, separator):
            yield pending[0][0], "".join(text for _number, text in pending), ""
            pending[:] = []


def _quotes_close(lines: list[tuple[int, str]], separator: str) -> bool:
    """Whether no cell is left open. A quotation mark opens a cell only at its beginning: 5" is a size."""
    text = "".join(text for _number, text in lines)
    return '"' not in text or _OPENED[separator].search(_WHOLE[separator].sub(r"\1", text)) is None


def _lines(file: TextIO) -> Iterator[tuple[int, str, bool]]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        too_long = len(line) == LONGEST_LINE and not line.endswith("\n")
        while too_long and (more := file.readline(LONGEST_LINE)) and not more.endswith("\n"):
            continue
        yield number, line[:500] if too_long else line, too_long


def _sheet_rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        _refuse_bombs(file, path)
    for line, cells in enumerate(sheet_rows(path), start=1):
        too_long = any(len(cell) > LONGEST_CELL for cell in cells)
        trouble = _("has a cell that is too long or a line break outside quotation marks") if too_long else ""
        yield Row(line, tuple(normal(cell[:500] if too_long else cell) for cell in cells), trouble)


def _refuse_bombs(file: BinaryIO, path: Path) -> None:
    size = file.seek(0, 2)
    file.seek(0)
    if size > MOST_BYTES:
        raise UnreadableFile(_("{path} is larger than 100 MB; split it").format(path=path))
    if is_zipfile(file):
        with ZipFile(file) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_BYTES_UNPACKED:
                raise UnreadableFile(_("{path} holds too much to be read at once; split it").format(path=path))
    file.seek(0)
