"""A day at the dispatch table, walked through the domain's own steps, so that no impossible envelope can be built."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from delivery.database import database_now
from delivery.dispatch.batching import batch_due, find_batch
from delivery.dispatch.handover import HandOver, hand_over
from delivery.dispatch.planning import request_plan
from delivery.dispatch.printing import Asker, print_batch
from delivery.dispatch.submission import request_submission
from delivery.geocoding import geocode
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import due, put
from delivery.jobs.work import do
from delivery.models import CarrierPace, Consignment, Job, JobState
from delivery.rules.lifecycle import State
from delivery.tracking import callbacks
from delivery.tracking.applying import ask_to_apply
from delivery.wiring import Service
from postal_api.fees import DEFAULT, FeeTable
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.post import running_post
from tests.delivery.rows import a_row

HANDED_OVER_AT = datetime.fromisoformat("2026-11-25T07:45:00+07:00")


def receive(service: Service, raw: bytes, at: datetime) -> bool:
    """One callback as the carrier brings it; True when it was new, and whatever speaks against it is raised."""
    (outcome,) = callbacks.receive(service, [raw], at)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@dataclass
class Day:
    """One office's day; each step leaves what the command of the same name leaves."""

    service: Service
    intake: Intake
    day: date = DAY
    begun_at: datetime = NOW
    handed_over_at: datetime = HANDED_OVER_AT
    batch: str = ""
    papers: dict[str, bytes] = field(default_factory=dict)

    def import_and_place(self, *rows: dict[str, str]) -> None:
        self.intake.rows(*rows)
        geocode(self.service.database, NOW)

    def prepare(self, count: int = 3) -> "Day":
        """Import, place, batch, plan and print `count` envelopes of Bồ Đề."""
        self.import_and_place(*(a_row(number) for number in range(1, count + 1)))
        self.plan()
        self.print()
        return self

    def plan(self) -> None:
        with self.service.database.write() as session:
            self.batch = batch_due(session, self.day, self.begun_at)[0].code
            request_plan(session, code=self.batch, day=None, seconds=1, at=self.begun_at)
        self.work("plan")

    def print(self, reason: str = "") -> None:
        self.papers = print_batch(self.service, self.batch, NOW, asker=Asker("bode", reason))

    def submit(self) -> None:
        with self.service.database.write() as session:
            request_submission(
                session, find_batch(session, self.batch), self.service.settings.carrier, FeeTable.parse(DEFAULT)
            )
        self.work("submit")

    def hand_over(self, scans: Sequence[str] | None = None) -> HandOver:
        codes = self.item_codes() if scans is None else scans
        with self.service.database.write() as session:
            batch = find_batch(session, self.batch)
            return hand_over(session, batch, codes, seal=self.service.seal, at=self.handed_over_at)

    def poll(self) -> None:
        """Read the carrier's feed now."""
        with self.service.database.write() as session:
            put(session, "poll", 0)
        self.work("poll")

    def work(self, kind: str) -> None:
        """Do all jobs of a kind that are due."""
        with self.service.database.read() as session:
            wanted = set(session.scalars(sa.select(Job.id).where(Job.kind == kind)))
            jobs = [job_id for job_id in due(session, 1000) if job_id in wanted]
        for job_id in jobs:
            do(self.service, HANDLERS, job_id, "test")

    def apply_callbacks(self) -> None:
        """Apply what the carrier has reported, as the next sweep of any worker would have it done."""
        with self.service.database.write() as session:
            ask_to_apply(session, database_now(session))
        self.work("inbox")
        self.work("callback")

    def hurry(self) -> None:
        """Let all that was put off be due at once, and a carrier that was left alone be tried again."""
        with self.service.database.write() as session:
            past = database_now(session) - timedelta(seconds=1)
            session.execute(sa.update(Job).where(Job.state == JobState.READY).values(next_at=past, progress=None))
            rests = sa.update(CarrierPace).where(CarrierPace.open_until.is_not(None))
            session.execute(rests.values(open_until=past, try_until=None))

    def consignments(self) -> list[Consignment]:
        with self.service.database.read() as session:
            return list(session.scalars(sa.select(Consignment).order_by(Consignment.id)))

    def item_codes(self) -> list[str]:
        return [c.item_code for c in self.consignments() if c.submission != "void"]

    def states(self) -> dict[str, State]:
        return {c.item_code: c.journey for c in self.consignments()}


def told_day(service: Service, intake: Intake, count: int = 3) -> Day:
    """So many envelopes of Bồ Đề on the table, which a post has accepted that is not there any more."""
    with running_post(service.settings.sandbox_folder) as post:
        told = Service(service.settings.model_copy(update={"ngsp_url": post.url}), service.database)
        day = Day(told, intake).prepare(count)
        day.submit()
        told.hang_up()
    return day
