"""The district's working days: what was decided long before, what nobody could foresee, and what that does."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import take_turns
from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.intake.promises import PROMISING, Move, move_promises, moves
from delivery.models import Batch, CalendarException, Closure, Office, OfficeClosure, Result
from delivery.moments import short_date
from delivery.rules.calendar import Calendars, WorkingCalendar

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
    """Days, from the first to the last, that shall be so, and why; `reason` may be empty for what was long decided.

    `offices` are those that a closure is for; it is for all where none is named.
    """

    kind: Kind
    first: date
    last: date
    reason: str = ""
    offices: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A day of the calendar that somebody has set; for one `office`, with the name of its ward, or None for all."""

    day: date
    kind: Kind
    reason: str
    by: str
    at: datetime | None
    office: int | None = None
    ward: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does: the days that become others, how many promises move, and whose batches lie on these days."""

    days: Sequence[date]
    promises: int
    batches: Sequence[str]


def calendar_of(session: Session) -> WorkingCalendar:
    """The calendar that all offices have, with the district's own exceptions and closures."""
    exceptions: dict[date, bool] = dict(
        session.execute(sa.select(CalendarException.day, CalendarException.works)).all()
    )
    return WorkingCalendar(exceptions, frozenset(session.scalars(sa.select(Closure.day))))


def calendars_of(session: Session) -> Calendars:
    """Each office's calendar: the one that all have, and its own closures."""
    own: defaultdict[int, set[date]] = defaultdict(set)
    for office, day in session.execute(sa.select(OfficeClosure.office_id, OfficeClosure.day)):
        own[office].add(day)
    return Calendars(calendar_of(session), {office: frozenset(days) for office, days in own.items()})


def entries(session: Session, first: date, last: date, offices: Collection[int]) -> list[Entry]:
    """What has been set for the days from `first` to `last` for all, or for one of these offices, in their order."""
    closures = session.scalars(sa.select(Closure).where(Closure.day.between(first, last)))
    planned = session.scalars(sa.select(CalendarException).where(CalendarException.day.between(first, last)))
    found = [Entry(one.day, Kind.CLOSED, one.reason, one.noted_by, one.noted_at) for one in closures]
    found += [
        Entry(one.day, Kind.WORKS if one.works else Kind.RESTS, one.note, one.noted_by, one.noted_at) for one in planned
    ]
    single = (
        sa.select(OfficeClosure, Office.ward_name)
        .join(Office, Office.id == OfficeClosure.office_id)
        .where(OfficeClosure.day.between(first, last), OfficeClosure.office_id.in_(offices))
    )
    found += [
        Entry(one.day, Kind.CLOSED, one.reason, one.noted_by, one.noted_at, one.office_id, ward)
        for one, ward in session.execute(single)
    ]
    return sorted(found, key=lambda one: (one.day, one.kind, one.ward))


def why_moved(session: Session, result: Result) -> list[Entry]:
    """The closures that have moved a result's promise; none where it stands as it was given."""
    if result.first_promised is None:
        return []
    found = entries(session, min(result.result_date, result.first_promised), result.promised_date, [result.office_id])
    return [one for one in found if one.kind is Kind.CLOSED]


def look_ahead(session: Session, wanted: Wanted, today: date) -> Effect:
    """What setting these days would do; nothing is set.

    Raises BadInput when they cannot be set.
    """
    return _effect(session, wanted, *_looked_up(session, wanted, today))


def set_days(session: Session, wanted: Wanted, by: str, at: datetime, today: date) -> Effect:
    """Set these days. A closure puts off every open promise of its offices by the working days that it takes.

    Days that are so already stay as they are. Raises BadInput when there are no others, when the days are too many or
    too far away, and when a closure has no reason.
    """
    take_turns(session, PROMISING)
    days, changed = _looked_up(session, wanted, today)
    for day, offices in days.items():
        _write(session, wanted, day, offices, by, at)
    session.flush()
    move_promises(session, changed, at)
    return _effect(session, wanted, days, changed)


def take_back(session: Session, day: date, kind: Kind, at: datetime, office: int | None = None) -> int:
    """Let the day be again what it was before, for one `office` or for all; returns how many promises move back.

    Raises NotNow when nothing is set for it.
    """
    take_turns(session, PROMISING)
    found = _set_row(session, day, kind, office)
    if found is None or (isinstance(found, CalendarException) and found.works != (kind is Kind.WORKS)):
        raise NotNow(_("Nothing is set for {day} any more").format(day=short_date(day)))
    session.delete(found)
    session.flush()
    return move_promises(session, moves(session, calendars_of(session), day), at) if kind is Kind.CLOSED else 0


Row = Closure | OfficeClosure | CalendarException
# The days that become others; for each the offices that a closure of single offices closes, none for all.
Days = Mapping[date, Sequence[int]]


def _set_row(session: Session, day: date, kind: Kind, office: int | None) -> Row | None:
    if office is not None:
        closed = kind is Kind.CLOSED
        return session.get(OfficeClosure, (day, office), with_for_update=True) if closed else None
    if kind is Kind.CLOSED:
        return session.get(Closure, day, with_for_update=True)
    return session.get(CalendarException, day, with_for_update=True)


def _looked_up(session: Session, wanted: Wanted, today: date) -> tuple[Days, list[Move]]:
    """The days that become others, and the promises that move with them."""
    calendars = calendars_of(session)
    days = _days(calendars, wanted, today)
    if wanted.kind is not Kind.CLOSED:
        return days, []
    return days, moves(session, calendars.closing(days, wanted.offices), min(days))


def _effect(session: Session, wanted: Wanted, days: Days, changed: Sequence[Move]) -> Effect:
    at_rest = () if wanted.kind is Kind.WORKS else list(days)
    theirs = Batch.office_id.in_(wanted.offices) if wanted.offices else sa.true()
    batches = session.scalars(
        sa.select(Batch.code).where(Batch.day.in_(at_rest), theirs).order_by(Batch.day, Batch.code)
    )
    return Effect(list(days), sum(move.results for move in changed), batches.all())


def _days(calendars: Calendars, wanted: Wanted, today: date) -> Days:
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
    if wanted.offices and wanted.kind is not Kind.CLOSED:
        raise BadInput(_("Only a closure can be for single wards: what was long decided holds for all"))
    days = dict(_changing(calendars, wanted))
    if not days:
        raise BadInput(_("There is nothing to change: these days are so already"))
    return days


def _changing(calendars: Calendars, wanted: Wanted) -> Iterable[tuple[date, Sequence[int]]]:
    """A closure takes a day on which work was planned; only what is closed by nothing else can be worked on."""
    for day in _from_to(wanted.first, wanted.last):
        if wanted.offices:
            if offices := [one for one in wanted.offices if calendars.of(one).works_on(day)]:
                yield day, offices
        elif _fits(calendars.common, wanted.kind, day):
            yield day, ()


def _fits(calendar: WorkingCalendar, kind: Kind, day: date) -> bool:
    if kind is Kind.CLOSED:
        return calendar.works_on(day)
    return calendar.is_planned(day) is (kind is Kind.RESTS)


def _from_to(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _write(session: Session, wanted: Wanted, day: date, offices: Sequence[int], by: str, at: datetime) -> None:
    if offices:
        session.add_all(
            OfficeClosure(day=day, office_id=one, reason=wanted.reason, noted_by=by, noted_at=at) for one in offices
        )
        return
    if wanted.kind is Kind.CLOSED:
        session.add(Closure(day=day, reason=wanted.reason, noted_by=by, noted_at=at))
        return
    if (known := session.get(CalendarException, day)) is not None:
        # The opposite was set: together they are what the public calendar says.
        session.delete(known)
        return
    works = wanted.kind is Kind.WORKS
    session.add(CalendarException(day=day, works=works, note=wanted.reason, noted_by=by, noted_at=at))
