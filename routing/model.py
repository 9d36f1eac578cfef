"""The problem as OR-Tools' routing library understands it, and the search in it.

Iterated local search builds its first solution itself. To let it go on from given routes, they are locked while it
looks for the first solution, and let go as soon as that is found.

Nodes are numbered as in `routing.ground`; after them come the courier's returns to load again.
"""

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from ortools.constraint_solver import pywrapcp

from routing.ground import Ground, Rows, drivings, prices
from routing.locks import locked_orders
from routing.plan import RELOAD, Answer
from routing.problem import JUMP, LATEST, UNLIMITED, Courier, Stop, TimeWindow
from routing.travel import Matrix
from routing.tuning import COOLING, Heat, greedy, thorough

NO_ANSWER = 2**62
TELL_EVERY = 0.05
# The share of the time for putting stops in one by one, at most.
ONE_BY_ONE, PASSES = 0.3, 4

Orders = list[list[int]]
Tell = Callable[[float, Answer | None], None]


class Share(NamedTuple):
    """What a courier may do before it is more than a fair share: so many `stops`, each further one for a `price`."""

    stops: int
    price: int


def fair_share(ground: Ground) -> Share:
    """A stop beyond a courier's fair share costs what uneven work costs for as long as a stop takes."""
    fair = max(1, -(-ground.stops // max(1, len(ground.problem.couriers))))
    return Share(fair, ground.problem.balance * ground.fair // (1000 * fair))


def firm_penalties(ground: Ground) -> Rows:
    """What leaving each stop out costs; where no price was named, more than any wish about who goes where."""
    problem = ground.problem
    wishes = 2 * problem.territory + 2 * problem.compact * ground.farthest // 1000
    unnamed = np.array([stop.penalty is None for stop in problem.stops], bool)
    return ground.penalties + np.where(unnamed, wishes, 0)


class Search:
    """One model, built once, searched once."""

    def __init__(self, ground: Ground, share: Share | None = None) -> None:
        self.problem, self.ground = ground.problem, ground
        self.share = share or fair_share(ground)
        self.couriers = list(enumerate(self.problem.couriers))
        self.row_of = {stop.id: row for row, stop in enumerate(self.problem.stops)}
        self.returns = _returns(self.problem.couriers, self.problem.stops)
        self.nodes = np.r_[
            np.arange(ground.stops + 2 * len(self.couriers)),
            np.array([ground.start_of(number) for number in self.returns], np.int64),
        ]
        self.seconds, self.metres = ground.between(self.nodes)
        self.manager = pywrapcp.RoutingIndexManager(
            len(self.nodes),
            len(self.couriers),
            [ground.start_of(n) for n, _ in self.couriers],
            [ground.home_of(n) for n, _ in self.couriers],
        )
        self.model = pywrapcp.RoutingModel(self.manager)
        self.solver = self.model.solver()
        # The time out is paid by the hour, and the model counts seconds in whole numbers.
        self.unit = 3600 if any(courier.per_hour_out % 3600 for _, courier in self.couriers) else 1
        self.locked = locked_orders(ground)
        self._price()
        self._limit_bags()
        self._limit_ways()
        self._keep_time()
        self._choose()
        self._wait_for_parcels()
        self._be_back_soon()
        self._pair()
        self._share_work()
        self._lock()

    def run(self, seconds: float, seed: int, tell: Tell, begin: Orders | None = None, heat: Heat = COOLING) -> Answer:
        """Search for `seconds`, from the orders to `begin` with, if given; the best answer found.

        `tell` hears the seconds gone, many times a second, with an answer whenever it is better than all before. There
        is no stopping this search from inside: to be able to, run it in a process (`routing.process`).
        """
        watch = _Watch(self, tell, seconds)
        self.solver.ReSeed(seed)
        self.model.AddSearchMonitor(self.solver.CustomLimit(watch))
        self.model.AddAtSolutionCallback(watch.solution)
        self.model.CloseModelWithParameters(greedy(seconds))
        try:
            if begin is not None:
                self._resume(watch, begin, heat)
            else:
                self._build(watch, heat)
            return watch.best
        finally:
            watch.let_go()

    def _build(self, watch: "_Watch", heat: Heat) -> None:
        """First routes by insertion, then iterated local search.

        Insertion looks at some rules only when all is inserted, and cannot see what a return is good for. Where it
        comes to nothing, or couriers return, stops are put in one by one.
        """
        if not self.returns:
            self.model.SolveWithParameters(greedy(watch.left))
        if watch.best.served == sum(map(len, self.locked)) and self.ground.stops and watch.left > 0:
            self._put_in_one_by_one(watch)
        if watch.best.cost < NO_ANSWER:
            self._resume(watch, watch.best.orders, heat)

    def _put_in_one_by_one(self, watch: "_Watch") -> None:
        """With returns at the end of each order; what comes behind them makes room for more: once is not enough."""
        for _ in range(PASSES):
            served = watch.best.served
            planted = [self._chain(n, self._planted(n, order)) for n, order in enumerate(watch.best.orders)]
            begin = self.model.ReadAssignmentFromRoutes(planted, True)
            if begin is None or watch.left <= 0:
                return
            self.model.SolveFromAssignmentWithParameters(begin, greedy(watch.left * ONE_BY_ONE))
            if watch.best.served in (served, self.ground.stops):
                return

    def _resume(self, watch: "_Watch", begin: Orders, heat: Heat) -> None:
        """Iterated local search from the orders to `begin` with; where stops are out, with all returns at hand."""
        before = watch.best.cost
        served = sum(row != RELOAD for order in begin for row in order)
        short_of_room = served < self.ground.stops and bool(self.returns)
        if short_of_room:
            planted = [self._planted(number, order) for number, order in enumerate(begin)]
            self._iterate(watch, planted, served, heat)
        if not short_of_room or not watch.heard or before == watch.best.cost == NO_ANSWER:
            self._iterate(watch, begin, served, heat)

    def _iterate(self, watch: "_Watch", begin: Orders, served: int, heat: Heat) -> None:
        # A ruin looks for a stop to begin with until it finds one.
        if watch.left <= 0 or self.ground.stops < 2 or served == 0:
            return
        chains = [self._chain(number, order) for number, order in enumerate(begin)]
        self.model.ApplyLocksToAllVehicles(chains, True)
        watch.heard = False
        self.model.SolveWithIteratedLocalSearch(thorough(watch.left, self._mean_of(begin, served), heat))

    def _mean_of(self, orders: Orders, served: int) -> float:
        total = 0
        for number, courier in self.couriers:
            way = [self.ground.start_of(number), *self._nodes_of(number, orders[number]), self.ground.home_of(number)]
            if len(way) > 2:
                driving = drivings(courier, self.seconds[way[:-1], way[1:]])
                total += int(prices(courier, driving, self.metres[way[:-1], way[1:]]).sum())
        return max(1.0, self.unit * total / served)

    def _nodes_of(self, number: int, order: Sequence[int]) -> list[int]:
        """The nodes of an order, each RELOAD one of the courier's returns."""
        returns = iter(self._returns_of(number))
        return [next(returns) if row == RELOAD else row for row in order]

    def _chain(self, number: int, order: Sequence[int]) -> list[int]:
        return [self.manager.NodeToIndex(node) for node in self._nodes_of(number, order)]

    def _returns_of(self, number: int) -> list[int]:
        first = self.ground.stops + 2 * len(self.couriers)
        return [first + n for n, whose in enumerate(self.returns) if whose == number]

    def _planted(self, number: int, order: list[int]) -> list[int]:
        """The order with all returns that the courier may still make, at its end, for stops to be put between."""
        return order + [RELOAD] * (len(self._returns_of(number)) - order.count(RELOAD))

    def _price(self) -> None:
        known: dict[tuple[float, int, int, frozenset[str]], int] = {}
        for number, courier in self.couriers:
            wards = courier.wards if self.problem.territory else frozenset[str]()
            key = courier.speed, courier.per_hour, courier.per_km, wards
            if key not in known:
                known[key] = self.model.RegisterTransitMatrix((self.unit * self._ways_priced(courier)).tolist())
            self.model.SetArcCostEvaluatorOfVehicle(known[key], number)
            self.model.SetFixedCostOfVehicle(self.unit * courier.fixed, number)

    def _ways_priced(self, courier: Courier) -> Matrix:
        """What each way costs this courier, with what is wished: no jumps, no strange wards."""
        driving = drivings(courier, self.seconds)
        table = prices(courier, driving, self.metres).copy()
        doors = slice(self.ground.stops)
        if self.problem.compact:
            table[doors, doors] += self.problem.compact * np.maximum(0, driving[doors, doors] - JUMP) // 1000
        if self.problem.territory:
            strange = np.array([courier.is_stranger(stop) for stop in self.problem.stops], bool)
            table[:, doors] += self.problem.territory * strange
        return table

    def _limit_bags(self) -> None:
        self._count(self._column(lambda _stop: 1), [c.max_stops for _, c in self.couriers], "stops")
        mixed = self.problem.shipments or any(any(stop.collect) for stop in self.problem.stops)
        for dimension in range(len(self.problem.couriers[0].capacity)):
            rooms = [courier.capacity[dimension] for _, courier in self.couriers]
            if mixed:
                self._limit_load(dimension, rooms)
            else:
                self._limit_bag(dimension, rooms)

    def _column(self, amount: Callable[[Stop], int]) -> Rows:
        column = np.zeros(len(self.nodes), np.int64)
        column[: self.ground.stops] = [amount(stop) for stop in self.problem.stops]
        return column

    def _count(self, amounts: Rows, rooms: list[int], name: str, jumps: int = 0, *, empty: bool = True) -> object:
        """A dimension of amounts; only at a return may it jump, by up to `jumps` rooms."""
        most = jumps * max(rooms) if self.returns else 0
        self.model.AddDimensionWithVehicleCapacity(
            self.model.RegisterUnaryTransitVector(amounts.tolist()), most, rooms, empty, name
        )
        dimension = self.model.GetDimensionOrDie(name)
        if most:
            self._hold_still(dimension)
        return dimension

    def _hold_still(self, dimension: pywrapcp.RoutingDimension) -> None:
        first = self.ground.stops + 2 * len(self.couriers)
        for index in range(self.model.Size()):
            if self.manager.IndexToNode(index) < first:
                dimension.SlackVar(index).SetValue(0)

    def _unloading(self, column: Rows, rooms: list[int]) -> Rows:
        """The same column, with a full bag less at each return; the jump makes up for what was not in it."""
        if self.returns:
            column[-len(self.returns) :] = [-rooms[number] for number in self.returns]
        return column

    def _limit_bag(self, dimension: int, rooms: list[int]) -> None:
        """What was handed over since the last loading never exceeds the bag."""
        handed = self._unloading(self._column(lambda stop: stop.demand[dimension]), rooms)
        self._count(handed, rooms, f"bag {dimension}", jumps=1)

    def _limit_load(self, dimension: int, rooms: list[int]) -> None:
        """What is in the bag at each door: what is still to be handed over, what was taken along, and shipments."""
        shipped = np.zeros(len(self.nodes), np.int64)
        for one in self.problem.shipments:
            shipped[self.row_of[one.pickup]], shipped[self.row_of[one.delivery]] = (
                one.amount[dimension], -one.amount[dimension],
            )  # fmt: skip
        handed = self._column(lambda stop: stop.demand[dimension])
        taken = self._column(lambda stop: stop.collect[dimension] if stop.collect else 0)
        due = self._count(-handed, rooms, f"due {dimension}", jumps=1, empty=False)
        load = self._count(
            self._unloading(taken + shipped - handed, rooms), rooms, f"load {dimension}", jumps=2, empty=False
        )
        for number, _ in self.couriers:
            due.CumulVar(self.model.End(number)).SetValue(0)  # type: ignore[attr-defined]
            start = self.model.Start(number)
            self.solver.Add(load.CumulVar(start) == due.CumulVar(start))  # type: ignore[attr-defined]
        self._load_again(due, load, rooms)
        if self.returns and self.problem.shipments:
            aboard = self._count(shipped, rooms, f"aboard {dimension}")
            for index in self._return_indices():
                aboard.CumulVar(index).SetValue(0)  # type: ignore[attr-defined]

    def _load_again(self, due: pywrapcp.RoutingDimension, load: pywrapcp.RoutingDimension, rooms: list[int]) -> None:
        """At a return everything was handed over, the bag is emptied, and what is due on the next trip is loaded."""
        for index, number in zip(self._return_indices(), self.returns, strict=True):
            due.CumulVar(index).SetValue(0)
            self.solver.Add(load.CumulVar(index) + load.SlackVar(index) == due.SlackVar(index) + rooms[number])

    def _return_indices(self) -> list[int]:
        first = self.ground.stops + 2 * len(self.couriers)
        return [self.manager.NodeToIndex(first + n) for n in range(len(self.returns))]

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

    def _choose(self) -> None:
        """Who may go where, and what leaving out costs."""
        penalties = firm_penalties(self.ground).tolist()
        locked = {row for order in self.locked for row in order}
        for row, (stop, penalty) in enumerate(zip(self.problem.stops, penalties, strict=True)):
            index = self.manager.NodeToIndex(row)
            if row not in locked:
                self.model.AddDisjunction([index], self.unit * penalty)
            if stop.skills or stop.couriers:
                able = [number for number, courier in self.couriers if courier.may_serve(stop)]
                self.model.VehicleVar(index).SetValues([-1, *able])
        for index, number in zip(self._return_indices(), self.returns, strict=True):
            self.model.AddDisjunction([index], 0)
            self.model.VehicleVar(index).SetValues([-1, number])

    def _wait_for_parcels(self) -> None:
        """Nobody leaves before what is carried is there; for what a later trip carries, loading does not begin."""
        late = [row for row, stop in enumerate(self.problem.stops) if stop.release]
        if not late:
            return
        clock = self.model.GetDimensionOrDie("time")
        latest = [LATEST] * len(self.couriers)
        left = self._count(np.zeros(len(self.nodes), np.int64), latest, "left", jumps=1, empty=False)
        for number, _ in self.couriers:
            start = self.model.Start(number)
            self.solver.Add(left.CumulVar(start) <= clock.CumulVar(start))  # type: ignore[attr-defined]
        for index in self._return_indices():
            again = left.CumulVar(index) + left.SlackVar(index)  # type: ignore[attr-defined]
            self.solver.Add(again <= clock.CumulVar(index))
        for row in late:
            index = self.manager.NodeToIndex(row)
            left.CumulVar(index).SetMin(self.problem.stops[row].release)  # type: ignore[attr-defined]
            # This follows, but insertion sees only what is said of the clock itself.
            self.solver.Add(clock.CumulVar(index) >= self._soonest(row))
        # Known first: a clock that is set while these are open would be tried second by second.
        for number, _ in self.couriers:
            self.model.AddVariableMinimizedByFinalizer(left.CumulVar(self.model.Start(number)))  # type: ignore[attr-defined]
        for index in self._return_indices():
            self.model.AddVariableMinimizedByFinalizer(left.SlackVar(index))  # type: ignore[attr-defined]

    def _be_back_soon(self) -> None:
        clock = self.model.GetDimensionOrDie("time")
        for number, _ in self.couriers:
            self.model.AddVariableMinimizedByFinalizer(clock.CumulVar(self.model.End(number)))

    def _soonest(self, row: int) -> int:
        starts = [self.ground.start_of(number) for number, _ in self.couriers]
        quickest = max(courier.speed for _, courier in self.couriers)
        return self.problem.stops[row].release + int(self.seconds[starts, row].min() / quickest)

    def _pair(self) -> None:
        """The ends of a shipment are in one route, in their order, or both left out."""
        clock = self.model.GetDimensionOrDie("time")
        for one in self.problem.shipments:
            first, second = (self.manager.NodeToIndex(self.row_of[end]) for end in (one.pickup, one.delivery))
            self.model.AddPickupAndDelivery(first, second)
            self.solver.Add(self.model.VehicleVar(first) == self.model.VehicleVar(second))
            self.solver.Add(clock.CumulVar(first) <= clock.CumulVar(second))

    def _lock(self) -> None:
        for number, order in enumerate(self.locked):
            way = [self.model.Start(number), *self._chain(number, order)]
            for here, there in pairwise(way):
                self.model.NextVar(here).SetValue(there)

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
        if self.share.price:
            counter = self.model.GetDimensionOrDie("stops")
            for number, _ in self.couriers:
                end = self.model.End(number)
                counter.SetCumulVarSoftUpperBound(end, self.share.stops, self.unit * self.share.price)

    def _services(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        services = np.zeros(len(self.seconds), np.int64)
        services[: self.ground.stops] = [stop.service for stop in self.problem.stops]
        if self.returns:
            services[-len(self.returns) :] = [self.problem.couriers[number].reload for number in self.returns]
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
                node = self.manager.IndexToNode(index)
                order.append(node if node < self.ground.stops else RELOAD)
            orders.append(_tidy(order[:-1]))
        return Answer(orders, self.cost)


class _Watch:
    """Called by the search many times a second, and at each solution; keeps the best."""

    def __init__(self, search: Search, tell: Tell, seconds: float) -> None:
        self.search: Search | None = search
        self.seconds, self.heard = seconds, True
        self.tell = tell
        self.began = self.told = time.monotonic()
        self.best = Answer(search.locked, NO_ANSWER)

    def __call__(self) -> bool:
        if time.monotonic() - self.told >= TELL_EVERY:
            self.told = time.monotonic()
            self.tell(self.told - self.began, None)
        return False

    def solution(self) -> None:
        if self.search is not None and not self.heard:
            self.heard = True
            self.search.model.MutablePreAssignment().Clear()
        if self.search is not None and self.search.cost < self.best.cost:
            self.best = self.search.read()
            self.tell(time.monotonic() - self.began, self.best)

    @property
    def left(self) -> float:
        return self.began + self.seconds - time.monotonic()

    def let_go(self) -> None:
        """The model holds this watch where Python's collector cannot see it: holding the model back is a leak."""
        self.search = None


def _returns(couriers: Sequence[Courier], stops: Sequence[Stop]) -> list[int]:
    """Whose each possible return is: as many as a courier may make, or could use to carry everything alone."""
    totals = [sum(amounts) for amounts in zip(*(stop.demand for stop in stops), strict=True)]
    for stop in stops:
        totals = [total + more for total, more in zip(totals, stop.collect or (0,) * len(totals), strict=True)]
    returns: list[int] = []
    for number, courier in enumerate(couriers):
        if courier.trips > 1:
            # A bag is seldom full to the brim, and what arrives late may need a trip of its own.
            full = max(
                (2 * total // max(1, room) for total, room in zip(totals, courier.capacity, strict=True)), default=0
            )
            late = len({stop.release for stop in stops if stop.release})
            returns += [number] * min(courier.trips - 1, len(stops) - 1, full + late)
    return returns


def _tidy(order: Sequence[int]) -> list[int]:
    """The order without returns that load nothing: at the beginning, at the end, two in a row."""
    tidy: list[int] = []
    for row in order:
        if row != RELOAD or (tidy and tidy[-1] != RELOAD):
            tidy.append(row)
    return tidy[:-1] if tidy and tidy[-1] == RELOAD else tidy


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
