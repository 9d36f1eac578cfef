"""Every worker sweeps: it sets its own hands to work on what is due, and tells the others when there is much of it."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog

from delivery.database import database_now
from delivery.dispatch.numbers import watch_numbers
from delivery.errors import NotNow
from delivery.geocoding import ask_to_place
from delivery.jobs.crew import Crew
from delivery.jobs.queue import count_due, due
from delivery.jobs.queues import Queue, queue_of
from delivery.jobs.roll import sign, workers_alive
from delivery.jobs.work import Handler, do
from delivery.notices.publishing import ask_to_make
from delivery.notices.sending import ask_to_send
from delivery.privacy.chain import seal_entries, waits_for_seal
from delivery.tracking.applying import ask_to_apply
from delivery.tracking.nightly import ask_for_night
from delivery.tracking.polling import ask_for_polls
from delivery.wiring import Service

log = structlog.get_logger()
# Whoever has found so many due jobs knows that there is work for everybody.
MUCH = 20


@dataclass
class Sweeper:
    """A thread inside a worker process; `wake` sends a queue's name over the broker to one worker, and may fail."""

    service: Service
    crew: Crew
    wake: Callable[[str], None]
    _stop: threading.Event = field(default_factory=threading.Event)
    _telling: threading.Lock = field(default_factory=threading.Lock)

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
            except (sa.exc.SQLAlchemyError, NotNow) as error:
                # The database may be away for a while, or the keys; the sweep is what finds them again.
                log.warning("sweep failed", error=type(error).__name__)

    def sweep(self) -> None:
        """Sign the worker's life, see to what comes up by itself, and call hands for what is due."""
        self._keep_house()
        self._seal_book()
        for queue, count in self._due():
            # While all hands are busy nobody is called: they look themselves, and so do those of the other workers.
            if self.crew.call(queue) and count > 1:
                self._tell_others(queue, count)

    def _due(self) -> list[tuple[Queue, int]]:
        with self.service.database.read() as session:
            found = [(queue, count_due(session, self.crew.kinds(queue), MUCH)) for queue in self.crew.queues]
        return [(queue, count) for queue, count in found if count]

    def _keep_house(self) -> None:
        with self.service.database.write() as session:
            now = database_now(session)
            sign(session, self.crew.owner, [queue.name for queue in self.crew.queues], now)
            ask_for_polls(session, self.service, now)
            ask_for_night(session, now)
            ask_to_apply(session, now)
            ask_to_place(session, now)
            ask_to_make(session, now)
            ask_to_send(session, now)
            watch_numbers(session, self.service.settings.numbers_low, now)

    def _seal_book(self) -> None:
        with self.service.database.read() as session:
            waits = waits_for_seal(session)
        if waits:
            # In a transaction of its own: who seals leaves it to whoever does so already, and holds up nothing else.
            with self.service.database.write() as session:
                seal_entries(session, self.service.seal)

    def _tell_others(self, queue: Queue, count: int) -> None:
        """Send a wake-up for each living worker, from a thread of its own: a broker may hang, a sweep must not."""
        others = min(count, workers_alive(self.service, queue.name) - 1)
        if not self._telling.acquire(blocking=False):
            return

        def tell() -> None:
            try:
                for _ in range(others):
                    self.wake(queue.name)
            except Exception as error:  # noqa: BLE001  brokers fail in many ways; every worker sweeps anyway
                log.warning("broker away", error=type(error).__name__)
            finally:
                self._telling.release()

        threading.Thread(target=tell, name="teller", daemon=True).start()


def wait_for(
    service: Service,
    handlers: dict[str, Handler],
    unfinished: Callable[[], int],
    *,
    kind: str,
    owner: str,
    look: Callable[[int], None],
    patience: float = math.inf,
) -> None:
    """Wait until `unfinished` says 0, calling `look` with each count.

    While no living worker serves the queue of this `kind`, the queue's jobs are done here. When the count has stood
    still for `patience` seconds the waiting ends; the jobs stay, for whoever comes next.
    """
    queue = queue_of(kind)
    moved, before = time.monotonic(), 0
    while left := unfinished():
        look(left)
        if left != before:
            moved, before = time.monotonic(), left
        elif time.monotonic() - moved > patience:
            return
        if workers_alive(service, queue.name):
            time.sleep(0.2)
            continue
        with service.database.read() as session:
            jobs = due(session, limit=1, kinds=set(queue.kinds) & set(handlers))
        if not jobs or not do(service, handlers, jobs[0], owner):
            time.sleep(0.2)
    look(0)
