"""The sandbox post as a server: all faces on one port, its clock and its callbacks each in a thread."""

import logging
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server

from postal_api.errors import SandboxCannotStart
from postal_api.sandbox.callbacks import Sender
from postal_api.sandbox.config import SandboxConfig
from postal_api.sandbox.counter import counter
from postal_api.sandbox.gateway import gateway
from postal_api.sandbox.manners import HANG_UP
from postal_api.sandbox.myvnpost import myvnpost
from postal_api.sandbox.post import Post
from postal_api.sandbox.viettelpost import viettelpost

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BYTES = 4 * 1024 * 1024
THREADS = 32
LONGEST_NAP, SHORTEST_NAP = 0.25, 0.02
_TOKEN_HEADER = re.compile(rb"^access_token[ \t]*:", re.IGNORECASE | re.MULTILINE)
log = logging.getLogger(__name__)


def create_app(config: SandboxConfig) -> Flask:
    """The post's faces, with nobody who lets the clock's events happen between requests.

    The caller closes `app.extensions["post"]` in the end. Raises SandboxCannotStart when the folder is in use.
    """
    return _faces(Post(config))


def serve(config: SandboxConfig, announce: Callable[[str], None] = log.info) -> None:
    """Run the post until SIGTERM or Ctrl-C; the port it listens on is written to the file `port` in its folder.

    Raises SandboxCannotStart when the folder is in use or the port cannot be opened.
    """
    with Post(config) as post, _working(post):
        port_file = config.data / "port"
        port_file.unlink(missing_ok=True)
        try:
            server = create_server(
                _Line(_faces(post)), host=config.host, port=config.port, threads=THREADS, log_socket_errors=False
            )
        except OSError as error:
            raise SandboxCannotStart(
                f"port {config.port} cannot be opened: {error.strerror}; choose another"
            ) from error
        server.channel_class = _Channel
        with _ended_by_signals():
            try:
                _write_port(port_file, server.effective_port)
                announce(f"http://{config.host}:{server.effective_port}")
                server.run()
            finally:
                server.close()
                port_file.unlink(missing_ok=True)


def _faces(post: Post) -> Flask:
    app = Flask("postal_api.sandbox")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.extensions["post"] = post
    for face in (gateway, myvnpost, viettelpost):
        app.register_blueprint(face(post))
    app.register_blueprint(counter(post))
    return app


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Lets the interface's own header through: waitress drops every name with an underscore, for fear of spoofing."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(_TOKEN_HEADER.sub(b"access-token:", header_plus))


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser


class _Line:
    """The telephone line in front of the faces: it can go dead after the order was taken."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answer = self._app(environ, start_response)
        if environ.get(HANG_UP):
            # waitress closes the connection without a byte when a write fails, and takes this for such a failure.
            raise ConnectionResetError
        return answer


@contextmanager
def _working(post: Post) -> Iterator[None]:
    """The clock's and the callbacks' threads, for the time of the server."""
    stopping = threading.Event()
    sender = Sender(post.config.pauses, post.callback_urls, post.books, stopping)
    threads = [
        threading.Thread(target=_keep_time, args=(post, stopping), name="clock"),
        threading.Thread(target=sender.run, name="callbacks"),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def _keep_time(post: Post, stopping: threading.Event) -> None:
    while not stopping.is_set():
        following = post.idle().next_event_in
        nap = LONGEST_NAP if following is None else min(max(following, SHORTEST_NAP), LONGEST_NAP)
        stopping.wait(nap)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM ends the server as Ctrl-C does; only the main thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _write_port(file: Path, port: int) -> None:
    draft = file.with_suffix(".draft")
    draft.write_text(f"{port}\n", encoding="ascii")
    draft.replace(file)
