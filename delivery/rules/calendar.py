"""Working days: weekends, the public holidays of Viet Nam, and the ward's own table of exceptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import holidays


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days the office and the couriers work.

    `exceptions` is the ward's table: date -> works on that day (a swapped Saturday is True, a storm closure False).
    It overrules the public calendar, which knows no swapped working Saturdays.
    """

    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def works_on(self, day: date) -> bool:
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


@cache
def public_holidays(year: int) -> dict[date, str]:
    """The public holidays of a year by date, with their Vietnamese names."""
    return dict(holidays.country_holidays("VN", years=year, language="vi"))
