"""The calendar as people look at it: months of weeks, each day with what it is and why."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.moments import short_date
from delivery.rules.calendar import WorkingCalendar
from delivery.workdays import Entry, Kind


class Look(StrEnum):
    """What a day is."""

    WORK = "work"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    WORKS = "works"
    RESTS = "rests"
    CLOSED = "closed"
    PARTLY = "partly"


LOOKS: dict[Look, str] = {
    Look.WORK: marked("working day"),
    Look.WEEKEND: marked("weekend"),
    Look.HOLIDAY: marked("public holiday"),
    Look.WORKS: marked("worked on instead of another day"),
    Look.RESTS: marked("off instead of another day"),
    Look.CLOSED: marked("closed, unforeseen"),
    Look.PARTLY: marked("closed in single wards"),
}
# What needs no word of its own below a month.
ORDINARY = frozenset({Look.WORK, Look.WEEKEND})
_SET: dict[Kind, Look] = {Kind.CLOSED: Look.CLOSED, Kind.RESTS: Look.RESTS, Kind.WORKS: Look.WORKS}
WEEKDAYS = (marked("Mo"), marked("Tu"), marked("We"), marked("Th"), marked("Fr"), marked("Sa"), marked("Su"))


@dataclass(frozen=True, slots=True)
class Day:
    """A day: what it is, and why if somebody or the law said so."""

    day: date
    look: Look
    why: str = ""

    @property
    def words(self) -> str:
        """What it is, in the reader's language."""
        return f"{_(LOOKS[self.look])}: {self.why}" if self.why else _(LOOKS[self.look])


@dataclass(frozen=True, slots=True)
class Month:
    """A month by weeks from Monday on; a place without a day belongs to another month."""

    first: date
    weeks: Sequence[Sequence[Day | None]]

    @property
    def name(self) -> str:
        """As people write it: 12/2026."""
        return f"{self.first.month}/{self.first.year}"

    @property
    def told(self) -> list[Day]:
        """The days that are not as they usually are."""
        return [day for week in self.weeks for day in week if day is not None and day.look not in ORDINARY]


def month_of(day: date) -> date:
    """The first day of the month."""
    return day.replace(day=1)


def month_after(first: date, count: int) -> date:
    """The first day of the month so many months later; earlier where `count` is negative."""
    years, month = divmod(first.year * 12 + first.month - 1 + count, 12)
    return date(years, month + 1, 1)


def months_from(first: date, count: int, known: WorkingCalendar, entries: Iterable[Entry]) -> list[Month]:
    """So many months, with what has been set for their days."""
    told: dict[date, list[Entry]] = {}
    for entry in entries:
        told.setdefault(entry.day, []).append(entry)
    return [_month(month_after(first, number), known, told) for number in range(count)]


def look_at(day: date, known: WorkingCalendar, entries: Sequence[Entry]) -> Day:
    """What a day is; a closure says more than anything that was decided before it."""
    single = [entry for entry in entries if entry.office is not None]
    entries = [entry for entry in entries if entry.office is None]
    if single and not any(entry.kind is Kind.CLOSED for entry in entries):
        return Day(day, Look.PARTLY, "; ".join(f"{entry.ward} ({entry.reason})" for entry in single))
    for kind in (Kind.CLOSED, Kind.RESTS, Kind.WORKS):
        for entry in entries:
            if entry.kind is kind:
                return Day(day, _SET[kind], entry.reason)
    if (name := known.holiday(day)) is not None:
        return Day(day, Look.HOLIDAY, name)
    return Day(day, Look.WORK if known.works_on(day) else Look.WEEKEND)


def span(first: date, last: date) -> str:
    """One day, or from one to another."""
    return short_date(first) if first == last else f"{short_date(first)} – {short_date(last)}"


def _month(first: date, known: WorkingCalendar, entries: Mapping[date, Sequence[Entry]]) -> Month:
    weekday, length = calendar.monthrange(first.year, first.month)
    days: list[Day | None] = [None] * weekday
    days += [look_at(day, known, entries.get(day, ())) for day in (first + timedelta(n) for n in range(length))]
    days += [None] * (-len(days) % 7)
    return Month(first, [days[start : start + 7] for start in range(0, len(days), 7)])
