"""What the own team says happened at a door, and what comes back to the counter: each act counts exactly once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case, open_case
from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.models import CaseKind, Channel, Consignment, DoorAct, Item, Procedure, Submission
from delivery.models.base import Facts
from delivery.rules.doorstep import (
    FACT_OF,
    OWN_TEAM,
    RECEIVERS,
    TAKE_BACK_WITHIN,
    Outcome,
    Paper,
    Reason,
    Receiver,
    may_receive,
    missing_paper,
)
from delivery.rules.lifecycle import Contradiction, Fact
from delivery.rules.policy import UNKNOWN_PROCEDURE, Policy
from delivery.rules.strokes import Strokes
from delivery.tracking.events import Report, record, refold

# A phone's clock may be ahead by so much; what is dated later counts as of now.
SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Said:
    """What happened, as it was said: `act_id` was made where it was said, and names it for ever.

    `strokes` is the signature of whoever took it, where it was drawn on the phone.
    """

    act_id: UUID
    outcome: Outcome
    occurred_at: datetime
    receiver: Receiver | None = None
    papers: tuple[Paper, ...] = ()
    reason: Reason | None = None
    strokes: Strokes | None = None


@dataclass(frozen=True, slots=True)
class Teller:
    """Who says it and where; a supervisor may take back what others said, at any time."""

    name: str
    channel: Channel
    supervises: bool = False


def record_act(session: Session, consignment_id: int, said: Said, teller: Teller, at: datetime) -> bool:
    """Take an act over and fold the envelope's journey again; False when it was known already.

    A double click, a form that is sent again and a phone that tries once more all carry the same `act_id`. An act is
    never refused because of what others said before: where two contradict each other, a person is asked.

    Raises BadInput when something is missing, or may not be, or the `act_id` stands for another act, be it said at this
    very moment of another envelope; and NotNow when the envelope is not the own team's to deliver.
    """
    consignment = _held(session, consignment_id)
    known = _find(session, said.act_id)
    if known is not None:
        if known.consignment_id != consignment.id:
            raise _of_another()
        if _content(known) != (teller.name, *_told(said)):
            raise BadInput(_("Something else was said with this form before. Load the page anew and look at it first"))
        return False
    _check(session, consignment, said, teller, at)
    with _named_once(session):
        session.add(_row(consignment, said, teller, at))
    if _goes_out_anew(consignment):
        # Told of an earlier sending while the envelope is on its way again: no fold can know which paper is meant.
        _ask(session, consignment, CaseKind.CONTRADICTION, {"contradictions": [Contradiction.AFTER_RETURNED.value]}, at)
    else:
        code = said.reason.value if said.reason is not None else ""
        fact, channel = FACT_OF[said.outcome], teller.channel.value
        record(session, consignment, Report(fact, channel, str(said.act_id), said.occurred_at, code), at, SKEW)
    _compare_receivers(session, consignment, at)
    return True


def take_back(
    session: Session, act_id: UUID, back_id: UUID, teller: Teller, at: datetime, said_at: datetime | None = None
) -> bool:
    """Correct a mistake: the act stays on record and counts no more; False when this was known already.

    A phone without network brings it later than it was said: whether it was in time is judged by `said_at`.

    Raises NotFound for an act that nobody made, BadInput when the `back_id` took back another act, and NotNow when it
    is too late, somebody else's, or the envelope has gone out again since.
    """
    act = _find(session, act_id)
    if act is None:
        raise NotFound(_("Nothing of this kind was said of an envelope"))
    consignment = _held(session, act.consignment_id)
    session.refresh(act)
    if act.taken_back_in == str(back_id):
        return False
    _check_taking_back(act, consignment, teller, said_at or at)
    with _named_once(session):
        act.taken_back_at, act.taken_back_by, act.taken_back_in = at, teller.name, str(back_id)
    correction = Report(Fact.TAKEN_BACK, act.channel.value, str(back_id), at, takes_back=act.act_id)
    record(session, consignment, correction, at)
    if not refold(session, consignment, at).contradictions:
        _settle(session, consignment, CaseKind.CONTRADICTION, teller, at)
    _compare_receivers(session, consignment, at, teller)
    return True


def may_take_back(act: DoorAct, teller: Teller, at: datetime) -> bool:
    """Whether whoever asks may still take this act back."""
    if not act.stands:
        return False
    return teller.supervises or (act.said_by == teller.name and at - act.received_at <= TAKE_BACK_WITHIN)


def policies_of(session: Session, item: Item) -> list[Policy]:
    """The hand-over policy of each result in an envelope."""
    found = [session.get(Procedure, result.procedure_code) for result in item.results]
    return [procedure.policy() if procedure is not None else UNKNOWN_PROCEDURE for procedure in found]


def _held(session: Session, consignment_id: int) -> Consignment:
    """The consignment as it is now, and nobody else's until this transaction ends: two phones may speak at once."""
    wanted = sa.select(Consignment).where(Consignment.id == consignment_id).with_for_update()
    consignment = session.scalars(wanted.execution_options(populate_existing=True)).one()
    session.refresh(consignment.item, ["custody", "batch_id"])
    return consignment


def _find(session: Session, act_id: UUID) -> DoorAct | None:
    return session.scalar(sa.select(DoorAct).where(DoorAct.act_id == str(act_id)))


@contextmanager
def _named_once(session: Session) -> Iterator[None]:
    """Write what a form says, unless the name that the form carries stands elsewhere already.

    Two envelopes are locked one by one, so only the schema can see that both are told of with one name at once.
    """
    try:
        with session.begin_nested():
            yield
    except sa.exc.IntegrityError as error:
        raise _of_another() from error


def _of_another() -> BadInput:
    return BadInput(
        _("This form has spoken of another envelope already. Load the page anew, and say it again of this one")
    )


def _told(said: Said) -> tuple[object, ...]:
    # Without the moment: a form that is sent twice is dated by the clock of each sending.
    return said.outcome, said.receiver, tuple(sorted(said.papers)), said.reason


def _content(act: DoorAct) -> tuple[object, ...]:
    return act.said_by, act.outcome, act.receiver, tuple(sorted(act.shown)), act.reason


def _row(consignment: Consignment, said: Said, teller: Teller, at: datetime) -> DoorAct:
    return DoorAct(
        act_id=str(said.act_id), consignment=consignment, outcome=said.outcome, channel=teller.channel,
        said_by=teller.name, occurred_at=said.occurred_at, received_at=at, receiver=said.receiver,
        papers=[paper.value for paper in said.papers], reason=said.reason, strokes=said.strokes,
    )  # fmt: skip


def _check(session: Session, consignment: Consignment, said: Said, teller: Teller, at: datetime) -> None:
    if consignment.carrier != OWN_TEAM:
        raise NotNow(
            _("Envelope {code} travels with another carrier, which reports by itself").format(
                code=consignment.item_code
            )
        )
    if consignment.submission is Submission.VOID:
        raise NotNow(_("The label {code} is void. Scan the newer one").format(code=consignment.item_code))
    if said.outcome is Outcome.BACK and teller.channel is Channel.PHONE:
        raise BadInput(_("An envelope is back when the counter has scanned it"))
    if said.outcome is Outcome.FAILED and said.reason is None:
        raise BadInput(_("Choose why it could not be delivered"))
    if said.outcome is Outcome.DELIVERED:
        _check_proof(session, consignment, said, teller, at)


def _check_proof(session: Session, consignment: Consignment, said: Said, teller: Teller, at: datetime) -> None:
    if said.receiver is None:
        raise BadInput(_("Choose to whom it was handed"))
    # Who stands at the door with a phone looks at a paper; only a sheet that has come back speaks by its signature.
    shown = set(said.papers) - ({Paper.SIGNATURE} if teller.channel is Channel.PHONE else set())
    if missing := missing_paper(said.receiver, shown):
        raise BadInput(_(missing))
    if said.receiver in may_receive(policies_of(session, consignment.item)):
        return
    if teller.channel is not Channel.COUNTER:
        raise BadInput(_("This result must not be handed to {whom}").format(whom=_(RECEIVERS[said.receiver])))
    # The sheet tells of what is done already: it is written down, and somebody has to make it good.
    _ask(session, consignment, CaseKind.WRONG_HANDS, {"receiver": said.receiver.value}, at)


def _check_taking_back(act: DoorAct, consignment: Consignment, teller: Teller, at: datetime) -> None:
    if not act.stands:
        raise NotNow(_("It has been taken back already"))
    if not may_take_back(act, teller, at):
        minutes = int(TAKE_BACK_WITHIN.total_seconds() // 60)
        raise NotNow(
            _(
                "Only who said it takes it back, and within {minutes} minutes. A supervisor can still correct it, "
                "on the page of the envelope"
            ).format(minutes=minutes)
        )
    moved_on = consignment.handed_over_in not in {None, consignment.item.batch_id}
    if moved_on or _goes_out_anew(consignment):
        raise NotNow(_("The envelope is in another batch already. Close that case by hand"))


def _goes_out_anew(consignment: Consignment) -> bool:
    return consignment.item.consignments[-1] is not consignment


def _compare_receivers(session: Session, consignment: Consignment, at: datetime, teller: Teller | None = None) -> None:
    """Two proofs of one delivery may agree; a person is asked where they name different receivers."""
    proofs: Sequence[DoorAct] = session.scalars(
        sa.select(DoorAct).where(DoorAct.consignment_id == consignment.id, DoorAct.outcome == Outcome.DELIVERED)
    ).all()
    receivers = sorted({act.receiver.value for act in proofs if act.stands and act.receiver is not None})
    if len(receivers) > 1:
        _ask(session, consignment, CaseKind.TWO_RECEIVERS, {"receivers": receivers}, at)
    elif teller is not None:
        _settle(session, consignment, CaseKind.TWO_RECEIVERS, teller, at)


def _ask(session: Session, consignment: Consignment, kind: CaseKind, facts: Facts, at: datetime) -> None:
    told: Facts = {"item_code": consignment.item_code, **facts}
    item = consignment.item
    open_case(session, kind, f"item:{item.id}", at=at, office_id=item.office_id, facts=told)


def _settle(session: Session, consignment: Consignment, kind: CaseKind, teller: Teller, at: datetime) -> None:
    close_case(session, kind, f"item:{consignment.item_id}", at=at, by=teller.name, decision=_("One was taken back"))
