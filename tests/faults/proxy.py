"""A line between the house and the carrier that can be bad: between any client and a port of this machine."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

RESET_AT_ONCE = struct.pack("ii", 1, 0)
BYTES = 65536


class Fault(StrEnum):
    """What happens to a request that carries the proxy's mark; everything else passes."""

    NONE = "none"
    LOSE_REPLY = "the carrier gets it, and its answer is thrown away with a reset"
    LOSE_REQUEST = "the line is reset before the carrier gets it"
    SWALLOW = "nobody gets it, and nobody answers"
    TRICKLE = "the answer comes one byte at a time"


class Proxy:
    """Passes bytes on to `upstream`; `fault` may be changed at any time, and `hits` counts how often it showed."""

    def __init__(self, upstream: int, mark: bytes) -> None:
        self.upstream, self.mark = upstream, mark
        self.fault = Fault.NONE
        self.hits = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._closing = threading.Event()
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def close(self) -> None:
        self._closing.set()
        for line in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), name="line", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.upstream)) as carrier:
            self._open += [client, carrier]
            shows = [Fault.NONE]
            answers = threading.Thread(target=self._bring_answers, args=(carrier, client, shows), daemon=True)
            answers.start()
            self._bring_requests(client, carrier, shows)
            with contextlib.suppress(OSError):
                carrier.shutdown(socket.SHUT_WR)
            answers.join()

    def _bring_requests(self, client: socket.socket, carrier: socket.socket, shows: list[Fault]) -> None:
        while sent := client.recv(BYTES):
            if self.mark in sent and self.fault is not Fault.NONE:
                self.hits += 1
                shows[0] = self.fault
            if shows[0] is Fault.LOSE_REQUEST:
                _reset(client)
                return
            if shows[0] is not Fault.SWALLOW:
                carrier.sendall(sent)

    def _bring_answers(self, carrier: socket.socket, client: socket.socket, shows: list[Fault]) -> None:
        with contextlib.suppress(OSError):
            while said := carrier.recv(BYTES):
                if shows[0] is Fault.LOSE_REPLY:
                    _reset(client)
                    return
                if shows[0] is Fault.TRICKLE:
                    self._trickle(said, client)
                else:
                    client.sendall(said)
            client.shutdown(socket.SHUT_WR)

    def _trickle(self, said: bytes, client: socket.socket) -> None:
        for byte in said:
            client.sendall(bytes([byte]))
            if self._closing.wait(0.2):
                return


def _reset(line: socket.socket) -> None:
    """Close with a reset instead of a farewell."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
    line.shutdown(socket.SHUT_RD)
    line.close()


@contextmanager
def bad_line(upstream: int, mark: bytes = b"/order/post") -> Iterator[Proxy]:
    """A proxy in front of a port; only requests with `mark` (by default NGSP's orders) meet its faults."""
    proxy = Proxy(upstream, mark)
    try:
        yield proxy
    finally:
        proxy.close()


def eventually(condition: object, what: str, seconds: float = 30) -> None:
    """Wait until something is true, for as long as a busy machine may need."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"it did not happen: {what}"
        time.sleep(0.05)
