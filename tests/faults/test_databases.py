"""Faults 18, 19, 22, 23 and 30: the database is killed, crowded, full, told a wrong time, or put back to yesterday."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
import time_machine

from delivery.database import Database
from delivery.jobs.queue import claim, due
from delivery.models import Callback, Job
from delivery.setting_up import set_up
from delivery.wiring import Service
from postal_api.webhook import dedupe_key
from tests.conftest import need
from tests.delivery.day import HANDED_OVER_AT, receive
from tests.delivery.post import Post
from tests.faults.house import ENVELOPES, ROOT, House, ended, settings_of
from tests.faults.oracle import assert_sound
from tests.faults.proxy import eventually
from tests.faults.servers import Server, accepts, can_mount, has_postgres, own_postgres, small_disk
from tests.web.test_callbacks import WHERE, Signer
from web.processes import free_port

CROWD = 8
WRITES = 25
# What each process of the crowd does: so many transactions of its own, each answered for on its output.
WRITER = """
import sys
from delivery.database import Database
from delivery.models import Meta
database = Database.connect(sys.argv[1])
for number in range(int(sys.argv[3])):
    with database.write() as session:
        session.add(Meta(key=f"{sys.argv[2]}-{number}", value="x"))
    print(f"{sys.argv[2]}-{number}", flush=True)
"""


class Door:
    """The real door for callbacks, and which ones it has thanked for."""

    def __init__(self, house: House, signer: Signer) -> None:
        self.house, self.signer = house, signer
        self.url = house.service.settings.web_url
        self._numbers = count()

    def knock(self, _number: int = 0) -> int:
        """Bring a new callback; the status of the answer, 0 for none."""
        sent = HANDED_OVER_AT + timedelta(seconds=next(self._numbers))
        raw = self.signer.callback(status="12", sent=sent.isoformat())
        try:
            status = httpx.post(f"{self.url}{WHERE}", content=raw, timeout=30).status_code
        except httpx.HTTPError:
            return 0
        if status == 200:
            self.house.acknowledged.append(dedupe_key(raw))
        return status

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def open_door(house: House) -> Iterator[Door]:
    signer = Signer(house.home / "carrier-keys")
    house.with_settings(callback_keys=house.home / "carrier-keys")
    door = Door(house, signer)
    web = house.start("serve")
    eventually(lambda: door.is_ready() or web.poll() is not None, "the web server's start")
    yield door


@pytest.mark.fault(18)
def test_postgresql_is_killed_in_the_middle_of_a_flood_and_nothing_acknowledged_is_missing(
    house_apart: House,
) -> None:
    need(has_postgres(), "initdb, to make a PostgreSQL that may be killed")
    with own_postgres() as (server, address):
        house = house_apart.moved(database_url=address)
        house.service.database.migrate()
        set_up(house.service)
        with open_door(house) as door, ThreadPoolExecutor(6) as crowd:
            said = [crowd.submit(door.knock, number) for number in range(120)]
            eventually(lambda: len(house.acknowledged) > 20, "the flood")
            server.kill()
            plain = address.replace("postgresql+psycopg://", "postgresql://")
            eventually(lambda: _started_again(server, plain), "PostgreSQL's second start", 60)
            answers = {each.result() for each in said}
            eventually(door.is_ready, "the pool's healing")
            assert door.knock() == 200
            assert answers <= {200, 503, 0}
        with house.service.database.read() as session:
            kept = set(session.scalars(sa.select(Callback.dedupe_key)))
        assert set(house.acknowledged) <= kept
        house.stop_all()
        house.service.close()


def _started_again(server: Server, address: str) -> bool:
    """The dead server's children may hold its memory for a moment; then it does not start, and is started again."""
    if server.process is None or server.process.poll() is not None:
        server.start()
    return accepts(address)


@pytest.fixture
def house_apart(tmp_path: Path) -> Iterator[House]:
    """A house without a post and without a day: its web server is all that is needed."""
    home = tmp_path / "apart"
    home.mkdir()
    settings = settings_of(home, port=free_port())
    made = House(Service(settings, Database.connect(settings.database)), Post(home, 9), "", random.Random(0))
    with ended(made) as house:
        yield house


@pytest.mark.fault(19)
def test_eight_processes_write_at_once_one_is_killed_and_nobody_sees_it(embedded: House) -> None:
    address = embedded.service.settings.database
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, address, str(number), str(WRITES)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(CROWD)
    ]
    victim = embedded.dice.choice(crowd)
    assert victim.stdout is not None
    first = victim.stdout.readline()
    victim.kill()
    said = [process.communicate() for process in crowd]

    assert [errors for process, (_out, errors) in zip(crowd, said, strict=True) if process is not victim] == [""] * 7
    answered = {line for out, _errors in said for line in out.split()} | set(first.split())
    with sqlite3.connect(embedded.home / "tannha.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        written = {key for (key,) in database.execute("SELECT key FROM meta")}
    database.close()
    assert answered <= written
    assert_sound(embedded)


@pytest.mark.fault(22)
def test_a_full_disk_is_said_so_nothing_is_acknowledged_and_room_heals_it(embedded: House, tmp_path: Path) -> None:
    need(can_mount(tmp_path), "mounting a small disk")
    with small_disk(tmp_path / "small", "6M") as disk:
        shutil.copytree(embedded.home, disk, dirs_exist_ok=True, ignore=shutil.ignore_patterns("sandbox"))
        embedded.moved(home=disk)
        with open_door(embedded) as door:
            assert door.knock() == 200
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as file:
                _fill(file.fileno())
            said = [door.knock() for _ in range(8)]
            assert 503 in said
            assert set(said) <= {200, 503}
            # That a forgery is refused goes into the log, for which there is no room either.
            forged = Signer(tmp_path / "another-tenant").callback()
            assert httpx.post(f"{door.url}{WHERE}", content=forged, timeout=30).status_code == 401
            ballast.unlink()
            assert door.knock() == 200
        embedded.stop_all()
        embedded.work_until_quiet()
        with sqlite3.connect(disk / "tannha.db") as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()
        assert_sound(embedded)
        embedded.service.close()


def _fill(file: int) -> None:
    for size in (65536, 4096):
        try:
            while True:
                os.write(file, b"x" * size)
        except OSError:
            continue


@pytest.mark.fault(23)
def test_a_machine_with_a_wrong_clock_ends_nobody_s_lease(production: House) -> None:
    production.submit_all()
    with production.service.database.read() as session:
        jobs = due(session)
    held = claim(production.service.database, jobs[0], "patient", 600)
    assert held is not None

    for wrong in (timedelta(hours=2), timedelta(hours=-2), timedelta(days=3)):
        with time_machine.travel(datetime.now(UTC) + wrong):
            assert claim(production.service.database, jobs[0], "fast clock", 600) is None
            production.work()

    with production.service.database.write() as session:
        assert session.get_one(Job, jobs[0]).lease_owner == "patient"
    production.time_passes()
    production.work_until_quiet()
    assert len(production.post.orders()) == ENVELOPES
    assert_sound(production)


@pytest.mark.fault(18)
def test_a_web_server_killed_before_it_commits_has_thanked_for_nothing(house: House) -> None:
    signer = Signer(house.home / "carrier-keys")
    house.with_settings(callback_keys=house.home / "carrier-keys")
    door = Door(house, signer)
    web = house.start("serve", failpoint=house.dice.choice(["before_commit", "after_commit"]))
    eventually(door.is_ready, "the web server's start")

    assert door.knock() == 0
    house.dies(web)
    house.start("serve")
    eventually(door.is_ready, "the web server's second start")
    again = signer.callback(status="12", sent=HANDED_OVER_AT.isoformat())
    assert httpx.post(f"{door.url}{WHERE}", content=again, timeout=30).status_code == 200

    with house.service.database.read() as session:
        assert session.scalars(sa.select(Callback.dedupe_key)).all() == [dedupe_key(again)]
    assert not receive(house.service, again, HANDED_OVER_AT)
    assert_sound(house)
