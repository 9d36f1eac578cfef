"""A one-stop system on a real port: it verifies, keeps and folds what comes, and has bad habits when told.

It verifies by the specification alone (docs/examples/receive_notices.py), with nothing of ours.
"""

import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from docs.examples.receive_notices import Books, verified

HUGE = 64 * 1024 * 1024


@dataclass
class Receiver:
    """What came, as it came, and what it does with the next ones: an HTTP status, or a habit.

    Habits: `lost` takes the notice and hangs up, `hang` takes it and says nothing, `huge` answers 200 with a body
    of 64 MiB, `trickle` answers 200 with a body byte by byte, `elsewhere` leads to the cloud's metadata, `next door`
    to itself, `patience` answers 429 with Retry-After.
    """

    secrets: list[str] = field(default_factory=list, repr=False)
    habits: deque[str] = field(default_factory=deque)
    always: str = "204"
    came: list[dict[str, Any]] = field(default_factory=list, repr=False)
    names: list[str] = field(default_factory=list)
    forged: int = 0
    followed: int = 0
    poured: int = 0
    books: Books = field(default_factory=Books)
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def take(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Verify, keep, fold; False when it is a forgery. What carries two signatures, two secrets must open."""
        try:
            notices = [verified(headers, body, secret) for secret in self.secrets]
        except (KeyError, ValueError):
            notices = []
        if not notices:
            self.forged += 1
            return False
        self.names.append(headers["webhook-id"])
        self.came.append(notices[0])
        self.books.take(headers["webhook-id"], notices[0])
        return True

    @property
    def types(self) -> list[str]:
        """The kinds of notices by when each first came."""
        first = dict(reversed(list(zip(self.names, self.came, strict=True))))
        return [first[name]["type"] for name in dict.fromkeys(self.names)]

    @property
    def results(self) -> dict[tuple[str, int], dict[str, Any]]:
        return self.books.results


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: Receiver, host: str) -> None:
        super().__init__((host, 0), Door)
        self.receiver = receiver

    def handle_error(self, *_: object) -> None:
        """A caller that hangs up is one of the things that are tried here."""


class Door(BaseHTTPRequestHandler):
    """One connection to the receiver."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        habit = receiver.habits.popleft() if receiver.habits else receiver.always
        takes = not habit.isdigit() or habit.startswith("2")
        if takes and not receiver.take({name.lower(): value for name, value in self.headers.items()}, body):
            self._say(401)
        elif habit.isdigit():
            self._say(int(habit))
        else:
            self.close_connection = True
            HABITS[habit](self)

    def do_GET(self) -> None:
        """Whoever follows a redirect asks so."""
        self.server.receiver.followed += 1
        self._say(204)

    def lead_elsewhere(self) -> None:
        self._say(307, Location="http://169.254.169.254/latest/meta-data/")

    def lead_next_door(self) -> None:
        self._say(303, Location=self.server.receiver.url)

    def ask_for_patience(self) -> None:
        self._say(429, **{"Retry-After": "7200"})

    def hang(self) -> None:
        self.server.receiver.over.wait(60)

    def reset(self) -> None:
        # The peer is told that the connection is gone, and not that it has ended in good order.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def pour(self) -> None:
        self._begin_long_answer()
        with suppress(OSError):
            while self.server.receiver.poured < HUGE:
                self.server.receiver.poured += self.wfile.write(b"x" * 65_536)

    def trickle(self) -> None:
        self._begin_long_answer()
        with suppress(OSError):
            while not self.server.receiver.over.wait(0.05):
                self.wfile.write(b"x")

    def _begin_long_answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(HUGE))
        self.end_headers()

    def _say(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


HABITS: dict[str, Callable[[Door], None]] = {
    "lost": Door.reset, "hang": Door.hang, "huge": Door.pour, "trickle": Door.trickle,
    "elsewhere": Door.lead_elsewhere, "next door": Door.lead_next_door, "patience": Door.ask_for_patience,
}  # fmt: skip


@contextmanager
def running_receiver(
    *habits: str, certificate: Path | None = None, name: str = "127.0.0.1", host: str = "127.0.0.1"
) -> Iterator[Receiver]:
    """A receiver at `host`, called by `name`; with a certificate (PEM, key and chain in one file) it speaks TLS."""
    receiver = Receiver(habits=deque(habits))
    server = Server(receiver, host)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    scheme = "http" if certificate is None else "https"
    receiver.url = f"{scheme}://{name}:{server.server_port}/thong-bao"
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def said(notice: dict[str, Any]) -> str:
    """A notice as text, to look for what must not be in it."""
    return json.dumps(notice, ensure_ascii=False)
