"""The carrier's callbacks: how soon they are thanked for and seen, what a flood does, and that no kill loses any.

A real web server and real workers on SQLite, or with `--database postgresql` on PostgreSQL and RabbitMQ; callbacks that
were signed beforehand, shuffled, one in ten of them twice; a load that does not wait for answers. What was thanked for
and is missing, or was applied twice, makes this fail, and so does a goal that is missed.

`python -m benchmarks.postal callbacks --quick` for a look.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from benchmarks.postal._house import BenchHouse, bench_house, forged
from benchmarks.postal._load import Answer, Request, read_answers, write_orders
from benchmarks.tables import seconds, show, whole
from delivery.models import Callback, Consignment, InboxState, TrackingEvent
from delivery.rules.lifecycle import fold
from delivery.tracking.codes import CALLBACK
from postal_api.webhook import dedupe_key
from tests.faults.durability import syncs_per_second
from web.processes import Household

WHERE = "/callbacks/vnpost"
PAGES_PER_SECOND = 5
CALLBACKS_PER_ENVELOPE = 8
SETTLING_SECONDS = 120.0
STRAGGLERS = 2000
# The web server looks at every connection whenever one of them has something to say: how many there are decides.
LINES, LINES_OF_A_FLOOD = 64, 640


@dataclass(frozen=True, slots=True)
class Phase:
    """What comes in for some time, and what is promised then (seconds; None where nothing is)."""

    name: str
    rate: int
    seconds: int
    forged: float = 0.0
    kill_every: float = 0.0
    lines: int = LINES
    acknowledged_p99: float | None = None
    visible_p95: float | None = None
    page_p95: float | None = None


@dataclass
class Outcome:
    """What came of a phase."""

    phase: Phase
    answers: list[Answer]
    pages: list[Answer]
    visible: list[float]
    cpu: Mapping[str, float]
    kills: int
    syncs: tuple[float, float]
    missing: int
    unapplied: int

    @property
    def thanked(self) -> list[float]:
        return [answer.seconds for answer in self.answers if answer.status == 200]

    def misses(self) -> Iterator[str]:
        """What was promised and not kept."""
        promised = (
            ("acknowledgement p99", self.phase.acknowledged_p99, percentile(self.thanked, 99)),
            ("visible p95", self.phase.visible_p95, percentile(self.visible, 95)),
            ("citizen page p95", self.phase.page_p95, percentile([page.seconds for page in self.pages], 95)),
        )
        for what, most, found in promised:
            if most is not None and not found <= most:
                yield f"{self.phase.name}: {what} {found:.2f} s, promised {most:g} s"
        if self.missing:
            yield f"{self.phase.name}: {self.missing} acknowledged callbacks are MISSING"
        if self.unapplied:
            yield f"{self.phase.name}: {self.unapplied} acknowledged callbacks were never applied"
        if any(answer.status == 503 and not answer.come_again for answer in self.answers):
            yield f"{self.phase.name}: a 503 without Retry-After"
        if any(answer.status >= 500 and answer.status != 503 for answer in self.answers):
            yield f"{self.phase.name}: an answer of 500"


def percentile(values: Sequence[float], per_cent: float) -> float:
    """The value that so many per cent do not exceed; infinite where there is none."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(per_cent) // 100) - 1)] if ordered else float("inf")


@dataclass
class Watcher:
    """Looks into the books all the time and notes when each callback was first seen to be applied."""

    house: BenchHouse
    seen: dict[str, float] = field(default_factory=dict)
    _floor: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        with self.house.service.database.read() as session:
            waiting = session.scalar(sa.select(sa.func.min(Callback.id)).where(Callback.state == InboxState.NEW))
            newest = session.scalar(sa.select(sa.func.max(Callback.id))) or 0
            applied = sa.select(Callback.dedupe_key).where(
                Callback.id > self._floor, Callback.id <= newest, Callback.state == InboxState.APPLIED
            )
            found = session.scalars(applied).all()
        moment = time.time()
        for key in found:
            self.seen.setdefault(key, moment)
        # PostgreSQL gives numbers out before it commits: a lower one may still appear.
        self._floor = (newest if waiting is None else waiting - 1) - STRAGGLERS

    @contextmanager
    def watching(self) -> Iterator[None]:
        def watch() -> None:
            while not self._over.wait(0.25):
                self.look()

        thread = threading.Thread(target=watch, name="watcher", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


def play(house: BenchHouse, pids: dict[str, int], phase: Phase, start: int) -> Outcome:
    """Send a phase's callbacks, the numbers of which begin at `start`, and wait until all are applied."""
    codes, tracking = house.codes()
    dice = random.Random(start)
    requests, keys = _letters(house, codes, phase, start, dice)
    pages = [
        Request(number / PAGES_PER_SECOND, "page", "GET", f"/tra-cuu?ma={dice.choice(tracking)}")
        for number in range(phase.seconds * PAGES_PER_SECOND)
    ]
    orders, answered = house.home / "orders", house.home / "answers"
    write_orders(orders, house.url, [*requests, *pages])
    before, cpu = syncs_per_second(house.home), cpu_seconds(pids)
    watcher = Watcher(house)
    with watcher.watching():
        load = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.postal._load", str(orders), str(answered), str(phase.lines)]
        )
        kills = _kill_meanwhile(load, pids, phase)
        during = syncs_per_second(house.home)
        if load.wait():
            raise SystemExit("the load broke off")
        spent = {who[0]: value - cpu.get(who, 0.0) for who, value in cpu_seconds(pids).items()}
        answers = read_answers(answered)
        carrier = [answer for answer in answers if answer.name != "page"]
        thanked = {keys[answer.name] for answer in carrier if answer.status == 200}
        _until_applied(watcher, thanked)
    first_due: dict[str, float] = {}
    for answer in carrier:
        if answer.status == 200:
            key = keys[answer.name]
            first_due[key] = min(answer.due, first_due.get(key, answer.due))
    visible = [watcher.seen[key] - due for key, due in first_due.items() if key in watcher.seen]
    kept, applied = _kept(house), _kept(house, Callback.state == InboxState.APPLIED)
    return Outcome(
        phase, carrier, [answer for answer in answers if answer.name == "page"], visible, spent, kills,
        (before, during), len(thanked - kept), len((thanked & kept) - applied),
    )  # fmt: skip


def _letters(
    house: BenchHouse, codes: Sequence[str], phase: Phase, start: int, dice: random.Random
) -> tuple[list[Request], dict[str, str]]:
    """The requests of a phase, and the dedupe keys of those that are genuine by the requests' names."""
    count = phase.rate * phase.seconds
    bad = int(count * phase.forged)
    twice = (count - bad) // 10
    numbers = range(start, start + count - bad - twice)
    genuine = [house.genuine(codes, number) for number in numbers]
    known = [(f"genuine {at}", body) for at, body in enumerate([*genuine, *dice.sample(genuine, twice)])]
    letters = [*known, *((f"forged {at}", forged(codes[at % len(codes)], at)) for at in range(bad))]
    dice.shuffle(letters)
    requests = [Request(at / phase.rate, name, "POST", WHERE, body.decode()) for at, (name, body) in enumerate(letters)]
    return requests, {name: dedupe_key(body) for name, body in known}


def _kill_meanwhile(load: subprocess.Popen[bytes], pids: dict[str, int], phase: Phase) -> int:
    """Wait for most of the phase; kill -9 the web server and the workers in turn, where it wants that."""
    ends = time.monotonic() + phase.seconds * 0.8
    kills = 0
    while load.poll() is None and time.monotonic() < ends:
        time.sleep(phase.kill_every or 1)
        if phase.kill_every:
            victim = sorted(pids)[kills % len(pids)]
            try:
                os.kill(pids[victim], signal.SIGKILL)
            except (ProcessLookupError, KeyError):
                continue
            kills += 1
    return kills


def _until_applied(watcher: Watcher, keys: set[str]) -> None:
    deadline = time.monotonic() + SETTLING_SECONDS
    while keys - watcher.seen.keys() and time.monotonic() < deadline:
        time.sleep(0.25)


def _kept(house: BenchHouse, *which: sa.ColumnElement[bool]) -> set[str]:
    with house.service.database.read() as session:
        return set(session.scalars(sa.select(Callback.dedupe_key).where(*which)))


def cpu_seconds(pids: Mapping[str, int]) -> dict[tuple[str, int], float]:
    """The processor time so far of each process, by name and number, without those that have just died."""
    found = {}
    for name, pid in pids.items():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        found[name, pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def broken_books(house: BenchHouse) -> list[str]:
    """What is wrong in the books in the end: a callback that is there twice, a state that its facts do not say."""
    with house.service.database.read() as session:
        applied = session.scalar(sa.select(sa.func.count()).where(Callback.state == InboxState.APPLIED))
        events = session.scalar(sa.select(sa.func.count()).where(TrackingEvent.source == CALLBACK))
        wanted = sa.select(Consignment).options(selectinload(Consignment.events))
        wrong = sum(fold(each.as_event() for each in c.events).state is not c.journey for c in session.scalars(wanted))
        doubled = session.execute(
            sa.select(TrackingEvent.source_id).group_by(TrackingEvent.source_id).having(sa.func.count() > 1)
            .where(TrackingEvent.source == CALLBACK)
        ).all()  # fmt: skip
    found = []
    if applied != events:
        found.append(f"{applied} callbacks applied, {events} events recorded")
    if doubled:
        found.append(f"{len(doubled)} callbacks were applied TWICE")
    if wrong:
        found.append(f"{wrong} envelopes are in a state that their facts do not say")
    return found


def _report(outcomes: Sequence[Outcome]) -> None:
    rows = []
    for each in outcomes:
        by_status = Counter(answer.status for answer in each.answers)
        others = sum(count for status, count in by_status.items() if status not in {200, 401, 429, 503})
        thanked = each.thanked
        rows.append([
            each.phase.name, str(each.phase.rate),
            *(whole(by_status[status]) for status in (200, 401, 429, 503)), whole(others),
            *(seconds(percentile(thanked, p)) for p in (50, 95, 99)), seconds(max(thanked, default=0.0)),
            str(each.missing), whole(len(each.visible)), seconds(percentile(each.visible, 95)),
            seconds(percentile([page.seconds for page in each.pages], 95)),
            " ".join(f"{name} {100 * value / each.phase.seconds:.0f}%" for name, value in each.cpu.items()),
            str(each.kills), f"{each.syncs[0]:.0f}/{each.syncs[1]:.0f}",
        ])  # fmt: skip
    show("Callbacks", (
        "phase", "asked/s", "200", "401", "429", "503", "other", "ack p50 s", "p95", "p99", "max", "missing",
        "applied", "visible p95 s", "page p95 s", "CPU", "kills", "fdatasync/s before/during",
    ), rows)  # fmt: skip


def _until_up(url: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise SystemExit("the web server did not start")


def _phases(chosen: argparse.Namespace) -> list[Phase]:
    long = 10 if chosen.quick else chosen.seconds
    calm = [
        Phase(
            f"{rate}/s", rate, long, lines=chosen.lines,
            acknowledged_p99=0.5 if rate <= 100 else 2.0, visible_p95=10.0, page_p95=2.0,
        )
        for rate in chosen.rates
    ]  # fmt: skip
    many = LINES_OF_A_FLOOD
    flood = Phase("flood, 9 in 10 forged", chosen.flood, max(10, long // 2), forged=0.9, lines=many, page_p95=2.0)
    genuine = Phase("flood, all genuine", chosen.flood // 2, max(5, long // 10), lines=many, page_p95=2.0)
    killed = Phase("kill -9", chosen.rates[0], long, kill_every=max(3.0, long / 10))
    return [*calm, *([flood, genuine] if chosen.flood else []), *([] if chosen.no_kills else [killed])]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.postal callbacks", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seconds", type=int, default=120, help="how long each rate lasts")
    parser.add_argument("--rates", type=int, nargs="+", default=[100, 500], help="callbacks a second")
    parser.add_argument("--flood", type=int, default=3000, help="callbacks a second of the flood; 0 for none")
    parser.add_argument("--lines", type=int, default=LINES, help="connections of the carrier, but for the floods")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="10 seconds of each")
    parser.add_argument("--no-kills", action="store_true")
    chosen = parser.parse_args(arguments)
    # Whoever ends this ends its processes too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    phases = _phases(chosen)
    genuine = sum(int(phase.rate * phase.seconds * (1 - phase.forged)) for phase in phases)
    with tempfile.TemporaryDirectory() as folder:
        items = max(50, genuine // CALLBACKS_PER_ENVELOPE)
        print(f"{items:,} envelopes, {genuine:,} genuine callbacks, {chosen.database}", flush=True)
        with bench_house(Path(folder), items, chosen.database) as house:
            outcomes, broken = run(house, phases, chosen.workers)
    _report(outcomes)
    missed = [*(miss for outcome in outcomes for miss in outcome.misses()), *broken]
    for miss in missed:
        print(f"MISSED  {miss}")
    if not missed:
        print("all goals met, nothing acknowledged is missing, nothing was applied twice")
    return 1 if missed else 0


def run(house: BenchHouse, phases: Sequence[Phase], workers: int) -> tuple[list[Outcome], list[str]]:
    """Play the phases one after the other in a house's own processes; also says what is wrong in its books then."""
    pids: dict[str, int] = {}
    household = Household(house.home / "logs", house.environment, lambda name, _ended, pid: pids.update({name: pid}))
    outcomes, number = [], 0
    try:
        pids["web"] = household.start("web", ["serve"])
        for worker in range(1, workers + 1):
            pids[f"worker-{worker}"] = household.start(f"worker-{worker}", ["worker"])
        _until_up(house.url)
        for phase in phases:
            _until_up(house.url)
            print(f"{phase.name} for {phase.seconds} s", flush=True)
            outcomes.append(play(house, pids, phase, number))
            number += phase.rate * phase.seconds
    finally:
        household.stop()
    return outcomes, broken_books(house)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
