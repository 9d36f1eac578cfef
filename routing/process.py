"""Helpers: processes of our own that carry out tasks, one at a time each.

OR-Tools' search lets no other thread of its process run and cannot be stopped before its time is up; a process can be
ended at any moment, and gives its memory back. The processes talk pickled Python over pipes; nobody else writes there.
Unlike `multiprocessing`, this asks nothing of the caller's main module, and works in daemons.
"""

import os
import pickle
import queue
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import IO, ParamSpec, TypeVar

from routing.errors import RoutingError

P = ParamSpec("P")
T = TypeVar("T")
Child = subprocess.Popen[bytes]


class Helpers(Executor):
    """So many processes; leaving the `with` block ends them, whatever they are doing."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count)
        self._children = [_start() for _ in range(count)]
        self._free: queue.SimpleQueue[Child] = queue.SimpleQueue()
        for child in self._children:
            self._free.put(child)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._threads.submit(self._ask, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        for child in self._children:
            child.kill()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        for child in self._children:
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    _close(pipe)

    def _ask(self, fn: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]) -> T:
        child = self._free.get()
        try:
            pickle.dump((fn, args, kwargs), child.stdin)  # type: ignore[arg-type]
            child.stdin.flush()  # type: ignore[union-attr]
            done, result = pickle.load(child.stdout)  # type: ignore[arg-type]  # noqa: S301  our own child writes it  # nosec B301
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise RoutingError("a helper of the search ended; it may have run out of memory") from error
        finally:
            self._free.put(child)
        if not done:
            raise result
        return result  # type: ignore[no-any-return]


class Here(Executor):
    """No helper at all: each task is done at once, by the caller."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def _start() -> Child:
    return subprocess.Popen(
        [sys.executable, "-c", "from routing.process import work; work()"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        """What was still to be written is nobody's any more."""


def work() -> None:
    """The helper's side: tasks in, results out, until the pipe is closed."""
    while True:
        try:
            fn, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301  our own parent writes it  # nosec B301
        except EOFError:
            return
        try:
            answer = True, fn(*args, **kwargs)
        except RoutingError as error:
            answer = False, error
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()
