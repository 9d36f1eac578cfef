"""Who is frozen in the middle of a transaction does not hold the others up for ever."""

import signal
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from delivery.database import Database
from delivery.models import Meta

HOLDS = """
import sys
import sqlalchemy as sa
from delivery.database import Database
from delivery.models import Meta
database = Database.connect(sys.argv[1], silent_seconds=2)
try:
    with database.write() as session:
        session.execute(sa.update(Meta).values(value="frozen"))
        print("held", flush=True)
        sys.stdin.readline()
except sa.exc.DBAPIError as error:
    print("lost" if error.connection_invalidated else error, flush=True)
with database.read() as session:
    print(session.scalar(sa.select(Meta.value)), flush=True)
"""


def test_a_frozen_transaction_is_ended_and_its_owner_told_when_it_wakes_up(postgres: str) -> None:
    database = Database.connect(postgres)
    with database.write() as session:
        session.add(Meta(key="who", value="nobody"))
    frozen = subprocess.Popen(
        [sys.executable, "-c", HOLDS, postgres], cwd=Path(__file__).parents[2], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert frozen.stdout is not None
        assert frozen.stdout.readline() == "held\n"
        frozen.send_signal(signal.SIGSTOP)

        # This waits for the row that the frozen one has locked, and here not for ever.
        with database.write() as session:
            session.execute(sa.text("SET LOCAL lock_timeout = '30s'"))
            session.execute(sa.update(Meta).values(value="awake"))

        frozen.send_signal(signal.SIGCONT)
        told, _errors = frozen.communicate("\n")
        assert told == "lost\nawake\n"
    finally:
        frozen.kill()
    database.engine.dispose()


def test_who_only_looks_or_waits_for_a_lock_is_not_silent(postgres: str) -> None:
    """What counts is silence in a transaction: a line that rests between two, as a sender's does, stays."""
    database = Database.connect(postgres, silent_seconds=1)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
        assert line.scalar(sa.text("SELECT pg_try_advisory_lock(1, 1)"))
        with database.read() as session:
            session.execute(sa.text("SELECT pg_sleep(2)"))
        assert line.scalar(sa.text("SELECT pg_advisory_unlock(1, 1)"))
    database.engine.dispose()
