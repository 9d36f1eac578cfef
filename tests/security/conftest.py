"""The house under attack: made once for all who only look, and anew for those who break things."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from delivery.settings import Settings
from tests.security.ground import Ground


@pytest.fixture(scope="session")
def _house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Ground]:
    home = tmp_path_factory.mktemp("house") / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "tannha.db")
    made = Ground.prepare(home)
    yield made
    made.close()


@pytest.fixture
def ground(_house: Ground, tmp_path: Path) -> Iterator[Ground]:
    """A house of one's own."""
    made = _house.copy(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def with_settings(_house: Ground, tmp_path: Path) -> Iterator[Callable[..., Ground]]:
    """The house with other settings."""
    made: list[Ground] = []

    def furnish(**settings: object) -> Ground:
        made.append(_house.copy(tmp_path / f"home-{len(made)}", **settings))
        return made[-1]

    yield furnish
    for each in made:
        each.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]
