"""The day in PyVRP's model (Wouda, Lan & Kool, INFORMS Journal on Computing 36, 2024), searched by PyVRP alone.

A second opinion on days that its model can hold, and the oracle that the tests ask. It knows no rests, no stop with
several windows, no second trip, no locks, no shipments, no limit on driving, and a limit on metres only where metres
are what is paid for: a problem with one of them is refused by name. `balance`, `territory` and `compact` are wishes and
not rules; PyVRP does not see them.
"""

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyvrp
from pyvrp.exceptions import PenaltyBoundWarning

from routing.errors import UnsupportedInput
from routing.ground import Ground, Rows, drivings, merged, need, prices, room
from routing.plan import Answer, Progress
from routing.problem import LATEST, UNLIMITED, Courier, Problem, Stop, TimeWindow
from routing.schedule import schedule
from routing.travel import Matrix

TELL_EVERY = 0.1
# The part of the time in which a plan that serves all stops must be found.
PATIENCE = 0.2


def search_with_pyvrp(
    ground: Ground,
    seconds: float,
    seed: int,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Answer:
    """The best orders that PyVRP finds in `seconds`; a route that cannot be driven is not among them.

    It looks at the clock between its steps. The first of them builds a plan and takes longer than a short limit on a
    large day: 10 s at 5,000 stops.

    Raises UnsupportedInput when the problem has something that PyVRP's model does not know.
    """
    if unknown := sorted(set(_unknown(ground.problem))):
        raise UnsupportedInput(f"the engine pyvrp does not know {', '.join(unknown)}")
    watch = _Watch(time.perf_counter(), seconds, progress, cancelled)
    model = Model(ground)
    # PyVRP takes up to three times as many steps where every stop must be served. Only when no such plan is found soon,
    # it may leave some out.
    all_served = _run(model, replace(watch, gives_up=PATIENCE * seconds), model.all_required(), seed)
    if all_served.is_feasible() or cancelled():
        return model.answer(all_served)
    return model.answer(_run(model, watch, model.data, seed))


def _run(model: "Model", watch: "_Watch", data: pyvrp.ProblemData, seed: int) -> pyvrp.Solution:
    params = pyvrp.SolveParams(ils=pyvrp.IteratedLocalSearchParams(callbacks=_Listener(watch, model.unit)))
    with warnings.catch_warnings():
        # It only says that no plan without a broken rule was found yet.
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        return pyvrp.solve(data, watch, seed=seed, collect_stats=False, params=params).best


def _unknown(problem: Problem) -> Iterator[str]:
    for courier in problem.couriers:
        yield from (name for name, there in _of_courier(courier) if there)
    if any(len(merged(stop.windows)) > 1 for stop in problem.stops):
        yield "several windows of one stop"
    if problem.shipments:
        yield "shipments"


def _of_courier(courier: Courier) -> tuple[tuple[str, bool], ...]:
    return (
        ("breaks", bool(courier.breaks)),
        ("locked stops", bool(courier.locked)),
        ("several trips", courier.trips > 1),
        ("max_driving", courier.max_driving < UNLIMITED),
    )


class Model:
    """PyVRP's data for a problem, and the way back from its solutions."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.problem = ground, ground.problem
        # The time out is paid by the hour, and PyVRP counts seconds in whole numbers.
        self.unit = 3600 if any(courier.per_hour_out % 3600 for courier in self.problem.couriers) else 1
        self.kinds = _kinds(self.problem)
        self.nodes = np.r_[np.arange(ground.stops), self._depots()]
        self.seconds, self.metres = ground.between(self.nodes)
        self.parking = _parking(self.problem.stops, len(self.nodes))
        self.profiles: dict[object, int] = {}
        self.costs: list[Matrix] = []
        self.times: list[Matrix] = []
        vehicles = [self._vehicles(number, couriers) for number, couriers in enumerate(self.kinds)]
        self.data = pyvrp.ProblemData(
            locations=[pyvrp.Location(x, y) for x, y in ground.chart[self.nodes]],
            clients=[self._client(row, stop) for row, stop in enumerate(self.problem.stops)],
            depots=[pyvrp.Depot(node) for node in range(ground.stops, len(self.nodes))],
            vehicle_types=vehicles,
            distance_matrices=self.costs,  # type: ignore[arg-type]  # its stubs ask for arrays of shape int
            duration_matrices=self.times,  # type: ignore[arg-type]
        )

    def all_required(self) -> pyvrp.ProblemData:
        """The same, but only stops with a penalty of their own may be left out."""
        clients = [
            client if stop.penalty is not None else self._client(row, stop, required=True)
            for row, (stop, client) in enumerate(zip(self.problem.stops, self.data.clients(), strict=True))
        ]
        return self.data.replace(clients=clients)

    def answer(self, solution: pyvrp.Solution) -> Answer:
        """The routes that keep every rule, each for a courier of its kind; the stops of others are left out."""
        orders: list[list[int]] = [[] for _ in self.problem.couriers]
        idle = [list(couriers) for couriers in self.kinds]
        cost = 0
        for route in solution.routes():
            order = [activity.idx for activity in route if activity.is_client()]
            courier = idle[route.vehicle_type()].pop(0)
            timed = schedule(self.ground.way(courier, order)) if self._may_drive(route, courier, order) else None
            if timed is not None:
                orders[courier] = order
                cost += timed.cost
        missed = sorted(set(range(self.ground.stops)).difference(*orders))
        return Answer(orders, cost + int(self.ground.penalties[missed].sum()))

    def _may_drive(self, route: pyvrp.Route, courier: int, order: Sequence[int]) -> bool:
        allowed = all(self.problem.couriers[courier].may_serve(self.problem.stops[row]) for row in order)
        return allowed and not route.has_excess_load()

    def _depots(self) -> Rows:
        """Two nodes for each kind of courier: where they start, and where their day is over."""
        pairs = [(self.ground.start_of(kind[0]), self.ground.home_of(kind[0])) for kind in self.kinds]
        return np.array(pairs, np.int64).ravel()

    def _client(self, row: int, stop: Stop, *, required: bool = False) -> pyvrp.Client:
        opens, closes = _window(stop)
        return pyvrp.Client(
            location=row,
            delivery=list(need(stop)),
            pickup=[0, *stop.collect] if stop.collect else [],
            service_duration=stop.service,
            tw_early=opens,
            tw_late=closes,
            release_time=min(stop.release, closes),
            prize=0 if required else int(self.ground.penalties[row]) * self.unit,
            required=required,
        )

    def _vehicles(self, number: int, couriers: Sequence[int]) -> pyvrp.VehicleType:
        courier = self.problem.couriers[couriers[0]]
        return pyvrp.VehicleType(
            num_available=len(couriers),
            capacity=list(room(courier)),
            start_depot=2 * number,
            end_depot=2 * number + 1,
            fixed_cost=courier.fixed * self.unit,
            tw_early=courier.shift.start,
            tw_late=courier.shift.end,
            shift_duration=courier.max_duration,
            max_distance=courier.max_distance,
            unit_distance_cost=self.unit,
            unit_duration_cost=courier.per_hour_out * self.unit // 3600,
            profile=self._profile(courier),
        )

    def _profile(self, courier: Courier) -> int:
        """The number of the tables of those who are as fast and dear and may go to the same stops."""
        stops = enumerate(self.problem.stops)
        strange = [row for row, s in stops if not courier.may_serve(s) or s.release > _window(s).end]
        key = courier.speed, courier.per_hour, courier.per_km, courier.max_distance < UNLIMITED, tuple(strange)
        if key not in self.profiles:
            self.profiles[key] = len(self.profiles)
            driving = drivings(courier, self.seconds)
            cost = prices(courier, driving, self.metres).copy()
            if courier.max_distance < UNLIMITED and not np.array_equal(cost, self.metres):
                raise UnsupportedInput("the engine pyvrp does not know max_distance where metres are not the price")
            times = driving + self.parking
            # Nobody is in time where one may not go, or where what is brought comes too late.
            times[:, strange] = 2 * LATEST
            self.costs.append(_without_stays(cost))
            self.times.append(_without_stays(times))
        return self.profiles[key]


def _kinds(problem: Problem) -> list[list[int]]:
    """The couriers' numbers, together where nothing but the name tells them apart."""
    kinds: dict[object, list[int]] = {}
    restricted = [stop for stop in problem.stops if stop.skills or stop.couriers]
    for number, courier in enumerate(problem.couriers):
        allowed = tuple(courier.may_serve(stop) for stop in restricted)
        same = replace(courier, id="", skills=frozenset(), wards=frozenset())
        kinds.setdefault((same, allowed), []).append(number)
    return list(kinds.values())


def _window(stop: Stop) -> TimeWindow:
    return (merged(stop.windows) or [TimeWindow(0, LATEST)])[0]


def _parking(stops: Sequence[Stop], nodes: int) -> Matrix:
    """Seconds of parking owed at the column's stop when coming from the row's node."""
    owed = np.zeros((nodes, nodes), np.int64)
    owed[:, : len(stops)] = [stop.place_setup for stop in stops]
    names = np.array([stop.place for stop in stops], dtype=str)
    owed[: len(stops), : len(stops)][(names[:, None] == names) & (names != "")] = 0
    return owed


def _without_stays(table: Matrix) -> Matrix:
    np.fill_diagonal(table, 0)
    return table


@dataclass
class _Watch:
    """PyVRP asks it after each step whether to stop; it tells `progress` and listens to `cancelled` meanwhile."""

    began: float
    seconds: float
    progress: Callable[[Progress], None]
    cancelled: Callable[[], bool]
    gives_up: float = LATEST
    cost: int | None = None
    told: float = 0.0
    tells: bool = True

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002  PyVRP names it
        gone = time.perf_counter() - self.began
        if self.tells or gone - self.told >= TELL_EVERY:
            self.told, self.tells = gone, False
            self.progress(Progress(gone, self.seconds, self.cost))
            if self.cancelled():
                return True
        return gone >= self.seconds or (self.cost is None and gone >= self.gives_up)


class _Listener(pyvrp.IteratedLocalSearchCallbacks):
    """Hears of each better plan; PyVRP calls it with the plan that it starts from, too."""

    def __init__(self, watch: _Watch, unit: int) -> None:
        self.watch, self.unit = watch, unit

    def on_start(self, ils: pyvrp.IteratedLocalSearch) -> None:
        self.on_best(ils.initial_solution)

    def on_best(self, best: pyvrp.Solution) -> None:
        if best.is_feasible():
            paid = best.distance_cost() + best.duration_cost() + best.fixed_vehicle_cost() + best.uncollected_prizes()
            self.watch.cost, self.watch.tells = paid // self.unit, True
