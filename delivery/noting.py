"""Noting, in the transaction of a fact itself, which results it is about; for all who tell others what becomes of them.

Whoever records a fact need not know: a session that writes is watched (`watch`), and right before it commits, each
result that may stand otherwise now is noted once. Those who follow all changes (`machines.changes`) find there that it
has changed; of those that notices are sent about (`notices.publishing`) it is also noted how they stand then. Nobody is
locked for that, and a fact that is undone leaves no note.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import HOLDS_BACK, result_of
from delivery.database import Database, database_now
from delivery.models import (
    Case,
    Consignment,
    DoorAct,
    Item,
    NoticeChange,
    NoticeEndpoint,
    Result,
    ResultChange,
    TrackingEvent,
)
from delivery.rules.notice_sending import EndpointState
from delivery.rules.notices import Told
from delivery.rules.standing import Subject
from delivery.standing import standings_of

# By these columns what notices tell may change; all others may be written without a notice.
TOLD: dict[type[object], tuple[str, ...]] = {
    Result: ("version", "wants_delivery", "item_id", "office_id"),
    Item: ("recalled_at", "collected_at"),
    Consignment: ("journey", "since", "attempts", "submission", "item_code", "carrier"),
    DoorAct: ("receiver", "taken_back_at"),
}
AT_ONCE = 1000
_TOUCHED = "touched_results"
Key = TypeVar("Key")


@dataclass
class _Touched:
    """What a transaction has written about, by what each is known by; true where notices may tell it otherwise now."""

    names: dict[Subject, bool] = field(default_factory=lambda: defaultdict(bool))
    results: dict[int, bool] = field(default_factory=lambda: defaultdict(bool))
    items: dict[int, bool] = field(default_factory=lambda: defaultdict(bool))
    consignments: dict[int, bool] = field(default_factory=lambda: defaultdict(bool))


def watch(database: Database) -> None:
    """Have all sessions that write to this database note what they change."""
    sa.event.listen(database.writing, "after_flush", _after_flush)
    sa.event.listen(database.writing, "before_commit", _before_commit)


def note_results(session: Session, subjects: Iterable[Subject]) -> None:
    """For whoever writes results past the session's own rows: these may stand otherwise now."""
    _touched(session).names.update((subject, True) for subject in subjects)


def note_envelopes(session: Session, item_ids: Iterable[int]) -> None:
    """The same for whatever lies in these envelopes."""
    _touched(session).items.update((item_id, True) for item_id in item_ids)


def note_details(session: Session, result_ids: Iterable[int]) -> None:
    """The same where something has changed that notices do not tell."""
    for result_id in result_ids:
        _touched(session).results[result_id] |= False


def _after_flush(session: Session, _context: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if row not in session.dirty or session.is_modified(row):
            _touch(_touched(session), row, tells=_tells(session, row))


def _tells(session: Session, row: object) -> bool:
    columns = TOLD.get(type(row), ())
    if row not in session.dirty:
        return bool(columns)
    attributes = sa.inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in columns)


def _touch(touched: _Touched, row: object, *, tells: bool) -> None:
    if isinstance(row, Result):
        touched.names[Subject(row.dossier_code, row.copy_no)] |= tells
    elif isinstance(row, Item):
        touched.items[row.id] |= tells
    elif isinstance(row, Consignment):
        touched.items[row.item_id] |= tells
    elif isinstance(row, DoorAct | TrackingEvent):
        touched.consignments[row.consignment_id] |= tells
    elif isinstance(row, Case) and row.kind in HOLDS_BACK:
        about = result_of(row.subject)
        if isinstance(about, int):
            touched.results[about] |= tells
        else:
            touched.names[about] |= tells


def _touched(session: Session) -> _Touched:
    known: _Touched = session.info.setdefault(_TOUCHED, _Touched())
    return known


def _before_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    touched: _Touched | None = session.info.pop(_TOUCHED, None)
    if touched is None:
        return
    concerned = _concerned(session, touched)
    # One that was deleted is found no more, and that as well is told.
    told = {name for name, tells in (*touched.names.items(), *concerned.values()) if tells}
    at = database_now(session)
    if concerned:
        rows = [{"result_id": number, "at": at} for number in sorted(concerned)]
        session.execute(sa.insert(ResultChange).values(turn=_turn(session)), rows)
    if told and _somebody_listens(session):
        _note_how_they_stand(session, told, at)


def _concerned(session: Session, touched: _Touched) -> dict[int, tuple[Subject, bool]]:
    """The results that were written about, by their numbers, and whether notices may tell them otherwise now."""
    for some in _portions(touched.consignments):
        lies_in = sa.select(Consignment.id, Consignment.item_id).where(Consignment.id.in_(list(some)))
        for sent, envelope in session.execute(lies_in):
            touched.items[envelope] |= some[sent]
    found: dict[int, tuple[Subject, bool]] = {}
    name = sa.tuple_(Result.dossier_code, Result.copy_no)
    wanted = sa.select(Result.id, Result.item_id, Result.dossier_code, Result.copy_no)
    conditions = [
        *(name.in_(list(some)) for some in _portions(touched.names)),
        *(Result.id.in_(list(some)) for some in _portions(touched.results)),
        *(Result.item_id.in_(list(some)) for some in _portions(touched.items)),
    ]
    for condition in conditions:
        for number, item_id, dossier_code, copy_no in session.execute(wanted.where(condition)):
            subject = Subject(dossier_code, copy_no)
            tells = (
                touched.names.get(subject, False)
                or touched.results.get(number, False)
                or touched.items.get(item_id or 0, False)
            )
            found[number] = (subject, tells)
    return found


def _portions(known: Mapping[Key, bool]) -> Iterator[dict[Key, bool]]:
    """Some at a time, for no statement may be about too many."""
    rest = iter(known.items())
    while some := dict(islice(rest, AT_ONCE)):
        yield some


def _somebody_listens(session: Session) -> bool:
    there = sa.select(NoticeEndpoint.id).where(NoticeEndpoint.state != EndpointState.REMOVED).limit(1)
    return session.scalar(there) is not None


def _note_how_they_stand(session: Session, subjects: Collection[Subject], at: datetime) -> None:
    found = standings_of(session, subjects)
    rows = [
        {**subject._asdict(), "told": Told.of(found.get(subject)).as_data(), "noted_at": at}
        for subject in sorted(subjects)
    ]
    session.execute(sa.insert(NoticeChange), rows)


def _turn(session: Session) -> sa.ColumnElement[int]:
    """PostgreSQL's number of this transaction, for whoever must know which ones may still be open."""
    if session.get_bind().dialect.name == "sqlite":
        return sa.literal(0)
    return sa.cast(sa.cast(sa.func.pg_current_xact_id(), sa.Text), sa.BigInteger)
