"""`tannha backup` and `tannha restore`: the whole installation in one sealed file, and back."""

from pathlib import Path

import click

from delivery.backup.envelope import Lock, Opener, new_identity, private_file, read_identity
from delivery.backup.making import Made, make_backup, rotate
from delivery.backup.manifest import Manifest
from delivery.backup.restoring import check_backup, restore_backup
from delivery.cli.console import command, json_option, people, service, settings, write_json
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.i18n import ngettext
from delivery.moments import local, now
from delivery.settings import Settings

BALANCE = ("handed_over", "delivered", "returned", "still_out")
FileArgument = click.Path(path_type=Path)


@click.command("backup")
@click.argument("to", metavar="FILE|DIR", type=FileArgument, required=False)
@click.option("--keep", type=click.IntRange(min=1), help="Delete the oldest backups of the folder but so many.")
@click.option("--with-keys", is_flag=True, help="Put the installation's keys in: whoever opens it then has all.")
@click.option("--with-maps", is_flag=True, help="Put the imported maps in; otherwise import them again.")
@click.option("--make-key", type=FileArgument, metavar="FILE", help="Only make a pair of keys; the secret goes there.")
@json_option()
@command
def backup(
    *, to: Path | None, keep: int | None, with_keys: bool, with_maps: bool, make_key: Path | None, as_json: bool
) -> None:
    """Back up books and papers into one sealed FILE, or into a folder DIR; others go on working meanwhile."""
    if make_key is not None:
        _make_key(settings(), make_key)
        return
    if to is None or (keep is not None and not to.is_dir()):
        raise BadInput(_("Name the file or the folder for the backup; --keep needs a folder"))
    here = service()
    lock = Lock(here.settings.backup_recipient, here.settings.backup_passphrase.get_secret_value())
    try:
        made = make_backup(here, to, lock, now(), with_keys=with_keys, with_maps=with_maps)
    finally:
        here.close()
    gone = [] if keep is None else rotate(to, keep)
    if as_json:
        write_json({**_document(made.manifest), "file": str(made.file), "size": made.size, "deleted": len(gone)})
        return
    _tell_made(made, len(gone))


@click.command("restore")
@click.argument("file", type=FileArgument)
@click.option("--check", "only_check", is_flag=True, help="Only try it, in a scratch place; nothing is changed.")
@click.option("--key", type=FileArgument, metavar="FILE", help="The secret key; otherwise the passphrase is asked for.")
@json_option()
@command
def restore(*, file: Path, only_check: bool, key: Path | None, as_json: bool) -> None:
    """Put a backup back into an empty home and database, or try whether it could be."""
    here = settings()
    opener = Opener(identity=read_identity(key)) if key else Opener(passphrase=_passphrase(here))
    manifest = (check_backup if only_check else restore_backup)(file, opener, here)
    if as_json:
        write_json({**_document(manifest), "restored": not only_check})
        return
    _tell_found(manifest)
    if only_check:
        people.print(_("[green]✓[/] It can be put back: the seal, each file, the schema and all totals agree."))
    else:
        people.print(_("[green]✓[/] Put back. Before anything is started: tannha init, then tannha carrier doubt"))


def _make_key(here: Settings, to: Path) -> None:
    secret, public = new_identity()
    try:
        with private_file(to) as file:
            file.write(f"# public key: {public}\n{secret}\n".encode())
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}").format(path=to, why=error.strerror)) from error
    people.print(f"TANNHA_BACKUP_RECIPIENT={public}", soft_wrap=True)
    people.print(
        _("Put this line into the settings. Keep {path} away from this machine, twice: without it no backup opens.")
        .format(path=to), soft_wrap=True,
    )  # fmt: skip
    if to.resolve().is_relative_to(here.home.resolve()):
        people.print(_("[yellow]![/] It lies in the home now: whoever takes the home, takes the key along."))


def _passphrase(here: Settings) -> str:
    known = here.backup_passphrase.get_secret_value()
    return known or str(click.prompt(_("Passphrase of the backup"), hide_input=True))


def _tell_made(made: Made, gone: int) -> None:
    people.print(
        _("[green]✓[/] {path}, {size} MB: {rows} rows, {files} files; sealed").format(
            path=made.file, size=f"{made.size / 1e6:.1f}", rows=sum(made.manifest.totals.rows.values()),
            files=len(made.manifest.parts) - 1,
        ), soft_wrap=True,
    )  # fmt: skip
    if made.manifest.has_keys:
        people.print(_("[yellow]![/] The keys of the installation are inside. Keep it as you keep the keys."))
    if gone:
        said = ngettext("{count} old backup was deleted.", "{count} old backups were deleted.", gone)
        people.print(said.format(count=gone))


def _tell_found(manifest: Manifest) -> None:
    totals = manifest.totals
    people.print(
        _("Made on {moment} by version {version}, schema {schema}, {kind}").format(
            moment=f"{local(manifest.made_at):%d/%m/%Y %H:%M}", version=manifest.version, schema=manifest.schema,
            kind=manifest.kind,
        )
    )  # fmt: skip
    people.print(
        _("{rows} rows in {tables} tables, {files} files").format(
            rows=sum(totals.rows.values()), tables=len(totals.rows), files=len(manifest.parts) - 1
        )
    )
    handed, delivered, returned, out = totals.balance
    said = _("Handed over {handed} = delivered {delivered} + returned {returned} + still out {out}")
    people.print(said.format(handed=handed, delivered=delivered, returned=returned, out=out))
    if handed != delivered + returned + out:
        people.print(_("[yellow]![/] These books did not balance when they were backed up."))


def _document(manifest: Manifest) -> dict[str, object]:
    return {
        "version": manifest.version,
        "made_at": manifest.made_at.isoformat(),
        "kind": manifest.kind,
        "schema": manifest.schema,
        "rows": sum(manifest.totals.rows.values()),
        "files": len(manifest.parts) - 1,
        "balance": dict(zip(BALANCE, manifest.totals.balance, strict=True)),
        "groups": manifest.totals.groups,
        "money": manifest.totals.money,
        "with_keys": manifest.has_keys,
    }
