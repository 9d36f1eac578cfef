"""The command that reads addresses: one for a clerk to look at, or a file of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from delivery.addressing import PARTS, answer, read_file
from delivery.cli.console import command, json_option, people, progress, settings, table, write_json
from delivery.i18n import gettext as _
from delivery.places.address import Address, parse
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality
from delivery.places.locating import Place, locate
from delivery.qualities import QUALITIES


@click.command("address")
@click.argument("text", required=False)
@click.option("--file", "source", type=click.Path(path_type=Path), help="A table with a column `address`.")
@click.option(
    "--out", type=click.Path(path_type=Path, allow_dash=True), help="Where to write it back; - for the output."
)
@json_option()
@command
def address(*, text: str | None, source: Path | None, out: Path | None, as_json: bool) -> None:
    """Read the address TEXT, or all those of a file: parts, place on the map, and whether a person must decide."""
    if (text is None) == (source is None) or (source is None) != (out is None):
        raise click.UsageError(_("Give either an address, or --file IN.csv and --out OUT.csv"))
    atlas = Atlas.for_home(settings().home)
    if source is not None and out is not None:
        _read_file(source, out, atlas, as_json=as_json)
        return
    read = parse(text or "", atlas)
    place = locate(read, atlas)
    if as_json:
        write_json(answer(read, place, atlas))
    else:
        _show(read, place, atlas)


def _read_file(source: Path, out: Path, atlas: Atlas, *, as_json: bool) -> None:
    with progress(_("Placing addresses"), None, quiet=as_json) as move:
        counts = read_file(source, out, atlas, progress=move)
    to_the_output = str(out) == "-"
    if as_json and not to_the_output:
        write_json(counts)
    elif not to_the_output:
        people.print(_("{rows} addresses read, a person must decide {ask} of them: {file}").format(file=out, **counts))


def _show(read: Address, place: Place, atlas: Atlas) -> None:
    document = answer(read, place, atlas)
    parts = [(_(title), document["parts"][name]) for name, title in PARTS.items() if document["parts"][name]]
    table(_("Understood"), (_("Part"), _("Read as")), parts)
    table(_("Place"), (_("What"), _("Found")), _place_rows(place, document))
    if place.ask:
        people.print(f"[bold red]{_('A person must decide')}[/]")
    for each in (*document["note"], *document["assumed"]):
        people.print(f"• {each}", markup=False)


def _place_rows(place: Place, document: Mapping[str, Any]) -> list[tuple[str, str]]:
    new, old = document["new_ward"], document["old_ward"]
    reckoned = " " + _("(reckoned)") if place.old_ward_assumed else ""
    rows = [
        (_("Ward today"), f"{new['name']} ({new['code']})" if new else "–"),
        (_("Old ward"), f"{old['name']} ({old['code']}){reckoned}" if old else "–"),
        (_("How exactly"), _(QUALITIES[Quality(place.quality)])),
    ]
    if place.lat is not None and place.lon is not None:
        rows.append((_("Position"), f"{place.lat:.5f}, {place.lon:.5f} ± {place.radius_m} m"))
    if place.candidates:
        rows.append((_("Possible wards"), ", ".join(place.candidates)))
    return rows
