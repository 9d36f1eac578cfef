"""Days as they stand in addresses and forms."""

from datetime import date

from delivery.errors import BadInput
from delivery.i18n import gettext as _


def day_of(text: str | None) -> date | None:
    """The day that is written so (2026-11-24); None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def days_of(first: str | None, last: str | None) -> tuple[date, date]:
    """The first and the last of several days; without a last it is one.

    Raises BadInput when one of them is no day.
    """
    begin, end = day_of(first), day_of(last or first)
    if begin is None or end is None:
        raise BadInput(_("Choose the day, or the first and the last of several"))
    return begin, end
