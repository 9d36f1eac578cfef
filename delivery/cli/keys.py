"""The command `tannha keys`: the keys of personal fields: made, changed for others, taken out of the house."""

from pathlib import Path

import click
from sqlalchemy.orm import Session

from delivery.cli.console import command, json_option, people, progress, service, table, write_json
from delivery.errors import NotNow
from delivery.field_keys import FieldKeys
from delivery.i18n import gettext as _
from delivery.jobs.queue import put
from delivery.models import AuditEntry
from delivery.moments import now
from delivery.resealing import JOB, seal_all, sealed_with, unsealed

# There is one such job for the whole house.
ALL = 1


@click.group("keys")
def keys() -> None:
    """The keys that seal personal fields in the database."""


@keys.command("list")
@json_option()
@command
def list_(*, as_json: bool) -> None:
    """All keys of personal fields on this machine, and how many rows each still seals."""
    here = service()
    known = FieldKeys(here.settings.keys)
    with here.database.read() as session:
        rows = [(f"fields-{name}", _standing(known, name), sealed_with(session, name)) for name in known.names]
        left = unsealed(session)
    if as_json:
        told = [dict(zip(("key", "state", "rows"), row, strict=True)) for row in rows]
        write_json({"keys": told, "not_sealed_with_newest": left})
        return
    table(_("Keys of personal fields"), (_("Key"), _("State"), _("Rows")), rows)
    if left:
        people.print(_("{count} rows are not sealed with the newest key yet. Run: tannha keys seal").format(count=left))


@keys.command("rotate")
@click.option("--prepare", is_flag=True, help="Only make the next key, to be copied to the other machines first.")
@command
def rotate(*, prepare: bool) -> None:
    """Seal with a new key from now on; a worker seals again what older ones have sealed, while all go on working.

    The first time it begins to seal. Where several machines share the database: --prepare, copy `keys/` to all of
    them, then the same without --prepare on each.
    """
    here = service()
    name = FieldKeys(here.settings.keys).make(coming=prepare)
    with here.database.write() as session:
        _note(session, "prepared a key of fields" if prepare else "sealed with a new key of fields", name)
        if not prepare:
            put(session, JOB, ALL)
    if prepare:
        said = _("[green]✓[/] fields-{name} is ready. Copy {folder} to every machine, then run: tannha keys rotate")
    else:
        said = _("[green]✓[/] fields-{name} seals from now on. Copy {folder} to where its copies are kept")
    people.print(said.format(name=name, folder=here.settings.keys))


@keys.command("seal")
@command
def seal() -> None:
    """Seal now what is not sealed with the newest key, without waiting for a worker; it may be stopped at any time."""
    here = service()
    if FieldKeys(here.settings.keys).newest is None:
        raise NotNow(_("This home has not begun to seal. Run first: tannha keys rotate"))
    with here.database.read() as session:
        count = unsealed(session)
    with progress(_("Sealing"), count, quiet=False) as told:
        sealed = seal_all(here.database, told)
    people.print(_("[green]✓[/] Sealed: {count}").format(count=sealed))


@keys.command("retire")
@click.argument("name")
@click.option(
    "--to", required=True, type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Folder, such as a stick, where the key is kept: older backups need it.",
)  # fmt: skip
@command
def retire(*, name: str, to: Path) -> None:
    """Take an old key away from this machine, once no row needs it."""
    here = service()
    name = name.removeprefix("fields-")
    with here.database.read() as session:
        count = sealed_with(session, name)
    if count:
        raise NotNow(
            _("{count} rows are still sealed with fields-{name}. Run first: tannha keys seal").format(
                count=count, name=name
            )
        )
    copy = FieldKeys(here.settings.keys).give_away(name, to)
    with here.database.write() as session:
        _note(session, "retired a key of fields", name)
    people.print(_("[green]✓[/] The key lies in {path}. Keep it as long as backups of before").format(path=copy))


def _standing(known: FieldKeys, name: str) -> str:
    if name == known.newest:
        return _("seals")
    return _("seals next") if name == known.coming else _("opens")


def _note(session: Session, action: str, name: str) -> None:
    session.add(AuditEntry(at=now(), actor="command", action=action, subject=f"key:fields-{name}", facts={}))
