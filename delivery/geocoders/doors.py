"""Doors that were confirmed: a point from the door itself, kept with consent, checked against all that is known."""

from datetime import datetime
from math import isfinite

import sqlalchemy as sa
from geopy.distance import great_circle
from sqlalchemy.orm import Session

from delivery.blinding import kept_key, kept_keys
from delivery.cases import open_case
from delivery.errors import BadInput
from delivery.geocoders.asking import Question, ask
from delivery.geocoders.remembered import PIN_RADIUS_M, at_door, at_pin, doors_of, pins_of
from delivery.i18n import gettext as _
from delivery.models import CaseKind, ConfirmedDoor, Consignment, Result
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality
from delivery.places.locating import Place
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report

# A reckoned place is wrong by more than its radius once in four times; what lies beyond all of this is another place.
NEAR_AT_LEAST_M, BEYOND_RADIUS_M, RADII = 300, 500, 3


def confirm_door(
    session: Session, result: Result, lat: float, lon: float, *, consent: bool, at: datetime, by: str = "courier",
    atlas: Atlas | None = None,
) -> ConfirmedDoor | None:  # fmt: skip
    """Remember that an address lies at this point: somebody stood at its door, and the recipient agrees.

    None when the point is far from everything known of the address: it is not kept, and a person is asked. The same
    confirmation a second time changes nothing.

    Raises BadInput without consent, or for what is no point.
    """
    if not consent:
        raise BadInput(_("Without the recipient's consent the point of a door is not kept"))
    if not (isfinite(lat) and isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise BadInput(_("Latitude and longitude are numbers such as 21.0459 and 105.8738"))
    atlas = atlas or Atlas.built_in()
    question = ask(result.address, atlas, result.given_lat, result.given_lon)
    known = sa.select(ConfirmedDoor).where(
        ConfirmedDoor.result_id == result.id, ConfirmedDoor.confirmed_by == by, ConfirmedDoor.confirmed_at == at
    )
    if (already := session.scalar(known)) is not None:
        return already
    metres = _metres_off(session, result, question, (lat, lon), atlas, at)
    if metres is not None:
        facts = {"dossier": result.dossier_code, "metres": metres}
        subject = f"result:{result.id}"
        open_case(session, CaseKind.DOOR_ELSEWHERE, subject, at=at, office_id=result.office_id, facts=facts)
        return None
    door = ConfirmedDoor(
        address_key=kept_key(session, question.key),
        result_id=result.id,
        lat=lat,
        lon=lon,
        confirmed_by=by,
        confirmed_at=at,
    )
    session.add(door)
    session.flush()
    return door


def confirm_delivery(
    session: Session, consignment: Consignment, report: Report, lat: float, lon: float, *, consent: bool,
    atlas: Atlas | None = None,
) -> ConfirmedDoor | None:  # fmt: skip
    """Take the point that came with a carrier's "delivered" as a confirmation; None where it tells nothing of a door.

    Raises what `confirm_door` raises.
    """
    if report.fact is not Fact.DELIVERED:
        return None
    first = consignment.item.first
    return confirm_door(
        session, first, lat, lon, consent=consent, at=report.occurred_at, by=report.source, atlas=atlas
    )  # fmt: skip


def forget_door(session: Session, question: Question) -> int:
    """Remove all confirmations at an address for good, as when consent is withdrawn; returns how many there were."""
    kept = kept_keys(session, [question.key])
    same = sa.select(Result.id).where(Result.address_key.in_(kept))
    gone = sa.delete(ConfirmedDoor).where(
        sa.or_(ConfirmedDoor.address_key.in_(kept), ConfirmedDoor.result_id.in_(same))
    )
    return int(session.execute(gone).rowcount)  # type: ignore[attr-defined]


def _metres_off(
    session: Session, result: Result, question: Question, point: tuple[float, float], atlas: Atlas, at: datetime
) -> int | None:
    """How far the point lies from the nearest thing known; None where it is near enough, or nothing is known."""
    circles = _known(session, result, question, atlas, at)
    ward = atlas.wards.at(*point)
    apart = [(float(great_circle(point, (lat, lon)).meters), radius) for lat, lon, radius in circles]
    if ward is not None and (not apart or any(metres <= _limit(radius) for metres, radius in apart)):
        return None
    return round(min((metres for metres, _radius in apart), default=0))


def _known(
    session: Session, result: Result, question: Question, atlas: Atlas, at: datetime
) -> list[tuple[float, float, int]]:
    """Circles in which the address is thought to lie: what people said, else what the map and the result say."""
    said = [
        at_pin(question, pins_of(session, question.keys)),
        at_door(question, doors_of(session, [question.key]).get(question.key, ()), atlas, at),
    ]
    circles = [circle for place in said if place is not None for circle in _circle(place)]
    if circles:
        return circles
    if result.lat is not None and result.lon is not None and result.quality != Quality.NONE:
        circles.append((result.lat, result.lon, result.radius_m or PIN_RADIUS_M))
    return [*circles, *_circle(question.on_map)]


def _circle(place: Place) -> list[tuple[float, float, int]]:
    if place.lat is None or place.lon is None:
        return []
    return [(place.lat, place.lon, place.radius_m or PIN_RADIUS_M)]


def _limit(radius: int) -> int:
    return max(NEAR_AT_LEAST_M, min(RADII * radius, radius + BEYOND_RADIUS_M))
