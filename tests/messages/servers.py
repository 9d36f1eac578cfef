"""A mail server and an SMS gateway on real ports: they keep what they took, and refuse, dawdle or vanish when told."""

import json
import threading
from asyncio import Server, Transport
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

PROFILE = """
name = "Cổng thử"
url = "{url}"
phone = "{phone}"
repeatable_hours = {hours}
[headers]
Authorization = "Basic {{basic}}"
[body]
to = "{{phone}}"
content = "{{text}}"
brand = "{{sender}}"
request_id = "{{id}}"
{template}
[body.data]
values = ["{{ward}}", "{{link}}"]
{templates}
[answer]
field = "result.code"
accepted = ["00", 124]
unreachable = [99]
later = [103]
"""


@dataclass
class Gateway:
    """What came in, what it holds for sent, and what it does with the next ones: an HTTP status, a code, or a habit.

    Habits: `lost` takes the message and hangs up, `slow` takes it and says nothing in time, `garbage` answers no JSON.
    """

    knows_repetitions: bool = True
    habits: deque[str] = field(default_factory=deque)
    asked: list[dict[str, Any]] = field(default_factory=list, repr=False)
    headers: list[dict[str, str]] = field(default_factory=list, repr=False)
    sent: list[dict[str, Any]] = field(default_factory=list, repr=False)
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def profile(
        self, folder: Path, name: str = "gateway", *, hours: float | None = None, phone: str = "0",
        templates: dict[str, str] | None = None,
    ) -> str:  # fmt: skip
        """A profile of this gateway as a file; returns its path."""
        window = hours if hours is not None else 24 if self.knows_repetitions else 0
        lines = [f'{occasion} = "{number}"' for occasion, number in (templates or {}).items()]
        text = PROFILE.format(
            url=self.url, phone=phone, hours=window, template='template = "{template}"' if templates else "",
            templates="\n".join(["[templates]", *lines]) if templates else "",
        )  # fmt: skip
        path = folder / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def take(self, body: dict[str, Any]) -> None:
        if not self.knows_repetitions or body["request_id"] not in {one["request_id"] for one in self.sent}:
            self.sent.append(body)

    @property
    def texts(self) -> list[str]:
        return [one["content"] for one in self.sent]


@contextmanager
def running_gateway(*habits: str, knows_repetitions: bool = True) -> Iterator[Gateway]:
    """A gateway; what it does first are its habits, in their order, and then it works well."""
    gateway = Gateway(knows_repetitions, deque(habits))

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            gateway.asked.append(body)
            gateway.headers.append(dict(self.headers))
            habit = gateway.habits.popleft() if gateway.habits else "00"
            if habit in {"lost", "slow"}:
                gateway.take(body)
                gateway.over.wait(60 if habit == "slow" else 0)
                self.close_connection = True
                return
            if len(habit) == 3 and habit not in {"103", "124"}:
                self._say(int(habit), {"result": {"code": habit}})
                return
            if habit == "00":
                gateway.take(body)
            self._say(200, "no document" if habit == "garbage" else {"result": {"code": habit}})

        def _say(self, status: int, document: object) -> None:
            content = document.encode() if isinstance(document, str) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if status == 429:
                self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_port}/send"
    try:
        yield gateway
    finally:
        gateway.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """What came in. `recipients` and `texts` are the answers to the next ones; `drops` hangs up after so many texts."""

    recipients: deque[str] = field(default_factory=deque)
    texts: deque[str] = field(default_factory=deque)
    drops: int = 0
    came: list[EmailMessage] = field(default_factory=list, repr=False)
    raw: list[bytes] = field(default_factory=list, repr=False)
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.came]

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.recipients.popleft() if self.recipients else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.texts.popleft() if self.texts else "250 OK"
        if answer.startswith("250"):
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            self.raw.append(content)
            mail = message_from_bytes(content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.came.append(mail)
        if self.drops:
            self.drops -= 1
            assert isinstance(server.transport, Transport)
            server.transport.abort()
        return answer


@contextmanager
def running_mailbox(mailbox: Mailbox | None = None, **options: Any) -> Iterator[Mailbox]:
    """A mail server on a free port of this machine."""
    here = mailbox or Mailbox()
    controller = Controller(here, hostname="127.0.0.1", port=0, **options)
    with suppress(OSError):
        controller.start()
    assert isinstance(controller.server, Server)
    here.port = controller.server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        controller.stop()
