"""The hands of a worker: threads, so many for each queue, that do what is due until nothing is left."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog

from delivery.jobs.queue import Lease, claim_next
from delivery.jobs.queues import Queue
from delivery.jobs.work import Handler, carry_out
from delivery.wiring import Service

log = structlog.get_logger()


@dataclass
class Crew:
    """Each queue has hands of its own, so that a plan of minutes holds up no order to the carrier.

    A hand that has done a job looks for the next one itself: a backlog drains at the speed of the work, whatever the
    broker does and however seldom somebody sweeps.
    """

    service: Service
    handlers: dict[str, Handler]
    owner: str
    queues: Sequence[Queue]
    _free: dict[str, threading.Semaphore] = field(init=False)
    _busy: set[threading.Thread] = field(default_factory=set)
    _hiring: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        several = self.service.settings.worker_threads
        hands = {queue.name: 1 if queue.alone else queue.hands or several for queue in self.queues}
        self._free = {name: threading.Semaphore(count) for name, count in hands.items()}

    def kinds(self, queue: Queue) -> list[str]:
        """The kinds of a queue that this version knows how to do."""
        return [kind for kind in queue.kinds if kind in self.handlers]

    def call(self, queue: Queue) -> bool:
        """Set a free hand to work; False when all are busy, who will look for what is next anyway."""
        if self._stop.is_set() or not self._free[queue.name].acquire(blocking=False):
            return False
        thread = threading.Thread(target=self._work, args=(queue,), name=f"hand-{queue.name}", daemon=True)
        with self._hiring:
            self._busy.add(thread)
            thread.start()
        return True

    def stop(self) -> None:
        """Take up nothing more; what is in hand is finished."""
        self._stop.set()

    def join(self) -> None:
        """Wait until nothing is in hand."""
        while busy := self._at_work():
            for thread in busy:
                thread.join()

    def _at_work(self) -> list[threading.Thread]:
        # A hand just taken on is counted before it has begun; nobody can wait for it until it has.
        with self._hiring:
            return list(self._busy)

    def _work(self, queue: Queue) -> None:
        try:
            while not self._stop.is_set() and (lease := self._claim(queue)) is not None:
                # Where one job was due there may be more: they are looked at before this one is begun.
                self.call(queue)
                carry_out(self.service, self.handlers, lease)
        except sa.exc.SQLAlchemyError as error:
            # The database may be away for a while; the sweep calls again.
            log.warning("hand stopped", queue=queue.name, error=type(error).__name__)
        finally:
            self._free[queue.name].release()
            self._busy.discard(threading.current_thread())

    def _claim(self, queue: Queue) -> Lease | None:
        here = self.service
        return claim_next(here.database, self.kinds(queue), self.owner, here.settings.lease_seconds)
