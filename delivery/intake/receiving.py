"""Results that another machine brings, one or many at a time: by the same rules as the rows of a file."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import take_turns
from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.intake.correcting import correct_result, said_of
from delivery.intake.importing import is_known, take_in, ward_of
from delivery.intake.promises import PROMISING
from delivery.intake.row import Ward
from delivery.intake.taken import Run, Taken, Told
from delivery.models import ImportFile, Item, Result
from delivery.rules.lifecycle import State

REMEMBERED = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Bringer:
    """Who brings results: the name for the books, and the offices whose results they may touch (None: all)."""

    name: str
    offices: Collection[int] | None


class KnownWards:
    """What rows are checked against, by the offices that are meant; for a few seconds it is not read anew.

    Who brings one result after the other would otherwise have all offices and procedures read for each. The days on
    which the ward is closed are not among it: those are read with every result.
    """

    def __init__(self) -> None:
        self._known: dict[frozenset[int] | None, tuple[datetime, Ward]] = {}

    def ward(self, session: Session, offices: frozenset[int] | None, at: datetime) -> Ward:
        """The ward as it was at most a few seconds before."""
        read_at, ward = self._known.get(offices, (None, None))
        if read_at is None or ward is None or not read_at <= at < read_at + REMEMBERED:
            self._known[offices] = at, ward_of(session, offices)
        return self._known[offices][1]


def receive_results(
    session: Session,
    rows: Sequence[Told],
    bringer: Bringer,
    ward: Ward,
    content: bytes | None,
    *,
    at: datetime,
    insists: bool = False,
) -> list[Taken]:
    """Take in what can be taken in; each row that cannot tells why, by what the `ward` knows.

    `content` is the whole that the rows came in, if it is like a file: the same once more says nothing new, and nobody
    is asked about it. Whoever `insists` has seen what is known of a result, and means what is said.
    """
    sha256 = hashlib.sha256(content).hexdigest() if content is not None else ""
    known = content is not None and is_known(session, sha256)
    file = {"source": bringer.name, "sha256": sha256, "started_at": at, "finished_at": at}
    file_id = session.execute(sa.insert(ImportFile).values(file).returning(ImportFile.id)).scalar_one()
    # Of two that bring the same at the same moment, the second finds it there.
    take_turns(session, PROMISING)
    run = Run(ward, at, bringer.name, bringer.offices, file_id, known_file=known, insists=insists)
    taken = take_in(session, run, rows)
    counted = sa.update(ImportFile).where(ImportFile.id == file_id).values(run.report.counts())
    session.execute(counted, execution_options={"synchronize_session": False})
    return taken


def withdraw(session: Session, result: Result, *, by: str, at: datetime) -> bool:
    """Let a result stay at the counter: an envelope it lies in is held back, or asked back; False if it stays already.

    The row must be locked. Raises NotNow when it has been handed over already.
    """
    item = session.get(Item, result.item_id) if result.item_id is not None else None
    if item is not None and (item.collected_at is not None or _is_delivered(item)):
        raise NotNow(_("It has been handed over already; there is nothing to withdraw"))
    if not result.wants_delivery:
        return False
    correct_result(session, result, replace(said_of(result), wants_delivery=False), at=at, by=by)
    return True


def find_result(
    session: Session, reach: sa.ColumnElement[bool], dossier: str, copy_no: int, *, locked: bool = False
) -> Result | None:  # fmt: skip
    """The result of that dossier and copy, if it is in reach."""
    same = sa.and_(Result.dossier_code == dossier.upper(), Result.copy_no == copy_no)
    wanted = sa.select(Result).where(same, reach)
    return session.scalar(wanted.with_for_update() if locked else wanted)


def _is_delivered(item: Item) -> bool:
    return item.live is not None and item.live.journey is State.DELIVERED
