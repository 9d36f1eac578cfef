"""Recording facts about a consignment and folding them anew; the only place that writes a consignment's journey."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from delivery.cases import open_case
from delivery.models import CaseKind, Consignment, TrackingEvent
from delivery.models.base import Facts
from delivery.rules.lifecycle import Fact, Journey, fold


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


def record(
    session: Session, consignment: Consignment, report: Report, at: datetime, skew: timedelta | None = None
) -> bool:
    """Add a fact and fold the consignment's journey again; False when it was known already.

    A fact dated later than now by more than `skew` comes from a wrong clock: it counts as of now, and is marked so.
    """
    lock_books(session, [consignment.id])
    known = sa.select(TrackingEvent.id).where(
        TrackingEvent.consignment_id == consignment.id,
        TrackingEvent.source == report.source,
        TrackingEvent.source_id == report.source_id,
    )
    if session.scalar(known) is not None:
        return False
    clamped = skew is not None and report.occurred_at > at + skew
    told = {**asdict(report), "occurred_at": at if clamped else report.occurred_at}
    session.add(TrackingEvent(consignment_id=consignment.id, received_at=at, clamped=clamped, **told))
    session.flush()
    refold(session, consignment, at)
    return True


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
    wanted = sa.select(TrackingEvent).where(TrackingEvent.consignment_id == consignment.id)
    known = session.scalars(wanted).all()
    journey = fold(event.as_event() for event in known)
    consignment.follow(journey)
    if journey.contradictions:
        facts: Facts = {"item_code": consignment.item_code, "contradictions": sorted(journey.contradictions)}
        _ask(session, consignment, CaseKind.CONTRADICTION, facts, at)
    if journey.unknown:
        facts = {"item_code": consignment.item_code, "codes": unexplained(known)}
        _ask(session, consignment, CaseKind.UNKNOWN_CODE, facts, at)
    return journey


def unexplained(events: Iterable[TrackingEvent]) -> list[str]:
    """The carrier's codes among the events that no table explains, each with the carrier's words."""
    return sorted({f"{event.code} {event.reason}".strip() for event in events if event.fact is Fact.UNKNOWN})


def _ask(session: Session, consignment: Consignment, kind: CaseKind, facts: Facts, at: datetime) -> None:
    open_case(session, kind, f"item:{consignment.item_id}", at=at, office_id=consignment.item.office_id, facts=facts)
