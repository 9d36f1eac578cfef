"""The doctor at the command line."""

import sys

import click

from delivery.cli.console import command, json_option, people, settings, table, write_json
from delivery.doctor import examine
from delivery.i18n import gettext as _
from delivery.safety import dangers
from delivery.wiring import Service


@click.command("check")
@json_option()
@click.option("--security", is_flag=True, help="Whether it is safe to serve the public; instead of whether it works.")
@command
def check(*, as_json: bool, security: bool) -> None:
    """Examine this installation: fonts, time zone, keys, database, worker, carrier; says what to do about each."""
    service = Service.from_settings(settings())
    findings = dangers(service) if security else examine(service)
    if as_json:
        write_json([{"what": f.what, "ok": f.ok, "says": f.says} for f in findings])
    else:
        rows = [("[green]✓[/]" if f.ok else "[red]✗[/]", _(f.what), f.says) for f in findings]
        table(_("Safe for the public?") if security else _("The doctor"), ("", _("Part"), _("Finding")), rows)
        if all(f.ok for f in findings):
            people.print(_("[bold green]Everything is in order.[/]"))
    if not all(f.ok for f in findings):
        sys.exit(1)
