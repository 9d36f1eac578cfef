"""The database: SQLite inside the home or PostgreSQL by setting, one schema and one history for both."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 15
SILENT_SECONDS = 60
# Advisory locks are pairs of numbers; the first says what the second counts, and the liveness lock has another.
TURNS = 0x7A12
# Where Alembic keeps which revision the books are at.
VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))
T = TypeVar("T")


@dataclass(frozen=True)
class Database:
    """An engine and the two ways to open a session on it.

    `writing` begins a transaction that may write; on SQLite it takes the write lock at once, so that no transaction
    fails half-way because somebody else wrote first. `reading` never blocks a writer. On PostgreSQL, `locks` lends out
    connections for locks that outlive a transaction; whoever borrows one lets go of its locks.
    """

    engine: sa.Engine
    writing: sessionmaker[Session]
    reading: sessionmaker[Session]
    locks: sa.Engine

    @classmethod
    def connect(
        cls, url: str, *, silent_seconds: int = SILENT_SECONDS, info: Mapping[str, object] | None = None
    ) -> "Database":
        """The database at an address; who is silent in the middle of a transaction for so long loses it.

        What is in `info` every session carries along.

        A process that was frozen there would otherwise hold what it has locked for as long as it is. Only PostgreSQL
        can do that: on SQLite a frozen writer holds the others up until somebody ends it.
        """
        # What a statement was about are people's names and addresses: they stay out of errors and so out of logs.
        engine = sa.create_engine(url, hide_parameters=True, **_options(url))
        if engine.dialect.name == "sqlite":
            _tame_sqlite(engine)
        else:
            _end_silence(engine, silent_seconds)
        reader = engine.execution_options(read_only=True)
        carried = dict(info or {})
        writing, reading = (sessionmaker(which, expire_on_commit=False, info=carried) for which in (engine, reader))
        return cls(engine, writing, reading, _lock_engine(engine, url))

    def carry(self, name: str, value: object) -> None:
        """Have every session carry something along from now on, unless it carries one of that name already."""
        for sessions in (self.writing, self.reading):
            sessions.configure(info={name: value, **sessions.kw["info"]})

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A unit of work: committed when the block ends, undone when it raises."""
        with self.writing.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A look at one consistent moment; nothing is kept."""
        with self.reading() as session:
            yield session

    def migrate(self) -> None:
        """Bring the schema to the newest version; running it again changes nothing."""
        if self.is_at_head():
            return
        # Alembic is loaded by those who migrate; everybody else only looks whether somebody has.
        from alembic import command  # noqa: PLC0415

        with self.engine.begin() as connection:
            command.upgrade(self._alembic(connection), "head")

    def is_at_head(self) -> bool:
        """Whether the schema is the one this code was written for."""
        with self.engine.connect() as connection:
            if not sa.inspect(connection).has_table(VERSION.name):
                return False
            return set(connection.scalars(sa.select(VERSION.c.version_num))) == {newest_schema()}

    @staticmethod
    def _alembic(connection: sa.Connection) -> "Config":
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        return config


@cache
def newest_schema() -> str:
    """The schema of this code: revisions are numbered files of the program, each the next of the one before."""
    return max(file.name for file in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def database_now(session: Session) -> datetime:
    """The present moment on the clock that all processes share, so that leases survive a machine with a wrong clock."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    moment = session.scalar(sa.select(sa.func.clock_timestamp()))
    assert isinstance(moment, datetime)  # noqa: S101
    return moment.astimezone(UTC)


def take_turns(session: Session, activity: int) -> None:
    """Wait until nobody else does `activity`, and let nobody begin it until this transaction ends.

    On SQLite whoever writes is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(TURNS, activity)))


def insert_if_new(session: Session, model: type[DeclarativeBase], **values: object) -> int | None:
    """Add a row unless a unique index has it already, also when somebody else adds it at this very moment.

    Returns the new row's id, or None when it is there; where another transaction is adding it, its end is awaited.
    """
    new = insert_those_new(session, model, [values], sa.inspect(model).primary_key[0])
    return int(new[0]) if new else None


def insert_those_new(
    session: Session,
    model: type[DeclarativeBase],
    rows: Sequence[Mapping[str, object]],
    told: sa.SQLColumnExpression[T],
) -> list[T]:
    """Add those of several rows that no unique index has; returns the column `told` of each that was new."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(model).on_conflict_do_nothing().returning(told)
    return list(session.scalars(statement, list(rows)))


def insert_or_update(
    session: Session, model: type[DeclarativeBase], values: Mapping[str, object], *, only: sa.ColumnElement[bool]
) -> None:
    """Add a row, or bring the one with the same primary key up to date where it is `only` such a one.

    Two who do so at the same moment do not disturb each other; the later one's values stay.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(model).values(values)
    key = [column.name for column in sa.inspect(model).primary_key]
    changed = {name: statement.excluded[name] for name in values if name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=changed, where=only))


def _options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}}
    return {
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 10,
        "connect_args": {"connect_timeout": 5},
    }


def _lock_engine(engine: sa.Engine, url: str) -> sa.Engine:
    """Connections apart from the others, so that no sender starves a transaction; kept, for opening one costs most."""
    if engine.dialect.name == "sqlite":
        return engine
    locks = sa.create_engine(
        url, hide_parameters=True, isolation_level="AUTOCOMMIT", pool_reset_on_return=None,
        **{**_options(url), "max_overflow": -1},
    )  # fmt: skip
    sa.event.listen(engine, "engine_disposed", lambda _engine: locks.dispose())
    return locks


def _end_silence(engine: sa.Engine, seconds: int) -> None:
    @sa.event.listens_for(engine, "connect")
    def _configure(connection: psycopg.Connection, _record: object) -> None:
        # Said to each session, and not in the connection's options: a pooler between would not let those through.
        told = ("idle_in_transaction_session_timeout", f"{seconds}s")
        connection.execute("SELECT set_config(%s, %s, false)", told)
        connection.commit()


def _tame_sqlite(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions begin too late and hide errors; we begin them ourselves below.
        connection.isolation_level = None
        for pragma in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"):
            connection.execute(pragma)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
