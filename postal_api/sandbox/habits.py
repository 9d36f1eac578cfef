"""The post's bad habits: seeded, so that a bad day can be had again."""

import random
import threading
from collections import Counter
from collections.abc import Mapping

from postal_api.events import EventKind
from postal_api.sandbox.config import SandboxConfig

SHARES = {
    "duplicates": 0.15,
    "reorder": 0.3,
    "lost-replies": 0.25,
    "throttle": 0.2,
    "unavailable": 0.2,
    "closed": 1.0,
    "slow": 0.2,
    "slow-loris": 0.1,
    "garbage": 0.2,
    "huge": 0.1,
    "stale-tokens": 1.0,
    "list-or-object": 0.5,
    "lagging-lookup": 1.0,
    "wrong-ids": 0.2,
    "pending-cancellations": 1.0,
    "unknown-codes": 0.3,
    "no-callbacks": 1.0,
}
SLOW_SECONDS = 3.0
RETRY_AFTER_SECONDS = 1
STALE_AFTER_USES = 20
LAG_SECONDS = 2.0
FIRST_STRANGE_CODE = 900


class Habits:
    """Decides when a habit shows: by the seed, what it is about, and how often that has come up before.

    `start` counts the starts of the post from one. Each has luck of its own: a post that began anew with the same would
    turn the same orders away again, for ever if it were ended often enough.
    """

    def __init__(self, config: SandboxConfig, start: int = 1) -> None:
        self._config = config
        self._start = start
        self._shares = {habit: SHARES[habit] for habit in config.habits}
        self._lock = threading.Lock()
        self._times: Counter[tuple[str, str]] = Counter()

    def has(self, habit: str) -> bool:
        """Whether the habit is switched on."""
        return habit in self._shares

    def set(self, shares: Mapping[str, float]) -> None:
        """Switch on exactly these, each with the share of the occasions on which it shows."""
        self._shares = dict(shares)

    @property
    def shares(self) -> Mapping[str, float]:
        """What is switched on, and how often it shows."""
        return dict(self._shares)

    def shows(self, habit: str, about: str) -> bool:
        """Whether the habit shows this time."""
        share = self._shares.get(habit)
        if share is None:
            return False
        with self._lock:
            self._times[habit, about] += 1
            times = self._times[habit, about]
        return self._dice(habit, f"{about}:{times}", self._start).random() < share

    def strange_code(self, event: str, kind: EventKind) -> int | None:
        """The code by which an event goes that no table explains; each time the same for the same event."""
        share = self._shares.get("unknown-codes", 0)
        strange = self._dice("unknown-codes", event).random() < share
        return FIRST_STRANGE_CODE + list(EventKind).index(kind) if strange else None

    def delay(self, habit: str, about: str, longest: float) -> float:
        """By how many seconds something is late."""
        return self._dice(habit, f"{about}:delay").uniform(longest / 10, longest)

    def _dice(self, habit: str, about: str, start: int = 1) -> random.Random:
        luck = f"{self._config.seed}" if start == 1 else f"{self._config.seed}/{start}"
        return random.Random(f"{luck}:{habit}:{about}")
