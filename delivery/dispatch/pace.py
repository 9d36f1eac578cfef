"""The pace at which a carrier is asked, kept in the database: all workers on all machines share it, on its clock."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import database_now
from delivery.jobs.work import Handler, TryLater, Work
from delivery.models import Amendment, CarrierPace, Consignment, Job, JobState, Submission
from delivery.rules.pace import Limits, Pace
from delivery.settings import Settings
from delivery.wiring import Service
from postal_api.carrier import Capabilities
from postal_api.errors import NoSuchOrder, NotOffered, OrderRefused, PostalError, TooFast
from postal_api.line import before_each_request

# The sandbox post on this machine is nobody's server to spare.
SANDBOX_PER_SECOND = 1000
# Within one job so long a wait is waited; a longer one is for the next try.
LONGEST_WAIT = timedelta(seconds=10)
UNTOLD = (Submission.READY, Submission.IN_DOUBT)
# After these the carrier has said something that can be relied upon.
ANSWERS = (OrderRefused, NoSuchOrder, NotOffered)


def paced(handler: Handler, *, ahead: bool = False) -> Handler:
    """The same job, done only when it is its turn at the carrier, and put off to its turn until then.

    Jobs that are `ahead` pass by those that wait: there are few of them, and others depend on what they learn.
    """

    def do_in_turn(work: Work) -> None:
        if not work.service.carrier.capabilities.networked:
            handler(work)
            return
        asking = _Asking(work)
        if not asking.may_begin(ahead=ahead):
            return
        try:
            with before_each_request(asking.wait_for_request):
                handler(work)
        except TryLater as later:
            asking.note(later.__cause__)
            raise
        except BaseException:
            asking.note_nothing()
            raise
        asking.note(None)

    return do_in_turn


def limits_of(settings: Settings, can: Capabilities) -> Limits:
    """How fast the carrier of the settings may be asked."""
    usual = SANDBOX_PER_SECOND if settings.carrier == "sandbox" else can.per_second
    return Limits(
        per_second=settings.carrier_per_second or usual,
        rest=timedelta(seconds=settings.carrier_rest_seconds),
        # Whoever tries and dies must not keep the others waiting; a try that takes longer only gets company.
        longest_try=timedelta(seconds=settings.carrier_connect_seconds + settings.carrier_seconds),
    )


def left_alone(session: Session, carrier: str, at: datetime) -> datetime | None:
    """Until when a carrier that failed is left alone; None when it may be asked."""
    row = session.get(CarrierPace, carrier)
    return row.open_until if row is not None and row.open_until is not None and row.open_until > at else None


def failing(session: Session, carrier: str) -> datetime | None:
    """When a carrier that failed is tried again, in the past where that is just happening; None when it is well."""
    row = session.get(CarrierPace, carrier)
    return row.open_until if row is not None else None


def forget_failures(service: Service) -> None:
    """Somebody has seen that the carrier answers: whatever waits for it goes on at once."""
    with service.database.write() as session:
        row = _row(session, service.settings.carrier)
        _keep(session, row, _pace_of(row).answered())


@dataclass
class _Asking:
    """One job's dealings with the carrier; the first request is paid for by the turn that the job was given."""

    work: Work
    requests: int = 0

    def __post_init__(self) -> None:
        service = self.work.service
        self.limits = limits_of(service.settings, service.carrier.capabilities)
        self.carrier = service.settings.carrier

    def may_begin(self, *, ahead: bool) -> bool:
        """Whether it is the job's turn; if not, the job has been put off."""
        with self.work.service.database.write() as session:
            row = _row(session, self.carrier)
            now = database_now(session)
            promised = _promised(session, self.work.lease.job_id)
            pace, turn = _pace_of(row).ask(self.limits, now, promised=promised, ahead=ahead)
            _keep(session, row, pace)
            if turn.promised:
                self.work.lease.await_turn(session, turn.at)
                return False
        _sleep(turn.at - now)
        return True

    def wait_for_request(self) -> None:
        """Before each request of the job: from the second on, wait until the carrier's pace allows it."""
        self.requests += 1
        if self.requests == 1:
            return
        with self.work.service.database.write() as session:
            row = _row(session, self.carrier)
            now, pace = database_now(session), _pace_of(row)
            wait = pace.next_turn(self.limits, now) - now
            if wait > LONGEST_WAIT:
                raise TooFast("the carrier is asked too much already", wait.total_seconds())
            _keep(session, row, pace.take(self.limits, now + wait))
        _sleep(wait)

    def note(self, trouble: BaseException | None) -> None:
        """What the carrier's answers mean for all who ask it: `trouble` is what ended the job, if anything did."""
        if not self.requests:
            self.note_nothing()
            return
        if trouble is None and self._is_known_to_be_well():
            return
        with self.work.service.database.write() as session:
            row = _row(session, self.carrier)
            now, before = database_now(session), _pace_of(row)
            if isinstance(trouble, TooFast):
                asked = trouble.retry_after or self.work.service.settings.carrier_retry_seconds
                _keep(session, row, before.asked_for_patience(self.limits, now + timedelta(seconds=asked)))
            elif isinstance(trouble, PostalError) and not isinstance(trouble, ANSWERS):
                _keep(session, row, before.failed(self.limits, now))
            else:
                _keep(session, row, before.answered())

    def _is_known_to_be_well(self) -> bool:
        """Read without the lock: the row that all workers share is not held up for what is known already."""
        with self.work.service.database.read() as session:
            row = session.get(CarrierPace, self.carrier)
            return row is not None and _pace_of(row).is_well

    def note_nothing(self) -> None:
        """The job ended without learning anything of the carrier."""
        with self.work.service.database.write() as session:
            row = _row(session, self.carrier)
            _keep(session, row, _pace_of(row).gave_up_trying())


def _row(session: Session, carrier: str) -> CarrierPace:
    """The carrier's row, locked for the rest of the transaction."""
    row = session.get(CarrierPace, carrier, with_for_update=True)
    if row is not None:
        return row
    try:
        with session.begin_nested():
            long_ago = datetime(2000, 1, 1, tzinfo=UTC)
            session.add(CarrierPace(carrier=carrier, full_at=long_ago, queue_end=long_ago, failed_at=[]))
    except sa.exc.IntegrityError:
        pass  # another worker was first
    return session.get_one(CarrierPace, carrier, with_for_update=True, populate_existing=True)


def _pace_of(row: CarrierPace) -> Pace:
    failed_at = tuple(datetime.fromtimestamp(seconds, UTC) for seconds in row.failed_at)
    return Pace(row.full_at, row.queue_end, failed_at, row.open_until, row.try_until)


def _keep(session: Session, row: CarrierPace, pace: Pace) -> None:
    recovered = row.open_until is not None and pace.open_until is None
    row.full_at, row.queue_end = pace.full_at, pace.queue_end
    row.failed_at = [at.timestamp() for at in pace.failed_at]
    row.open_until, row.try_until = pace.open_until, pace.try_until
    if recovered:
        _bring_forward(session, row.carrier)


def _bring_forward(session: Session, carrier: str) -> None:
    """The carrier is well again: whoever waits because it was not, waits no longer than for a turn."""
    now = database_now(session)
    its = sa.select(Consignment.id).where(Consignment.carrier == carrier, Consignment.submission.in_(UNTOLD))
    asked = sa.select(Amendment.id).join(Amendment.consignment).where(Consignment.carrier == carrier)
    theirs = sa.or_(
        sa.and_(Job.kind == "submit", Job.key.in_(its)),
        sa.and_(Job.kind == "amend", Job.key.in_(asked.where(Amendment.ended_at.is_(None)))),
        Job.kind == "poll",
    )
    waiting = sa.update(Job).where(theirs, Job.state == JobState.READY, Job.next_at > now)
    session.execute(
        waiting.values(next_at=now, woken_at=None, progress=None).execution_options(synchronize_session=False)
    )


def _promised(session: Session, job_id: int) -> datetime | None:
    progress = session.get_one(Job, job_id).progress or {}
    return datetime.fromisoformat(progress["turn"]) if "turn" in progress else None


def _sleep(wait: timedelta) -> None:
    if wait > timedelta(0):
        time.sleep(wait.total_seconds())
