"""One solver on one problem, in a process of its own: so its time and memory are its own."""

import importlib
import pickle
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers import SOLVERS, Orders
from routing import Problem, RoutingError


@dataclass(frozen=True, slots=True)
class Question:
    solver: str
    problem: Problem
    seconds: float
    seed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back; `series` holds the seconds and the cost of each better plan, where the solver tells them."""

    orders: Orders = field(default_factory=dict)
    refused: str = ""
    wall: float = 0.0
    peak_mb: int = 0
    series: list[tuple[float, int]] = field(default_factory=list)


def answer(question: Question) -> Outcome:
    solver = SOLVERS[question.solver]
    # Loading the solver is not measured: a service does it once.
    work = getattr(importlib.import_module(f"benchmarks.peers.{solver.module}"), solver.function)
    series: list[tuple[float, int]] = []

    def tell(cost: int) -> None:
        if not series or cost < series[-1][1]:
            series.append((round(time.perf_counter() - began, 3), int(cost)))

    began = time.perf_counter()
    try:
        orders = work(question.problem, question.seconds, question.seed, tell)
    except RoutingError as error:
        return Outcome(refused=str(error))
    return Outcome(orders, "", time.perf_counter() - began, peak_mb(), series)


def peak_mb() -> int:
    """The most memory that this process, with the children it waited for, ever held."""
    # getrusage remembers the size of the parent that started us; Linux knows our own.
    status = Path("/proc/self/status")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        own = int(lines["VmHWM"].split()[0])
    return (own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024


def main() -> None:
    """The process: a question in the first file named, the outcome into the second."""
    asked, said = (Path(name) for name in sys.argv[1:])
    with asked.open("rb") as file:
        outcome = answer(pickle.load(file))  # noqa: S301  our own parent wrote it
    said.write_bytes(pickle.dumps(outcome))
