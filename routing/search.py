"""The search: the day is cut into neighbourhoods, each improved by a worker, and the cuts fall elsewhere every turn.

A small day is not cut: each worker improves the whole of it in a chain of its own, the chains start over from the best
of them now and then, and CP-SAT recombines the routes that all of them met.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from routing.cuts import cut
from routing.facts import Facts
from routing.ground import Ground, Rows
from routing.locks import locked_orders
from routing.plan import Answer, Limits
from routing.pool import Found, Pool
from routing.task import Met, Orders, Outcome, Task, work
from routing.travel import Points

# Stops in one neighbourhood: few enough that its ways stay within a processor's cache; more where routes are so long
# that it would hold too few of them to exchange anything.
SIZE, LARGEST, ROUTES = 200, 500, 14
# Below this many stops a day is not cut.
WHOLE = 300
HOTTEST, COOLEST = 0.6, 0.03
TURNS = 40
# When the chains of a small day go on from the best of them; and when routes are recombined, for how long at most.
MEETING = 5
RECOMBINED, SHARE = (0.5, 0.7, 0.85, 0.96), 0.03
SHORTEST, LONGEST = 0.1, 1.5
NO_ANSWER = 2**62
# Of so few stops, after so many rounds for each of them, nothing better was ever found; nobody need wait longer.
FEW, ENOUGH = 12, 1_700
# Of the time, what is kept for telling why stops were left out.
EXPLAINING = 0.05
# Seconds that timing and pricing the routes takes afterwards, for each stop.
FINISHING = 5e-5


class Search:
    """The routes as they stand, the best so far, and the turns between them."""

    def __init__(self, ground: Ground, limits: Limits, executor: Executor) -> None:
        self.began = time.perf_counter()
        self.ground, self.limits, self.executor = ground, limits, executor
        self.facts = Facts(ground)
        self.random = np.random.default_rng(limits.seed)
        self.orders: Orders = locked_orders(ground)
        self.out = np.setdiff1d(np.arange(ground.stops), [row for order in self.orders for row in order])
        self.best = Answer([list(order) for order in self.orders], NO_ANSWER)
        self.chains: list[Orders] = []
        self.pool = Pool(self.facts)
        self.kept: list[Found] = []
        self.price = self.rounds = self.bettered = 0

    def run(self, tell: Callable[[float, Answer], None], cancelled: Callable[[], bool]) -> Answer:
        """Build a plan, then improve it until the time is up or somebody has seen enough; the best."""
        self._turn(0.0, 0.0, 0)
        tell(self.gone, self.best)
        hot = HOTTEST * self._mean_leg()
        turn = 0
        marks = list(RECOMBINED)
        if self.ground.stops <= WHOLE:
            self.chains = [[list(order) for order in self.orders] for _ in range(self.limits.workers)]
        while not cancelled() and not self._is_over(turn):
            left = max(SHORTEST / 10, self.seconds - self.gone)
            begins, before = self._done(turn), self.best.cost
            seconds = min(left, max(SHORTEST, min(LONGEST, self.limits.seconds / TURNS)))
            ends = min(1.0, begins + (seconds / self.limits.seconds if self.limits.rounds is None else 1 / TURNS))
            if self.chains:
                self._meet(turn, hot * COOLEST**begins, hot * COOLEST**ends, seconds)
            else:
                self._turn(hot * COOLEST**begins, hot * COOLEST**ends, seconds)
            turn += 1
            if self.chains and marks and ends >= marks[0]:
                del marks[0]
                self._recombine()
            if self.best.cost < before:
                self.bettered = self.rounds
            tell(self.gone, self.best)
        return self.best

    @property
    def seconds(self) -> float:
        """How long to search, so that all is told when the time is up."""
        return self.limits.seconds - min(FINISHING * self.ground.stops, self.limits.seconds / 4)

    @property
    def gone(self) -> float:
        return time.perf_counter() - self.began

    def _is_over(self, turn: int) -> bool:
        if self.ground.stops == 0 or not self.ground.problem.couriers:
            return True
        if self.limits.rounds is not None:
            return turn >= TURNS
        left_out = self.ground.stops - self.best.served
        if not left_out and self.ground.stops <= FEW and self.rounds - self.bettered >= ENOUGH * self.ground.stops:
            return True
        return self.gone >= self.seconds * (1 - (EXPLAINING if left_out else 0))

    def _done(self, turn: int) -> float:
        return turn / TURNS if self.limits.rounds is not None else min(1.0, self.gone / self.limits.seconds)

    def _meet(self, turn: int, hot: float, cold: float, seconds: float) -> None:
        """One turn of all chains of a day that is not cut."""
        couriers = np.argsort(self.facts.kind, kind="stable")
        stops, ends = np.arange(self.ground.stops), time.perf_counter() + seconds
        pace = _Pace(self.limits.rounds or 0, ends, 1)
        jobs = []
        for chain in self.chains:
            seed = int(self.random.integers(1, 2**31))
            orders = [chain[courier] for courier in couriers]
            jobs.append(_Job(self.facts, stops, couriers, orders, seed, hot, cold, pace, remember=True))
        outcomes = list(self.executor.map(_carry_out, jobs))
        for number, outcome in enumerate(outcomes):
            self.chains[number] = _by_courier(couriers, outcome.orders)
            self.rounds += outcome.rounds
            self.pool.add(self._found(couriers, outcome.met))
            if outcome.best_price < self.best.cost:
                self.best = Answer(_by_courier(couriers, outcome.best), outcome.best_price)
                self.kept = self._found(couriers, outcome.met_best)
        if turn % MEETING == MEETING - 1:
            ahead = self.chains[min(range(len(outcomes)), key=lambda number: outcomes[number].price)]
            self.chains = [[list(order) for order in ahead] for _ in self.chains]

    def _found(self, couriers: Rows, met: Sequence[Met]) -> list[Found]:
        return [Found(int(self.facts.kind[couriers[one.courier]]), one.rows, one.price) for one in met]

    def _recombine(self) -> None:
        repeatable = self.limits.rounds is not None
        seconds = min(SHARE * self.limits.seconds, 0.9 * (self.limits.seconds - self.gone))
        if not self.kept or (not repeatable and seconds <= 0):
            return
        better = self.pool.recombine(self.kept, None if repeatable else seconds, self.limits.workers, self.limits.seed)
        if better is not None:
            self.best = better
            self.chains = [[list(order) for order in better.orders] for _ in self.chains]

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

    def _size(self) -> int:
        lengths = [len(order) for order in self.orders if order]
        return min(LARGEST, max(SIZE, ROUTES * sum(lengths) // max(1, len(lengths))))

    def _mean_leg(self) -> float:
        served = self.ground.stops - len(self.out)
        return max(1.0, (self.price - int(self.ground.penalties[self.out].sum())) / max(1, served))

    def _parts(self) -> list[tuple[Rows, Rows]]:
        """Stops and couriers of each neighbourhood of this turn; every stop and courier is in one."""
        stops, workers = self.ground.stops, self.limits.workers
        count = -(-stops // (self._size() * workers)) * workers if stops > WHOLE else 1
        busy = [c for c, order in enumerate(self.orders) if order]
        centres = np.array([self.ground.chart[self.orders[c]].mean(axis=0) for c in busy]).reshape(-1, 2)
        points = np.vstack([centres, self.ground.chart[self.out]])
        weights = np.array([len(self.orders[c]) for c in busy] + [1] * len(self.out), float)
        label = np.zeros(len(points), np.int64)
        cut(points, weights, np.arange(len(points)), count, label, self.random)
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
        room = [int(w * (1 if self.best.cost == NO_ANSWER else 0.1)) + 4 for w in load]
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


@dataclass(frozen=True)
class _Pace:
    """So many `rounds`, or else until `ends`, when another `waves` - 1 tasks are waiting for this worker."""

    rounds: int
    ends: float
    waves: int

    def __reduce__(self) -> tuple[Callable[[int, float, int], "_Pace"], tuple[int, float, int]]:
        """Another machine has another clock: what travels is the time that is left."""
        return _pace_of, (self.rounds, self.ends - time.perf_counter(), self.waves)


def _pace_of(rounds: int, left: float, waves: int) -> _Pace:
    return _Pace(rounds, time.perf_counter() + left, waves)


@dataclass(frozen=True)
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
    remember: bool = False

    def task(self) -> Task:
        land = self.facts.land(self.stops, self.couriers)
        task = Task(land, self.stops, self.orders, self.seed, remember=self.remember)
        if self.hot <= 0:
            return replace(task, first=True)
        return replace(task, rounds=self.pace.rounds, hot=self.hot, cold=self.cold)

    def __reduce__(self) -> "tuple[type[_LaidOut], tuple[Task, _Pace]]":
        """What travels is the part of the day that the task is about, not the whole day."""
        return _LaidOut, (self.task(), self.pace)


@dataclass(frozen=True)
class _LaidOut:
    """The same for a worker that is another process."""

    ready: Task
    pace: _Pace

    def task(self) -> Task:
        return self.ready


def _carry_out(job: _Job | _LaidOut) -> Outcome:
    task = job.task()
    if task.first:
        return work(task)
    left = (job.pace.ends - time.perf_counter()) / job.pace.waves
    return work(task if job.pace.rounds else replace(task, seconds=max(1e-3, left)))


def _by_courier(couriers: Rows, orders: Orders) -> Orders:
    """Orders given in the sequence of `couriers`, in that of the problem."""
    placed: Orders = [[] for _ in orders]
    for courier, order in zip(couriers, orders, strict=True):
        placed[courier] = list(order)
    return placed


def search(
    ground: Ground, limits: Limits, tell: Callable[[float, Answer], None], cancelled: Callable[[], bool],
    executor: Executor | None = None,
) -> Answer:  # fmt: skip
    """The best orders found within the limits; `executor` carries out the workers' tasks (threads, unless given)."""
    if executor is not None:
        return Search(ground, limits, executor).run(tell, cancelled)
    with ThreadPoolExecutor(limits.workers) as threads:
        return Search(ground, limits, threads).run(tell, cancelled)
