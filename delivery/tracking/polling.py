"""Polling: the carrier's own feed of events is read again and again; what callbacks missed is repaired by it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import database_now
from delivery.dispatch.pace import left_alone
from delivery.jobs.queue import put
from delivery.jobs.work import TryLater, Work
from delivery.models import Consignment, Feed, Submission
from delivery.rules.lifecycle import TERMINAL
from delivery.tracking.callbacks import find_consignments, take_over
from delivery.wiring import Service
from postal_api.errors import PostalError

SOURCE = "feed"


def ask_for_poll(session: Session, service: Service, at: datetime) -> None:
    """Ask for the feed to be read if it is time and somebody's envelope is on its way."""
    can = service.carrier.capabilities
    if not (can.tracks and can.networked):
        return
    feed = session.get(Feed, service.settings.carrier)
    pause = timedelta(seconds=service.settings.poll_seconds)
    if feed is not None and feed.read_at is not None and feed.read_at + pause > at:
        return
    if left_alone(session, service.settings.carrier, at):
        return
    under_way = sa.select(Consignment.id).where(
        Consignment.submission == Submission.ACCEPTED, Consignment.journey.not_in(TERMINAL)
    )
    if session.scalar(under_way.limit(1)) is not None:
        put(session, "poll", 0, at)


def poll(work: Work) -> None:
    """The job: read the carrier's feed from where we stopped, page by page; each page is one transaction."""
    service = work.service
    more = True
    while more:
        cursor = _cursor(service)
        try:
            page = service.carrier.track(cursor)
        except PostalError as error:
            _note_reading(service, cursor)
            raise TryLater(type(error).__name__, service.settings.poll_seconds) from error
        with service.database.write() as session:
            now = database_now(session)
            found = zip(find_consignments(session, page.events), page.events, strict=True)
            # The feed is the customer's: an item that is not ours belongs to another system of the same ward.
            ours = [(consignment, event, now) for consignment, event in found if consignment is not None]
            take_over(session, ours, SOURCE, service)
            _move_cursor(session, service, page.cursor or cursor, now)
            more = page.more
            if not more:
                work.lease.finish(session)


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
