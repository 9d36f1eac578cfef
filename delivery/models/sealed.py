"""Columns of personal data that lie sealed in the database and read like any other attribute.

A column `phone` is mapped as `kept_phone`, what really lies there; `phone = SealedText()` beside it is what it says. It
is opened when somebody reads it, and sealed when the row goes to the database. In a question to the database the
attribute cannot be used, for there is nothing to compare: `delivery.intake.searching` and `delivery.blinding` say what
can be asked. Who writes past the rows themselves uses `sealed_values`, who reads past them `SealedText.opened`.

What was written before the home began to seal is read as it stands.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, NoReturn, TypeVar, cast, overload

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, QueryContext, Session, object_session

from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.sealing import FieldSeals, Place, is_sealed

# The name in a session's `info` of the seals of its home (`delivery.wiring`).
SEALS = "seals"
KEPT = "kept_"
SEALED = "sealed"
V = TypeVar("V")


def seals_of(session: Session) -> FieldSeals | None:
    """The seals that a session carries along; None where whoever opened it has none: what is sealed it cannot read."""
    return cast("FieldSeals | None", session.info.get(SEALS))


class Sealed(Generic[V]):
    """An attribute that lies sealed in the column of its name."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.kept = name, f"{KEPT}{name}"
        if (own := owner.__dict__.get("sealed")) is not None:
            own[name] = self

    @overload
    def __get__(self, row: None, owner: type) -> "Sealed[V]": ...
    @overload
    def __get__(self, row: "SealedRow", owner: type) -> V: ...

    def __get__(self, row: "SealedRow | None", owner: type) -> "Sealed[V] | V":
        return self if row is None else row.opened(self)

    def __set__(self, row: "SealedRow", value: V) -> None:
        if getattr(row, self.kept) is None or row.opened(self) != value:
            setattr(row, self.kept, value)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError(f"{self.name} lies sealed: the database cannot compare it")

    __hash__ = object.__hash__

    def sealed(self, seals: FieldSeals, place: Place, value: V) -> V:
        """The value as it may be kept in that place."""
        raise NotImplementedError

    def opened(self, seals: FieldSeals | None, place: Place, kept: V) -> V:
        """What a kept value says. Raises what `FieldSeals.open` raises."""
        raise NotImplementedError

    def is_something(self, kept: V) -> bool:
        """Whether a kept value holds anything, sealed or not."""
        raise NotImplementedError


class SealedText(Sealed[str]):
    """A text that lies sealed."""

    def sealed(self, seals: FieldSeals, place: Place, value: str) -> str:
        return seals.seal(place, value)

    def opened(self, seals: FieldSeals | None, place: Place, kept: str) -> str:
        return _with(seals).open(place, kept) if is_sealed(kept) else kept

    def is_something(self, kept: str) -> bool:
        return isinstance(kept, str) and bool(kept)


class SealedBytes(Sealed[V]):
    """Bytes, or None, that lie sealed."""

    def sealed(self, seals: FieldSeals, place: Place, value: V) -> V:
        return cast("V", seals.seal_bytes(place, value)) if isinstance(value, bytes) else value

    def opened(self, seals: FieldSeals | None, place: Place, kept: V) -> V:
        return cast("V", _with(seals).open_bytes(place, cast("bytes", kept))) if is_sealed(kept) else kept

    def is_something(self, kept: V) -> bool:
        return isinstance(kept, bytes) and bool(kept)


class SealedFacts(Sealed[V]):
    """Facts that lie sealed: a JSON column holds `{"sealed": …}`, the sealed text being their JSON; `{}` stays."""

    def sealed(self, seals: FieldSeals, place: Place, value: V) -> V:
        if not value or not seals.begun:
            return value
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return cast("V", {SEALED: seals.seal(place, text)})

    def opened(self, seals: FieldSeals | None, place: Place, kept: V) -> V:
        text = _sealed_in(kept)
        return kept if text is None else cast("V", json.loads(_with(seals).open(place, text)))

    def is_something(self, kept: V) -> bool:
        return isinstance(kept, dict | list) and bool(kept)


def _with(seals: FieldSeals | None) -> FieldSeals:
    if seals is None:
        raise NotNow(
            _("What is said of people lies sealed, and these books were opened without the keys of their home")
        )
    return seals


def _sealed_in(kept: object) -> str | None:
    if isinstance(kept, dict) and kept.keys() == {SEALED} and isinstance(kept[SEALED], str):
        return str(kept[SEALED])
    return None


class SealedRow:
    """A row with sealed columns; it opens them with the seals of the session that it was read in, or came to first."""

    sealed: ClassVar[dict[str, Sealed[Any]]]
    __tablename__: str
    _seals: "FieldSeals | None" = None

    @property
    def row_name(self) -> str:
        """The name of the row for ever, to which its sealed values are bound."""
        raise NotImplementedError

    def place_of(self, column: str) -> Place:
        """Where the value of a column lies."""
        return Place(self.__tablename__, self.row_name, column)

    def opened(self, attribute: Sealed[V]) -> V:
        """What a sealed attribute says; it is opened once, until something else lies there."""
        kept: V = getattr(self, attribute.kept)
        if not attribute.is_something(kept):
            return kept
        known: dict[str, tuple[V, V]] = self.__dict__.setdefault("_opened", {})
        if attribute.name not in known or known[attribute.name][0] is not kept:
            place = self.place_of(attribute.name)
            known[attribute.name] = kept, attribute.opened(self._seals, place, kept)
        return known[attribute.name][1]

    def seal(self, attribute: Sealed[Any]) -> None:
        """Seal what was written into an attribute."""
        kept = getattr(self, attribute.kept)
        if self._seals is not None and attribute.is_something(kept):
            clear = attribute.opened(self._seals, self.place_of(attribute.name), kept)
            setattr(self, attribute.kept, attribute.sealed(self._seals, self.place_of(attribute.name), clear))


def sealed_values(
    seals: FieldSeals | None, model: type[SealedRow], row_name: str, values: Mapping[str, object]
) -> dict[str, object]:
    """Values by their attributes as they go into a new row past the session's own rows, sealed where they must be."""
    row = dict(values)
    for name in model.sealed.keys() & values.keys():
        attribute, value = model.sealed[name], row.pop(name)
        place = Place(model.__tablename__, row_name, name)
        row[attribute.kept] = value if seals is None or value is None else attribute.sealed(seals, place, value)
    return row


def opened_values(
    seals: FieldSeals | None, model: type[SealedRow], row_name: str, **kept: Any  # noqa: ANN401  as the columns are
) -> dict[str, Any]:  # fmt: skip
    """What kept values of a row say, by their attributes, where they were read past the session's own rows."""
    return {
        name: model.sealed[name].opened(seals, Place(model.__tablename__, row_name, name), value)
        for name, value in kept.items()
    }


@sa.event.listens_for(SealedRow, "load", propagate=True)
def _read(row: SealedRow, context: QueryContext | None) -> None:
    # A row that is merged comes with no query, but into a session.
    session = context.session if context is not None else object_session(row)
    row._seals = seals_of(session) if session is not None else None  # noqa: SLF001  its own


@sa.event.listens_for(SealedRow, "before_insert", propagate=True)
def _new(_mapper: Mapper[Any], _connection: sa.Connection, row: SealedRow) -> None:
    session = object_session(row)
    row._seals = seals_of(session) if session is not None else None  # noqa: SLF001  its own
    for attribute in row.sealed.values():
        row.seal(attribute)


@sa.event.listens_for(SealedRow, "before_update", propagate=True)
def _changed(_mapper: Mapper[Any], _connection: sa.Connection, row: SealedRow) -> None:
    # Only what was written: what stands beside it may have been changed by somebody else since it was read.
    written = sa.inspect(row).attrs
    for attribute in row.sealed.values():
        if written[attribute.kept].history.has_changes():
            row.seal(attribute)
