"""HTTP with one deadline for the whole exchange, and a limit on how much of an answer is read.

The timeouts of ordinary clients begin anew with every byte: a server that sends one byte a second holds its caller
for hours. Here each wait on the socket is cut to what is left of the deadline.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import httpcore
import httpx

from postal_api.errors import NotSent, OutcomeUnknown

_ends: ContextVar[float] = ContextVar("ends")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `retry_after` is in seconds."""

    status: int
    body: bytes
    retry_after: float | None


def exchange(http: httpx.Client, request: httpx.Request, *, seconds: float, most_bytes: int) -> Answer:
    """Send a request and read its answer within `seconds`.

    Raises NotSent when no connection came about, OutcomeUnknown for everything that can happen once it has.
    """
    with _until(time.monotonic() + seconds):
        try:
            response = http.send(request, stream=True, follow_redirects=False)
            try:
                body = _read(response, most_bytes)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(f"no connection to {request.url.host}: {type(error).__name__}") from error
        except (httpx.RequestError, httpx.StreamError) as error:
            raise OutcomeUnknown(f"{request.url.host} broke off: {type(error).__name__}") from error
    return Answer(response.status_code, body, _seconds(response.headers.get("retry-after", "")))


def exchange_briefly(http: httpx.Client, request: httpx.Request, *, seconds: float, most_bytes: int) -> Answer:
    """The same where only the status counts: the body is cut off at `most_bytes`, and may break off or dawdle.

    Raises NotSent when no connection came about, OutcomeUnknown when no status came back in time.
    """
    with _until(time.monotonic() + seconds):
        try:
            response = http.send(request, stream=True, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(f"no connection to {request.url.host}: {type(error).__name__}") from error
        except (httpx.RequestError, httpx.StreamError) as error:
            raise OutcomeUnknown(f"{request.url.host} broke off: {type(error).__name__}") from error
        try:
            body = _read_some(response, most_bytes)
        finally:
            response.close()
    return Answer(response.status_code, body, _seconds(response.headers.get("retry-after", "")))


def deadline_client(
    connect_seconds: float, seconds: float, *, context: ssl.SSLContext | None = None, keeps: bool = True
) -> httpx.Client:
    """A client that `exchange` can hold to its deadline also while the answer's first line trickles in.

    `context` says whom TLS trusts, where that is not whom this machine trusts. Without `keeps` each exchange has a
    connection of its own: a connection is known by where it leads, and not by the name that TLS has verified there.
    """
    transport = _Transport(context or ssl.create_default_context(), keeps=keeps)
    return httpx.Client(transport=transport, timeout=httpx.Timeout(seconds, connect=connect_seconds))


@contextmanager
def _until(moment: float) -> Iterator[None]:
    token = _ends.set(moment)
    try:
        yield
    finally:
        _ends.reset(token)


def _read(response: httpx.Response, most_bytes: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > most_bytes:
            raise OutcomeUnknown(f"the answer is longer than {most_bytes} bytes")
        if time.monotonic() > _ends.get():
            raise OutcomeUnknown("the answer was not complete in time")
    return bytes(body)


def _read_some(response: httpx.Response, most_bytes: int) -> bytes:
    body = bytearray()
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) >= most_bytes or time.monotonic() > _ends.get():
                break
    except (httpx.RequestError, httpx.StreamError):
        # What came before it is the answer.
        pass
    return bytes(body[:most_bytes])


def _seconds(retry_after: str) -> float | None:
    # The other form of this header, a date, depends on two clocks agreeing; it is treated as absent.
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10 else None


class _Transport(httpx.BaseTransport):
    """HTTP/1.1 over connections that know the deadline."""

    def __init__(self, context: ssl.SSLContext, *, keeps: bool) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, network_backend=_Backend(), max_connections=32,
            max_keepalive_connections=None if keeps else 0,
        )  # fmt: skip

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        with _as_httpx():
            answer = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    target,
                    headers=request.headers.raw,
                    content=request.read(),
                    extensions=request.extensions,
                )
            )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
        raise httpx.ConnectError(type(error).__name__) from error
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.ReadError(type(error).__name__) from error


class _Backend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._sockets.connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float:
    """What remains for one wait on the socket."""
    remaining = _ends.get() - time.monotonic()
    if remaining <= 0:
        raise too_late
    return remaining if timeout is None else min(timeout, remaining)
