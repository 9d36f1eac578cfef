"""The country's installation: a home, a database, and its processes: the post, the web server and the workers."""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import sqlalchemy as sa
from kombu.connection import Connection
from psycopg import sql

from delivery.database import Database
from delivery.settings import Settings
from delivery.wiring import Service
from tests.faults.servers import RABBIT
from tests.postgres import POSTGRES, postgres_url
from web.processes import Household, free_port

NAMED = (
    "home", "database_url", "broker_url", "broker_queue", "carrier", "sandbox_port", "port", "travel", "plan_seconds",
    "worker_threads", "clock_skew_seconds",
)  # fmt: skip


@dataclass
class House:
    """The installation and the processes that belong to it, by name."""

    service: Service
    server: str | None
    pids: dict[str, int] = field(default_factory=dict)
    household: Household | None = None

    @property
    def post_url(self) -> str:
        return f"http://127.0.0.1:{self.service.settings.sandbox_port}"

    @property
    def post_books(self) -> Path:
        return self.service.settings.sandbox_folder / "post.db"

    def start(self, workers: int, speed: float) -> None:
        """Start the post, the web server and the workers; who dies is started again, and it is told."""
        here = self.service.settings
        told = {f"TANNHA_{name.upper()}": str(getattr(here, name)) for name in NAMED}
        self.household = Household(here.home / "logs", told, self._started_again)
        commands = {"sandbox": ["sandbox", "--speed", str(speed), "--together", "1"], "web": ["serve"]}
        commands |= {f"worker-{number}": ["worker"] for number in range(1, workers + 1)}
        for name, command in commands.items():
            self.pids[name] = self.household.start(name, command)

    def _started_again(self, name: str, ended: int, pid: int) -> None:
        print(f"{name} ended with {ended} and was started again; its processor seconds until then are lost")
        self.pids[name] = pid

    def answers(self) -> bool:
        """Whether the post and the web server answer."""
        try:
            httpx.get(f"{self.post_url}/sandbox", timeout=5)
            httpx.get(f"{self.service.settings.web_url}/healthz", timeout=5)
        except httpx.HTTPError:
            return False
        return True

    def size(self) -> int:
        """Bytes of the database, with what is still in SQLite's log."""
        if self.server is not None:
            with self.service.database.read() as session:
                return int(session.scalar(sa.select(sa.func.pg_database_size(self.server))) or 0)
        return sum(file.stat().st_size for file in self.service.settings.home.glob("tannha.db*") if file.is_file())


@contextlib.contextmanager
def open_house(home: Path, database: str, *, plan_seconds: float, threads: int) -> Iterator[House]:
    """An installation in `home` on a database of its own; what it started and made is gone afterwards."""
    with _database(database) as (url, server):
        name = server or "tannha"
        settings = Settings(
            _env_file=None, home=home, database_url=url, broker_url=RABBIT if server else "", broker_queue=name,
            carrier="sandbox", sandbox_port=free_port(), port=free_port(), travel="straight",
            plan_seconds=plan_seconds, worker_threads=threads, clock_skew_seconds=10**9, language="en",
        )  # type: ignore[call-arg]  # fmt: skip
        service = Service(settings, Database.connect(settings.database))
        house = House(service, server)
        try:
            yield house
        finally:
            if house.household is not None:
                house.household.stop()
            service.close()
            if server is not None:
                _forget_queue(name)


@contextlib.contextmanager
def _database(kind: str) -> Iterator[tuple[str, str | None]]:
    if kind == "sqlite":
        yield "", None
        return
    name = f"tannha_country_{os.getpid()}"
    try:
        connection = psycopg.connect(POSTGRES, autocommit=True)
    except psycopg.OperationalError as error:
        sys.exit(f"PostgreSQL does not answer at {POSTGRES}: {error}")
    with connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield postgres_url(name), name
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _forget_queue(name: str) -> None:
    with Connection(RABBIT) as line, contextlib.suppress(Exception):  # type: ignore[no-untyped-call]
        line.default_channel.queue_delete(name)
