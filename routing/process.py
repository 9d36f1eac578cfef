"""The search in a process of its own: the only way to stop OR-Tools' iterated local search before its time is up.

It also keeps the caller responsive, since the search never lets other threads run, and gives its memory back at the
end. The two processes talk pickled Python over pipes; nobody else writes into them.
"""

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO

from routing.errors import RoutingError
from routing.ground import Ground
from routing.model import Search
from routing.plan import Answer, Progress
from routing.problem import Problem

ASK_EVERY = 0.05
# Starting Python and building the model come on top of the search itself.
OVERTIME = 60.0
Message = tuple[float, Answer | None, bool]


def search_apart(
    problem: Problem,
    seconds: float,
    seed: int,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Answer:
    """Search for `seconds` in another process; when `cancelled` says so, end it and take the best answer so far.

    Raises RoutingError when that process fails.
    """
    child = _start()
    heard: queue.Queue[Message | None] = queue.Queue()
    reader = threading.Thread(target=_listen, args=(child.stdout, heard), daemon=True)
    reader.start()
    try:
        with contextlib.suppress(BrokenPipeError), child.stdin as pipe:  # type: ignore[union-attr]
            pickle.dump((problem, seconds, seed), pipe)
        return _follow(heard, seconds, progress, cancelled)
    finally:
        child.kill()
        child.wait()
        reader.join()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", "from routing.process import work; work()"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _listen(pipe: IO[bytes], heard: "queue.Queue[Message | None]") -> None:
    with pipe:
        try:
            while True:
                heard.put(pickle.load(pipe))  # noqa: S301  our own child writes it
        except (EOFError, pickle.UnpicklingError):
            heard.put(None)


def _follow(
    heard: "queue.Queue[Message | None]",
    seconds: float,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Answer:
    best: Answer | None = None
    deadline = time.monotonic() + seconds + OVERTIME
    while time.monotonic() < deadline:
        if best is not None and cancelled():
            return best
        try:
            message = heard.get(timeout=ASK_EVERY)
        except queue.Empty:
            continue
        if message is None:
            raise RoutingError("the search ended without an answer; its process may have run out of memory")
        elapsed, better, ended = message
        best = better or best
        if ended and best is not None:
            return best
        progress(Progress(elapsed, seconds, best.cost if best else None))
    if best is None:
        raise RoutingError("the search took far longer than its limit and found nothing")
    return best


def work() -> None:
    """The other process: one problem in, answers out as they are found, the last one marked as the end."""
    problem, seconds, seed = pickle.load(sys.stdin.buffer)  # noqa: S301  our own parent writes it
    out = sys.stdout.buffer

    def tell(elapsed: float, better: Answer | None, *, ended: bool = False) -> None:
        message: Message = (elapsed, better, ended)
        pickle.dump(message, out)
        out.flush()

    answer = Search(Ground(problem)).run(seconds, seed, tell)
    tell(seconds, answer, ended=True)
