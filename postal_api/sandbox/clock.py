"""The post's own clock: it runs faster than life and, unless told otherwise, stops in the evening."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as wall

from postal_api.moments import VIETNAM

CLOSING = wall(18, 0)


def closing_of(moment: datetime) -> datetime:
    """18:00 in Viet Nam on the day of `moment`."""
    return datetime.combine(moment.astimezone(VIETNAM).date(), CLOSING, VIETNAM)


class PostClock:
    """Starts at a moment and runs `speed` times as fast as `ticks` (seconds)."""

    def __init__(
        self, start: datetime, speed: float, *, through_nights: bool, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._speed = speed
        self._through_nights = through_nights
        self._ticks = ticks
        self._lock = threading.Lock()
        self._start, self._started = start, ticks()

    def now(self) -> datetime:
        """What the clock shows."""
        with self._lock:
            shown = self._start + timedelta(seconds=(self._ticks() - self._started) * self._speed)
            if self._through_nights:
                return shown
            # A clock that was set to a time after closing stands still there.
            return min(shown, max(self._start, closing_of(self._start)))

    def set(self, moment: datetime) -> None:
        """Go on from `moment`."""
        with self._lock:
            self._start, self._started = moment, self._ticks()

    def seconds_until(self, moment: datetime) -> float | None:
        """Real seconds until the clock shows `moment`; None when it will stop before."""
        now = self.now()
        if not self._through_nights and moment > max(now, closing_of(now)):
            return None
        return max((moment - now).total_seconds(), 0) / self._speed
