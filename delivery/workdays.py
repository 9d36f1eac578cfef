"""The district's working days: what was decided long before, what nobody could foresee, and what that does."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import take_turns
from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.intake.promises import PROMISING, Move, move_promises, moves
from delivery.models import Batch, CalendarException, Closure, Result
from delivery.moments import short_date
from delivery.rules.calendar import WorkingCalendar

# A closure is sometimes written down when the water has gone; a year's swapped days are published in the autumn before.
BACK, AHEAD = timedelta(days=31), timedelta(days=730)
MOST_DAYS = 31
LONGEST_REASON = 120


class Kind(StrEnum):
    """What a day can be beside what the public calendar says."""

    CLOSED = "closed"
    RESTS = "rests"
    WORKS = "works"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Days, from the first to the last, that shall be so, and why; `reason` may be empty for what was long decided."""

    kind: Kind
    first: date
    last: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A day of the calendar that somebody has set."""

    day: date
    kind: Kind
    reason: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does: the days that become others, how many promises move, and whose batches lie on these days."""

    days: Sequence[date]
    promises: int
    batches: Sequence[str]


def calendar_of(session: Session) -> WorkingCalendar:
    """The calendar with the district's own exceptions and closures."""
    exceptions: dict[date, bool] = dict(
        session.execute(sa.select(CalendarException.day, CalendarException.works)).all()
    )
    return WorkingCalendar(exceptions, frozenset(session.scalars(sa.select(Closure.day))))


def entries(session: Session, first: date, last: date) -> list[Entry]:
    """What has been set for the days from `first` to `last`, in their order."""
    closures = session.scalars(sa.select(Closure).where(Closure.day.between(first, last)))
    planned = session.scalars(sa.select(CalendarException).where(CalendarException.day.between(first, last)))
    found = [Entry(one.day, Kind.CLOSED, one.reason, one.noted_by, one.noted_at) for one in closures]
    found += [
        Entry(one.day, Kind.WORKS if one.works else Kind.RESTS, one.note, one.noted_by, one.noted_at) for one in planned
    ]
    return sorted(found, key=lambda one: (one.day, one.kind))


def why_moved(session: Session, result: Result) -> list[Entry]:
    """The closures that have moved a result's promise; none where it stands as it was given."""
    if result.first_promised is None:
        return []
    found = entries(session, min(result.result_date, result.first_promised), result.promised_date)
    return [one for one in found if one.kind is Kind.CLOSED]


def look_ahead(session: Session, wanted: Wanted, today: date) -> Effect:
    """What setting these days would do; nothing is set.

    Raises BadInput when they cannot be set.
    """
    return _effect(session, wanted.kind, *_looked_up(session, wanted, today))


def set_days(session: Session, wanted: Wanted, by: str, at: datetime, today: date) -> Effect:
    """Set these days. A closure puts off every open promise by the working days that it takes.

    Days that are so already stay as they are. Raises BadInput when there are no others, when the days are too many or
    too far away, and when a closure has no reason.
    """
    take_turns(session, PROMISING)
    days, changed = _looked_up(session, wanted, today)
    for day in days:
        _write(session, wanted, day, by, at)
    session.flush()
    move_promises(session, changed, at)
    return _effect(session, wanted.kind, days, changed)


def take_back(session: Session, day: date, kind: Kind, at: datetime) -> int:
    """Let the day be again what it was before; returns how many promises move back.

    Raises NotNow when nothing is set for it.
    """
    take_turns(session, PROMISING)
    table = Closure if kind is Kind.CLOSED else CalendarException
    found = session.get(table, day, with_for_update=True)
    if found is None or (isinstance(found, CalendarException) and found.works != (kind is Kind.WORKS)):
        raise NotNow(_("Nothing is set for {day} any more").format(day=short_date(day)))
    session.delete(found)
    session.flush()
    return move_promises(session, moves(session, calendar_of(session), day), at) if kind is Kind.CLOSED else 0


def _looked_up(session: Session, wanted: Wanted, today: date) -> tuple[list[date], list[Move]]:
    """The days that become others, and the promises that move with them."""
    calendar = calendar_of(session)
    days = _days(calendar, wanted, today)
    if wanted.kind is not Kind.CLOSED:
        return days, []
    return days, moves(session, replace(calendar, closures=calendar.closures | set(days)), days[0])


def _effect(session: Session, kind: Kind, days: Sequence[date], changed: Sequence[Move]) -> Effect:
    at_rest = () if kind is Kind.WORKS else days
    batches = session.scalars(sa.select(Batch.code).where(Batch.day.in_(at_rest)).order_by(Batch.day, Batch.code))
    return Effect(days, sum(move.results for move in changed), batches.all())


def _days(calendar: WorkingCalendar, wanted: Wanted, today: date) -> list[date]:
    first, last = wanted.first, wanted.last
    if last < first:
        raise BadInput(_("The last day lies before the first"))
    if not today - BACK <= first <= last <= today + AHEAD:
        raise BadInput(
            _("Only days from {first} to {last} can be set").format(
                first=short_date(today - BACK), last=short_date(today + AHEAD)
            )
        )
    if (last - first).days >= MOST_DAYS:
        raise BadInput(_("At most {count} days at once").format(count=MOST_DAYS))
    if len(wanted.reason) > LONGEST_REASON or not wanted.reason.isprintable():
        raise BadInput(_("The reason is plain text of {count} characters at most").format(count=LONGEST_REASON))
    if wanted.kind is Kind.CLOSED and not wanted.reason:
        raise BadInput(_("Say why: citizens whose promise moves read it"))
    days = [day for day in _from_to(first, last) if _FITS[wanted.kind](calendar, day)]
    if not days:
        raise BadInput(_("There is nothing to change: these days are so already"))
    return days


# A closure takes a day on which work was planned; only what is closed by nothing else can be worked on.
_FITS: dict[Kind, Callable[[WorkingCalendar, date], bool]] = {
    Kind.CLOSED: lambda calendar, day: calendar.works_on(day),
    Kind.RESTS: lambda calendar, day: calendar.is_planned(day),
    Kind.WORKS: lambda calendar, day: not calendar.is_planned(day),
}


def _from_to(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _write(session: Session, wanted: Wanted, day: date, by: str, at: datetime) -> None:
    if wanted.kind is Kind.CLOSED:
        session.add(Closure(day=day, reason=wanted.reason, noted_by=by, noted_at=at))
        return
    if (known := session.get(CalendarException, day)) is not None:
        # The opposite was set: together they are what the public calendar says.
        session.delete(known)
        return
    works = wanted.kind is Kind.WORKS
    session.add(CalendarException(day=day, works=works, note=wanted.reason, noted_by=by, noted_at=at))
