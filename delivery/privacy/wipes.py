"""What is written in the place of what is erased: for each line of the table of terms the columns, and what stays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from delivery.intake.searching import make_findable
from delivery.models import (
    Amendment,
    AuditEntry,
    Callback,
    Case,
    CitizenWord,
    ConfirmedDoor,
    Consignment,
    DataRequest,
    DoorAct,
    InboxState,
    Item,
    PastFix,
    PlaceFix,
    Resend,
    Result,
    ResultVersion,
    Signature,
    TrackingEvent,
)
from delivery.models.base import Base

Column = InstrumentedAttribute[Any]
# How JSON looks that says nothing; PostgreSQL compares JSON only as text.
NOTHING = ("null", "{}", "[]")


@dataclass(frozen=True, slots=True)
class Gone:
    """What was erased: how many rows said something in which column, and the names of the rows, one a line."""

    counts: Mapping[str, int]
    names: str


@dataclass(frozen=True, slots=True)
class Wipe:
    """Columns of one table, and what stands in them afterwards; without any the row itself goes.

    `owner` is the column by which a row belongs to a result (`Result.id`), an envelope (`Item.id`) or a sending
    (`Consignment.id`), or the moment from which its own term counts. `only` are rows that may go at all.
    """

    model: type[Base]
    owner: Column
    blank: Mapping[Column, object] = field(default_factory=dict)
    of: Column | None = None
    only: tuple[sa.ColumnElement[bool], ...] = ()
    # What a row needs beyond blank columns, done one by one.
    leave: Callable[[Session, Any], None] | None = None

    @property
    def name(self) -> str:
        return str(self.model.__tablename__)

    @property
    def dirty(self) -> sa.ColumnElement[bool]:
        """Whether there is still something to erase in a row."""
        if not self.blank:
            return sa.and_(sa.true(), *self.only)
        return sa.and_(sa.or_(*(says_something(column) for column in self.blank)), *self.only)

    def erase(self, session: Session, where: sa.ColumnElement[bool]) -> Gone:
        """Erase the rows of a condition, as far as they say something."""
        rows = list(session.scalars(sa.select(self.model).where(where, self.dirty).with_for_update()))
        keys = sorted(sa.inspect(self.model).primary_key_from_instance(row)[0] for row in rows)
        names = "".join(f"{self.name}:{key}\n" for key in keys)
        if not self.blank:
            for row in rows:
                session.delete(row)
            return Gone({self.name: len(rows)} if rows else {}, names)
        counts = {f"{self.name}.{column.property.columns[0].name}": sum(
            _speaks(getattr(row, column.key)) for row in rows
        ) for column in self.blank}  # fmt: skip
        for row in rows:
            for column, stays in self.blank.items():
                setattr(row, column.key, stays)
            if self.leave is not None:
                self.leave(session, row)
        return Gone({name: count for name, count in counts.items() if count}, names)


def says_something(column: Column) -> sa.ColumnElement[bool]:
    """Whether a column of a row holds anything."""
    kind = column.type
    if isinstance(kind, sa.JSON):
        return sa.and_(column.is_not(None), sa.cast(column, sa.String).not_in(NOTHING))
    if isinstance(kind, sa.LargeBinary):
        return column != b""
    if isinstance(kind, sa.String) and not column.nullable:
        return column != ""
    return column.is_not(None)


def _speaks(value: object) -> bool:
    return value is not None and value not in ("", b"", {}, [])


def _nobodys(session: Session, result: Result) -> None:
    # Its hash could still be compared with a guess.
    result.fingerprint = ""
    make_findable(session, result)


PARTS: dict[str, Sequence[Wipe]] = {
    "contact": (
        Wipe(Result, Result.id, {Result.kept_phone: "", Result.kept_email: ""}, of=Result.id, leave=make_findable),
    ),
    "address": (Wipe(Result, Result.id, {Result.kept_address: ""}, of=Result.id, leave=make_findable),),
    "place": (
        Wipe(Result, Result.id, dict.fromkeys(
            (Result.lat, Result.lon, Result.given_lat, Result.given_lon, Result.address_key)
        ) | {Result.kept_place_facts: sa.null()}, of=Result.id),
    ),
    "name": (
        Wipe(Result, Result.id,
             dict.fromkeys((Result.kept_owner_name, Result.kept_recipient_name, Result.kept_note), ""),
             of=Result.id, leave=_nobodys),
    ),
    "versions": (
        Wipe(ResultVersion, ResultVersion.result_id, {ResultVersion.kept_content: {}}, of=Result.id),
    ),
    "hand_out": (Wipe(Item, Item.id, {Item.collected: sa.null()}, of=Item.id),),
    "proof": (
        Wipe(DoorAct, DoorAct.consignment_id, {DoorAct.receiver: None, DoorAct.papers: [],
             DoorAct.strokes: sa.null()}, of=Consignment.id),
    ),
    "wishes": (Wipe(CitizenWord, CitizenWord.item_id, {CitizenWord.words: ""}, of=Item.id),),
    "remarks": (
        Wipe(Consignment, Consignment.item_id, {Consignment.refusal: ""}, of=Item.id),
        Wipe(TrackingEvent, TrackingEvent.consignment_id, {TrackingEvent.reason: ""}, of=Consignment.id),
        Wipe(Amendment, Amendment.consignment_id, {Amendment.said: "", Amendment.reason: ""}, of=Consignment.id),
        Wipe(Resend, Resend.item_id, {Resend.reason: ""}, of=Item.id),
    ),
    "door": (Wipe(ConfirmedDoor, ConfirmedDoor.confirmed_at),),
    "pins": (Wipe(PlaceFix, PlaceFix.decided_at), Wipe(PastFix, PastFix.ended_at)),
    "cases": (
        Wipe(Case, Case.closed_at, {Case.facts: {}, Case.decision: ""}, only=(Case.closed_at.is_not(None),)),
    ),
    "callbacks": (
        Wipe(Callback, Callback.received_at, {Callback.raw: b""}, only=(Callback.state == InboxState.APPLIED,)),
    ),
    "requests": (
        Wipe(DataRequest, DataRequest.decided_at,
             {DataRequest.words: "", DataRequest.reason: "", DataRequest.identity: ""},
             only=(DataRequest.decided_at.is_not(None),)),
    ),
    "signatures": (Wipe(Signature, Signature.signed_at, {Signature.name: "", Signature.strokes: []}),),
    "audit": (Wipe(AuditEntry, AuditEntry.at, {AuditEntry.facts: {}}, only=(AuditEntry.seq.is_not(None),)),),
}  # fmt: skip
