"""What is remembered of addresses: listed without house numbers, put by scripts, forgotten on request."""

import re

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.blinding import is_blind
from delivery.cli.console import command, json_option, people, service, table, write_json
from delivery.errors import NotFound
from delivery.geocoders.deciding import forget_address, settle_address
from delivery.geocoders.doors import confirm_door
from delivery.geocoders.keys import MARK
from delivery.geocoders.pins import Spot
from delivery.i18n import gettext as _
from delivery.models import ConfirmedDoor, PlaceFix, Result
from delivery.moments import local, now

BY = "command"


@click.group("place")
def place() -> None:
    """What is remembered of addresses: pins that people put, doors that couriers confirmed."""


@place.command("list")
@json_option()
@command
def list_places(*, as_json: bool) -> None:
    """List the remembered places, house numbers masked."""
    with service().database.read() as session:
        rows = [
            (_shown(pin), "person", 1, f"{local(pin.decided_at):%d/%m/%Y}")
            for pin in session.scalars(sa.select(PlaceFix).order_by(PlaceFix.id))
        ]
        seen: dict[str, list[ConfirmedDoor]] = {}
        for door in session.scalars(sa.select(ConfirmedDoor).order_by(ConfirmedDoor.confirmed_at)):
            seen.setdefault(door.address_key, []).append(door)
    rows += [
        (_shown(found[-1]), "door", len(found), f"{local(found[-1].confirmed_at):%d/%m/%Y}") for found in seen.values()
    ]
    if as_json:
        write_json([dict(zip(("address", "source", "count", "last"), row, strict=True)) for row in rows])
        return
    table(_("Remembered places"), (_("Address"), _("Source"), _("Count"), _("Last")), rows)


@place.command("fix")
@click.argument("dossier")
@click.argument("lat", type=float)
@click.argument("lon", type=float)
@command
def fix(*, dossier: str, lat: float, lon: float) -> None:
    """Put a pin for the address of DOSSIER at LAT LON, as the page of the case does."""
    here = service()
    with here.database.write() as session:
        for result in _results(session, dossier):
            settle_address(session, result, Spot(lat, lon), by=BY, at=now(), atlas=here.atlas)
    people.print(_("[green]✓[/] The place is noted."))


@place.command("confirm")
@click.argument("dossier")
@click.argument("lat", type=float)
@click.argument("lon", type=float)
@click.option("--consent", is_flag=True, help="The recipient agrees that the point of the door is kept.")
@command
def confirm(*, dossier: str, lat: float, lon: float, consent: bool) -> None:
    """Note that somebody stood at the door of DOSSIER's address at LAT LON, with the recipient's consent."""
    here = service()
    with here.database.write() as session:
        result = _results(session, dossier)[0]
        kept = confirm_door(session, result, lat, lon, consent=consent, at=now(), by=BY, atlas=here.atlas)
    if kept is None:
        people.print(_("[yellow]![/] Far from all that is known of this address: not kept, a person is asked."))
    else:
        people.print(_("[green]✓[/] The door is noted."))


@place.command("forget")
@click.option("--address", prompt=True, help="The address to forget; asked for when it is not given.")
@command
def forget(*, address: str) -> None:
    """Remove for good all that is remembered of an address: pins, their history, confirmed doors."""
    here = service()
    with here.database.write() as session:
        gone = forget_address(session, address, at=now(), atlas=here.atlas)
    people.print(_("Removed: {count}").format(count=gone))


def _shown(place: PlaceFix | ConfirmedDoor) -> str:
    """Where it is, but not which house: the masked address, or a hundred metres around where that cannot be read."""
    return f"~ {place.lat:.3f}, {place.lon:.3f}" if is_blind(place.address_key) else masked(place.address_key)


def masked(key: str) -> str:
    """A remembered address without what tells the house: its digits."""
    return re.sub(r"\d+", "…", key.split(MARK, maxsplit=1)[0]) or "…"


def _results(session: Session, dossier: str) -> list[Result]:
    wanted = sa.select(Result).where(Result.dossier_code == dossier.strip().upper(), Result.wants_delivery)
    found = list(session.scalars(wanted.order_by(Result.copy_no)))
    if not found:
        raise NotFound(_("No result that is to be delivered goes by {code}").format(code=dossier[:60]))
    return found
