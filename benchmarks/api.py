"""`python -m benchmarks.api`: how many results a second come in over the interface, many and one at a time.

The server is the one that wards run, in a process of its own, with the rules, the books and the disk that a real result
meets; PostgreSQL unless told otherwise. Whoever sends sits on the same machine and takes a part of its processors.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.tables import show, whole
from delivery.database import Database
from delivery.machines.clients import MOST_RATE, Scope, add_client
from delivery.moments import now
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.postgres import POSTGRES, drop, postgres_url
from tests.web.api.conftest import ROOT, a_result, content
from web.processes import free_port

GOAL_BULK, GOAL_SINGLE = 1000, 300
AT_ONCE = 1000
WARDS = ("Bồ Đề", "Việt Hưng", "Phúc Lợi", "Long Biên")
CODE = "H26.41.118-2611{day:02d}-{number:05d}"
Send = Callable[[http.client.HTTPConnection, int], None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bulk", type=int, default=20_000, help="results that come a thousand at a time")
    parser.add_argument("--single", type=int, default=3_000, help="results that come one at a time")
    parser.add_argument("--lines", type=int, default=4, help="connections that send at the same time")
    parser.add_argument("--sqlite", action="store_true", help="SQLite instead of PostgreSQL")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _database(sqlite=chosen.sqlite) as url:
        settings = Settings(home=Path(folder), database_url=url, carrier="sandbox", _env_file=None)  # type: ignore[call-arg]
        key = _furnish(settings)
        with _served(folder, url) as port:
            bulk = _rate(port, _bulk(key), chosen.bulk // AT_ONCE, min(chosen.lines, 2)) * AT_ONCE
            single = _rate(port, _single(key), chosen.single, chosen.lines)
    rows = [("a thousand at a time", whole(bulk), str(GOAL_BULK)), ("one at a time", whole(single), str(GOAL_SINGLE))]
    show(f"Results over the interface, {url.split(':')[0] or 'sqlite'}", ("how", "results/s", "goal"), rows)
    return 0 if bulk >= GOAL_BULK and single >= GOAL_SINGLE else 1


def _furnish(settings: Settings) -> str:
    service = Service(settings, Database.connect(settings.database))
    set_up(service)
    with service.database.write() as session:
        _client, key = add_client(session, "bench", [Scope.WRITE_RESULTS], None, now(), per_minute=MOST_RATE)
    service.close()
    return key


@contextmanager
def _database(*, sqlite: bool) -> Iterator[str]:
    if sqlite:
        yield ""
        return
    name = f"tannha_bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield postgres_url(name)
        finally:
            drop(connection, name)


@contextmanager
def _served(home: str, url: str) -> Iterator[int]:
    port = free_port()
    told = {"TANNHA_HOME": home, "TANNHA_DATABASE_URL": url, "TANNHA_PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, "-m", "web", "serve"], env={**os.environ, **told}, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            try:
                line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                line.request("GET", "/healthz")
                line.getresponse().read()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _rate(port: int, send: Send, count: int, lines: int) -> float:
    """How many were sent a second, over so many connections that are kept."""

    def work(numbers: Sequence[int]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for number in numbers:
            send(line, number)

    with ThreadPoolExecutor(lines) as senders:
        began = time.perf_counter()
        for done in [senders.submit(work, range(first, count, lines)) for first in range(lines)]:
            done.result()
        return count / (time.perf_counter() - began)


def _bulk(key: str) -> Send:
    def send(line: http.client.HTTPConnection, number: int) -> None:
        rows = [_named(number * AT_ONCE + one) for one in range(AT_ONCE)]
        told = _asked(line, "POST", "/results", {"results": rows}, key)
        assert told["new"] == AT_ONCE, told

    return send


def _single(key: str) -> Send:
    def send(line: http.client.HTTPConnection, number: int) -> None:
        told = _asked(
            line, "PUT", f"/results/{CODE.format(day=2, number=number)}/1",
            content(number, ward=WARDS[number % 4], lat=None, lon=None), key,
        )  # fmt: skip
        assert told["outcome"] == "new", told

    return send


def _named(number: int) -> dict[str, object]:
    return a_result(number, ward=WARDS[number % 4], dossier_code=CODE.format(day=1, number=number))


def _asked(line: http.client.HTTPConnection, method: str, path: str, body: object, key: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    line.request(method, f"{ROOT}{path}", json.dumps(body, ensure_ascii=False).encode(), headers)
    told: dict[str, object] = json.loads(line.getresponse().read())
    return told


if __name__ == "__main__":
    sys.exit(main())
