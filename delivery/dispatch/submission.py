"""Telling the carrier of a consignment: exactly once, whatever dies or stays silent on the way."""

from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.carriers import order_of
from delivery.cases import open_case
from delivery.database import database_now
from delivery.dispatch.batching import lock_batch
from delivery.dispatch.communes import communes_for
from delivery.dispatch.consignments import consign, lock_sendings, planned_stops
from delivery.dispatch.doubt import (
    ask_a_person,
    ask_in_time,
    belongs_to_another,
    give_back_number,
    latest_try,
    look_up_first,
    next_try,
    note_accepted,
)
from delivery.failpoints import reach
from delivery.jobs.liveness import SenderAlive, StillMine, sole_sender
from delivery.jobs.queue import LeaseLost, put_all
from delivery.jobs.work import TryLater, Work
from delivery.models import Batch, CaseKind, Consignment, Submission, SubmitTry
from delivery.tracking.callbacks import read_again
from postal_api.carrier import Order, Receipt
from postal_api.errors import NotSent, OrderRefused, OutcomeUnknown, PostalError
from postal_api.fees import FeeTable

UNTOLD = (Submission.READY, Submission.IN_DOUBT)


def request_submission(session: Session, batch: Batch, carrier: str, fees: FeeTable) -> list[int]:
    """Ask the workers to tell the carrier of every planned item of a batch; returns the consignments' ids."""
    lock_batch(session, batch)
    asked, wanted = [], []
    stops = planned_stops(batch)
    lock_sendings(session, stops)
    for stop in stops:
        consignment = consign(session, stop.item, carrier, fees, locked=True)
        if consignment.submission in (*UNTOLD, Submission.REFUSED):
            consignment.submission = (
                Submission.READY if consignment.submission is Submission.REFUSED else consignment.submission
            )
            wanted.append(consignment.id)
        asked.append(consignment.id)
    put_all(session, "submit", wanted)
    return asked


def submission_counts(session: Session, asked: list[int]) -> dict[str, int]:
    """How many of the consignments were planned, accepted, refused, and are still waiting for the carrier's answer."""
    found = session.execute(
        sa.select(Consignment.submission, sa.func.count())
        .where(Consignment.id.in_(asked))
        .group_by(Consignment.submission)
    )
    by_state: dict[Submission, int] = dict(found.all())
    return {
        "planned": len(asked),
        "accepted": by_state.get(Submission.ACCEPTED, 0),
        "refused": by_state.get(Submission.REFUSED, 0),
        "waiting": sum(by_state.get(state, 0) for state in UNTOLD),
    }


def submit(work: Work) -> None:
    """The job: write down the intention, send, write down the outcome; no transaction is open while sending.

    After a crash in between, the next try finds the consignment in doubt. It may then be sent again only because the
    carrier takes a second order of the same reference for the first, or because it can be asked and does not have it;
    with one that offers neither it is left to a person. And only once no earlier sender can wake up any more.
    """
    try:
        with sole_sender(work.service.database, work.lease.key) as still_mine:
            _submit(work, still_mine)
    except SenderAlive as alive:
        ask_in_time(work)
        raise TryLater("an earlier sender is still alive") from alive
    except TryLater:
        ask_in_time(work)
        raise


def _submit(work: Work, still_mine: StillMine) -> None:
    can = work.service.carrier.capabilities
    found = look_up_first(work) if can.queryable and not can.deduplicates else None
    if found is not None:
        give_back_number(work, found)
        _note_acceptance(work, Receipt(found.item_code, found.carrier_reference, duplicate=True, raw_sha256=""))
        return
    order = _intend(work)
    if order is None:
        return
    reach("after_intent")
    still_mine()
    try:
        receipt = work.service.carrier.submit(order)
        reach("after_send")
    except OrderRefused as refused:
        _note_refusal(work, str(refused))
    except NotSent as busy:
        _note_outcome(work, Submission.READY, "not_sent")
        raise TryLater("not_sent", busy.retry_after) from busy
    except OutcomeUnknown as silence:
        _note_outcome(work, Submission.IN_DOUBT, "unknown")
        raise TryLater("unknown") from silence
    except PostalError as error:
        _note_outcome(work, Submission.IN_DOUBT, type(error).__name__)
        raise TryLater(type(error).__name__) from error
    else:
        _note_acceptance(work, receipt)


def _intend(work: Work) -> Order | None:
    with work.service.database.write() as session:
        # Locked: whoever recalls it at this moment waits, and then finds it in doubt.
        consignment = session.get_one(Consignment, work.lease.key, with_for_update=True)
        if consignment.submission not in UNTOLD:
            work.lease.finish(session)
            return None
        can = work.service.carrier.capabilities
        if consignment.item.recalled_at is not None and can.queryable and not can.deduplicates:
            # It was looked up, and is not there: who recalled it need not have it sent first.
            consignment.submission = Submission.READY
            work.lease.finish(session)
            return None
        if consignment.submission is Submission.IN_DOUBT and not (can.deduplicates or can.queryable):
            ask_a_person(session, consignment)
            work.lease.finish(session)
            return None
        number = next_try(session, consignment.id)
        session.add(SubmitTry(consignment_id=consignment.id, try_no=number, intended_at=database_now(session)))
        consignment.submission = Submission.IN_DOUBT
        return order_of(consignment, communes_for(session, consignment, work.service.settings.carrier))


def _note_acceptance(work: Work, receipt: Receipt) -> None:
    with work.service.database.write() as session:
        consignment = session.get_one(Consignment, work.lease.key)
        now = database_now(session)
        number = receipt.item_code or consignment.item_code
        if belongs_to_another(session, consignment, number):
            raise TryLater("the carrier names another envelope's number")
        _close_try(session, consignment, "duplicate" if receipt.duplicate else "accepted")
        note_accepted(session, consignment, number, now)
        read_again(session, consignment.item_code)
        with suppress(LeaseLost):
            # What the carrier has said stays true: who takes the job up next finds it done.
            work.lease.finish(session)
        reach("before_commit")
    reach("after_commit")


def _note_refusal(work: Work, reason: str) -> None:
    with work.service.database.write() as session:
        consignment = session.get_one(Consignment, work.lease.key, with_for_update=True)
        if consignment.submission is not Submission.IN_DOUBT:
            # It has reported of the order meanwhile, so it has it: what it refused was to take it twice.
            work.lease.finish(session)
            return
        _close_try(session, consignment, "refused")
        consignment.submission, consignment.refusal = Submission.REFUSED, reason
        open_case(
            session,
            CaseKind.REFUSED_BY_CARRIER,
            f"item:{consignment.item_id}",
            at=database_now(session),
            office_id=consignment.item.office_id,
            facts={"item_code": consignment.item_code, "reason": reason},
        )
        work.lease.finish(session)


def _note_outcome(work: Work, submission: Submission, outcome: str) -> None:
    with work.service.database.write() as session:
        consignment = session.get_one(Consignment, work.lease.key, with_for_update=True)
        if consignment.submission is not Submission.IN_DOUBT:
            # The carrier's own report of the order was faster than its answer, which was lost.
            return
        _close_try(session, consignment, outcome)
        consignment.submission = submission


def _close_try(session: Session, consignment: Consignment, outcome: str) -> None:
    attempt = latest_try(session, consignment.id)
    attempt.ended_at, attempt.outcome = database_now(session), outcome
