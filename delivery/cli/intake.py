"""Commands that bring results in: init, import, geocode."""

from dataclasses import asdict
from pathlib import Path

import click

from delivery.cli.console import command, json_option, people, progress, service, settings, table, write_json
from delivery.geocoding import Again, geocode, geocode_again
from delivery.i18n import gettext as _
from delivery.intake.importing import import_results
from delivery.intake.refusals import RefusalFile
from delivery.intake.table import open_table
from delivery.intake.taken import ImportReport
from delivery.moments import now
from delivery.places.fixes import Quality
from delivery.qualities import QUALITIES
from delivery.setting_up import SEED, set_up
from delivery.wiring import Service

SHOWN_REFUSALS = 20


@click.command("init")
@click.option("--offices", type=click.Path(path_type=Path, exists=True, file_okay=False), default=SEED,
              help="Folder with offices.csv and couriers.csv, for a home without offices.")  # fmt: skip
@json_option()
@command
def init(*, offices: Path, as_json: bool) -> None:
    """Make the home ready: database at head, keys made, offices entered, settings explained."""
    service_here = Service.from_settings(settings())
    made = set_up(service_here, offices)
    here = service_here.settings
    if as_json:
        write_json({"home": str(here.home), "keys_made": made, "carrier": here.carrier})
        return
    people.print(_("[green]✓[/] The database in {home} is ready.").format(home=here.home))
    if made:
        people.print(_("[green]✓[/] Keys made in {folder}: keep a copy elsewhere, never beside the database.").format(
            folder=here.keys))  # fmt: skip
    rows = [
        (f"TANNHA_{name.upper()}", _shown(getattr(here, name)), field.description or "")
        for name, field in type(here).model_fields.items()
    ]
    table(_("Settings (environment or .env)"), (_("Setting"), _("Value"), _("Meaning")), rows)
    people.print(_("Next: tannha import FILE"))


def _shown(value: object) -> str:
    return "" if value is None else str(value)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", default="file", show_default=True, help="Name of the system that the file comes from.")
@click.option("--dry-run", is_flag=True, help="Find out what would happen; keep nothing.")
@click.option("--errors", type=click.Path(path_type=Path), help="Write the bad rows, with their reasons, to this file.")
@json_option()
@command
def import_(*, file: Path, source: str, dry_run: bool, errors: Path | None, as_json: bool) -> None:
    """Import completed results from FILE (CSV or XLSX); good rows proceed, bad rows come back with their reason."""
    here = service()
    opened = open_table(file)
    refusals = RefusalFile(opened)
    with progress(_("Importing"), None, quiet=as_json) as move:
        report = import_results(
            here.database, opened, source=source, at=now(), dry_run=dry_run, refused=refusals.add, progress=move
        )
    if errors:
        refusals.write(errors)
    if as_json:
        write_json(report.counts())
        return
    headers = (_("Read"), _("New"), _("Corrected"), _("Unchanged"), _("Bad"))
    table(_("Dry run: nothing was kept") if dry_run else file.name, headers, [tuple(report.counts().values())])
    _show_refusals(refusals, report, errors)


def _show_refusals(refusals: RefusalFile, report: ImportReport, errors: Path | None) -> None:
    shown = [(line, reason) for line, reason in refusals.reasons[:SHOWN_REFUSALS]]
    if shown:
        table(_("Bad rows"), (_("Row"), _("Reason")), shown)
    if report.bad > len(shown):
        people.print(_("… and {count} more.").format(count=report.bad - len(shown)))
    if report.bad and errors:
        people.print(_("All bad rows are in {file}; correct them there and import that file.").format(file=errors))
    elif report.bad:
        people.print(_("Add `--errors FILE` to get the bad rows back as a file to correct."))


@click.command("geocode")
@click.option(
    "--again", is_flag=True, help="Place anew, by today's map, what no person has placed and no envelope holds yet."
)
@json_option()
@command
def geocode_(*, again: bool, as_json: bool) -> None:
    """Place every address that is not placed yet; the doubtful become cases for a person."""
    here = service()
    chain = here.geocoders()
    if again:
        with progress(_("Placing addresses"), None, quiet=as_json) as move:
            anew = geocode_again(here.database, now(), chain=chain, progress=move)
        _show_again(anew, as_json=as_json)
        return
    with progress(_("Placing addresses"), None, quiet=as_json) as move:
        counts = geocode(here.database, now(), chain=chain, progress=move)
    by_quality = {quality.value: counts.get(quality.value, 0) for quality in Quality}
    if as_json:
        write_json({"placed": sum(by_quality.values()), "ask": counts.get("ask", 0), "quality": by_quality})
        return
    if not counts:
        people.print(_("No address waits: workers look addresses up as they come in."))
        return
    rows = [(_(QUALITIES[quality]), by_quality[quality.value]) for quality in Quality]
    table(_("Addresses placed"), (_("How exactly"), _("Count")), rows)
    people.print(_("A person must decide: {count}").format(count=counts.get("ask", 0)))


def _show_again(anew: Again, *, as_json: bool) -> None:
    if as_json:
        write_json(asdict(anew))
        return
    headers = (_("Looked at"), _("Moved"), _("In another ward"), _("A person must decide"))
    table(_("Addresses placed anew"), headers, [(anew.looked, anew.moved, anew.other_ward, anew.ask)])
