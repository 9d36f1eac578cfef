"""Two lanes through the web server: whoever floods one keeps nobody from the other, and is told so at once."""

import http.client
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from delivery.models import Callback
from delivery.wiring import Service
from tests.faults.proxy import eventually
from tests.web.test_callbacks import Signer
from web.app import create_app
from web.lanes import COME_AGAIN_SECONDS, MOST_BYTES, Answer, Reply, create_lanes
from web.views import callbacks

DOOR = callbacks.DOORS[0]


@contextmanager
def running(server: Any) -> Iterator[int]:
    """The port of a server that runs in a thread of its own, and ends before the test does."""
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    try:
        yield int(server.effective_port)
    finally:
        # All have hung up; the server notices when it next looks.
        eventually(lambda: not server.active_channels, "the last line's end")
        server.task_dispatcher.shutdown()
        # Its own thread closes it: a socket closed under the wait of another is a bad descriptor there.
        server.trigger.pull_trigger(server.close)
        serving.join(30)
        assert not serving.is_alive()


def listening(application: Callable[..., Any], answer: Answer, most_waiting: int = 500) -> AbstractContextManager[int]:
    """The port of a server with one thread for each lane."""
    return running(
        create_lanes(application, answer, callbacks.DOORS, pages=1, most_waiting=most_waiting, host="127.0.0.1", port=0)
    )


def ask(port: int, path: str, body: bytes | None = b"{}") -> tuple[int, str | None]:
    """The status of an answer, and after how many seconds one may come again."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        return ask_on(line, path, body)


def ask_on(line: http.client.HTTPConnection, path: str, body: bytes | None) -> tuple[int, str | None]:
    line.request("GET" if body is None else "POST", path, body=body)
    answer = line.getresponse()
    answer.read()
    return answer.status, answer.getheader("Retry-After")


class Slow:
    """Answers callbacks when the test lets it, and pages at once."""

    def __init__(self) -> None:
        self.is_busy, self.may_go_on = threading.Event(), threading.Event()
        self.groups: list[int] = []

    def answer(self, raws: Sequence[bytes]) -> list[Reply]:
        self.is_busy.set()
        assert self.may_go_on.wait(30)
        self.groups.append(len(raws))
        return [callbacks.OK for _raw in raws]

    def __call__(self, _environ: object, start: Callable[..., object]) -> Iterable[bytes]:
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]


def test_pages_do_not_wait_behind_callbacks_and_too_many_callbacks_are_turned_away() -> None:
    slow = Slow()
    with listening(slow, slow.answer, most_waiting=2) as port, ThreadPoolExecutor(4) as carrier:
        first = carrier.submit(ask, port, DOOR)
        assert slow.is_busy.wait(30)
        others = [carrier.submit(ask, port, DOOR) for _number in range(3)]
        turned_away = next(as_completed(others))

        # One is being worked on and two wait.
        assert turned_away.result() == (503, str(COME_AGAIN_SECONDS))
        assert ask(port, "/tra-cuu", None) == (200, None)
        slow.may_go_on.set()
        assert [each.result()[0] for each in (first, *others) if each is not turned_away] == [200] * 3
        assert ask(port, DOOR) == (200, None)
    # Those who had waited together were answered together.
    assert slow.groups == [1, 2, 1]


@pytest.fixture
def port(service: Service) -> Iterator[int]:
    """Where the real application listens."""
    with listening(create_app(service), partial(callbacks.answer, service)) as where:
        yield where


def kept(service: Service) -> int:
    with service.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Callback)) or 0


def test_each_of_a_crowd_gets_its_own_answer(port: int, service: Service, tmp_path: Path) -> None:
    signer, stranger = Signer(service.settings.sandbox_folder), Signer(tmp_path / "elsewhere")
    genuine = [signer.callback(status=str(number)) for number in range(10, 20)]
    said = [
        *((body, 200) for body in [*genuine, *genuine]),
        *((stranger.callback(status=str(number)), 401) for number in range(10, 20)),
        *((b"{", 400) for _number in range(5)),
        *((b"x" * (MOST_BYTES + 1), 413) for _number in range(5)),
    ]

    with ThreadPoolExecutor(len(said)) as carrier:
        asked = [(carrier.submit(ask, port, DOOR, body), status) for body, status in said]
    assert [each.result()[0] for each, _status in asked] == [status for _each, status in asked]
    assert kept(service) == len(genuine)


def test_a_line_that_is_kept_open_and_one_that_is_hung_up_in_the_middle(port: int, service: Service) -> None:
    signer = Signer(service.settings.sandbox_folder)
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        assert [ask_on(line, DOOR, signer.callback(status=str(status)))[0] for status in (10, 11)] == [200] * 2
        kept_open = line.sock
        assert ask_on(line, "/tra-cuu", None)[0] == 200
        assert ask_on(line, DOOR, signer.callback(status="12"))[0] == 200
        assert line.sock is kept_open
        # Nobody waits for the answer to this one.
        line.request("POST", DOOR, signer.callback(status="13"))
    assert ask(port, DOOR, signer.callback(status="14"))[0] == 200


def test_those_who_cannot_be_answered_together_are_answered_one_by_one(service: Service) -> None:
    signer = Signer(service.settings.sandbox_folder)

    def breaks(_raws: Sequence[bytes]) -> list[Reply]:
        raise ZeroDivisionError

    with listening(create_app(service), breaks) as port, ThreadPoolExecutor(6) as carrier:
        bodies = [*(signer.callback(status=str(number)) for number in range(10, 15)), b"{"]
        asked = [carrier.submit(ask, port, DOOR, body) for body in bodies]
        assert [each.result()[0] for each in asked] == [200] * 5 + [400]
    assert kept(service) == 5


def said_to(port: int, raw: bytes) -> bytes:
    """What a server answers to bytes, until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(raw)
        return b"".join(iter(lambda: line.recv(4096), b""))


@pytest.mark.parametrize("length", ["abc", "-1", "5, 6", "+7", "٣"])
def test_a_length_that_is_none_is_told_so_and_hurts_nobody(port: int, length: str) -> None:
    said = said_to(port, f"POST {DOOR} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{{}}".encode())

    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
    assert ask(port, "/tra-cuu", None)[0] == 200


def test_callbacks_that_come_in_one_breath_or_in_pieces_are_each_answered(port: int, service: Service) -> None:
    signer = Signer(service.settings.sandbox_folder)
    whole, pieces = signer.callback(status="10"), signer.callback(status="11")
    head = f"POST {DOOR} HTTP/1.1\r\nHost: x\r\n".encode()
    first = head + b"Content-Length: %d\r\n\r\n%b" % (len(whole), whole)
    second = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(pieces), pieces)
    last = head + b"Connection: close\r\nContent-Length: 1\r\n\r\n{"

    said = said_to(port, first + second + first + last)

    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200", b"200", b"200", b"400"]
    assert kept(service) == 2


def test_other_methods_and_other_doors_are_the_application_s(port: int) -> None:
    assert ask(port, DOOR, None)[0] == 405
    assert ask(port, "/callbacks/nobody")[0] == 404
