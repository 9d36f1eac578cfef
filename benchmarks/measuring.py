"""Asking one solver in a process of its own, and putting all answers to one ruler: our clock, prices and check."""

import pickle
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.peers import Orders
from benchmarks.peers.apart import Outcome, Question
from routing import LeftOut, Plan, Problem, Reason, Route, check
from routing.ground import Ground
from routing.schedule import schedule

# A solver that does not keep its limit is waited for so long, and then ended.
PATIENCE, LOADING = 4, 120


@dataclass(frozen=True, slots=True)
class Result:
    """One run; `cost` in published units, `left_out` by priority, without what has a price of its own (`given_up`)."""

    set_name: str
    case: str
    stops: int
    solver: str
    seed: int
    limit: float
    failed: str = ""
    cost: float = 0.0
    published: float | None = None
    left_out: dict[int, int] = field(default_factory=dict)
    given_up: int = 0
    travel: int = 0
    couriers: int = 0
    fewest: int = 0
    most: int = 0
    wall: float = 0.0
    peak_mb: int = 0
    first: float | None = None
    wrong: list[str] = field(default_factory=list)
    series: list[tuple[float, int]] = field(default_factory=list)

    @property
    def gap(self) -> float | None:
        """Per cent above the best known cost; None without a whole and right plan to compare."""
        if self.failed or self.wrong or self.left_out or not self.published:
            return None
        return 100 * (self.cost / self.published - 1)


def measure(set_name: str, case: Case, solver: str, seconds: float, seed: int) -> Result:
    outcome = _ask(Question(solver, case.problem, seconds, seed))
    stops = len(case.problem.stops)
    if outcome.refused:
        return Result(set_name, case.name, stops, solver, seed, seconds, failed=outcome.refused)
    plan, wrong = priced(case.problem, outcome.orders)
    sizes = [len(route.visits) for route in plan.routes]
    priority = {stop.id: stop.priority for stop in case.problem.stops if stop.penalty is None}
    missed = Counter(priority[left.stop_id] for left in plan.left_out if left.stop_id in priority)
    return Result(
        set_name, case.name, stops, solver, seed, seconds,
        cost=plan.cost / case.unit,
        published=case.published,
        left_out=dict(missed),
        given_up=len(plan.left_out) - missed.total(),
        travel=sum(route.driving for route in plan.routes),
        couriers=len(sizes),
        fewest=min(sizes, default=0),
        most=max(sizes, default=0),
        wall=round(outcome.wall, 2),
        peak_mb=outcome.peak_mb,
        first=outcome.series[0][0] if outcome.series else None,
        wrong=wrong,
        series=outcome.series,
    )  # fmt: skip


def priced(problem: Problem, orders: Orders) -> tuple[Plan, list[str]]:
    """The plan with the clock and price of each order, and all that is wrong with it.

    An order that no clock can keep is no route: its stops count as left out, and it is told.
    """
    ground = Ground(problem)
    row_of = {stop.id: row for row, stop in enumerate(problem.stops)}
    number_of = {courier.id: number for number, courier in enumerate(problem.couriers)}
    routes: list[Route] = []
    wrong: list[str] = []
    for courier, order in orders.items():
        route = schedule(ground.way(number_of[courier], [row_of[stop] for stop in order])) if order else None
        if route is not None:
            routes.append(route)
        elif order:
            wrong.append(f"courier {courier} cannot drive the route in time")
    served = {visit.stop_id for route in routes for visit in route.visits}
    missed = [row for stop, row in row_of.items() if stop not in served]
    left_out = tuple(LeftOut(problem.stops[row].id, Reason.CHEAPER_WITHOUT) for row in missed)
    plan = Plan(tuple(routes), left_out, sum(r.cost for r in routes) + int(ground.penalties[missed].sum()))
    return plan, [*wrong, *check(problem, plan)]


def _ask(question: Question) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        asked, said = Path(folder) / "asked", Path(folder) / "said"
        asked.write_bytes(pickle.dumps(question))
        command = [sys.executable, "-c", "from benchmarks.peers.apart import main; main()", str(asked), str(said)]
        try:
            ended = subprocess.run(
                command, timeout=PATIENCE * question.seconds + LOADING, check=False, capture_output=True, text=True
            )
        except subprocess.TimeoutExpired:
            return Outcome(refused=f"no answer in {PATIENCE * question.seconds + LOADING:.0f} s")
        if not said.exists():
            last = ended.stderr.strip().splitlines()[-1:] or ["it said nothing"]
            return Outcome(refused=f"ended with {ended.returncode}: {last[0]}")
        outcome = pickle.loads(said.read_bytes())  # noqa: S301  our own child wrote it
    if not isinstance(outcome, Outcome):
        raise TypeError("the solver's process wrote something else than an outcome")
    return outcome
