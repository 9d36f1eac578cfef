"""The whole job by OR-Tools alone: parts of the day are improved by helpers, and the parts are others every time."""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass

import numpy as np

from routing.decompose import SMALL, Map, Orders, Part, problem_of
from routing.errors import InfeasibleLocks
from routing.ground import Ground
from routing.locks import locked_orders
from routing.model import Search, Share, fair_share, firm_penalties
from routing.plan import RELOAD, Answer
from routing.problem import Problem
from routing.process import Helpers, Here
from routing.tuning import Heat

# A search this short is not worth a process of its own: nobody can want to stop it sooner than it ends.
SHORT = 2.0
ASK_EVERY = 0.2
FIRST_SHARE, FIRST_AT_LEAST, FIRST_AT_MOST = 0.1, 1.0, 1.0
TURNS = 8
SHORTEST, LONGEST = 0.5, 3.0
# A helper that has less time left is not sent any more.
NOT_WORTH = 0.15
FEW_PARTS = 3
# Helpers who are not back by then are not waited for.
LATE = 1.01
HOT_PART = Heat(0.1, 0.01)
HOT_WHOLE = Heat(1.0, 0.01)


@dataclass(frozen=True)
class Task:
    """A part of the day for a helper: from `orders`, or from nothing when there are none."""

    problem: Problem
    share: Share
    orders: Orders | None
    seconds: float
    seed: int
    heat: Heat


@dataclass(frozen=True)
class Outcome:
    """The best orders of a part; what they cost, and how much less that is than at the beginning."""

    orders: Orders
    cost: int
    gain: int


def improve(task: Task) -> Outcome | None:
    """Carry out a task; None when not even a first solution was found."""
    began = time.monotonic()
    search = Search(Ground(task.problem), task.share)
    costs: list[int] = []

    def note(_elapsed: float, better: Answer | None) -> None:
        if better is not None:
            costs.append(better.cost)

    left = max(0.01, task.seconds - (time.monotonic() - began))
    answer = search.run(left, task.seed, note, task.orders, task.heat)
    return Outcome(answer.orders, answer.cost, costs[0] - answer.cost) if costs else None


class Planner:
    """The routes as they stand, and the helpers at work on parts of them."""

    def __init__(self, ground: Ground, seconds: float, workers: int, seed: int, executor: Executor) -> None:
        self.began = time.monotonic()
        self.ground, self.seconds, self.workers, self.executor = ground, seconds, workers, executor
        self.share, self.penalties = fair_share(ground), firm_penalties(ground)
        self.orders = locked_orders(ground)
        self.loose = set(range(ground.stops)).difference(*self.orders)
        self.cost = int(self.penalties[sorted(self.loose)].sum())
        self.random = np.random.default_rng(seed)
        self.map = Map(ground, seed)
        # A day no greater than a part is never cut: each helper searches all of it, from another seed.
        self.whole = ground.stops <= self.map.size
        self.everything = Part(list(range(ground.stops)), list(range(len(ground.problem.couriers))))
        self.together = ground.stops < FEW_PARTS * workers * self.map.size
        self.first = deque(self._first_parts())
        self.working: dict[Future[Outcome | None], tuple[Part, bool]] = {}
        self.found = False

    def _first_parts(self) -> list[Part]:
        if self.whole:
            return [self.everything] * self.workers
        return [self.everything] if self.ground.stops <= SMALL else self.map.first_parts(self.orders)

    @property
    def gone(self) -> float:
        return time.monotonic() - self.began

    def run(self, tell: Callable[[float, int | None], None], cancelled: Callable[[], bool]) -> Answer:
        """Improve until the time is up, there is nothing to improve, or somebody has seen enough."""
        while True:
            self._send_all()
            if not self.working:
                break
            done, _ = wait(self.working, timeout=ASK_EVERY, return_when=FIRST_COMPLETED)
            for future in done:
                self._take(future)
            tell(self.gone, self.cost if self.found else None)
            if self.found and (cancelled() or self.gone > self.seconds * LATE + ASK_EVERY):
                break
        for future in self.working:
            future.cancel()
        if not self.found:
            self._stand_by_locks()
        return Answer(self.orders, self.cost)

    def _send_all(self) -> None:
        # Where there are few parts, the one that is free next would be the same again: all begin together.
        if self.together and self.working:
            return
        while len(self.working) < self.workers and self._send():
            pass

    def _send(self) -> bool:
        """Give the next part to a helper; False when there is none, or no time for it."""
        left = self.seconds - self.gone
        if left < NOT_WORTH and (self.found or self.working):
            return False
        if self.first:
            return self._begin(self.first.popleft(), left)
        if self.ground.stops <= 1 or (self.whole and not self.found):
            return False
        part = self.everything if self.whole else self.map.next_part(self.orders, self.loose)
        if part is None:
            return False
        seconds = min(LONGEST, max(2 * SHORTEST if self.loose else SHORTEST, self._share_of_time() / TURNS))
        # What would be left after this turn and is not worth another one is added to it.
        seconds = left if left < seconds + SHORTEST else seconds
        orders = [self.orders[courier] for courier in part.couriers]
        self._submit(part, orders if any(orders) else None, seconds)
        return True

    def _share_of_time(self) -> float:
        """The seconds that a helper has for each part."""
        parts = max(1.0, self.ground.stops / self.map.size)
        return self.seconds if self.whole else self.seconds * self.workers / parts

    def _begin(self, part: Part, left: float) -> bool:
        seconds = FIRST_SHARE * self._share_of_time() * len(part.rows) / min(self.ground.stops, self.map.size)
        if self.whole:
            seconds = left if self.seconds <= SHORT else min(FIRST_AT_MOST, seconds)
        else:
            seconds = min(LONGEST, max(FIRST_AT_LEAST, seconds))
        self._submit(part, None, max(NOT_WORTH, min(left, seconds)))
        return True

    def _submit(self, part: Part, orders: Orders | None, seconds: float) -> None:
        local = {row: number for number, row in enumerate(part.rows)}
        local[RELOAD] = RELOAD
        task = Task(
            problem=problem_of(self.ground, part, self.penalties),
            share=self.share,
            orders=None if orders is None else [[local[row] for row in order] for order in orders],
            seconds=seconds,
            seed=int(self.random.integers(1, 2**31)),
            heat=self._heat(seconds),
        )
        self.map.hold(part)
        self.working[self.executor.submit(improve, task)] = part, orders is None

    def _heat(self, seconds: float) -> Heat:
        if not self.whole:
            return HOT_PART
        begins = min(1.0, self.gone / self.seconds)
        ends = min(1.0, begins + seconds / self.seconds)
        fall = HOT_WHOLE.last / HOT_WHOLE.first
        return Heat(HOT_WHOLE.first * fall**begins, HOT_WHOLE.first * fall**ends)

    def _take(self, future: Future[Outcome | None]) -> None:
        part, first = self.working.pop(future)
        self.map.release(part)
        outcome = future.result()
        if outcome is None:
            return
        if self.whole:
            if self.found and outcome.cost >= self.cost:
                return
            self.cost = outcome.cost
        elif first:
            self.cost += outcome.cost - int(self.penalties[self._loose_of(part)].sum())
        else:
            self.cost -= outcome.gain
        self.found = True
        self._put(part, outcome.orders)

    def _loose_of(self, part: Part) -> list[int]:
        return [row for row in part.rows if row in self.loose]

    def _put(self, part: Part, orders: Orders) -> None:
        self.loose.update(part.rows)
        for courier, order in zip(part.couriers, orders, strict=True):
            self.orders[courier] = [row if row == RELOAD else part.rows[row] for row in order]
            self.loose.difference_update(self.orders[courier])

    def _stand_by_locks(self) -> None:
        """No solution at all: only what is locked is done, unless that would be half a shipment."""
        served = set(range(self.ground.stops)) - self.loose
        for row, other in self.map.partner.items():
            if row in served and other not in served:
                stop = self.ground.problem.stops[row]
                raise InfeasibleLocks(f"stop {stop.id} is locked, but the other end of its shipment has no place")


def plan_by_ortools(
    ground: Ground,
    seconds: float,
    workers: int,
    seed: int,
    tell: Callable[[float, int | None], None],
    cancelled: Callable[[], bool],
    *,
    executor: Executor | None = None,
) -> Answer:
    """The best orders found in `seconds` by so many `workers`: processes of our own, or the `executor` handed in.

    Raises InfeasibleLocks when a courier cannot keep what is locked.
    """
    if executor is not None:
        return Planner(ground, seconds, workers, seed, executor).run(tell, cancelled)
    if seconds <= SHORT:
        return Planner(ground, seconds, 1, seed, Here()).run(tell, cancelled)
    with Helpers(workers) as helpers:
        return Planner(ground, seconds, workers, seed, helpers).run(tell, cancelled)
