"""Applying callbacks that have been kept, however often and in whatever order: many in one transaction.

A callback that spoils the transaction of its group is set aside with its reason, in a job of its own, and so is every
group at which a worker died: whatever is wrong with one holds up no other.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from delivery.carriers import read_callback, senders_of
from delivery.database import Database
from delivery.jobs.queue import put
from delivery.jobs.work import MOST_TRIES, TryLater, Work
from delivery.models import Callback, InboxState
from delivery.models.work import WAITING
from delivery.rules.lifecycle import TERMINAL, Fact, State
from delivery.tracking.callbacks import find_consignments, take_over
from delivery.tracking.codes import CALLBACK
from delivery.tracking.polling import has_envelopes, has_feed, put_poll
from delivery.wiring import Service

log = structlog.get_logger()
# Short enough for whoever waits for SQLite's one writer: a carrier that is to be answered.
TOGETHER = 50
BREATH_SECONDS = 0.05
# A worker that is told to stop finishes the job in hand: that must have an end also while callbacks pour in.
LONGEST_SECONDS = 10.0
# One worker applies what comes in. While the oldest has waited for longer than this, another one helps, and so on:
# too much has come for one, or that one has died and nobody knows it yet.
LANE_OPENS = timedelta(seconds=3)
MOST_LANES = 4
AHEAD = "the callback may be ahead of the carrier's own answer"


def ask_to_apply(session: Session, at: datetime) -> None:
    """Ask for callbacks to be applied if any wait; this is all that makes them seen, so every sweep does it."""
    wanted = sa.select(Callback.received_at).where(sa.text(WAITING)).order_by(Callback.id).limit(1)
    oldest = session.scalar(wanted)
    if oldest is None:
        return
    lanes = 1 + max(at - oldest, timedelta()) // LANE_OPENS
    for lane in range(min(lanes, MOST_LANES)):
        put(session, "inbox", lane, at)


def apply_waiting(work: Work) -> None:
    """The job: apply what has come in, group by group, until nothing waits."""
    if work.lease.crashes:
        _suspect_group(work.service)
    ends = time.monotonic() + LONGEST_SECONDS
    while _apply_group(work.service) and time.monotonic() < ends:
        pass
    with work.service.database.write() as session:
        # What has come meanwhile is seen by the next sweep.
        work.lease.finish(session)


def apply_callback(work: Work) -> None:
    """The job: one callback that was set aside or came too early, or that an older version has kept."""
    with work.service.database.write() as session:
        wanted = sa.select(Callback).where(Callback.id == work.lease.key).with_for_update()
        callback = session.scalars(wanted).one()
        if callback.state is not InboxState.APPLIED and _apply(session, work.service, [callback]):
            if work.lease.tries < MOST_TRIES:
                raise TryLater(AHEAD)
            callback.state, callback.note = InboxState.PARKED, "unknown item"
        work.lease.finish(session)


def _apply_group(service: Service) -> int:
    """Apply those that have waited longest; returns how many were looked at."""
    began = time.monotonic()
    ids: list[int] = []
    try:
        with service.database.write() as session:
            group = _waiting(session)
            ids = [callback.id for callback in group]
            for callback in _apply(session, service, group):
                _set_aside(session, callback, AHEAD)
    except sa.exc.OperationalError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, it is tied to its callback below
        log.warning("callbacks are applied one by one", error=type(error).__name__)
        for callback_id in ids:
            _apply_alone(service, callback_id)
    _let_others_write(service.database, time.monotonic() - began)
    return len(ids)


def _apply_alone(service: Service, callback_id: int) -> None:
    alone = Callback.id == callback_id
    try:
        with service.database.write() as session:
            for callback in _apply(session, service, _waiting(session, alone)):
                _set_aside(session, callback, AHEAD)
    except sa.exc.OperationalError:
        raise
    except Exception as error:  # noqa: BLE001  written down beside the callback
        with service.database.write() as session:
            for callback in _waiting(session, alone):
                _set_aside(session, callback, type(error).__name__)


def _suspect_group(service: Service) -> None:
    """A worker died while it applied these, perhaps because of one of them."""
    with service.database.write() as session:
        for callback in _waiting(session):
            _set_aside(session, callback, "its worker died")


def _waiting(session: Session, *which: sa.ColumnElement[bool]) -> Sequence[Callback]:
    """The callbacks that have waited longest and that nobody else is applying at this moment."""
    wanted = sa.select(Callback).where(sa.text(WAITING), *which).order_by(Callback.id).limit(TOGETHER)
    return session.scalars(wanted.with_for_update(skip_locked=True)).all()


def _set_aside(session: Session, callback: Callback, why: str) -> None:
    callback.note = why
    put(session, "callback", callback.id)


def _apply(session: Session, service: Service, callbacks: Sequence[Callback]) -> list[Callback]:
    """Take over the one record of each that is signed; for all else a callback is a hint to read the feed.

    Only the first record of VNPost's callbacks is signed, so an end of the journey is never taken from here, unless
    the carrier has nothing else that could be read. Returns those that must wait for the carrier's own answer.
    """
    read = [(callback, read_callback(service.settings, callback.raw, callback.received_at)) for callback in callbacks]
    found = find_consignments(session, [said.signed for _callback, said in read])
    known, early, hinted = [], [], set()
    for (callback, said), named in zip(read, found, strict=True):
        senders = senders_of(callback.raw)
        consignment = named if named is not None and named.carrier in senders else None
        feeds = _feeds(service, senders if consignment is None else {consignment.carrier})
        if feeds and Fact(said.signed.kind.value) in _ENDS:
            hinted |= feeds
            callback.state, callback.note = InboxState.APPLIED, ""
        elif consignment is not None:
            known.append((consignment, said.signed, callback.received_at))
            callback.state, callback.note = InboxState.APPLIED, ""
        elif feeds:
            # The item may go by a number of the carrier's own; its feed names our reference.
            hinted |= feeds
            callback.state, callback.note, callback.about = InboxState.PARKED, "unknown item", said.signed.item_code
        else:
            callback.about = said.signed.item_code
            early.append(callback)
        if said.hints:
            hinted |= feeds
    take_over(session, known, CALLBACK, service)
    for carrier in sorted(hinted):
        if carrier == service.settings.carrier or has_envelopes(session, carrier):
            put_poll(session, service, carrier)
    return early


def _feeds(service: Service, carriers: Iterable[str]) -> set[str]:
    """Those of the carriers whose reports can be read again."""
    return {name for name in carriers if has_feed(service, name)}


def _let_others_write(database: Database, seconds: float) -> None:
    """SQLite has one writer at a time, and whoever waits looks only every few hundredths of a second."""
    if database.engine.dialect.name == "sqlite":
        time.sleep(min(seconds, BREATH_SECONDS))


_ENDS: Sequence[Fact] = tuple(Fact(state.value) for state in TERMINAL if state is not State.PREPARED)
