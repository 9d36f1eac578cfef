"""The end of a day and of a month: sheets to be signed, and the carrier's statement against our books."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from delivery.cli.console import (
    Day,
    Month,
    carrier_option,
    command,
    json_option,
    people,
    service,
    table,
    write_bytes,
    write_json,
)
from delivery.errors import BadInput
from delivery.i18n import current_language
from delivery.i18n import gettext as _
from delivery.intake.refusals import RefusalFile
from delivery.moments import local, now
from delivery.tracking.nightly import WRONGS, look, note
from delivery.tracking.reckoning import books_of_day, books_of_month, closing_sheet
from delivery.tracking.settlement import settlement_of, sheet_of
from delivery.tracking.settling import VERDICTS, Account, Verdict, ask_about, settle_statement
from delivery.tracking.statement import Statement, read_statement
from labels.closing import Books, draw_reconciliation, reconciliation_workbook
from labels.texts import Language

SHOWN = 50
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
    _write(closing_sheet(books, kind), books, out)


@click.group("reconcile", invoke_without_command=True)
@click.option("--month", type=Month(), help="The month of dispatch, 2026-11.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.pdf|.xlsx",
              help="Where to write it; the ending says as what.")  # fmt: skip
@click.pass_context
@command
def reconcile(context: click.Context, *, month: date | None, out: Path | None) -> None:
    """Draw the month's reconciliation of postage and of what was collected; as .xlsx with every envelope."""
    if context.invoked_subcommand is not None:
        return
    if month is None or out is None:
        raise click.UsageError(_("Say of which month, and where to write it: --month 2026-11 --out FILE.pdf"))
    kind = _kind(out)
    with service().database.read() as session:
        books = books_of_month(session, month, now())
    draw = {"pdf": draw_reconciliation, "xlsx": reconciliation_workbook}[kind]
    _write(draw(books, _language()), books, out)


@reconcile.command("statement")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--month", type=Month(), required=True, help="The month of dispatch that the carrier bills, 2026-11.")
@click.option("--errors", type=click.Path(path_type=Path), help="Write the bad rows, with their reasons, to this file.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.pdf|.xlsx",
    help="Write the comparison for those who settle it; the ending says as what.",
)
@carrier_option()
@json_option()
@command
def statement(
    *, file: Path, month: date, errors: Path | None, out: Path | None, name: str | None, as_json: bool
) -> None:
    """Compare the carrier's statement FILE (CSV or XLSX) with our books; each difference becomes a case, once."""
    kind = _kind(out) if out is not None else ""
    here = service()
    carrier = name or here.settings.carrier
    read = read_statement(file, here.settings.home)
    with here.database.write() as session:
        accounts = settle_statement(session, read, month, carrier)
        opened = ask_about(session, accounts, now())
    refusals = RefusalFile(read.table)
    for refused in read.bad:
        refusals.add(refused)
    if errors:
        refusals.write(errors)
    if out is not None:
        write_bytes(sheet_of(settlement_of(accounts, read, month, carrier, now()), kind), out)
    if as_json:
        write_json(_document(accounts, read, opened))
    else:
        _show(accounts, refusals)
    if read.bad or any(account.verdict is not Verdict.AGREED for account in accounts):
        sys.exit(1)


@reconcile.command("night")
@json_option()
@command
def night(*, as_json: bool) -> None:
    """Hold all books against each other now, as every worker does by night; each difference becomes a case."""
    here, at = service(), now()
    found = look(here.database, local(at).date())
    with here.database.write() as session:
        note(session, local(at).date(), found, at)
    if as_json:
        differences = [asdict(one) for one in found.findings]
        write_json({"envelopes": found.envelopes, "in_hands": found.in_hands, "differences": differences})
    else:
        people.print(_("{count} envelopes looked at.").format(count=found.envelopes))
        rows = [(one.item_code or one.dossier or one.subject, _(WRONGS[one.wrong])) for one in found.findings]
        if rows:
            table(_("Differences"), (_("Item code"), _("What")), rows[:SHOWN])
        if len(rows) > SHOWN:
            people.print(_("… and {count} more.").format(count=len(rows) - SHOWN))
        if not rows:
            people.print(_("[green]✓[/] All books agree."))
    if found.findings:
        sys.exit(1)


def _document(accounts: Sequence[Account], read: Statement, opened: int) -> dict[str, Any]:
    counts = Counter(account.verdict for account in accounts)
    return {
        **{verdict.value: counts[verdict] for verdict in Verdict},
        "bad": [{"line": refused.row.line, "reason": refused.reason} for refused in read.bad],
        "new_cases": opened,
        "differences": [
            {
                "item_code": account.item_code,
                "dossier": account.dossier_code,
                "what": account.verdict.value,
                "line": account.line,
                "ours": asdict(account.ours),
                "theirs": asdict(account.theirs),
            }
            for account in accounts
            if account.verdict is not Verdict.AGREED
        ],
    }


def _show(accounts: Sequence[Account], refusals: RefusalFile) -> None:
    counts = Counter(account.verdict for account in accounts)
    headers = [_(VERDICTS[verdict]) for verdict in Verdict]
    table(_("The carrier's statement"), headers, [tuple(counts[verdict] for verdict in Verdict)])
    differing = [account for account in accounts if account.verdict is not Verdict.AGREED]
    rows = [
        (account.item_code, _(VERDICTS[account.verdict]), *_sides(account.ours.postage, account.theirs.postage),
         *_sides(account.ours.collected, account.theirs.collected))
        for account in differing[:SHOWN]
    ]  # fmt: skip
    if rows:
        columns = (_("Item code"), _("What"), _("Postage, ours"), _("theirs"), _("Collected, ours"), _("theirs"))
        table(_("Differences"), columns, rows)
    if len(differing) > SHOWN:
        people.print(_("… and {count} more.").format(count=len(differing) - SHOWN))
    if refusals.reasons:
        table(_("Bad rows"), (_("Row"), _("Reason")), refusals.reasons[:SHOWN])


def _sides(ours: int | None, theirs: int | None) -> tuple[str, str]:
    return "–" if ours is None else str(ours), "–" if theirs is None else str(theirs)


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
