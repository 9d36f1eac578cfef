"""Any order of a day's steps, with crashes in between: Hypothesis looks for one that loses or doubles an envelope.

Each crash is a real one where it counts: a process of its own claims a job and dies at a failpoint.
"""

import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from delivery.database import Database, database_now
from delivery.dispatch.batching import batch_due, find_batch
from delivery.dispatch.handover import hand_over
from delivery.failpoints import DIED
from delivery.geocoding import geocode
from delivery.models import Batch, Consignment
from delivery.wiring import Service
from postal_api.webhook import dedupe_key
from tests.delivery.conftest import DAY, NOW
from tests.delivery.day import HANDED_OVER_AT, receive
from tests.delivery.post import running_post
from tests.delivery.rows import a_row
from tests.faults.conftest import SEEDS
from tests.faults.house import ROOT, House, plan_by_hand, settings_of
from tests.faults.oracle import judge
from tests.web.test_callbacks import Signer

CRASHES = ("after_claim", "after_intent", "after_send", "before_commit", "after_commit")
DIES = """
import sys
from pathlib import Path
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import due
from delivery.jobs.work import do
from delivery.settings import Settings
from delivery.wiring import Service
service = Service.from_settings(Settings())
with service.database.read() as session:
    jobs = due(session, kinds=["submit"])
for job in jobs:
    do(service, HANDLERS, job, "dies")
"""


class AnyDay(RuleBasedStateMachine):
    """A house and a post; the rules are what people, machines and accidents do to them."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        home = folder / "home"
        shutil.copytree(self.template, home)
        post = self.stack.enter_context(running_post(home / "sandbox", "--speed", "3000"))
        self.signer = Signer(home / "carrier-keys")
        chosen = settings_of(home, carrier="myvnpost", sandbox_port=post.port, callback_keys=home / "carrier-keys")
        self.house = House(Service(chosen, Database.connect(chosen.database)), post, "", random.Random(0))
        self.stack.callback(self.house.service.close)
        self.rows = itertools.count(100)
        self.minutes = itertools.count()

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.stack.close()

    @rule(count=st.integers(1, 3), again=st.booleans())
    def ingest(self, count: int, *, again: bool) -> None:
        rows = [a_row(next(self.rows)) for _ in range(count)]
        intake = self.house.intake()
        for _ in range(1 + again):
            intake.rows(*rows)
        geocode(self.house.service.database, NOW)

    @rule()
    def plan(self) -> None:
        """Gather and plan; the routes are made by hand, as the optimiser is not what is tried here."""
        with self.house.service.database.write() as session:
            for batch in batch_due(session, DAY, NOW):
                self.house.batch = batch.code
                if batch.plan_id is None:
                    plan_by_hand(session, batch)

    @rule()
    @precondition(lambda self: self.house.batch)
    def print(self) -> None:
        for code in self._batches():
            self.house.batch = code
            self.house.day().print("once more")

    @rule()
    @precondition(lambda self: self.house.batch)
    def submit(self) -> None:
        asked = set(self.house.asked)
        for code in self._batches():
            self.house.batch = code
            self.house.submit_all()
            asked |= set(self.house.asked)
        self.house.asked = sorted(asked)

    @rule()
    def work(self) -> None:
        self.house.work()

    @rule(habit=st.sampled_from(["lost_replies", "garbage", "throttle", "unavailable", "wrong_ids", "lagging_lookup"]))
    def misbehave(self, habit: str) -> None:
        self.house.post.habits(**{habit: 0.5})

    @rule(place=st.sampled_from(CRASHES), time=st.integers(1, 2))
    def crash(self, place: str, time: int) -> None:
        environment = {**os.environ, **self.house.environment(), "TANNHA_FAILPOINT": f"{place}:{time}"}
        died = subprocess.run([sys.executable, "-c", DIES], cwd=ROOT, env=environment, check=False, timeout=120)
        assert died.returncode in {0, DIED}

    @rule()
    def restart(self) -> None:
        """The leases of whoever died run out."""
        self.house.with_settings()
        self.house.time_passes()

    @rule()
    def clock(self) -> None:
        self.house.time_passes()

    @rule(status=st.sampled_from(["6", "11", "12", "15"]), twice=st.booleans())
    def callback(self, status: str, *, twice: bool) -> None:
        known = list(self.house.post.ledger())
        if not known:
            return
        sent = (HANDED_OVER_AT + timedelta(minutes=next(self.minutes))).isoformat()
        raw = self.signer.callback(self.house.dice.choice(known), status, sent)
        for _ in range(1 + twice):
            receive(self.house.service, raw, HANDED_OVER_AT)
        self.house.acknowledged.append(dedupe_key(raw))

    @rule()
    @precondition(lambda self: self.house.batch)
    def scan(self) -> None:
        for code in self._batches():
            with self.house.service.database.write() as session:
                batch = find_batch(session, code)
                codes = list(session.scalars(sa.select(Consignment.item_code)))
                outcome = hand_over(session, batch, codes, seal=self.house.service.seal, at=database_now(session))
            self.house.post.collect(outcome.accepted, HANDED_OVER_AT)

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        verdict = judge(self.house)
        assert (verdict.lost, verdict.twice, verdict.broken) == (0, 0, ())

    def settle(self) -> None:
        """In the end the accidents stop, and everything that was asked for is with the carrier, once."""
        self.house.post.habits()
        for _ in range(4):
            self.house.hours_pass()
            self.house.work()
        self.house.work_until_quiet(60)
        self.nothing_is_lost_or_doubled()
        told = {str(order["orderNumber"]).partition("#")[0] for order in self.house.post.orders()}
        with self.house.service.database.read() as session:
            asked = sa.select(Consignment.reference).where(Consignment.id.in_(self.house.asked))
            assert set(session.scalars(asked)) <= told

    def _batches(self) -> list[str]:
        with self.house.service.database.read() as session:
            planned = sa.select(Batch.code).where(Batch.plan_id.is_not(None), Batch.items.any())
            return list(session.scalars(planned))


@pytest.mark.fault("any order")
def test_no_order_of_steps_and_accidents_loses_or_doubles_an_envelope(empty_home: Path) -> None:
    AnyDay.template = empty_home
    run_state_machine_as_test(
        AnyDay,
        settings=settings(
            max_examples=4 * SEEDS,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
