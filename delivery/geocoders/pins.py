"""Pins of people: put, taken back, forgotten; what held before is kept, with who ended it and when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.blinding import kept_key, kept_keys
from delivery.errors import BadInput
from delivery.geocoders.asking import Question
from delivery.i18n import gettext as _
from delivery.models import PastFix, PlaceFix
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality

_SAID = ("address_key", "lat", "lon", "new_ward_code", "decided_by", "decided_at", "radius_m", "quality")


@dataclass(frozen=True, slots=True)
class Spot:
    """A point that a person has chosen; with a radius and a quality where it is less exact than a door."""

    lat: float
    lon: float
    radius_m: int | None = None
    quality: Quality | None = None


def put_pin(session: Session, question: Question, spot: Spot, *, by: str, at: datetime, atlas: Atlas) -> PlaceFix:
    """Remember where an address lies; the pin that held until now becomes history.

    Raises BadInput for what is no point, and for one outside all wards that we know.
    """
    if not (isfinite(spot.lat) and isfinite(spot.lon) and abs(spot.lat) <= 90 and abs(spot.lon) <= 180):
        raise BadInput(_("Latitude and longitude are numbers such as 21.0459 and 105.8738"))
    ward = atlas.wards.at(spot.lat, spot.lon)
    if ward is None:
        raise BadInput(_("This point lies in none of the wards on the map; put the pin inside one"))
    _end(session, question.keys, by=by, at=at, undone=False)
    pin = PlaceFix(
        address_key=kept_key(session, question.key), lat=spot.lat, lon=spot.lon, new_ward_code=ward.code,
        decided_by=by, decided_at=at, radius_m=spot.radius_m, quality=spot.quality.value if spot.quality else None,
    )  # fmt: skip
    session.add(pin)
    session.flush()
    return pin


def take_back_pin(session: Session, question: Question, *, by: str, at: datetime) -> bool:
    """Take back the pin that holds; the one before it holds again. False when there is none."""
    if not _end(session, question.keys, by=by, at=at, undone=True):
        return False
    before = sa.select(PastFix).where(
        PastFix.address_key.in_(kept_keys(session, question.keys)), PastFix.undone.is_(False)
    )
    last = session.scalars(before.order_by(PastFix.ended_at.desc(), PastFix.id.desc()).limit(1)).first()
    if last is not None:
        session.add(PlaceFix(**{name: getattr(last, name) for name in _SAID}))
        session.delete(last)
    session.flush()
    return True


def history(session: Session, question: Question) -> list[PastFix]:
    """The pins that held once, the newest first."""
    past = sa.select(PastFix).where(PastFix.address_key.in_(kept_keys(session, question.keys)))
    return list(session.scalars(past.order_by(PastFix.ended_at.desc(), PastFix.id.desc())))


def forget_pins(session: Session, keys: Collection[str]) -> int:
    """Remove the pins of some keys and their history for good; returns how many there were."""
    gone, kept = 0, kept_keys(session, keys)
    for table in (PlaceFix, PastFix):
        gone += session.execute(sa.delete(table).where(table.address_key.in_(kept))).rowcount  # type: ignore[attr-defined]
    return gone


def _end(session: Session, keys: Collection[str], *, by: str, at: datetime, undone: bool) -> bool:
    ended = session.scalars(sa.select(PlaceFix).where(PlaceFix.address_key.in_(kept_keys(session, keys)))).all()
    for pin in ended:
        said = {name: getattr(pin, name) for name in _SAID}
        session.add(PastFix(**said, ended_by=by, ended_at=at, undone=undone))
        session.delete(pin)
    session.flush()
    return bool(ended)
