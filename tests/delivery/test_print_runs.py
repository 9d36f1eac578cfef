"""A run of labels ends with each sheet printed once: whatever jams, breaks or dies on the way, and whoever resumes."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from delivery.cli import tannha
from delivery.dispatch.print_runs import Run, begin_run, find_run, print_run, print_runs
from delivery.dispatch.printers import Profile, find_printer, save_printer
from delivery.errors import BadInput, NotFound, NotNow
from delivery.wiring import Service
from labels.label import draw_labels
from labels.sample import sample_labels
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.typed import typed
from tests.labels.printer_server import Behaviour, PrinterServer, running_printer

COUNT = 7
FOOT = re.compile(r"\^FD(\S+) +(\d+)/(\d+)\^FS")


def sheets(server: PrinterServer) -> list[int]:
    """The numbers of the sheets that came out whole, in their order."""
    found = [FOOT.search(sheet.decode()) for sheet in server.printed]
    return [int(foot.group(2)) for foot in found if foot is not None]


def a_run(home: Path, server: PrinterServer) -> tuple[Run, Profile]:
    profile = Profile("counter-1", f"127.0.0.1:{server.port}")
    save_printer(home, profile)
    return begin_run(home, "BD-261124-1", profile, draw_labels(sample_labels(COUNT)), NOW), profile


def quiet(_number: int) -> None:
    return None


def test_after_a_jam_the_spoiled_sheet_and_the_rest_are_printed_and_nothing_else(tmp_path: Path) -> None:
    with running_printer(jam_at=3) as server:
        run, profile = a_run(tmp_path, server)
        with pytest.raises(NotNow):
            print_run(run, profile, None, quiet)
        server.repair()
        with pytest.raises(NotNow, match="3"):
            print_run(run, profile, None, quiet)

        print_run(run, profile, 3, quiet)

    assert sheets(server) == [1, 2, 3, 4, 5, 6, 7]
    assert run.done == COUNT


def test_a_sheet_that_came_out_whole_before_the_printer_stopped_is_not_printed_again(tmp_path: Path) -> None:
    with running_printer(jam_at=3) as server:
        run, profile = a_run(tmp_path, server)
        with pytest.raises(NotNow):
            print_run(run, profile, None, quiet)
        server.repair()

        print_run(run, profile, 4, quiet)

    assert sheets(server) == [1, 2, 4, 5, 6, 7]
    assert run.next_sheet() == COUNT + 1


def test_a_label_found_spoiled_later_is_printed_again_with_all_that_follow(tmp_path: Path) -> None:
    with running_printer() as server:
        run, profile = a_run(tmp_path, server)
        print_run(run, profile, None, quiet)
        server.behaviour = Behaviour(vanish_at=COUNT + 2)
        with pytest.raises(NotNow):
            print_run(run, profile, 5, quiet)
        server.repair()
        # Sheet 6 was on the line when it broke; 7 is still wanted again.
        print_run(run, profile, 6, quiet)

    assert sheets(server) == [1, 2, 3, 4, 5, 6, 7, 5, 6, 7]


def test_no_sheet_is_left_out_and_a_finished_run_prints_nothing(tmp_path: Path) -> None:
    with running_printer() as server:
        run, profile = a_run(tmp_path, server)
        with pytest.raises(BadInput, match="1"):
            print_run(run, profile, 2, quiet)
        print_run(run, profile, None, quiet)

        assert print_run(run, profile, None, quiet) == 0

    assert sheets(server) == [1, 2, 3, 4, 5, 6, 7]


def test_a_printing_process_that_is_killed_leaves_exactly_the_rest(tmp_path: Path) -> None:
    with running_printer(hold_at=4) as server:
        run, profile = a_run(tmp_path, server)
        process = subprocess.Popen(
            [sys.executable, "-c", "from delivery.cli import tannha; tannha()", "printer", "resume", run.code],
            env={**os.environ, "TANNHA_HOME": str(tmp_path)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 60
        while "4 received" not in (run.folder / "journal").read_text() and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert run.done == 3
        server.held = [(0.0, sheet) for _until, sheet in server.held]  # sheet 4 comes out after all

        assert print_run(run, profile, None, quiet) == 3

    assert sheets(server) == [1, 2, 3, 4, 5, 6, 7]


def test_a_sheet_that_was_on_the_line_when_the_process_died_is_asked_about(tmp_path: Path) -> None:
    with running_printer() as server:
        run, profile = a_run(tmp_path, server)
        (run.folder / "journal").write_text("1 sending\n1 received\n1 done\n2 sending\n2 rece")

        with pytest.raises(NotNow, match="--from 2"):
            print_run(run, profile, None, quiet)
        print_run(run, profile, 2, quiet)

    assert sheets(server) == [2, 3, 4, 5, 6, 7]
    assert run.done == COUNT


def test_two_people_do_not_print_on_one_printer_at_once(tmp_path: Path) -> None:
    with running_printer() as server:
        run, profile = a_run(tmp_path, server)
        other, _same = a_run(tmp_path, server)

        def meanwhile(_number: int) -> None:
            with pytest.raises(NotNow, match="counter-1"):
                print_run(other, profile, None, quiet)

        print_run(run, profile, None, meanwhile)

    assert (run.done, other.done) == (COUNT, 0)


def test_runs_are_private_and_go_after_a_week(tmp_path: Path) -> None:
    with running_printer() as server:
        run, profile = a_run(tmp_path, server)
    assert all(path.stat().st_mode & 0o077 == 0 for path in run.folder.iterdir())

    begin_run(tmp_path, "BD-261202-1", profile, draw_labels(sample_labels(1)), NOW + timedelta(days=8))

    assert [kept.batch for kept in print_runs(tmp_path)] == ["BD-261202-1"]
    with pytest.raises(NotFound):
        find_run(tmp_path, run.code)


@pytest.mark.parametrize(
    ("name", "address", "path", "right"),
    [
        ("../etc", "127.0.0.1", "", 0.0),
        ("counter", "", "", 0.0),
        ("counter", "127.0.0.1", "/tmp/x", 0.0),  # noqa: S108
        ("counter", "127.0.0.1:99999", "", 0.0),
        ("counter", "a b", "", 0.0),
        ("counter", "127.0.0.1", "", float("nan")),
    ],
)
def test_a_printer_that_cannot_be_is_refused(name: str, address: str, path: str, right: float) -> None:
    with pytest.raises(BadInput):
        Profile(name, address, path, right=right)


def said(home: Path, *words: str) -> Result:
    return CliRunner(env={"TANNHA_HOME": str(home), "TANNHA_LANGUAGE": "en"}).invoke(tannha, ["printer", *words])


def test_a_ward_enters_tries_adjusts_and_removes_its_printer(tmp_path: Path) -> None:
    with running_printer() as server:
        assert said(tmp_path, "add", "counter-1", "--address", f"127.0.0.1:{server.port}").exit_code == 0
        assert said(tmp_path, "add", "counter-1", "--address", "127.0.0.1").exit_code == 1
        assert said(tmp_path, "adjust", "counter-1", "--right", "1.5", "--down", "-0.5").exit_code == 0
        assert "ready" in said(tmp_path, "test").output
        server.faults.add("head_open")
        assert "head open" in said(tmp_path, "test").output

    assert len(server.printed) == 1
    assert (find_printer(tmp_path, None).right, find_printer(tmp_path, None).down) == (1.5, -0.5)
    assert "counter-1" in said(tmp_path, "list", "--json").output
    assert said(tmp_path, "remove", "counter-1").exit_code == 0
    assert said(tmp_path, "test").exit_code == 1


def test_a_planned_batch_is_printed_label_by_label(service: Service, intake: Intake, tmp_path: Path) -> None:
    day = Day(service, intake).prepare(2)
    save_printer(service.settings.home, Profile("spool", path=str(tmp_path / "labels.zpl")))

    done = typed(service, "printer", "print", day.batch)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "labels.zpl").read_bytes().count(b"^XZ") == 2
    assert [(run.code, run.done) for run in print_runs(service.settings.home)] == [(f"{day.batch}-1", 2)]
