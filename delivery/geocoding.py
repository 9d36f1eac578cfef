"""Placing addresses: each result that nobody has placed is understood and located; the doubtful become cases."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case, open_case
from delivery.database import Database
from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.models import CaseKind, PlaceFix, Result
from delivery.places import Place, Quality, fold, locate, parse
from delivery.places.wards import new_ward_at

CHUNK = 200
# A person put the pin on the map: as good as the door.
FIX_RADIUS_M = 20


def geocode(database: Database, at: datetime, progress: Callable[[int], None] = lambda _done: None) -> dict[str, int]:
    """Place all results that wait for it; returns how many of each quality, and how many a person is asked about."""
    counts: Counter[str] = Counter()
    done = 0
    while True:
        with database.write() as session:
            waiting = session.scalars(
                sa.select(Result).where(Result.placed_at.is_(None), Result.wants_delivery).limit(CHUNK)
            ).all()
            for result in waiting:
                place = place_result(session, result, at)
                counts[place.quality.value] += 1
                counts["ask"] += place.ask
        done += len(waiting)
        progress(done)
        if len(waiting) < CHUNK:
            return dict(counts)


def place_result(session: Session, result: Result, at: datetime) -> Place:
    """Locate one result's address and keep what was found, with its quality and what was assumed."""
    place = _remembered(session, result) or locate(parse(result.address), lat=result.given_lat, lon=result.given_lon)
    _keep(result, place, at)
    subject = f"result:{result.id}"
    if place.ask:
        facts = {
            "dossier": result.dossier_code,
            "note": list(place.note),
            "candidates": list(place.candidates),
            "quality": place.quality.value,
        }
        open_case(session, CaseKind.ADDRESS, subject, at=at, office_id=result.office_id, facts=facts)
    else:
        close_case(session, CaseKind.ADDRESS, subject, at=at, by="geocoder", decision="placed")
    return place


def settle_address(session: Session, result: Result, lat: float, lon: float, *, by: str, at: datetime) -> None:
    """A person has decided where an address is: remembered for every certificate that will ever go there.

    Raises BadInput for a point outside all wards that we know.
    """
    ward = new_ward_at(lat, lon)
    if ward is None:
        raise BadInput(_("This point lies in none of the wards on the map; put the pin inside one"))
    key = fold(result.address)
    session.execute(sa.delete(PlaceFix).where(PlaceFix.address_key == key))
    session.add(PlaceFix(address_key=key, lat=lat, lon=lon, new_ward_code=ward.code, decided_by=by, decided_at=at))
    session.flush()
    same = sa.select(Result).where(Result.wants_delivery, Result.item_id.is_(None), Result.address == result.address)
    for waiting in session.scalars(same):
        place_result(session, waiting, at)


def keep_at_counter(result: Result, *, keep: bool) -> None:
    """A person has decided that a result cannot be delivered where it should go, or has taken that back.

    Raises NotNow when it lies in an envelope already.
    """
    if result.item_id is not None:
        raise NotNow(_("This result is in a batch already"))
    result.wants_delivery = not keep


def _remembered(session: Session, result: Result) -> Place | None:
    fix = session.scalar(sa.select(PlaceFix).where(PlaceFix.address_key == fold(result.address)))
    if fix is None:
        return None
    return Place(
        lat=fix.lat,
        lon=fix.lon,
        radius_m=FIX_RADIUS_M,
        quality=Quality.DOOR,
        source="person",
        new_ward_code=fix.new_ward_code,
    )


def _keep(result: Result, place: Place, at: datetime) -> None:
    result.placed_at = at
    result.lat, result.lon, result.radius_m = place.lat, place.lon, place.radius_m
    result.quality, result.place_source = place.quality.value, place.source
    result.new_ward_code, result.old_ward_code = place.new_ward_code, place.old_ward_code
    result.place_facts = {"note": list(place.note), "candidates": list(place.candidates)}
