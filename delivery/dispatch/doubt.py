"""Orders in doubt: looked up by our reference before anything is sent again, or proved by what the carrier reports."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case, open_case
from delivery.database import database_now
from delivery.dispatch.recalling import void_labels
from delivery.jobs.queue import put
from delivery.jobs.work import MOST_TRIES, TryLater, Work
from delivery.models import CaseKind, Consignment, Submission, SubmitTry
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, lock_books, record
from postal_api.carrier import Found
from postal_api.errors import PostalError
from postal_api.events import TrackingEvent as CarrierEvent

MISSED = "not found"
PROVED = "proved"


def look_up_first(work: Work) -> Found | None:
    """The order, if the carrier has it after all; None when it may be sent.

    That is so when it was never sent, or when the carrier did not have it for the whole settle time: its look-up may
    lag. The time counts from the first look, as an earlier sender may have been frozen for long before it sent; whoever
    looks holds the sender's lock, so nothing can be sent in the meantime.

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


def doubt_all(session: Session) -> int:
    """Take every order that these books take for not yet given as in doubt; returns how many.

    After a backup was put back the carrier may have them all the same: they are looked up before they are given.
    """
    ungiven = session.scalars(sa.select(Consignment).where(Consignment.submission == Submission.READY)).all()
    for consignment in ungiven:
        session.add(SubmitTry(consignment_id=consignment.id, try_no=next_try(session, consignment.id),
                              intended_at=database_now(session)))  # fmt: skip
        consignment.submission = Submission.IN_DOUBT
    return len(ungiven)


def next_try(session: Session, consignment_id: int) -> int:
    """The number of the next time that the consignment is sent."""
    tries = sa.select(sa.func.count()).where(SubmitTry.consignment_id == consignment_id)
    return (session.scalar(tries) or 0) + 1


def _note_miss(work: Work) -> bool:
    """Write down that the carrier does not have it; True when that is now certain."""
    settle = timedelta(seconds=work.service.settings.carrier_settle_seconds)
    with work.service.database.write() as session:
        now = database_now(session)
        attempt = latest_try(session, work.lease.key)
        if attempt.outcome != MISSED:
            attempt.outcome, attempt.ended_at = MISSED, now
            return False
        return attempt.ended_at is not None and attempt.ended_at + settle <= now


def give_back_number(work: Work, found: Found) -> None:
    """Where another consignment was once told this number in answer to its order, the look-up is believed instead.

    The other one gets ours and is in doubt again, so that its own number is looked up.
    """
    with work.service.database.write() as session:
        mine = session.get_one(Consignment, work.lease.key)
        taken = sa.select(Consignment).where(Consignment.item_code == found.item_code, Consignment.id != mine.id)
        other = session.scalar(taken)
        if other is None:
            return
        given = mine.item_code
        # No two may have the same number even for a moment.
        mine.item_code = f"?{mine.reference}"
        session.flush()
        other.item_code, other.submission = given, Submission.IN_DOUBT
        session.flush()
        mine.item_code = found.item_code
        put(session, "submit", other.id)


def settle_by_proof(session: Session, consignment: Consignment, event: CarrierEvent, at: datetime) -> bool:
    """What the carrier itself reports of our reference proves that it has the order: then it is in doubt no more.

    Its number is taken over, and a person who was asked is asked no more. Nothing is believed of a number that another
    envelope goes by. Returns whether a doubt was settled.
    """
    if event.reference != consignment.reference or consignment.submission is not Submission.IN_DOUBT:
        return False
    lock_books(session, [consignment.id])
    number = event.item_code or consignment.item_code
    if consignment.submission is not Submission.IN_DOUBT or belongs_to_another(session, consignment, number):
        return False
    attempt = latest_try(session, consignment.id)
    attempt.ended_at, attempt.outcome = at, PROVED
    note_accepted(session, consignment, number, at)
    return True


def note_accepted(session: Session, consignment: Consignment, number: str, at: datetime) -> None:
    """The carrier has the order, under this number; whoever was asked about its silence need not answer."""
    if number != consignment.item_code:
        # This carrier numbers the envelopes itself: a label with our number, if printed, is no longer good.
        consignment.item_code = number
        void_labels(consignment, at)
    consignment.submission, consignment.accepted_at = Submission.ACCEPTED, at
    record(session, consignment, Report(Fact.REGISTERED, "ward", "accepted", at), at)
    subject = f"item:{consignment.item_id}"
    close_case(session, CaseKind.CARRIER_SILENT, subject, at=at, by="carrier", decision="accepted")


def belongs_to_another(session: Session, consignment: Consignment, item_code: str) -> bool:
    """Whether another envelope goes by that number."""
    if item_code == consignment.item_code:
        return False
    return session.scalar(sa.select(Consignment.id).where(Consignment.item_code == item_code)) is not None


def ask_in_time(work: Work) -> None:
    """What has been tried often goes on being tried, and a person knows of it."""
    if work.lease.tries >= MOST_TRIES:
        with work.service.database.write() as session:
            ask_a_person(session, session.get_one(Consignment, work.lease.key))


def ask_a_person(session: Session, consignment: Consignment) -> None:
    """Open a case: the carrier has not said for long what has become of this order."""
    open_case(
        session,
        CaseKind.CARRIER_SILENT,
        f"item:{consignment.item_id}",
        at=database_now(session),
        office_id=consignment.item.office_id,
        facts={"item_code": consignment.item_code},
    )
