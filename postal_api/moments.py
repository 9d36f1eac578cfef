"""Moments as Vietnamese postal systems write them: without a zone, meaning the time of Viet Nam."""

from datetime import datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_WRITTEN = "%d/%m/%Y %H:%M:%S"
_READ = (_WRITTEN, "%d/%m/%Y %H:%M", "%d-%m-%Y %H:%M:%S")


def write_moment(moment: datetime) -> str:
    """`24/11/2026 08:05:00`, the form seen in MyVNPost's own records."""
    return moment.astimezone(VIETNAM).strftime(_WRITTEN)


def read_moment(text: str) -> datetime:
    """Read the forms that were seen, and ISO 8601; without a zone, the time of Viet Nam is meant.

    Raises ValueError for anything else, and for years in which no item of today can have moved.
    """
    moment = _read(text)
    if not 2000 <= moment.year < 2200:
        raise ValueError(f"the year {moment.year} cannot be meant")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=VIETNAM)


def _read(text: str) -> datetime:
    for form in _READ:
        try:
            return datetime.strptime(text, form).replace(tzinfo=VIETNAM)
        except ValueError:
            continue
    return datetime.fromisoformat(text)
