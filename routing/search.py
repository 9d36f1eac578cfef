"""The search: the day is cut into neighbourhoods, each improved by a worker, and the cuts fall elsewhere every turn."""

import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from routing.facts import Facts
from routing.ground import Ground, Rows
from routing.plan import Answer
from routing.task import Orders, Outcome, Task, work
from routing.travel import Points

# Stops in one neighbourhood: its ways stay within a processor's cache.
SIZE = 500
# Below this many stops a day is not cut.
WHOLE = 300
HOTTEST, COOLEST = 0.3, 0.01
TURNS = 40
SHORTEST, LONGEST = 0.1, 1.5


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: after `seconds`, or, for plans that come out the same every time, after `rounds` per turn."""

    seconds: float
    workers: int
    seed: int
    rounds: int | None = None


class Search:
    """The routes as they stand, the best so far, and the turns between them."""

    def __init__(self, ground: Ground, limits: Limits, executor: Executor) -> None:
        self.began = time.perf_counter()
        self.ground, self.limits, self.executor = ground, limits, executor
        self.facts = Facts(ground)
        self.random = np.random.default_rng(limits.seed)
        self.orders: Orders = [[] for _ in ground.problem.couriers]
        self.out = np.arange(ground.stops)
        self.best = Answer(self.orders, int(self.ground.penalties.sum()))
        self.price = self.rounds = 0

    def run(self, tell: Callable[[float, Answer], None], cancelled: Callable[[], bool]) -> Answer:
        """Build a plan, then improve it until the time is up or somebody has seen enough; the best."""
        self._turn(0.0, 0.0, 0)
        tell(self.gone, self.best)
        hot = HOTTEST * self._mean_leg()
        turn = 0
        while not cancelled() and not self._is_over(turn):
            left = self.limits.seconds - self.gone
            begins = self._done(turn)
            seconds = min(left, max(SHORTEST, min(LONGEST, self.limits.seconds / TURNS)))
            ends = min(1.0, begins + (seconds / self.limits.seconds if self.limits.rounds is None else 1 / TURNS))
            self._turn(hot * COOLEST**begins, hot * COOLEST**ends, seconds)
            turn += 1
            tell(self.gone, self.best)
        return self.best

    @property
    def gone(self) -> float:
        return time.perf_counter() - self.began

    def _is_over(self, turn: int) -> bool:
        if self.ground.stops == 0 or not self.ground.problem.couriers:
            return True
        return turn >= TURNS if self.limits.rounds is not None else self.gone >= self.limits.seconds

    def _done(self, turn: int) -> float:
        return turn / TURNS if self.limits.rounds is not None else min(1.0, self.gone / self.limits.seconds)

    def _turn(self, hot: float, cold: float, seconds: float) -> None:
        parts = self._parts()
        waves = -(-len(parts) // self.limits.workers)
        ends = time.perf_counter() + seconds
        jobs = []
        for number, (stops, couriers) in enumerate(parts):
            pace = _Pace(0 if hot <= 0 else self.limits.rounds or 0, ends, waves - number // self.limits.workers)
            seed = int(self.random.integers(1, 2**31))
            orders = [self.orders[courier] for courier in couriers]
            jobs.append(_Job(self.facts, stops, couriers, orders, seed, hot, cold, pace))
        outcomes = list(self.executor.map(_carry_out, jobs))
        best = [list(order) for order in self.orders]
        price = best_price = 0
        served = np.zeros(self.ground.stops, bool)
        for (_, couriers), outcome in zip(parts, outcomes, strict=True):
            for courier, now, then in zip(couriers, outcome.orders, outcome.best, strict=True):
                self.orders[courier], best[courier] = now, then
                served[now] = True
            price, best_price = price + outcome.price, best_price + outcome.best_price
            self.rounds += outcome.rounds
        self.out, self.price = np.flatnonzero(~served), price
        if best_price < self.best.cost:
            self.best = Answer(best, best_price)

    def _mean_leg(self) -> float:
        served = self.ground.stops - len(self.out)
        return max(1.0, (self.price - int(self.ground.penalties[self.out].sum())) / max(1, served))

    def _parts(self) -> list[tuple[Rows, Rows]]:
        """Stops and couriers of each neighbourhood of this turn; every stop and courier is in one."""
        stops, workers = self.ground.stops, self.limits.workers
        count = -(-stops // (SIZE * workers)) * workers if stops > WHOLE else 1
        busy = [c for c, order in enumerate(self.orders) if order]
        centres = np.array([self.ground.chart[self.orders[c]].mean(axis=0) for c in busy]).reshape(-1, 2)
        points = np.vstack([centres, self.ground.chart[self.out]])
        weights = np.array([len(self.orders[c]) for c in busy] + [1] * len(self.out), float)
        label = np.zeros(len(points), np.int64)
        _cut(points, weights, np.arange(len(points)), count, label, self.random)
        parts = []
        idle = self._deal(points, weights, label, count)
        for part in range(count):
            mine = [c for c, where in zip(busy, label[: len(busy)], strict=True) if where == part]
            rows = [row for c in mine for row in self.orders[c]] + self.out[label[len(busy) :] == part].tolist()
            crew = np.array([*mine, *idle[part]], np.int64)
            parts.append((np.array(sorted(rows), np.int64), crew[np.argsort(self.facts.kind[crew], kind="stable")]))
        return parts

    def _deal(self, points: Points, weights: Points, label: Rows, count: int) -> list[list[int]]:
        """Couriers without work for each neighbourhood: of each kind a share, more where their office is near."""
        dealt: list[list[int]] = [[] for _ in range(count)]
        load = np.array([weights[label == part].sum() for part in range(count)]) + 1e-9
        centre = np.array(
            [points[label == part].mean(axis=0) if (label == part).any() else (0, 0) for part in range(count)]
        )
        kinds: dict[int, list[int]] = {}
        for courier, order in enumerate(self.orders):
            if not order:
                kinds.setdefault(int(self.facts.kind[courier]), []).append(courier)
        room = [int(w * (1 if len(self.out) == self.ground.stops else 0.1)) + 4 for w in load]
        for kind in kinds.values():
            office = self.ground.chart[self.ground.start_of(kind[0])]
            far = np.hypot(*(centre - office).T)
            share = load * np.exp(-far / (far.mean() + 1e-9))
            exact = len(kind) * share / share.sum()
            quota = np.floor(exact).astype(int)
            for part in np.argsort(-(exact - quota + 1e-3 * self.random.random(count)))[: len(kind) - quota.sum()]:
                quota[part] += 1
            left = list(kind)
            for part, number in enumerate(quota):
                mine, left = left[:number], left[number:]
                dealt[part] += mine[: room[part]]
        return dealt


@dataclass(frozen=True, slots=True)
class _Pace:
    """So many `rounds`, or else until `ends`, when another `waves` - 1 tasks are waiting for this worker."""

    rounds: int
    ends: float
    waves: int


@dataclass(frozen=True, slots=True)
class _Job:
    """A task before its arrays are laid out, so that the workers do that too."""

    facts: Facts
    stops: Rows
    couriers: Rows
    orders: Orders
    seed: int
    hot: float
    cold: float
    pace: _Pace


def _carry_out(job: _Job) -> Outcome:
    task = Task(job.facts.land(job.stops, job.couriers), job.stops, job.orders, job.seed)
    if job.hot <= 0:
        return work(replace(task, first=True))
    task = replace(task, rounds=job.pace.rounds, hot=job.hot, cold=job.cold)
    left = (job.pace.ends - time.perf_counter()) / job.pace.waves
    return work(task if job.pace.rounds else replace(task, seconds=max(1e-3, left)))


def _cut(points: Points, weights: Points, members: Rows, count: int, label: Rows, random: np.random.Generator) -> None:
    """Label `members` with `count` parts of about equal weight, by cuts in random directions."""
    if count <= 1 or len(members) == 0:
        return
    angle = random.random() * np.pi
    along = points[members] @ (np.cos(angle), np.sin(angle))
    sorting = members[np.argsort(along, kind="stable")]
    left = count // 2
    reached = np.cumsum(weights[sorting])
    split = int(np.searchsorted(reached, reached[-1] * left / count, side="right"))
    first, second = sorting[:split], sorting[split:]
    label[second] += left
    _cut(points, weights, first, left, label, random)
    _cut(points, weights, second, count - left, label, random)


def search(
    ground: Ground, limits: Limits, tell: Callable[[float, Answer], None], cancelled: Callable[[], bool],
    executor: Executor | None = None,
) -> Answer:  # fmt: skip
    """The best orders found within the limits; `executor` carries out the workers' tasks (threads, unless given)."""
    if executor is not None:
        return Search(ground, limits, executor).run(tell, cancelled)
    with ThreadPoolExecutor(limits.workers) as threads:
        return Search(ground, limits, threads).run(tell, cancelled)
