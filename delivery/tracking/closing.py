"""Closing a day: the scans at the hand-over table against what has become of each envelope, to the last one."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from delivery.dispatch.handover import Finding
from delivery.i18n import marked
from delivery.models import Batch, Consignment, Item, Scan, Submission
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.lifecycle import OUT, Contradiction, State, fold

DIFFERENCES: dict[str, str] = {
    Contradiction.AFTER_DELIVERED: marked("delivered, and afterwards reported elsewhere"),
    Contradiction.AFTER_RETURNED: marked("returned, and afterwards reported elsewhere"),
    Contradiction.AFTER_CANCELLED: marked("cancelled, and afterwards reported under way"),
    Contradiction.NEVER_HANDED_OVER: marked("the carrier has it, but nobody handed it over"),
    "state_differs_from_events": marked("its state is not what its events say"),
    "handed_over_but_not_out": marked("handed over, but cancelled or unknown to the carrier"),
    "handed_over_without_scan": marked("handed over without a scan"),
    "own_team_still_out": marked("our own team has neither delivered it nor brought it back"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One envelope over which the books disagree."""

    item_code: str
    dossier_code: str
    why: str


@dataclass(frozen=True, slots=True)
class Balance:
    """A day's books: `handed_over` is counted from the scans, the others from the events of each envelope.

    `at_ward` counts what the day's batches hold beyond that: left out of the plan, not submitted, refused, not scanned.
    """

    day: date
    handed_over: int
    delivered: int
    returned: int
    still_out: int
    at_ward: int
    differences: tuple[Difference, ...]

    @property
    def balanced(self) -> bool:
        return self.handed_over == self.delivered + self.returned + self.still_out and not self.differences


def close_day(session: Session, day: date) -> Balance:
    """Balance the batches of `day`.

    Every state is folded anew from its events, so a state that was written wrongly once does not pass. An envelope
    that the carrier reports but nobody handed over, one that was handed over and then cancelled, and one whose facts
    contradict each other are differences; so is one that the ward's own team kept over night.
    """
    todays = _consignments(session, day)
    scanned = _scanned(session, day)
    states: Counter[State] = Counter()
    differences: list[Difference] = []
    for consignment in todays:
        journey = fold(event.as_event() for event in consignment.events)
        was_scanned = consignment.id in scanned
        if why := _difference(consignment, journey.state, was_scanned, journey.contradictions):
            differences.append(Difference(consignment.item_code, consignment.item.first.dossier_code, why))
        if was_scanned:
            states[journey.state] += 1
    return Balance(
        day=day,
        handed_over=len(scanned),
        delivered=states[State.DELIVERED],
        returned=states[State.RETURNED],
        still_out=sum(states[state] for state in OUT),
        at_ward=_at_ward(session, day),
        differences=tuple(differences),
    )


def _difference(
    consignment: Consignment, state: State, was_scanned: bool, contradictions: frozenset[Contradiction]
) -> str:
    if contradictions:
        return min(contradictions)
    if state is not consignment.journey:
        return "state_differs_from_events"
    if was_scanned and state not in OUT | {State.DELIVERED, State.RETURNED}:
        return "handed_over_but_not_out"
    if not was_scanned and consignment.handed_over_in is not None:
        return "handed_over_without_scan"
    if was_scanned and state in OUT and consignment.carrier == OWN_TEAM:
        return "own_team_still_out"
    return ""


def _consignments(session: Session, day: date) -> list[Consignment]:
    """All consignments that a batch of the day handed over, or should have."""
    days_batches = sa.select(Batch.id).where(Batch.day == day)
    should_have = sa.and_(
        Consignment.handed_over_in.is_(None),
        Consignment.submission != Submission.VOID,
        Item.batch_id.in_(days_batches),
    )
    wanted = (
        sa.select(Consignment)
        .join(Consignment.item)
        .options(selectinload(Consignment.events), selectinload(Consignment.item).selectinload(Item.results))
    )
    handed_over = Consignment.handed_over_in.in_(days_batches)
    return list(session.scalars(wanted.where(sa.or_(handed_over, should_have)).order_by(Consignment.id)))


def _at_ward(session: Session, day: date) -> int:
    handed_over = sa.select(Consignment.id).where(
        Consignment.item_id == Item.id, Consignment.handed_over_in == Item.batch_id
    )
    todays = sa.select(sa.func.count()).select_from(Item).join(Batch, Item.batch_id == Batch.id).where(Batch.day == day)
    return session.scalar(todays.where(~handed_over.exists())) or 0


def _scanned(session: Session, day: date) -> set[int]:
    """The consignments whose scan was accepted at a hand-over table of the day."""
    accepted = (
        sa.select(Scan.consignment_id)
        .join(Batch, Scan.batch_id == Batch.id)
        .where(Batch.day == day, Scan.finding == Finding.OK.value, Scan.consignment_id.is_not(None))
    )
    return {consignment_id for consignment_id in session.scalars(accepted) if consignment_id is not None}
