"""The liveness lock: whoever talks to the carrier about a consignment holds a lock that nothing but its end takes away.

A lease ends by the clock, so a worker that was frozen past its lease may wake up and send what another has already
sent. This lock ends with the sender: PostgreSQL lets go of it when the sender's own connection closes, the kernel when
its process dies. As long as an earlier sender could still wake up, nobody else sends.

It does not help against a network that cuts a frozen sender off from the database and not from the carrier; against
that stands the look-up. PgBouncer must not share connections by transaction between workers.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from delivery.database import Database

# Advisory locks are pairs of numbers; the first says what the second counts.
CONSIGNMENTS = 0x7A11
StillMine = Callable[[], None]


class SenderAlive(Exception):  # control flow: the caller comes back later
    """Somebody who began earlier may still be sending."""


@contextmanager
def sole_sender(database: Database, consignment_id: int) -> Iterator[StillMine]:
    """Be the only one who may talk to the carrier about a consignment.

    Call what is yielded right before sending: it raises SenderAlive when the lock has been lost meanwhile.

    Raises SenderAlive when somebody else holds the lock, whether or not they still have the job's lease.
    """
    if database.engine.dialect.name == "postgresql":
        with _held_by_connection(database.locks, consignment_id) as still_mine:
            yield still_mine
    else:
        with _held_by_file(_folder_beside(database.engine.url), consignment_id):
            yield _nothing_to_ask


@contextmanager
def _held_by_connection(engine: sa.Engine, key: int) -> Iterator[StillMine]:
    with engine.connect() as connection:
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(CONSIGNMENTS, key))):
            raise SenderAlive

        def still_mine() -> None:
            try:
                connection.execute(sa.select(1))
            except sa.exc.DBAPIError as error:
                raise SenderAlive from error

        try:
            yield still_mine
        finally:
            _let_go(connection, key)


def _let_go(connection: sa.Connection, key: int) -> None:
    """Give the lock back, or else the connection with it: it ends, and PostgreSQL lets go whatever has happened."""
    given_back = False
    with suppress(sa.exc.SQLAlchemyError):
        given_back = bool(connection.scalar(sa.select(sa.func.pg_advisory_unlock(CONSIGNMENTS, key))))
    if not given_back and not connection.invalidated:
        connection.invalidate()


@contextmanager
def _held_by_file(folder: Path, key: int) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / str(key)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SenderAlive from error
        if not _is_still(path, file):
            # Its last holder has just taken the name away: the next try finds a new file.
            raise SenderAlive
        yield
        path.unlink(missing_ok=True)
    finally:
        os.close(file)


def _is_still(path: Path, file: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file).st_ino
    except FileNotFoundError:
        return False


def _folder_beside(url: sa.URL) -> Path:
    """All processes on one SQLite file are on one machine and find the same folder."""
    return Path(f"{url.database}.senders")


def _nothing_to_ask() -> None:
    """The kernel takes a file lock from nobody who lives."""
