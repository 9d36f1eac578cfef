"""What a storm does to a day: processes killed in the middle of their work, and a post that closes for a while."""

import os
import random
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx

from postal_api.sandbox.habits import SHARES
from tests.delivery.post import Post

POST = "sandbox"
# Of nine intervals between two kills the post is closed in one.
CLOSED_EVERY = 9


@dataclass
class Accidents:
    """Kills one of the processes every few seconds, as the dice have it; `pids` are kept true by the household."""

    pids: dict[str, int]
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
        # The post forgets with its process how often it has misbehaved about an order, and begins anew: killed as
        # often as the others, it would refuse some orders for ever.
        victim = self.dice.choice([*sorted(set(self.pids) - {POST}) * 3, POST])
        with suppress(ProcessLookupError):  # it may have died just now, and is being started again
            os.kill(self.pids[victim], signal.SIGKILL)
            self.kills += 1

    def _open_or_close(self, *, closed: bool) -> None:
        shares: Mapping[str, float] = {habit: SHARES[habit] for habit in self.habits}
        with suppress(httpx.HTTPError):  # it is being started again, and then open
            self.post.habits(**shares, **({"closed": 1.0} if closed else {}))
