"""All changes of results in one row, for those who follow them: which, in an order in which none is missed.

Numbers that a database gives out are no such order: of two transactions the later number may be seen first, and a
reader who has gone on from there never sees the other. So each change bears PostgreSQL's number of its transaction, and
a reader is told only of those older than every transaction that is still open. SQLite has one writer at a time. What
has changed is noted by `delivery.noting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.machines.clients import Caller
from delivery.models import Result, ResultChange

# Whoever has not asked for so long reads everything anew.
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """How far somebody has read."""

    turn: int
    number: int


BEGINNING = Place(0, 0)


@dataclass(frozen=True, slots=True)
class Changes:
    """Results that have changed, each once, and from where to go on; `is_all` when nothing more is there now."""

    results: Sequence[Result]
    upto: Place
    is_all: bool


def changes_after(session: Session, caller: Caller, place: Place, most: int) -> Changes:
    """What has changed since a place, as far as this machine may know of it: `most` changes at a time."""
    after = sa.tuple_(ResultChange.turn, ResultChange.id) > sa.tuple_(sa.literal(place.turn), sa.literal(place.number))
    wanted = (
        sa.select(ResultChange.turn, ResultChange.id, ResultChange.result_id)
        .join(Result, Result.id == ResultChange.result_id)
        .where(after, _is_settled(session), caller.in_reach(Result.office_id))
    )
    found = session.execute(wanted.order_by(ResultChange.turn, ResultChange.id).limit(most + 1)).all()
    shown = found[:most]
    ids = dict.fromkeys(row.result_id for row in shown)
    results = {result.id: result for result in session.scalars(sa.select(Result).where(Result.id.in_(ids)))}
    upto = Place(shown[-1].turn, shown[-1].id) if shown else place
    return Changes([results[number] for number in ids], upto, is_all=len(found) <= most)


def is_forgotten(session: Session, place: Place) -> bool:
    """Whether changes after that place may be missing: they were deleted because they are old, or the place is of a
    time that this database has not seen, because a backup of before was put back.
    """
    if place == BEGINNING:
        return False
    order = (ResultChange.turn, ResultChange.id)
    first, last = (
        session.execute(sa.select(*order).order_by(*wanted).limit(1)).first()
        for wanted in (order, [column.desc() for column in order])
    )
    if first is None or last is None or not Place(*first) <= place <= Place(*last):
        return True
    return not session.scalar(sa.select(_has_begun(session, place.turn)))


def forget_changes(session: Session, at: datetime) -> None:
    """Delete the changes of long ago, but never the newest: it is by it that a reader's place is known."""
    newest = sa.select(sa.func.max(ResultChange.id)).scalar_subquery()
    session.execute(sa.delete(ResultChange).where(ResultChange.at < at - KEPT, ResultChange.id != newest))


def _is_settled(session: Session) -> sa.ColumnElement[bool]:
    """No transaction that is still open can have written an earlier one."""
    if session.get_bind().dialect.name == "sqlite":
        return sa.true()
    oldest = sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot())
    return ResultChange.turn < sa.cast(sa.cast(oldest, sa.Text), sa.BigInteger)


def _has_begun(session: Session, turn: int) -> sa.ColumnElement[bool]:
    """The database server has given out the number of that transaction; another server's may be far ahead."""
    if session.get_bind().dialect.name == "sqlite":
        return sa.true()
    ahead = sa.func.pg_snapshot_xmax(sa.func.pg_current_snapshot())
    return sa.literal(turn) < sa.cast(sa.cast(ahead, sa.Text), sa.BigInteger)
