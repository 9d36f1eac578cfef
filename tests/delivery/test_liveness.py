"""Whoever talks to the carrier about a consignment is alone until it ends or dies; nothing else takes its lock."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.database import Database
from delivery.jobs.liveness import SenderAlive, sole_sender

HOLDS = """
import sys, time
from delivery.database import Database
from delivery.jobs.liveness import sole_sender
with sole_sender(Database.connect(sys.argv[1]), 7):
    print("held", flush=True)
    time.sleep(600)
"""


def held(database: Database, consignment_id: int = 7) -> bool:
    try:
        with sole_sender(database, consignment_id):
            return False
    except SenderAlive:
        return True


def test_a_second_sender_is_turned_away_and_comes_in_once_the_first_has_ended(database: Database) -> None:
    with sole_sender(database, 7) as still_mine:
        still_mine()
        assert held(database)
        assert not held(database, 8)

    assert not held(database)


def test_the_lock_is_free_after_an_error_too(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), sole_sender(database, 7):
        raise ZeroDivisionError

    assert not held(database)


def test_a_sender_that_is_killed_lets_go_at_once(database: Database, database_url: str) -> None:
    sender = subprocess.Popen(
        [sys.executable, "-c", HOLDS, database_url], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    )
    assert sender.stdout is not None
    assert sender.stdout.readline() == b"held\n"
    assert held(database)

    sender.kill()
    sender.communicate()

    # PostgreSQL notices that the other end of a line is gone when it next looks at it.
    while held(database):
        pass


def test_who_has_lost_the_lock_is_told_before_sending(postgres: str) -> None:
    database = Database.connect(postgres)
    with sole_sender(database, 7) as still_mine:
        with database.engine.connect() as other:
            holders = sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7"
            )
            other.execute(holders)
        with pytest.raises(SenderAlive):
            still_mine()
    database.engine.dispose()


def test_a_lost_line_leaves_no_lock_and_the_next_sender_finds_another(postgres: str) -> None:
    database = Database.connect(postgres)
    with sole_sender(database, 7), database.engine.connect() as other:
        other.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7")
        )

    assert not held(database)
    with sole_sender(database, 7) as still_mine:
        still_mine()
        assert held(database)
    database.engine.dispose()


def test_a_line_that_cannot_let_go_is_closed(postgres: str) -> None:
    database, other = Database.connect(postgres), Database.connect(postgres)
    with sole_sender(database, 7):
        with database.locks.connect() as borrowed:
            # Somebody else's lock is none that this line could give back.
            assert not borrowed.scalar(sa.text("SELECT pg_try_advisory_lock(31249, 7)"))
        held_by_another = held(other)
    assert held_by_another
    assert not held(other)
    for one in (database, other):
        one.engine.dispose()


def test_no_lock_stays_behind_in_the_pool_or_the_folder(database: Database, tmp_path: Path) -> None:
    for number in range(30):
        with sole_sender(database, number):
            pass

    assert not list((tmp_path / "tannha.db.senders").glob("*"))
    assert not any(held(database, number) for number in range(30))
