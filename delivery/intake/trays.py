"""The ward's inbox: all results by what is to be done about them, and how many there are of the urgent kinds."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from delivery.cases import HOLDS_BACK, result_of
from delivery.i18n import marked
from delivery.intake.searching import matching
from delivery.models import Case, Consignment, Custody, Item, Result, Submission
from delivery.rules.lifecycle import State

ROWS_ON_A_PAGE = 50


class Tray(StrEnum):
    """The piles in which results lie; one result may lie in several."""

    WAITING = "cho-phat"
    TODAY = "hen-hom-nay"
    LATE = "tre-hen"
    HELD = "dang-giu"
    UNDER_WAY = "dang-phat"
    BACK = "tra-ve"
    DELIVERED = "da-phat"
    COUNTER = "tai-quay"
    ALL = "tat-ca"


TRAYS: dict[Tray, str] = {
    Tray.WAITING: marked("Waiting for a batch"),
    Tray.TODAY: marked("Promised for today"),
    Tray.LATE: marked("Later than promised"),
    Tray.HELD: marked("Held back by a question"),
    Tray.UNDER_WAY: marked("On the way"),
    Tray.BACK: marked("Back at the ward"),
    Tray.DELIVERED: marked("Delivered"),
    Tray.COUNTER: marked("Handed out at the counter"),
    Tray.ALL: marked("All"),
}
# Of these it is worth knowing how many there are; they are few, however many results there have ever been.
COUNTED = (Tray.WAITING, Tray.TODAY, Tray.LATE, Tray.HELD)
# What has come to its end is looked at from the newest on, what has not from the one that was promised first.
_NEWEST_FIRST = frozenset({Tray.DELIVERED, Tray.COUNTER, Tray.ALL})


@dataclass(frozen=True, slots=True)
class Narrow:
    """Only results of this procedure, promised from one day to another, both included; None: whichever."""

    procedure: str | None = None
    since: date | None = None
    until: date | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What holds for each result that is meant."""
        wanted = (
            None if self.procedure is None else Result.procedure_code == self.procedure,
            None if self.since is None else Result.promised_date >= self.since,
            None if self.until is None else Result.promised_date <= self.until,
        )
        return [condition for condition in wanted if condition is not None]


WHOLE = Narrow()


@dataclass(frozen=True, slots=True)
class Line:
    """A result, its envelope if it has one, and the open question that keeps it at the counter."""

    result: Result
    item: Item | None
    question: Case | None

    @property
    def sent(self) -> Consignment | None:
        return self.item.consignments[-1] if self.item is not None and self.item.consignments else None

    @property
    def is_open(self) -> bool:
        """Whether somebody still waits for it at home."""
        if self.item is None:
            return self.result.wants_delivery
        came_back = self.sent is not None and self.sent.journey is State.RETURNED
        return self.item.custody is not Custody.RECIPIENT and not came_back


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a tray; `has_more` tells whether another page follows."""

    lines: Sequence[Line]
    has_more: bool


def page_of(
    session: Session, offices: Collection[int], tray: Tray, *, today: date, words: str = "", number: int = 1,
    narrow: Narrow = WHOLE,
) -> Page:  # fmt: skip
    """One page of what lies in a tray of these offices and holds all the words; the first is number 1."""
    wanted = sa.select(Result).where(Result.office_id.in_(offices), lies_in(session, tray, today))
    wanted = wanted.where(*narrow.conditions())
    if words.strip():
        wanted = wanted.where(matching(session, words))
    order = (Result.id.desc(),) if tray in _NEWEST_FIRST else (Result.promised_date, Result.id)
    start = (number - 1) * ROWS_ON_A_PAGE
    some = wanted.options(joinedload(Result.office)).order_by(*order).offset(start).limit(ROWS_ON_A_PAGE + 1)
    found = session.scalars(some).all()
    shown = found[:ROWS_ON_A_PAGE]
    return Page(lines_of(session, shown), has_more=len(found) > len(shown))


def counts_of(session: Session, offices: Collection[int], *, today: date) -> dict[Tray, int]:
    """How many results of these offices lie in the trays of `COUNTED`."""
    theirs = Result.office_id.in_(offices)
    # What is open is gone through once: each of these trays is a part of it.
    counted = [sa.func.count().filter(part(today)) for part in _OPEN_PARTS.values()]
    counts = session.execute(sa.select(*counted).select_from(Result).where(theirs, is_open())).one()
    held = sa.select(sa.func.count()).select_from(Result).where(theirs, lies_in(session, Tray.HELD, today))
    found = {**dict(zip(_OPEN_PARTS, counts, strict=True)), Tray.HELD: session.scalar(held) or 0}
    return {tray: found[tray] for tray in COUNTED}


def line_of(session: Session, result: Result) -> Line:
    """One result with what belongs to it."""
    return lines_of(session, [result])[0]


def lies_in(session: Session, tray: Tray, today: date) -> sa.ColumnElement[bool]:
    """The condition that a result lies in a tray."""
    if tray is Tray.HELD:
        return sa.and_(_waits(), _is_asked_about(session))
    return _CONDITIONS[tray](today)


def _waits() -> sa.ColumnElement[bool]:
    return sa.and_(Result.wants_delivery, Result.item_id.is_(None))


def is_open() -> sa.ColumnElement[bool]:
    """Somebody waits for it at home: it has no envelope yet, or one that is neither there nor back."""
    # In two parts, each with an index: among all that was ever delivered the open ones are few.
    waiting = sa.select(Result.id).where(Result.wants_delivery, Result.item_id.is_(None))
    under_way = sa.select(Result.id).join(Item, Result.item_id == Item.id).where(Item.id.in_(_under_way()))
    return Result.id.in_(sa.union_all(waiting, under_way))


def _under_way() -> sa.Select[int]:
    lies_at_ward = sa.and_(Item.custody == Custody.WARD, ~_came_back())
    return sa.select(Item.id).where(
        Item.custody != Custody.RECIPIENT, sa.or_(Item.custody == Custody.CARRIER, lies_at_ward)
    )


def _back() -> sa.Select[int]:
    return sa.select(Item.id).where(Item.custody == Custody.WARD, _came_back())


def _is_delivered() -> sa.ColumnElement[bool]:
    # Asked of one result after the other: most are, and a page of them is soon full.
    at_home = sa.select(Item.id).where(Item.id == Result.item_id, Item.custody == Custody.RECIPIENT)
    return at_home.exists()


def _came_back() -> sa.ColumnElement[bool]:
    """It was brought back to the ward, and no later sending of it counts."""
    counts = sa.or_(Consignment.submission != Submission.VOID, Consignment.journey == State.RETURNED)
    last = sa.select(Consignment.journey).where(Consignment.item_id == Item.id, counts)
    # The last one is looked up for each envelope: asked whether one exists, PostgreSQL reads all that were ever sent.
    journey = last.order_by(Consignment.id.desc()).limit(1).scalar_subquery()
    return sa.func.coalesce(journey == State.RETURNED, sa.false())


def _is_asked_about(session: Session) -> sa.ColumnElement[bool]:
    """An open question keeps it at the counter: by its number, or by its dossier and copy."""
    about = [result_of(subject) for subject in session.scalars(_questions().with_only_columns(Case.subject))]
    ids = [one for one in about if isinstance(one, int)]
    names = [one for one in about if not isinstance(one, int)]
    return sa.or_(Result.id.in_(ids), sa.tuple_(Result.dossier_code, Result.copy_no).in_(names))


def _questions() -> sa.Select[Case]:
    return sa.select(Case).where(Case.closed_at.is_(None), Case.kind.in_(HOLDS_BACK))


# What marks these trays among all that is open.
_OPEN_PARTS: dict[Tray, Callable[[date], sa.ColumnElement[bool]]] = {
    Tray.WAITING: lambda _today: Result.item_id.is_(None),
    Tray.TODAY: lambda today: Result.promised_date == today,
    Tray.LATE: lambda today: Result.promised_date < today,
}
_CONDITIONS: dict[Tray, Callable[[date], sa.ColumnElement[bool]]] = {
    Tray.WAITING: lambda _today: _waits(),
    Tray.TODAY: lambda today: sa.and_(is_open(), _OPEN_PARTS[Tray.TODAY](today)),
    Tray.LATE: lambda today: sa.and_(is_open(), _OPEN_PARTS[Tray.LATE](today)),
    Tray.UNDER_WAY: lambda _today: Result.item_id.in_(_under_way()),
    Tray.BACK: lambda _today: Result.item_id.in_(_back()),
    Tray.DELIVERED: lambda _today: _is_delivered(),
    Tray.COUNTER: lambda _today: sa.and_(~Result.wants_delivery, Result.item_id.is_(None)),
    Tray.ALL: lambda _today: sa.true(),
}


def lines_of(session: Session, results: Sequence[Result]) -> list[Line]:
    """Some results with what belongs to each, in their order."""
    concerned = {result.item_id for result in results if result.item_id is not None}
    items = session.scalars(sa.select(Item).options(selectinload(Item.consignments)).where(Item.id.in_(concerned)))
    by_id = {item.id: item for item in items}
    subjects = {subject for result in results for subject in _subjects(result)}
    questions = {case.subject: case for case in session.scalars(_questions().where(Case.subject.in_(subjects)))}
    return [
        Line(result, by_id.get(result.item_id or 0), _question_about(result, questions)) for result in results
    ]  # fmt: skip


def _question_about(result: Result, questions: Mapping[str, Case]) -> Case | None:
    if result.item_id is not None:
        return None
    return next((questions[subject] for subject in _subjects(result) if subject in questions), None)


def _subjects(result: Result) -> tuple[str, str]:
    return f"result:{result.id}", f"result:{result.dossier_code}:{result.copy_no}"
