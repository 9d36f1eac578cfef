"""What people decide about addresses: put a pin, take it back, keep a result at the counter, forget an address."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.blinding import kept_keys
from delivery.errors import NotNow
from delivery.geocoders.asking import Question, ask
from delivery.geocoders.doors import forget_door
from delivery.geocoders.keeping import Found, keep_place, open_address_cases
from delivery.geocoders.pins import Spot, forget_pins, put_pin, take_back_pin
from delivery.geocoders.remembered import Doors, Pins, at_door, at_pin, doors_of, pins_of
from delivery.i18n import gettext as _
from delivery.models import Result
from delivery.places.atlas import Atlas


def question_of(result: Result, atlas: Atlas) -> Question:
    """What a result's address asks."""
    return ask(result.address, atlas, result.given_lat, result.given_lon)


def settle_address(
    session: Session, result: Result, spot: Spot, *, by: str, at: datetime, atlas: Atlas | None = None
) -> None:
    """A person has decided where an address is: remembered for every certificate that will ever go there.

    Raises BadInput for a point outside all wards that we know.
    """
    atlas = atlas or Atlas.built_in()
    question = question_of(result, atlas)
    put_pin(session, question, spot, by=by, at=at, atlas=atlas)
    _place_same_door(session, question, result, at, atlas)


def unsettle_address(session: Session, result: Result, *, by: str, at: datetime, atlas: Atlas | None = None) -> None:
    """Take back what a person decided last about an address: what held before holds again.

    Raises NotNow when no person has decided about it.
    """
    atlas = atlas or Atlas.built_in()
    question = question_of(result, atlas)
    if not take_back_pin(session, question, by=by, at=at):
        raise NotNow(_("Nobody has put a pin for this address"))
    _place_same_door(session, question, result, at, atlas)


def forget_address(session: Session, address: str, *, at: datetime, atlas: Atlas | None = None) -> int:
    """Remove for good all that is remembered of an address: pins, their history, confirmations at the door.

    Results that wait there are placed by the map again. Returns how many things were removed.
    """
    atlas = atlas or Atlas.built_in()
    question = ask(address, atlas)
    gone = forget_pins(session, question.keys) + forget_door(session, question)
    remembered = _waiting_at(kept_keys(session, [question.key])).where(Result.place_source.in_((Pins.name, Doors.name)))
    _place_offline(session, session.scalars(remembered).all(), at, atlas)
    return gone


def sharing(session: Session, result: Result) -> int:
    """How many other results that wait at the counter go to the same door."""
    if result.address_key is None:
        return 0
    others = _waiting_at([result.address_key]).where(Result.id != result.id).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(others)) or 0


def keep_at_counter(result: Result, *, keep: bool) -> None:
    """A person has decided that a result cannot be delivered where it should go, or has taken that back.

    Raises NotNow when it lies in an envelope already.
    """
    if result.item_id is not None:
        raise NotNow(_("This result is in a batch already"))
    result.wants_delivery = not keep


def _place_same_door(session: Session, question: Question, result: Result, at: datetime, atlas: Atlas) -> None:
    # What has not been placed yet has no key: whether it is written alike only its text can tell.
    kept = kept_keys(session, [question.key])
    known = Result.address_key.in_({*kept, result.address_key or question.key})
    maybe = sa.or_(known, Result.placed_at.is_(None), Result.id == result.id)
    waiting = session.scalars(sa.select(Result).where(maybe, Result.wants_delivery, Result.item_id.is_(None)))
    same = [one for one in waiting if one.address_key in kept or one.address == result.address]
    _place_offline(session, same, at, atlas)


def _place_offline(session: Session, results: Sequence[Result], at: datetime, atlas: Atlas) -> None:
    """Place some results within the open transaction, by what is remembered and the map: nothing asks outside."""
    cases = open_address_cases(session, results)
    known: dict[tuple[object, ...], Found] = {}
    for result in results:
        asked = (result.address, result.given_lat, result.given_lon)
        if asked not in known:
            question = question_of(result, atlas)
            doors = doors_of(session, [question.key]).get(question.key, ())
            pin = at_pin(question, pins_of(session, question.keys))
            known[asked] = question, pin or at_door(question, doors, atlas, at) or question.on_map
        result.placed_at = None
        keep_place(session, result, known[asked], at, cases.get(result.id))
    session.flush()


def _waiting_at(kept: Sequence[str]) -> sa.Select[Result]:
    return sa.select(Result).where(
        Result.address_key.in_(kept), Result.placed_at.is_not(None), Result.wants_delivery, Result.item_id.is_(None)
    )
