"""Routes that were met on the way, recombined: CP-SAT picks those that together serve all stops at the least price."""

from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from routing.facts import Facts
from routing.plan import Answer

# So many routes are kept, the newest; more than these make CP-SAT slower than they make the plan better.
MOST = 6_000
# Beyond a second of wall time for one of these, CP-SAT is slower than this anywhere.
DETERMINISTIC = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """A route as some courier of a kind would drive it, and what the search counts for it."""

    kind: int
    rows: tuple[int, ...]
    price: int


class Pool:
    """The cheapest order known of each set of stops for each kind of courier."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._found: dict[tuple[int, frozenset[int]], Found] = {}

    def add(self, routes: Sequence[Found]) -> None:
        for route in routes:
            key = route.kind, frozenset(route.rows)
            known = self._found.pop(key, None)
            self._found[key] = route if known is None or route.price < known.price else known
        for key in list(self._found)[: len(self._found) - MOST]:
            del self._found[key]

    def recombine(self, best: Sequence[Found], seconds: float | None, workers: int, seed: int) -> Answer | None:
        """The best choice of routes; None where it is no better than `best`, which is where the choosing begins.

        Without `seconds` it takes a fixed amount of work by one worker, so that it comes out the same every time.
        """
        self.add(best)
        routes = list(self._found.values())
        model = cp_model.CpModel()
        chosen = [model.new_bool_var(f"route {number}") for number in range(len(routes))]
        missing = self._cover(model, routes, chosen)
        self._couriers(model, routes, chosen)
        penalties = self._facts.ground.penalties.tolist()
        price = sum(route.price * one for route, one in zip(routes, chosen, strict=True))
        model.minimize(price + sum(penalty * one for penalty, one in zip(penalties, missing, strict=True)))
        standing, served = set(best), {row for route in best for row in route.rows}
        for route, one in zip(routes, chosen, strict=True):
            model.add_hint(one, route in standing)
        for row, one in enumerate(missing):
            model.add_hint(one, row not in served)
        solver = _solver(seconds, workers, seed)
        if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        now = sum(route.price for route in best) + sum(p for row, p in enumerate(penalties) if row not in served)
        found = [route for route, one in zip(routes, chosen, strict=True) if solver.boolean_value(one)]
        return self._given_out(found, int(solver.objective_value)) if solver.objective_value < now else None

    def _cover(
        self, model: cp_model.CpModel, routes: Sequence[Found], chosen: Sequence[cp_model.IntVar]
    ) -> list[cp_model.IntVar]:
        stops = self._facts.ground.stops
        by_stop: list[list[cp_model.IntVar]] = [[] for _ in range(stops)]
        for route, one in zip(routes, chosen, strict=True):
            for row in route.rows:
                by_stop[row].append(one)
        missing = [model.new_bool_var(f"missing {row}") for row in range(stops)]
        for ones, lacking in zip(by_stop, missing, strict=True):
            model.add_exactly_one([*ones, lacking])
        return missing

    def _couriers(self, model: cp_model.CpModel, routes: Sequence[Found], chosen: Sequence[cp_model.IntVar]) -> None:
        by_kind: dict[int, list[cp_model.IntVar]] = {}
        for route, one in zip(routes, chosen, strict=True):
            by_kind.setdefault(route.kind, []).append(one)
        for kind, ones in by_kind.items():
            couriers = (self._facts.kind == kind).nonzero()[0]
            if self._facts.problem.couriers[int(couriers[0])].locked:
                model.add_exactly_one(ones)
            elif len(ones) > len(couriers):
                model.add(sum(ones) <= len(couriers))

    def _given_out(self, routes: Sequence[Found], cost: int) -> Answer:
        free = {int(kind): (self._facts.kind == kind).nonzero()[0].tolist() for kind in set(self._facts.kind.tolist())}
        orders: list[list[int]] = [[] for _ in self._facts.problem.couriers]
        for route in routes:
            orders[free[route.kind].pop(0)] = list(route.rows)
        return Answer(orders, cost)


def _solver(seconds: float | None, workers: int, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = workers if seconds is not None else 1
    if seconds is None:
        solver.parameters.max_deterministic_time = DETERMINISTIC
    else:
        solver.parameters.max_time_in_seconds = seconds
    return solver
