"""Errands: parts of a job, or of what a person waits for, that other workers do meanwhile.

Question and answer are rows; a message never carries them. Whoever sends errands needs nobody: what no helper takes, or
a helper that died has taken, is done here. So an errand must be something that may be done twice.
"""

import hmac
import pickle
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ParamSpec, Self, TypeVar

import sqlalchemy as sa
import structlog

from delivery.database import database_now
from delivery.jobs.queue import OPEN, count_due, put
from delivery.jobs.work import Handler, Work
from delivery.models import Errand, Job
from delivery.wiring import Service

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger()
LOOK_EVERY = 0.02
# A job of a helper is numbered by its sender, and in the last bits by itself.
BITS = 6
FORGOTTEN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Trade:
    """Errands of a kind, and the `job` that calls helpers for them; all times are in seconds.

    Helpers leave a sender who has had none for `linger`, or when a job `before` theirs is due. What nobody takes within
    `arrival` is done by the sender. Who has taken an errand and not answered within `patience` is not waited for, and
    sent on no other.
    """

    job: str
    arrival: float
    linger: float
    patience: float
    before: tuple[str, ...] = ()


# Parts of a plan take a second at most and come in turns: a helper must be there already. A paper takes seconds, and
# a helper comes with the next sweep.
PLANNING = Trade("help", arrival=0.04, linger=3.0, patience=3.0, before=("plan",))
PRINTING = Trade("print", arrival=1.5, linger=0.5, patience=120.0)


class Errands(Executor):
    """So many threads `here`, and so many helpers `elsewhere` that may come or not; for a `with` block.

    What is submitted must be importable by name and is given the arguments only, which must be picklable.
    """

    def __init__(self, service: Service, trade: Trade, *, here: int, elsewhere: int) -> None:
        self.service, self.trade = service, trade
        self.sender = secrets.randbits(30 - BITS) << BITS
        self._threads = ThreadPoolExecutor(here + elsewhere)
        self._elsewhere = min(elsewhere, 2**BITS)
        self._lines = threading.Semaphore(self._elsewhere)
        self._over = threading.Event()

    def __enter__(self) -> Self:
        with self.service.database.write() as session:
            now = database_now(session)
            session.execute(sa.delete(Errand).where(Errand.asked_at < now - FORGOTTEN))
            for number in range(self._elsewhere):
                put(session, self.trade.job, self.sender + number, now)
        return self

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._threads.submit(self._do, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        self._over.set()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        with self.service.database.write() as session:
            session.execute(sa.delete(Errand).where(Errand.sender == self.sender))
            helpers = (Job.kind == self.trade.job, Job.key.between(self.sender, self.sender + 2**BITS - 1))
            session.execute(sa.delete(Job).where(*helpers, Job.lease_owner.is_(None), Job.state.in_(OPEN)))

    def _do(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        if not self._lines.acquire(blocking=False):
            return fn(*args, **kwargs)
        try:
            done, answer = self._wait(_send(self.service, self.sender, (fn, args, kwargs)))
        except _NobodyCame:
            self._lines.release()
            return fn(*args, **kwargs)
        except (_NoAnswer, sa.exc.SQLAlchemyError):
            if self._over.is_set():
                raise
            # The line is not given back: whoever was at its other end is dead, frozen or far too slow.
            log.warning("helper silent", sender=self.sender)
            return fn(*args, **kwargs)
        self._lines.release()
        if not done:
            raise answer
        return answer  # type: ignore[no-any-return]

    def _wait(self, errand: int) -> tuple[Any, ...]:
        """What the helper says. Raises _NobodyCame while there is no helper, and _NoAnswer when he stays away."""
        began, taken = time.monotonic(), False
        while True:
            with self.service.database.read() as session:
                row = session.execute(sa.select(Errand.answer, Errand.taken_by).where(Errand.id == errand)).first()
            if row is None or self._over.is_set():
                raise _NoAnswer
            if row.answer is not None:
                _forget(self.service, errand)
                return _opened(self.service, row.answer)
            waited = time.monotonic() - began
            if row.taken_by is None and waited > self.trade.arrival and _take_back(self.service, errand):
                raise _NobodyCame
            if row.taken_by is not None and not taken:
                began, taken = time.monotonic(), True
            elif taken and waited > self.trade.patience:
                raise _NoAnswer
            time.sleep(LOOK_EVERY)


class _NobodyCame(Exception):
    """No helper was there to take the errand, and now none can."""


class _NoAnswer(Exception):
    """A helper took the errand, and says nothing."""


def helping(trade: Trade, ready: Callable[[], object] = lambda: None) -> Handler:
    """The job of a helper: get `ready`, then do what its sender has errands for, until there are none for a while."""

    def help_out(work: Work) -> None:
        ready()
        sender = work.lease.key >> BITS << BITS
        for number, question in _errands(work, trade, sender):
            fn, args, kwargs = _opened(work.service, question)
            _answer(work.service, number, _said(fn, args, kwargs))
        with work.service.database.write() as session:
            work.lease.finish(session)

    return help_out


def _errands(work: Work, trade: Trade, sender: int) -> Iterator[tuple[int, bytes]]:
    """What the sender asks, taken by this helper, until it is time to leave."""
    since = time.monotonic()
    while True:
        with work.service.database.read() as session:
            asked = session.scalar(_untaken(sender).limit(1)) is not None
            elsewhere = not asked and bool(trade.before) and count_due(session, trade.before, 1) > 0
        if asked and (taken := _take(work, sender)) is not None:
            yield taken
            since = time.monotonic()
        elif elsewhere or time.monotonic() - since >= trade.linger:
            return
        else:
            time.sleep(LOOK_EVERY)


def _untaken(sender: int) -> sa.Select[int]:
    return sa.select(Errand.id).where(Errand.sender == sender, Errand.taken_by.is_(None)).order_by(Errand.id)


def _take(work: Work, sender: int) -> tuple[int, bytes] | None:
    first = _untaken(sender).limit(1).with_for_update(skip_locked=True).scalar_subquery()
    with work.service.database.write() as session:
        taken = sa.update(Errand).where(Errand.id == first).values(taken_by=work.lease.owner)
        row = session.execute(taken.returning(Errand.id, Errand.question)).first()
    return None if row is None else (row.id, row.question)


def _said(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[bool, Any]:
    try:
        return True, fn(*args, **kwargs)
    except Exception as error:  # noqa: BLE001  it is raised where somebody waits for it
        return False, error


def _send(service: Service, sender: int, call: object) -> int:
    with service.database.write() as session:
        errand = Errand(sender=sender, question=_sealed(service, call), asked_at=database_now(session))
        session.add(errand)
        session.flush()
        return errand.id


def _take_back(service: Service, errand: int) -> bool:
    with service.database.write() as session:
        untaken = sa.delete(Errand).where(Errand.id == errand, Errand.taken_by.is_(None))
        return session.execute(untaken.returning(Errand.id)).first() is not None


def _forget(service: Service, errand: int) -> None:
    with service.database.write() as session:
        session.execute(sa.delete(Errand).where(Errand.id == errand))


def _answer(service: Service, errand: int, answer: object) -> None:
    with service.database.write() as session:
        sealed = _sealed(service, answer)
        session.execute(sa.update(Errand).where(Errand.id == errand).values(answer=sealed))


def _sealed(service: Service, what: object) -> bytes:
    """Python as bytes, under the installation's seal: whoever can write into the database can still run nothing."""
    content = pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL)
    return _seal(service, content) + content


def _opened(service: Service, sealed: bytes) -> tuple[Any, ...]:
    seal, content = sealed[:32], sealed[32:]
    if not hmac.compare_digest(seal, _seal(service, content)):
        raise PermissionError("an errand that was not sent by this installation")
    opened: tuple[Any, ...] = pickle.loads(content)  # noqa: S301  sealed by ourselves  # nosec B301
    return opened


def _seal(service: Service, content: bytes) -> bytes:
    return hmac.digest(service.seal, b"errand\0" + content, "sha256")
