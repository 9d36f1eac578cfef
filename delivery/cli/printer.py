"""Label printers: enter them, look how they are, print a batch, and go on after a jam."""

from dataclasses import replace

import click

from delivery.cli.console import command, json_option, people, progress, service, settings, table, write_json
from delivery.dispatch.print_runs import Run, begin_run, find_run, print_run, print_runs
from delivery.dispatch.printers import (
    Profile,
    connected,
    find_printer,
    printers,
    remove_printer,
    save_printer,
    say_faults,
)
from delivery.dispatch.printing import Asker, papers_of, print_batch
from delivery.errors import BadInput, DeliveryError, NotNow
from delivery.i18n import current_language
from delivery.i18n import gettext as _
from delivery.moments import local, now
from labels.calibration import draw_calibration
from labels.zpl import sheets_of

NAME_OPTION = click.option("--printer", "name", help="Which printer; needed where there are several.")


@click.group("printer")
def printer() -> None:
    """Label printers: enter them, print a batch, and go on after a jam without printing anything twice."""


@printer.command("add")
@click.argument("name")
@click.option("--address", default="", help="Where it listens on the network: 192.168.1.50 or 192.168.1.50:9100.")
@click.option("--file", "path", default="", help="A file or a device such as /dev/usb/lp0 instead.")
@click.option("--dpi", type=click.Choice(["203", "300"]), default="203", show_default=True, help="Dots per inch.")
@click.option("--right", type=float, default=0.0, help="Move what is printed to the right by so many mm.")
@click.option("--down", type=float, default=0.0, help="Move what is printed down by so many mm.")
@command
def add(*, name: str, address: str, path: str, dpi: str, right: float, down: float) -> None:
    """Enter a printer under NAME."""
    home = settings().home
    if any(known.name == name for known in printers(home)):
        raise BadInput(_("There is a printer {name} already; remove it first, or adjust it").format(name=name))
    save_printer(home, Profile(name, address, path, int(dpi), right, down))
    people.print(_("[green]✓[/] Printer {name} entered. Try it: tannha printer test {name}").format(name=name))


@printer.command("adjust")
@click.argument("name")
@click.option("--right", type=float, help="Move what is printed to the right by so many mm; less than 0 = left.")
@click.option("--down", type=float, help="Move what is printed down by so many mm; less than 0 = up.")
@command
def adjust(*, name: str, right: float | None, down: float | None) -> None:
    """Keep what the calibration page of printer NAME has shown."""
    home = settings().home
    known = find_printer(home, name)
    moved = replace(known, right=known.right if right is None else right, down=known.down if down is None else down)
    save_printer(home, moved)
    people.print(
        _("[green]✓[/] {name} prints {right:+.1f} mm to the right, {down:+.1f} mm down.").format(
            name=name, right=moved.right, down=moved.down
        )
    )


@printer.command("list")
@json_option()
@command
def list_(*, as_json: bool) -> None:
    """List the printers."""
    known = printers(settings().home)
    if as_json:
        write_json([
            {"name": p.name, "address": p.address, "file": p.path, "dpi": p.dpi, "right": p.right, "down": p.down}
            for p in known
        ])  # fmt: skip
        return
    rows = [(p.name, p.address or p.path, p.dpi, f"{p.right:+.1f} mm", f"{p.down:+.1f} mm") for p in known]
    table(_("Printers"), (_("Name"), _("Where"), _("dpi"), _("Right"), _("Down")), rows)


@printer.command("remove")
@click.argument("name")
@command
def remove(*, name: str) -> None:
    """Forget the printer NAME."""
    remove_printer(settings().home, name)
    people.print(_("[green]✓[/] Printer {name} removed.").format(name=name))


@printer.command("test")
@click.argument("name", required=False)
@command
def test(*, name: str | None) -> None:
    """Ask a printer how it is, and print the calibration page: a ruler, and bars that get narrower."""
    profile = find_printer(settings().home, name)
    facts = f"{profile.name} · {profile.dpi} dpi · {profile.right:+.1f} / {profile.down:+.1f} mm"
    page = draw_calibration(facts, profile.dpi, "en" if current_language() == "en" else "vi")
    (sheet,) = sheets_of(page, profile.raster)
    with connected(profile) as line:
        status = line.status()
        if status.faults:
            raise NotNow(
                _("Printer {name} does not print: {faults}").format(name=profile.name, faults=say_faults(status.faults))
            )
        line.send(sheet)
        line.status()
    people.print(_("[green]✓[/] {name} is ready; the calibration page is on its way.").format(name=profile.name))


@printer.command("print")
@click.argument("batch")
@NAME_OPTION
@command
def print_labels(*, batch: str, name: str | None) -> None:
    """Print the labels of BATCH as `tannha print` made them, each asked after; what stops it can be resumed."""
    here = service()
    profile = find_printer(here.settings.home, name)
    at = now()
    try:
        pdf = papers_of(here, batch, wanted={"labels.pdf"})["labels.pdf"]
    except NotNow:
        pdf = print_batch(here, batch, at, asker=Asker("command"))["labels.pdf"]
    _print(begin_run(here.settings.home, batch, profile, pdf, at), profile, None)


@printer.command("resume")
@click.argument("run")
@click.option("--from", "sheet", type=click.IntRange(min=1), help="Print from this sheet on, the spoiled one first.")
@NAME_OPTION
@command
def resume(*, run: str, sheet: int | None, name: str | None) -> None:
    """Go on with RUN where it stopped, or from a spoiled sheet; on another printer where --printer names one."""
    home = settings().home
    found = find_run(home, run)
    _print(found, find_printer(home, name or found.printer), sheet)


@printer.command("runs")
@json_option()
@command
def runs(*, as_json: bool) -> None:
    """List the print runs of the last days, the newest first."""
    found = print_runs(settings().home)
    if as_json:
        write_json([
            {"run": run.code, "batch": run.batch, "printer": run.printer, "sheets": run.count, "printed": run.done,
             "made": run.made.isoformat()}
            for run in found
        ])  # fmt: skip
        return
    rows = [(r.code, r.printer, f"{local(r.made):%d/%m/%Y %H:%M}", r.done, r.count) for r in found]
    table(_("Print runs"), (_("Run"), _("Printer"), _("Begun"), _("Printed"), _("Sheets")), rows)


def _print(run: Run, profile: Profile, sheet: int | None) -> None:
    try:
        with progress(_("Printing"), run.count, quiet=False) as tell:
            count = print_run(run, profile, sheet, tell)
    except DeliveryError:
        people.print(
            _("Run {run}: {done} of {count} labels printed. Go on: tannha printer resume {run}").format(
                run=run.code, done=run.done, count=run.count
            )
        )
        raise
    people.print(_("[green]✓[/] Run {run}: {count} labels printed.").format(run=run.code, count=count))
