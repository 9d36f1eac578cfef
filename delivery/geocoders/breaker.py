"""A breaker for a service that fails: after some failures in a row it is left alone for a while."""

import threading
import time
from collections.abc import Callable

FAILURES = 3
PAUSE_SECONDS = 60.0


class Breaker:
    """Closed while all is well; open after `failures` in a row, until `pause` seconds have passed; for all threads.

    After the pause one call is let through: if it fails, the pause begins anew at once.
    """

    def __init__(
        self,
        failures: int = FAILURES,
        pause: float = PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed, self._pause, self._clock = failures, pause, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_at = float("-inf")

    def lets_through(self) -> bool:
        """Whether to try; while the breaker is open, one caller per pause is let through to look."""
        with self._lock:
            if self._failed < self._allowed:
                return True
            now = self._clock()
            if now < self._closed_at:
                return False
            self._closed_at = now + self._pause
            return True

    def succeeded(self) -> None:
        """The service answered: whatever it said, it is well."""
        with self._lock:
            self._failed = 0

    def failed(self, pause: float | None = None) -> None:
        """The service failed; `pause` is how long it asked to be left alone, where it asked."""
        with self._lock:
            self._failed = self._allowed if pause is not None else self._failed + 1
            self._closed_at = self._clock() + max(self._pause, pause or 0.0)
