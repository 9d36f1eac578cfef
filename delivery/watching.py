"""The state of the whole house in figures, read from its books: for whoever must see at a glance that all is well.

What is asked costs little however large the books are: open work, which an index knows, the newest rows, or the last
hour. Nothing here is about anybody: kinds, states and moments only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.backup.making import last_backup
from delivery.database import database_now
from delivery.dispatch.numbers import numbers_left
from delivery.jobs.queues import QUEUES
from delivery.jobs.roll import ALIVE
from delivery.models import (
    Callback,
    CarrierPace,
    Case,
    Consignment,
    InboxState,
    Job,
    JobState,
    Message,
    Night,
    Submission,
    SubmitTry,
    Worker,
)
from delivery.rules.lifecycle import TERMINAL, State
from delivery.rules.messages import MessageState
from delivery.settings import CARRIERS
from delivery.tracking.polling import has_envelopes

UNFINISHED = (JobState.READY, JobState.LEASED, JobState.PARKED)
UNTOLD = (Submission.READY, Submission.IN_DOUBT, Submission.REFUSED)
RECENT = timedelta(hours=1)
# Of so many of the newest tries the last hour is looked for; a carrier is not asked faster than that.
NEWEST_TRIES = 20_000
STILL_TRYING = "trying"


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue: how many jobs could be done now, for how long the oldest has waited, who could do them."""

    due: int
    oldest_seconds: float
    workers: int


@dataclass(frozen=True, slots=True)
class CarrierState:
    """One carrier: whether envelopes are with it, when its feed was last read to the end, whether it is left alone."""

    under_way: bool
    polled_at: datetime | None
    left_alone: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """The house at one moment of the database's clock; moments are None where there has been none."""

    at: datetime
    queues: dict[str, QueueState]
    jobs: dict[tuple[str, str], int]
    submissions: dict[tuple[str, str], int]
    journeys: dict[str, int]
    sends: dict[str, int]
    cases: dict[str, int]
    cases_overdue: int
    callbacks_waiting: int
    callback_seconds: float
    carriers: dict[str, CarrierState]
    worker_seen_at: datetime | None
    messages_waiting: int
    night: Night | None
    backed_up_at: datetime | None
    item_codes_left: int


def watch(session: Session) -> Watch:
    """Look at everything once."""
    now = database_now(session)
    open_jobs = _open_jobs(session, now)
    waiting, oldest = _callbacks(session, now)
    cases, overdue = _cases(session, now)
    return Watch(
        at=now,
        queues=_queues(session, open_jobs, now),
        jobs={(job.kind, job.state): job.count for job in open_jobs},
        submissions=_submissions(session),
        journeys=_journeys(session),
        sends=_sends(session, now),
        cases=cases,
        cases_overdue=overdue,
        callbacks_waiting=waiting,
        callback_seconds=oldest,
        carriers=_carriers(session, now),
        worker_seen_at=session.scalar(sa.select(Worker.seen_at).order_by(Worker.seen_at.desc()).limit(1)),
        messages_waiting=_number(session, sa.select(sa.func.count()).where(
            Message.state.in_([MessageState.WAITING, MessageState.TRYING]), Message.due_at <= now)),
        night=session.scalar(sa.select(Night).order_by(Night.day.desc()).limit(1)),
        backed_up_at=last_backup(session),
        item_codes_left=numbers_left(session),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Jobs:
    kind: str
    state: str
    count: int
    due: int
    oldest: datetime | None


def _open_jobs(session: Session, now: datetime) -> list[_Jobs]:
    could = sa.or_(
        sa.and_(Job.state == JobState.READY, Job.next_at <= now),
        sa.and_(Job.state == JobState.LEASED, Job.lease_until < now),
    )
    due = sa.func.sum(sa.case((could, 1), else_=0))
    oldest = sa.func.min(sa.case((could, Job.next_at)), type_=Job.next_at.type)
    wanted = sa.select(Job.kind, Job.state, sa.func.count(), due, oldest).where(Job.state.in_(UNFINISHED))
    return [_Jobs(row[0], str(row[1]), row[2], int(row[3]), row[4])
            for row in session.execute(wanted.group_by(Job.kind, Job.state))]  # fmt: skip


def _queues(session: Session, jobs: Iterable[_Jobs], now: datetime) -> dict[str, QueueState]:
    alive = [each.queues for each in session.scalars(sa.select(Worker).where(Worker.seen_at > now - ALIVE))]
    states = {}
    for queue in QUEUES:
        here = [job for job in jobs if job.kind in queue.kinds]
        since = min((job.oldest for job in here if job.oldest is not None), default=now)
        serving = sum(served is None or queue.name in served for served in alive)
        states[queue.name] = QueueState(sum(job.due for job in here), (now - since).total_seconds(), serving)
    return states


def _submissions(session: Session) -> dict[tuple[str, str], int]:
    """Only what waits: what the carriers have accepted since the beginning is nobody's worry, and is a lot."""
    wanted = sa.select(Consignment.carrier, Consignment.submission, sa.func.count())
    wanted = wanted.where(Consignment.carrier.in_(CARRIERS), Consignment.submission.in_(UNTOLD))
    found = session.execute(wanted.group_by(Consignment.carrier, Consignment.submission))
    return {(carrier, str(submission)): count for carrier, submission, count in found}


def _journeys(session: Session) -> dict[str, int]:
    under_way = [state for state in State if state not in TERMINAL]
    wanted = sa.select(Consignment.journey, sa.func.count()).where(
        Consignment.journey.in_(under_way), Consignment.submission != Submission.VOID
    )
    found = dict(session.execute(wanted.group_by(Consignment.journey)).all())
    return {state.value: found.get(state, 0) for state in under_way}


def _sends(session: Session, now: datetime) -> dict[str, int]:
    newest = session.scalar(sa.select(sa.func.max(SubmitTry.id))) or 0
    wanted = sa.select(SubmitTry.outcome, sa.func.count()).where(
        SubmitTry.id > newest - NEWEST_TRIES, SubmitTry.intended_at > now - RECENT
    )
    return {outcome or STILL_TRYING: count for outcome, count in session.execute(wanted.group_by(SubmitTry.outcome))}


def _cases(session: Session, now: datetime) -> tuple[dict[str, int], int]:
    late = sa.func.sum(sa.case((Case.due_at < now, 1), else_=0))
    wanted = sa.select(Case.kind, sa.func.count(), late).where(Case.closed_at.is_(None)).group_by(Case.kind)
    found = session.execute(wanted).all()
    return {str(kind): count for kind, count, _late in found}, sum(int(late) for _kind, _count, late in found)


def _callbacks(session: Session, now: datetime) -> tuple[int, float]:
    """How many wait for the next sweep, and for how long the oldest has; what was set aside is a job's."""
    waits = (Callback.state == InboxState.NEW, Callback.note == "")
    oldest = session.scalar(sa.select(Callback.received_at).where(*waits).order_by(Callback.id).limit(1))
    count = _number(session, sa.select(sa.func.count()).select_from(Callback).where(*waits))
    return count, 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


def _carriers(session: Session, now: datetime) -> dict[str, CarrierState]:
    """A feed that was not read for an hour counts as never read: alarms count in minutes."""
    done = sa.select(Job.key, sa.func.max(Job.finished_at, type_=Job.finished_at.type)).where(
        Job.kind == "poll", Job.state == JobState.DONE, Job.next_at > now - RECENT
    )
    polled = {key: at for key, at in session.execute(done.group_by(Job.key)) if at is not None}
    shut = set(session.scalars(sa.select(CarrierPace.carrier).where(CarrierPace.open_until.is_not(None))))
    states = {
        name: CarrierState(has_envelopes(session, name), polled.get(number), name in shut)
        for number, name in enumerate(CARRIERS, 1)
    }
    return {name: state for name, state in states.items() if state.under_way or state.polled_at or state.left_alone}


def _number(session: Session, statement: sa.Select[int]) -> int:
    return session.scalar(statement) or 0
