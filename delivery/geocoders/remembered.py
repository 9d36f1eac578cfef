"""Geocoders that remember: pins that people have put, and doors that couriers have confirmed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.blinding import keys_by_kept
from delivery.database import Database
from delivery.geocoders.asking import PlaceGeocoder, Question
from delivery.geocoders.spread import agree
from delivery.i18n import marked
from delivery.models import ConfirmedDoor, PlaceFix
from delivery.moments import now
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality
from delivery.places.locating import Place

# A person put the pin on the map: as good as the door.
PIN_RADIUS_M = 20
# Confirmations that lie farther apart than a house is wide tell the house, but no longer the door.
DOOR_RADIUS_M = 60
OLD = timedelta(days=730)
LONG_AGO = marked("The last confirmation at the door is more than two years old")
APART = marked("The confirmations at this door lie far apart")
MOST_KEYS = 500


class Pins(PlaceGeocoder):
    """Where people have said that an address lies."""

    name = "person"

    def __init__(self, atlas: Atlas, database: Database) -> None:
        super().__init__(atlas)
        self._database = database
        self._read: Mapping[str, PlaceFix] | None = None

    def prepare(self, questions: Iterable[Question]) -> None:
        with self._database.read() as session:
            self._read = pins_of(session, [key for question in questions for key in question.keys])

    def place(self, question: Question) -> Place | None:
        if self._read is not None:
            return at_pin(question, self._read)
        with self._database.read() as session:
            return at_pin(question, pins_of(session, question.keys))


class Doors(PlaceGeocoder):
    """What couriers confirmed at the door of an address, with consent: the middle of what agrees."""

    name = "door"

    def __init__(self, atlas: Atlas, database: Database, at: datetime | None = None) -> None:
        super().__init__(atlas)
        self._database, self._at = database, at
        self._read: Mapping[str, Sequence[ConfirmedDoor]] | None = None

    def prepare(self, questions: Iterable[Question]) -> None:
        with self._database.read() as session:
            self._read = doors_of(session, [question.key for question in questions])

    def place(self, question: Question) -> Place | None:
        doors = self._read
        if doors is None:
            with self._database.read() as session:
                doors = doors_of(session, [question.key])
        return at_door(question, doors.get(question.key, ()), self.atlas, self._at or now())


def pins_of(session: Session, keys: Sequence[str]) -> dict[str, PlaceFix]:
    """The pins that hold for some keys."""
    found: dict[str, PlaceFix] = {}
    for start in range(0, len(keys), MOST_KEYS):
        kept = keys_by_kept(session, keys[start : start + MOST_KEYS])
        wanted = sa.select(PlaceFix).where(PlaceFix.address_key.in_(list(kept)))
        found.update({kept[fix.address_key]: fix for fix in session.scalars(wanted)})
    return found


def doors_of(session: Session, keys: Sequence[str]) -> dict[str, list[ConfirmedDoor]]:
    """The confirmations at the doors of some keys."""
    found: dict[str, list[ConfirmedDoor]] = defaultdict(list)
    for start in range(0, len(keys), MOST_KEYS):
        kept = keys_by_kept(session, keys[start : start + MOST_KEYS])
        wanted = sa.select(ConfirmedDoor).where(ConfirmedDoor.address_key.in_(list(kept)))
        for door in session.scalars(wanted.order_by(ConfirmedDoor.id)):
            found[kept[door.address_key]].append(door)
    return dict(found)


def at_pin(question: Question, pins: Mapping[str, PlaceFix]) -> Place | None:
    """The place of the newest pin that the question's keys lead to."""
    found = [pins[key] for key in question.keys if key in pins]
    if not found:
        return None
    pin = max(found, key=lambda each: each.decided_at)
    return Place(
        lat=pin.lat,
        lon=pin.lon,
        radius_m=pin.radius_m or PIN_RADIUS_M,
        quality=Quality(pin.quality) if pin.quality else Quality.DOOR,
        source=Pins.name,
        new_ward_code=pin.new_ward_code,
        old_ward_code=question.on_map.old_ward_code,
    )


def at_door(question: Question, doors: Sequence[ConfirmedDoor], atlas: Atlas, at: datetime) -> Place | None:
    """The place that the confirmations agree on; a person is asked where they lie in no ward or too far apart."""
    if not doors:
        return None
    sighted = agree([(door.lat, door.lon) for door in doors])
    ward = atlas.wards.at(sighted.lat, sighted.lon)
    if ward is None:
        return None
    place = Place(
        lat=sighted.lat,
        lon=sighted.lon,
        radius_m=sighted.radius_m,
        quality=Quality.DOOR if sighted.radius_m <= DOOR_RADIUS_M else Quality.ALLEY,
        source=Doors.name,
        new_ward_code=ward.code,
        old_ward_code=question.on_map.old_ward_code,
    )
    if sighted.radius_m > DOOR_RADIUS_M:
        return replace(place, note=(APART,))
    return replace(place, note=(LONG_AGO,)) if at - max(door.confirmed_at for door in doors) > OLD else place
