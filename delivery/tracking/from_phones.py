"""What a courier's phone kept while it had no network: each act is taken over once, or a person is asked about it.

A phone sends what it keeps until it has an answer to that very act, so anything may come twice, late, and after the
ward has planned anew. What the courier says has happened already: where it cannot be taken over as it was said, it is
not turned away, but becomes a case with all that was said. Turned away is only what is no word about an envelope of
this courier; that stays on the phone, and the courier tells the counter.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import open_case
from delivery.errors import BadInput, DeliveryError, NotNow
from delivery.i18n import gettext as _
from delivery.models import Batch, Case, CaseKind, Channel, Consignment, DoorAct, Plan, Route, Stop, TrackingEvent
from delivery.models.base import Facts
from delivery.moments import at_local, local
from delivery.rules.doorstep import Outcome, Paper, Reason, Receiver
from delivery.rules.lifecycle import Fact
from delivery.rules.strokes import Strokes
from delivery.tracking.doorstep import Said, Teller, record_act, take_back
from delivery.tracking.events import lock_books

# A phone that found no network in the evening sends in the morning; what comes later still, a person looks at first.
LATEST = timedelta(days=1)
# No phone keeps anything for longer; what claims to be older has a broken clock.
LONGEST_AGE = timedelta(days=40)
TAKEN_BACK = "taken_back"


class Verdict(StrEnum):
    """What became of an act that a phone sent; for all but REFUSED the phone need not keep it any longer."""

    NOTED = "noted"
    KNOWN = "known"
    KEPT = "kept"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on one act, with words for the courier where something stands in the way."""

    verdict: Verdict
    words: str = ""
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """Whose phone it is: the name of the log-in, and the courier whose rounds it carries."""

    name: str
    courier_id: int

    @property
    def teller(self) -> Teller:
        """The courier as one who speaks at the door."""
        return Teller(self.name, Channel.PHONE)


@dataclass(frozen=True, slots=True)
class KeptAct:
    """What was said at a door, with the name that the phone gave it.

    `age` is for how long the phone has kept it, by the phone's own clock. Phones are wrong by hours, but the time
    between two looks at the same clock is right; the moment itself is reckoned back from when it arrives.
    """

    act_id: UUID
    item_code: str
    outcome: Outcome
    age: timedelta
    receiver: Receiver | None = None
    papers: tuple[Paper, ...] = ()
    reason: Reason | None = None
    strokes: Strokes | None = None

    @property
    def facts(self) -> Facts:
        """What was said, for whoever decides about it."""
        said: Facts = {"told": self.outcome.value}
        if self.receiver is not None:
            said |= {"receiver": self.receiver.value, "papers": [paper.value for paper in self.papers]}
        if self.reason is not None:
            said["in_vain"] = self.reason.value
        if self.strokes is not None:
            said["signature"] = self.strokes
        return said


@dataclass(frozen=True, slots=True)
class KeptBack:
    """That an act was a mistake, with a name of its own; `age` as above."""

    act_id: UUID
    takes_back: UUID
    age: timedelta


@dataclass(frozen=True, slots=True)
class _Carried:
    """A sending that was planned for this courier, and on which day."""

    sent: Consignment
    day: date


def take_from_phone(session: Session, phone: Phone, kept: KeptAct | KeptBack, at: datetime) -> Answer:
    """Take over one act that a phone has kept; sending it again is answered, and changes nothing."""
    if isinstance(kept, KeptBack):
        return _take_back(session, phone, kept, at)
    carried = _carried_by(session, phone, _sent(session, kept.item_code))
    if carried is None:
        return Answer(Verdict.REFUSED, _("This envelope is not in a round of yours"))
    if (asked := _case_of(session, kept.act_id)) is not None:
        return Answer(Verdict.KEPT, _obstacle(asked), carried.sent.item_id)
    return _record(session, phone, kept, carried, at)


def _record(session: Session, phone: Phone, kept: KeptAct, carried: _Carried, at: datetime) -> Answer:
    sent, moment = carried.sent, _moment(session, carried, kept.age, at)
    said = Said(kept.act_id, kept.outcome, moment, kept.receiver, kept.papers, kept.reason, kept.strokes)
    try:
        with session.begin_nested():
            if _act(session, kept.act_id) is None:
                _check_day(carried, at)
            is_new = record_act(session, sent.id, said, phone.teller, at)
    except DeliveryError as error:
        if _act(session, kept.act_id) is not None:
            # The name stands for something else that was said: nothing that an honest phone does.
            return Answer(Verdict.REFUSED, str(error), sent.item_id)
        return _keep(session, kept.act_id, sent, {**kept.facts, **_circumstances(phone, moment, error)}, at)
    return Answer(Verdict.NOTED if is_new else Verdict.KNOWN, item_id=sent.item_id)


def _take_back(session: Session, phone: Phone, kept: KeptBack, at: datetime) -> Answer:
    act, asked = _act(session, kept.takes_back), _case_of(session, kept.takes_back)
    carried = _carried_by(session, phone, _spoken_of(session, act, asked))
    if carried is None:
        return Answer(Verdict.REFUSED, _("Nothing of this kind was said of an envelope"))
    if (known := _case_of(session, kept.act_id)) is not None:
        return Answer(Verdict.KEPT, _obstacle(known), carried.sent.item_id)
    moment = _moment(session, carried, kept.age, at)
    try:
        with session.begin_nested():
            if act is not None:
                _check_correction(session, act, carried, at)
                # Whoever took it back first: it is as the courier wants it.
                is_new = act.stands and take_back(
                    session, kept.takes_back, kept.act_id, phone.teller, at, said_at=max(moment, act.occurred_at)
                )
            else:
                is_new = _settle(session, asked, phone, kept, at)
    except BadInput as error:
        return Answer(Verdict.REFUSED, str(error), carried.sent.item_id)
    except NotNow as error:
        facts: Facts = {"told": TAKEN_BACK, **_circumstances(phone, moment, error)}
        return _keep(session, kept.act_id, carried.sent, facts, at)
    return Answer(Verdict.NOTED if is_new else Verdict.KNOWN, item_id=carried.sent.item_id)


def _check_correction(session: Session, act: DoorAct, carried: _Carried, at: datetime) -> None:
    session.refresh(act)
    if act.stands:
        _check_day(carried, at)


def _settle(session: Session, asked: Case | None, phone: Phone, kept: KeptBack, at: datetime) -> bool:
    """Close the case about an act that could not be taken over and that the courier has called a mistake since."""
    if asked is None or asked.facts.get("said_by") != phone.name:
        raise BadInput(_("Nothing of this kind was said of an envelope"))
    session.refresh(asked, with_for_update=True)
    if asked.facts.get(TAKEN_BACK) == str(kept.act_id):
        return False
    if asked.closed_at is not None:
        raise NotNow(_("The office has decided about it already"))
    asked.facts = {**asked.facts, TAKEN_BACK: str(kept.act_id)}
    asked.closed_at, asked.closed_by, asked.decision = at, phone.name, _("The courier took it back")
    return True


def _sent(session: Session, item_code: str) -> Consignment | None:
    return session.scalar(sa.select(Consignment).where(Consignment.item_code == item_code))


def _spoken_of(session: Session, act: DoorAct | None, asked: Case | None) -> Consignment | None:
    """What an act that is taken back was about, be it noted or become a case."""
    if act is not None:
        return act.consignment
    return _sent(session, str(asked.facts.get("item_code", ""))) if asked is not None else None


def _carried_by(session: Session, phone: Phone, sent: Consignment | None) -> _Carried | None:
    """The sending, if any version of its day's routes gave it to this courier; nobody else changes it meanwhile.

    A phone that has been without network since the morning speaks of the routes as they were then.
    """
    if sent is None:
        return None
    lock_books(session, [sent.id])
    wanted = (
        sa.select(Plan.day)
        .join(Route, Route.plan_id == Plan.id)
        .join(Stop, Stop.route_id == Route.id)
        .where(Stop.item_id == sent.item_id, Route.courier_id == phone.courier_id)
    )
    batch_id = sent.handed_over_in or (sent.item.batch_id if sent.is_live else None)
    if batch_id is not None:
        wanted = wanted.where(Plan.day == session.get_one(Batch, batch_id).day)
    day = session.scalar(wanted.order_by(Plan.day.desc()).limit(1))
    return _Carried(sent, day) if day is not None else None


def _moment(session: Session, carried: _Carried, age: timedelta, at: datetime) -> datetime:
    """When it happened: so long ago as the phone has kept it, neither in the future nor before the hand-over.

    A clock that was set right between the act and its sending makes the age wrong by as much; then the nearest moment
    that can be is better than one at which the envelope still lay at the ward.
    """
    handed_over = sa.select(sa.func.min(TrackingEvent.occurred_at)).where(
        TrackingEvent.consignment_id == carried.sent.id, TrackingEvent.fact == Fact.HANDED_OVER
    )
    earliest = session.scalar(handed_over) or at_local(carried.day, time())
    return min(max(at - min(max(age, timedelta()), LONGEST_AGE), earliest), at)


def _check_day(carried: _Carried, at: datetime) -> None:
    if local(at).date() - carried.day > LATEST:
        raise NotNow(_("It came days after the round, when others may have decided about the envelope"))


def _act(session: Session, act_id: UUID) -> DoorAct | None:
    return session.scalar(sa.select(DoorAct).where(DoorAct.act_id == str(act_id)))


def _case_of(session: Session, act_id: UUID) -> Case | None:
    """The case about an act, also when it is closed: an act that comes again is not asked about again."""
    return session.scalar(sa.select(Case).where(Case.kind == CaseKind.FROM_PHONE, Case.subject == _subject(act_id)))


def _keep(session: Session, act_id: UUID, sent: Consignment, facts: Facts, at: datetime) -> Answer:
    told: Facts = {"item_code": sent.item_code, **facts}
    case = open_case(session, CaseKind.FROM_PHONE, _subject(act_id), at=at, office_id=sent.item.office_id, facts=told)
    return Answer(Verdict.KEPT, _obstacle(case), sent.item_id)


def _circumstances(phone: Phone, moment: datetime, obstacle: DeliveryError) -> Facts:
    return {"said_by": phone.name, "said_at": moment.isoformat(), "obstacle": str(obstacle)}


def _subject(act_id: UUID) -> str:
    return f"act:{act_id}"


def _obstacle(asked: Case) -> str:
    return str(asked.facts.get("obstacle", ""))
