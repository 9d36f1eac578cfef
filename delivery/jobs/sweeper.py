"""Every worker sweeps: it wakes workers for due jobs, and does itself what nobody came for."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
import structlog

from delivery.database import database_now
from delivery.dispatch.numbers import watch_numbers
from delivery.jobs.queue import due
from delivery.jobs.work import Handler, do
from delivery.models import Job, Worker
from delivery.tracking.applying import ask_to_apply
from delivery.tracking.polling import ask_for_poll
from delivery.wiring import Service

log = structlog.get_logger()
WAKE_AGAIN = timedelta(seconds=15)
NOBODY_CAME = timedelta(seconds=10)
ALIVE = timedelta(seconds=20)


@dataclass
class Sweeper:
    """A thread inside a worker process; `wake` sends one job's number over the broker and may fail."""

    service: Service
    handlers: dict[str, Handler]
    owner: str
    wake: Callable[[int], None]
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self.run, name="sweeper", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        while not self._stop.wait(self.service.settings.sweep_seconds):
            try:
                self.sweep()
            except sa.exc.SQLAlchemyError as error:
                # The database may be away for a while; the sweep is what finds it again.
                log.warning("sweep failed", error=type(error).__name__)

    def sweep(self) -> None:
        """Sign the worker's life, wake somebody for what is due, and do what has waited too long."""
        waking, waiting = self._look()
        for job_id in waking:
            try:
                self.wake(job_id)
            except Exception as error:  # noqa: BLE001  brokers fail in many ways; the row stays due either way
                log.warning("broker away", error=type(error).__name__)
                waiting = [*waiting, *waking]
                break
        for job_id in dict.fromkeys(waiting):
            if self._stop.is_set():
                return
            do(self.service, self.handlers, job_id, f"{self.owner}:sweeper")
            self._sign_life()

    def _look(self) -> tuple[list[int], list[int]]:
        """Jobs to wake somebody for, and jobs that somebody was woken for in vain."""
        self._sign_life()
        with self.service.database.write() as session:
            now = database_now(session)
            ask_for_poll(session, self.service, now)
            ask_to_apply(session, now)
            watch_numbers(session, self.service.settings.numbers_low, now)
            jobs = session.scalars(sa.select(Job).where(Job.id.in_(due(session, kinds=self.handlers)))).all()
            waiting = [job.id for job in jobs if job.woken_at is not None and job.woken_at < now - NOBODY_CAME]
            waking = [job for job in jobs if job.woken_at is None or job.woken_at < now - WAKE_AGAIN]
            for job in waking:
                job.woken_at = now
            return [job.id for job in waking], waiting

    def _sign_life(self) -> None:
        with self.service.database.write() as session:
            now = database_now(session)
            worker = session.get(Worker, self.owner)
            if worker is None:
                session.add(Worker(id=self.owner, started_at=now, seen_at=now))
                # A worker that has been silent for a day is only a memory.
                session.execute(sa.delete(Worker).where(Worker.seen_at < now - timedelta(days=1)))
            else:
                worker.seen_at = now


def workers_alive(service: Service) -> int:
    """How many workers have signed their life within the last seconds."""
    with service.database.read() as session:
        since = database_now(session) - ALIVE
        return session.scalar(sa.select(sa.func.count()).select_from(Worker).where(Worker.seen_at > since)) or 0


def wait_for(
    service: Service,
    handlers: dict[str, Handler],
    unfinished: Callable[[], int],
    *,
    owner: str,
    look: Callable[[int], None],
    patience: float = math.inf,
) -> None:
    """Wait until `unfinished` says 0, calling `look` with each count; do the work here while no worker is alive.

    When the count has stood still for `patience` seconds the waiting ends; the jobs stay, for whoever comes next.
    """
    moved, before = time.monotonic(), 0
    while left := unfinished():
        look(left)
        if left != before:
            moved, before = time.monotonic(), left
        elif time.monotonic() - moved > patience:
            return
        if workers_alive(service):
            time.sleep(0.2)
            continue
        with service.database.read() as session:
            jobs = due(session, limit=1, kinds=handlers)
        if not jobs or not do(service, handlers, jobs[0], owner):
            time.sleep(0.2)
    look(0)
