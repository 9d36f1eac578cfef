"""Moments and days: stored in UTC, shown in the time of Viet Nam."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """The present moment, asked only at the doors (command line, web, worker) and handed down from there."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same moment on a clock on a Vietnamese wall."""
    return moment.astimezone(VIETNAM)


def at_local(day: date, at: time) -> datetime:
    """The moment, in UTC, at which a Vietnamese clock shows `at` on `day`."""
    return datetime.combine(day, at, VIETNAM).astimezone(UTC)


def clock(seconds: int) -> str:
    """Seconds since midnight as people write them: 09:05."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def short_date(day: date) -> str:
    """A date as people here write it: 24/11/2026."""
    return f"{day:%d/%m/%Y}"
