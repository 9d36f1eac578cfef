"""The database as one file, and back: SQLite by its online backup, PostgreSQL by its own programs.

Both see one moment, whoever writes meanwhile, and the totals are counted at that same moment.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from delivery.backup.errors import BadBackup, ToolMissing
from delivery.backup.manifest import Totals
from delivery.backup.reckoning import reckon, schema_of
from delivery.database import Database
from delivery.i18n import gettext as _

SQLITE, POSTGRES = "sqlite", "postgresql"


def dump(database: Database, to: Path) -> tuple[str, Totals]:
    """Write the database to a file; returns the revision of its schema and its control totals.

    Raises ToolMissing when PostgreSQL's own program is not there or fails.
    """
    return _dump_sqlite(database, to) if database.engine.dialect.name == SQLITE else _dump_postgres(database, to)


def load_sqlite(dumped: Path) -> tuple[str, Totals]:
    """Look a dumped SQLite file through.

    Raises BadBackup when it is not sound.
    """
    try:
        with closing(sqlite3.connect(dumped)) as file:
            sound = file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            loose = file.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BadBackup(_("The database in the backup is not sound")) from error
    if not sound or loose is not None:
        raise BadBackup(_("The database in the backup is not sound"))
    return _looked_at(f"sqlite:///{dumped}")


def load_postgres(dumped: Path, url: str) -> tuple[str, Totals]:
    """Bring a dump into an empty PostgreSQL database, whole or not at all, and look at it.

    Raises ToolMissing when the program is not there or refuses.
    """
    whole = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    _run("pg_restore", url, [*whole, "--dbname", _address(url), str(dumped)])
    return _looked_at(url)


def is_empty(database: Database) -> bool:
    """Whether there is nothing in the database that could be overwritten."""
    with database.engine.connect() as connection:
        return not sa.inspect(connection).get_table_names()


def _dump_sqlite(database: Database, to: Path) -> tuple[str, Totals]:
    source = database.engine.url.database or ""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(to)) as copy:
        # In one step: nobody who writes meanwhile is waited for, or gets half of what is written into it.
        live.backup(copy)
        # One file, complete without another beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
    return _looked_at(f"sqlite:///{to}")


def _dump_postgres(database: Database, to: Path) -> tuple[str, Totals]:
    url = database.engine.url.render_as_string(hide_password=False)
    with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        # The dump takes as long as it takes, and this session keeps its moment for it.
        connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        moment = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
        found = schema_of(connection), reckon(connection)
        _run("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={moment}",
                              "--file", str(to), "--dbname", _address(url)])  # fmt: skip
        connection.rollback()
    return found


def _looked_at(url: str) -> tuple[str, Totals]:
    engine = sa.create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            return schema_of(connection), reckon(connection)
    except sa.exc.DatabaseError as error:
        raise BadBackup(_("The database in the backup is not one of Tận Nhà")) from error
    finally:
        engine.dispose()


def _address(url: str) -> str:
    """Where the database is, for PostgreSQL's programs; without the password, which others could see in it."""
    parts = sa.make_url(url)
    named = {"host": parts.host, "port": parts.port, "user": parts.username, "dbname": parts.database}
    query = {name: value for name, value in parts.query.items() if isinstance(value, str)}
    return make_conninfo("", **query, **{name: value for name, value in named.items() if value is not None})


def _run(program: str, url: str, arguments: Sequence[str]) -> None:
    found = shutil.which(program)
    if found is None:
        raise ToolMissing(
            _("{program} is not on this machine. Install PostgreSQL's client programs (Debian: postgresql-client)")
            .format(program=program)
        )  # fmt: skip
    password = sa.make_url(url).password
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    ended = subprocess.run([found, *arguments], env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        # Only the first line: what follows may repeat what stands in the rows.
        why = next(iter(ended.stderr.splitlines()), str(ended.returncode))
        raise ToolMissing(_("{program} could not do it: {why}").format(program=program, why=why))
