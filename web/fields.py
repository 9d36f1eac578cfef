"""The fields of a form about furniture: how a value is typed, read, shown, and what is wrong with it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from delivery.furniture import Value
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.moments import clock

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `read` turns what was typed into a value, or raises ValueError; `kind` is how it is asked for.

    Kinds are those of HTML's input, and "choice" (among `choices`, value -> text to translate) and "tick".
    """

    name: str
    label: str
    read: Callable[[str], Value]
    wrong: str = marked("Please fill this in")
    show: Callable[[Value], str] = lambda value: "" if value is None else str(value)
    kind: str = "text"
    hint: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    def told(self, value: Value) -> str:
        """The value in the reader's words, as a list of changes shows it."""
        if self.kind == "tick":
            return _("yes") if value else _("no")
        if self.choices:
            return _(self.choices[str(value)]) if str(value) in self.choices else str(value)
        return self.show(value) or "–"


def read_all(fields: Sequence[Field], typed: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, str]]:
    """The values of a form, and what is wrong with the others, by field."""
    values: dict[str, Value] = {}
    wrong: dict[str, str] = {}
    for one in fields:
        try:
            values[one.name] = one.read(" ".join(typed.get(one.name, "").split()))
        except ValueError:
            wrong[one.name] = _(one.wrong)
    return values, wrong


def shown_all(fields: Sequence[Field], row: object) -> dict[str, str]:
    """The values of a row as its form shows them; a tick that is set shows "1"."""
    return {
        one.name: ("1" if getattr(row, one.name) else "") if one.kind == "tick" else one.show(getattr(row, one.name))
        for one in fields
    }


def text(typed: str) -> str:
    """A text that may be empty.

    Raises ValueError for one that is too long, or holds what cannot be printed.
    """
    if len(typed) > LONGEST or not typed.isprintable():
        raise ValueError(typed)
    return typed


def some_text(typed: str) -> str:
    """A text that is not empty."""
    if not typed:
        raise ValueError(typed)
    return text(typed)


def tick(typed: str) -> bool:
    """Whether a box is ticked."""
    return typed == "1"


def moment(typed: str) -> int:
    """A time of the day, 08:30, as seconds since midnight."""
    if (found := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", typed, re.ASCII)) is None:
        raise ValueError(typed)
    return int(found[1]) * 3600 + int(found[2]) * 60


def moment_or_none(typed: str) -> int | None:
    """A time of the day, or none."""
    return moment(typed) if typed else None


def show_moment(value: Value) -> str:
    """Seconds since midnight as 08:30; empty for none."""
    return clock(int(value)) if value is not None else ""


def number(least: int, most: int, *, times: int = 1) -> Callable[[str], int]:
    """Reads a whole number between two, both included, and multiplies it."""

    def read(typed: str) -> int:
        if not re.fullmatch(r"\d{1,9}", typed, re.ASCII) or not least <= int(typed) <= most:
            raise ValueError(typed)
        return int(typed) * times

    return read


def degrees(least: float, most: float) -> Callable[[str], float]:
    """Reads degrees between two, with a point or a comma, to a tenth of a metre."""

    def read(typed: str) -> float:
        if not re.fullmatch(r"\d{1,3}([.,]\d{1,15})?", typed, re.ASCII):
            raise ValueError(typed)
        value = round(float(typed.replace(",", ".")), 6)
        if not least <= value <= most:
            raise ValueError(typed)
        return value

    return read
