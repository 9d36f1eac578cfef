"""What a backup says of itself: by which version, when, of which schema, and what must be found when it is put back."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from delivery.backup.errors import BadBackup
from delivery.i18n import gettext as _
from delivery.rules.lifecycle import OUT, State

FORM = 1
HANDED = "handed_over."
NAME, DATABASE, FILES, KEYS = "manifest.json", "database", "files/", "keys/"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file inside: how many bytes, and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The books in figures, by which two states of them are told apart.

    `rows` counts each table, `groups` sorts envelopes and sendings (`item.custody.ward`), `money` is in whole đồng.
    """

    rows: dict[str, int]
    groups: dict[str, int]
    money: dict[str, int]

    @property
    def balance(self) -> tuple[int, int, int, int]:
        """Handed over, and of these delivered, returned, still out; the first is their sum while the books balance."""
        by_state = {name.removeprefix(HANDED): n for name, n in self.groups.items() if name.startswith(HANDED)}
        out = sum(count for state, count in by_state.items() if state in OUT)
        delivered, returned = (by_state.get(state.value, 0) for state in (State.DELIVERED, State.RETURNED))
        return sum(by_state.values()), delivered, returned, out

    def differs_from(self, other: "Totals") -> list[str]:
        """The names of the figures in which two states of the books are not the same."""
        mine, theirs = self.figures, other.figures
        return sorted(name for name in mine | theirs if mine.get(name) != theirs.get(name))

    @property
    def figures(self) -> dict[str, int]:
        """All of them by name."""
        rows = {f"table {name}": count for name, count in self.rows.items()}
        return {**rows, **self.groups, **self.money}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The list in a backup; `kind` is the database's (sqlite, postgresql), `schema` its revision."""

    version: str
    made_at: datetime
    kind: str
    schema: str
    totals: Totals
    parts: dict[str, Sealed]

    @property
    def has_keys(self) -> bool:
        return any(name.startswith(KEYS) for name in self.parts)

    def as_bytes(self) -> bytes:
        """JSON, UTF-8."""
        document = {"form": FORM, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode()

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read the list.

        Raises BadBackup when it is of a later form, or none.
        """
        try:
            document: dict[str, Any] = json.loads(content)
            if document["form"] != FORM:
                raise BadBackup(_("A later version has made this backup: put it back with that one"))
            return cls(
                version=str(document["version"]),
                made_at=datetime.fromisoformat(document["made_at"]),
                kind=str(document["kind"]),
                schema=str(document["schema"]),
                totals=Totals(**document["totals"]),
                parts={name: Sealed(**part) for name, part in document["parts"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadBackup(_("The list in the backup cannot be read")) from error
