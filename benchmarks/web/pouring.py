"""Many rows at once: by COPY into PostgreSQL, by one statement for each table into SQLite."""

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import sqlalchemy as sa

from delivery.database import Database
from delivery.models.base import Base

Rows = Mapping[type[Base], Sequence[Mapping[str, Any]]]


def pour(database: Database, rows: Rows) -> None:
    """Add the rows in one transaction, table after table; all rows of a table have the same columns."""
    if database.engine.dialect.name == "postgresql":
        _copy(database, rows)
        return
    with database.write() as session:
        for model, some in rows.items():
            if some:
                session.execute(sa.insert(Base.metadata.tables[model.__tablename__]), list(some))


def trust(connection: sa.Connection) -> None:
    """Write until the transaction's end without looking up what each row names: all of it is there, by its making.

    Only a superuser of PostgreSQL may; the look-ups would take longer than all else.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))


def _copy(database: Database, rows: Rows) -> None:
    with database.engine.begin() as connection:
        trust(connection)
        line = connection.connection.driver_connection
        assert line is not None
        for model, some in rows.items():
            if not some:
                continue
            columns = list(some[0])
            named = ", ".join(f'"{column}"' for column in columns)
            with line.cursor() as cursor, cursor.copy(f'COPY "{model.__tablename__}" ({named}) FROM STDIN') as copy:
                for row in some:
                    copy.write_row([_plain(row[column]) for column in columns])


def _plain(value: Any) -> Any:  # noqa: ANN401  whatever a column holds
    """A value as COPY takes it: words by their value, facts as JSON, marks as an array."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set):
        return sorted(value)
    return json.dumps(value) if isinstance(value, dict | list) else value
