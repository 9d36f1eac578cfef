"""Asking the carrier to give up or to correct what it has accepted: asked until it has answered, void only then."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from delivery.carriers import order_of
from delivery.database import database_now
from delivery.dispatch.communes import communes_for
from delivery.dispatch.recalling import UNSENT, ask_somebody, is_at_ward, make_void, settle_unsent
from delivery.jobs.work import MOST_TRIES, TryLater, Work
from delivery.models import Amendment, AmendmentKind, AmendmentState, Consignment, Submission
from delivery.rules.lifecycle import Fact, State
from delivery.tracking.events import Report, record
from postal_api.carrier import Carrier, CaseOutcome, CaseState, Order
from postal_api.errors import NoSuchOrder, NotOffered, NotSent, PostalError
from postal_api.events import EventKind

UNCHANGED = (NotSent, NoSuchOrder)
GONE = frozenset({State.RETURNED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class _Question:
    """What the carrier is asked next; `pending` is a case of its own that its people have not decided yet."""

    kind: AmendmentKind
    order: Order
    pending: CaseOutcome | None

    def put_to(self, carrier: Carrier) -> CaseOutcome:
        """The carrier's answer; one that has cancelled it already says no, and is looked up before that is believed."""
        if self.pending is not None:
            return carrier.follow_case(self.pending)
        if self.kind is AmendmentKind.CORRECT:
            return carrier.correct(self.order)
        answer = carrier.cancel(self.order.reference, self.order.item_code)
        if answer.cancelled or (not answer.case_id and self._is_cancelled(carrier)):
            return CaseOutcome(CaseState.ACCEPTED, "", "", answer.said)
        state = CaseState.PENDING if answer.case_id else CaseState.REJECTED
        said = ": ".join(part for part in (answer.code, answer.said) if part)
        return CaseOutcome(state, answer.case_id or "", answer.carrier_reference, said)

    def _is_cancelled(self, carrier: Carrier) -> bool:
        if not carrier.capabilities.queryable:
            return False
        found = carrier.look_up(self.order.reference)
        return found is not None and found.kind is EventKind.CANCELLED


def amend(work: Work) -> None:
    """The job: write down that it is asked, ask, write down the answer; no transaction is open while asking.

    After a crash in between it is asked again, which does no harm. A request that the carrier's people must decide is
    followed until they have.
    """
    question = _next_question(work)
    if question is None:
        return
    try:
        answer = question.put_to(work.service.carrier)
    except NotOffered as error:
        answer = CaseOutcome(CaseState.REJECTED, "", "", str(error))
    except PostalError as error:
        _note_silence(work, unchanged=isinstance(error, UNCHANGED))
        raise TryLater(type(error).__name__, getattr(error, "retry_after", None)) from error
    state = _take(work, answer)
    if state is AmendmentState.PENDING:
        raise TryLater("pending", work.service.settings.poll_seconds)
    if state is AmendmentState.WANTED:
        raise TryLater("corrected again meanwhile", 0)


def _next_question(work: Work) -> _Question | None:
    with work.service.database.write() as session:
        amendment, consignment = _read(session, work)
        now = database_now(session)
        if amendment.ended_at is None and not _ends_unasked(session, work, amendment, now):
            if consignment.submission is Submission.IN_DOUBT:
                raise TryLater("in doubt whether it was accepted")
            return _ask(session, work.service.settings.carrier, amendment, now)
        work.lease.finish(session)
        return None


def _ends_unasked(session: Session, work: Work, amendment: Amendment, now: datetime) -> bool:
    """Whether there is nothing (any more) to ask the carrier; then the amendment has come to its end."""
    consignment, can = amendment.consignment, work.service.carrier.capabilities
    correction, at_ward = amendment.kind is AmendmentKind.CORRECT, is_at_ward(consignment)
    if consignment.submission in UNSENT:
        settle_unsent(session, amendment, now)
    elif consignment.submission is Submission.VOID or consignment.journey in GONE:
        _settle(session, amendment, now)
    elif consignment.submission is Submission.IN_DOUBT:
        return False
    elif correction and at_ward and not can.networked:
        # Our own people read the label.
        _settle(session, amendment, now)
    elif consignment.journey is State.DELIVERED or (
        not at_ward and not (can.corrects if correction else can.networked)
    ):
        _refuse(session, amendment, now, "")
    else:
        if correction and not can.corrects:
            # Until the old order is given up, nothing may go with it.
            amendment.kind, consignment.item.recalled_at = AmendmentKind.REPLACE, now
        return False
    return True


def _ask(session: Session, carrier: str, amendment: Amendment, now: datetime) -> _Question:
    order = order_of(amendment.consignment, communes_for(session, amendment.consignment, carrier))
    if amendment.state is AmendmentState.PENDING:
        pending = CaseOutcome(CaseState.PENDING, amendment.case_id, amendment.carrier_reference, amendment.said)
        return _Question(amendment.kind, order, pending)
    amendment.state, amendment.asked_at = AmendmentState.ASKED, now
    amendment.version = amendment.consignment.item.first.version
    return _Question(amendment.kind, order, None)


def _take(work: Work, answer: CaseOutcome) -> AmendmentState:
    with work.service.database.write() as session:
        amendment, _consignment = _read(session, work)
        now = database_now(session)
        if amendment.ended_at is None:
            amendment.said = answer.said[:200]
            _judge(session, amendment, answer, now)
        if amendment.ended_at is not None:
            work.lease.finish(session)
        return amendment.state


def _judge(session: Session, amendment: Amendment, answer: CaseOutcome, now: datetime) -> None:
    consignment = amendment.consignment
    if answer.state is CaseState.PENDING:
        amendment.state = AmendmentState.PENDING
        amendment.case_id, amendment.carrier_reference = answer.case_id, answer.carrier_reference
    elif answer.state is CaseState.REJECTED and consignment.journey is not State.CANCELLED:
        # A first cancellation whose answer was lost may show in the carrier's reports only.
        _refuse(session, amendment, now, answer.said)
    elif amendment.kind is AmendmentKind.CORRECT and amendment.version != consignment.item.first.version:
        amendment.state, amendment.case_id = AmendmentState.WANTED, ""
    else:
        _settle(session, amendment, now)


def _settle(session: Session, amendment: Amendment, now: datetime) -> None:
    """The carrier agrees. What is not in the ward's hands becomes void only when somebody has it in hand again."""
    consignment, item = amendment.consignment, amendment.consignment.item
    if amendment.kind is AmendmentKind.CORRECT and consignment.journey is not State.CANCELLED:
        consignment.address_version = item.first.address_version
    elif consignment.submission is Submission.VOID or consignment.journey is State.RETURNED:
        pass
    elif is_at_ward(consignment):
        make_void(session, consignment, now)
        if amendment.kind is AmendmentKind.REPLACE:
            item.recalled_at = None
    else:
        if consignment.journey is not State.CANCELLED:
            record(session, consignment, Report(Fact.CANCELLED, "ward", f"amendment:{amendment.id}", now), now)
        ask_somebody(session, consignment, now, amendment.said)
    amendment.state, amendment.ended_at = AmendmentState.DONE, now


def _refuse(session: Session, amendment: Amendment, now: datetime, said: str) -> None:
    amendment.state, amendment.ended_at = AmendmentState.REFUSED, now
    ask_somebody(session, amendment.consignment, now, said)


def _note_silence(work: Work, *, unchanged: bool) -> None:
    with work.service.database.write() as session:
        amendment, consignment = _read(session, work)
        if unchanged and amendment.state is AmendmentState.ASKED:
            amendment.state = AmendmentState.WANTED
        if work.lease.tries >= MOST_TRIES:
            ask_somebody(session, consignment, database_now(session))


def _read(session: Session, work: Work) -> tuple[Amendment, Consignment]:
    """The amendment and its consignment, which nobody else changes until the transaction ends."""
    amendment = session.get_one(Amendment, work.lease.key)
    consignment = session.get_one(Consignment, amendment.consignment_id, with_for_update=True)
    session.refresh(amendment)
    return amendment, consignment
