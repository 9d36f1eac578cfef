"""Closing a day: the scans at the hand-over table against what has become of each envelope, to the last one."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.dispatch.handover import Finding
from delivery.i18n import marked
from delivery.models import Batch, Consignment, Item, Office, Result, Scan, Submission, TrackingEvent
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.lifecycle import OUT, Contradiction, Event, Journey, State, fold

# A country's day is balanced part by part, so that memory does not grow with it.
BATCHES_AT_ONCE, SENDINGS_AT_ONCE = 200, 2000

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
class _Sending:
    """A consignment as the books have it."""

    id: int
    item_id: int
    item_code: str
    carrier: str
    journey: State
    was_handed_over: bool


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
    return _sum(day, _balances(session, day))


def close_offices(
    session: Session, day: date, offices: Collection[int] | None = None
) -> list[tuple[str, Balance]]:  # fmt: skip
    """The same for each office that had batches on `day`, by its code; where `offices` are named, for these only."""
    parts: dict[str, list[Balance]] = defaultdict(list)
    for office, balance in _balances(session, day, offices):
        parts[office].append(balance)
    return [(office, _sum(day, ((office, each) for each in parts[office]))) for office in sorted(parts)]


def _sum(day: date, parts: Iterable[tuple[str, Balance]]) -> Balance:
    balances = [balance for _office, balance in parts]
    return Balance(
        day=day,
        handed_over=sum(balance.handed_over for balance in balances),
        delivered=sum(balance.delivered for balance in balances),
        returned=sum(balance.returned for balance in balances),
        still_out=sum(balance.still_out for balance in balances),
        at_ward=sum(balance.at_ward for balance in balances),
        differences=tuple(difference for balance in balances for difference in balance.differences),
    )


def _balances(session: Session, day: date, offices: Collection[int] | None = None) -> Iterator[tuple[str, Balance]]:
    """The office's code and the balance of each batch of the day; only so many at a time are in memory."""
    wanted = sa.select(Batch.id, Office.code).join(Batch.office).where(Batch.day == day).order_by(Batch.code)
    if offices is not None:
        wanted = wanted.where(Batch.office_id.in_(offices))
    batches = iter(session.execute(wanted).all())
    while some := list(islice(batches, BATCHES_AT_ONCE)):
        ids = [batch for batch, _office in some]
        sendings, scanned, at_ward = _sendings(session, ids), _scanned(session, ids), _at_ward(session, ids)
        journeys = _journeys(session, [sending.id for sent in sendings.values() for sending in sent])
        for batch, office in some:
            yield office, _balance(session, day, sendings[batch], journeys, scanned[batch], at_ward[batch])


def _balance(
    session: Session,
    day: date,
    sendings: Sequence[_Sending],
    journeys: Mapping[int, Journey],
    scanned: Collection[int],
    at_ward: int,
) -> Balance:
    states: Counter[State] = Counter()
    differences: list[Difference] = []
    for sending in sendings:
        journey, was_scanned = journeys[sending.id], sending.id in scanned
        if why := _difference(sending, journey, was_scanned=was_scanned):
            differences.append(Difference(sending.item_code, _dossier(session, sending.item_id), why))
        if was_scanned:
            states[journey.state] += 1
    return Balance(
        day=day,
        handed_over=len(scanned),
        delivered=states[State.DELIVERED],
        returned=states[State.RETURNED],
        still_out=sum(states[state] for state in OUT),
        at_ward=at_ward,
        differences=tuple(differences),
    )


def _difference(sending: _Sending, journey: Journey, *, was_scanned: bool) -> str:
    if journey.contradictions:
        return min(journey.contradictions)
    if journey.state is not sending.journey:
        return "state_differs_from_events"
    if was_scanned and journey.state not in OUT | {State.DELIVERED, State.RETURNED}:
        return "handed_over_but_not_out"
    if not was_scanned and sending.was_handed_over:
        return "handed_over_without_scan"
    if was_scanned and journey.state in OUT and sending.carrier == OWN_TEAM:
        return "own_team_still_out"
    return ""


def _sendings(session: Session, batches: Collection[int]) -> Mapping[int, list[_Sending]]:
    """All consignments that each batch handed over, or should have.

    Asked for apart: by one condition for both, the database would read all that was ever sent.
    """
    handed_over = _columns(Consignment.handed_over_in).where(Consignment.handed_over_in.in_(batches))
    should_have = (
        _columns(Item.batch_id)
        .join(Consignment.item)
        .where(
            Item.batch_id.in_(batches), Consignment.handed_over_in.is_(None), Consignment.submission != Submission.VOID
        )
    )
    found: dict[int, list[_Sending]] = defaultdict(list)
    for wanted, was_handed_over in ((handed_over, True), (should_have, False)):
        for batch, number, item, code, carrier, journey in session.execute(wanted):
            found[batch].append(_Sending(number, item, code, carrier, journey, was_handed_over))
    for sent in found.values():
        sent.sort(key=lambda sending: sending.id)
    return found


def _columns(batch: Any) -> sa.Select[Any]:  # noqa: ANN401  a mapped column
    return sa.select(
        batch, Consignment.id, Consignment.item_id, Consignment.item_code, Consignment.carrier, Consignment.journey
    )


def _journeys(session: Session, sendings: Sequence[int]) -> Mapping[int, Journey]:
    """The journey of each consignment, folded anew from its events."""
    events: dict[int, list[Event]] = {sending: [] for sending in sendings}
    for start in range(0, len(sendings), SENDINGS_AT_ONCE):
        some = sendings[start : start + SENDINGS_AT_ONCE]
        told = TrackingEvent
        wanted = sa.select(
            told.consignment_id, told.fact, told.occurred_at, told.source, told.source_id, told.takes_back
        ).where(told.consignment_id.in_(some))
        for sending, fact, occurred_at, source, source_id, takes_back in session.execute(wanted):
            events[sending].append(Event(fact, occurred_at, source, source_id, takes_back))
    return {sending: fold(known) for sending, known in events.items()}


def _dossier(session: Session, item_id: int) -> str:
    """What an envelope goes by for the clerk: the dossier of its first result."""
    first = sa.select(Result.dossier_code).where(Result.item_id == item_id).order_by(Result.id).limit(1)
    return session.scalars(first).one()


def _at_ward(session: Session, batches: Collection[int]) -> Mapping[int, int]:
    """How many items of each batch were not handed over with it."""
    handed_over = sa.select(Consignment.id).where(
        Consignment.item_id == Item.id, Consignment.handed_over_in == Item.batch_id
    )
    counted = sa.select(Item.batch_id, sa.func.count()).where(Item.batch_id.in_(batches), ~handed_over.exists())
    return Counter({batch: count for batch, count in session.execute(counted.group_by(Item.batch_id)) if batch})


def _scanned(session: Session, batches: Collection[int]) -> Mapping[int, set[int]]:
    """The consignments whose scan was accepted at each batch's hand-over table."""
    accepted = sa.select(Scan.batch_id, Scan.consignment_id).where(
        Scan.batch_id.in_(batches), Scan.finding == Finding.OK.value, Scan.consignment_id.is_not(None)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for batch, consignment in session.execute(accepted):
        if consignment is not None:
            found[batch].add(consignment)
    return found
