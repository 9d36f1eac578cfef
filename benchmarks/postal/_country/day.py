"""The day of the country, stage by stage, through the service's own doors and processes."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from datetime import time as wall
from pathlib import Path

import httpx
import sqlalchemy as sa

from benchmarks.postal._country.house import House
from benchmarks.postal._country.land import Country, serve_map, write_furniture, write_large_file, write_results
from benchmarks.postal._country.watch import Watch
from delivery.dispatch.batching import batch_due, find_batch
from delivery.dispatch.handover import hand_over
from delivery.dispatch.planning import request_plan
from delivery.dispatch.printing import Asker, print_batch
from delivery.dispatch.submission import request_submission
from delivery.geocoding import geocode
from delivery.intake.importing import import_results
from delivery.intake.table import open_table
from delivery.jobs.queue import OPEN
from delivery.models import (
    Batch,
    Callback,
    Case,
    Consignment,
    Item,
    Job,
    JobState,
    LeftOut,
    Plan,
    PlanState,
    Submission,
    TrackingEvent,
)
from delivery.moments import VIETNAM, now
from delivery.postage import fee_table
from delivery.setting_up import set_up
from delivery.tracking.closing import Balance, close_day, close_offices

LOOK_EVERY = 1.0
COLLECTED_AT = wall(7, 45)
ANSWER_SECONDS = 300.0
GOAL_ROWS = 10_000


class Stalled(Exception):
    """Something that should go on has stood still for longer than anybody should wait."""


@dataclass
class Day:
    """One day: what is asked for, and what was found."""

    house: House
    watch: Watch
    country: Country
    items: int
    seed: int
    patience: float
    day: datetime = field(default_factory=lambda: datetime.combine(now().astimezone(VIETNAM), COLLECTED_AT, VIETNAM))
    files: list[Path] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    balance: Balance | None = None
    unbalanced: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.house.service.settings.home

    # ------------------------------------------------------------------ intake

    def found(self) -> None:
        """The offices, the map of the wards' grounds, and the files of the one-stop systems."""
        with self.watch.stage("country", "offices") as stage:
            set_up(self.house.service, write_furniture(self.country, self.home / "furniture"))
            serve_map(self.country, self.home)
            self.files = write_results(self.country, self.home / "files", self.items, self.day.date(), self.seed)
            stage.count = len(self.country.wards)

    def take_in(self, name: str = "intake") -> None:
        """The files of all provinces, one after the other."""
        with self.watch.stage(name, "rows") as stage:
            counts = {"new": 0, "corrected": 0, "unchanged": 0, "bad": 0}
            for file in self.files:
                report = import_results(self.house.service.database, open_table(file), source="bench", at=now())
                for what in counts:
                    counts[what] += report.counts()[what]
            stage.count = sum(counts.values())
            stage.said = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)

    def take_in_one_large_file(self) -> None:
        """Goal G5 of a whole file: read, judged and kept, and the same again; nothing of it wants delivery."""
        rows = max(100, GOAL_ROWS * self.items // 70_000)
        file = write_large_file(self.country, self.home / "large.csv", rows, self.day.date(), self.seed)
        for name in ("a large file", "it again"):
            with self.watch.stage(name, "rows") as stage:
                report = import_results(self.house.service.database, open_table(file), source="bench", at=now())
                stage.count = report.read
                stage.said = f"{report.new:,} new, {report.corrected} corrected, {report.unchanged:,} unchanged"

    def place(self) -> None:
        with self.watch.stage("placing", "addresses") as stage:
            counts = geocode(self.house.service.database, now(), chain=self.house.service.geocoders())
            asked = counts.pop("ask", 0)
            stage.count = sum(counts.values())
            stage.said = f"a person is asked about {asked:,}"

    # ------------------------------------------------------------------ dispatch

    def gather(self) -> None:
        with self.watch.stage("batching", "items") as stage:
            with self.house.service.database.write() as session:
                self.batches = [batch.code for batch in batch_due(session, self.day.date(), now())]
            stage.count = self._count(Item)
            stage.said = f"{len(self.batches):,} batches"

    def start(self, workers: int, speed: float) -> None:
        self.house.start(workers, speed)
        self._until(self.house.answers, "the processes' start")

    def plan(self) -> None:
        """One plan for each batch, all asked for at once; the job has each judged by `routing.check`."""
        seconds = self.house.service.settings.plan_seconds
        with self.watch.stage("planning", "plans", waits=True) as stage:
            for code in self.batches:
                with self.house.service.database.write() as session:
                    request_plan(session, code=code, day=None, seconds=seconds, at=now())
            self._until_done("plan")
            stage.count = self._count(Plan, Plan.state == PlanState.DONE)
            stage.said = (
                f"{self._count(LeftOut):,} items left out; {self._count(Job, Job.state == JobState.PARKED)} jobs parked"
            )

    def print(self) -> None:
        with self.watch.stage("papers", "batches") as stage:
            for code in self.batches:
                print_batch(self.house.service, code, now(), asker=Asker("bench"))
            stage.count = len(self.batches)

    def ask(self) -> None:
        fees = fee_table(self.home)
        carrier = self.house.service.settings.carrier
        with self.watch.stage("asking", "orders") as stage:
            for code in self.batches:
                with self.house.service.database.write() as session:
                    self.asked += request_submission(session, find_batch(session, code), carrier, fees)
            stage.count = len(self.asked)
            stage.said = "the button; workers have begun meanwhile"

    def submit(self) -> None:
        with self.watch.stage("submission", "orders", waits=True) as stage:
            before = self._count(Consignment, Consignment.submission == Submission.ACCEPTED)
            self._until_done("submit")
            accepted = self._count(Consignment, Consignment.submission == Submission.ACCEPTED)
            stage.count = accepted - before
            stage.said = f"{accepted:,} of {len(self.asked):,} accepted, {before:,} of them before"

    def hand_over(self) -> None:
        with self.watch.stage("hand-over", "envelopes") as stage:
            with self.house.service.database.read() as session:
                rows = session.execute(
                    sa.select(Batch.code, Consignment.item_code)
                    .join(Item, Item.batch_id == Batch.id)
                    .join(Consignment, Consignment.item_id == Item.id)
                    .where(Consignment.submission == Submission.ACCEPTED)
                ).all()
            scans: dict[str, list[str]] = {}
            for of_batch, item_code in rows:
                scans.setdefault(of_batch, []).append(item_code)
            differences = 0
            for code in self.batches:
                with self.house.service.database.write() as session:
                    batch = find_batch(session, code)
                    outcome = hand_over(session, batch, scans.get(code, []), seal=self.house.service.seal, at=self.day)
                    stage.count += len(outcome.accepted)
                    differences += not outcome.complete
            stage.said = f"differences in {differences} batches"

    # ------------------------------------------------------------------ the post's day

    def travel(self) -> None:
        """The post collects everything, its day passes, it calls back; ended when all is told and applied."""
        with self.watch.stage("callbacks", "callbacks", waits=True) as stage:
            with self.house.service.database.read() as session:
                codes = list(
                    session.scalars(sa.select(Consignment.item_code).where(Consignment.handed_over_in.is_not(None)))
                )
            asked = {"itemCodes": codes, "at": self.day.isoformat()}
            httpx.post(f"{self.house.post_url}/sandbox/collect", json=asked, timeout=ANSWER_SECONDS).raise_for_status()
            began = time.perf_counter()
            self._until(self._post_is_done, "the post's day", self._post_has_told)
            told = time.perf_counter() - began
            self._until_done("callback")
            self._until(self._books_agree, "our books' agreeing with the post's", lambda: self._count(TrackingEvent))
            calls, given_up = self._calls()
            stage.count = calls
            stage.said = (
                f"{self._events():,} events of {len(codes):,} envelopes in {calls:,} callbacks, {given_up} given up; "
                f"the last was answered after {told:.0f} s; {self._count(TrackingEvent):,} facts in our books"
            )

    def close(self) -> None:
        with self.watch.stage("closing", "envelopes") as stage:
            with self.house.service.database.read() as session:
                self.balance = close_day(session, self.day.date())
                for office, balance in close_offices(session, self.day.date()):
                    if not balance.balanced:
                        self.unbalanced.append(office)
            stage.count = self.balance.handed_over
            stage.said = f"{len(self.batches):,} wards and their sum"

    def verdict(self) -> tuple[int, int, int]:
        """Counted in the post's own books: lost, sent twice, and heard more than once and known again."""
        with self.house.service.database.read() as session:
            ours = dict(session.execute(sa.select(Consignment.reference, Consignment.item_id)).all())
        with closing(sqlite3.connect(self.house.post_books)) as db:
            orders = db.execute("SELECT number, received FROM orders WHERE state <> 'cancelled'").fetchall()
        sent: dict[int, int] = {}
        for number, _received in orders:
            item = ours[number.partition("#")[0]]
            sent[item] = sent.get(item, 0) + 1
        lost = len(set(ours.values()) - set(sent))
        return lost, sum(count - 1 for count in sent.values()), sum(received > 1 for _number, received in orders)

    def open_cases(self) -> dict[str, int]:
        with self.house.service.database.read() as session:
            counted = sa.select(Case.kind, sa.func.count()).where(Case.closed_at.is_(None)).group_by(Case.kind)
            return {kind.value: count for kind, count in session.execute(counted)}

    def open_jobs(self) -> list[str]:
        """What nobody has finished, with what stands in its way."""
        with self.house.service.database.read() as session:
            kinds = (Job.kind, Job.state, Job.last_error)
            counted = sa.select(*kinds, sa.func.count()).where(Job.state != JobState.DONE).group_by(*kinds)
            return [
                f"{count:,} {kind} {state} {error}".strip() for kind, state, error, count in session.execute(counted)
            ]

    # ------------------------------------------------------------------ waiting

    def _until_done(self, kind: str) -> None:
        def left() -> int:
            return self._count(Job, Job.kind == kind, Job.state.in_(OPEN))

        self._until(lambda: left() == 0, f"the jobs `{kind}`", left)

    def _until(self, condition: Callable[[], bool], what: str, moving: Callable[[], object] = lambda: None) -> None:
        """Wait as long as what `moving` says changes now and then."""
        changed, before = time.monotonic(), moving()
        while not condition():
            time.sleep(LOOK_EVERY)
            if (seen := moving()) != before:
                changed, before = time.monotonic(), seen
            if time.monotonic() > changed + self.patience:
                raise Stalled(f"it did not happen within {self.patience:.0f} s: {what}")

    def _count(self, table: type, *where: sa.ColumnExpressionArgument[bool]) -> int:
        with self.house.service.database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0

    def _post_is_done(self) -> bool:
        try:
            idle = httpx.get(f"{self.house.post_url}/sandbox/idle", timeout=ANSWER_SECONDS).json()
        except httpx.HTTPError:
            return False
        return bool(idle["day_over"]) and not idle["pending_callbacks"]

    def _post_has_told(self) -> tuple[int, int]:
        return self._count(Callback), self._events()

    def _calls(self) -> tuple[int, int]:
        with closing(sqlite3.connect(self.house.post_books)) as db:
            rows = dict(db.execute("SELECT outcome, count(*) FROM callback GROUP BY outcome"))
        return rows.get("arrived", 0), rows.get("given up", 0)

    def _events(self) -> int:
        with closing(sqlite3.connect(self.house.post_books)) as db:
            return int(db.execute("SELECT count(*) FROM event").fetchone()[0])

    def _books_agree(self) -> bool:
        with closing(sqlite3.connect(self.house.post_books)) as db:
            theirs = dict(db.execute("SELECT item_code, state FROM orders WHERE state IN ('delivered', 'returned')"))
        with self.house.service.database.read() as session:
            ours = {code: journey.value for code, journey in
                    session.execute(sa.select(Consignment.item_code, Consignment.journey))}  # fmt: skip
        return all(ours.get(code) == state for code, state in theirs.items())
