"""The command `tannha client`: other machines that may ask, their keys, and their end."""

from dataclasses import asdict, dataclass

import click

from delivery.cli.console import command, json_option, people, service, table, write_json
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.machines.clients import USUAL_RATE, Scope, add_client, all_clients, close_client, rotate_key
from delivery.models import AuditEntry, MachineClient
from delivery.moments import now


@dataclass(frozen=True, slots=True)
class _Row:
    """A machine as the list has it."""

    name: str
    scopes: list[str]
    offices: list[str]
    all_offices: bool
    per_minute: int
    last_used: str | None
    active: bool


@click.group("client")
def client() -> None:
    """Other machines that may ask by /api/v1."""


@client.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]))
@click.option("--office", "offices", multiple=True, help="Code of an office that it may touch (BD); may be repeated.")
@click.option("--all-offices", is_flag=True, help="It may touch all offices, also those that come later.")
@click.option("--rate", type=int, default=USUAL_RATE, show_default=True, help="Most requests a minute.")
@command
def add(*, name: str, scopes: tuple[str, ...], offices: tuple[str, ...], all_offices: bool, rate: int) -> None:
    """Enter a machine; its key is shown now and never again."""
    if all_offices == bool(offices):
        raise BadInput(_("Say which offices the machine may touch: --office BD, or --all-offices"))
    with service().database.write() as session:
        where = None if all_offices else offices
        made, key = add_client(session, name, scopes, where, now(), per_minute=rate)
        session.add(_note(made, "entered the machine"))
    _show(name, key)


@client.command("rotate")
@click.argument("name")
@command
def rotate(*, name: str) -> None:
    """Give a machine another key; the one before holds for seven days more."""
    with service().database.write() as session:
        changed, key = rotate_key(session, name, now())
        session.add(_note(changed, "gave the machine a new key"))
    _show(name, key)


@client.command("close")
@click.argument("name")
@command
def close(*, name: str) -> None:
    """End all that a machine may do, at once and for ever."""
    with service().database.write() as session:
        session.add(_note(close_client(session, name, now()), "closed the machine"))
    people.print(_("[green]✓[/] {name} may no longer ask anything.").format(name=name))


@client.command("list")
@json_option()
@command
def list_(*, as_json: bool) -> None:
    """All machines: what each may do, for which offices, and when it last asked."""
    with service().database.read() as session:
        rows = [_row(one) for one in all_clients(session)]
    if as_json:
        write_json({"clients": [asdict(row) for row in rows]})
        return
    head = (_("Name"), _("May"), _("Offices"), _("A minute"), _("Last used"), _("State"))
    shown = [
        (
            row.name, " ".join(row.scopes), _("all offices") if row.all_offices else " ".join(row.offices),
            row.per_minute, row.last_used or _("never"), _("open") if row.active else _("closed"),
        )
        for row in rows
    ]  # fmt: skip
    table(_("Connected systems"), head, shown)


def _row(one: MachineClient) -> _Row:
    codes = [] if one.all_offices else [office.code for office in one.offices]
    last_used = one.last_used_at.isoformat() if one.last_used_at else None
    return _Row(one.name, one.scopes, codes, one.all_offices, one.per_minute, last_used, one.active)


def _note(about: MachineClient, action: str) -> AuditEntry:
    return AuditEntry(at=now(), actor="command", action=action, subject=f"machine:{about.id}", facts={})


def _show(name: str, key: str) -> None:
    said = _("[green]✓[/] The key of {name}. Keep it where only that machine reads it; it is never shown again:")
    people.print(said.format(name=name))
    click.echo(key)
