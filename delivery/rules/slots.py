"""Time slots a citizen may ask for: "08:00-11:30; 13:30-17:00", empty for any time."""

import re
import unicodedata
from typing import NamedTuple

_SLOT = re.compile(r"(\d{1,2})[:hg.]?(\d{2})?\s*(?:-|–|—|đến|to)\s*(\d{1,2})[:hg.]?(\d{2})?", re.IGNORECASE)


class Slot(NamedTuple):
    """From `start` to `end`, in seconds since midnight."""

    start: int
    end: int


def parse_slots(text: str) -> tuple[Slot, ...]:
    """Read what people write: `08:00-11:30; 13:30-17:00`, `8h-11h30`, `8g đến 11g30`.

    Raises ValueError for anything that is not one or more slots within a day, each ending after it starts.
    """
    text = unicodedata.normalize("NFC", text)
    parts = [part.strip() for part in re.split(r"[;,|\n]", text) if part.strip()]
    return tuple(sorted(_one(part) for part in parts))


def format_slots(slots: tuple[Slot, ...]) -> str:
    """The slots in the one form that is stored and printed."""
    return "; ".join(f"{_clock(slot.start)}-{_clock(slot.end)}" for slot in slots)


def _one(text: str) -> Slot:
    match = _SLOT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time slot such as 08:00-11:30")
    hours = [int(part or 0) for part in match.groups()]
    start, end = hours[0] * 3600 + hours[1] * 60, hours[2] * 3600 + hours[3] * 60
    if max(hours[1], hours[3]) > 59 or end > 24 * 3600 or start >= end:
        raise ValueError(f"{text!r} does not end after it starts within one day")
    return Slot(start, end)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"
