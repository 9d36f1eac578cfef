"""A carrier is asked as fast as it allows, never faster, and left alone when it fails: reckoned, never waited for."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.rules.pace import FAILURES, PATIENCE, Limits, Pace

START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FIVE = Limits(per_second=5)
FRESH = Pace(LONG_AGO, LONG_AGO)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def broken(limits: Limits = FIVE) -> Pace:
    pace = FRESH
    for second in range(FAILURES):
        pace = pace.failed(limits, after(second))
    return pace


@given(
    rate=st.sampled_from([0.2, 1.0, 5.0, 50.0]),
    asked=st.lists(st.tuples(st.floats(0, 3), st.booleans(), st.booleans()), min_size=2, max_size=80),
)
def test_however_it_is_asked_no_stretch_of_time_holds_more_than_the_rate_and_one_second_more(
    rate: float, asked: list[tuple[float, bool, bool]]
) -> None:
    limits, pace, now, sent = Limits(rate), FRESH, START, []
    for pause, ahead, within_a_job in asked:
        now += timedelta(seconds=pause)
        if within_a_job:
            at = pace.next_turn(limits, now)
            pace = pace.take(limits, at)
            sent.append(at)
            continue
        pace, turn = pace.ask(limits, now, ahead=ahead)
        if not turn.promised:
            sent.append(turn.at)

    sent.sort()
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            stretch = (sent[last] - sent[first]).total_seconds()
            assert last - first + 1 <= rate * stretch + max(1.0, rate) + 1e-3


@given(st.integers(2, 60), st.sampled_from([0.5, 5.0, 20.0]))
def test_nobody_is_promised_the_turn_of_another(count: int, rate: float) -> None:
    limits, pace, promised = Limits(rate), FRESH, []
    for _ in range(count):
        pace, turn = pace.ask(limits, START)
        if turn.promised:
            promised.append(turn.at)

    pauses = [later - earlier for earlier, later in pairwise(promised)]
    assert all(pause >= limits.interval for pause in pauses)


def test_who_comes_later_stands_at_the_end_of_the_queue_and_who_is_ahead_does_not() -> None:
    pace = FRESH
    for _ in range(30):
        pace, last = pace.ask(FIVE, START)

    _pace, newcomer = pace.ask(FIVE, START)
    _pace, ahead = pace.ask(FIVE, START, ahead=True)

    assert last.promised
    assert newcomer.promised
    assert newcomer.at > last.at
    assert not ahead.promised
    assert ahead.at - START <= PATIENCE


def test_a_promise_is_kept_and_asking_again_too_early_takes_nobody_s_turn() -> None:
    pace = FRESH
    for _ in range(30):
        pace, turn = pace.ask(FIVE, START)

    same, again = pace.ask(FIVE, after(1), promised=turn.at)
    _pace, kept = pace.ask(FIVE, turn.at, promised=turn.at)

    assert again == turn
    assert same == pace
    assert not kept.promised


def test_a_carrier_that_asks_for_patience_is_asked_by_nobody_for_that_long() -> None:
    pace = FRESH.asked_for_patience(FIVE, after(30))

    for second in range(24):
        assert pace.next_turn(FIVE, after(second)) == after(30)
        _pace, turn = pace.ask(FIVE, after(second), ahead=True)
        assert turn.at == after(30)
        assert turn.promised
    assert pace.next_turn(FIVE, after(31)) == after(31)


def test_five_failures_in_a_row_within_half_a_minute_open_the_breaker_for_a_minute() -> None:
    assert broken().open_until == after(FAILURES - 1 + 60)

    slow = FRESH
    for number in range(3 * FAILURES):
        slow = slow.failed(FIVE, after(10 * number))
    assert slow.open_until is None

    mixed = FRESH
    for number in range(3 * FAILURES):
        mixed = mixed.failed(FIVE, after(number))
        mixed = mixed.answered() if number % 4 == 3 else mixed
    assert mixed.open_until is None


def test_while_it_is_open_nobody_asks_and_then_one_tries_alone() -> None:
    pace = broken()
    pace, early = pace.ask(FIVE, after(10))
    assert early.promised
    assert early.at >= after(64)

    pace, first = pace.ask(FIVE, after(64))
    _pace, second = pace.ask(FIVE, after(64))
    _pace, poll = pace.ask(FIVE, after(64), ahead=True)

    assert not first.promised
    assert second.promised
    assert poll.promised


def test_the_one_that_tries_decides_for_all() -> None:
    trying, _turn = broken().ask(FIVE, after(64))

    assert trying.failed(FIVE, after(65)).open_until == after(125)
    assert trying.answered().open_until is None
    _pace, next_one = trying.gave_up_trying().ask(FIVE, after(65))
    assert not next_one.promised
    _pace, after_its_death = trying.ask(FIVE, after(64) + FIVE.longest_try)
    assert not after_its_death.promised


@dataclass
class Outage:
    """Workers that sweep about once a second, and a carrier that is away until `back`: all on a made-up clock."""

    limits: Limits
    jobs: int
    back: datetime
    threads: int = 4
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    pace: Pace = FRESH
    sent: list[datetime] = field(default_factory=list)
    tried: list[datetime] = field(default_factory=list)
    woken: int = 0

    def run(self) -> None:
        """Until every job is sent: a sweep wakes what is due, the threads take it up one by one."""
        self.due = dict.fromkeys(range(self.jobs), START)
        self.promised: dict[int, datetime] = {}
        self.tries = dict.fromkeys(range(self.jobs), 0)
        free, now = [START] * self.threads, START
        while self.due and now < self.back + timedelta(hours=2):
            waking = sorted((at, job) for job, at in self.due.items() if at <= now)[:100]
            for _at, job in waking:
                begin = max(heappop(free), now)
                heappush(free, self._do(job, begin))
            now = max(now + timedelta(seconds=self.dice.uniform(1.0, 1.15)), min(free))

    def _do(self, job: int, now: datetime) -> datetime:
        """Take a job up; returns when the thread is free again."""
        self.woken += 1
        self.pace, turn = self.pace.ask(self.limits, now, promised=self.promised.get(job))
        if turn.promised:
            self.due[job] = self.promised[job] = turn.at
            return now + timedelta(milliseconds=5)
        self.tried.append(turn.at)
        if turn.at < self.back:
            self.pace = self.pace.failed(self.limits, turn.at)
            self.tries[job] += 1
            backoff = self.dice.uniform(0.5, 1) * min(3600.0, 5 * 2.0 ** min(self.tries[job], 12))
            self.due[job] = turn.at + timedelta(seconds=backoff)
        else:
            if self.pace.open_until is not None:
                self.due = {each: min(at, now) for each, at in self.due.items()}
                self.promised.clear()
            self.pace = self.pace.answered()
            self.sent.append(turn.at)
            del self.due[job]
        return turn.at + timedelta(milliseconds=50)


@pytest.mark.parametrize("hours", [0.1, 2])
def test_after_an_outage_the_backlog_leaves_at_the_rate_that_is_allowed(hours: float) -> None:
    limits = Limits(per_second=10)
    outage = Outage(limits, jobs=900, back=START + timedelta(hours=hours))

    outage.run()

    assert len(outage.sent) == 900
    took = (max(outage.sent) - min(outage.sent)).total_seconds()
    assert 900 / took >= 0.95 * limits.per_second
    assert min(outage.sent) - outage.back <= limits.rest + timedelta(seconds=5)
    # It was left alone meanwhile: one try a minute beyond the first five.
    assert len(outage.tried) - 900 <= FAILURES + hours * 60 + 1
    # And the queue slept: what waits is not woken again and again to hear that it has to wait.
    assert outage.woken <= 5 * 900


def test_a_queue_that_waits_wakes_nobody_more_often_than_there_are_turns() -> None:
    limits = Limits(per_second=10)
    outage = Outage(limits, jobs=900, back=START)

    outage.run()

    assert len(outage.sent) == 900
    assert outage.woken <= 2 * 900 + 50
