"""The sandbox post as a process of its own, for tests that talk to it over loopback."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx


@dataclass(frozen=True)
class Post:
    """A running sandbox post."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def collect(self, item_codes: Sequence[str], at: datetime) -> None:
        answer = httpx.post(
            f"{self.url}/sandbox/collect", json={"itemCodes": list(item_codes), "at": at.isoformat()}, timeout=10
        )
        assert answer.json()["unknown"] == [], answer.text

    def ledger(self) -> dict[str, dict[str, object]]:
        """The post's own books, by item code."""
        return {str(order["itemCode"]): order for order in self.orders()}

    def orders(self) -> list[dict[str, object]]:
        """All orders in the post's own books."""
        orders: list[dict[str, object]] = httpx.get(f"{self.url}/sandbox/ledger", timeout=10).json()["orders"]
        return orders

    def habits(self, **shares: float) -> None:
        """Switch on exactly these bad habits."""
        asked = {name.replace("_", "-"): share for name, share in shares.items()}
        httpx.post(f"{self.url}/sandbox/habits", json={"habits": asked}, timeout=10).raise_for_status()

    def play_the_day(self) -> None:
        """Wait until the post's day is over."""
        for _ in range(300):
            if httpx.get(f"{self.url}/sandbox/idle", timeout=10).json()["day_over"]:
                return
            time.sleep(0.1)
        raise AssertionError("the post's day did not end")


@contextmanager
def running_post(folder: Path, *options: str) -> Iterator[Post]:
    """A post on a port of the system's choosing, ended by its process id."""
    folder.mkdir(parents=True, exist_ok=True)
    started = subprocess.Popen(
        [sys.executable, "-m", "postal_api.sandbox", "--data", str(folder), "--port", "0", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(1200):  # a busy machine takes long to start a process
            if (folder / "port").exists():
                break
            time.sleep(0.05)
        yield Post(folder, int((folder / "port").read_text()))
    finally:
        started.terminate()
        started.wait(10)
