"""A report as an XLSX workbook: numbers stay numbers, texts stay texts, and the same report makes the same bytes."""

import io
import re
from collections.abc import Iterable
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import Cell as BookCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from labels.lettering import normal
from labels.report import Cell, Report, Table
from labels.texts import Language

LONGEST_TEXT, LONGEST_NAME = 32_000, 31
MM_A_LETTER = 2.0
FORMULAS = frozenset("=+-@＝＋－＠")
EPOCH = (1980, 1, 1, 0, 0, 0)
# What no sheet's name may have in it.
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_CHANGED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_BOLD, _TITLE = Font(bold=True), Font(bold=True, size=14)


def write_workbook(report: Report, language: Language) -> bytes:
    """A first sheet with the sums, then one for each table, all rows of it."""
    book = Workbook(write_only=True)
    book.properties.title = normal(report.title)
    book.properties.creator = "Tận Nhà"
    book.properties.language = language
    book.properties.created = datetime(*EPOCH)  # noqa: DTZ001  a fixed moment, which the format writes without a zone
    names: set[str] = set()
    _summary(book.create_sheet(_name("", report.title, names)), report)
    for table in report.tables:
        _table(book.create_sheet(_name(table.title, report.title, names)), table)
    out = io.BytesIO()
    book.save(out)
    return _settled(out.getvalue())


def _summary(sheet: Worksheet, report: Report) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 48, 18
    sheet.append(_cells(sheet, [report.title], _TITLE))
    for fact in report.facts:
        sheet.append(_cells(sheet, [fact]))
    for figures in report.equations:
        sheet.append([])
        for figure in figures:
            name = f"{figure.sign} {figure.name}" if figure.sign else figure.name
            sheet.append(_cells(sheet, [name, figure.amount], None if figure.sign else _BOLD))
    sheet.append([])
    sheet.append(_cells(sheet, [report.verdict], _BOLD))
    if report.remark:
        sheet.append(_cells(sheet, [report.remark]))


def _table(sheet: Worksheet, table: Table) -> None:
    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = max(8.0, column.width / MM_A_LETTER)
    if table.rows:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table.rows) + 1}"
    sheet.append(_cells(sheet, [column.heading for column in table.columns], _BOLD))
    for row in table.rows:
        sheet.append(_cells(sheet, row))
    if table.total:
        sheet.append(_cells(sheet, table.total, _BOLD))


def _cells(sheet: Worksheet, row: Iterable[Cell], font: Font | None = None) -> list[BookCell]:
    return [_cell(sheet, value, font) for value in row]


def _cell(sheet: Worksheet, value: Cell, font: Font | None) -> BookCell:
    if isinstance(value, int):
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "#,##0"
    else:
        text = normal(value)[:LONGEST_TEXT]
        cell = WriteOnlyCell(sheet, text or None)
        if text:
            # Whatever it begins with, it is no formula: now as text, and after somebody has edited it by the quote.
            cell.data_type = "s"
        if text[:1] in FORMULAS:
            cell.quotePrefix = True
    if font is not None:
        cell.font = font
        cell.alignment = Alignment(vertical="top")
    return cell


def _name(wanted: str, usual: str, taken: set[str]) -> str:
    """A name for a sheet that spreadsheets accept and no other sheet of the book has."""
    base = " ".join(_FORBIDDEN.sub(" ", normal(wanted or usual)).split())[:LONGEST_NAME].strip() or "1"
    name, number = base, 2
    while name.casefold() in taken:
        ending = f" {number}"
        name, number = base[: LONGEST_NAME - len(ending)] + ending, number + 1
    taken.add(name.casefold())
    return name


def _settled(book: bytes) -> bytes:
    """The same book without the moment at which it was written."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(book)) as written, ZipFile(out, "w", ZIP_DEFLATED) as settled:
        for entry in written.infolist():
            content = written.read(entry)
            if entry.filename == "docProps/core.xml":
                content = _CHANGED.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", content)
            settled.writestr(ZipInfo(entry.filename, EPOCH), content, ZIP_DEFLATED)
    return out.getvalue()
