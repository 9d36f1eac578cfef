"""Working days: weekends, the public holidays of Viet Nam, the district's exceptions, and the days it had to close."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

import holidays


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days the offices and the couriers work.

    `exceptions` were decided long before: date -> works on that day (a swapped Saturday is True, the Monday that it
    stands for False). They overrule the public calendar, which knows no swapped working Saturdays. `closures` are days
    that nobody could foresee, such as a storm; they overrule both.
    """

    exceptions: Mapping[date, bool] = field(default_factory=dict)
    closures: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        return day not in self.closures and self.is_planned(day)

    def is_planned(self, day: date) -> bool:
        """Whether it is a working day as long as nothing unforeseen closes it."""
        if day in self.exceptions:
            return self.exceptions[day]
        return day.weekday() < 5 and day not in public_holidays(day.year)

    def holiday(self, day: date) -> str | None:
        """The name of the public holiday on `day`, in Vietnamese, if it is one."""
        return public_holidays(day.year).get(day)

    def add(self, day: date, working_days: int) -> date:
        """The day `working_days` working days after `day`; 0 means `day` itself, or the next day that is worked on."""
        if working_days < 0:
            raise ValueError("working_days must not be negative")
        while not self.works_on(day) and working_days == 0:
            day += timedelta(days=1)
        while working_days:
            day += timedelta(days=1)
            working_days -= self.works_on(day)
        return day

    def before(self, day: date, working_days: int) -> date:
        """The day `working_days` working days before `day`."""
        while working_days:
            day -= timedelta(days=1)
            working_days -= self.works_on(day)
        return day

    def unforeseen(self) -> "WorkingCalendar":
        """The calendar as it was before anything unforeseen closed a day: by it promises are made."""
        return WorkingCalendar(self.exceptions)

    def moved(self, promised: date, since: date) -> date:
        """When a promise holds that was given for the work after the day `since`.

        Each working day between that was closed puts it off by one working day; nothing ever brings it forward.
        """
        lost = sum(
            1 for day in self.closures if (since < day <= promised or day == promised) and self.is_planned(day)
        )  # fmt: skip
        return self.add(promised, lost) if lost else promised


@dataclass(frozen=True, slots=True)
class Calendars:
    """Each office's calendar: the one that all have, and the days that single offices had to close on besides."""

    common: WorkingCalendar
    own: Mapping[int, frozenset[date]] = field(default_factory=dict)

    def of(self, office: int) -> WorkingCalendar:
        """The calendar by which this office works."""
        closed = self.own.get(office)
        return replace(self.common, closures=self.common.closures | closed) if closed else self.common

    def closing(self, days: Iterable[date], offices: Iterable[int] = ()) -> "Calendars":
        """The calendars if these days were closed as well: for these offices, or for all where none is named."""
        days, only = frozenset(days), frozenset(offices)
        if not only:
            return replace(self, common=replace(self.common, closures=self.common.closures | days))
        return replace(self, own={**self.own, **{one: self.own.get(one, frozenset()) | days for one in only}})


@cache
def public_holidays(year: int) -> dict[date, str]:
    """The public holidays of a year by date, with their Vietnamese names."""
    return dict(holidays.country_holidays("VN", years=year, language="vi"))
