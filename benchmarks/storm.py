"""A day under all bad habits at once, with a process killed every few seconds; it ends balanced or this fails.

The post, the web server and the workers are real processes; whichever dies is started again by the household. Counted
is in the post's own books: `python -m benchmarks.storm --items 2000`.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as wall
from functools import partial
from pathlib import Path

import httpx
import sqlalchemy as sa

from benchmarks.accidents import POST, WORKER, Accidents
from benchmarks.printed_day import ask_for_all, hand_all_over, printed_day
from delivery.models import Consignment, Submission, Worker
from delivery.moments import VIETNAM, now
from delivery.rules.lifecycle import TERMINAL, Fact
from delivery.tracking.closing import Balance, close_day
from delivery.tracking.codes import learn_code, unknown_codes
from postal_api.events import EventKind
from postal_api.sandbox import HABITS
from postal_api.sandbox.habits import FIRST_STRANGE_CODE
from tests.delivery.post import Post
from tests.faults.durability import syncs_per_second
from tests.faults.house import House, Verdict, settings_of
from tests.faults.oracle import judge_all
from web.processes import Household, free_port

DAY = date(2026, 11, 25)
MORNING = datetime.combine(DAY, wall(7, 45), VIETNAM)
# Closed it is for some seconds every now and then (see Accidents), not for good. A post that sends no callbacks at all
# would hide what the habits do to callbacks; `benchmarks.postal.outage` tries that one.
ALL_HABITS = tuple(sorted(set(HABITS) - {"closed", "no-callbacks"}))
# Ten hours of journeys in a minute; the pauses of the house are as much shorter than in life (`settings_of`).
SPEED = 600
WORKERS = 3
LOOK_SECONDS, SAY_SECONDS = 1.0, 10.0
ENDS = frozenset(state.value for state in TERMINAL)


@dataclass(frozen=True)
class Outcome:
    """What is left after the storm; `again` orders reached the carrier more than once and were known again."""

    items: int
    kills: int
    closings: int
    learnt: int
    seconds: float
    again: int
    verdict: Verdict
    balance: Balance
    syncs: float

    @property
    def calm(self) -> bool:
        return self.balance.balanced and self.verdict.sound


def weather(
    home: Path, items: int, *, every: float = 5.0, seed: int = 0, patience: float = 3600, database_url: str = ""
) -> Outcome:
    """Play a day of about so many envelopes through the storm in `home`, which rages until all books agree.

    On SQLite in the home, or in an empty PostgreSQL database.
    """
    house = _prepare(home, items, database_url)
    pids: dict[str, int] = {}
    household = Household(home / "logs", house.environment(), lambda name, _ended, pid: pids.update({name: pid}))
    habits = [part for habit in ALL_HABITS for part in ("--habit", habit)]
    try:
        pids[POST] = household.start(POST, [POST, "--speed", str(SPEED), *habits])
        pids["web"] = household.start("web", ["serve"])
        for number in range(1, WORKERS + 1):
            pids[f"{WORKER}-{number}"] = household.start(f"{WORKER}-{number}", [WORKER])
        at_work = partial(_at_work, house, pids)
        accidents = Accidents(pids, at_work, house.post, ALL_HABITS, every, random.Random(seed))
        watch = Watch(house, accidents, patience)
        watch.until(lambda: _orders(house.post) is not None, "the post's start")
        with accidents.raging():
            watch.until(lambda: _accepted(house) == len(house.asked), "the carrier's acceptance")
            hand_all_over(house, MORNING)
            watch.until(lambda: _collected(house), "the collection")
            watch.until(lambda: _day_over(house.post), "the end of the post's day")
            watch.until(lambda: _books_agree(house), "our books' agreeing with the post's")
        seconds, syncs = time.monotonic() - watch.began, syncs_per_second(home)
        with house.service.database.read() as session:
            balance = close_day(session, DAY)
        orders = house.post.orders()
        again = sum(int(str(order["received"])) > 1 for order in orders)
        verdict = judge_all(house)
        return Outcome(
            len(orders), accidents.kills, accidents.closings, watch.learnt, seconds, again, verdict, balance, syncs
        )
    finally:
        household.stop()
        house.service.close()


class Watch:
    """Waits for what the storm holds up, tells how far it is, and does what people would do meanwhile."""

    def __init__(self, house: House, accidents: Accidents, patience: float) -> None:
        self.began, self.learnt = time.monotonic(), 0
        self._house, self._accidents, self._patience = house, accidents, patience
        self._said = self.began

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until the condition holds; patience begins anew with each of them."""
        deadline = time.monotonic() + self._patience
        while not condition():
            if time.monotonic() > deadline:
                self._say(what)
                raise SystemExit(f"it did not happen: {what}")
            with suppress(sa.exc.OperationalError):  # the file is busy: a moment later, then
                self.learnt += _explain_codes(self._house)
            if time.monotonic() > self._said + SAY_SECONDS:
                self._say(what)
            time.sleep(LOOK_SECONDS)

    def _say(self, what: str) -> None:
        self._said = time.monotonic()
        ended = sum(c.journey in TERMINAL for c in self._house.consignments())
        print(
            f"{self._said - self.began:6.0f} s · {self._accidents.kills} killed · {_accepted(self._house)} of"
            f" {len(self._house.asked)} accepted · {ended} at their end · waiting for {what}",
            flush=True,
        )


def _prepare(home: Path, items: int, database_url: str) -> House:
    """A printed day of which every envelope is to be sent."""
    settings = settings_of(
        home,
        database_url=database_url,
        sandbox_port=free_port(),
        port=free_port(),
        worker_threads=6,
        # The post's late answers take three seconds, and are answers.
        carrier_seconds=4,
        carrier_retry_longest_seconds=2,
        carrier_rest_seconds=0.2,
        # Every sweep is a write, and the workers share one file.
        sweep_seconds=0.3,
    )
    service, codes = printed_day(settings, DAY, items)
    house = House(service, Post(settings.sandbox_folder, settings.sandbox_port), "", random.Random(0))
    ask_for_all(house, codes)
    return house


def _at_work(house: House, pids: Mapping[str, int]) -> set[int]:
    """The processes that have come up: workers that have signed their life, servers that answer."""
    with house.service.database.read() as session:
        workers = {int(name.split(":")[1]) for name in session.scalars(sa.select(Worker.id))}
    doors = {"web": f"{house.service.settings.web_url}/healthz", POST: f"{house.post.url}/sandbox/idle"}
    return workers | {pids[name] for name, url in doors.items() if _answers(url)}


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def _explain_codes(house: House) -> int:
    """What a clerk does about codes that no table explains: asks the post, and enters the answer. Returns how many."""
    with house.service.database.read() as session:
        unknown = unknown_codes(session)
    if not unknown:
        return 0
    with house.service.database.write() as session:
        for each in unknown:
            kind = list(EventKind)[int(each.code) - FIRST_STRANGE_CODE]
            learn_code(session, each.table, each.code, Fact(kind.value), by="storm", at=now())
    return len(unknown)


def _accepted(house: House) -> int:
    with house.service.database.read() as session:
        accepted = sa.select(sa.func.count()).where(Consignment.submission == Submission.ACCEPTED)
        return session.scalar(accepted) or 0


def _collected(house: House) -> bool:
    try:
        house.post.collect([c.item_code for c in house.consignments()], MORNING)
    except httpx.HTTPError:
        return False
    return True


def _orders(post: Post) -> list[dict[str, object]] | None:
    try:
        return post.orders()
    except httpx.HTTPError:
        return None


def _day_over(post: Post) -> bool:
    try:
        idle = httpx.get(f"{post.url}/sandbox/idle", timeout=10).json()
    except httpx.HTTPError:
        return False
    return bool(idle["day_over"])


def _books_agree(house: House) -> bool:
    orders = _orders(house.post)
    ours = {c.item_code: c.journey.value for c in house.consignments()}
    return orders is not None and all(
        ours[str(order["itemCode"])] == order["state"] for order in orders if order["state"] in ENDS
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=2000, help="envelopes of the day, about")
    parser.add_argument("--every", type=float, default=5, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database", default="", help="address of an empty PostgreSQL database; SQLite unless given")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        left = weather(Path(folder), chosen.items, every=chosen.every, seed=chosen.seed, database_url=chosen.database)
    print(f"{left.items} orders, {left.kills} processes killed, {left.seconds:.0f} s, {left.syncs:.0f} fdatasync/s")
    print(f"the post closed {left.closings} times; {left.learnt} codes that no table explains were asked about")
    print(f"heard more than once by the carrier and known again: {left.again}")
    books = left.balance
    print(f"handed over {books.handed_over} = {books.delivered} + {books.returned} + {books.still_out}")
    verdict = left.verdict
    print(f"lost {verdict.lost}, sent twice {verdict.twice}, shown {len(verdict.shown)},", end=" ")
    print(f"differences {len(books.differences)}")
    for wrong in (*verdict.broken, *verdict.shown):
        print(wrong)
    return 0 if left.calm else 1


if __name__ == "__main__":
    sys.exit(main())
