"""The problem as OR-Tools' routing library understands it, and the search that suits it.

Search settings as measured on Uchoa's, Solomon's and Gehring & Homberger's instances: insertion first, then iterated
local search with the ruins of Christiaens & Vanden Berghe, "Slack Induction by String Removals" (Transportation
Science 2020), and few but cheap local-search operators.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2, routing_ils_pb2, routing_parameters_pb2
from ortools.util import optional_boolean_pb2

from routing.ground import Ground, drivings, need, prices, room
from routing.plan import Answer
from routing.problem import LATEST, UNLIMITED, Courier, TimeWindow
from routing.travel import Matrix

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


class Search:
    """One model, built once, searched once."""

    def __init__(self, ground: Ground) -> None:
        self.problem, self.ground = ground.problem, ground
        self.couriers = list(enumerate(self.problem.couriers))
        self.seconds, self.metres = ground.between(np.arange(ground.stops + 2 * len(self.couriers)))
        self.manager = pywrapcp.RoutingIndexManager(
            len(self.seconds),
            len(self.couriers),
            [ground.start_of(n) for n, _ in self.couriers],
            [ground.home_of(n) for n, _ in self.couriers],
        )
        self.model = pywrapcp.RoutingModel(self.manager)
        self.solver = self.model.solver()
        # The time out is paid by the hour, and the model counts seconds in whole numbers.
        self.unit = 3600 if any(courier.per_hour_out % 3600 for _, courier in self.couriers) else 1
        self._price()
        self._limit_bags()
        self._limit_ways()
        self._keep_time()
        self._choose()
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
            mean = max(1.0, self.unit * self._price_of_ways(watch.best) / max(1, watch.best.served))
            self.model.SolveWithIteratedLocalSearch(_thorough(left, mean))

    def _price_of_ways(self, answer: Answer) -> int:
        left_out = set(range(self.ground.stops)).difference(*answer.orders)
        return answer.cost - int(self.ground.penalties[list(left_out)].sum())

    def _price(self) -> None:
        known: dict[tuple[float, int, int], int] = {}
        for number, courier in self.couriers:
            key = courier.speed, courier.per_hour, courier.per_km
            if key not in known:
                table = self.unit * prices(courier, drivings(courier, self.seconds), self.metres)
                known[key] = self.model.RegisterTransitMatrix(table.tolist())
            self.model.SetArcCostEvaluatorOfVehicle(known[key], number)
            self.model.SetFixedCostOfVehicle(self.unit * courier.fixed, number)

    def _limit_bags(self) -> None:
        needs = np.zeros((len(self.seconds), 1 + len(self.problem.couriers[0].capacity)), np.int64)
        needs[: self.ground.stops] = [need(stop) for stop in self.problem.stops]
        rooms = np.array([room(courier) for _, courier in self.couriers], np.int64)
        for dimension in range(needs.shape[1]):
            self.model.AddDimensionWithVehicleCapacity(
                self.model.RegisterUnaryTransitVector(needs[:, dimension].tolist()),
                0, rooms[:, dimension].tolist(), True, f"bag {dimension}",
            )  # fmt: skip

    def _limit_ways(self) -> None:
        if any(courier.max_distance < UNLIMITED for _, courier in self.couriers):
            metres = self.model.RegisterTransitMatrix(self.metres.tolist())
            self._limit_way([metres] * len(self.couriers), [c.max_distance for _, c in self.couriers], "metres")
        if any(courier.max_driving < UNLIMITED for _, courier in self.couriers):
            transits = self._by_speed(lambda courier: drivings(courier, self.seconds))
            self._limit_way(transits, [c.max_driving for _, c in self.couriers], "driving")

    def _limit_way(self, transits: list[int], limits: list[int], name: str) -> None:
        self.model.AddDimensionWithVehicleTransitAndCapacity(transits, 0, limits, True, name)

    def _by_speed(self, matrix: Callable[[Courier], Matrix]) -> list[int]:
        known: dict[float, int] = {}
        for _, courier in self.couriers:
            if courier.speed not in known:
                known[courier.speed] = self.model.RegisterTransitMatrix(matrix(courier).tolist())
        return [known[courier.speed] for _, courier in self.couriers]

    def _keep_time(self) -> None:
        """A cumul is the moment of the knock; the way there includes parking where the place is another."""
        owed = self._setups() + self._services()[:, None]
        ways = self._by_speed(lambda courier: drivings(courier, self.seconds) + owed)
        self.model.AddDimensionWithVehicleTransits(ways, LATEST, LATEST, False, "time")
        clock = self.model.GetDimensionOrDie("time")
        for row, stop in enumerate(self.problem.stops):
            _keep_to(clock.CumulVar(self.manager.NodeToIndex(row)), stop.windows)
        services = self._services().tolist()
        visits = [services[self.manager.IndexToNode(i)] for i in range(self.model.Size())]
        for number, courier in self.couriers:
            start, end = self.model.Start(number), self.model.End(number)
            clock.CumulVar(start).SetRange(*courier.shift)
            clock.CumulVar(end).SetRange(*courier.shift)
            rests = [self._rest(number, n) for n in range(len(courier.breaks))]
            if rests:
                clock.SetBreakIntervalsOfVehicle(rests, number, visits)
            if courier.max_duration < UNLIMITED:
                clock.SetSpanUpperBoundForVehicle(courier.max_duration, number)
            clock.SetSpanCostCoefficientForVehicle(self.unit * courier.per_hour_out // 3600, number)
            self.model.AddVariableMinimizedByFinalizer(clock.CumulVar(end))

    def _choose(self) -> None:
        """Who may go where, what leaving out costs, and that nobody leaves before what is carried is there."""
        clock = self.model.GetDimensionOrDie("time")
        leaving = [self.solver.IntConst(LATEST), *(clock.CumulVar(self.model.Start(n)) for n, _ in self.couriers)]
        for row, (stop, penalty) in enumerate(zip(self.problem.stops, self.ground.penalties.tolist(), strict=True)):
            index = self.manager.NodeToIndex(row)
            self.model.AddDisjunction([index], self.unit * penalty)
            if stop.skills or stop.couriers:
                able = [number for number, courier in self.couriers if courier.may_serve(stop)]
                self.model.VehicleVar(index).SetValues([-1, *able])
            if stop.release:
                # Number -1 stands for nobody, so that the first element is theirs who leave it out.
                self.solver.Add(self.solver.Element(leaving, self.model.VehicleVar(index) + 1) >= stop.release)

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
        """A stop beyond a courier's fair share costs what uneven work costs for as long as a stop takes."""
        if self.problem.balance == 0:
            return
        counter = self.model.GetDimensionOrDie("bag 0")
        fair = -(-self.ground.stops // len(self.couriers))
        each = self.unit * self.problem.balance * self.ground.fair // (1000 * max(1, fair))
        for number, _ in self.couriers:
            counter.SetCumulVarSoftUpperBound(self.model.End(number), fair, each)

    def _services(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        services = np.zeros(len(self.seconds), np.int64)
        services[: self.ground.stops] = [stop.service for stop in self.problem.stops]
        return services

    def _setups(self) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """Seconds of parking owed at the column's stop when coming from the row's."""
        owed = np.zeros_like(self.seconds)
        stops = self.problem.stops
        owed[:, : self.ground.stops] = [stop.place_setup for stop in stops]
        names: dict[str, list[int]] = {}
        for row, stop in enumerate(stops):
            if stop.place:
                names.setdefault(stop.place, []).append(row)
        for rows in names.values():
            owed[np.ix_(rows, rows)] = 0
        return owed

    @property
    def cost(self) -> int:
        """What the solution at which the search stands costs; leaving is moved as late as that price asks for later."""
        return int(self.model.CostVar().Min()) // self.unit

    def read(self) -> Answer:
        """The solution at which the search stands."""
        orders = []
        for number in range(len(self.problem.couriers)):
            index, order = self.model.Start(number), []
            while not self.model.IsEnd(index):
                index = self.model.NextVar(index).Value()
                order.append(self.manager.IndexToNode(index))
            orders.append(order[:-1])
        return Answer(orders, self.cost)


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
        if self.search is not None and self.search.cost < self.best.cost:
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
