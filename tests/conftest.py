"""What all tests share: databases that are real, and a clear word where a service is not reachable."""

import os
import shutil
import socket
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from psycopg import sql

from delivery.database import Database
from delivery.i18n import LANGUAGES, speak, speak_as_usual
from tests.postgres import POSTGRES, Shelf, drop, postgres_url
from web import people

SHARED = Path(__file__).resolve().parents[2] / "shared"
REQUIRED = os.environ.get("TANNHA_TEST_REQUIRE_SERVICES") == "1"

# In CI the made-up cases are the same for the same code, so that a change is not blamed for an older fault; whoever
# runs the tests by hand gets new ones every time.
# So many of them, where a test does not say how many: a third of what it gets by hand, for CI has an hour for all.
CASES_IN_CI = 30
# No case has a time limit: on a busy machine it would say that the machine is busy.
UNHURRIED: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("house", **UNHURRIED)
settings.register_profile("ci", derandomize=True, max_examples=CASES_IN_CI, **UNHURRIED)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "house")


def is_open(port: int) -> bool:
    """Whether somebody listens on that port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def need(available: bool, what: str) -> None:
    """Skip the test where `what` is not reachable; where services are required, fail instead."""
    if not available and REQUIRED:
        pytest.fail(f"{what} is required here but not reachable")
    if not available:
        pytest.skip(f"{what} is not reachable on this machine")


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hashing a password is slow on purpose; a suite that enters thousands of people need not wait for that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(sqlite_template: Path) -> Iterator[None]:
    """Every home begins with the whole history of the schema, which is always the same: on SQLite it is gone through
    once for each process of the tests, and whatever is set up within it gets a copy."""
    migrate = Database.migrate

    def bring_up(self: Database) -> None:
        if self.engine.dialect.name == "sqlite" and not sa.inspect(self.engine).get_table_names():
            with closing(sqlite3.connect(sqlite_template)) as whole, self.engine.connect() as empty:
                whole.backup(empty.connection.dbapi_connection)  # type: ignore[arg-type]
        else:
            migrate(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "migrate", bring_up)
        yield


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture, which might read the shared data itself; in Vietnamese, whatever the last test spoke."""
    speak(LANGUAGES[0])
    speak_as_usual()
    if item.get_closest_marker("shared") and not SHARED.is_dir():
        pytest.skip("the team's shared data is not beside this checkout")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database to copy."""
    path = tmp_path_factory.mktemp("template") / "tannha.db"
    database = Database.connect(f"sqlite:///{path}")
    database.migrate()
    database.engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The name of a migrated, empty PostgreSQL database to copy."""
    need(is_open(5432), "PostgreSQL on 127.0.0.1:5432")
    name = f"tannha_template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        database = Database.connect(postgres_url(name))
        database.migrate()
        database.engine.dispose()
        yield name
        drop(connection, name)


@pytest.fixture(scope="session")
def postgres_shelf(postgres_template: str) -> Iterator[Shelf]:
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        shelf = Shelf(connection, postgres_template)
        yield shelf
        shelf.clear()


@pytest.fixture
def postgres(postgres_shelf: Shelf) -> Iterator[str]:
    """The address of an empty PostgreSQL database with the newest schema."""
    name = postgres_shelf.take()
    yield postgres_url(name)
    postgres_shelf.put_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh database: each test runs on both kinds."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres")
        return url
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "tannha.db")
    return f"sqlite:///{tmp_path / 'tannha.db'}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database of each kind, with the newest schema."""
    connected = Database.connect(database_url)
    yield connected
    connected.engine.dispose()
