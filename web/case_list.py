"""The list of cases: what is open, whose it is, and what is overdue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.i18n import marked
from delivery.models import Case

ROWS_ON_A_PAGE = 50


class Shelf(StrEnum):
    """Some of the open cases."""

    ALL = "tat-ca"
    NOBODYS = "chua-ai-nhan"
    MINE = "cua-toi"
    OVERDUE = "qua-han"


SHELVES: dict[Shelf, str] = {
    Shelf.ALL: marked("All open cases"),
    Shelf.NOBODYS: marked("Nobody's yet"),
    Shelf.MINE: marked("Mine"),
    Shelf.OVERDUE: marked("Overdue"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, into which offices, and whether also at what belongs to no office."""

    username: str
    offices: Sequence[int]
    sees_all: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases of a shelf; `has_more` tells whether another page follows."""

    cases: Sequence[Case]
    has_more: bool


def cases_on(session: Session, shelf: Shelf, reader: Reader, at: datetime, *, number: int) -> Page:
    """One page of a shelf, what is due first first; the first page is number 1."""
    wanted = sa.select(Case).where(*_seen_by(reader), *_on(shelf, reader, at)).order_by(Case.due_at, Case.id)
    found = session.scalars(wanted.offset((number - 1) * ROWS_ON_A_PAGE).limit(ROWS_ON_A_PAGE + 1)).all()
    return Page(found[:ROWS_ON_A_PAGE], has_more=len(found) > ROWS_ON_A_PAGE)


def case_counts(session: Session, reader: Reader, at: datetime) -> dict[Shelf, int]:
    """How many cases lie on each shelf."""
    counted = sa.select(sa.func.count()).select_from(Case).where(*_seen_by(reader))
    return {shelf: session.scalar(counted.where(*_on(shelf, reader, at))) or 0 for shelf in Shelf}


def _seen_by(reader: Reader) -> list[sa.ColumnElement[bool]]:
    theirs = Case.office_id.in_(reader.offices)
    return [Case.closed_at.is_(None), sa.or_(theirs, Case.office_id.is_(None)) if reader.sees_all else theirs]


def _on(shelf: Shelf, reader: Reader, at: datetime) -> list[sa.ColumnElement[bool]]:
    match shelf:
        case Shelf.NOBODYS:
            return [Case.owner == ""]
        case Shelf.MINE:
            return [Case.owner == reader.username]
        case Shelf.OVERDUE:
            return [Case.due_at < at]
        case Shelf.ALL:
            return []
