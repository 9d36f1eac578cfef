"""Logs help whoever looks for a fault; they cost no work and tell of nobody."""

import json
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


def test_each_json_line_is_an_object_and_libraries_speak_the_same_way(tmp_path: Path) -> None:
    told = SAYS.replace("speak_plainly", "speak_json") + (
        "import logging\n"
        "logging.getLogger('waitress').warning('queue depth %s, told to 0912345678', 3)\n"
        "log.info('trying', telephone='0912345678', dossier='H26.41.118-261120-0007')\n"
    )
    with (tmp_path / "log").open("wb") as file:
        subprocess.run(
            [sys.executable, "-c", told.format(done=str(tmp_path / "done"))],
            cwd=Path(__file__).parents[2], stderr=file, check=True,
        )  # fmt: skip

    said = (tmp_path / "log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["event"] for line in lines][:2] == ["job failed", "it goes on"]
    assert lines[0]["exception"][0]["exc_type"] == "RuntimeError"
    assert lines[2]["logger"] == "waitress"
    assert not any(personal in said for personal in ("Người Thử", "0912345678", "H26.41.118-261120-0007"))
