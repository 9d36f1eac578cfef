"""The carrier's monthly statement as a table: which columns it has under which names, and what each row says."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from delivery.errors import UnreadableFile
from delivery.i18n import gettext as _
from delivery.intake.importing import Refused
from delivery.intake.table import Row, Table, open_candidates
from delivery.places.text import fold

# field -> the names of its column. An office adds those of its carrier in <home>/statement.toml.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item_code": (
        "Mã bưu gửi", "Số hiệu bưu gửi", "Số hiệu", "Mã vận đơn", "Số vận đơn", "Item code", "Tracking number",
    ),
    "reference": ("Mã đơn hàng", "Số đơn hàng", "Mã tham chiếu", "Order number", "Reference"),
    "postage": ("Tổng cước", "Cước", "Cước phí", "Tiền cước", "Tổng tiền cước", "Postage", "Fee", "Total fee"),
    "collected": ("Tiền thu hộ", "Số tiền thu hộ", "Thu hộ", "COD", "Tiền COD", "Collected", "Cash on delivery"),
}  # fmt: skip
SUMS = ("tong", "cong", "total", "sum")
_PLAIN = re.compile(r"\d+")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_WITH_DECIMALS = re.compile(r"(\d+)[.,]0{1,2}")
_UNIT = re.compile(r"\s|đ$|₫$|vnd$|vnđ$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One envelope on the statement; money in whole dong, empty where the statement has no such column."""

    line: int
    item_code: str
    reference: str
    postage: int | None
    collected: int | None

    @property
    def code(self) -> str:
        return self.item_code or self.reference


@dataclass(frozen=True, slots=True)
class Statement:
    """What could be read of a statement, and the rows that could not."""

    table: Table
    lines: tuple[Line, ...]
    bad: tuple[Refused, ...]


class _BadLine(ValueError):
    """A row that cannot be used; the text says why."""


def read_statement(path: Path, home: Path) -> Statement:
    """Read a statement, CSV or XLSX; rows that cannot be used come back with their reasons.

    Raises UnreadableFile when it is no statement: there must be a column for the envelope and one for money.
    """
    names = _names(home)
    table = max(open_candidates(path), key=lambda each: len(_fields(each.header, names)), default=None)
    fields = _fields(table.header, names) if table is not None else {}
    if table is None or not {"item_code", "reference"} & set(fields) or not {"postage", "collected"} & set(fields):
        raise UnreadableFile(
            _("{path} has no header row with columns such as Mã bưu gửi, Tổng cước, Tiền thu hộ").format(path=path)
        )
    lines: list[Line] = []
    bad: list[Refused] = []
    seen: dict[str, int] = {}
    for row in table.rows():
        try:
            line = _read(row, fields)
        except _BadLine as error:
            bad.append(Refused(row, str(error)))
            continue
        if line is None:
            continue
        if (first := seen.setdefault(line.code, row.line)) != row.line:
            bad.append(Refused(row, _("the same envelope stands in row {line} already").format(line=first)))
        else:
            lines.append(line)
    return Statement(table, tuple(lines), tuple(bad))


def _names(home: Path) -> dict[str, str]:
    """The field of each folded name of a column."""
    known = {fold(name): field for field, names in COLUMNS.items() for name in names}
    file = home / "statement.toml"
    if not file.exists():
        return known
    try:
        own = tomllib.loads(file.read_text(encoding="utf-8"))
        return known | {fold(name): field for field in COLUMNS for name in own.get(field, ())}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        raise UnreadableFile(_("{path} cannot be read: {why}").format(path=file, why=error)) from error


def _fields(header: Sequence[str], names: Mapping[str, str]) -> dict[str, int]:
    """Where each field stands; the first of several columns counts."""
    found: dict[str, int] = {}
    for position, cell in enumerate(header):
        field = names.get(fold(cell).strip(" *:."))
        if field is not None:
            found.setdefault(field, position)
    return found


def _read(row: Row, fields: Mapping[str, int]) -> Line | None:
    """The row's line; None for a row of sums."""
    if row.trouble:
        raise _BadLine(_("the row {trouble}").format(trouble=row.trouble))
    cells = {field: row.cells[at].strip() if at < len(row.cells) else "" for field, at in fields.items()}
    item_code = re.sub(r"\s", "", cells.get("item_code", "")).upper()
    reference = cells.get("reference", "")
    if any(_is_sum(cell) for cell in (item_code, reference)):
        return None
    if not item_code and not reference:
        if any(_is_sum(cell) for cell in row.cells):
            return None
        raise _BadLine(_("it names no envelope"))
    return Line(row.line, item_code, reference, _dong(cells, "postage"), _dong(cells, "collected"))


def _is_sum(cell: str) -> bool:
    """Whether a cell names a row of sums: `Tổng cộng`."""
    return fold(cell).startswith(SUMS) and not any(letter.isdigit() for letter in cell)


def _dong(cells: Mapping[str, str], field: str) -> int | None:
    """Whole dong as people and spreadsheets write them: 26000, 26.000, 26,000 đ, 26000.00; nothing is nothing."""
    if field not in cells:
        return None
    written = _UNIT.sub("", cells[field])
    if written in {"", "-"}:
        return 0
    if _PLAIN.fullmatch(written):
        return int(written)
    if _GROUPED.fullmatch(written):
        return int(re.sub("[.,]", "", written))
    if whole := _WITH_DECIMALS.fullmatch(written):
        return int(whole[1])
    raise _BadLine(_("{text} is no amount in whole dong").format(text=cells[field][:30]))
