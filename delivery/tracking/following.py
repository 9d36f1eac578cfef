"""Following an envelope: everything that is known about it, for staff; and the little that the public may see."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import NotFound
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import Amendment, Channel, Consignment, DoorAct, Item, Result, TrackingEvent
from delivery.rules.codes import parse_tracking_code
from delivery.rules.doorstep import REASONS, Outcome, Reason, Receiver
from delivery.rules.lifecycle import Fact, State
from delivery.rules.strokes import Strokes
from delivery.tracing import trace_of_job
from delivery.workdays import Entry, why_moved
from postal_api.s10 import ItemCode

STATES: dict[State, str] = {
    State.PREPARED: marked("Being prepared at the ward"),
    State.REGISTERED: marked("Ready at the ward, the carrier has been told"),
    State.WITH_CARRIER: marked("Handed over to the carrier"),
    State.AT_OFFICE: marked("At the delivery post office"),
    State.OUT_FOR_DELIVERY: marked("Out for delivery"),
    State.ATTEMPT_FAILED: marked("Nobody could take it; it will be tried again"),
    State.DELIVERED: marked("Delivered"),
    State.RETURNING: marked("On its way back to the ward"),
    State.RETURNED: marked("Back at the ward"),
    State.CANCELLED: marked("Cancelled"),
}

FACTS: dict[Fact, str] = {
    Fact.REGISTERED: marked("The carrier has been told"),
    Fact.HANDED_OVER: marked("Handed over at the ward"),
    Fact.COLLECTED: marked("Taken over by the carrier"),
    Fact.IN_TRANSIT: marked("On its way"),
    Fact.AT_OFFICE: marked("Arrived at the delivery post office"),
    Fact.OUT_FOR_DELIVERY: marked("Out for delivery"),
    Fact.ATTEMPT_FAILED: marked("Could not be delivered"),
    Fact.DELIVERED: marked("Delivered"),
    Fact.RETURNING: marked("On its way back to the ward"),
    Fact.RETURNED: marked("Returned to the ward"),
    Fact.CANCELLED: marked("Cancelled"),
    Fact.UNKNOWN: marked("The carrier reports something unknown"),
    Fact.TAKEN_BACK: marked("Taken back: it was a mistake"),
}

# Who says so, by the name that events keep of it.
TELLERS: dict[str, str] = {
    "callback": marked("reported by the carrier"),
    "feed": marked("asked of the carrier"),
    "ward": marked("noted at the ward"),
    Channel.PHONE: marked("told at the door"),
    Channel.COUNTER: marked("entered at the counter"),
    Channel.COMMAND: marked("entered by a command"),
}


@dataclass(frozen=True, slots=True)
class PublicView:
    """What anyone with the tracking code may see: no name, no address, not what is inside.

    `receiver` says to whom our own team handed it: whose hands, never whose name. Where closures have moved the
    promise, `moved_from` is the day it was given for, and `closed` why. At `fetched_at` somebody
    fetched it at the counter.
    """

    state: State
    since: datetime | None
    promised: date
    ward: str
    steps: tuple[tuple[Fact, datetime], ...]
    receiver: Receiver | None = None
    moved_from: date | None = None
    closed: tuple[Entry, ...] = ()
    fetched_at: datetime | None = None


def find_items(session: Session, text: str) -> list[Item]:
    """The envelopes that an item code, tracking code, item number or dossier code names.

    Raises NotFound.
    """
    found = _by_item_code(session, text) or _by_tracking_code(session, text) or _by_dossier(session, text)
    if not found:
        raise NotFound(_("No envelope goes by {code}").format(code=text))
    return found


def find_results(session: Session, dossier: str) -> list[Result]:
    """All copies of a dossier, whether or not they travel."""
    code = dossier.strip().upper()
    return list(session.scalars(sa.select(Result).where(Result.dossier_code == code).order_by(Result.copy_no)))


def public_view(session: Session, tracking_code: str) -> PublicView | None:
    """The public's view of an envelope; None for every code that opens nothing, whatever is wrong with it."""
    found = _by_tracking_code(session, tracking_code)
    if not found:
        return None
    item = found[0]
    # When the ward told the carrier is the ward's own business, and may be booked after the envelope has moved.
    events = [event for event in public_steps(item) if event.fact is not Fact.REGISTERED]
    live = item.consignments[-1] if item.consignments else None
    return PublicView(
        state=live.journey if live else State.PREPARED,
        since=live.since if live else item.created_at,
        promised=item.most_urgent.promised_date,
        ward=item.office.ward_name,
        steps=tuple((event.fact, event.occurred_at) for event in events),
        receiver=receiver_of(live) if live else None,
        moved_from=item.most_urgent.first_promised,
        closed=tuple(why_moved(session, item.most_urgent)),
        fetched_at=item.collected_at,
    )


def receiver_of(consignment: Consignment) -> Receiver | None:
    """To whom our own team handed it, by the first proof that stands; None while it is not delivered, or by others."""
    proof = _proof_of(consignment)
    return proof.receiver if proof is not None else None


def signature_of(consignment: Consignment) -> Strokes | None:
    """What whoever took it has drawn on the phone, by the same proof; for those who have proved that it is theirs."""
    proof = _proof_of(consignment)
    return proof.strokes if proof is not None else None


def _proof_of(consignment: Consignment) -> DoorAct | None:
    if consignment.journey is not State.DELIVERED:
        return None
    proofs = [act for act in consignment.acts if act.stands and act.outcome is Outcome.DELIVERED]
    return min(proofs, key=lambda act: (act.occurred_at, act.act_id), default=None)


def reason_of(event: TrackingEvent) -> str:
    """Why a visit was in vain: in the reader's language where we know the reason, else in the carrier's words."""
    if event.code in set(Reason) and event.source in set(Channel):
        return _(REASONS[Reason(event.code)].text)
    return event.reason


def public_steps(item: Item) -> list[TrackingEvent]:
    """The facts worth telling, one of each kind and minute, oldest first: two sources may report the same thing."""
    steps: dict[tuple[Fact, datetime], TrackingEvent] = {}
    for consignment in item.consignments:
        for event in consignment.standing_events:
            if event.fact is not Fact.UNKNOWN:
                minute = event.occurred_at.replace(second=0, microsecond=0)
                steps.setdefault((event.fact, minute), event)
    return sorted(steps.values(), key=lambda event: (event.occurred_at, event.id))


def teller(source: str) -> str:
    """Who told an event, in the reader's words; a source that has none by its own name."""
    return _(TELLERS[source]) if source in TELLERS else source


def _by_item_code(session: Session, text: str) -> list[Item]:
    try:
        code = str(ItemCode.parse(text))
    except ValueError:
        return []
    wanted = sa.select(Item).join(Item.consignments).where(Consignment.item_code == code)
    return list(session.scalars(wanted))


def _by_tracking_code(session: Session, text: str) -> list[Item]:
    try:
        code = parse_tracking_code(text)
    except ValueError:
        return []
    return list(session.scalars(sa.select(Item).where(Item.tracking_code == code)))


def _by_dossier(session: Session, text: str) -> list[Item]:
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        item = session.get(Item, int(text))
        return [item] if item is not None else []
    holding = sa.select(Result.item_id).where(Result.dossier_code == text.strip().upper())
    return list(session.scalars(sa.select(Item).where(Item.id.in_(holding)).order_by(Item.id)))


def traces_of(session: Session, key: bytes, items: Sequence[Item]) -> list[tuple[str, int, str]]:
    """By which numbers all logs speak of the work on these envelopes: its kind, what it is about, the trace."""
    sent = [consignment.id for item in items for consignment in item.consignments]
    changes = session.scalars(sa.select(Amendment.id).where(Amendment.consignment_id.in_(sent)).order_by(Amendment.id))
    work = [*(("submit", number) for number in sent), *(("amend", number) for number in changes)]
    return [(kind, about, trace_of_job(key, kind, about)) for kind, about in work]
