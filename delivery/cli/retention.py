"""How long data is kept, at the command line: the table, what is due, erasing it, the proof, and holds."""

import sys
from collections.abc import Callable
from typing import Any

import click

from delivery.cli.console import command, json_option, people, service, settings, table, write_json
from delivery.i18n import gettext as _
from delivery.models import AuditEntry
from delivery.moments import local, now
from delivery.privacy.erasing import Order, erase_due
from delivery.privacy.files import erase_files
from delivery.privacy.holds import lift_hold, place_hold, standing_holds
from delivery.privacy.proof import Proof, prove
from delivery.privacy.terms import terms_file, terms_of, terms_text
from delivery.rules.retention import AFTER, OTHERS, TABLE

BY = "command"


@click.group("retention")
def retention() -> None:
    """What personal data is kept for how long, and erasing it."""


def _reason() -> Callable[..., Any]:
    return click.option("--reason", required=True, help="Why nothing of it may be erased, such as a file number.")


@retention.command("table")
@click.option("--edit", is_flag=True, help="Put the terms that the ward may change into the home, to be edited there.")
@json_option()
@command
def show_table(*, edit: bool, as_json: bool) -> None:
    """Show what is kept, why, for how long, and by which law."""
    home = settings().home
    if edit:
        file = terms_file(home)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(terms_text(TABLE), encoding="utf-8")
        people.print(_("Edit {path}; it counts from the next night on.").format(path=file))
        return
    terms = terms_of(home)
    if as_json:
        write_json([
            {"name": one.name, "what": _(one.what), "where": one.where, "days": one.days, "after": one.after.value,
             "least": one.least, "most": one.most, "why": _(one.why), "basis": _(one.basis)}
            for one in terms
        ])  # fmt: skip
        return
    rows = [(one.name, _(one.what), one.days, _(AFTER[one.after]),
             f"{one.least}-{one.most}" if one.is_the_wards else _("no"), _(one.basis)) for one in terms]  # fmt: skip
    columns = (_("Name"), _("Which data"), _("Days"), _("Counted"), _("The ward may change it"), _("By which law"))
    table(_("How long personal data is kept"), columns, rows)
    for what, until in OTHERS:
        people.print(f"{_(what)}: {_(until)}")


@retention.command("plan")
@json_option()
@command
def plan(*, as_json: bool) -> None:
    """Show what is due now and would be erased; nothing is changed."""
    here = service()
    _tell(prove(here.database, here.settings, terms_of(here.settings.home), now()), as_json=as_json, due=True)


@retention.command("run")
@json_option()
@command
def run(*, as_json: bool) -> None:
    """Erase what is due now, as a worker does every day."""
    here, at = service(), now()
    terms = terms_of(here.settings.home)
    done = erase_due(here.database, terms, Order(BY, at))
    papers = erase_files(here, terms, at)
    with here.database.write() as session:
        facts = {"found": sum(done.values())}
        session.add(AuditEntry(at=at, actor=BY, action="erased what was due", subject="retention:", facts=facts))
    if as_json:
        write_json({"erased": dict(sorted(done.items())), "papers": papers})
        return
    if done:
        table(_("Erased"), (_("Where"), _("Count")), sorted(done.items()))
    people.print(_("[green]✓[/] {count} fields and {papers} papers erased.").format(
        count=sum(done.values()), papers=papers
    ))  # fmt: skip


@retention.command("proof")
@json_option()
@command
def proof(*, as_json: bool) -> None:
    """Prove that nothing due is left: search every column of the table, and follow the records of what was erased."""
    here = service()
    found = prove(here.database, here.settings, terms_of(here.settings.home), now())
    _tell(found, as_json=as_json, due=False)
    if not found.holds:
        sys.exit(1)


@retention.command("hold")
@click.argument("dossier")
@_reason()
@command
def hold(*, dossier: str, reason: str) -> None:
    """Let nothing of DOSSIER be erased until it is released."""
    with service().database.write() as session:
        count = place_hold(session, dossier, reason, by=BY, at=now())
    people.print(_("[green]✓[/] Nothing of {code} is erased ({count} new).").format(code=dossier, count=count))


@retention.command("release")
@click.argument("dossier")
@command
def release(*, dossier: str) -> None:
    """Let DOSSIER go by its terms again."""
    with service().database.write() as session:
        lift_hold(session, dossier, by=BY, at=now())
    people.print(_("[green]✓[/] {code} goes by its terms again.").format(code=dossier))


@retention.command("holds")
@command
def holds() -> None:
    """List what is on hold, since when and why."""
    with service().database.read() as session:
        rows = [(code, f"{local(one.placed_at):%d/%m/%Y}", one.placed_by, one.reason)
                for one, code in standing_holds(session)]  # fmt: skip
    table(_("On hold"), (_("Dossier"), _("Since"), _("Written down by"), _("Reason")), rows)


def _tell(found: Proof, *, as_json: bool, due: bool) -> None:
    if as_json:
        write_json({
            "at": found.at.isoformat(), "left": dict(sorted(found.left.items())), "papers": found.papers,
            "held": dict(sorted(found.held.items())), "records": found.records, "broken": found.broken,
            "head": found.head, "holds": found.holds,
        })  # fmt: skip
        return
    if found.left or found.papers:
        rows = [*sorted(found.left.items()), *([("home/papers", found.papers)] if found.papers else [])]
        table(_("Due and still there"), (_("Where"), _("Count")), rows)
    if found.held:
        title = _("Due, but in a case, on hold or asked about")
        table(title, (_("Where"), _("Count")), sorted(found.held.items()))
    if due:
        people.print(_("{count} fields are due.").format(count=found.left.total()))
    elif found.broken is not None:
        says = _("[red]✗[/] The records are not whole: number {number} does not follow from the one before.")
        people.print(says.format(number=found.broken))
    elif found.holds:
        people.print(_("[green]✓[/] Nothing due is left. {count} records, the last is {head}").format(
            count=found.records, head=found.head
        ))  # fmt: skip
