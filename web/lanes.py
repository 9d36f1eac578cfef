"""Two lanes through the web server: pages, and the carrier's callbacks; neither waits behind the other.

The server itself puts all requests into one queue without an end, and gives each a thread. Pages are served like that.
Callbacks wait for the disk and for little else: one thread takes all that have come meanwhile, has them put on the disk
in one go, and answers them one after the other. Those that could no longer be answered in time are turned away at once:
the carrier comes again, and a queue that grew would only make it come again earlier.

Requests are looked at when they have been read and before anything is done for them. Whoever takes too long to say what
is wanted is no longer waited for: a line that is held open costs its holder nothing, and everybody else one of few.
"""

import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask, Task, ThreadedTaskDispatcher, WSGITask

from delivery.tracing import new_trace

log = structlog.get_logger()
PAGE_THREADS = 8
# A second's work at the least that this service promises to bear (500 in a second).
MOST_WAITING = 500
COME_AGAIN_SECONDS = 5
MOST_BYTES = 64 * 1024
# For so long somebody may take to send the head of a request, and all of it.
HEAD_SECONDS, WHOLE_SECONDS = 20.0, 300.0
# What even an answer carries that the application has not seen.
PLAIN_HEADERS = (
    ("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"),
)  # fmt: skip
MACHINES = "/api/"
# Time for others to come along: it spares the disk, and the one writer of SQLite, most of their transactions.
GATHER_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Reply:
    """What a callback is answered: for a machine, which reads the status only."""

    status: str
    text: str
    come_again: bool = False

    @property
    def headers(self) -> list[tuple[str, str]]:
        again = [("Retry-After", str(COME_AGAIN_SECONDS))] if self.come_again else []
        return [("Content-Type", "application/json"), *PLAIN_HEADERS, *again]

    @property
    def body(self) -> bytes:
        return f'{{"status": "{self.text}"}}\n'.encode()


NOT_NOW = Reply("503 Service Unavailable", "not now", come_again=True)
Answer = Callable[[Sequence[bytes]], Sequence[Reply]]


def create_lanes(
    application: Callable[..., Any],
    answer: Answer,
    doors: Collection[str],
    *,
    pages: int = PAGE_THREADS,
    most_waiting: int = MOST_WAITING,
    parser: Callable[[Any], Any] = HTTPRequestParser,
    patience: "Patience | None" = None,
    **settings: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """A server of waitress's for the application, which has callbacks that came to `doors` answered by `answer`.

    `parser` makes the parser of each request, `patience` is how long one may take to come in; `settings` are waitress's
    own. Raises OSError when the port cannot be
    opened.
    """
    bell = _Bell()
    server = create_server(application, _dispatcher=_Lanes(answer, doors, pages, most_waiting, bell), **settings)
    # Kept as the class's own attribute: waitress makes channels and parsers from the class alone.
    kind = {"parser_class": staticmethod(parser), "patience": patience or Patience()}
    server.channel_class = type("_Channel", (_Channel,), kind)
    bell.ring, server.pull_trigger = server.pull_trigger, bell.pull
    return server


@dataclass(frozen=True, slots=True)
class Patience:
    """For how many seconds a request may be on its way: its head, and the whole of it."""

    head: float = HEAD_SECONDS
    whole: float = WHOLE_SECONDS

    def ends(self, request: Any, seconds: float) -> bool:  # noqa: ANN401
        """Whether a request that is not complete after so long is waited for no longer."""
        return seconds > (self.whole if request.headers_finished else self.head)


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """A connection whose requests may have been answered before the application was asked."""

    patience = Patience()
    begun_at: float | None = None

    @staticmethod
    def error_task_class(channel: Any, request: Any) -> Any:  # noqa: ANN401
        # Of what could not be read it is not even known where it was to go.
        return (_Problem if getattr(request, "path", "").startswith(MACHINES) else _Refusing)(channel, request)

    @staticmethod
    def task_class(channel: Any, request: Any) -> Any:  # noqa: ANN401
        return (_Replying if hasattr(request, "reply") else WSGITask)(channel, request)

    def received(self, data: bytes) -> bool:
        came: bool = super().received(data)
        if self.request is None:
            self.begun_at = None
        elif self.begun_at is None:
            self.begun_at = time.monotonic()
        return came

    def readable(self) -> bool:
        # Asked of every connection at least once a second, by the thread that looks after them.
        request, begun = self.request, self.begun_at
        if request is not None and begun is not None and self.patience.ends(request, time.monotonic() - begun):
            self.will_close = True
        return bool(super().readable())


class _Refusing(ErrorTask):  # type: ignore[misc]  # as above
    """Says what is wrong with a request that cannot be read, and nothing of who says so."""

    def execute(self) -> None:
        error = self.request.error
        body = f"{error.reason}\n".encode()
        self.status, self.content_length = f"{error.code} {error.reason}", len(body)
        self.response_headers.extend([("Content-Type", "text/plain; charset=utf-8"), *PLAIN_HEADERS])
        self.set_close_on_finish()
        self.write(body)


class _Problem(ErrorTask):  # type: ignore[misc]  # as above
    """A request that never reaches the application, such as one that is too large, refused in the machines' words."""

    def execute(self) -> None:
        error = self.request.error
        told = {"type": "about:blank", "title": error.reason, "status": error.code, "trace": new_trace()}
        body = json.dumps(told).encode()
        self.status, self.content_length = f"{error.code} {error.reason}", len(body)
        named = [("Content-Type", "application/problem+json"), ("X-Request-Id", told["trace"])]
        self.response_headers.extend([*named, *PLAIN_HEADERS])
        self.set_close_on_finish()
        self.write(body)


class _Replying(Task):  # type: ignore[misc]  # as above
    complete = True

    def execute(self) -> None:
        reply: Reply = self.request.reply
        self.status, self.content_length = reply.status, len(reply.body)
        self.response_headers.extend(reply.headers)
        self.write(reply.body)


class _Bell:
    """Wakes the thread that looks after the connections; for a crowd that is answered, once.

    That thread then looks at every connection. Woken for each answer, it and the one that answers would take turns, and
    with hundreds of connections do little else.
    """

    def __init__(self) -> None:
        self.ring: Callable[[], None] = lambda: None
        self._holder: threading.Thread | None = None

    def pull(self) -> None:
        if threading.current_thread() is not self._holder:
            self.ring()

    @contextmanager
    def once(self) -> Iterator[None]:
        """For the time of the block this thread rings no bell, and at its end it does."""
        self._holder = threading.current_thread()
        try:
            yield
        finally:
            self._holder = None
            self.ring()


class _Lanes:
    """Takes the place of waitress's one dispatcher."""

    def __init__(self, answer: Answer, doors: Collection[str], pages: int, most_waiting: int, bell: _Bell) -> None:
        self._doors, self._most_waiting = frozenset(doors), most_waiting
        self._pages, self._callbacks, self._turned_away = (_dispatcher(count) for count in (pages, 1, 1))
        self._crowd = _Crowd(answer, self._callbacks, bell)

    def add_task(self, channel: Any) -> None:  # noqa: ANN401
        """Called with a connection whose oldest request is complete."""
        request = channel.requests[0]
        if not self._is_callback(request):
            self._pages.add_task(channel)
        elif self._crowd.size < self._most_waiting:
            self._crowd.join(channel)
        else:
            request.reply = NOT_NOW
            self._turned_away.add_task(channel)

    def _is_callback(self, request: Any) -> bool:  # noqa: ANN401
        """Whether it can be answered with others; the application refuses what is none, or too long."""
        if request.error or request.command != "POST" or request.path not in self._doors:
            return False
        return int(request.headers.get("CONTENT_LENGTH") or 0) <= MOST_BYTES

    def shutdown(self) -> None:
        for lane in (self._callbacks, self._pages, self._turned_away):
            lane.shutdown()


class _Crowd:
    """Connections that wait with a callback each: together they are one task for the thread that answers them."""

    def __init__(self, answer: Answer, lane: ThreadedTaskDispatcher, bell: _Bell) -> None:
        self._answer, self._lane, self._bell = answer, lane, bell
        self._waiting: list[Any] = []
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        return len(self._waiting)

    def join(self, channel: Any) -> None:  # noqa: ANN401
        with self._lock:
            self._waiting.append(channel)
            is_first = len(self._waiting) == 1
        if is_first:
            self._lane.add_task(self)

    def service(self) -> None:
        time.sleep(GATHER_SECONDS)
        group = self._take()
        try:
            replies = self._answer([_body(channel.requests[0]) for channel in group])
            for channel, reply in zip(group, replies, strict=True):
                channel.requests[0].reply = reply
        except Exception as error:  # noqa: BLE001  each is taken to the application by itself, which says more
            log.error("callbacks not answered together", count=len(group), error=type(error).__name__)  # noqa: TRY400
        with self._bell.once():
            for channel in group:
                channel.service()

    def cancel(self) -> None:
        for channel in self._take():
            channel.cancel()

    def _take(self) -> list[Any]:
        with self._lock:
            group, self._waiting = self._waiting, []
        return group


def _body(request: Any) -> bytes:  # noqa: ANN401
    stream = request.get_body_stream()
    raw: bytes = stream.read()
    stream.seek(0)  # for the application, in case that it is asked
    return raw


def _dispatcher(threads: int) -> ThreadedTaskDispatcher:
    lane = ThreadedTaskDispatcher()
    lane.set_thread_count(threads)
    return lane
