"""Two lanes through the web server: pages, and the carrier's callbacks; neither waits behind the other.

The server itself puts all requests into one queue without an end. Here callbacks have threads and a queue of their own,
and those that could no longer be answered in time are turned away at once: the carrier comes again, and a queue that
grew would only make it come again earlier. Requests are looked at when they have been read and before anything is done
for them.
"""

from typing import Any

from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error

PAGE_THREADS = 8
# Each of them waits for the disk most of the time, and so many callbacks at most are put on it together.
CALLBACK_THREADS = 32
# A second's work at the least that this service promises to bear (500 in a second).
MOST_WAITING = 500
COME_AGAIN_SECONDS = 5
CALLBACKS = "/callbacks/"


class TooMany(Error):  # type: ignore[misc]  # waitress ships no types
    """What waitress answers in place of the application: come again."""

    code = 503
    reason = "Service Unavailable"

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        headers = [("Content-Type", "application/json"), ("Retry-After", str(COME_AGAIN_SECONDS))]
        return f"{self.code} {self.reason}", headers, b'{"status": "not now"}\n'


class Lanes:
    """Takes the place of waitress's one dispatcher, and is one of its kind in every lane."""

    def __init__(
        self, pages: int = PAGE_THREADS, callbacks: int = CALLBACK_THREADS, most_waiting: int = MOST_WAITING
    ) -> None:
        self._pages, self._callbacks, self._turned_away = (_dispatcher(count) for count in (pages, callbacks, 1))
        self._most_waiting = most_waiting

    def add_task(self, channel: Any) -> None:  # noqa: ANN401
        """Called with a connection whose oldest request is complete."""
        request = channel.requests[0]
        if not str(request.path).startswith(CALLBACKS):
            self._pages.add_task(channel)
        elif len(self._callbacks.queue) < self._most_waiting:
            self._callbacks.add_task(channel)
        else:
            request.error = request.error or TooMany("")
            self._turned_away.add_task(channel)

    def shutdown(self) -> None:
        for lane in (self._callbacks, self._pages, self._turned_away):
            lane.shutdown()


def _dispatcher(threads: int) -> Any:  # noqa: ANN401
    lane = ThreadedTaskDispatcher()
    lane.set_thread_count(threads)
    return lane
