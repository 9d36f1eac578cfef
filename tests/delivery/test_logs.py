"""Logs help whoever looks for a fault; they cost no work and tell of nobody."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.database import Database

SAYS = """
import structlog
from delivery.logs import speak_plainly
speak_plainly()
log = structlog.get_logger()
recipient = "Người Thử Số 1"
try:
    raise RuntimeError("a bug")
except RuntimeError:
    log.exception("job failed", job=7)
log.warning("it goes on")
open({done!r}, "w").close()
"""


def run(done: Path, output: Path) -> str:
    with output.open("ab") as file:
        ran = subprocess.run(
            [sys.executable, "-c", SAYS.format(done=str(done))],
            cwd=Path(__file__).parents[2], stdout=file, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    return ran.stderr.decode()


def test_a_traceback_names_the_place_and_no_values(tmp_path: Path) -> None:
    run(tmp_path / "done", tmp_path / "log")

    said = (tmp_path / "log").read_text(encoding="utf-8")
    assert "RuntimeError: a bug" in said
    assert "job=7" in said
    assert "Người Thử" not in said


def test_a_log_without_room_stops_nobody(tmp_path: Path) -> None:
    run(tmp_path / "done", Path("/dev/full"))

    assert (tmp_path / "done").exists()


def test_an_error_of_the_database_does_not_repeat_what_it_was_about(tmp_path: Path) -> None:
    database = Database.connect(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(sa.exc.OperationalError) as error, database.write() as session:
        session.execute(sa.text("INSERT INTO nowhere VALUES (:name)"), {"name": "Người Thử Số 1"})

    assert "Người Thử" not in str(error.value)
    database.engine.dispose()
