"""Carrier away for 24 hours, and three days without callbacks: the backlog drains by itself, the feed repairs all.

Every pause, rest and bound is the default of the house; nothing is scaled. The hours of the outage begin 24 hours ago:
the house's clock stands there, and jumps whenever nothing is due, until it is now. So each job is done as often as in
a day of life, and only the waiting is left out. What follows the return happens in real time, with worker processes
of their own. The post is a real process throughout, and what is counted stands in its books.
"""

import argparse
import math
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall
from pathlib import Path

import httpx
import sqlalchemy as sa
import time_machine

from benchmarks.printed_day import ask_for_all, hand_all_over, printed_day
from delivery.database import database_now
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import OPEN, due
from delivery.jobs.work import do
from delivery.models import Job, SubmitTry, TrackingEvent
from delivery.moments import VIETNAM
from delivery.rules.lifecycle import TERMINAL
from delivery.settings import Settings
from delivery.tracking.polling import ask_for_polls
from postal_api.ngsp import NgspCarrier, NgspConfig
from tests.delivery.post import Post, running_post
from tests.faults.durability import syncs_per_second
from tests.faults.house import House, ended
from tests.faults.oracle import judge

WITHOUT_CALLBACKS = timedelta(days=3)
PER_SECOND = 5.0
DAY = date(2026, 11, 25)
MORNING = datetime.combine(DAY, wall(7, 45), VIETNAM)
GOAL_SHARE, GOAL_REPAIR_SECONDS = 0.95, 7200
# The post plays three days in about a minute.
POST_SPEED = 5000
WORKERS = 2
PAGE = 50


@dataclass(frozen=True)
class Drain:
    """The backlog after the return; `tries` and `woken` are what the day of waiting cost, `statements` in SQL."""

    envelopes: int
    tries: int
    woken: int
    statements: int
    first_after: float
    rate: float
    lost: int
    twice: int

    @property
    def good(self) -> bool:
        return self.rate >= GOAL_SHARE * PER_SECOND and (self.lost, self.twice) == (0, 0)


@dataclass(frozen=True)
class Repair:
    """Reading the feed after three days without a callback: until every state is the post's."""

    envelopes: int
    events: int
    requests: int
    seconds: float
    wrong: int

    @property
    def good(self) -> bool:
        return self.wrong == 0 and self.seconds <= GOAL_REPAIR_SECONDS


def main(arguments: list[str]) -> int:
    """Play both, print what was seen; 1 when a goal is missed or an envelope is lost or doubled."""
    parser = argparse.ArgumentParser(prog="outage", description=__doc__)
    parser.add_argument("--items", type=int, default=300, help="envelopes, about")
    parser.add_argument("--hours", type=float, default=24, help="how long the carrier is away")
    parser.add_argument("--quick", action="store_true", help="40 envelopes")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        drain, repair = play(Path(folder), 40 if chosen.quick else chosen.items, timedelta(hours=chosen.hours))
        print(f"fdatasync/s meanwhile: {syncs_per_second(Path(folder)):.0f}")
    return 0 if drain.good and repair.good else 1


def play(home: Path, items: int, away: timedelta) -> tuple[Drain, Repair]:
    """A day's envelopes through both outages, in `home`."""
    options = ("--speed", str(POST_SPEED), "--through-nights", "--habit", "no-callbacks")
    with running_post(home / "sandbox", *options) as post:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            home=home,
            sandbox_port=post.port,
            carrier_per_second=PER_SECOND,
            # The post plays days in a minute: its events are later than now.
            clock_skew_seconds=10**9,
        )
        service, codes = printed_day(settings, DAY, items)
        with ended(House(service, post, "", random.Random(0))) as house:
            return _outage(house, codes, away), _silence(house)


# ---------------------------------------------------------------------- away for a day


def _outage(house: House, codes: list[str], away: timedelta) -> Drain:
    house.post.habits(closed=1, no_callbacks=1)
    done = _Done(house)
    began = time.monotonic()
    back = datetime.now(UTC)
    with time_machine.travel(back - away, tick=True) as clock:
        ask_for_all(house, codes)
        print(f"{len(house.asked)} envelopes are to be sent, and the carrier is closed for {away}", flush=True)
        # The real clock goes on meanwhile, and the outage ends when both show the same.
        while (left := _real(back, began) - datetime.now(UTC)) > timedelta(0):
            if not done.whatever_is_due():
                clock.shift(min(left, _until_something_is_due(house)))
    for _ in range(WORKERS):
        house.start("worker")
    house.post.habits(no_callbacks=1)
    returned = time.time()
    _wait(lambda: len(house.post.orders()) >= len(house.asked), 600 + len(house.asked) / PER_SECOND * 3)
    _wait(house.all_accepted, 60)
    house.stop_all()
    made = _made_at(house.post)
    verdict = judge(house)
    if len(made) < 2:
        raise SystemExit(f"the backlog did not drain: {len(made)} of {len(house.asked)} orders are at the carrier")
    drain = Drain(
        len(made), done.tries, done.jobs, done.statements, made[0] - returned,
        (len(made) - 1) / (made[-1] - made[0]), verdict.lost, verdict.twice,
    )  # fmt: skip
    print(f"meanwhile: {drain.tries} tries, {drain.woken} jobs taken up, {drain.statements} statements")
    print(f"first order {drain.first_after:.1f} s after the return; at the carrier: {drain.envelopes}")
    print(f"drained at {drain.rate:.2f}/s of {PER_SECOND:g}/s permitted: {drain.rate / PER_SECOND:.1%}")
    print(f"lost {drain.lost}, twice {drain.twice}", flush=True)
    return drain


class _Done:
    """A worker on the house's clock, which counts what it does."""

    def __init__(self, house: House) -> None:
        self.jobs = self.statements = 0
        self._house = house
        sa.event.listen(house.service.database.engine, "before_cursor_execute", self._count)

    @property
    def tries(self) -> int:
        with self._house.service.database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(SubmitTry)) or 0

    def whatever_is_due(self) -> int:
        service = self._house.service
        with service.database.write() as session:
            ask_for_polls(session, service, database_now(session))
            jobs = due(session, kinds=HANDLERS)
        for job_id in jobs:
            do(service, HANDLERS, job_id, "outage")
        self.jobs += len(jobs)
        return len(jobs)

    def _count(self, *_: object) -> None:
        self.statements += 1


def _real(at: datetime, began: float) -> datetime:
    return at + timedelta(seconds=time.monotonic() - began)


def _until_something_is_due(house: House) -> timedelta:
    with house.service.database.read() as session:
        following = session.scalar(sa.select(sa.func.min(Job.next_at)).where(Job.state.in_(OPEN)))
        # A worker looks once in a while, not at the very moment.
        sweep = timedelta(seconds=house.service.settings.sweep_seconds)
        return sweep if following is None else max(sweep, following - database_now(session))


def _made_at(post: Post) -> list[float]:
    """When each order was entered into the post's books."""
    with closing(sqlite3.connect(f"file:{post.folder / 'post.db'}?mode=ro", uri=True)) as books:
        return [row[0] for row in books.execute("SELECT made_at FROM orders ORDER BY made_at")]


# ---------------------------------------------------------------------- three days without callbacks


def _silence(house: House) -> Repair:
    hand_all_over(house, MORNING)
    house.post.collect([c.item_code for c in house.consignments()], MORNING)
    _wait(lambda: _clock_of(house.post) >= MORNING + WITHOUT_CALLBACKS, 600)
    print(f"{WITHOUT_CALLBACKS} of journeys without a callback, and nobody has read the feed", flush=True)
    line = _Counting()
    here = house.service.settings
    carrier = NgspCarrier(
        NgspConfig(here.carrier_url, here.ngsp_key, here.ngsp_secret.get_secret_value(), here.ngsp_customer_code),
        httpx.Client(transport=line),
    )
    house.service.carrier.close()
    house.service.__dict__["carrier"] = carrier
    done, began = _Done(house), time.monotonic()
    while (wrong := _differing(house)) and time.monotonic() < began + GOAL_REPAIR_SECONDS:
        if not done.whatever_is_due():
            time.sleep(here.sweep_seconds)
    seconds = time.monotonic() - began
    with house.service.database.read() as session:
        events = session.scalar(sa.select(sa.func.count()).where(TrackingEvent.source == "feed")) or 0
    repair = Repair(len(house.asked), events, line.requests, seconds, wrong)
    pages = math.ceil(repair.events / PAGE)
    print(f"{repair.envelopes} envelopes, {repair.events} events: {pages} pages, {repair.requests} requests")
    print(f"states that are not the post's: {repair.wrong}, after {repair.seconds:.0f} s of polling", flush=True)
    return repair


class _Counting(httpx.HTTPTransport):
    """A line that counts its requests."""

    requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        return super().handle_request(request)


def _clock_of(post: Post) -> datetime:
    return datetime.fromisoformat(httpx.get(f"{post.url}/sandbox/idle", timeout=30).json()["clock"])


def _differing(house: House) -> int:
    ledger = house.post.ledger()
    ends = {state.value for state in TERMINAL}
    said = {c.item_code: c.journey.value for c in house.consignments()}
    return sum(order["state"] in ends and said[code] != order["state"] for code, order in ledger.items())


def _wait(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
