"""Whole days through the command line and real processes: post, worker, web server, each one killable."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pypdfium2
import pytest
import sqlalchemy as sa
import zxingcpp

from delivery.database import Database
from delivery.keys import read_key
from delivery.models import Consignment, Job, JobState, Scan, SubmitTry
from delivery.rules.codes import read_qr
from postal_api.s10 import ItemCode
from tests.conftest import is_open, need
from web.processes import free_port

pytestmark = pytest.mark.journey
ROOT = Path(__file__).resolve().parents[2]
PRINTER_DPI = 203
LOGGED = {"TANNHA_LOG": "json"}


def run(home: Path, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Type a command and wait for its end."""
    return subprocess.run(
        [sys.executable, "-m", "web", *arguments],
        cwd=ROOT,
        env=_environment(home, environment),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _environment(home: Path, more: dict[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, "TANNHA_HOME": str(home), "TANNHA_LANGUAGE": "en", **(more or {})}


def decoded(pdf: Path) -> list[list[str]]:
    """What a scan gun reads on each page, from a picture as a 203-dpi thermal printer makes it: black or white."""
    pages = []
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=PRINTER_DPI / 72).to_pil().convert("1", dither=0)
        pages.append([code.text for code in zxingcpp.read_barcodes(picture.convert("L"))])
    return pages


def item_codes(texts: list[str]) -> list[str]:
    found = []
    for text in texts:
        try:
            found.append(str(ItemCode.parse(text)))
        except ValueError:
            continue
    return found


@contextmanager
def process(home: Path, *arguments: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the house for the time of a test."""
    with (home / f"{arguments[0]}.log").open("ab") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "web", *arguments],
            cwd=ROOT,
            env=_environment(home, environment),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.send_signal(signal.SIGTERM)
            try:
                started.wait(15)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def until(condition: object, seconds: float = 60) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def test_a_demo_day_balances_and_so_does_a_second_one_whose_worker_is_killed(tmp_path: Path) -> None:
    first = run(tmp_path, "demo", "--rows", "60", environment=LOGGED)
    assert first.returncode == 0, first.stdout + first.stderr

    second = _demo_with_a_killed_worker(tmp_path)

    assert second.returncode == 0, second.stdout + second.stderr
    assert "was started again as process" in second.stderr
    database = Database.connect(f"sqlite:///{tmp_path / 'tannha.db'}")
    with database.read() as session:
        stuck = session.scalars(sa.select(Job).where(Job.state == JobState.PARKED)).all()
        accepted = session.scalars(sa.select(SubmitTry).where(SubmitTry.outcome == "accepted")).all()
        sent = session.scalar(sa.select(sa.func.count()).select_from(Consignment))
    database.engine.dispose()
    assert not stuck
    assert len({attempt.consignment_id for attempt in accepted}) <= (sent or 0)
    _every_printed_code_decodes(tmp_path)
    _no_log_speaks_of_anybody(tmp_path, [first.stderr, second.stderr])
    _an_envelope_s_way_is_found_in_the_logs(tmp_path)


def _no_log_speaks_of_anybody(home: Path, typed: list[str]) -> None:
    """Web server, worker and post have served two days of people, good rows and bad ones, and name none of them."""
    people = {cell for file in home.glob("days/*/results.csv") for row in _cells_about_people(file) for cell in row}
    logs = {file.name: file.read_text(encoding="utf-8") for file in (home / "logs").glob("*.log")}
    said = [*logs.values(), *(line for errors in typed for line in errors.splitlines() if line.startswith("{"))]

    assert len(people) > 300
    assert {"web.log", "worker.log", "sandbox.log"} <= logs.keys()
    assert all("trace_id" in logs[name] for name in ("web.log", "worker.log"))
    assert [cell for cell in people if any(cell in text for text in said)] == []


def _cells_about_people(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        for row in csv.DictReader(opened):
            about = ("Mã hồ sơ", "Chủ hồ sơ", "Người nhận", "Số điện thoại", "Email", "Địa chỉ nhận", "Ghi chú")
            yield [cell for name in about if len(cell := (row.get(name) or "").strip()) > 4]


def _an_envelope_s_way_is_found_in_the_logs(home: Path) -> None:
    database = Database.connect(f"sqlite:///{home / 'tannha.db'}")
    with database.read() as session:
        code = session.scalars(sa.select(Consignment.item_code).where(Consignment.submission == "accepted")).first()
    database.engine.dispose()
    (work,) = json.loads(run(home, "track", str(code), "--traces", "--json").stdout)

    lines = [json.loads(line) for line in (home / "logs" / "worker.log").read_text().splitlines() if line[:1] == "{"]
    about = [line for line in lines if line.get("trace_id") == work["trace_id"]]
    assert "job done" in {line["event"] for line in about}
    assert {(line["kind"], line["key"]) for line in about} == {("submit", work["about"])}


def _demo_with_a_killed_worker(home: Path) -> subprocess.CompletedProcess[str]:
    demo = subprocess.Popen(
        [sys.executable, "-m", "web", "demo", "--rows", "60"],
        cwd=ROOT,
        env=_environment(home, LOGGED),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    lines: list[str] = []
    killed = threading.Event()

    def kill_in_the_middle() -> None:
        worker = 0
        assert demo.stdout is not None
        for line in demo.stdout:
            lines.append(line)
            if match := re.search(r"Worker\D+(\d+)", line):
                worker = int(match[1])
            if "tannha submit" in line and worker and not killed.is_set():
                os.kill(worker, signal.SIGKILL)
                killed.set()

    reader = threading.Thread(target=kill_in_the_middle)
    reader.start()
    assert demo.stderr is not None
    errors = demo.stderr.read()
    demo.wait(300)
    reader.join()
    demo.stdout.close()
    demo.stderr.close()
    assert killed.is_set()
    return subprocess.CompletedProcess(demo.args, demo.returncode, "".join(lines), errors)


def _every_printed_code_decodes(home: Path) -> None:
    seal = read_key(home / "keys", "seal")
    database = Database.connect(f"sqlite:///{home / 'tannha.db'}")
    with database.read() as session:
        known = {c.item_code: c.reference for c in session.scalars(sa.select(Consignment))}
        handed_over = set(
            session.scalars(
                sa.select(Consignment.item_code)
                .join(Scan, Scan.consignment_id == Consignment.id)
                .where(Scan.finding == "ok")
            )
        )
    database.engine.dispose()
    on_labels: set[str] = set()
    folders = [folder for folder in (home / "days").glob("*/*") if folder.is_dir()]
    assert folders
    for folder in folders:
        labels = decoded(folder / "labels.pdf")
        for page in labels:
            (code,) = item_codes(page)
            (qr,) = [text for text in page if text != code]
            assert read_qr(qr, seal)[0] == known[code]
            on_labels.add(code)
        in_batch = {code for page in labels for code in item_codes(page)}
        for paper in ("slips.pdf", "route-sheets.pdf"):
            seen = {code for page in decoded(folder / paper) for code in item_codes(page)}
            assert seen == in_batch, f"{paper} of {folder.name}"
        assert any(text.startswith("BK") for page in decoded(folder / "manifest.pdf") for text in page)
    assert handed_over <= on_labels


@pytest.mark.parametrize("house", ["embedded", "PostgreSQL and RabbitMQ", "PostgreSQL and Redis"])
def test_a_person_s_own_day_typed_step_by_step(house: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    environment = _house(house, request)
    _own_data(tmp_path / "results.csv")
    assert run(tmp_path, "init", environment=environment).returncode == 0
    with (
        process(tmp_path, "sandbox", "--speed", "2000", "--habit", "duplicates", environment=environment),
        process(tmp_path, "worker", environment=environment),
        process(tmp_path, "serve", environment=environment),
    ):
        post = f"http://127.0.0.1:{environment['TANNHA_SANDBOX_PORT']}"
        until(lambda: answers(f"{post}/sandbox/idle"))
        until(lambda: answers(f"http://127.0.0.1:{environment['TANNHA_PORT']}/readyz"))
        until(lambda: run(tmp_path, "check", environment=environment).returncode == 0)
        _type_the_day(tmp_path, environment, post)


def _house(house: str, request: pytest.FixtureRequest) -> dict[str, str]:
    environment = {
        "TANNHA_SANDBOX_PORT": str(free_port()),
        "TANNHA_PORT": str(free_port()),
        "TANNHA_NGSP_POLL_SECONDS": "2",
        "TANNHA_CLOCK_SKEW_SECONDS": "999999999",
    }
    if house == "embedded":
        return environment
    environment["TANNHA_DATABASE_URL"] = request.getfixturevalue("postgres")
    if "RabbitMQ" in house:
        need(is_open(5672), "RabbitMQ on 127.0.0.1:5672")
        return {**environment, "TANNHA_BROKER_URL": "amqp://guest:guest@127.0.0.1:5672//"}
    need(is_open(6379), "Redis on 127.0.0.1:6379")
    return {**environment, "TANNHA_BROKER_URL": "redis://127.0.0.1:6379/5"}


def _own_data(path: Path) -> None:
    from tests.delivery.rows import a_row, file_of  # noqa: PLC0415

    wards = ("Bồ Đề", "Việt Hưng", "Phúc Lợi", "Long Biên")
    good = [a_row(number, wards[number % 4]) for number in range(1, 25)]
    file_of(path, [*good, a_row(90, Số_điện_thoại="1"), a_row(91, Ngày_có_kết_quả="30/02/2026")])


def _type_the_day(home: Path, environment: dict[str, str], post: str) -> None:
    def say(*arguments: str) -> dict[str, object]:
        typed = run(home, *arguments, environment=environment)
        assert typed.returncode == 0, f"{arguments}: {typed.stdout}{typed.stderr}"
        found: dict[str, object] = json.loads(typed.stdout)
        return found

    bad = home / "bad.csv"
    imported = say("import", str(home / "results.csv"), "--errors", str(bad), "--json")
    assert imported == {"read": 26, "new": 24, "corrected": 0, "unchanged": 0, "bad": 2}
    assert "Lỗi" in bad.read_text(encoding="utf-8-sig").splitlines()[0]
    assert say("import", str(home / "results.csv"), "--json")["unchanged"] == 24
    # The worker looks up addresses as they come in; the command does what is left, and then all are placed.
    assert 0 <= say("geocode", "--json")["placed"] <= 24  # type: ignore[operator]
    batches = say("batch", "--date", "2026-11-25", "--json")
    assert sum(batch["items"] for batch in batches) == 24  # type: ignore[index, misc]
    plan_file = home / "plan.json"
    assert run(home, "plan", "--date", "25/11/2026", "--seconds", "8", "--json", str(plan_file),
               environment=environment).returncode == 0  # fmt: skip
    plan = json.loads(plan_file.read_text(encoding="utf-8"))
    assert plan["totals"]["stops"] == 24
    assert all(re.fullmatch(r"\d\d:\d\d", stop["arrival"]) for route in plan["routes"] for stop in route["stops"])
    everything: list[str] = []
    for code in plan["batches"]:
        papers = home / "papers" / code
        say("print", code, "--out", str(papers), "--json")
        assert say("submit", code, "--json")["accepted"] == say("submit", code, "--json")["planned"]
        scanned = [item for page in decoded(papers / "labels.pdf") for item in item_codes(page)]
        everything += scanned
        (papers / "scans.txt").write_text("\n".join(scanned), encoding="utf-8")
        handed = say("hand-over", code, "--scans", str(papers / "scans.txt"), "--at", "2026-11-25T07:45", "--json")
        assert (handed["accepted"], handed["missing"], handed["refused"]) == (len(scanned), [], [])
    answer = httpx.post(
        f"{post}/sandbox/collect", json={"itemCodes": everything, "at": "2026-11-25T07:45:00+07:00"}, timeout=30
    )
    assert answer.json()["unknown"] == []
    until(lambda: _day_is_over(post) and _books_agree(home, environment, post), 300)
    balance = say("close-day", "--date", "2026-11-25", "--json")
    assert balance["balanced"] is True
    assert balance["handed_over"] == 24
    assert balance["delivered"]
    followed = say("track", everything[0], "--json")
    assert followed[0]["item_code"] == everything[0]  # type: ignore[index]


def _day_is_over(post: str) -> bool:
    idle = httpx.get(f"{post}/sandbox/idle", timeout=10).json()
    return bool(idle["day_over"]) and not idle["pending_callbacks"]


def _books_agree(home: Path, environment: dict[str, str], post: str) -> bool:
    """Counted at the carrier: every end that the post knows is known to us, and the other way round."""
    ledger = httpx.get(f"{post}/sandbox/ledger", timeout=10).json()["orders"]
    database = Database.connect(environment.get("TANNHA_DATABASE_URL") or f"sqlite:///{home / 'tannha.db'}")
    with database.read() as session:
        ours = {c.item_code: c.journey.value for c in session.scalars(sa.select(Consignment))}
    database.engine.dispose()
    assert all(order["received"] >= 1 for order in ledger)
    assert {order["itemCode"] for order in ledger} == set(ours)
    ends = {"delivered", "returned"}
    return all(
        ours[order["itemCode"]] == order["state"]
        for order in ledger
        if order["state"] in ends or ours[order["itemCode"]] in ends
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "nowhere.csv"), "nowhere.csv"),
        (("plan", "XX-261125-1"), "XX-261125-1"),
        (("plan",), "--date"),
        (("plan", "--date", "2026-11-25", "--seconds", "nan"), "--seconds"),
        (("serve", "--port", "99999"), "99999"),
        (("print", "XX", "--out", "papers"), "XX"),
        (("track", "CH000000000VN"), "CH000000000VN"),
        (("batch", "--date", "tomorrow"), "tomorrow"),
    ],
)
def test_a_mistake_is_answered_by_one_clear_line_and_a_non_zero_exit(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    run(tmp_path, "init")

    typed = run(tmp_path, *arguments)

    assert typed.returncode != 0
    assert says in typed.stderr
    assert "Traceback" not in typed.stderr


def test_without_init_every_command_says_what_to_do(tmp_path: Path) -> None:
    typed = run(tmp_path, "geocode")

    assert typed.returncode == 1
    assert "tannha init" in typed.stderr
