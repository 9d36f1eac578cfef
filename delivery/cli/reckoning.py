"""Sheets to be signed: the end of a day, and the month's reconciliation with the carrier."""

from datetime import date
from pathlib import Path

import click

from delivery.cli.console import Day, Month, command, people, service, write_bytes
from delivery.errors import BadInput
from delivery.i18n import current_language
from delivery.i18n import gettext as _
from delivery.moments import now
from delivery.tracking.reckoning import books_of_day, books_of_month
from labels.closing import Books, closing_workbook, draw_closing, draw_reconciliation, reconciliation_workbook
from labels.texts import Language

OUT_OPTION = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True,
                          metavar="FILE.pdf|.xlsx", help="Where to write it; the ending says as what.")  # fmt: skip


@click.command("close-sheet")
@click.option("--day", type=Day(), required=True, help="The day of dispatch, 2026-11-24.")
@OUT_OPTION
@command
def close_sheet(*, day: date, out: Path) -> None:
    """Draw the end-of-day sheet: what was handed over, what became of it, the money, and what is still out."""
    kind = _kind(out)
    with service().database.read() as session:
        books = books_of_day(session, day, now())
    draw = {"pdf": draw_closing, "xlsx": closing_workbook}[kind]
    _write(draw(books, _language()), books, out)


@click.command("reconcile")
@click.option("--month", type=Month(), required=True, help="The month of dispatch, 2026-11.")
@OUT_OPTION
@command
def reconcile(*, month: date, out: Path) -> None:
    """Draw the month's reconciliation of postage and of what was collected; as .xlsx with every envelope."""
    kind = _kind(out)
    with service().database.read() as session:
        books = books_of_month(session, month, now())
    draw = {"pdf": draw_reconciliation, "xlsx": reconciliation_workbook}[kind]
    _write(draw(books, _language()), books, out)


def _kind(out: Path) -> str:
    kind = out.suffix.lower().removeprefix(".")
    if kind not in {"pdf", "xlsx"}:
        raise BadInput(_("{path} ends neither in .pdf nor in .xlsx").format(path=out))
    return kind


def _write(content: bytes, books: Books, out: Path) -> None:
    write_bytes(content, out)
    people.print(_("[green]✓[/] {path}").format(path=out))
    if not books.balanced:
        people.print(_("[yellow]![/] The books do not agree; the sheet says where."))


def _language() -> Language:
    return "en" if current_language() == "en" else "vi"
