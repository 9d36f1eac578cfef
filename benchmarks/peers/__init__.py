"""The solvers measured side by side; each is a function: a problem and a time in, stop ids in order out."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

# For each courier's id the ids of the stops, in order.
Orders = Mapping[str, list[str]]
# Told whenever a better plan is found, with its cost; the clock is kept by who listens.
Tell = Callable[[int], None]


class Solver(NamedTuple):
    """Which function in which module of this package; `threads` is how many it makes use of."""

    title: str
    module: str
    function: str
    threads: int


SOLVERS = {
    "tannha": Solver("Tận Nhà", "ours", "solve_for_travel", 2),
    "tannha-even": Solver("Tận Nhà, work shared evenly", "ours", "solve_as_given", 2),
    "tannha-ortools": Solver("Tận Nhà, engine ortools", "ours", "solve_with_ortools", 1),
    "pyvrp": Solver("PyVRP", "with_pyvrp", "solve", 1),
    "vroom": Solver("VROOM, exploration 5", "with_vroom", "solve", 2),
    "ortools": Solver("OR-Tools as most write it", "plain_ortools", "solve", 1),
}
