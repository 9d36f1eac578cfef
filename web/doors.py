"""The pages of the doorstep: forms read into acts, and acts in words."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.models import Channel, Consignment, DoorAct, Role
from delivery.moments import now
from delivery.rules.doorstep import OUTCOMES, PAPERS, REASONS, RECEIVERS, Outcome, Paper, Reason, Receiver
from delivery.tracking.doorstep import Said, Teller, may_take_back, record_act
from web import access

Form = MultiDict[str, str]
# What is looked at by whoever stands at the door with a phone.
SEEN_AT_THE_DOOR = (Paper.IDENTITY_CARD, Paper.VNEID, Paper.PASSPORT)


@dataclass(frozen=True, slots=True)
class ActLine:
    """An act as a line of a page; `back_id` names the taking back that its button would do."""

    act: DoorAct
    item_code: str
    words: str
    may_undo: bool
    back_id: str


def new_id() -> str:
    """A name for what a form will say: the form carries it, so that sending it twice is saying it once."""
    return str(uuid.uuid4())


def read_id(form: Form, name: str) -> uuid.UUID:
    """The name that a form carries.

    Raises BadInput when it has none.
    """
    try:
        return uuid.UUID(form.get(name, ""))
    except ValueError as error:
        raise BadInput(_("This form is not one of ours. Load the page anew")) from error


def read_said(form: Form, at: datetime) -> Said:
    """What the form of the stop page says: to whom it was handed against which paper, or why not.

    Raises BadInput for words that are not in the lists.
    """
    act_id = read_id(form, "phieu")
    try:
        if form.get("ly_do"):
            return Said(act_id, Outcome.FAILED, at, reason=Reason(form["ly_do"]))
        papers = tuple(dict.fromkeys(Paper(name) for name in form.getlist("giay")))
        receiver = Receiver(form["nguoi_nhan"]) if form.get("nguoi_nhan") else None
        return Said(act_id, Outcome.DELIVERED, at, receiver, papers)
    except ValueError as error:
        raise BadInput(_("This form is not one of ours. Load the page anew")) from error


def take_over(session: Session, sent: Consignment, said: Said, teller: Teller) -> DoorAct:
    """Record an act and find it again.

    Raises what `record_act` raises, and NotNow for a form whose act was taken back: sending it again says nothing.
    """
    record_act(session, sent.id, said, teller, now())
    act = session.scalars(sa.select(DoorAct).where(DoorAct.act_id == str(said.act_id))).one()
    if not act.stands:
        raise NotNow(_("What this form said was taken back. Say it again on a page that is loaded anew"))
    return act


def words_of(act: DoorAct) -> str:
    """An act in the reader's words: what, to whom or why, against which paper."""
    if act.reason is not None:
        return f"{_(OUTCOMES[act.outcome])}: {_(REASONS[act.reason].text)}"
    if act.receiver is None:
        return _(OUTCOMES[act.outcome])
    papers = ", ".join(_(PAPERS[paper]) for paper in act.shown)
    if act.strokes:
        papers = ", ".join(part for part in (papers, _("signed on the phone")) if part)
    return _("Delivered to {whom} ({papers})").format(whom=_(RECEIVERS[act.receiver]), papers=papers)


def counter_teller() -> Teller:
    """Whoever asks, as they speak at the counter; a supervisor corrects what others said."""
    return Teller(access.staff().username, Channel.COUNTER, supervises=access.role() is Role.SUPERVISOR)


def act_lines(acts: Sequence[DoorAct], teller: Teller, at: datetime) -> list[ActLine]:
    """The acts, the newest first, each with whether the reader may still take it back."""
    return [
        ActLine(act, act.consignment.item_code, words_of(act), may_take_back(act, teller, at), new_id())
        for act in sorted(acts, key=lambda act: act.id, reverse=True)
    ]
