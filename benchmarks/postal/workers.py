"""Many workers: a backlog of orders, with printing and planning beside, done by 1, 2 and 4 worker processes.

PostgreSQL, the broker, the sandbox post and the workers are real processes, and the disk is written to as in life. In
the end the most workers do it once more while the broker is emptied all the time and gone for a while in the middle.
Counted is in the carrier's own books. Speeds are those of the orders; processors and commits are those of everything.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
import sqlalchemy as sa

from benchmarks.printed_day import printed_day
from benchmarks.storm import DAY
from benchmarks.tables import show
from delivery.database import Database
from delivery.dispatch.batching import find_batch
from delivery.dispatch.planning import request_plan
from delivery.dispatch.printing import papers_of
from delivery.dispatch.submission import request_submission
from delivery.jobs.queue import OPEN
from delivery.jobs.roll import workers_alive
from delivery.models import Job
from delivery.moments import now
from delivery.postage import fee_table
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.post import running_post
from tests.faults.durability import syncs_per_second
from tests.faults.house import House, settings_of
from tests.faults.oracle import judge
from tests.faults.proxy import Fault, Proxy, eventually
from tests.faults.servers import Server, own_postgres, own_redis, purge, queues_at_broker, rabbit
from web.processes import free_port

TICKS = os.sysconf("SC_CLK_TCK")
IDLE_SECONDS, PLAN_SECONDS, GONE_SECONDS = 4.0, 4.0, 3.0
PATIENCE = 1800


@dataclass(frozen=True)
class Run:
    """One backlog worked off: what it took, and what the carrier's books say of it."""

    title: str
    workers: int
    jobs: int
    seconds: float
    until_all: float
    cpu: dict[str, float]
    commits: int
    idle_commits: float
    syncs: float
    orders: int
    asked: int
    lost: int
    twice: int
    broken: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return (self.lost, self.twice, self.broken) == (0, 0, ()) and self.orders == self.asked

    def row(self, one: "Run") -> list[str]:
        each = self.asked / self.seconds
        return [
            self.title, f"{self.seconds:.1f}", f"{self.until_all:.1f}", f"{each:.1f}", f"{each / self.workers:.1f}",
            f"{each / (one.asked / one.seconds):.2f}", *(f"{spent:.1f}" for spent in self.cpu.values()),
            f"{self.commits / self.jobs:.1f}", f"{self.idle_commits / self.workers:.1f}", f"{self.syncs:.0f}",
            f"{self.orders} of {self.asked}", f"{self.lost}", f"{self.twice}",
        ]  # fmt: skip


COLUMNS = (
    "workers", "seconds", "with plans", "orders/s", "per worker", "ratio to one", "CPU s workers", "CPU s database",
    "CPU s post", "commits/job", "idle commits/s a worker", "fdatasync/s", "at the carrier", "lost", "twice",
)  # fmt: skip


@dataclass
class Bench:
    """A printed day on a PostgreSQL of our own, to be copied for every run."""

    folder: Path
    server: Server
    address: str
    broker: str
    home: Path
    codes: list[str]

    def run(self, title: str, workers: int, *, storm: bool = False) -> Run:
        """Work the day's backlog off with so many workers."""
        name = f"run_{uuid.uuid4().hex[:8]}"
        self.admin(f"CREATE DATABASE {name} TEMPLATE printed")
        home = self.folder / name
        shutil.copytree(self.home, home)
        with running_post(home / "sandbox") as post, _broker(self.broker, self.folder) as broker:
            settings = settings_of(
                home, sandbox_port=post.port, port=free_port(), database_url=_database(self.address, name),
                broker_url=broker.url, broker_queue=f"tannha-bench-{name}", sweep_seconds=1.0, lease_seconds=30,
            )  # fmt: skip
            service = Service(settings, Database.connect(settings.database))
            house = House(service, post, "", random.Random(0))
            try:
                with broker.harmed(settings, storm=storm):
                    return self._measured(house, title, workers, name)
            finally:
                house.stop_all()
                service.close()
                broker.leave(settings)

    def _measured(self, house: House, title: str, workers: int, name: str) -> Run:
        before = workers_alive(house.service)
        processes = [house.start("worker") for _ in range(workers)]
        eventually(lambda: workers_alive(house.service) == before + workers, "the workers' start", 120)
        time.sleep(2)
        idle = self.commits(name)
        time.sleep(IDLE_SECONDS)
        idle_commits = (self.commits(name) - idle) / IDLE_SECONDS
        syncs = syncs_per_second(self.folder)
        assert self.server.process is not None
        pids = {
            "workers": [process.pid for process in processes],
            "database": [self.server.process.pid],
            "post": _children("postal_api.sandbox"),
        }
        spent = {who: sum(map(_cpu, each)) for who, each in pids.items()}
        commits, began = self.commits(name), time.monotonic()
        prints = self._ask(house)
        _until_done(house, "submit")
        seconds = time.monotonic() - began
        prints.join()
        _until_done(house, "submit", "plan", "print")
        until_all = time.monotonic() - began
        cpu = {who: sum(map(_cpu, each)) - spent[who] for who, each in pids.items()}
        verdict = judge(house)
        with house.service.database.read() as session:
            jobs = (
                session.scalar(sa.select(sa.func.count()).where(Job.finished_at.is_not(None), Job.kind != "poll")) or 0
            )
        return Run(
            title, workers, jobs, seconds, until_all, cpu, self.commits(name) - commits, idle_commits, syncs,
            len(house.post.orders()), len(house.asked), verdict.lost, verdict.twice, verdict.broken,
        )  # fmt: skip

    def _ask(self, house: House) -> threading.Thread:
        """All orders at once; beside them every second batch is planned anew, and the others' papers are drawn."""
        service = house.service
        for number, code in enumerate(self.codes):
            with service.database.write() as session:
                batch = find_batch(session, code)
                house.asked += request_submission(session, batch, service.settings.carrier, fee_table(house.home))
                if number % 2:
                    request_plan(session, code=code, day=None, seconds=PLAN_SECONDS, at=now())
        prints = threading.Thread(target=lambda: [papers_of(service, code) for code in self.codes[::2]], name="prints")
        prints.start()
        return prints

    def commits(self, name: str) -> int:
        with psycopg.connect(self.address.replace("+psycopg", ""), autocommit=True) as line:
            row = line.execute("SELECT xact_commit FROM pg_stat_database WHERE datname = %s", [name]).fetchone()
        return int(row[0]) if row else 0

    def admin(self, statement: str) -> None:
        with psycopg.connect(self.address.replace("+psycopg", ""), autocommit=True) as line:
            line.execute(statement)


class Rabbit:
    """The RabbitMQ of this machine, reached over a line of our own, which can be cut without harming anybody else."""

    def __init__(self) -> None:
        self.line = Proxy(5672, mark=b"")
        self.url = f"amqp://guest:guest@127.0.0.1:{self.line.port}//"

    @contextmanager
    def harmed(self, settings: Settings, *, storm: bool) -> Iterator[None]:
        def empty() -> None:
            with rabbit() as line:
                purge(line, settings)

        with _storm(empty, self._away) if storm else _calm():
            yield

    def _away(self) -> None:
        self.line.fault = Fault.LOSE_REQUEST
        time.sleep(GONE_SECONDS)
        self.line.fault = Fault.NONE

    def leave(self, settings: Settings) -> None:
        self.line.close()
        with rabbit() as line:
            for name in queues_at_broker(settings):
                line.default_channel.queue_delete(name)


class Redis:
    """A Redis of our own."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = f"redis://127.0.0.1:{server.port}/0"

    @contextmanager
    def harmed(self, _settings: Settings, *, storm: bool) -> Iterator[None]:
        def empty() -> None:
            redis.Redis(port=self.server.port).flushall()

        with _storm(empty, self._away) if storm else _calm():
            yield

    def _away(self) -> None:
        self.server.kill()
        time.sleep(GONE_SECONDS)
        self.server.start()

    def leave(self, _settings: Settings) -> None:
        """It ends with its `with` block."""


@contextmanager
def _broker(kind: str, folder: Path) -> Iterator[Rabbit | Redis]:
    if kind == "rabbit":
        yield Rabbit()
        return
    with own_redis(folder) as server:
        yield Redis(server)


@contextmanager
def _calm() -> Iterator[None]:
    yield


@contextmanager
def _storm(empty: Callable[[], None], away: Callable[[], None]) -> Iterator[None]:
    over = threading.Event()

    def rage() -> None:
        turn = 0
        while not over.wait(0.2):
            turn += 1
            try:
                away() if turn % 50 == 40 else empty()
            except (OSError, redis.RedisError):
                continue

    thread = threading.Thread(target=rage, name="storm")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _database(address: str, name: str) -> str:
    return f"{address.removesuffix('/postgres')}/{name}"


def _until_done(house: House, *kinds: str) -> None:
    def left() -> int:
        with house.service.database.read() as session:
            open_jobs = sa.select(sa.func.count()).where(Job.state.in_(OPEN), Job.kind.in_(kinds))
            return session.scalar(open_jobs) or 0

    deadline = time.monotonic() + PATIENCE
    while left():
        if time.monotonic() > deadline:
            raise SystemExit(f"still open after {PATIENCE} s: {house.open_jobs()[:5]}")
        time.sleep(0.1)


def _cpu(pid: int) -> float:
    """Processor seconds of a process and of those it has started."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(_cpu(child) for child in _children_of(pid))


def _children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text(encoding="ascii").split()]


def _children(name: str) -> list[int]:
    """Our own child processes whose command line holds this name."""
    return [
        pid for pid in _children_of(os.getpid()) if name in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    ]


@contextmanager
def _bench(folder: Path, envelopes: int, broker: str) -> Iterator[Bench]:
    with own_postgres() as (server, address):
        with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as line:
            line.execute("CREATE DATABASE printed")
        # In a process of its own, so that no line to the template stays open and its copies can be made.
        home = folder / "printed"
        home.mkdir()
        make = "from benchmarks.postal.workers import print_day; print_day()"
        command = [sys.executable, "-c", make, str(home), _database(address, "printed"), str(envelopes)]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        shutil.rmtree(home / "sandbox", ignore_errors=True)
        yield Bench(folder, server, address, broker, home, told.stdout.split())


def print_day() -> None:
    """Make the printed day and say the codes of its batches."""
    home, url, envelopes = sys.argv[1:]
    service, codes = printed_day(settings_of(Path(home), database_url=url), DAY, int(envelopes))
    service.close()
    print(" ".join(codes))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.postal workers", description=__doc__)
    parser.add_argument("--envelopes", type=int, default=1000, help="about so many orders in the backlog")
    parser.add_argument("--quick", action="store_true", help="100 envelopes")
    parser.add_argument("--broker", choices=("rabbit", "redis"), default="rabbit")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    chosen = parser.parse_args(arguments)
    envelopes = 100 if chosen.quick else chosen.envelopes
    with tempfile.TemporaryDirectory() as folder, _bench(Path(folder), envelopes, chosen.broker) as bench:
        runs = [bench.run(str(count), count) for count in chosen.workers]
        most = max(chosen.workers)
        runs.append(bench.run(f"{most}, broker emptied and gone", most, storm=True))
    show(f"{runs[0].asked} envelopes, PostgreSQL and {chosen.broker}", COLUMNS, [run.row(runs[0]) for run in runs])
    for run in runs:
        for broken in run.broken:
            print(f"{run.title}: {broken}")
    return 0 if all(run.sound for run in runs) else 1
