"""Polling: the carrier's own feed of events is read again and again; what callbacks missed is repaired by it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import database_now
from delivery.dispatch.pace import left_alone
from delivery.errors import BadSetting
from delivery.jobs.queue import put
from delivery.jobs.work import TryLater, Work, pause
from delivery.models import Consignment, Feed, Submission
from delivery.rules.lifecycle import TERMINAL, State
from delivery.settings import CARRIERS, Settings
from delivery.tracking.callbacks import find_consignments, take_over
from delivery.wiring import Service
from postal_api.errors import NotSent, PostalError

SOURCE = "feed"
UNDER_WAY = frozenset(State) - TERMINAL


def ask_for_polls(session: Session, service: Service, at: datetime) -> None:
    """Ask for the feed of each carrier to be read for which it is time and which has somebody's envelope."""
    for name in CARRIERS:
        pause = timedelta(seconds=service.settings.with_carrier(name).poll_seconds)
        feed = session.get(Feed, name)
        too_soon = feed is not None and feed.read_at is not None and feed.read_at + pause > at
        if not too_soon and not left_alone(session, name, at) and has_envelopes(session, name):
            put_poll(session, service, name, at)


def put_poll(session: Session, service: Service, carrier: str, at: datetime | None = None) -> None:
    """Ask for a carrier's feed to be read, if it has one."""
    if has_feed(service, carrier):
        put(session, "poll", CARRIERS.index(carrier) + 1, at)


def has_feed(service: Service, carrier: str) -> bool:
    """Whether what a carrier reported can be read again, and the settings say where."""
    try:
        can = service.with_carrier(carrier).carrier.capabilities
    except BadSetting:
        return False  # the doctor tells
    return can.tracks and can.networked


def carrier_of_poll(service: Service, key: int) -> str:
    """Whose feed the job of that key reads; 0, which older versions put, is the carrier of the settings."""
    return CARRIERS[key - 1] if key else service.settings.carrier


def has_envelopes(session: Session, carrier: str) -> bool:
    """Whether something is under way with a carrier."""
    under_way = sa.select(Consignment.id).where(
        Consignment.carrier == carrier,
        Consignment.submission == Submission.ACCEPTED,
        Consignment.journey.in_(UNDER_WAY),
    )
    return session.scalar(under_way.limit(1)) is not None


def poll(work: Work) -> None:
    """The job: read the carrier's feed from where we stopped, page by page; each page is one transaction.

    A page that was read stays read, and what follows it is tried as if for the first time: however often the carrier
    fails in between, a long feed is read to its end.
    """
    service = work.service
    tries, more = work.lease.tries, True
    while more:
        cursor = _cursor(service)
        try:
            page = service.carrier.track(cursor)
        except PostalError as error:
            _note_reading(service, cursor)
            raise TryLater(type(error).__name__, _pause(service.settings, tries, error)) from error
        with service.database.write() as session:
            now = database_now(session)
            found = zip(find_consignments(session, page.events), page.events, strict=True)
            # The feed is the customer's: an item that is not ours belongs to another system of the same ward.
            ours = [
                (consignment, event, now)
                for consignment, event in found
                if consignment is not None and consignment.carrier == service.settings.carrier
            ]
            take_over(session, ours, SOURCE, service)
            _move_cursor(session, service, page.cursor or cursor, now)
            more, tries = page.more, 0
            if more:
                work.lease.begin_anew(session)
            else:
                work.lease.finish(session)


def _pause(settings: Settings, tries: int, error: PostalError) -> float:
    """Seconds until a page that failed is asked for again: soon at first, and no later than the feed is due anyway."""
    wish = error.retry_after if isinstance(error, NotSent) and error.retry_after is not None else 0
    return max(wish, min(pause(tries, settings.carrier_retry_seconds), settings.poll_seconds))


def _cursor(service: Service) -> str | None:
    with service.database.read() as session:
        feed = session.get(Feed, service.settings.carrier)
        return feed.cursor if feed is not None else None


def _note_reading(service: Service, cursor: str | None) -> None:
    with service.database.write() as session:
        _move_cursor(session, service, cursor, database_now(session))


def _move_cursor(session: Session, service: Service, cursor: str | None, at: datetime) -> None:
    feed = session.get(Feed, service.settings.carrier)
    if feed is None:
        session.add(Feed(carrier=service.settings.carrier, cursor=cursor, read_at=at))
    else:
        feed.cursor, feed.read_at = cursor, at
