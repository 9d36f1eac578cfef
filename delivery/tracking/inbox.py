"""The inbox: callbacks that came together are put on the disk together.

Making a transaction last takes the disk as long for a hundred rows as for one.
"""

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


@dataclass(frozen=True, slots=True)
class Letter:
    """A verified callback; its repetitions share the `dedupe_key`."""

    dedupe_key: str
    received_at: datetime
    raw: bytes

    def as_row(self) -> Mapping[str, object]:
        return {"source": CALLBACK, **{name: getattr(self, name) for name in self.__slots__}}


def keep(database: Database, letters: Sequence[Letter]) -> list[bool | Exception]:
    """Put letters on the disk; returns for each whether it was new, or why it could not be kept.

    NotNow is the reason of all when the database does not take them at the moment.
    """
    if not letters:
        return []
    try:
        return list(_commit(database, letters))
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
        log.warning("callbacks not kept", count=len(letters), error=type(error).__name__)
        away = _("The database does not answer at the moment. Nothing is lost; try again in a minute.")
        return [NotNow(away) for _letter in letters]
    except Exception as error:  # noqa: BLE001  given to the one whose letter it was
        if len(letters) == 1:
            return [error]
        # One of them cannot be kept; nobody else shall suffer from that.
        return [outcome for letter in letters for outcome in keep(database, [letter])]


def _commit(database: Database, letters: Sequence[Letter]) -> list[bool]:
    by_key = {letter.dedupe_key: letter for letter in letters}
    with database.write() as session:
        # In one order for all processes, so that no two wait for each other's rows.
        rows = [by_key[key].as_row() for key in sorted(by_key)]
        new = set(insert_those_new(session, Callback, rows, Callback.dedupe_key))
        reach("before_commit")
    reach("after_commit")
    outcomes = []
    for letter in letters:
        outcomes.append(letter.dedupe_key in new)
        new.discard(letter.dedupe_key)
    return outcomes
