"""`python -m benchmarks.web mixed`: half an hour of everybody at once, over the books of some years.

The web server, two workers and the made-up post run as an installation runs them, on PostgreSQL and RabbitMQ; citizens,
clerks, couriers, the carrier and another system come over HTTP (`benchmarks.web.crowd`, played by Locust from an
environment of its own). Told are the times of each page, errors, memory and connections.
"""

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import mean

import sqlalchemy as sa

from benchmarks.postal._country.land import make_country, write_furniture
from benchmarks.postal._house import elsewhere
from benchmarks.tables import show, whole
from benchmarks.web.archive import fill
from benchmarks.web.board import SEARCHES
from benchmarks.web.starting import until_answering
from benchmarks.web.today import enter_clerks, enter_machine, known_envelopes, reports, send_couriers_out
from delivery.database import Database
from delivery.models import Callback
from delivery.models.work import WAITING
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.web.conftest import PASSWORD
from tests.web.test_callbacks import Signer
from web.processes import Household, free_port

CROWD = Path(__file__).with_name("crowd.py")
PEOPLE_ENVIRONMENT = Path(".venv-load/bin/python")
GOAL_MS, MOST_GROWTH, COLD_START_SECONDS = 200, 0.10, 3.0
CALLBACKS_PER_SECOND = 5
ENVELOPES_KNOWN = 20_000
# Of what happens once, and is slow on purpose: a password is reckoned for a tenth of a second of a whole processor.
NO_PAGE = frozenset({"log-in", "Aggregated"})
ARRIVING_PER_SECOND = 2
TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True, slots=True)
class Sample:
    """What each process held at a moment, in MB, and how many connections the database had."""

    minute: float
    memory: dict[str, float]
    connections: int


@dataclass
class House:
    """The installation, its processes, and what was seen of them."""

    service: Service
    environment: dict[str, str]
    pids: dict[str, int] = field(default_factory=dict)
    died: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    def started_again(self, name: str, ended: int, pid: int) -> None:
        self.died.append(f"{name} ended with {ended}")
        self.pids[name] = pid

    def look(self, minute: float) -> None:
        """Write down, and tell, what the processes hold now."""
        with self.service.database.read() as session:
            here = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            connections = int(session.scalar(here) or 0)
        sample = Sample(minute, {name: _resident(pid) for name, pid in self.pids.items()}, connections)
        self.samples.append(sample)
        held = ", ".join(f"{name} {megabytes:.0f} MB" for name, megabytes in sample.memory.items())
        print(f"minute {minute:.1f}: {held}, {connections} connections", flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web mixed", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--users", type=int, default=50, help="people at the same time, machines not counted")
    parser.add_argument("--results", type=int, default=1_000_000)
    parser.add_argument("--wards", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args(arguments)
    if not PEOPLE_ENVIRONMENT.exists():
        raise SystemExit("Locust is not there yet: make bench-web installs it")
    # Whoever ends this ends its processes too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder, elsewhere("postgresql") as where:
        house = _house(Path(folder), where)
        try:
            _furnish(house, chosen)
            return _play(house, chosen)
        finally:
            house.service.close()


def _house(home: Path, where: dict[str, str]) -> House:
    environment = {
        "TANNHA_HOME": str(home), "TANNHA_PORT": str(free_port()), "TANNHA_SANDBOX_PORT": str(free_port()),
        "TANNHA_CALLBACK_KEYS": str(home / "carrier-keys"), "TANNHA_TRUSTED_PROXIES": "127.0.0.1", **where,
    }  # fmt: skip
    values = {name.removeprefix("TANNHA_").lower(): value for name, value in environment.items()}
    settings = Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]
    return House(Service(settings, Database.connect(settings.database)), environment)


def _furnish(house: House, chosen: argparse.Namespace) -> None:
    """The archive, who works with it, and the file of what they ask for."""
    service, began = house.service, time.perf_counter()
    home = service.settings.home
    set_up(service, write_furniture(make_country(chosen.wards, 1000, 1), home / "furniture"))
    fill(service.database, chosen.results, key=service.seal)
    print(f"{chosen.results:,} results of {chosen.wards} wards in {time.perf_counter() - began:.0f} s", flush=True)
    couriers = max(1, chosen.users // 10)
    clerks = max(1, chosen.users * 3 // 10)
    crowd = {
        "password": PASSWORD, "searches": SEARCHES, "callbacks_per_second": CALLBACKS_PER_SECOND,
        "clerks": [asdict(one) for one in enter_clerks(service, clerks - clerks // 5, clerks // 5)],
        "couriers": send_couriers_out(service, couriers), "key": enter_machine(service),
        "envelopes": list(known_envelopes(service, ENVELOPES_KNOWN)),
        "callbacks": list(reports(
            service, Signer(home / "carrier-keys"), int((chosen.minutes + 1) * 60 * CALLBACKS_PER_SECOND)
        )),
        "shares": {"citizens": chosen.users - clerks - couriers, "clerks": clerks, "couriers": couriers},
    }  # fmt: skip
    (home / "crowd.json").write_text(json.dumps(crowd), encoding="utf-8")


def _play(house: House, chosen: argparse.Namespace) -> int:
    home, url = house.service.settings.home, house.service.settings.web_url
    household = Household(home / "logs", house.environment, house.started_again)
    try:
        began = time.perf_counter()
        house.pids["web"] = household.start("web", ["serve"])
        until_answering(url)
        cold = time.perf_counter() - began
        house.pids["post"] = household.start("post", ["sandbox"])
        for worker in range(1, chosen.workers + 1):
            house.pids[f"worker-{worker}"] = household.start(f"worker-{worker}", ["worker"])
        print(
            f"{chosen.users} people for {chosen.minutes:g} minutes; the server answered after {cold:.1f} s", flush=True
        )
        _come(house, url, chosen)
        waiting = _callbacks_waiting(house)
    finally:
        household.stop()
    return _report(house, cold, waiting)


def _come(house: House, url: str, chosen: argparse.Namespace) -> None:
    """Let everybody come, and look at the processes meanwhile."""
    home = house.service.settings.home
    everybody = chosen.users + 2
    command = [
        str(PEOPLE_ENVIRONMENT), "-m", "locust", "-f", str(CROWD), "--headless", "--host", url, "-u", str(everybody),
        "-r", str(ARRIVING_PER_SECOND), "-t", f"{chosen.minutes * 60:.0f}s", "--csv", str(home / "told"),
        "--only-summary", "--loglevel", "WARNING",
    ]  # fmt: skip
    told = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (home / "crowd.log").open("wb") as log:
        crowd = subprocess.Popen(
            command, env={**told, "CROWD": str(home / "crowd.json")}, stdout=log, stderr=subprocess.STDOUT
        )
    began, pause = time.monotonic(), min(60.0, chosen.minutes * 60 / 10)
    arriving = everybody / ARRIVING_PER_SECOND
    try:
        # What a process holds before everybody is there, and has asked for everything once, says nothing of growth.
        wait = arriving + pause
        while not _is_over(crowd, wait):
            house.look((time.monotonic() - began) / 60)
            wait = pause
    finally:
        crowd.terminate()
        crowd.wait()
    if not (home / "told_stats.csv").exists():
        raise SystemExit((home / "crowd.log").read_text(errors="replace")[-2000:])


def _is_over(crowd: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        crowd.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _callbacks_waiting(house: House) -> int:
    """How many reports nobody has applied a few seconds after the last one came."""
    waiting, deadline = 0, time.monotonic() + 30
    while time.monotonic() < deadline:
        with house.service.database.read() as session:
            counted = sa.select(sa.func.count()).select_from(Callback).where(sa.text(WAITING))
            waiting = session.scalar(counted) or 0
        if not waiting:
            return 0
        time.sleep(1)
    return waiting


def _report(house: House, cold: float, waiting: int) -> int:
    home = house.service.settings.home
    missed = [*house.died, *_pages(home / "told_stats.csv")]
    with (home / "told_failures.csv").open(encoding="utf-8", newline="") as file:
        missed += [f"{row['Occurrences']} times {row['Name']}: {row['Error'][:200]}" for row in csv.DictReader(file)]
    missed += _memory(house.samples)
    for log in sorted((home / "logs").glob("*.log")):
        if count := log.read_text(encoding="utf-8", errors="replace").count(TRACEBACK):
            missed.append(f"{count} tracebacks in the log of {log.stem}")
    if waiting:
        missed.append(f"{waiting} callbacks were not applied half a minute after the end")
    if cold > COLD_START_SECONDS:
        missed.append(f"the server answered only after {cold:.1f} s")
    for miss in missed:
        print(f"MISSED  {miss}")
    if not missed:
        print("all goals met")
    return 1 if missed else 0


def _pages(file: Path) -> list[str]:
    """Print the times of everything that was asked for; returns which pages were too slow."""
    with file.open(encoding="utf-8", newline="") as opened:
        told = [row for row in csv.DictReader(opened) if int(row["Request Count"])]
    lines = [
        (f"{row['Type']} {row['Name']}", row["Request Count"], row["Failure Count"], row["50%"], row["95%"], row["99%"])
        for row in told
    ]
    show("Everybody at once, milliseconds at the client", ("what", "asked", "failed", "p50", "p95", "p99"), lines)
    slow = [row for row in told if row["Name"] not in NO_PAGE and float(row["95%"]) > GOAL_MS]
    return [f"{row['Type']} {row['Name']}: p95 {row['95%']} ms (goal {GOAL_MS})" for row in slow]


def _memory(samples: Sequence[Sample]) -> list[str]:
    """Print how memory and connections have grown from the first third to the last; returns what grew too much."""
    third = max(1, len(samples) // 3)
    held: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        for name, megabytes in sample.memory.items():
            held[name].append(megabytes)
        held["connections"].append(sample.connections)
    lines, grown = [], []
    for name, values in held.items():
        first, last = mean(values[:third]), mean(values[-third:])
        growth = last / first - 1 if first else 0.0
        lines.append((name, whole(first), whole(last), whole(max(values)), f"{growth:+.1%}"))
        if growth > MOST_GROWTH and name != "connections":
            grown.append(f"{name} grew by {growth:.0%} from the first third to the last")
    show("Memory in MB, and connections", ("of", "first third", "last third", "most", "growth"), lines)
    return grown


def _resident(pid: int) -> float:
    """The memory that a process holds, in MB; nothing of one that has just died."""
    try:
        said = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in said.splitlines() if line.startswith("VmRSS")), 0.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
