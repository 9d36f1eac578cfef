"""A database of every earlier version, with rows in it, becomes one of the newest."""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from delivery.database import MIGRATIONS, Database, newest_schema
from delivery.models import Base

REVISIONS = [each.revision for each in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))]
MOMENT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind without any schema."""
    if database_url.startswith("sqlite"):
        database_url = f"sqlite:///{tmp_path / 'old.db'}"
    connected = Database.connect(database_url)
    if connected.engine.dialect.name == "postgresql":
        with connected.engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
    yield connected
    connected.engine.dispose()


def upgrade(database: Database, revision: str) -> None:
    with database.engine.begin() as connection:
        command.upgrade(database._alembic(connection), revision)


def test_the_number_of_the_last_revision_is_the_schema_that_alembic_leads_to() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [newest_schema()]


def fill(database: Database, numbers: Iterator[int]) -> None:
    """A row for each table that has none, with what its columns ask for; first those to which others refer."""
    metadata = sa.MetaData()
    with database.engine.begin() as connection:
        metadata.reflect(connection)
        empty = {name: table for name, table in metadata.tables.items() if not _count(connection, table)}
        while empty:
            name = next(name for name, table in empty.items() if not _needed(table) & empty.keys() - {name})
            table = empty.pop(name)
            connection.execute(table.insert().values(_row(connection, table, next(numbers))))


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _needed(table: sa.Table) -> set[str]:
    return {key.column.table.name for column in table.columns if not column.nullable for key in column.foreign_keys}


def _row(connection: sa.Connection, table: sa.Table, number: int) -> dict[str, Any]:
    return {
        column.name: _value(connection, column, number)
        for column in table.columns
        if column.foreign_keys or not (column.nullable or column.server_default is not None or _is_own_key(column))
    }


def _is_own_key(column: "sa.Column[Any]") -> bool:
    return column.primary_key and isinstance(column.type, sa.Integer)


def _value(connection: sa.Connection, column: "sa.Column[Any]", number: int) -> object:
    for key in column.foreign_keys:
        return connection.scalar(sa.select(key.column).limit(1))
    kinds: list[tuple[type[Any], object]] = [
        (sa.JSON, {}), (sa.Boolean, False), (sa.DateTime, MOMENT), (sa.Date, date(2026, 11, 24)), (sa.Integer, number),
        (sa.Float, 21.0), (sa.Numeric, 21), (sa.LargeBinary, b"x"), (sa.String, f"x{number}"),
    ]  # fmt: skip
    return next(value for kind, value in kinds if isinstance(column.type, kind))


def test_what_was_entered_under_any_earlier_schema_is_still_there_under_the_newest(empty: Database) -> None:
    numbers = itertools.count(1)
    for revision in REVISIONS:
        upgrade(empty, revision)
        fill(empty, numbers)

    assert empty.is_at_head()
    with empty.read() as session:
        # Read as the newest code reads them: no column is missing, none holds what it cannot.
        assert [model.__tablename__ for model in _models() if not _rows(session, model)] == []


def _models() -> list[Any]:
    return [mapper.class_ for mapper in Base.registry.mappers]


def _rows(session: Session, model: Any) -> int:
    return len(session.scalars(sa.select(model)).all())


def test_the_revisions_are_one_line_from_the_first_to_the_newest() -> None:
    script = ScriptDirectory(str(MIGRATIONS))

    assert len(script.get_heads()) == len(script.get_bases()) == 1
    assert len(set(REVISIONS)) == len(REVISIONS) >= 29
