"""A running post, and each path on both kinds of database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.post import Post, running_post

ON_POSTGRES = {"sandbox", "myvnpost"}


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Some carriers on one kind of database and the others on the other: each path on both, not each carrier."""
    carrier = request.node.callspec.params.get("carrier") if hasattr(request.node, "callspec") else "sandbox"
    if carrier in ON_POSTGRES:
        url: str = request.getfixturevalue("postgres")
        return url
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "tannha.db")
    return f"sqlite:///{tmp_path / 'tannha.db'}"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path / "home" / "sandbox") as started:
        yield started
