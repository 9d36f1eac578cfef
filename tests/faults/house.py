"""A house with a printed day, its processes, and the ways in which they come to harm."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import Database, database_now
from delivery.dispatch.batching import find_batch
from delivery.dispatch.submission import request_submission
from delivery.failpoints import DIED
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import OPEN, due
from delivery.jobs.roll import workers_alive
from delivery.jobs.work import do
from delivery.models import (
    Batch,
    Callback,
    CarrierPace,
    Consignment,
    InboxState,
    Job,
    JobState,
    Label,
    Plan,
    PlanState,
    Printing,
    Result,
    Route,
    Stop,
    Submission,
    SubmitTry,
)
from delivery.postage import fee_table
from delivery.settings import Settings
from delivery.tracking.applying import ask_to_apply
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.post import Post
from tests.delivery.rows import a_row
from tests.faults.proxy import eventually

ROOT = Path(__file__).resolve().parents[2]
ENVELOPES = 4
# Short pauses, so that a crash is over in seconds; none of them is what makes anything right.
QUICK: Mapping[str, Any] = {
    "carrier_seconds": 2.0,
    "carrier_connect_seconds": 1.0,
    "carrier_settle_seconds": 1,
    "carrier_retry_seconds": 0.1,
    "carrier_retry_longest_seconds": 1,
    "carrier_rest_seconds": 1,
    "carrier_per_second": 1000,
    "lease_seconds": 5,
    "sweep_seconds": 0.1,
    "ngsp_poll_seconds": 1,
    "myvnpost_poll_seconds": 1,
    "clock_skew_seconds": 10**9,
    "language": "en",
}

NAMED = (
    "home", "database_url", "broker_url", "broker_queue", "carrier", "sandbox_port", "port", "ngsp_url", "myvnpost_url",
    "callback_keys", "worker_threads",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many envelopes were lost or sent twice, which invariants do not hold, and what was shown without right."""

    lost: int
    twice: int
    broken: tuple[str, ...]
    shown: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return self == Verdict(lost=0, twice=0, broken=(), shown=())


@dataclass
class House:
    """An installation: settings that its processes are started with, and the post that it talks to."""

    service: Service
    post: Post
    batch: str
    dice: random.Random
    turn: int | None = None
    asked: list[int] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    verdict: Verdict | None = None
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.service.settings.home

    def with_settings(self, **changes: Any) -> "House":
        """The same house with other settings, as if it had always had them; its processes are those of this one."""
        self.service.hang_up()
        if "carrier" in changes:
            with self.service.database.write() as session:
                session.execute(sa.update(Consignment).values(carrier=changes["carrier"]))
        settings = self.service.settings.model_copy(update=changes)
        for name in ("database", "broker", "web_url", "broker_folder", "papers", "keys", "sandbox_folder"):
            settings.__dict__.pop(name, None)
        self.service = Service(settings, self.service.database)
        return self

    def moved(self, **changes: Any) -> "House":
        """The same house on another database, or on the same one after its file was exchanged."""
        self.service.database.engine.dispose()
        self.with_settings(**changes)
        self.service = Service(self.service.settings, Database.connect(self.service.settings.database))
        return self

    def of_dossier(self, number: int) -> Consignment:
        """The consignment of the row of that number."""
        code = a_row(number)["Mã hồ sơ"]
        with self.service.database.read() as session:
            wanted = sa.select(Consignment).join(Result, Result.item_id == Consignment.item_id)
            return session.scalars(wanted.where(Result.dossier_code == code)).one()

    def intake(self) -> Intake:
        return Intake(self.service.database, self.home)

    def day(self) -> Day:
        """The house's day as the other tests walk through it."""
        return Day(self.service, self.intake(), batch=self.batch)

    # ------------------------------------------------------------------ processes

    def start(self, *command: str, failpoint: str = "") -> subprocess.Popen[bytes]:
        """Start `tannha <command>`, whose output goes to a log; with a failpoint it dies there."""
        environment = {**os.environ, **self.environment()}
        if failpoint:
            environment["TANNHA_FAILPOINT"] = failpoint
        with (self.home / f"{command[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "web", *command],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._running.append(process)
        return process

    def worker(self, failpoint: str = "") -> subprocess.Popen[bytes]:
        """A worker that has signed its life, or is on its way to its failpoint."""
        before = workers_alive(self.service)
        process = self.start("worker", failpoint=failpoint)
        if not failpoint:
            eventually(
                lambda: process.poll() is not None or workers_alive(self.service) > before, "a worker's start", 120
            )
        return process

    def freezes(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until a process has come to the failpoint at which it stops without ending."""
        state = Path(f"/proc/{process.pid}/stat")
        eventually(lambda: state.read_text().rpartition(")")[2].split()[0] == "T", "a worker's freezing", 120)

    def thaw(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGCONT)

    def dies(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until a process has come to its failpoint."""
        assert process.wait(60) == DIED, (self.home / "worker.log").read_text()[-2000:]

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()

    def stop_all(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()

    def log(self, name: str = "worker") -> str:
        file = self.home / f"{name}.log"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def environment(self) -> dict[str, str]:
        """The settings as the environment of a process of the house."""
        here = self.service.settings
        told = {name: getattr(here, name) for name in (*QUICK, *NAMED)}
        return {f"TANNHA_{name.upper()}": str(value) for name, value in told.items() if value is not None}

    # ------------------------------------------------------------------ work

    def submit_all(self) -> None:
        """What the button does: ask the workers to tell the carrier of every envelope of the batch."""
        with self.service.database.write() as session:
            self.asked = request_submission(
                session, find_batch(session, self.batch), self.service.settings.carrier, fee_table(self.home)
            )

    def hours_pass(self) -> None:
        """Whatever was written down about sending is long ago, and `time_passes`."""
        with self.service.database.write() as session:
            long_ago = database_now(session) - timedelta(hours=8)
            session.execute(sa.update(SubmitTry).values(intended_at=long_ago))
            session.execute(sa.update(SubmitTry).where(SubmitTry.ended_at.is_not(None)).values(ended_at=long_ago))
        self.time_passes()

    def before_printing(self) -> "House":
        """The same day one step earlier: planned, with no label and no consignment yet."""
        with self.service.database.write() as session:
            for table in (Printing, Label, Consignment):
                session.execute(sa.delete(table))
        return self

    def time_passes(self) -> None:
        """Leases of the dead and the frozen run out, what was put off is due, and a carrier that failed has rested."""
        with self.service.database.write() as session:
            past = database_now(session) - timedelta(seconds=1)
            session.execute(sa.delete(CarrierPace))
            session.execute(sa.update(Job).where(Job.state == JobState.READY).values(next_at=past, progress=None))
            session.execute(sa.update(Job).where(Job.state == JobState.LEASED).values(lease_until=past))

    def work(self, most: int = 1000) -> int:
        """Another worker, in this process: does once what is due; returns how many jobs that were."""
        with self.service.database.write() as session:
            ask_to_apply(session, database_now(session))
            jobs = due(session, most)
        owner = f"second:{threading.get_ident()}"
        return sum(do(self.service, HANDLERS, job_id, owner) for job_id in jobs)

    def work_until_quiet(self, seconds: float = 30) -> None:
        """Another worker, in this process, until nothing is left to do."""
        deadline = time.monotonic() + seconds
        while self.open_jobs():
            assert time.monotonic() < deadline, f"still open: {self.open_jobs()}"
            if not self.work():
                time.sleep(0.05)

    def open_jobs(self, *kinds: str) -> list[tuple[str, int, str]]:
        with self.service.database.read() as session:
            jobs = session.execute(sa.select(Job.kind, Job.key, Job.last_error).where(Job.state.in_(OPEN))).all()
            waiting = session.scalars(sa.select(Callback.id).where(Callback.state == InboxState.NEW)).all()
        found = [*jobs, *(("inbox", callback_id, "not applied") for callback_id in waiting)]
        return [(kind, key, error) for kind, key, error in found if kind in (kinds or ("submit", "inbox", "callback"))]

    def consignments(self) -> list[Consignment]:
        with self.service.database.read() as session:
            return list(session.scalars(sa.select(Consignment).order_by(Consignment.id)))

    def is_in_doubt(self) -> bool:
        return any(c.submission is Submission.IN_DOUBT for c in self.consignments())

    def all_accepted(self) -> bool:
        return all(c.submission is Submission.ACCEPTED for c in self.consignments())


@contextmanager
def ended(house: House) -> Iterator[House]:
    """The house for the time of a test; nothing of it goes on afterwards."""
    try:
        yield house
    finally:
        house.stop_all()
        house.service.close()


def plan_by_hand(session: Session, batch: Batch) -> Plan:
    """One route with all stops of a batch, for days on which the optimiser is not what is tried."""
    plan = Plan(day=batch.day, batches={"ids": [batch.id]}, seconds=1, created_at=NOW, state=PlanState.DONE)
    session.add(plan)
    session.flush()
    courier = batch.office.couriers[0].id
    route = Route(plan_id=plan.id, courier_id=courier, code="A", leave=0, back=0, distance=0, driving=0)
    route.stops = [
        Stop(item_id=item.id, position=number, arrival=0, start=0, departure=0)
        for number, item in enumerate(batch.items, 1)
    ]
    session.add(route)
    batch.plan_id = plan.id
    return plan


def settings_of(home: Path, **changes: Any) -> Settings:
    """Quick settings for a house in `home`."""
    chosen = {**QUICK, "home": home, "carrier": "sandbox", **changes}
    return Settings(_env_file=None, **chosen)  # type: ignore[call-arg]
