"""JSON read strictly: every value is asked for by name and kind, and what nobody asks for is refused by name."""

import math
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from routing.errors import UnsupportedInput

# Moments may be timestamps; anything else as large is beyond all measure anyway.
MOST = 10**12
MOST_ID = 2**64 - 1
WIDTH = 60


class Entry:
    """A JSON object and how to call it when something about it is wrong.

    All methods raise UnsupportedInput where the value is missing or of another kind than asked for.
    """

    def __init__(self, name: str, fields: object) -> None:
        if not isinstance(fields, Mapping):
            raise UnsupportedInput(f"{name} is not an object but {_short(fields)}")
        self.name = name
        self.fields: Mapping[str, Any] = fields

    def __contains__(self, key: str) -> bool:
        return key in self.fields

    def allow(self, *known: str) -> None:
        """Refuse every key that is not one of `known`."""
        if unknown := sorted(set(self.fields).difference(known)):
            named = ", ".join(_short(key).strip("'") for key in unknown[:5])
            raise UnsupportedInput(f"{self.name} uses {named}, which this planner does not know")

    def whole(self, key: str, default: int | None = None, most: int = MOST) -> int:
        return _whole(f"{key} of {self.name}", self._get(key, default), most)

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; empty where there is none."""
        what = f"{key} of {self.name}"
        return tuple(_whole(what, value, MOST) for value in self._list(key, ()))

    def number(self, key: str, default: float) -> float:
        value = self._get(key, default)
        if not _is_number(value):
            raise UnsupportedInput(f"{key} of {self.name} is not a number but {_short(value)}")
        return float(value)

    def text(self, key: str, default: str) -> str:
        value = self._get(key, default)
        if not isinstance(value, str):
            raise UnsupportedInput(f"{key} of {self.name} is not a text but {_short(value)}")
        return value

    def point(self, key: str) -> tuple[float, float]:
        """Longitude and latitude."""
        value = self._list(key)
        if len(value) != 2 or not all(map(_is_number, value)) or abs(value[0]) > 180 or abs(value[1]) > 90:
            raise UnsupportedInput(f"{key} of {self.name} is not [longitude, latitude] but {_short(value)}")
        return float(value[0]), float(value[1])

    def windows(self, key: str) -> list[tuple[int, int]]:
        """Pairs of moments; empty where there are none, but not where the list is there and holds nothing."""
        what = f"{key} of {self.name}"
        given = self._list(key, ())
        if key in self.fields and not given:
            raise UnsupportedInput(f"{what} is empty: leave it out where any time will do")
        return [_window(what, pair) for pair in given]

    def window(self, key: str) -> tuple[int, int]:
        return _window(f"{key} of {self.name}", self._list(key))

    def entry(self, key: str) -> "Entry":
        return Entry(f"{key} of {self.name}", self._get(key))

    def entries(self, key: str, kind: str) -> list["Entry"]:
        """The objects of a list, called by their kind and id; empty where there is none."""
        return [
            Entry(f"{kind} {_short(one.get('id', number)) if isinstance(one, Mapping) else number}", one)
            for number, one in enumerate(self._list(key, ()))
        ]

    def table(self, key: str) -> list[list[int]]:
        """A square table of whole numbers."""
        what, rows = f"{key} of {self.name}", self._list(key)
        for number, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != len(rows):
                raise UnsupportedInput(f"{what} is not square: see row {number}")
            # Only to name the culprit is each value looked at alone; a table may hold millions.
            if not set(map(type, row)) <= {int} or min(row) < 0 or max(row) > MOST:
                for value in row:
                    _whole(what, value, MOST)
        return list(rows)

    def _get(self, key: str, default: object = None) -> Any:  # noqa: ANN401  whatever JSON holds
        value = self.fields.get(key, default)
        if value is None:
            raise UnsupportedInput(f"{self.name} has no {key}")
        return value

    def _list(self, key: str, default: object = None) -> Sequence[Any]:
        value = self._get(key, default)
        if isinstance(value, list | tuple):
            return value
        raise UnsupportedInput(f"{key} of {self.name} is not a list but {_short(value)}")


def _window(what: str, pair: object) -> tuple[int, int]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise UnsupportedInput(f"{what} is not made of [start, end] but of {_short(pair)}")
    return _whole(what, pair[0], MOST), _whole(what, pair[1], MOST)


def _whole(what: str, value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UnsupportedInput(f"{what} is not a whole number from 0 on but {_short(value)}")
    if value > most:
        raise UnsupportedInput(f"{what} is beyond all measure: {_short(value)}")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e12 < value < 1e12


def _short(value: object) -> str:
    """The value in one line that fits on a screen, whatever it is."""
    if isinstance(value, int) and abs(value) > MOST_ID:
        return f"a number of about {math.log10(abs(value)):.0f} digits"
    text = reprlib.repr(value)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}…"
