"""A line to a carrier's server: one address, one deadline for each exchange, and a token that is renewed when stale."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import httpx

from postal_api.deadline import Answer, deadline_client, exchange
from postal_api.errors import NotSent, OutcomeUnknown, TooFast, Unauthorised

MOST_BYTES = 256 * 1024
# A token is renewed a little before its end, so that it does not end on the way.
MARGIN_SECONDS = 30
STALE = frozenset({401, 403})
# An answer that need not be unpacked cannot unpack into something larger than memory.
PLAIN = {"Accept-Encoding": "identity", "Accept": "application/json"}
JSON = {"Content-Type": "application/json"}
_before: ContextVar[Callable[[], None] | None] = ContextVar("before", default=None)
_also: ContextVar[Callable[[], Mapping[str, str]] | None] = ContextVar("also", default=None)


@contextmanager
def before_each_request(call: Callable[[], None]) -> Iterator[None]:
    """Within this block, in this thread, `call` is called before any request leaves: it may wait, or raise NotSent."""
    token = _before.set(call)
    try:
        yield
    finally:
        _before.reset(token)


@contextmanager
def also_sent(headers: Callable[[], Mapping[str, str]]) -> Iterator[None]:
    """Within this block, in this thread, every request bears these headers as well; they are asked for each time."""
    token = _also.set(headers)
    try:
        yield
    finally:
        _also.reset(token)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to the server, without the token."""

    method: str
    path: str
    content: bytes | None = None
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    most_bytes: int = MOST_BYTES


class Line:
    """Exchanges with one server; several threads may use it at once."""

    def __init__(self, url: str, connect_seconds: float, seconds: float, http: httpx.Client | None = None) -> None:
        if not url.startswith(("https://", "http://")):
            raise ValueError("a carrier's address begins with https:// or http://")
        self.url = url.rstrip("/")
        self._connect_seconds, self._seconds = connect_seconds, seconds
        self._http = http or deadline_client(connect_seconds, seconds)

    def exchange(self, ask: Ask, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask, and read whatever is answered.

        Raises NotSent when no connection came about, OutcomeUnknown for everything that can happen once it has.
        """
        if (before := _before.get()) is not None:
            before()
        also = _also.get()
        request = httpx.Request(
            ask.method,
            self.url + ask.path,
            content=ask.content,
            params=ask.params,
            headers={**(also() if also is not None else {}), **(ask.headers or {}), **(headers or {}), **PLAIN},
        )
        request.extensions["timeout"] = httpx.Timeout(self._seconds, connect=self._connect_seconds).as_dict()
        return exchange(self._http, request, seconds=self._seconds, most_bytes=ask.most_bytes)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


@dataclass(frozen=True, slots=True)
class Grant:
    """A token, for how many seconds it is good, and of what kind it is."""

    token: str
    seconds: float
    kind: str = "Bearer"


class TokenLine:
    """A line whose questions carry a token; one that has gone stale is replaced once.

    `fetch` signs in; `headers` says how this server wants to be shown the token; `stale` looks into answers that
    tell of a stale token otherwise than by HTTP 401 or 403.
    """

    def __init__(
        self,
        line: Line,
        fetch: Callable[[Line], Grant],
        headers: Callable[[Grant], Mapping[str, str]],
        stale: Callable[[Answer], bool] = lambda _answer: False,
    ) -> None:
        self._line, self._fetch, self._headers, self._stale = line, fetch, headers, stale
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        self._ends = 0.0

    @property
    def url(self) -> str:
        """The server's address."""
        return self._line.url

    def call(self, ask: Ask) -> Answer:
        """One exchange with a token.

        Raises Unauthorised when the server refuses a token that it has just given.
        """
        for _attempt in range(2):
            grant = self._current()
            answer = self._line.exchange(ask, self._headers(grant))
            if answer.status not in STALE and not self._stale(answer):
                return answer
            self._drop(grant)
        raise Unauthorised("the gateway refuses the token it has just given: ask its operator for the rights to use it")

    def sign_in_anew(self) -> None:
        """Forget the token and ask for a new one, which proves the credentials."""
        with self._lock:
            self._grant = None
        self._current()

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    def _current(self) -> Grant:
        with self._lock:
            if self._grant is None or time.monotonic() >= self._ends:
                try:
                    self._grant = self._fetch(self._line)
                except OutcomeUnknown as error:
                    # Without a token no order has left this house, so nothing is in doubt.
                    raise NotSent(f"no token: {error}") from error
                self._ends = time.monotonic() + max(self._grant.seconds - MARGIN_SECONDS, 1)
            return self._grant

    def _drop(self, grant: Grant) -> None:
        with self._lock:
            # Another thread may have fetched a new one in the meantime.
            if self._grant is grant:
                self._grant = None


def accept_only_success(answer: Answer) -> None:
    """Sort what is not 200 by whether the server can have acted upon the request."""
    status = answer.status
    if 200 <= status < 300:
        return
    if status == 429:
        raise TooFast("the gateway asks for patience (HTTP 429)", answer.retry_after)
    if status == 503:
        raise NotSent("the gateway is closed for the moment (HTTP 503)", answer.retry_after)
    if status in {404, 405} or 300 <= status < 400:
        raise NotSent(f"HTTP {status}: there is no such interface at this address; correct the gateway's address")
    raise OutcomeUnknown(f"the gateway answered HTTP {status}")


def read_token(value: object) -> str:
    """A token that can stand in a header.

    Raises OutcomeUnknown when the value is none.
    """
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise OutcomeUnknown("the gateway's answer holds no token")
    return value
