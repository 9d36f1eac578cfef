"""The post calls back over several lines, and still tells each envelope's story in its order."""

import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from postal_api.errors import SandboxCannotStart
from postal_api.events import EventKind
from postal_api.s10 import ItemCode
from postal_api.sandbox.books import Books
from postal_api.sandbox.callbacks import Sender, write_callbacks
from postal_api.sandbox.config import SandboxConfig
from postal_api.sandbox.habits import Habits
from postal_api.sandbox.letterhead import Letterhead, Record
from postal_api.sandbox.orders import Face
from tests.postal_api.conftest import eventually

ENVELOPES = 30
STORY = (EventKind.AT_OFFICE, EventKind.OUT_FOR_DELIVERY, EventKind.DELIVERED)
STARTED = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


class SlowWard:
    """Who is called: takes its time, and remembers what was said in which order, and how many spoke at once."""

    def __init__(self) -> None:
        self.url = ""
        self.said: dict[str, list[int]] = defaultdict(list)
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        self._dice = random.Random(1)

    def hear(self, body: bytes) -> None:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self._dice.uniform(0, 0.02))
        with self._lock:
            for record in json.loads(body)["data"]:
                self.said[record["itemCode"]].append(record["status"])
            self.at_once -= 1


@contextmanager
def slow_ward() -> Iterator[SlowWard]:
    ward = SlowWard()

    class Slot(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            ward.hear(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Slot) as server:
        server.daemon_threads = True
        ward.url = f"http://127.0.0.1:{server.server_port}/callbacks"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield ward
        server.shutdown()


def test_several_calls_at_a_time_and_each_envelope_s_story_in_its_order(tmp_path: Path) -> None:
    books, letterhead = Books(tmp_path / "post.db"), Letterhead(tmp_path, "sandbox-only")
    habits = Habits(SandboxConfig(tmp_path))
    with books.change() as db:
        for hour, kind in enumerate(STORY):
            at = STARTED + timedelta(hours=hour)
            for serial in range(ENVELOPES):
                code = str(ItemCode.make("EE", serial))
                write_callbacks(
                    db, letterhead, habits, [Record(f"R{serial}", code, "T", kind, at, None, Face.NGSP)], at
                )
    stopping = threading.Event()
    with slow_ward() as ward:
        sender = Sender((0.0,), {Face.NGSP: ward.url}, books, stopping)
        sending = threading.Thread(target=sender.run)
        sending.start()
        try:
            eventually(lambda: _told(books) == ENVELOPES * len(STORY), "the last call's note")
        finally:
            stopping.set()
            sending.join()
    books.close()

    assert {tuple(story) for story in ward.said.values()} == {(11, 12, 14)}
    assert len(ward.said) == ENVELOPES
    assert ward.most_at_once > 1


@pytest.mark.parametrize(("most", "calls"), [(20, [20, 5]), (10, [10, 10, 5]), (1, [1] * 25)])
def test_one_call_tells_of_no_more_envelopes_than_wanted(tmp_path: Path, most: int, calls: list[int]) -> None:
    books, letterhead = Books(tmp_path / "post.db"), Letterhead(tmp_path, "sandbox-only")
    codes = [str(ItemCode.make("EE", serial)) for serial in range(25)]
    records = [Record(code, code, "T", STORY[0], STARTED, None, Face.NGSP) for code in codes]

    with books.change() as db:
        write_callbacks(db, letterhead, Habits(SandboxConfig(tmp_path)), records, STARTED, most)
        bodies = [json.loads(row[0]) for row in db.execute("SELECT body FROM callback ORDER BY id")]
    books.close()

    assert [len(body["data"]) for body in bodies] == calls
    assert [told["itemCode"] for body in bodies for told in body["data"]] == codes


@pytest.mark.parametrize("wanted", [0, 21])
def test_how_many_a_call_may_tell_of_has_bounds(tmp_path: Path, wanted: int) -> None:
    with pytest.raises(SandboxCannotStart):
        SandboxConfig(tmp_path, together=wanted)


def _told(books: Books) -> int:
    with books.look() as db:
        return int(db.execute("SELECT count(*) FROM callback WHERE outcome = 'arrived'").fetchone()[0])
