"""Callbacks: verified, kept and acknowledged; `delivery.tracking.applying` does the rest afterwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from delivery.carriers import read_callback
from delivery.dispatch.doubt import settle_by_proof
from delivery.errors import NotNow
from delivery.jobs.queue import put
from delivery.models import Callback, Consignment, InboxState
from delivery.tracking.codes import meaning_of
from delivery.tracking.events import Heard, Report, lock_books, record_all
from delivery.tracking.inbox import Letter, keep
from delivery.wiring import Service
from postal_api.errors import MalformedCallback, NotAuthentic
from postal_api.events import TrackingEvent as CarrierEvent

__all__ = ["MalformedCallback", "NotAuthentic", "find_consignments", "read_again", "receive", "take_over"]


def receive(service: Service, raws: Sequence[bytes], at: datetime) -> list[bool | Exception]:
    """Keep callbacks that came together on disk before they are acknowledged; returns an outcome for each.

    True or False is whether it was new. Of NotAuthentic and MalformedCallback nothing is kept: a flood of forgeries
    must not fill the disk. NotNow when it cannot be verified or kept at the moment.
    """
    read = [_letter(service, raw, at) for raw in raws]
    kept = iter(keep(service.database, [each for each in read if isinstance(each, Letter)]))
    return [next(kept) if isinstance(each, Letter) else each for each in read]


def _letter(service: Service, raw: bytes, at: datetime) -> Letter | Exception:
    try:
        return Letter(read_callback(service.settings, raw, at).dedupe_key, at, raw)
    except (NotAuthentic, MalformedCallback, NotNow) as refusal:
        return refusal


def find_consignments(session: Session, events: Sequence[CarrierEvent]) -> list[Consignment | None]:
    """The consignment that each of a carrier's events is about, by our reference or by the item code."""
    references = {event.reference for event in events if event.reference}
    codes = {event.item_code for event in events}
    named = sa.or_(Consignment.reference.in_(references), Consignment.item_code.in_(codes))
    found = session.scalars(sa.select(Consignment).where(named).options(joinedload(Consignment.item))).all()
    ours = {consignment.reference: consignment for consignment in found}
    theirs = {consignment.item_code: consignment for consignment in found}
    return [ours.get(event.reference or "") or theirs.get(event.item_code) for event in events]


def take_over(
    session: Session, said: Sequence[tuple[Consignment, CarrierEvent, datetime]], source: str, service: Service
) -> int:
    """Record what the carrier says about consignments, each with the moment it was heard; returns how much was new."""
    lock_books(session, {consignment.id for consignment, _event, _at in said})
    for consignment, event, at in said:
        if settle_by_proof(session, consignment, event, at):
            read_again(session, consignment.item_code)
    heard = [
        Heard(
            consignment,
            Report(
                meaning_of(session, consignment.carrier, source, event),
                source, event.event_id, event.occurred_at, event.code, event.reason or event.text,
            ),
            at,
        )
        for consignment, event, at in said
    ]  # fmt: skip
    return record_all(session, heard, timedelta(seconds=service.settings.clock_skew_seconds))


def read_again(session: Session, item_code: str) -> None:
    """Take up the callbacks that spoke of an item before anybody here knew its number."""
    early = sa.select(Callback.id).where(Callback.about == item_code, Callback.state == InboxState.PARKED)
    for callback_id in session.scalars(early):
        put(session, "callback", callback_id)
