"""OR-Tools' routing library as its guides have it and most projects write it.

Python callbacks, the cheapest arc first, guided local search for all of the time.
"""

from itertools import pairwise

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.peers import Orders, Tell
from routing import Courier, Problem, Stop, UnsupportedInput
from routing.ground import Ground
from routing.problem import LATEST, UNLIMITED


def solve(problem: Problem, seconds: float, seed: int, tell: Tell) -> Orders:
    _refuse(problem)
    day = _Day(problem)
    day.routing.solver().ReSeed(seed)
    day.routing.AddAtSolutionCallback(lambda: tell(day.routing.CostVar().Value()))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(round(seconds * 1000))
    solution = day.routing.SolveWithParameters(parameters)
    return day.orders(solution) if solution is not None else {}


def _refuse(problem: Problem) -> None:
    for courier in problem.couriers:
        dear = (courier.per_hour, courier.per_km, courier.per_hour_out, courier.speed) != (3600, 0, 0, 1)
        limited = min(courier.max_distance, courier.max_driving) < UNLIMITED
        if dear or limited or courier.locked or courier.trips > 1:
            raise UnsupportedInput("prices, locks, trips and some limits are not in the model that most write")
    if problem.shipments or any(stop.release or stop.collect for stop in problem.stops):
        raise UnsupportedInput("release times, collecting and shipments are not in the model that most write")


class _Day:
    """The model: one node for each stop, then two for each courier."""

    def __init__(self, problem: Problem) -> None:
        ground = Ground(problem)
        self.problem, self.penalties = problem, ground.penalties.tolist()
        couriers = range(len(problem.couriers))
        nodes = ground.stops + 2 * len(problem.couriers)
        self.travel = ground.between(range(nodes))[0].tolist()
        starts, homes = [ground.start_of(n) for n in couriers], [ground.home_of(n) for n in couriers]
        self.manager = pywrapcp.RoutingIndexManager(nodes, len(problem.couriers), starts, homes)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._add_cost()
        self._add_bags()
        if _is_timed(problem):
            self._add_clock()
        self._add_choices()

    def orders(self, solution: pywrapcp.Assignment) -> Orders:
        orders: dict[str, list[str]] = {}
        for number, courier in enumerate(self.problem.couriers):
            index = solution.Value(self.routing.NextVar(self.routing.Start(number)))
            order = orders.setdefault(courier.id, [])
            while not self.routing.IsEnd(index):
                order.append(self.problem.stops[self.manager.IndexToNode(index)].id)
                index = solution.Value(self.routing.NextVar(index))
        return orders

    def _add_cost(self) -> None:
        def driving(start: int, end: int) -> int:
            return int(self.travel[self.manager.IndexToNode(start)][self.manager.IndexToNode(end)])

        self.routing.SetArcCostEvaluatorOfAllVehicles(self.routing.RegisterTransitCallback(driving))
        for number, courier in enumerate(self.problem.couriers):
            self.routing.SetFixedCostOfVehicle(courier.fixed, number)

    def _add_bags(self) -> None:
        for dimension in range(len(self.problem.couriers[0].capacity)):

            def demand(index: int, dimension: int = dimension) -> int:
                stop = self._stop(index)
                return stop.demand[dimension] if stop is not None else 0

            self.routing.AddDimensionWithVehicleCapacity(
                self.routing.RegisterUnaryTransitCallback(demand),
                0,
                [courier.capacity[dimension] for courier in self.problem.couriers],
                True,
                f"bag {dimension}",
            )

        if any(courier.max_stops < UNLIMITED for courier in self.problem.couriers):
            counting = self.routing.RegisterUnaryTransitCallback(lambda index: int(self._stop(index) is not None))
            most = [courier.max_stops for courier in self.problem.couriers]
            self.routing.AddDimensionWithVehicleCapacity(counting, 0, most, True, "stops")

    def _add_clock(self) -> None:
        def gone(start: int, end: int) -> int:
            here, there = self._stop(start), self._stop(end)
            driving = self.travel[self.manager.IndexToNode(start)][self.manager.IndexToNode(end)]
            return int(driving) + (here.service if here else 0) + _parking(here, there)

        horizon = max(courier.shift.end for courier in self.problem.couriers)
        self.routing.AddDimension(self.routing.RegisterTransitCallback(gone), horizon, horizon, False, "clock")
        clock = self.routing.GetDimensionOrDie("clock")
        for row, stop in enumerate(self.problem.stops):
            knock = clock.CumulVar(self.manager.NodeToIndex(row))
            windows = sorted(stop.windows)
            if windows:
                knock.SetRange(windows[0].start, min(windows[-1].end, horizon))
            for earlier, later in pairwise(windows):
                knock.RemoveInterval(earlier.end + 1, later.start - 1)
        visits = [stop.service for stop in self.problem.stops] + [0] * (self.routing.Size() - len(self.problem.stops))
        for number, courier in enumerate(self.problem.couriers):
            self._add_shift(clock, number, courier, visits)

    def _add_shift(self, clock: pywrapcp.RoutingDimension, number: int, courier: Courier, visits: list[int]) -> None:
        solver = self.routing.solver()
        for index in (self.routing.Start(number), self.routing.End(number)):
            clock.CumulVar(index).SetRange(*courier.shift)
        if courier.max_duration < UNLIMITED:
            clock.SetSpanUpperBoundForVehicle(courier.max_duration, number)
        if courier.breaks:
            rests = [
                solver.FixedDurationIntervalVar(*pause.windows[0], pause.duration, False, f"rest {rest} of {number}")
                for rest, pause in enumerate(courier.breaks)
            ]
            clock.SetBreakIntervalsOfVehicle(rests, number, visits)

    def _add_choices(self) -> None:
        may_drop = any(stop.penalty is not None or stop.priority for stop in self.problem.stops)
        for row, stop in enumerate(self.problem.stops):
            index = self.manager.NodeToIndex(row)
            if may_drop:
                self.routing.AddDisjunction([index], self.penalties[row])
            if stop.skills or stop.couriers:
                able = [number for number, courier in enumerate(self.problem.couriers) if courier.may_serve(stop)]
                self.routing.SetAllowedVehiclesForIndex(able, index)

    def _stop(self, index: int) -> Stop | None:
        node = self.manager.IndexToNode(index)
        return self.problem.stops[node] if node < len(self.problem.stops) else None


def _parking(here: Stop | None, there: Stop | None) -> int:
    if there is None or (here is not None and here.place and here.place == there.place):
        return 0
    return there.place_setup


def _is_timed(problem: Problem) -> bool:
    limited = any(courier.shift.end < LATEST or courier.max_duration < UNLIMITED for courier in problem.couriers)
    return limited or any(stop.windows for stop in problem.stops)
