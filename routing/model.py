"""The problem as OR-Tools' routing library understands it, and the search that suits it.

Search settings as measured on Uchoa's, Solomon's and Gehring & Homberger's instances: insertion first, then iterated
local search with the ruins of Christiaens & Vanden Berghe, "Slack Induction by String Removals" (Transportation
Science 2020), and few but cheap local-search operators.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2, routing_ils_pb2, routing_parameters_pb2
from ortools.util import optional_boolean_pb2

from routing.problem import LATEST, Problem, Stop, TimeWindow
from routing.schedule import Ground

# Leaving a stop out costs more than any way to it within a district, and less than what overflows a sum.
LEFT_OUT = 100_000
NO_ANSWER = 2**62
TELL_EVERY = 0.05
STRING_LENGTH, REMOVED, BYPASS = 10, 15.0, 0.01
COOLEST = 0.01

_OFF = (
    "use_relocate_pair", "use_light_relocate_pair", "use_exchange_pair", "use_relocate_subtrip", "use_exchange_subtrip",
    "use_make_chain_inactive", "use_swap_active_chain", "use_relocate_expensive_chain", "use_lin_kernighan",
    "use_tsp_opt", "use_path_lns", "use_full_path_lns", "use_tsp_lns", "use_inactive_lns",
    "use_global_cheapest_insertion_path_lns", "use_local_cheapest_insertion_path_lns",
    "use_global_cheapest_insertion_expensive_chain_lns", "use_local_cheapest_insertion_expensive_chain_lns",
    "use_global_cheapest_insertion_close_nodes_lns", "use_local_cheapest_insertion_close_nodes_lns",
)  # fmt: skip


def penalty(stop: Stop) -> int:
    """What leaving a stop out costs, in seconds of travel; twice as much for the highest priority."""
    return LEFT_OUT + LEFT_OUT * stop.priority // 100


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of the stops in order, for each courier, and what the search paid for them."""

    orders: list[list[int]]
    cost: int


class Search:
    """One model, built once, searched once."""

    def __init__(self, problem: Problem, ground: Ground) -> None:
        couriers = range(len(problem.couriers))
        self.problem, self.ground = problem, ground
        self.manager = pywrapcp.RoutingIndexManager(
            len(ground.seconds),
            len(problem.couriers),
            [ground.start_of(n) for n in couriers],
            [ground.home_of(n) for n in couriers],
        )
        self.model = pywrapcp.RoutingModel(self.manager)
        self.solver = self.model.solver()
        self.model.SetArcCostEvaluatorOfAllVehicles(self.model.RegisterTransitMatrix(ground.seconds.tolist()))
        self._limit_bags()
        self._keep_time()
        for row, stop in enumerate(problem.stops):
            self.model.AddDisjunction([self.manager.NodeToIndex(row)], penalty(stop))
        self._share_work()

    def run(self, seconds: float, seed: int, tell: Callable[[float, Answer | None], None]) -> Answer:
        """Search for `seconds`; the best answer found, which may be empty.

        `tell` hears the seconds gone, many times a second, with an answer whenever it is better than all before. There
        is no stopping this search from inside: to be able to, run it in a process (`routing.process`).
        """
        watch = _Watch(self, tell)
        self.solver.ReSeed(seed)
        self.model.AddSearchMonitor(self.solver.CustomLimit(watch))
        self.model.AddAtSolutionCallback(watch.solution)
        self.model.CloseModelWithParameters(_greedy(seconds))
        try:
            if self.model.SolveWithParameters(_greedy(seconds)) is not None:
                self._go_on(watch, seconds)
            return watch.best
        finally:
            watch.let_go()

    def _go_on(self, watch: "_Watch", seconds: float) -> None:
        left = watch.began + seconds - time.monotonic()
        if left > 0 and self.ground.stops > 1:
            mean = max(1.0, self._travel(watch.best) / max(1, sum(map(len, watch.best.orders))))
            self.model.SolveWithIteratedLocalSearch(_thorough(left, mean))

    def _limit_bags(self) -> None:
        for dimension in range(len(self.problem.couriers[0].capacity)):
            demands = np.zeros(len(self.ground.seconds), np.int64)
            demands[: self.ground.stops] = [stop.demand[dimension] for stop in self.problem.stops]
            self.model.AddDimensionWithVehicleCapacity(
                self.model.RegisterUnaryTransitVector(demands.tolist()),
                0,
                [courier.capacity[dimension] for courier in self.problem.couriers],
                True,
                f"bag {dimension}",
            )

    def _keep_time(self) -> None:
        """A cumul is the moment of the knock; the way there includes parking where the place is another."""
        ways = self.ground.seconds + self._setups() + self._services()[:, None]
        self.model.AddDimension(
            self.model.RegisterTransitMatrix(ways.tolist()),
            LATEST, LATEST, False, "time",
        )  # fmt: skip
        clock = self.model.GetDimensionOrDie("time")
        for row, stop in enumerate(self.problem.stops):
            _keep_to(clock.CumulVar(self.manager.NodeToIndex(row)), stop.windows)
        services = self._services().tolist()
        visits = [services[self.manager.IndexToNode(i)] for i in range(self.model.Size())]
        for number, courier in enumerate(self.problem.couriers):
            start, end = self.model.Start(number), self.model.End(number)
            clock.CumulVar(start).SetRange(*courier.shift)
            clock.CumulVar(end).SetRange(*courier.shift)
            rests = [self._rest(number, n) for n in range(len(courier.breaks))]
            if rests:
                clock.SetBreakIntervalsOfVehicle(rests, number, visits)
            self.model.AddVariableMinimizedByFinalizer(clock.CumulVar(end))

    def _rest(self, number: int, n: int) -> object:
        pause = self.problem.couriers[number].breaks[n]
        windows = sorted(pause.windows)
        rest = self.solver.FixedDurationIntervalVar(
            windows[0].start, max(w.end for w in windows), pause.duration, False, f"rest {number}.{n}"
        )  # fmt: skip
        for start, end in _holes(windows):
            self.solver.Add(self.solver.NotBetweenCt(rest.StartExpr(), start, end))
        return rest

    def _share_work(self) -> None:
        """A stop beyond a courier's fair share costs `balance` seconds of travel."""
        stops = self.ground.stops
        ones = [int(row < stops) for row in range(len(self.ground.seconds))]
        self.model.AddDimension(
            self.model.RegisterUnaryTransitVector(ones), 0, stops, True, "stops",
        )  # fmt: skip
        counter = self.model.GetDimensionOrDie("stops")
        fair = -(-stops // len(self.problem.couriers))
        if self.problem.balance > 0:
            for number in range(len(self.problem.couriers)):
                counter.SetCumulVarSoftUpperBound(self.model.End(number), fair, self.problem.balance)

    def _services(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        services = np.zeros(len(self.ground.seconds), np.int64)
        services[: self.ground.stops] = [stop.service for stop in self.problem.stops]
        return services

    def _setups(self) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """Seconds of parking owed at the column's stop when coming from the row's."""
        owed = np.zeros_like(self.ground.seconds)
        stops = self.problem.stops
        owed[:, : self.ground.stops] = [stop.place_setup for stop in stops]
        names: dict[str, list[int]] = {}
        for row, stop in enumerate(stops):
            if stop.place:
                names.setdefault(stop.place, []).append(row)
        for rows in names.values():
            owed[np.ix_(rows, rows)] = 0
        return owed

    def read(self) -> Answer:
        """The solution at which the search stands."""
        orders = []
        for number in range(len(self.problem.couriers)):
            index, order = self.model.Start(number), []
            while not self.model.IsEnd(index):
                index = self.model.NextVar(index).Value()
                order.append(self.manager.IndexToNode(index))
            orders.append(order[:-1])
        return Answer(orders, self.model.CostVar().Value())

    def _travel(self, answer: Answer) -> int:
        total = 0
        for number, order in enumerate(answer.orders):
            way = [self.ground.start_of(number), *order, self.ground.home_of(number)]
            total += sum(int(self.ground.seconds[a, b]) for a, b in pairwise(way))
        return total


class _Watch:
    """Called by the search many times a second, and at each solution; keeps the best."""

    def __init__(self, search: Search, tell: Callable[[float, Answer | None], None]) -> None:
        self.search: Search | None = search
        self.tell = tell
        self.began = self.told = time.monotonic()
        self.best = Answer([[] for _ in search.problem.couriers], NO_ANSWER)

    def __call__(self) -> bool:
        if time.monotonic() - self.told >= TELL_EVERY:
            self.told = time.monotonic()
            self.tell(self.told - self.began, None)
        return False

    def solution(self) -> None:
        if self.search is not None and self.search.model.CostVar().Value() < self.best.cost:
            self.best = self.search.read()
            self.tell(time.monotonic() - self.began, self.best)

    def let_go(self) -> None:
        """The model holds this watch where Python's collector cannot see it: holding the model back is a leak."""
        self.search = None


def _keep_to(moment: pywrapcp.IntVar, windows: Sequence[TimeWindow]) -> None:
    if not windows:
        return
    ordered = sorted(windows)
    moment.SetRange(ordered[0].start, max(window.end for window in ordered))
    for start, end in _holes(ordered):
        moment.RemoveInterval(start, end)


def _holes(ordered: Sequence[TimeWindow]) -> list[tuple[int, int]]:
    """The moments between sorted windows that lie in none of them, as closed intervals."""
    holes, reached = [], ordered[0].end
    for window in ordered[1:]:
        if window.start > reached + 1:
            holes.append((reached + 1, window.start - 1))
        reached = max(reached, window.end)
    return holes


def _greedy(seconds: float) -> routing_parameters_pb2.RoutingSearchParameters:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
    for name in _OFF:
        setattr(parameters.local_search_operators, name, optional_boolean_pb2.BOOL_FALSE)
    parameters.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
    return parameters


def _thorough(seconds: float, mean_cost: float) -> routing_parameters_pb2.RoutingSearchParameters:
    """Iterated local search, cooled from the mean cost per stop down to a hundredth of it."""
    parameters = _greedy(seconds)
    parameters.use_iterated_local_search = True
    search = parameters.iterated_local_search_parameters
    search.perturbation_strategy = routing_ils_pb2.PerturbationStrategy.RUIN_AND_RECREATE
    search.improve_perturbed_solution = True
    ruin = search.ruin_recreate_parameters.ruin_strategies.add().sisr
    ruin.max_removed_sequence_size = STRING_LENGTH
    ruin.avg_num_removed_visits = int(REMOVED)
    ruin.bypass_factor = BYPASS
    search.ruin_recreate_parameters.route_selection_min_neighbors = 10
    search.ruin_recreate_parameters.route_selection_max_neighbors = 40
    recreate = search.ruin_recreate_parameters.recreate_strategy
    recreate.heuristic = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION
    search.best_solution_acceptance_strategy.greedy_descent.SetInParent()
    cooling = search.reference_solution_acceptance_strategy.simulated_annealing
    cooling.cooling_schedule_strategy = routing_ils_pb2.CoolingScheduleStrategy.EXPONENTIAL
    cooling.initial_temperature = mean_cost
    cooling.final_temperature = mean_cost * COOLEST
    cooling.automatic_temperatures = False
    return parameters
