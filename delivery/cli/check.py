"""The doctor at the command line."""

import sys

import click

from delivery.cli.console import command, json_option, people, settings, table, write_json
from delivery.doctor import examine
from delivery.i18n import gettext as _
from delivery.wiring import Service


@click.command("check")
@json_option()
@command
def check(*, as_json: bool) -> None:
    """Examine this installation: fonts, time zone, keys, database, worker, carrier; says what to do about each."""
    findings = examine(Service.from_settings(settings()))
    if as_json:
        write_json([{"what": f.what, "ok": f.ok, "says": f.says} for f in findings])
    else:
        rows = [("[green]✓[/]" if f.ok else "[red]✗[/]", _(f.what), f.says) for f in findings]
        table(_("The doctor"), ("", _("Part"), _("Finding")), rows)
        if all(f.ok for f in findings):
            people.print(_("[bold green]Everything is in order.[/]"))
    if not all(f.ok for f in findings):
        sys.exit(1)
