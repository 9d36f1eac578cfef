"""Servers that a story may harm: a Redis and a PostgreSQL of its own, so that nobody else's are touched."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from kombu.connection import Connection

from delivery.jobs.queues import QUEUES
from delivery.jobs.worker import broker_queue
from delivery.settings import Settings
from tests.conftest import is_open
from tests.faults.proxy import eventually
from web.processes import free_port

RABBIT = "amqp://guest:guest@127.0.0.1:5672//"


@contextmanager
def rabbit() -> Iterator[Any]:
    """A line to the RabbitMQ of this machine."""
    with Connection(RABBIT) as line:  # type: ignore[no-untyped-call]
        yield line


def queues_at_broker(settings: Settings) -> list[str]:
    """What the queues of an installation are called at its broker."""
    return [broker_queue(settings, queue.name) for queue in QUEUES]


def purge(line: Any, settings: Settings) -> None:
    """Take every wake-up out of an installation's queues at RabbitMQ."""
    for name in queues_at_broker(settings):
        line.default_channel.queue_declare(name, durable=True, auto_delete=False)
        line.default_channel.queue_purge(name)


@dataclass
class Server:
    """A server process on a port, which can be killed and started again on the same data."""

    command: list[str]
    port: int
    user: str | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, user=self.user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@contextmanager
def own_redis(folder: Path) -> Iterator[Server]:
    """A Redis that keeps nothing on disk."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = Server(command, port)
    server.start()
    try:
        eventually(lambda: is_open(port), "Redis's start")
        yield server
    finally:
        server.signal(signal.SIGCONT)
        server.kill()


def has_postgres() -> bool:
    """Whether a PostgreSQL of our own can be made on this machine."""
    return shutil.which("initdb") is not None and (os.getuid() != 0 or _postgres_user() is not None)


def _postgres_user() -> str | None:
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None


@contextmanager
def own_postgres() -> Iterator[tuple[Server, str]]:
    """A PostgreSQL with an empty database, durable as in life, and the database's address."""
    initdb = shutil.which("initdb")
    assert initdb is not None
    user = _postgres_user() if os.getuid() == 0 else None  # PostgreSQL refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="tannha-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    port, data = free_port(), folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [initdb, "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"],
        user=user, cwd="/", check=True, **quiet,  # type: ignore[call-overload]
    )  # fmt: skip
    binary = Path(initdb).resolve().with_name("postgres")
    listen = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", str(folder)]
    server = Server([str(binary), "-D", str(data), *listen], port, user)
    server.start()
    try:
        address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        eventually(lambda: accepts(address), "PostgreSQL's start")
        yield server, address.replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.kill()
        eventually(lambda: not is_open(port), "PostgreSQL's end")
        shutil.rmtree(folder, ignore_errors=True)


def accepts(address: str) -> bool:
    """Whether a PostgreSQL takes work."""
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of a few megabytes, mounted at a new folder."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def can_mount(folder: Path) -> bool:
    """Whether we may mount a disk of our own here."""
    try:
        with small_disk(folder / "probe", "1M"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False
