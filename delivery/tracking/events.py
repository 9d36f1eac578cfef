"""Recording facts about a consignment and folding them anew; the only place that writes a consignment's journey."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from delivery.cases import close_case, open_case
from delivery.messages.telling import tell_journeys
from delivery.models import CaseKind, Consignment, Submission, TrackingEvent
from delivery.models.base import Facts
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.lifecycle import Fact, Journey, State, fold


@dataclass(frozen=True, slots=True)
class Report:
    """A fact as somebody tells it: `source` and `source_id` name it, `code` and `reason` are the teller's own words.

    A fact TAKEN_BACK names by `takes_back` the one of the same source that never happened.
    """

    fact: Fact
    source: str
    source_id: str
    occurred_at: datetime
    code: str = ""
    reason: str = ""
    takes_back: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A report about a consignment, and when it came to our ears."""

    consignment: Consignment
    report: Report
    at: datetime

    def as_event(self, skew: timedelta | None) -> TrackingEvent:
        clamped = skew is not None and self.report.occurred_at > self.at + skew
        told = {**asdict(self.report), "occurred_at": self.at if clamped else self.report.occurred_at}
        return TrackingEvent(consignment_id=self.consignment.id, received_at=self.at, clamped=clamped, **told)


def record(
    session: Session, consignment: Consignment, report: Report, at: datetime, skew: timedelta | None = None
) -> bool:
    """Add a fact and fold the consignment's journey again; False when it was known already."""
    return record_all(session, [Heard(consignment, report, at)], skew) == 1


def record_all(session: Session, heard: Sequence[Heard], skew: timedelta | None = None) -> int:
    """Add facts about any consignments and fold each journey once; returns how many of them were not known already.

    A fact dated later than when it was heard by more than `skew` comes from a wrong clock: it counts as of then, and
    is marked so.
    """
    about = {each.consignment.id: each.consignment for each in heard}
    lock_books(session, about)
    books = _books_of(session, about)
    known = {(event.consignment_id, event.source, event.source_id) for book in books.values() for event in book}
    touched: dict[int, datetime] = {}
    count = 0
    for each in heard:
        name = (each.consignment.id, each.report.source, each.report.source_id)
        if name not in known:
            known.add(name)
            books[each.consignment.id].append(each.as_event(skew))
            touched[each.consignment.id] = each.at
            count += 1
    for consignment_id, at in touched.items():
        session.add_all(books[consignment_id])
        _follow(session, about[consignment_id], books[consignment_id], at)
    session.flush()
    if touched:
        tell_journeys(session, {about[number].item_id for number in touched}, max(touched.values()))
    return count


def _books_of(session: Session, consignment_ids: Iterable[int]) -> dict[int, list[TrackingEvent]]:
    books: dict[int, list[TrackingEvent]] = {consignment_id: [] for consignment_id in consignment_ids}
    for event in session.scalars(sa.select(TrackingEvent).where(TrackingEvent.consignment_id.in_(books))):
        books[event.consignment_id].append(event)
    return books


def lock_books(session: Session, consignment_ids: Iterable[int]) -> None:
    """Let nobody else add to these consignments' facts until the transaction ends.

    Two who fold at the same time would each leave out what the other has added. Whoever needs several takes them at
    once, in the order of their numbers, so that no two wait for each other. On SQLite whoever writes is alone anyway.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    wanted = Consignment.id.in_(sorted(consignment_ids))
    session.execute(sa.select(Consignment.id).where(wanted).order_by(Consignment.id).with_for_update())
    # Somebody may have changed them before we had them: a state that was read earlier would hide the change.
    fresh = sa.select(Consignment).where(wanted).options(joinedload(Consignment.item))
    session.scalars(fresh.execution_options(populate_existing=True)).all()


def refold(session: Session, consignment: Consignment, at: datetime) -> Journey:
    """Read the consignment's state from all its facts, and ask a person where they contradict each other."""
    journey = _follow(session, consignment, _books_of(session, [consignment.id])[consignment.id], at)
    tell_journeys(session, [consignment.item_id], at)
    return journey


def _follow(session: Session, consignment: Consignment, known: Sequence[TrackingEvent], at: datetime) -> Journey:
    journey = fold(event.as_event() for event in known)
    was_back = consignment.journey is State.RETURNED
    consignment.follow(journey)
    is_back = journey.state is State.RETURNED
    if was_back and not is_back:
        _settle_return(session, consignment, "not back after all", at)
    elif is_back and (not was_back or consignment.carrier == OWN_TEAM):
        # Why the own team came in vain may be told after the envelope is back, or be taken back.
        ask_about_return(session, consignment, at)
    if journey.contradictions:
        facts: Facts = {"item_code": consignment.item_code, "contradictions": sorted(journey.contradictions)}
        _ask(session, consignment, CaseKind.CONTRADICTION, facts, at)
    if journey.unknown:
        facts = {"item_code": consignment.item_code, "codes": unexplained(known)}
        _ask(session, consignment, CaseKind.UNKNOWN_CODE, facts, at)
    return journey


def ask_about_return(session: Session, consignment: Consignment, at: datetime) -> None:
    """Have somebody call the recipient of what came back for good; what the own team tries again needs no call."""
    item = consignment.item
    goes_again = item.consignments[-1] is not consignment or (item.wish is not None and item.wish.agreed_at is not None)
    if goes_again or consignment.submission is Submission.VOID or item.collected_at is not None:
        return
    if consignment.carrier == OWN_TEAM and item.is_tried_again:
        _settle_return(session, consignment, "goes out again", at)
    else:
        facts: Facts = {"item_code": consignment.item_code, "dossier": item.first.dossier_code}
        _ask(session, consignment, CaseKind.RETURNED, facts, at)


def _settle_return(session: Session, consignment: Consignment, decision: str, at: datetime) -> None:
    subject = f"item:{consignment.item_id}"
    close_case(session, CaseKind.RETURNED, subject, at=at, by="events", decision=decision)


def unexplained(events: Iterable[TrackingEvent]) -> list[str]:
    """The carrier's codes among the events that no table explains, each with the carrier's words."""
    return sorted({f"{event.code} {event.reason}".strip() for event in events if event.fact is Fact.UNKNOWN})


def _ask(session: Session, consignment: Consignment, kind: CaseKind, facts: Facts, at: datetime) -> None:
    open_case(session, kind, f"item:{consignment.item_id}", at=at, office_id=consignment.item.office_id, facts=facts)
