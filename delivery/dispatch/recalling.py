"""Recalling an envelope: it stays at the ward, or is asked back; it is void only when nobody else can still move it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case, open_case
from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.jobs.queue import put
from delivery.models import Amendment, AmendmentKind, AmendmentState, CaseKind, Consignment, Item, Submission
from delivery.models.base import Facts
from delivery.rules.lifecycle import AT_WARD, Fact, State
from delivery.tracking.events import Report, record

# The carrier has surely not accepted it.
UNSENT = frozenset({Submission.READY, Submission.REFUSED})


def recall(session: Session, item: Item, *, by: str, reason: str, at: datetime) -> Amendment | None:
    """Keep an envelope at the ward, or ask the carrier to give it up; returns what was begun, if there is a sending.

    What the carrier has not accepted is void at once; for all else a job asks, and nothing is void while in doubt.
    Asking twice changes nothing. Raises NotNow for an envelope that has come to its end.
    """
    live = locked_live(session, item)
    _lock(session, item)
    _not_fetched(item)
    if live is not None and live.journey is State.DELIVERED:
        raise NotNow(_("{item} has been delivered; it cannot be recalled").format(item=live.item_code))
    item.recalled_at = item.recalled_at or at
    if live is None:
        return None
    if not is_at_ward(live):
        ask_somebody(session, live, at)
    return amend_order(session, live, AmendmentKind.RECALL, by=by, reason=reason, at=at)


def take_back(session: Session, item: Item, *, by: str, at: datetime) -> None:
    """The paper is in the ward's hands and the carrier has given it up: that sending is void.

    Raises NotNow while the carrier may still have it.
    """
    live = locked_live(session, item)
    if live is None or live.journey is not State.CANCELLED:
        raise NotNow(_("The carrier has not given it up; first: tannha recall"))
    make_void(session, live, at)
    close_case(session, CaseKind.RECALL, f"item:{item.id}", at=at, by=by, decision="in hand")


def send_again(session: Session, item: Item, *, by: str, at: datetime) -> None:
    """What was recalled may travel again, with the next batch; where the carrier has not heard of it, it goes on.

    Raises NotNow while the carrier is being asked to give it up, or a part of it belongs elsewhere.
    """
    live = locked_live(session, item)
    _lock(session, item)
    _not_fetched(item)
    for result in item.results:
        session.refresh(result)
    check_together(item)
    asked = open_amendment(session, live) if live is not None else None
    if live is not None and asked is not None:
        if not may_be_taken_back(asked):
            raise NotNow(_("The carrier is still being asked about {item}").format(item=live.item_code))
        asked.state, asked.ended_at = AmendmentState.TAKEN_BACK, at
    item.recalled_at = None
    close_case(session, CaseKind.RECALL, f"item:{item.id}", at=at, by=by, decision="released")


def check_together(item: Item) -> None:
    """Raises NotNow when what is inside no longer goes to one person at one door."""
    if not item.belongs_together:
        raise NotNow(
            _(
                "What is inside no longer goes to one person at one door: take out what goes elsewhere, "
                "or correct all of it"
            )
        )


def _lock(session: Session, item: Item) -> None:
    """Whoever holds an envelope back and whoever lets it go do so one after the other."""
    session.flush()
    session.refresh(item, with_for_update=True)
    session.refresh(item, ["results"])


def _not_fetched(item: Item) -> None:
    if item.collected_at is not None:
        raise NotNow(_("This envelope was fetched at the counter"))


def amend_order(
    session: Session, consignment: Consignment, kind: AmendmentKind, *, by: str, reason: str, at: datetime
) -> Amendment:
    """Ask for a change of what the carrier may have accepted; a recall takes the place of any other that is open."""
    amendment = open_amendment(session, consignment)
    if amendment is not None and amendment.kind is AmendmentKind.CORRECT is not kind:
        # Whatever comes of the correction no longer matters.
        amendment.state, amendment.ended_at = AmendmentState.TAKEN_BACK, at
        session.flush()
        amendment = None
    if amendment is None:
        amendment = Amendment(consignment=consignment, kind=kind, reason=reason[:200], wanted_by=by, wanted_at=at)
        session.add(amendment)
        session.flush()
    elif amendment.kind is AmendmentKind.REPLACE:
        amendment.kind = kind
    if consignment.submission in UNSENT:
        settle_unsent(session, amendment, at)
    else:
        put(session, "amend", amendment.id)
    return amendment


def settle_unsent(session: Session, amendment: Amendment, at: datetime) -> None:
    """The carrier has not accepted it: nobody needs to be asked."""
    if amendment.kind is not AmendmentKind.CORRECT:
        make_void(session, amendment.consignment, at)
    amendment.state, amendment.ended_at = AmendmentState.DONE, at


def make_void(session: Session, consignment: Consignment, at: datetime) -> None:
    """This sending will not happen: its number and its labels are good for nothing any more."""
    if consignment.submission is Submission.ACCEPTED and consignment.journey is not State.CANCELLED:
        record(session, consignment, Report(Fact.CANCELLED, "ward", "void", at), at)
    consignment.submission = Submission.VOID
    void_labels(consignment, at)
    session.flush()


def locked_live(session: Session, item: Item) -> Consignment | None:
    """The item's live consignment as it is now; nobody else changes it, or tells the carrier, until we are done."""
    live = item.live
    if live is None:
        return None
    return session.get_one(Consignment, live.id, with_for_update=True, populate_existing=True)


def is_at_ward(consignment: Consignment) -> bool:
    """Whether the paper has never left: neither was it handed over, nor does the carrier say that it has it."""
    return consignment.handed_over_in is None and consignment.journey in AT_WARD | {State.CANCELLED}


def void_labels(consignment: Consignment, at: datetime) -> None:
    """Labels that no hand-over has used up are no longer good."""
    for label in consignment.labels:
        if label.voided_at is None and label.confirmed_at is None:
            label.voided_at = at


def open_amendment(session: Session, consignment: Consignment) -> Amendment | None:
    """What is being asked about a consignment just now."""
    wanted = sa.select(Amendment).where(Amendment.consignment_id == consignment.id, Amendment.ended_at.is_(None))
    return session.scalar(wanted)


def may_be_taken_back(amendment: Amendment) -> bool:
    """Whether it is a recall that the carrier has surely not heard of."""
    unheard = amendment.state is AmendmentState.WANTED and amendment.asked_at is None
    return unheard and amendment.kind is AmendmentKind.RECALL


def amendments_of(session: Session, item: Item) -> list[Amendment]:
    """All that was ever asked about an envelope, the oldest first."""
    ids = [sent.id for sent in item.consignments]
    return list(session.scalars(sa.select(Amendment).where(Amendment.consignment_id.in_(ids)).order_by(Amendment.id)))


def ask_somebody(session: Session, consignment: Consignment, at: datetime, said: str = "") -> None:
    """The machine alone cannot bring it back or correct it: a person calls whoever has it."""
    item = consignment.item
    facts: Facts = {
        "dossier": item.first.dossier_code,
        "item_code": consignment.item_code,
        "at_ward": is_at_ward(consignment),
    }
    if said:
        facts["carrier_said"] = said
    open_case(session, CaseKind.RECALL, f"item:{item.id}", at=at, office_id=item.office_id, facts=facts)
