"""A sandbox post in a process of its own, a letter box for its callbacks, and gateways that misbehave to order."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from postal_api.carrier import Order, Party
from postal_api.ngsp import NgspCarrier, NgspConfig
from postal_api.s10 import ItemCode

SOON = 20.0
WARD = Party(name="Trung tâm Phục vụ HCC", phone="02438271234", address="Số 1 phố Mẫu, Bồ Đề", province_code=10)


def an_order(serial: int, **changes: Any) -> Order:
    """An order as a ward gives it; one serial number is one envelope."""
    asked: dict[str, Any] = {
        "reference": f"REF{serial:023d}",
        "item_code": str(ItemCode.make("EE", serial)),
        "sender": WARD,
        "receiver": Party(name="Trần Thị Thử", phone="0900000001", address="Ngõ 2 phố Thử", province_code=10),
        "weight_g": 60,
        "description": "Tài liệu hành chính",
    }
    return Order(**{**asked, **changes})


def eventually(true: Callable[[], bool], what: str) -> None:
    """Wait until something has come true."""
    deadline = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come true"
        time.sleep(0.02)


@dataclass
class RunningPost:
    """A sandbox post's process, from outside."""

    data: Path
    process: subprocess.Popen[bytes]
    url: str

    def counter(self, name: str, **asked: Any) -> Any:
        """Ask the counter face; with an argument it is a POST."""
        sent = (
            httpx.post(f"{self.url}/sandbox/{name}", json=asked) if asked else httpx.get(f"{self.url}/sandbox/{name}")
        )
        assert sent.status_code == 200, sent.text
        return sent.json()

    def ledger(self) -> dict[str, dict[str, Any]]:
        """The post's own books by item code."""
        return {order["itemCode"]: order for order in self.counter("ledger")["orders"]}

    def day_is_over(self) -> bool:
        """Whether the day is played and everything about it has been said."""
        idle = self.counter("idle")
        return bool(idle["day_over"]) and idle["pending_callbacks"] == 0

    def end(self, by: int = signal.SIGTERM) -> int:
        """End the process and wait for it."""
        self.process.send_signal(by)
        return self.process.wait(SOON)


StartPost = Callable[..., RunningPost]


@pytest.fixture
def start_post(tmp_path: Path) -> Iterator[StartPost]:
    """Start a post with any command line; started again on the same folder, it goes on with its books."""
    started: list[RunningPost] = []

    def start(*arguments: str, data: Path | None = None) -> RunningPost:
        started.append(_start(data or tmp_path / "post", *arguments))
        return started[-1]

    yield start
    for post in started:
        if post.process.poll() is None:
            post.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPost]:
    """A well-behaved post that a file's tests share; each uses serial numbers of its own."""
    running = _start(tmp_path_factory.mktemp("post"), "--speed", "1")
    yield running
    assert running.end() == 0


def _start(data: Path, *arguments: str) -> RunningPost:
    (data / "port").unlink(missing_ok=True)
    process = subprocess.Popen([sys.executable, "-m", "postal_api.sandbox", "--data", str(data), *arguments])
    eventually(lambda: (data / "port").exists() or process.poll() is not None, "the post's start")
    assert process.poll() is None, "the post ended at once"
    return RunningPost(data, process, f"http://127.0.0.1:{(data / 'port').read_text().strip()}")


Connect = Callable[..., NgspCarrier]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """A carrier that talks to an address."""
    made: list[NgspCarrier] = []

    def to(url: str, **config: Any) -> NgspCarrier:
        usual = {"key": "tannha", "secret": "sandbox-only", "customer_code": "TANNHA"}
        made.append(NgspCarrier(NgspConfig(url=url, **{**usual, **config})))
        return made[-1]

    yield to
    for carrier in made:
        carrier.close()


@dataclass
class LetterBox:
    """Where callbacks arrive; `answers` are the statuses given to the first ones, then 200."""

    url: str = ""
    letters: list[bytes] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@pytest.fixture
def letter_box() -> Iterator[LetterBox]:
    """A real HTTP server that keeps what it is sent."""
    box = LetterBox()

    class Slot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            box.letters.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(box.answers.pop(0) if box.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Slot) as server:
        box.url = f"http://127.0.0.1:{server.server_port}/callbacks"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield box
        server.shutdown()
        thread.join()


@dataclass
class RawGateway:
    """A gateway made of bytes: `says` maps the end of a path to what is written back, piece by piece."""

    url: str
    says: dict[str, list[bytes]]
    pause: float = 0
    heard: list[bytes] = field(default_factory=list)

    def heard_paths(self) -> list[str]:
        return [request.split(b" ", 2)[1].decode() for request in self.heard]


MakeGateway = Callable[..., RawGateway]
TOKEN = b'{"access_token":"abc","token_type":"Bearer","expires_in":3600}'


def http(status: int, body: bytes, *headers: str) -> bytes:
    """An HTTP answer in bytes."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def gateway() -> Iterator[MakeGateway]:
    """Make gateways that give exactly the answers they are told to; the token is granted unless told otherwise."""
    open_sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def make(says: Mapping[str, list[bytes]], pause: float = 0) -> RawGateway:
        listener = socket.create_server(("127.0.0.1", 0))
        open_sockets.append(listener)
        made = RawGateway(
            f"http://127.0.0.1:{listener.getsockname()[1]}", {"/token": [http(200, TOKEN)], **says}, pause
        )
        threads.append(threading.Thread(target=_answer_all, args=(listener, made)))
        threads[-1].start()
        return made

    yield make
    for listener in open_sockets:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(SOON)


def _answer_all(listener: socket.socket, gateway: RawGateway) -> None:
    while True:
        try:
            caller = listener.accept()[0]
        except OSError:
            return
        with caller:
            _answer(caller, gateway)


def _answer(caller: socket.socket, gateway: RawGateway) -> None:
    request = _request(caller)
    gateway.heard.append(request)
    path = request.split(b" ", 2)[1].split(b"?")[0].decode()
    try:
        for piece in gateway.says[next(end for end in gateway.says if path.endswith(end))]:
            caller.sendall(piece)
            time.sleep(gateway.pause)
    except OSError:
        # The caller had enough of us: that is what some tests are about.
        return


def _request(caller: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += caller.recv(65536)
    head = request.partition(b"\r\n\r\n")[0].lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
    while len(request) < len(head) + 4 + length:
        request += caller.recv(65536)
    return request
