"""Databases of a real PostgreSQL for tests: made once for each process of the tests, emptied after each of them.

Making one and dropping it again takes seconds of the disk, since each drop is a checkpoint of the whole server;
emptying it takes a few milliseconds.
"""

import os
import uuid

import psycopg
from psycopg import sql

POSTGRES = os.environ.get("TANNHA_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")

_SCHEMA = """
    SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
        SELECT format('%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull) AS line
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS lines
"""
# Without its triggers, which refuse to forget or ask for an order among the tables.
_EMPTY = """
    DO $$ DECLARE name text; BEGIN
        SET LOCAL session_replication_role = replica;
        FOR name IN SELECT format('%I', tablename) FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
        PERFORM setval(format('%I', sequencename), start_value, false) FROM pg_sequences WHERE schemaname = 'public';
    END $$
"""


def postgres_url(name: str) -> str:
    """The address of a database of that name, for SQLAlchemy."""
    return POSTGRES.replace("postgresql://", "postgresql+psycopg://").rpartition("/")[0] + f"/{name}"


def drop(connection: psycopg.Connection, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Shelf:
    """Empty databases that wait for a test; each test gets one under a name that nobody has heard of before.

    A process that outlives its test therefore finds nothing under the name it knows.
    """

    def __init__(self, connection: psycopg.Connection, template: str) -> None:
        self._connection, self._template = connection, template
        self._free: list[str] = []
        self._schema = self._ask(template, _SCHEMA)

    def take(self) -> str:
        """The name of an empty database with the newest schema."""
        name = _new_name()
        if self._free:
            self._rename(self._free.pop(), name)
        else:
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            self._connection.execute(copy.format(sql.Identifier(name), sql.Identifier(self._template)))
        return name

    def put_back(self, name: str) -> None:
        """Empty a database for the next test; one whose schema a test has changed is dropped."""
        waiting = _new_name()
        self._rename(name, waiting)
        if self._ask(waiting, _SCHEMA) == self._schema:
            self._ask(waiting, _EMPTY)
            self._free.append(waiting)
        else:
            drop(self._connection, waiting)

    def clear(self) -> None:
        """Drop them all."""
        while self._free:
            drop(self._connection, self._free.pop())

    def _rename(self, name: str, other: str) -> None:
        gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        self._connection.execute(gone, [name])
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        self._connection.execute(rename.format(sql.Identifier(name), sql.Identifier(other)))

    def _ask(self, name: str, question: str) -> str | None:
        with psycopg.connect(POSTGRES.rpartition("/")[0] + f"/{name}", autocommit=True) as connection:
            answer = connection.execute(question)
            row = answer.fetchone() if answer.description else None
            return None if row is None else str(row[0])


def _new_name() -> str:
    return f"tannha_test_{uuid.uuid4().hex[:12]}"
