"""The post's outgoing callbacks: written into the books with the events they tell of, sent by a thread of their own."""

import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

import httpx

from postal_api.sandbox.books import Books
from postal_api.sandbox.habits import Habits
from postal_api.sandbox.letterhead import Letterhead, Record
from postal_api.sandbox.orders import Face

RECORDS_AT_ONCE = 20
NOWHERE = "http://127.0.0.1:9/"
ANSWER_SECONDS = 5.0
LOOK_EVERY_SECONDS = 0.1
LONGEST_HOLD_SECONDS = 2.0


def write_callbacks(
    db: sqlite3.Connection, letterhead: Letterhead, habits: Habits, records: Sequence[Record], at: datetime
) -> None:
    """Note the callbacks that tell of records of one moment; bad habits decide when, and whether twice."""
    if habits.has("no-callbacks"):
        return
    face = records[0].face
    at_once = 1 if face is Face.VIETTELPOST else RECORDS_AT_ONCE
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
    """Sends what is due, at least once each: after a crash between an answer and its note, once more."""

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
        with httpx.Client(timeout=ANSWER_SECONDS) as http:
            while not self._stopping.is_set():
                if not self._send_next(http):
                    self._stopping.wait(LOOK_EVERY_SECONDS)

    def _send_next(self, http: httpx.Client) -> bool:
        with self._books.look() as db:
            due = db.execute(
                "SELECT id, body, face, tries FROM callback WHERE next_at <= ? ORDER BY next_at, id LIMIT 1",
                (time.time(),),
            ).fetchone()
        if due is None:
            return False
        try:
            answer = http.post(
                self._urls[Face(due["face"])], content=due["body"], headers={"Content-Type": "application/json"}
            )
            arrived = answer.is_success
        except httpx.HTTPError:
            arrived = False
        self._note(due["id"], due["tries"] + 1, arrived=arrived)
        return True

    def _note(self, callback: int, tries: int, *, arrived: bool) -> None:
        again = not arrived and tries < len(self._pauses)
        with self._books.change() as db:
            db.execute(
                "UPDATE callback SET tries = ?, next_at = ?, outcome = ? WHERE id = ?",
                (
                    tries,
                    time.time() + self._pauses[tries] if again else None,
                    None if again else "arrived" if arrived else "given up",
                    callback,
                ),
            )
