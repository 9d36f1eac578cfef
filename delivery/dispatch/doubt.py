"""Orders in doubt, with a carrier that can be asked: looked up by our reference before anything is sent again."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import database_now
from delivery.jobs.work import TryLater, Work
from delivery.models import Consignment, Submission, SubmitTry
from postal_api.carrier import Found
from postal_api.errors import PostalError

MISSED = "not found"


def look_up_first(work: Work) -> Found | None:
    """The order, if the carrier has it after all; None when it may be sent.

    That is so when it was never sent, or when the carrier has not had it on two occasions, a third of the settle time
    apart, and the settle time has passed since the sending: its look-up may lag.

    Raises TryLater while it is too early to say, or when the carrier cannot be asked.
    """
    with work.service.database.read() as session:
        consignment = session.get_one(Consignment, work.lease.key)
        if consignment.submission is not Submission.IN_DOUBT:
            return None
        reference = consignment.reference
    try:
        found = work.service.carrier.look_up(reference)
    except PostalError as error:
        raise TryLater(f"look-up: {type(error).__name__}") from error
    if found is None and not _note_miss(work):
        raise TryLater(MISSED, work.service.settings.carrier_settle_seconds / 3)
    return found


def latest_try(session: Session, consignment_id: int) -> SubmitTry:
    """The last time that the consignment was sent."""
    tries = sa.select(SubmitTry).where(SubmitTry.consignment_id == consignment_id)
    return session.scalars(tries.order_by(SubmitTry.try_no.desc()).limit(1)).one()


def _note_miss(work: Work) -> bool:
    """Write down that the carrier does not have it; True when that is now certain."""
    settle = timedelta(seconds=work.service.settings.carrier_settle_seconds)
    with work.service.database.write() as session:
        now = database_now(session)
        attempt = latest_try(session, work.lease.key)
        if attempt.outcome != MISSED:
            attempt.outcome, attempt.ended_at = MISSED, now
            return False
        return _passed(attempt.ended_at, settle / 3, now) and _passed(attempt.intended_at, settle, now)


def _passed(since: datetime | None, pause: timedelta, now: datetime) -> bool:
    return since is not None and since + pause <= now
