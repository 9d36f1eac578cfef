"""Two at the same moment, told apart by nothing but who came first: the second waits for the first's transaction."""

import time

import sqlalchemy as sa

from delivery.database import Database


def waits_for_another(database: Database) -> None:
    """Return once somebody in this database waits for a lock.

    On SQLite the second waits before it has said anything, and nobody can see it: a moment is enough.
    """
    if database.engine.dialect.name == "sqlite":
        time.sleep(0.3)
        return
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(600):
        with database.engine.connect() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.05)
    raise AssertionError("nobody came to wait")
