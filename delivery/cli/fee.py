"""Postage: what a journey costs by the office's own table."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from delivery.cli.console import command, json_option, people, settings, write_json
from delivery.errors import BadInput
from delivery.fees import fees_text_on, fees_told, standing_on
from delivery.i18n import gettext as _
from delivery.moments import local, now, short_date
from delivery.postage import WEIGHT_G, fee_file, fee_table, fee_text
from delivery.rules.policy import Payer
from delivery.settings import Settings
from delivery.wiring import Service
from postal_api.fees import DEFAULT, FeeTable, Zone


@click.group("fee")
def fee() -> None:
    """Postage: quote it, and edit the table."""


@fee.command("quote")
@click.option("--zone", type=click.Choice([zone.value for zone in Zone]), default="district", show_default=True,
              help="How far it travels.")  # fmt: skip
@click.option("--weight", type=click.IntRange(1, 100_000), default=WEIGHT_G, show_default=True, help="Grams.")
@click.option("--payer", type=click.Choice([payer.value for payer in Payer]), default="city_budget", show_default=True,
              help="Who bears it.")  # fmt: skip
@click.option("--exempt", multiple=True, help="A kind of recipient that the table exempts.")
@click.option("--both-ways", is_flag=True, help="The dossier was fetched as well.")
@json_option()
@command
def quote(*, zone: str, weight: int, payer: str, exempt: tuple[str, ...], both_ways: bool, as_json: bool) -> None:
    """Say what a journey costs, and what is collected at the door."""
    table = _table(settings())
    if unknown := [kind for kind in exempt if kind not in table.exempt]:
        raise BadInput(
            _("The table of fees exempts nobody as {kind}; it knows: {kinds}").format(
                kind=", ".join(unknown), kinds=", ".join(table.exempt)
            )
        )
    at_the_door = payer == Payer.CITIZEN_COD
    charge = table.charge(Zone(zone), weight, at_the_door=at_the_door, kinds=exempt, both_ways=both_ways)
    if as_json:
        write_json({"dong": charge.dong, "at_the_door": charge.at_the_door, "exempt": charge.exempt})
        return
    why = f" ({charge.exempt})" if charge.exempt else ""
    people.print(_("Postage {dong} đ; at the door {door} đ").format(dong=charge.dong, door=charge.at_the_door) + why)


@fee.command("table")
@click.option("--edit", is_flag=True, help="Put the table into the home, to be edited there.")
@command
def show_table(*, edit: bool) -> None:
    """Show the table of fees that counts here."""
    here = settings()
    if not edit:
        click.echo(_text(here), nl=False)
        return
    file = fee_file(here.home)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(DEFAULT, encoding="utf-8")
    people.print(_("Edit {path}; it counts for envelopes that the carrier has not been told of.").format(path=file))
    with _books(here) as session:
        holds = standing_on(session, here.home, local(now()).date()).version if session is not None else None
    if holds is not None:
        words = _("[yellow]![/] The table that {name} entered in the browser counts since {day}, and not the file.")
        people.print(words.format(name=holds.made_by, day=short_date(holds.valid_from)))


@contextmanager
def _books(here: Settings) -> Iterator[Session | None]:
    """A look at the database; None where there is none yet: a table can be edited before anything is set up."""
    found = Service.from_settings(here)
    try:
        if not found.database.is_at_head():
            yield None
            return
        with found.database.read() as session:
            yield session
    finally:
        found.close()


def _table(here: Settings) -> FeeTable:
    with _books(here) as session:
        if session is None:
            return fee_table(here.home)
        return fees_told(session, here.home, local(now()).date())


def _text(here: Settings) -> str:
    with _books(here) as session:
        return fee_text(here.home) if session is None else fees_text_on(session, here.home, local(now()).date())
