"""Blind marks of a row in one column, and the question whether a row bears one: on either kind of database."""

from collections.abc import Collection, Sequence
from struct import pack
from typing import Any

from sqlalchemy import Boolean, Dialect, Integer, String, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class Marks(TypeDecorator[Collection[int]]):
    """Marks of 32 bits: an array on PostgreSQL, which indexes it; on SQLite, which reads it, hexadecimal words."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Integer()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> list[int] | str | None:
        if value is None or dialect.name == "postgresql":
            return None if value is None else sorted(value)
        return _words(sorted(value))

    def process_result_value(self, value: list[int] | str | None, dialect: Dialect) -> Collection[int] | None:  # noqa: ARG002
        if isinstance(value, str):
            return frozenset(_signed(int(word, 16)) for word in value.split())
        return None if value is None else frozenset(value)


class _Mark(TypeDecorator[int]):
    """One mark as it is looked for."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | str | None:
        return value if value is None or dialect.name == "postgresql" else _words([value])


class _Bears(FunctionElement[bool]):
    type = Boolean()
    name = "bears"
    inherit_cache = True


def bears(marks: SQLColumnExpression[Any], mark: int) -> ColumnElement[bool]:
    """The condition that a row bears a mark."""
    return _Bears(marks, bindparam(None, mark, type_=_Mark(), unique=True))


def mark_of(blind: bytes) -> int:
    """A blind mark as it is kept: its first 32 bits, which some strangers share, as a signed number."""
    return int.from_bytes(blind[:4], signed=True)


@compiles(_Bears)
def _in_words(element: _Bears, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    marks, mark = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(instr({marks}, {mark}) > 0)"


@compiles(_Bears, "postgresql")
def _in_array(element: _Bears, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    marks, mark = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({marks} @> ARRAY[{mark}])"


def _words(marks: Sequence[int]) -> str:
    """Each mark as eight digits and a blank, so that none is found between two others."""
    return pack(f">{len(marks)}i", *marks).hex(" ", 4) + " "


def _signed(number: int) -> int:
    return number - (1 << 32) if number & 0x80000000 else number
