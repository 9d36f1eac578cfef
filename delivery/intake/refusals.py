"""Giving bad rows back: the same columns and a column Lỗi that says why, in a file to correct and import again."""

import csv
from pathlib import Path

from openpyxl import Workbook

from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.intake.cells import harmless
from delivery.intake.columns import COLUMNS, fields_of
from delivery.intake.importing import Refused
from delivery.intake.table import Table


class RefusalFile:
    """Collects refused rows and writes them to a CSV or, by its ending, XLSX file, if there are any."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows: list[list[str]] = []
        self.reasons: list[tuple[int, str]] = []
        self._fields = fields_of(table.header)

    def add(self, refused: Refused) -> None:
        """Keep a row to be written when all are known; its cells stand under the columns they came from."""
        width = len(self.table.header)
        cells = [*refused.row.cells[:width], *[""] * (width - len(refused.row.cells))]
        kept = [cell for cell, field in zip(cells, self._fields, strict=True) if field != "error"]
        self.rows.append([*(harmless(cell) for cell in kept), harmless(refused.reason)])
        self.reasons.append((refused.row.line, refused.reason))

    def write(self, path: Path) -> None:
        """Write the file, if there is a row to give back.

        Raises BadInput when the place cannot be written to.
        """
        if not self.rows:
            return
        names = zip(self.table.header, self._fields, strict=True)
        header = [harmless(name) for name, field in names if field != "error"]
        lines = [[*header, COLUMNS["error"][0]], *self.rows]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix.lower() == ".xlsx":
                _write_xlsx(path, lines)
            else:
                _write_csv(path, lines, self.table.separator)
        except OSError as error:
            raise BadInput(_("{path} cannot be written: {why}").format(path=path, why=error.strerror)) from error


def _write_csv(path: Path, lines: list[list[str]], separator: str) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(lines)


def _write_xlsx(path: Path, lines: list[list[str]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in lines:
        sheet.append(line)
    book.save(path)
