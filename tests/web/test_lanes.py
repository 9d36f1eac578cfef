"""Two lanes through the web server: whoever floods one keeps nobody from the other, and is told so at once."""

import http.client
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from waitress import create_server

from web.lanes import COME_AGAIN_SECONDS, Lanes

START = Callable[..., object]


class Slow:
    """An application whose callbacks take as long as the test wants."""

    def __init__(self) -> None:
        self.done = threading.Event()

    def __call__(self, environ: dict[str, str], start: START) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/callbacks/"):
            assert self.done.wait(30)
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]


@pytest.fixture
def slow() -> Iterator[Slow]:
    application = Slow()
    yield application
    application.done.set()


@pytest.fixture
def port(slow: Slow) -> Iterator[int]:
    """Where a server with one thread for each lane listens, in which two callbacks may wait."""
    lanes = Lanes(pages=1, callbacks=1, most_waiting=2)
    server = create_server(slow, _dispatcher=lanes, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield int(server.effective_port)
    slow.done.set()
    lanes.shutdown()
    server.close()


def ask(port: int, path: str, method: str = "POST") -> tuple[int, str | None]:
    """The status of an answer, and after how many seconds one may come again."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request(method, path, body=b"{}" if method == "POST" else None)
        answer = line.getresponse()
        answer.read()
        return answer.status, answer.getheader("Retry-After")
    finally:
        line.close()


def test_pages_do_not_wait_behind_callbacks_and_too_many_callbacks_are_turned_away(port: int, slow: Slow) -> None:
    with ThreadPoolExecutor(4) as carrier:
        asked = [carrier.submit(ask, port, "/callbacks/vnpost") for _number in range(4)]
        turned_away = next(as_completed(asked))

        # One is being worked on and two wait.
        assert turned_away.result() == (503, str(COME_AGAIN_SECONDS))
        assert ask(port, "/tra-cuu", "GET") == (200, None)
        slow.done.set()
        assert [each.result()[0] for each in asked if each is not turned_away] == [200] * 3
    assert ask(port, "/callbacks/vnpost") == (200, None)
