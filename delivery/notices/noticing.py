"""Noting, in the transaction of the fact itself, how a result stands that the fact is about.

Whoever records a fact need not know: a session that writes is watched (`watch`), and right before it commits it adds a
row for each result that may stand otherwise now. Nobody is locked for that, and a fact that is undone leaves no row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import Database, database_now
from delivery.models import Consignment, DoorAct, Item, NoticeChange, NoticeEndpoint, Result
from delivery.models.base import Base
from delivery.notices.standing import told_of
from delivery.rules.notice_sending import EndpointState
from delivery.rules.notices import Subject

# The columns by which what is told may change; all others may be written without a word.
WATCHED: dict[type[Base], tuple[str, ...]] = {
    Result: ("version", "wants_delivery", "item_id", "office_id"),
    Item: ("recalled_at", "collected_at"),
    Consignment: ("journey", "since", "attempts", "submission", "item_code", "carrier"),
    DoorAct: ("receiver", "taken_back_at"),
}
_TOUCHED = "notices_touched"


@dataclass
class _Touched:
    """What a transaction has written so far, by what each row is known by."""

    subjects: set[Subject] = field(default_factory=set)
    items: set[int] = field(default_factory=set)
    consignments: set[int] = field(default_factory=set)


def watch(database: Database) -> None:
    """Have all sessions that write to this database note what they change."""
    sa.event.listen(database.writing, "after_flush", _after_flush)
    sa.event.listen(database.writing, "before_commit", _before_commit)


def note_results(session: Session, subjects: Iterable[Subject]) -> None:
    """For whoever writes results past the session's own rows: these may stand otherwise now."""
    _touched(session).subjects.update(subjects)


def note_envelopes(session: Session, item_ids: Iterable[int]) -> None:
    """The same for whatever lies in these envelopes."""
    _touched(session).items.update(item_ids)


def _after_flush(session: Session, _context: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        columns = WATCHED.get(type(row))
        if columns is not None and (row not in session.dirty or _has_changed(row, columns)):
            _touch(_touched(session), row)


def _has_changed(row: object, columns: tuple[str, ...]) -> bool:
    attributes = sa.inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in columns)


def _touch(touched: _Touched, row: object) -> None:
    if isinstance(row, Result):
        touched.subjects.add(Subject(row.dossier_code, row.copy_no))
    elif isinstance(row, Item):
        touched.items.add(row.id)
    elif isinstance(row, Consignment):
        touched.items.add(row.item_id)
    elif isinstance(row, DoorAct):
        touched.consignments.add(row.consignment_id)


def _touched(session: Session) -> _Touched:
    known: _Touched = session.info.setdefault(_TOUCHED, _Touched())
    return known


def _before_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    touched: _Touched | None = session.info.pop(_TOUCHED, None)
    if touched is None or not _somebody_listens(session):
        return
    subjects = touched.subjects | _inside(session, touched)
    if subjects:
        at = database_now(session)
        told = told_of(session, subjects)
        rows = [
            {"dossier_code": each.dossier_code, "copy_no": each.copy_no, "told": told[each].as_data(), "noted_at": at}
            for each in sorted(subjects)
        ]
        session.execute(sa.insert(NoticeChange), rows)


def _somebody_listens(session: Session) -> bool:
    there = sa.select(NoticeEndpoint.id).where(NoticeEndpoint.state != EndpointState.REMOVED).limit(1)
    return session.scalar(there) is not None


def _inside(session: Session, touched: _Touched) -> set[Subject]:
    """The results in the envelopes that were written about."""
    if not touched.items and not touched.consignments:
        return set()
    of_acts = sa.select(Consignment.item_id).where(Consignment.id.in_(touched.consignments))
    items = set(session.scalars(of_acts)) | touched.items if touched.consignments else touched.items
    wanted = sa.select(Result.dossier_code, Result.copy_no).where(Result.item_id.in_(sorted(items)))
    return {Subject(*row) for row in session.execute(wanted)}
