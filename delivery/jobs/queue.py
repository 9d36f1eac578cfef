"""The job table: the row is the work, whoever claims its lease does it, and a broken lease is claimed again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, aliased

from delivery.database import Database, database_now, insert_if_new, insert_those_new
from delivery.models import Job, JobState
from delivery.models.base import Facts

log = structlog.get_logger()
OPEN = (JobState.READY, JobState.LEASED)
FORGOTTEN_AT_ONCE = 1000
KEYS_AT_ONCE = 1000


class LeaseLost(Exception):  # not a DeliveryError: no person can do anything about it
    """Somebody else took the job over; whatever was about to be written must not be."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to finish a job: it ends when `until` has passed without renewal, or with a newer `epoch`.

    `crashes` counts the workers before this one that took the job and were never heard of again.
    """

    job_id: int
    kind: str
    key: int
    owner: str
    epoch: int
    tries: int
    crashes: int = 0

    def finish(self, session: Session) -> None:
        """Mark the job done in the same transaction as its effect.

        Raises LeaseLost when somebody else has claimed it since; the transaction must then be undone.
        """
        self._move(session, state=JobState.DONE, finished_at=database_now(session), progress=Job.progress)

    def put_off(self, session: Session, until: datetime, error: str = "") -> None:
        """Give the job back, to be taken up again at `until`."""
        self._move(session, state=JobState.READY, next_at=until, last_error=error, crashes=0)

    def await_turn(self, session: Session, at: datetime) -> None:
        """Give the job back until its turn at the carrier; that is no failure and does not count as a try."""
        turn = {"turn": at.isoformat()}
        self._move(session, state=JobState.READY, next_at=at, tries=Job.tries - 1, progress=turn)

    def park(self, session: Session, error: str) -> None:
        """Take the job out of the way for a person to look at."""
        self._move(session, state=JobState.PARKED, last_error=error, finished_at=database_now(session))

    def renew(self, session: Session, seconds: int, progress: Facts | None = None) -> None:
        """Say that the work goes on, and how far it has come."""
        values: Facts = {"lease_until": database_now(session) + timedelta(seconds=seconds)}
        if progress is not None:
            values["progress"] = progress
        self._write(session, values)

    def begin_anew(self, session: Session) -> None:
        """The work has come a step further: tries and crashes count from here on."""
        self._write(session, {"tries": 0, "crashes": 0})

    def _move(self, session: Session, **values: object) -> None:
        self._write(session, {"lease_owner": None, "lease_until": None, **values})

    def _write(self, session: Session, values: Facts) -> None:
        mine = (Job.id == self.job_id, Job.lease_owner == self.owner, Job.lease_epoch == self.epoch)
        changed = session.execute(sa.update(Job).where(*mine).values(values).returning(Job.id)).first()
        if changed is None:
            raise LeaseLost


def put(session: Session, kind: str, key: int, next_at: datetime | None = None) -> None:
    """Ask for a piece of work, now or at `next_at`; asking again while it is open may only bring it forward."""
    next_at = next_at or database_now(session)
    open_job = session.scalar(sa.select(Job).where(Job.kind == kind, Job.key == key, Job.state.in_(OPEN)))
    if open_job is None:
        insert_if_new(session, Job, kind=kind, key=key, next_at=next_at, created_at=database_now(session))
    elif open_job.state is JobState.READY and next_at < open_job.next_at:
        open_job.next_at = next_at
    log.debug("work asked for", asked=kind, about=key)


def put_all(session: Session, kind: str, keys: Sequence[int], next_at: datetime | None = None) -> None:
    """Ask for many pieces of work of a kind, now or at `next_at`; as asking for each, in a few statements for all."""
    now = database_now(session)
    next_at = next_at or now
    for start in range(0, len(keys), KEYS_AT_ONCE):
        some = keys[start : start + KEYS_AT_ONCE]
        asked = sa.select(Job).where(Job.kind == kind, Job.key.in_(some), Job.state.in_(OPEN))
        known = {job.key: job for job in session.scalars(asked)}
        for job in known.values():
            if job.state is JobState.READY and next_at < job.next_at:
                job.next_at = next_at
        rows = [
            {"kind": kind, "key": key, "next_at": next_at, "created_at": now}
            for key in dict.fromkeys(some) if key not in known
        ]  # fmt: skip
        if rows:
            insert_those_new(session, Job, rows, Job.id)
        log.debug("work asked for", asked=kind, about=some)


def claim(
    database: Database, job_id: int, owner: str, seconds: int, kinds: Collection[str] | None = None
) -> Lease | None:
    """Take a job that is due, or whose worker has fallen silent; None when there is nothing to take.

    While two versions run side by side, `kinds` leaves to the newer what the older has never heard of.
    """
    known = sa.true() if kinds is None else Job.kind.in_(list(kinds))
    with database.write() as session:
        now = database_now(session)
        return _take(session, sa.and_(Job.id == job_id, known), owner, now, seconds)


def claim_next(database: Database, kinds: Collection[str], owner: str, seconds: int) -> Lease | None:
    """Take whichever job of these kinds has waited longest, the abandoned first; None when nothing is due.

    Workers that ask at the same moment pass by each other: each is given another job.
    """
    waits = aliased(Job)

    def first(condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        found = sa.select(waits.id).where(condition, waits.kind.in_(list(kinds)))
        found = found.order_by(waits.next_at, waits.id).limit(1)
        return found.with_for_update(skip_locked=True).scalar_subquery()

    with database.write() as session:
        now = database_now(session)
        # Two questions rather than one with OR: each is answered by walking an index to its first row.
        chosen = sa.func.coalesce(first(_abandoned(now, waits)), first(_ready(now, waits)))
        return _take(session, Job.id == chosen, owner, now, seconds)


def _take(session: Session, which: sa.ColumnElement[bool], owner: str, now: datetime, seconds: int) -> Lease | None:
    statement = (
        sa.update(Job)
        .where(which, _claimable(now))
        .values(
            state=JobState.LEASED,
            lease_owner=owner,
            lease_until=now + timedelta(seconds=seconds),
            lease_epoch=Job.lease_epoch + 1,
            tries=Job.tries + 1,
            crashes=sa.case((Job.state == JobState.LEASED, Job.crashes + 1), else_=Job.crashes),
        )
        .returning(Job.id, Job.kind, Job.key, Job.lease_epoch, Job.tries, Job.crashes)
        .execution_options(synchronize_session=False)
    )
    row = session.execute(statement).first()
    return None if row is None else Lease(row.id, row.kind, row.key, owner, row.lease_epoch, row.tries, row.crashes)


def forget_done(database: Database, before: datetime) -> int:
    """Delete jobs that were done before a moment, some at a time so that nobody waits long; returns how many.

    Their effect stands in other books. What waits for a person stays.
    """
    forgotten = 0
    old = sa.select(Job.id).where(Job.state == JobState.DONE, Job.finished_at < before).limit(FORGOTTEN_AT_ONCE)
    while True:
        with database.write() as session:
            ids = session.scalars(old).all()
            session.execute(sa.delete(Job).where(Job.id.in_(ids)).execution_options(synchronize_session=False))
        forgotten += len(ids)
        if len(ids) < FORGOTTEN_AT_ONCE:
            return forgotten


def due(session: Session, limit: int = 100, kinds: Collection[str] | None = None) -> list[int]:
    """The jobs that somebody should look at now, the longest waiting first; of some `kinds` where they are named."""
    now = database_now(session)
    wanted = sa.true() if kinds is None else Job.kind.in_(list(kinds))
    # Two questions rather than one with OR: each is answered by walking an index as far as its limit.
    questions = (
        sa.select(Job.next_at, Job.id).where(condition, wanted).order_by(Job.next_at, Job.id).limit(limit)
        for condition in (_abandoned(now), _ready(now))
    )
    found = [(row.next_at, row.id) for question in questions for row in session.execute(question)]
    return [job_id for _at, job_id in sorted(found)[:limit]]


def count_due(session: Session, kinds: Collection[str], most: int) -> int:
    """How many jobs of these kinds somebody could take now; whoever has found `most` counts no further."""
    now = database_now(session)
    found = [
        sa.select(Job.id).where(condition, Job.kind.in_(list(kinds))).limit(most).subquery()
        for condition in (_abandoned(now), _ready(now))
    ]
    counts = [sa.select(sa.func.count()).select_from(few).scalar_subquery() for few in found]
    return min(most, session.scalar(sa.select(counts[0] + counts[1])) or 0)


def unfinished(session: Session, kind: str, keys: Sequence[int]) -> int:
    """How many of the named jobs are still open."""
    count = sa.select(sa.func.count()).select_from(Job)
    return session.scalar(count.where(Job.kind == kind, Job.key.in_(keys), Job.state.in_(OPEN))) or 0


def _claimable(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(_ready(now), _abandoned(now))


def _ready(now: datetime, job: type[Job] = Job) -> sa.ColumnElement[bool]:
    return sa.and_(job.state == JobState.READY, job.next_at <= now)


def _abandoned(now: datetime, job: type[Job] = Job) -> sa.ColumnElement[bool]:
    """Whoever took it has not been heard of since."""
    return sa.and_(job.state == JobState.LEASED, job.lease_until < now)
