"""Callbacks that were refused, counted: a flood of forgeries must not fill the log either."""

import math
import threading
import time
from collections import Counter

import structlog

log = structlog.get_logger()
SECONDS = 60.0


class Refusals:
    """Says how many were refused since it last said so: the first at once, the others once a minute."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._said_at = -math.inf

    def count(self, why: str) -> None:
        with self._lock:
            self._counts[why] += 1
            if time.monotonic() - self._said_at < self._seconds:
                return
            told, self._counts = self._counts, Counter()
            self._said_at = time.monotonic()
        log.warning("callbacks refused", counts=dict(told))
