"""What a storm does to a day: processes killed in the middle of their work, and a post that closes for a while.

Only who is at work is killed, and no worker while it is the only one: each kill hits something, and a busy machine on
which a process takes half a minute to start is not held in the start for ever.
"""

import os
import random
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx

from postal_api.sandbox.habits import SHARES
from tests.delivery.post import Post

POST, WORKER = "sandbox", "worker"
# Of nine intervals between two kills the post is closed in one.
CLOSED_EVERY = 9


@dataclass
class Accidents:
    """Kills one of the processes every few seconds, as the dice have it.

    `pids` are kept true by the household; `at_work` says which of them have come up.
    """

    pids: dict[str, int]
    at_work: Callable[[], Collection[int]]
    post: Post
    habits: tuple[str, ...]
    every: float
    dice: random.Random
    kills: int = 0
    closings: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def raging(self) -> Iterator[None]:
        """For the time of the block; the post is open when it ends."""
        thread = threading.Thread(target=self._rage, name="storm")
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            self._open_or_close(closed=False)

    def _rage(self) -> None:
        ticks = 0
        while not self._over.wait(self.every):
            ticks += 1
            self._kill_one()
            closed = ticks % CLOSED_EVERY == 0
            self.closings += closed
            # Said every time: a post that was killed has begun anew with the habits of its command line.
            self._open_or_close(closed=closed)

    def _kill_one(self) -> None:
        working = self.at_work()
        ready = sorted(name for name, pid in self.pids.items() if pid in working)
        if sum(name.startswith(WORKER) for name in ready) == 1:
            ready = [name for name in ready if not name.startswith(WORKER)]
        if not ready:
            return
        with suppress(ProcessLookupError):  # it may have died just now, and is being started again
            os.kill(self.pids[self.dice.choice(ready)], signal.SIGKILL)
            self.kills += 1

    def _open_or_close(self, *, closed: bool) -> None:
        shares: Mapping[str, float] = {habit: SHARES[habit] for habit in self.habits}
        with suppress(httpx.HTTPError):  # it is being started again, and then open
            self.post.habits(**shares, **({"closed": 1.0} if closed else {}))
