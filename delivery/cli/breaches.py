"""Leaks of personal data, at the command line: write one down, say who was told, and see how long there is."""

import sys
from datetime import datetime

import click

from delivery.cli.console import command, json_option, people, service, table, write_json
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.models import Breach
from delivery.moments import VIETNAM, local, now
from delivery.privacy.breaches import (
    Seen,
    all_breaches,
    close,
    find_breach,
    note_persons_told,
    note_told,
    notify_by,
    overdue,
    write_down,
)

BY = "command"


@click.group("breach")
def breach() -> None:
    """The log of leaks of personal data, with the 72 hours to tell the authority."""


@breach.command("add")
@click.option("--what", prompt=True, help="What happened; without anybody's name.")
@click.option("--data", prompt=True, help="Which kinds of data: names, addresses, telephone numbers …")
@click.option(
    "--detected", metavar="2026-11-24T14:30", help="When it was found, on a Vietnamese clock; now by default."
)
@click.option("--persons", type=click.IntRange(0), help="How many persons, once it is known.")
@click.option("--measures", default="", help="What was done against it.")
@command
def add(*, what: str, data: str, detected: str | None, persons: int | None, measures: str) -> None:
    """Write a leak down; its clock begins when it was found."""
    with service().database.write() as session:
        made = write_down(session, Seen(_moment(detected), what, data, persons, measures), BY, now())
    people.print(_("[green]✓[/] Leak {number}. The authority is to be told by {moment}.").format(
        number=made.id, moment=f"{local(notify_by(made)):%H:%M %d/%m/%Y}"
    ))  # fmt: skip


@breach.command("told")
@click.argument("number", type=int)
@click.option("--reference", required=True, help="Number or receipt of the notice to the authority.")
@click.option("--persons", "persons_too", is_flag=True, help="Those whose data they are were told as well.")
@command
def told(*, number: int, reference: str, persons_too: bool) -> None:
    """Note that the authority was told of leak NUMBER."""
    with service().database.write() as session:
        found = find_breach(session, number)
        note_told(session, found, reference, BY, now())
        if persons_too:
            note_persons_told(session, found, BY, now())
    people.print(_("[green]✓[/] Written down."))


@breach.command("close")
@click.argument("number", type=int)
@command
def close_(*, number: int) -> None:
    """Close leak NUMBER: all is done."""
    with service().database.write() as session:
        close(session, find_breach(session, number), BY, now())
    people.print(_("[green]✓[/] Written down."))


@breach.command("list")
@json_option()
@command
def list_(*, as_json: bool) -> None:
    """List all leaks; exit 1 while the authority was not told of one in time."""
    with service().database.read() as session:
        found, late = all_breaches(session), overdue(session, now())
    if as_json:
        write_json([_document(one) for one in found])
    else:
        columns = (
            _("Serial number"),
            _("When it was found"),
            _("To be told by"),
            _("Told"),
            _("Persons"),
            _("What happened"),
        )
        table(_("Leaks"), columns, [_row(one) for one in found])
    if late:
        sys.exit(1)


def _moment(text: str | None) -> datetime:
    if text is None:
        return now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(_("A moment is written so: 2026-11-24T14:30")) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=VIETNAM)


def _row(one: Breach) -> tuple[object, ...]:
    told_at = f"{local(one.notified_at):%H:%M %d/%m/%Y}" if one.notified_at is not None else _("no")
    return (one.id, f"{local(one.detected_at):%H:%M %d/%m/%Y}", f"{local(notify_by(one)):%H:%M %d/%m/%Y}", told_at,
            "–" if one.persons is None else one.persons, one.what)  # fmt: skip


def _document(one: Breach) -> dict[str, object]:
    return {
        "number": one.id, "detected_at": one.detected_at.isoformat(), "notify_by": notify_by(one).isoformat(),
        "notified_at": one.notified_at.isoformat() if one.notified_at is not None else None, "persons": one.persons,
        "what": one.what, "data": one.data, "measures": one.measures,
        "closed_at": one.closed_at.isoformat() if one.closed_at is not None else None,
    }  # fmt: skip
