"""Maps at the command line: import one, see what it holds, go back to another."""

from dataclasses import asdict
from pathlib import Path

import click

from delivery.cli.console import command, json_option, people, progress, settings, table, write_json
from delivery.errors import NotFound
from delivery.i18n import gettext as _
from delivery.i18n import ngettext
from delivery.maps import store
from delivery.maps.importing import Sources, import_map
from delivery.maps.report import Report

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("map")
def map_() -> None:
    """Maps: import an OpenStreetMap extract, see what it holds, go back to another one."""


@map_.command("import")
@click.argument("file", type=FILE)
@click.option("--wards", multiple=True, type=FILE, metavar="FILE.geojson",
              help="Outlines of wards; may be given several times.")  # fmt: skip
@click.option("--old-wards", multiple=True, type=FILE, metavar="FILE.geojson",
              help="Outlines of wards as they were until 30 June 2025; may be given several times.")  # fmt: skip
@json_option("Print the report as JSON for machines.")
@command
def import_(*, file: Path, wards: tuple[Path, ...], old_wards: tuple[Path, ...], as_json: bool) -> None:
    """Build a map from an OpenStreetMap extract (.osm.pbf, .osm, .osm.bz2) and serve it.

    The old map is served until the new one is complete.
    """
    home = settings().home
    with progress(_("Importing the map"), 100, quiet=as_json) as tell:
        report = import_map(home, Sources(file, wards, old_wards), tell)
    _show(report, as_json=as_json)


@map_.command("list")
@json_option()
@command
def list_(*, as_json: bool) -> None:
    """List the maps that are there; the served one is marked."""
    home = settings().home
    served = store.current(home)
    found = [(folder, Report.read(folder / "report.json")) for folder in store.versions(home)]
    if as_json:
        write_json([
            {"version": folder.name, "served": folder == served, "file": report.file, "made": report.made,
             "bytes": store.size_of(folder)}
            for folder, report in found
        ])  # fmt: skip
        return
    if not found:
        people.print(_("There is no map yet. Import one: tannha map import FILE.osm.pbf"))
        return
    rows = [
        ("●" if folder == served else "", folder.name, report.file, len(report.wards), report.streets, report.alleys,
         store.size_of(folder) // 1000)
        for folder, report in found
    ]  # fmt: skip
    table(_("Maps"), ("", _("Version"), _("Extract"), _("Wards"), _("Streets"), _("Alleys"), "kB"), rows)


@map_.command("show")
@click.argument("version", required=False)
@json_option()
@command
def show(*, version: str | None, as_json: bool) -> None:
    """Show what a map holds: the served one, unless VERSION names another."""
    home = settings().home
    folder = store.find(home, version) if version else store.current(home)
    if folder is None:
        raise NotFound(_("No map is served. Import one: tannha map import FILE.osm.pbf"))
    _show(Report.read(folder / "report.json"), as_json=as_json)


@map_.command("use")
@click.argument("version")
@command
def use(*, version: str) -> None:
    """Serve another map that is there, such as the one before the last import."""
    home = settings().home
    with store.lock(home):
        store.serve(home, store.find(home, version))
    people.print(_("{version} is served now.").format(version=version))


@map_.command("remove")
@click.argument("version")
@command
def remove(*, version: str) -> None:
    """Remove a map that is not served."""
    home = settings().home
    with store.lock(home):
        store.remove(home, version)
    people.print(_("{version} is removed.").format(version=version))


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        write_json(asdict(report))
        return
    table(_("Map {version}").format(version=report.version), (_("About"), _("Found")), _facts(report))
    if report.wards:
        rows = [
            (ward.code, f"{ward.kind} {ward.name}".strip(), _("until June 2025") if ward.old else "", ward.streets,
             ward.source)
            for ward in report.wards
        ]  # fmt: skip
        columns = (_("Code"), _("Ward"), _("Order"), _("Streets and alleys"), _("Drawn by"))
        table(_("Wards"), columns, rows)
    for warning in _warnings(report):
        people.print(f"[yellow]![/] {warning}")


def _facts(report: Report) -> list[tuple[str, object]]:
    south, west, north, east = report.box
    places = ", ".join(f"{kind} {count}" for kind, count in report.places.items())
    return [
        (_("Extract"), report.file),
        (_("Day of the data"), report.made or _("not told by the file")),
        (_("Box"), f"{south:.4f} {west:.4f} – {north:.4f} {east:.4f}"),
        (_("Streets"), report.streets),
        (_("Alleys"), report.alleys),
        (_("Mapped houses"), report.houses),
        (_("Known numbers"), report.numbers),
        (_("Places"), places or "0"),
        (_("Points of the network"), report.network.points),
        (_("Bridges"), report.network.bridges),
        (_("Size on disk"), f"{sum(report.sizes.values()) / 1e6:.1f} MB"),
        (_("Time and memory"), f"{report.seconds:.1f} s, {report.peak_mb} MB"),
    ]


def _warnings(report: Report) -> list[str]:
    """What somebody should look at, in words."""
    network = report.network
    counted = [
        (report.in_no_ward, ngettext("{n} street or alley lies in no known ward; give outlines with --wards",
                                     "{n} streets and alleys lie in no known ward; give outlines with --wards",
                                     report.in_no_ward)),
        (report.alleys_without_street, ngettext("{n} alley has no street and cannot be found",
                                                "{n} alleys have no street and cannot be found",
                                                report.alleys_without_street)),
        (network.islands, ngettext("{n} part of the network is an island", "{n} parts of the network are islands",
                                   network.islands)),
        (network.loose_bridges, ngettext("{n} bridge has an end that no other road meets",
                                         "{n} bridges have an end that no other road meets", network.loose_bridges)),
    ]  # fmt: skip
    left_out = [f"{_(reason)}: {count}" for reason, count in report.left_out.items()]
    return [text.format(n=count) for count, text in counted if count] + left_out
