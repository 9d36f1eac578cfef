"""The inbox: callbacks that come at the same moment are put on the disk together, and each is answered afterwards.

Making a transaction last takes the disk as long for a hundred rows as for one. Whoever comes first writes for all who
wait; whoever comes meanwhile waits for the next. There is no thread that could die, and nothing to stop: what was not
committed has not been acknowledged.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog

from delivery.database import Database, insert_those_new
from delivery.errors import NotNow
from delivery.failpoints import reach
from delivery.i18n import gettext as _
from delivery.models import Callback
from delivery.tracking.codes import CALLBACK

log = structlog.get_logger()
# Time for others to come along: it spares the disk, and the one writer of SQLite, most of their transactions.
GATHER_SECONDS = 0.01
# A carrier that has waited longer will come again anyway. Its callback may then be found to have been kept.
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Letter:
    """A verified callback; its repetitions share the `dedupe_key`."""

    dedupe_key: str
    received_at: datetime
    raw: bytes

    def as_row(self) -> Mapping[str, object]:
        return {"source": CALLBACK, **{name: getattr(self, name) for name in self.__slots__}}


@dataclass(eq=False, slots=True)
class _Waiting:
    """A letter that somebody waits to see kept: `outcome` is whether it was new, or why it could not be kept."""

    letter: Letter
    outcome: bool | Exception | None = None


class Inbox:
    """Keeps letters in a database; for all threads of a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Waiting] = []
        self._is_writing = False
        self._turn = threading.Condition()

    def keep(self, letter: Letter) -> bool:
        """Return once the letter is on the disk; False when it was there already.

        Raises NotNow when the database does not take it in time.
        """
        mine = _Waiting(letter)
        with self._turn:
            self._waiting.append(mine)
            self._turn.wait_for(lambda: mine.outcome is not None or not self._is_writing, PATIENCE_SECONDS)
            writes = mine.outcome is None and not self._is_writing
            self._is_writing = self._is_writing or writes
        if writes:
            self._write_for_all()
        if mine.outcome is None:
            raise _away()
        if isinstance(mine.outcome, Exception):
            raise mine.outcome
        return mine.outcome

    def _write_for_all(self) -> None:
        time.sleep(GATHER_SECONDS)
        with self._turn:
            group, self._waiting = self._waiting, []
        try:
            self._write(group)
        finally:
            with self._turn:
                self._is_writing = False
                self._turn.notify_all()

    def _write(self, group: Sequence[_Waiting]) -> None:
        try:
            self._commit(group)
        except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
            log.warning("callbacks not kept", count=len(group), error=type(error).__name__)
            for one in group:
                one.outcome = _away()
        except Exception as error:  # noqa: BLE001  given to the one whose letter it was
            if len(group) == 1:
                group[0].outcome = error
            else:
                # One of them cannot be kept; nobody else shall suffer from that.
                for one in group:
                    self._write([one])

    def _commit(self, group: Sequence[_Waiting]) -> None:
        letters = {one.letter.dedupe_key: one.letter for one in group}
        with self._database.write() as session:
            # In one order for all processes, so that no two wait for each other's rows.
            rows = [letters[key].as_row() for key in sorted(letters)]
            new = set(insert_those_new(session, Callback, rows, Callback.dedupe_key))
            reach("before_commit")
        reach("after_commit")
        for one in group:
            one.outcome = one.letter.dedupe_key in new
            new.discard(one.letter.dedupe_key)


def _away() -> NotNow:
    return NotNow(_("The database does not answer at the moment. Nothing is lost; try again in a minute."))
