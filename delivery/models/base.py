"""What every table shares: one metadata, moments in UTC, names for constraints that migrations can find."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, DateTime, Dialect, Enum, MetaData, String, TypeDecorator, event
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Facts = dict[str, Any]
"""Small structured facts kept as JSON: never code, never personal data beyond what the row is about."""


class UtcMoment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite has no time zones, so the zone is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Word(TypeDecorator[StrEnum]):
    """One of an enumeration's words, kept as plain text by value, so that a new word needs no migration.

    While two versions run side by side, the older meets words that only the newer knows. Such a word is read as it
    stands: it is equal to none of ours, so nobody acts upon it, and it is written back unchanged.
    """

    impl = String(32)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        if value is None:
            return None
        try:
            return self.words(value)
        except ValueError:
            newer = str.__new__(self.words, value)
            newer._name_ = newer._value_ = value
            return newer


# Finds the columns that hold words; which enumeration each has is known only once its class is read.
WORD = Enum(StrEnum, native_enum=False, length=32)


@event.listens_for(Column, "before_parent_attach", propagate=True)
def _keep_words(column: "Column[Any]", _parent: object) -> None:
    if isinstance(column.type, Enum) and column.type.enum_class is not None:
        words = column.type.enum_class
        if issubclass(words, StrEnum):
            column.type = Word(words)


class Base(DeclarativeBase):
    """The base of all mapped classes."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcMoment, Facts: JSON, StrEnum: WORD}
