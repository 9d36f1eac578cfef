"""The post's outgoing callbacks: written into the books with the events they tell of, sent by a thread of their own."""

import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx

from postal_api.sandbox.books import Books
from postal_api.sandbox.config import MOST_TOGETHER
from postal_api.sandbox.habits import Habits
from postal_api.sandbox.letterhead import Letterhead, Record, items_of
from postal_api.sandbox.orders import Face

NOWHERE = "http://127.0.0.1:9/"
ANSWER_SECONDS = 5.0
LOOK_EVERY_SECONDS = 0.1
LINES, CALLS_AT_ONCE = 8, 64
LONGEST_HOLD_SECONDS = 2.0


def write_callbacks(
    db: sqlite3.Connection,
    letterhead: Letterhead,
    habits: Habits,
    records: Sequence[Record],
    at: datetime,
    most: int = MOST_TOGETHER,
) -> None:
    """Note the callbacks that tell of records of one moment, so many in each at most.

    Bad habits decide when they are sent, and whether twice.
    """
    if habits.has("no-callbacks"):
        return
    face = records[0].face
    at_once = 1 if face is Face.VIETTELPOST else most
    for start in range(0, len(records), at_once):
        together = records[start : start + at_once]
        body = letterhead.callback(together, at)
        about = f"{together[0].item_code}:{together[0].kind}"
        due = time.time()
        if habits.shows("reorder", about):
            due += habits.delay("reorder", about, LONGEST_HOLD_SECONDS)
        dates = [due]
        if habits.shows("duplicates", about):
            dates.append(due + habits.delay("duplicates", about, LONGEST_HOLD_SECONDS))
        rows = [(body, face, date) for date in dates]
        db.executemany("INSERT INTO callback (body, face, next_at) VALUES (?, ?, ?)", rows)


class Sender:
    """Sends what is due, at least once each: after a crash between the answers and their note, once more.

    Several at a time, over lines that stay open; never two at a time that tell of the same envelope, so that without
    bad habits each envelope's story arrives in its order.
    """

    def __init__(
        self, pauses: Sequence[float], urls: Mapping[Face, str | None], books: Books, stopping: threading.Event
    ) -> None:
        self._pauses = pauses
        self._urls = {face: url for face, url in urls.items() if url is not None}
        self._books = books
        self._stopping = stopping

    def run(self) -> None:
        """Work until told to stop."""
        if not self._urls:
            return
        with httpx.Client(timeout=ANSWER_SECONDS) as http, ThreadPoolExecutor(LINES, "callback") as lines:
            while not self._stopping.is_set():
                due = self._due()
                self._note(due, list(lines.map(lambda call: self._send(http, call), due)))
                if not due:
                    self._stopping.wait(LOOK_EVERY_SECONDS)

    def _due(self) -> list[sqlite3.Row]:
        with self._books.look() as db:
            due = db.execute(
                "SELECT id, body, face, tries FROM callback WHERE next_at <= ? ORDER BY next_at, id LIMIT ?",
                (time.time(), CALLS_AT_ONCE),
            ).fetchall()
        told: set[str] = set()
        for place, call in enumerate(due):
            about = items_of(Face(call["face"]), call["body"])
            if told & about:
                return due[:place]
            told |= about
        return due

    def _send(self, http: httpx.Client, call: sqlite3.Row) -> bool:
        """Whether it arrived."""
        try:
            answer = http.post(
                self._urls[Face(call["face"])], content=call["body"], headers={"Content-Type": "application/json"}
            )
        except httpx.HTTPError:
            return False
        return answer.is_success

    def _note(self, calls: Sequence[sqlite3.Row], arrived: Sequence[bool]) -> None:
        if calls:
            with self._books.change() as db:
                db.executemany(
                    "UPDATE callback SET tries = ?, next_at = ?, outcome = ? WHERE id = ?",
                    [self._outcome(call, arrived=came) for call, came in zip(calls, arrived, strict=True)],
                )

    def _outcome(self, call: sqlite3.Row, *, arrived: bool) -> tuple[object, ...]:
        tries = call["tries"] + 1
        again = not arrived and tries < len(self._pauses)
        next_at = time.time() + self._pauses[tries] if again else None
        return tries, next_at, None if again else "arrived" if arrived else "given up", call["id"]
