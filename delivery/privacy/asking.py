"""What persons ask about their own data: until when it must be acknowledged and answered, and what an answer does.

Days are working days of the ward's calendar (decree 356/2025/NĐ-CP art. 5: acknowledge within 2; view, correct, copy
within 10; withdraw, restrict, object within 15; erase within 20).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case, find_open, new_case
from delivery.citizens.requests import hindrance, keep_at_counter
from delivery.dispatch.recalling import is_at_ward, recall
from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.intake.correcting import Change, correct_by_hand
from delivery.models import AuditEntry, CaseKind, DataRequest, Decision, Item, RequestKind, Result
from delivery.moments import at_local, local
from delivery.privacy.erasing import Order, erase_for
from delivery.workdays import calendar_of

ACKNOWLEDGE_DAYS = 2
ANSWER_DAYS: dict[RequestKind, int] = {
    RequestKind.VIEW: 10,
    RequestKind.COPY: 10,
    RequestKind.CORRECT: 10,
    RequestKind.RESTRICT: 15,
    RequestKind.ERASE: 20,
}
REQUESTS: dict[RequestKind, str] = {
    RequestKind.VIEW: marked("see what is kept about me"),
    RequestKind.COPY: marked("have a copy of it"),
    RequestKind.CORRECT: marked("have it corrected"),
    RequestKind.RESTRICT: marked("have it used no further (restrict, object, take back an agreement)"),
    RequestKind.ERASE: marked("have it erased"),
}
DECISIONS: dict[Decision, str] = {
    Decision.GRANTED: marked("done as asked"),
    Decision.PARTLY: marked("done in part; the rest must stay by law"),
    Decision.REFUSED: marked("refused"),
    Decision.TAKEN_BACK: marked("taken back"),
}
BY_CODE = "code"
LONGEST_WORDS = 1000
SHORTEST_REASON = 10
# By then somebody is at the counter to do something about it still.
WARN_AT = time(9, 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks: `identity` is how they showed who they are, `by` who writes it down."""

    kind: RequestKind
    words: str
    identity: str
    by: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the ward decides, in words for the person; a `change` is what a correction corrects."""

    decision: Decision
    reason: str
    by: str
    change: Change | None = None


def receive(session: Session, result: Result, asked: Asked, at: datetime) -> DataRequest:
    """Write down what somebody asks, with its deadlines, and let a case warn of them.

    Raises NotNow while the same is open already, and BadInput for words that are too long.
    """
    if len(asked.words) > LONGEST_WORDS:
        raise BadInput(_("At most {count} characters").format(count=LONGEST_WORDS))
    session.refresh(result, with_for_update=True)
    if any(one.kind is asked.kind for one in open_of(session, result)):
        raise NotNow(_("This is asked already, and will be answered"))
    calendar, day = calendar_of(session), local(at).date()
    made = DataRequest(
        result_id=result.id, office_id=result.office_id, kind=asked.kind, received_at=at, received_by=asked.by,
        identity=asked.identity, words=asked.words.strip(), acknowledge_by=calendar.add(day, ACKNOWLEDGE_DAYS),
        answer_by=calendar.add(day, ANSWER_DAYS[asked.kind]), acknowledged_by="", owner="", reason="", decided_by="",
    )  # fmt: skip
    session.add(made)
    session.flush()
    _warn(session, made, result, at)
    _note(session, asked.by, "asked about their data", made, at)
    return made


def acknowledge(session: Session, request: DataRequest, by: str, at: datetime) -> None:
    """Tell the person that it has come, and who sees to it; the second time changes nothing."""
    _must_be_open(request)
    if request.acknowledged_at is None:
        request.acknowledged_at, request.acknowledged_by = at, by
        _note(session, by, "acknowledged a data request", request, at)
    request.owner = request.owner or by
    _warn(session, request, session.get_one(Result, request.result_id), at)


def decide(session: Session, request: DataRequest, answer: Answer, at: datetime) -> None:
    """Answer a request and do what the answer says, in one transaction.

    Raises BadInput for an answer without words, NotNow when it is answered already, when it needs another person, or
    when what is asked cannot be done yet; then nothing is done.
    """
    _must_be_open(request)
    if len(answer.reason.strip()) < SHORTEST_REASON:
        raise BadInput(_("Say in words what was done and why: the person reads it"))
    decision = answer.decision
    if decision in {Decision.GRANTED, Decision.PARTLY}:
        decision = _do(session, request, answer, at)
    request.decision, request.reason = decision, answer.reason.strip()
    request.decided_at, request.decided_by = at, answer.by
    request.acknowledged_at, request.owner = request.acknowledged_at or at, request.owner or answer.by
    close_case(session, CaseKind.DATA_REQUEST, subject_of(request), at=at, by=answer.by, decision=decision.value)
    _note(session, answer.by, "answered a data request", request, at)
    session.flush()


def take_back(session: Session, request: DataRequest, by: str, at: datetime) -> None:
    """The person no longer asks. Raises NotNow when it is answered already."""
    _must_be_open(request)
    request.decision, request.decided_at, request.decided_by = Decision.TAKEN_BACK, at, by
    close_case(session, CaseKind.DATA_REQUEST, subject_of(request), at=at, by=by, decision="taken back")
    _note(session, by, "took back a data request", request, at)


def next_act(request: DataRequest) -> tuple[str, date | None]:
    """What is to be done next about a request, and until when."""
    if request.decided_at is not None:
        return _("nothing more"), None
    if request.acknowledged_at is None:
        return _("acknowledge it"), request.acknowledge_by
    return _("decide it"), request.answer_by


def remind(session: Session, at: datetime) -> None:
    """Have a case for each request that waits, whoever has closed it; and none later than its deadline allows."""
    waiting = sa.select(DataRequest).where(DataRequest.decided_at.is_(None)).order_by(DataRequest.id)
    for request in session.scalars(waiting):
        _warn(session, request, session.get_one(Result, request.result_id), at)


def open_of(session: Session, result: Result) -> Sequence[DataRequest]:
    """What is asked about a result and not answered yet."""
    return session.scalars(
        sa.select(DataRequest).where(DataRequest.result_id == result.id, DataRequest.decided_at.is_(None))
    ).all()


def all_of(session: Session, result: Result) -> Sequence[DataRequest]:
    """All that was ever asked about a result, the newest first."""
    return session.scalars(
        sa.select(DataRequest).where(DataRequest.result_id == result.id).order_by(DataRequest.id.desc())
    ).all()


def subject_of(request: DataRequest) -> str:
    """By what its case and the audit book name a request."""
    return f"data-request:{request.id}"


def _do(session: Session, request: DataRequest, answer: Answer, at: datetime) -> Decision:
    result = session.get_one(Result, request.result_id)
    if request.kind is RequestKind.CORRECT:
        if answer.change is None:
            raise BadInput(_("Say what is to be corrected: the recipient, the phone number or the address"))
        correct_by_hand(session, result, answer.change, by=answer.by, at=at)
    elif request.kind is RequestKind.RESTRICT:
        _use_no_further(session, result, answer.by, at)
    elif request.kind is RequestKind.ERASE:
        return _erase(session, request, result, answer, at)
    return answer.decision


def _use_no_further(session: Session, result: Result, by: str, at: datetime) -> None:
    """It stays at the ward, as far as it is there; what is on its way needs its data until it has ended."""
    if result.item_id is None:
        if result.wants_delivery and not hindrance(session, result):
            keep_at_counter(session, result, at)
        return
    item = session.get_one(Item, result.item_id)
    if item.recalled_at is None and item.collected_at is None and item.live is not None and is_at_ward(item.live):
        recall(session, item, by=by, reason=_("at the wish of the person"), at=at)


def _erase(session: Session, request: DataRequest, result: Result, answer: Answer, at: datetime) -> Decision:
    if request.received_by == answer.by:
        raise NotNow(_("Erasing cannot be undone: somebody else than who wrote it down decides it"))
    gone = erase_for(session, [result], Order(answer.by, at, request=request.id))
    if not gone:
        raise NotNow(
            _("Nothing of it may be erased now: it has not come to its end, or a case is open. Refuse it, and say why")
        )
    # What the law obliges to keep stays until its own term is over.
    return Decision.PARTLY


def _warn(session: Session, request: DataRequest, result: Result, at: datetime) -> None:
    """The case of a request is due in the morning of the working day before the next deadline."""
    _act, until = next_act(request)
    if until is None:
        return
    due = max(at_local(calendar_of(session).before(until, 1), WARN_AT), request.received_at)
    case = find_open(session, CaseKind.DATA_REQUEST, subject_of(request))
    if case is None:
        facts = {
            "dossier": result.dossier_code,
            "wanted": request.kind.value,
            "answer_by": request.answer_by.isoformat(),
        }
        case = new_case(CaseKind.DATA_REQUEST, subject_of(request), at=at, facts=facts, office_id=request.office_id)
        session.add(case)
    case.due_at = due
    session.flush()


def _must_be_open(request: DataRequest) -> None:
    if request.decided_at is not None:
        raise NotNow(_("This was answered already"))


def _note(session: Session, by: str, action: str, request: DataRequest, at: datetime) -> None:
    facts = {"decision": request.decision.value} if request.decision is not None else {}
    session.add(AuditEntry(at=at, actor=by, action=action, subject=subject_of(request), facts=facts))
