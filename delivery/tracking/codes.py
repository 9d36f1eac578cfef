"""Status codes that no table explains: kept as events, shown, and read anew when somebody knows what they mean."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case
from delivery.models import CaseKind, Consignment, LearntCode, TrackingEvent
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import refold
from postal_api.events import TrackingEvent as CarrierEvent
from postal_api.statuses import MYVNPOST, NGSP, VIETTELPOST, Status

CALLBACK = "callback"
TABLES: Mapping[str, Mapping[str, Status]] = {"ngsp": NGSP, "myvnpost": MYVNPOST, "viettelpost": VIETTELPOST}


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code that is missing in a carrier's table: its words, how often it came, on how many envelopes, when last."""

    table: str
    code: str
    said: str
    events: int
    items: int
    last: datetime


def table_of(carrier: str, source: str) -> str:
    """Whose codes an event speaks in: VNPost's callbacks are MyVNPost's, whichever interface took the order."""
    if carrier == "viettelpost":
        return carrier
    return "myvnpost" if carrier == "myvnpost" or source == CALLBACK else "ngsp"


def meaning_of(session: Session, carrier: str, source: str, event: CarrierEvent) -> Fact:
    """What an event says, by the built-in table and by what was learnt since."""
    fact = Fact(event.kind.value)
    return _meaning(session, table_of(carrier, source), event.code) if fact is Fact.UNKNOWN else fact


def unknown_codes(session: Session) -> list[UnknownCode]:
    """The codes of all events that nobody can read yet."""
    found: dict[tuple[str, str], list[TrackingEvent]] = defaultdict(list)
    for event in _unread(session):
        found[table_of(event.consignment.carrier, event.source), event.code].append(event)
    return [
        UnknownCode(
            table,
            code,
            said=next((event.reason for event in events if event.reason), ""),
            events=len(events),
            items=len({event.consignment_id for event in events}),
            last=max(event.occurred_at for event in events),
        )
        for (table, code), events in sorted(found.items())
    ]


def learn_code(session: Session, table: str, code: str, fact: Fact, *, by: str, at: datetime) -> int:
    """From now on the code means that, also where it came before; returns how many events are read anew."""
    session.merge(LearntCode(carrier=table, code=code, fact=fact, learnt_by=by, learnt_at=at))
    session.flush()
    return read_anew(session, by=by, at=at)


def read_anew(session: Session, *, by: str, at: datetime) -> int:
    """Read the events that nobody could read by what is known now: a newer table, or what a person has learnt."""
    touched: dict[int, Consignment] = {}
    count = 0
    for event in _unread(session):
        fact = _meaning(session, table_of(event.consignment.carrier, event.source), event.code)
        if fact is not Fact.UNKNOWN:
            event.fact, count = fact, count + 1
            touched[event.consignment_id] = event.consignment
    session.flush()
    for consignment in touched.values():
        if not refold(session, consignment, at).unknown:
            subject = f"item:{consignment.item_id}"
            close_case(session, CaseKind.UNKNOWN_CODE, subject, at=at, by=by, decision="read anew")
    return count


def _meaning(session: Session, table: str, code: str) -> Fact:
    learnt = session.get(LearntCode, (table, code))
    if learnt is not None:
        return learnt.fact
    built_in = TABLES[table].get(code)
    return Fact(built_in.kind.value) if built_in is not None else Fact.UNKNOWN


def _unread(session: Session) -> list[TrackingEvent]:
    wanted = sa.select(TrackingEvent).where(TrackingEvent.fact == Fact.UNKNOWN).order_by(TrackingEvent.id)
    return list(session.scalars(wanted))
