"""The post itself: takes orders, collects envelopes, and lets their journeys happen as its clock goes on."""

import fcntl
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Self

from postal_api.errors import NotAnItemCode, SandboxCannotStart
from postal_api.events import EventKind
from postal_api.s10 import ItemCode
from postal_api.sandbox.books import Books
from postal_api.sandbox.callbacks import write_callbacks
from postal_api.sandbox.clock import PostClock, closing_of
from postal_api.sandbox.config import SandboxConfig
from postal_api.sandbox.habits import Habits
from postal_api.sandbox.journeys import plan_journey
from postal_api.sandbox.letterhead import Letterhead, Record
from postal_api.sandbox.orders import Code, Face, OrderSheet, Verdict

# So that one transaction stays short however far the clock was set forward.
STEPS_AT_ONCE = 500
CLOCK_KEPT_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Collected:
    """What the scan gun brought: item codes now with the post, and texts that are no item of its orders."""

    collected: list[str]
    unknown: list[str]


@dataclass(frozen=True, slots=True)
class Idle:
    """How far the day has been played; `next_event_in` is real seconds, None when the clock stops before."""

    pending_callbacks: int
    next_event_in: float | None
    clock: datetime
    day_over: bool


class Post:
    """The post at work in its folder; several threads may use it."""

    def __init__(self, config: SandboxConfig) -> None:
        config.data.mkdir(parents=True, exist_ok=True)
        # The kernel opens this lock again however the process ends, so a kill leaves nothing to clean up.
        self._lock = (config.data / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise SandboxCannotStart(f"another sandbox post is at work in {config.data}; end it first") from error
        self.config = config
        self.letterhead = Letterhead(config.data, config.secret)
        self.books = Books(config.data / "post.db")
        self.habits = Habits(config, self.books.count("starts"))
        start = datetime.fromisoformat(self.books.note("clock", datetime.now(UTC).isoformat()))
        self.clock = PostClock(start, config.speed, through_nights=config.through_nights)
        self._clock_kept = 0.0
        self.callback_urls = {
            Face.NGSP: config.callback_url,
            Face.MYVNPOST: config.callback_url,
            Face.VIETTELPOST: config.viettelpost_callback_url,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Write the clock down and leave the folder to others."""
        with self.books.change() as db:
            self._keep_clock(db, self.clock.now())
        self.books.close()
        self._lock.close()

    def accept(self, sheet: OrderSheet) -> Verdict:
        """Take an order; one that is known by its number is not taken again."""
        with self.books.change() as db:
            known = db.execute("SELECT state FROM orders WHERE number = ?", (sheet.number,)).fetchone()
            if known is not None:
                db.execute("UPDATE orders SET received = received + 1 WHERE number = ?", (sheet.number,))
                if known["state"] == EventKind.CANCELLED:
                    return Verdict(Code.WAS_CANCELLED, "Đơn hàng đã bị hủy")
                return Verdict(Code.DUPLICATE, "Đơn hàng đã tồn tại")
            if db.execute("SELECT 1 FROM orders WHERE item_code = ?", (sheet.item_code,)).fetchone():
                return Verdict(Code.ITEM_CODE_TAKEN, "Mã bưu gửi đã được sử dụng cho đơn hàng khác")
            self._enter(db, sheet)
        return Verdict(Code.ACCEPTED, "Thành công")

    def find(self, number: str) -> sqlite3.Row | None:
        """The order of this number."""
        with self.books.look() as db:
            found: sqlite3.Row | None = db.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
            return found

    def find_item(self, item_code: str) -> sqlite3.Row | None:
        """The order of this item."""
        with self.books.look() as db:
            found: sqlite3.Row | None = db.execute("SELECT * FROM orders WHERE item_code = ?", (item_code,)).fetchone()
            return found

    def accept_again_and_again(self, sheet: OrderSheet) -> str:
        """Take an order through a face that does not compare numbers: a second one is a second order.

        Returns its item code.
        """
        with self.books.change() as db:
            times = db.execute(
                "SELECT count(*) FROM orders WHERE number = ? OR number LIKE ? || '#%'", (sheet.number, sheet.number)
            ).fetchone()[0]
            number = f"{sheet.number}#{times}" if times else sheet.number
            return self._enter(db, replace(sheet, number=number))

    def _enter(self, db: sqlite3.Connection, sheet: OrderSheet) -> str:
        item_code = sheet.item_code or _new_item_code(db, sheet.face)
        db.execute(
            "INSERT INTO orders (number, item_code, customer, state, face, made_at, changed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                sheet.number,
                item_code,
                sheet.customer,
                EventKind.REGISTERED,
                sheet.face,
                time.time(),
                int(self.clock.now().timestamp()),
            ),
        )
        return item_code

    def cancel(self, customer: str, number: str) -> Verdict:
        """Give an order up, unless its envelope has been collected."""
        with self.books.change() as db:
            order = db.execute(
                "SELECT state FROM orders WHERE number = ? AND customer = ?", (number, customer)
            ).fetchone()
            if order is None:
                return Verdict(Code.NO_SUCH_ORDER, "Không tìm thấy đơn hàng")
            if order["state"] not in {EventKind.REGISTERED, EventKind.CANCELLED}:
                return Verdict(Code.COLLECTED, "Bưu gửi đã được thu gom, không thể hủy")
            db.execute("UPDATE orders SET state = ? WHERE number = ?", (EventKind.CANCELLED, number))
        return Verdict(Code.ACCEPTED, "Đã hủy đơn hàng")

    def collect(self, texts: Iterable[str], at: datetime | None) -> Collected:
        """Scan envelopes at the hand-over, at `at` or now; a journey begins with the first scan only.

        The clock goes on from `at`; backwards only when nothing more was to happen that day.
        """
        found = Collected([], [])
        begun = False
        with self.books.change() as db:
            now = self.clock.now()
            over = self._day_over(db, now)
            for text in texts:
                order = _order_of(db, text)
                if order is None or order["state"] == EventKind.CANCELLED:
                    found.unknown.append(text)
                    continue
                found.collected.append(order["item_code"])
                if order["state"] == EventKind.REGISTERED:
                    self._begin_journey(db, order["item_code"], at or now)
                    begun = True
            if begun and at is not None and (at > now or over):
                # Within the transaction: played by the old clock, the new journeys would be over at once.
                self._set_clock(db, at)
        return found

    def play(self) -> int:
        """Let happen what the clock has reached; returns the number of events."""
        with self.books.change() as db:
            now = self.clock.now()
            due = db.execute(
                "SELECT step.*, number, customer, face FROM step JOIN orders USING (item_code)"
                " WHERE NOT played AND at <= ? ORDER BY at, item_code LIMIT ?",
                (int(now.timestamp()), STEPS_AT_ONCE),
            ).fetchall()
            records = [self._happen(db, step) for step in due]
            for face, url in self.callback_urls.items():
                told = [record for record in records if record.face == face and url is not None]
                for at, together in groupby(told, key=lambda record: record.at):
                    write_callbacks(db, self.letterhead, self.habits, list(together), at, self.config.together)
            if due or time.monotonic() > self._clock_kept + CLOCK_KEPT_EVERY_SECONDS:
                self._keep_clock(db, now)
        return len(due)

    def set_clock(self, moment: datetime) -> None:
        """Let the clock go on from `moment`."""
        with self.books.change() as db:
            self._set_clock(db, moment)

    def idle(self) -> Idle:
        """How far the day has been played."""
        while self.play() == STEPS_AT_ONCE:
            pass
        with self.books.look() as db:
            now = self.clock.now()
            pending = db.execute("SELECT count(*) FROM callback WHERE next_at IS NOT NULL").fetchone()[0]
            following = _next_step(db)
            return Idle(
                pending_callbacks=pending,
                next_event_in=None if following is None else self.clock.seconds_until(following),
                clock=now,
                day_over=self._day_over(db, now),
            )

    def _begin_journey(self, db: sqlite3.Connection, item_code: str, at: datetime) -> None:
        db.execute(
            "UPDATE orders SET state = ?, collected_at = ? WHERE item_code = ?",
            (EventKind.COLLECTED, int(at.timestamp()), item_code),
        )
        db.executemany(
            "INSERT INTO step (item_code, position, kind, at, reason) VALUES (?, ?, ?, ?, ?)",
            [
                (item_code, position, step.kind, int(step.at.timestamp()), step.reason)
                for position, step in enumerate(plan_journey(item_code, at, self.config.seed))
            ],
        )

    def _happen(self, db: sqlite3.Connection, step: sqlite3.Row) -> Record:
        item_code, kind = step["item_code"], EventKind(step["kind"])
        db.execute(
            "INSERT INTO event (id, item_code, kind, at, reason) VALUES (?, ?, ?, ?, ?)",
            (self.books.next_event_id(db), item_code, kind, step["at"], step["reason"]),
        )
        db.execute("UPDATE orders SET state = ?, changed_at = ? WHERE item_code = ?", (kind, step["at"], item_code))
        db.execute("UPDATE step SET played = 1 WHERE item_code = ? AND position = ?", (item_code, step["position"]))
        at = datetime.fromtimestamp(step["at"], UTC)
        return Record(step["number"], item_code, step["customer"], kind, at, step["reason"], Face(step["face"]))

    def _day_over(self, db: sqlite3.Connection, now: datetime) -> bool:
        following = _next_step(db)
        return following is None or following > max(now, closing_of(now))

    def _set_clock(self, db: sqlite3.Connection, moment: datetime) -> None:
        self.clock.set(moment)
        self._keep_clock(db, moment)

    def _keep_clock(self, db: sqlite3.Connection, now: datetime) -> None:
        db.execute("UPDATE meta SET value = ? WHERE name = 'clock'", (now.isoformat(),))
        self._clock_kept = time.monotonic()


def _order_of(db: sqlite3.Connection, text: str) -> sqlite3.Row | None:
    try:
        item_code = str(ItemCode.parse(text))
    except NotAnItemCode:
        # Viettel Post's numbers have another form.
        item_code = text.strip()
    found: sqlite3.Row | None = db.execute("SELECT * FROM orders WHERE item_code = ?", (item_code,)).fetchone()
    return found


def _next_step(db: sqlite3.Connection) -> datetime | None:
    at = db.execute("SELECT min(at) FROM step WHERE NOT played").fetchone()[0]
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _new_item_code(db: sqlite3.Connection, face: Face) -> str:
    """The next number of the post's own series; made up, as the real series are not public."""
    count = 1 + int(db.execute("SELECT count(*) FROM orders").fetchone()[0])
    return f"{131_000_000_000 + count}" if face is Face.VIETTELPOST else str(ItemCode.make("CN", count))
