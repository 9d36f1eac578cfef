"""The post's books: one SQLite file in which every order, step, event and callback is written before it is said."""

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    number TEXT PRIMARY KEY,
    item_code TEXT NOT NULL UNIQUE,
    customer TEXT NOT NULL,
    state TEXT NOT NULL,
    received INTEGER NOT NULL DEFAULT 1,
    collected_at INTEGER,
    face TEXT NOT NULL DEFAULT 'ngsp',
    made_at REAL NOT NULL DEFAULT 0,
    changed_at INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS correction (
    id INTEGER PRIMARY KEY,
    item_code TEXT NOT NULL REFERENCES orders (item_code),
    asked INTEGER NOT NULL DEFAULT 0,
    cancels INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS step (
    item_code TEXT NOT NULL REFERENCES orders (item_code),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT,
    played INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (item_code, position)
);
CREATE INDEX IF NOT EXISTS step_to_play ON step (at) WHERE NOT played;
CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY,
    item_code TEXT NOT NULL REFERENCES orders (item_code),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT
);
CREATE TABLE IF NOT EXISTS callback (
    id INTEGER PRIMARY KEY,
    body BLOB NOT NULL,
    face TEXT NOT NULL DEFAULT 'ngsp',
    next_at REAL,
    tries INTEGER NOT NULL DEFAULT 0,
    outcome TEXT
);
CREATE INDEX IF NOT EXISTS callback_to_send ON callback (next_at) WHERE next_at IS NOT NULL;
"""


# Books that an earlier version has begun lack these.
ADDED = (
    ("orders", "face", "TEXT NOT NULL DEFAULT 'ngsp'"),
    ("orders", "made_at", "REAL NOT NULL DEFAULT 0"),
    ("orders", "changed_at", "INTEGER NOT NULL DEFAULT 0"),
    ("callback", "face", "TEXT NOT NULL DEFAULT 'ngsp'"),
    ("correction", "cancels", "INTEGER NOT NULL DEFAULT 0"),
)


class Books:
    """The file and its one connection; `change` is a transaction that is on disk when it ends."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(SCHEMA)
        for table, column, kind in ADDED:
            if column not in {row["name"] for row in self._db.execute(f"PRAGMA table_info({table})")}:
                self._db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        # The feed's ids look like Mongo's: the second of the making, a random part, and a counter at the end.
        self._prefix = self.note("feed", f"{int(time.time()):08x}{secrets.token_hex(5)}")

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Read and write in one transaction, alone."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        """Read."""
        with self._lock:
            yield self._db

    def note(self, name: str, value: str) -> str:
        """Remember a value under a name, unless there is one; returns what is remembered."""
        with self.change() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))
            remembered: str = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0]
            return remembered

    def count(self, name: str) -> int:
        """Add one to what is counted under a name; returns the count."""
        with self.change() as db:
            db.execute("INSERT INTO meta VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", (name,))
            return int(db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0])

    def next_event_id(self, db: sqlite3.Connection) -> str:
        """An id for the feed that is larger than all before it."""
        last = db.execute("SELECT max(id) FROM event").fetchone()[0]
        count = int(last[-6:], 16) + 1 if last else 1
        return f"{self._prefix}{count:06x}"

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
