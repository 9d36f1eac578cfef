"""Doing one job: claim it, keep the lease alive while it runs, and sort failures by what to do next."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread

import sqlalchemy as sa
import structlog

from delivery.cases import open_case
from delivery.database import database_now
from delivery.errors import NotNow
from delivery.failpoints import reach
from delivery.jobs.queue import Lease, LeaseLost, claim
from delivery.models import CaseKind
from delivery.tracing import in_trace, new_trace, trace_of_job
from delivery.wiring import Service

log = structlog.get_logger()
MOST_TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0


class TryLater(Exception):  # control flow between a job and its runner
    """The job cannot be done now through no fault of its own; it is taken up again, however often that takes."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True)
class Work:
    """What a job's function is given: the service, and the lease it finishes in its own transaction."""

    service: Service
    lease: Lease


Handler = Callable[[Work], None]


def do(service: Service, handlers: dict[str, Handler], job_id: int, owner: str) -> bool:
    """Do a job if it can be claimed; True when it was, whatever came of it."""
    lease = claim(service.database, job_id, owner, service.settings.lease_seconds, handlers.keys())
    if lease is None:
        return False
    carry_out(service, handlers, lease)
    return True


def carry_out(service: Service, handlers: dict[str, Handler], lease: Lease) -> None:
    """Do a job that was claimed, and write down what came of it."""
    reach("after_claim")
    with in_trace(_trace_of(service, lease), job=lease.job_id, kind=lease.kind, key=lease.key):
        try:
            _try(service, handlers, lease)
        except LeaseLost:
            # Also when it was lost before it could be put off: a frozen worker that wakes up must live on.
            log.warning("lease lost")


def _trace_of(service: Service, lease: Lease) -> str:
    try:
        return trace_of_job(service.seal, lease.kind, lease.key)
    except NotNow:
        return new_trace()  # the work need not wait for lost keys


def _try(service: Service, handlers: dict[str, Handler], lease: Lease) -> None:
    if lease.crashes >= MOST_TRIES:
        _park(service, lease, "its workers died again and again")
        return
    try:
        with _kept_alive(service, lease):
            handlers[lease.kind](Work(service, lease))
        log.debug("job done", tries=lease.tries)
    except LeaseLost:
        raise
    except TryLater as later:
        log.debug("job put off", tries=lease.tries, reason=str(later))
        _put_off(service, lease, later.seconds, str(later))
    except Exception as error:
        log.exception("job failed", tries=lease.tries)
        _fail(service, lease, type(error).__name__)


# Work that waits for other people's servers, or for the database, is never given up, only put off; a job that kills its
# workers is parked.
PATIENT = frozenset({"submit", "amend", "poll", "inbox", "make-notices", "send-notices"})


def pause(tries: int, first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE) -> float:
    """Seconds until the next try: doubling from `first` up to `longest`, spread so that many do not return together."""
    return random.uniform(0.5, 1.0) * min(longest, first * 2.0 ** min(tries, 12))


def _put_off(service: Service, lease: Lease, seconds: float | None, reason: str) -> None:
    with service.database.write() as session:
        here = service.settings
        waits = pause(lease.tries, here.carrier_retry_seconds, here.carrier_retry_longest_seconds)
        wait = timedelta(seconds=waits if seconds is None else seconds)
        lease.put_off(session, database_now(session) + wait, reason)


def _fail(service: Service, lease: Lease, reason: str) -> None:
    if lease.tries >= MOST_TRIES and lease.kind not in PATIENT:
        _park(service, lease, reason)
    else:
        _put_off(service, lease, None, reason)


def _park(service: Service, lease: Lease, reason: str) -> None:
    with service.database.write() as session:
        lease.park(session, reason)
        open_case(
            session,
            CaseKind.STUCK_JOB,
            f"job:{lease.job_id}",
            facts={"kind": lease.kind, "reason": reason},
            at=database_now(session),
        )


@contextmanager
def _kept_alive(service: Service, lease: Lease) -> Iterator[None]:
    done = Event()

    def renew() -> None:
        while not done.wait(service.settings.lease_seconds / 3):
            try:
                with service.database.write() as session:
                    lease.renew(session, service.settings.lease_seconds)
            except LeaseLost:
                return
            except sa.exc.SQLAlchemyError as error:
                # The database may be away for a moment; until the lease ends it can still be renewed.
                log.warning("lease not renewed", job=lease.job_id, error=type(error).__name__)

    thread = Thread(target=renew, name=f"lease-{lease.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
