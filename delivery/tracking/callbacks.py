"""Callbacks: verified, kept, acknowledged; applied afterwards by a job, however often and in whatever order."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.carriers import read_callback
from delivery.database import insert_if_new
from delivery.dispatch.doubt import settle_by_proof
from delivery.failpoints import reach
from delivery.jobs.queue import put
from delivery.jobs.work import MOST_TRIES, TryLater, Work
from delivery.models import Callback, Consignment, InboxState
from delivery.rules.lifecycle import TERMINAL, Fact, State
from delivery.tracking.codes import CALLBACK, meaning_of
from delivery.tracking.events import Report, record
from delivery.wiring import Service
from postal_api.errors import MalformedCallback, NotAuthentic
from postal_api.events import TrackingEvent as CarrierEvent

__all__ = [
    "MalformedCallback", "NotAuthentic", "apply_callback", "find_consignment", "read_again", "receive", "take_over",
]  # fmt: skip

SOURCE = CALLBACK


def receive(service: Service, raw: bytes, at: datetime) -> bool:
    """Keep a callback on disk before it is acknowledged; False when it was there already.

    Raises NotAuthentic or MalformedCallback, and then keeps nothing: a flood of forgeries must not
    fill the disk.
    """
    key = read_callback(service.settings, raw, at).dedupe_key
    with service.database.write() as session:
        callback_id = insert_if_new(session, Callback, source=SOURCE, dedupe_key=key, received_at=at, raw=raw)
        if callback_id is None:
            return False
        put(session, "callback", callback_id)
        reach("before_commit")
    reach("after_commit")
    return True


def apply_callback(work: Work) -> None:
    """The job: take over the one record that is signed; for all else the callback is a hint to read the feed.

    Only the first record of VNPost's callbacks is signed, so an end of the journey is never taken from here, unless
    the carrier has nothing else that could be read.
    """
    service = work.service
    with service.database.write() as session:
        callback = session.get_one(Callback, work.lease.key)
        said = read_callback(service.settings, callback.raw, callback.received_at)
        ends = Fact(said.signed.kind.value) in _ENDS and service.carrier.capabilities.tracks
        if not ends:
            consignment = find_consignment(session, said.signed)
            if consignment is None:
                # The item may go by a number of the carrier's own; its feed names our reference.
                ends = service.carrier.capabilities.tracks
                if not ends and work.lease.tries < MOST_TRIES:
                    raise TryLater("the callback may be ahead of the carrier's own answer")
                callback.state, callback.note, callback.about = InboxState.PARKED, "unknown item", said.signed.item_code
            else:
                take_over(session, consignment, said.signed, SOURCE, callback.received_at, service)
                callback.state, callback.note = InboxState.APPLIED, ""
        else:
            callback.state = InboxState.APPLIED
        if ends or said.hints:
            put(session, "poll", 0)
        work.lease.finish(session)


def read_again(session: Session, item_code: str) -> None:
    """Take up the callbacks that spoke of an item before anybody here knew its number."""
    early = sa.select(Callback.id).where(Callback.about == item_code, Callback.state == InboxState.PARKED)
    for callback_id in session.scalars(early):
        put(session, "callback", callback_id)


def find_consignment(session: Session, event: CarrierEvent) -> Consignment | None:
    """The consignment that a carrier's event is about, by our reference or by the item code."""
    if event.reference:
        found = session.scalar(sa.select(Consignment).where(Consignment.reference == event.reference))
        if found is not None:
            return found
    return session.scalar(sa.select(Consignment).where(Consignment.item_code == event.item_code))


def take_over(
    session: Session, consignment: Consignment, event: CarrierEvent, source: str, at: datetime, service: Service
) -> bool:
    """Record what the carrier says about a consignment; False when it was known."""
    if settle_by_proof(session, consignment, event, at):
        read_again(session, consignment.item_code)
    fact = meaning_of(session, consignment.carrier, source, event)
    report = Report(fact, source, event.event_id, event.occurred_at, event.code, event.reason or event.text)
    return record(session, consignment, report, at, timedelta(seconds=service.settings.clock_skew_seconds))


_ENDS: Sequence[Fact] = tuple(Fact(state.value) for state in TERMINAL if state is not State.PREPARED)
