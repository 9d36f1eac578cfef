"""Houses of both kinds with a printed day to come to harm, a seed for each way in which chance can fall, a report."""

import json
import os
import random
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from delivery.database import Database
from delivery.dispatch.batching import batch_due
from delivery.models import Night
from delivery.moments import local, now
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.conftest import is_open, need
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day
from tests.delivery.post import Post, running_post
from tests.delivery.rows import a_row
from tests.faults.durability import syncs_per_second
from tests.faults.house import ENVELOPES, House, ended, plan_by_hand, settings_of
from tests.faults.servers import RABBIT, queues_at_broker, rabbit
from tests.postgres import POSTGRES, drop, postgres_url
from web.processes import free_port

SEEDS = int(os.environ.get("TANNHA_SEEDS", "1"))
REPORT = os.environ.get("TANNHA_FAULTS_REPORT", "")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every story that takes a seed is told once for each."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(SEEDS))


@pytest.fixture
def seed() -> int:
    """Replaced by the numbers above."""
    return 0


def a_printed_day(settings: Settings, folder: Path) -> str:
    """Set a house up and print a batch; returns its code."""
    service = Service.from_settings(settings)
    set_up(service)
    day = Day(service, Intake(service.database, folder))
    day.import_and_place(*(a_row(number) for number in range(1, ENVELOPES + 1)))
    with service.database.write() as session:
        (batch,) = batch_due(session, DAY, NOW)
        plan_by_hand(session, batch)
        day.batch = batch.code
        # The day is long past: the night's look would ask about every envelope in the middle of another story.
        for ahead in range(2):
            tonight = local(now()).date() + timedelta(days=ahead)
            session.add(Night(day=tonight, looked_at=NOW, envelopes=ENVELOPES, differences=0, counts={}))
    day.print()
    service.close()
    return day.batch


@pytest.fixture(scope="session")
def printed_home(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a printed day on SQLite, to copy, and the batch's code."""
    home = tmp_path_factory.mktemp("printed") / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "tannha.db")
    return home, a_printed_day(settings_of(home), home.parent)


@pytest.fixture(scope="session")
def empty_home(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has been set up and in which nothing has happened yet, to copy."""
    home = tmp_path_factory.mktemp("empty") / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "tannha.db")
    service = Service.from_settings(settings_of(home))
    set_up(service)
    service.close()
    return home


@pytest.fixture(scope="session")
def printed_postgres(
    postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path, str]]:
    """The same day in a PostgreSQL database to copy, the home that belongs to it, and the batch's code."""
    name, home = f"tannha_printed_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("printed-pg") / "home"
    home.mkdir()
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(postgres_template)))
        yield name, home, a_printed_day(settings_of(home, database_url=postgres_url(name)), home.parent)
        drop(connection, name)


@pytest.fixture
def post(tmp_path: Path, seed: int) -> Iterator[Post]:
    """A post of its own for every story."""
    (tmp_path / "home").mkdir(exist_ok=True)
    with running_post(tmp_path / "home" / "sandbox", "--speed", "20000", "--seed", str(seed)) as started:
        yield started


@pytest.fixture
def embedded(tmp_path: Path, post: Post, seed: int, printed_home: tuple[Path, str]) -> Iterator[House]:
    """A house on SQLite, its wake-up calls in a folder."""
    template, batch = printed_home
    home = tmp_path / "home"
    shutil.copytree(template, home, dirs_exist_ok=True)
    yield from _house(settings_of(home, sandbox_port=post.port, port=free_port()), post, batch, seed)


@pytest.fixture
def production(tmp_path: Path, post: Post, seed: int, printed_postgres: tuple[str, Path, str]) -> Iterator[House]:
    """A house on PostgreSQL and RabbitMQ."""
    need(is_open(5672), "RabbitMQ on 127.0.0.1:5672")
    template, made, batch = printed_postgres
    home, name = tmp_path / "home", f"tannha_house_{uuid.uuid4().hex[:12]}"
    shutil.copytree(made, home, dirs_exist_ok=True)
    settings = settings_of(
        home, sandbox_port=post.port, port=free_port(), database_url=postgres_url(name),
        broker_url=RABBIT, broker_queue=f"tannha-test-{uuid.uuid4().hex[:12]}",
    )  # fmt: skip
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield from _house(settings, post, batch, seed)
        finally:
            drop(connection, name)
            with rabbit() as line:
                for queue in queues_at_broker(settings):
                    line.default_channel.queue_delete(queue)


def _house(settings: Settings, post: Post, batch: str, seed: int) -> Iterator[House]:
    service, turn = Service(settings, Database.connect(settings.database)), seed if SEEDS > 1 else None
    with ended(House(service, post, batch, random.Random(seed), turn)) as house:
        yield house


@pytest.fixture(params=["embedded", "production"])
def house(request: pytest.FixtureRequest, seed: int) -> House:
    """Every story happens in both kinds of houses, once for each seed."""
    assert seed >= 0
    found: House = request.getfixturevalue(request.param)
    return found


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Write down how each fault went, where a report is wanted."""
    began = time.perf_counter()
    outcome: Any = yield
    marker = item.get_closest_marker("fault")
    if marker is None or not REPORT:
        return
    arguments = getattr(item, "funcargs", {})
    house = next((value for value in arguments.values() if isinstance(value, House)), None)
    line = {
        "fault": marker.args[0],
        "test": item.nodeid.partition("[")[0],
        "passed": outcome.excinfo is None,
        "skipped": outcome.excinfo is not None and issubclass(outcome.excinfo[0], pytest.skip.Exception),
        "seconds": round(time.perf_counter() - began, 2),
        "syncs": round(syncs_per_second(Path(item.config.rootpath) / ".pytest_cache")),
        **({"verdict": asdict(house.verdict)} if house is not None and house.verdict is not None else {}),
    }
    with Path(REPORT).open("a", encoding="utf-8") as report:
        report.write(json.dumps(line) + "\n")
