"""Promises: the day that was said, and the day that holds since the ward had to close."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.intake.row import Incoming
from delivery.intake.trays import is_open
from delivery.messages.telling import tell_moved
from delivery.models import Result
from delivery.noting import note_details
from delivery.rules.calendar import Calendars

# Who takes results in and who moves promises take turns: no promise is given by a calendar that has just changed.
PROMISING = 1


class Move(NamedTuple):
    """Open results of one office and day that were promised alike: until when it was, will be, and how many."""

    office: int
    result_date: date
    said: date
    was: date
    will: date
    results: int


def kept(calendars: Calendars, said: Incoming) -> dict[str, Any]:
    """What is written down of a result that is said so: the promise as it holds, beside everything else."""
    holds = calendars.of(said.office_id).moved(said.promised_date, said.result_date)
    first = said.promised_date if holds != said.promised_date else None
    return {**said.said(), "promised_date": holds, "first_promised": first}


def said_for(result: Result) -> date:
    """The day for which a result was promised before anything moved it."""
    return result.first_promised or result.promised_date


def moves(session: Session, calendars: Calendars, since: date) -> list[Move]:
    """Which promises for `since` or later hold for another day by these calendars; what has come to its end is left."""
    said = sa.func.coalesce(Result.first_promised, Result.promised_date)
    alike = (Result.office_id, Result.result_date, said, Result.promised_date)
    wanted = sa.select(*alike, sa.func.count()).where(Result.promised_date >= since, is_open()).group_by(*alike)
    found = (
        Move(office, done, was_said, was, calendars.of(office).moved(was_said, done), results)
        for office, done, was_said, was, results in session.execute(wanted)
    )
    return [move for move in found if move.was != move.will]


def move_promises(session: Session, changed: Sequence[Move], at: datetime) -> int:
    """Let these promises hold for their new days, and have citizens told; returns how many results they are."""
    moved: list[int] = []
    for move in changed:
        said = sa.func.coalesce(Result.first_promised, Result.promised_date)
        these = sa.and_(
            Result.office_id == move.office,
            Result.result_date == move.result_date,
            said == move.said,
            Result.promised_date == move.was,
        )
        first = move.said if move.will != move.said else None
        these_open = sa.update(Result).where(these, is_open()).values(promised_date=move.will, first_promised=first)
        told = these_open.returning(Result.id).execution_options(synchronize_session=False)
        moved += session.scalars(told).all()
    tell_moved(session, moved, at)
    note_details(session, moved)
    return len(moved)
