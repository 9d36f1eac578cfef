"""The problem as the kernel sees it: whole numbers in arrays, worked out once, and from them the view of any part."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routing import kernel
from routing.ground import Ground, Rows, drivings, merged, need, prices, room
from routing.kernel import Land, Small
from routing.problem import JUMP, LATEST, UNLIMITED, Courier, Problem, Stop, TimeWindow
from routing.travel import Location, Matrix

# As measured on the instances of Uchoa, Gehring & Homberger, Vidal, Arnold and on ward days (docs/benchmarks.md).
NEIGHBOURS, NEAREST, RANGE = 60, 20, 200
PLACES, CLOSEST, REACH = 110, 110, 110
# What a second counts, beside the price of the way, that a courier would have to wait, or comes too late.
WAITING, LATENESS = 0.2, 1.0
REMOVED, STRING = 10, 10
# How often stops are put back by chance, by size, the far ones first, the near ones first …
SORTINGS = (kernel.NONE,) * 4 + (0,) * 4 + (1,) * 2 + (2,)
# … and, where there are time windows, by their length, their beginning, their end.
TIMED_SORTINGS = (3,) * 2 + (4,) * 2 + (5,) * 2
# No single way is longer or dearer for the kernel, so that sums of them fit into its numbers.
MOST = 1_000_000_000
NOWHERE = Courier("", Location(0, 0), TimeWindow(0, 0))


class _Windows(NamedTuple):
    """All time windows below each other; where those of each node begin; each rest's length and windows."""

    window: Small
    windows: Small
    rest: Rows
    first_rest: list[int]


class Facts:
    """What the kernel asks about each stop and courier, worked out once for the whole problem."""

    def __init__(self, ground: Ground) -> None:
        problem = self.problem = ground.problem
        self.ground = ground
        stops, couriers = problem.stops, problem.couriers
        self.demand = np.array([need(stop) for stop in stops], np.int64).reshape(len(stops), -1)
        self.capacity = np.array([room(courier) for courier in couriers], np.int64).reshape(len(couriers), -1)
        self.service = np.array([stop.service for stop in stops], np.int64)
        self.setup = np.array([stop.place_setup for stop in stops], np.int64)
        self.release = np.array([stop.release for stop in stops], np.int64)
        names: dict[str, int] = {}
        self.place = np.array([names.setdefault(s.place, len(names)) if s.place else -1 for s in stops], np.int64)
        self.windows = [merged(stop.windows) or [TimeWindow(0, LATEST)] for stop in stops]
        self.opens = np.array([windows[0].start for windows in self.windows], np.int64)
        self.closes = np.array([windows[-1].end for windows in self.windows], np.int64)
        self.split = any(len(windows) > 1 for windows in self.windows)
        self.kind, self.fee = _kinds(problem)
        locked = {stop_id for courier in couriers for stop_id in courier.locked}
        self.locked = np.array([stop.id in locked for stop in stops], np.uint8)
        self.timed = self._is_timed()

    def land(self, stops: Rows, couriers: Rows) -> Land:
        """The kernel's view of these stops and couriers; couriers of one kind must follow each other."""
        crew = [self.problem.couriers[number] for number in couriers]
        nodes = np.r_[
            stops, np.stack([self.ground.stops + 2 * couriers, self.ground.stops + 2 * couriers + 1], 1).ravel()
        ]
        seconds, metres = self.ground.between(nodes)
        profiles = {_profile(one): one for one in crew} or {_profile(NOWHERE): NOWHERE}
        drives = [drivings(one, seconds) for one in profiles.values()]
        service = np.zeros(len(nodes), np.int64)
        service[: len(stops)] = self.service[stops]
        owed = service[:, None] + self._setups(stops, len(nodes))
        cost = _small(
            [
                prices(one, drive, metres) + self._jumps(len(stops), drive)
                for one, drive in zip(profiles.values(), drives, strict=True)
            ]
        )
        ways = _small([drive + owed for drive in drives])
        limited = any(_is_limited(one) for one in crew)
        tables = self._tables(stops, crew)
        starts = np.sort(np.unique(self.kind[couriers], return_index=True)[1])
        fee = self.fee[self.kind[couriers[starts]]][:, stops]
        near, beside = self._neighbours(stops, cost[0], ways[0])
        return Land(
            cost=cost,
            cost_to=_turned(cost),
            time=ways,
            time_to=_turned(ways),
            near=near,
            beside=beside,
            demand=self.demand[stops],
            capacity=self.capacity[couriers],
            penalty=self.ground.penalties[stops],
            service=service.astype(np.int32),
            release=self.release[stops].astype(np.int32),
            window=tables.window,
            windows=tables.windows,
            courier=self._couriers(crew, starts, list(profiles), tables.first_rest),
            far=_far(metres, drives) if limited else np.zeros((1, 2, 1, 1), np.int32),
            rest=tables.rest,
            fee=np.ascontiguousarray(fee),
            locked=np.r_[self.locked[stops], np.zeros(2 * len(crew), np.uint8)],
            kinds=np.r_[starts, len(crew)].astype(np.int32),
            order=self._order(stops, cost[0]),
            sortings=np.array(SORTINGS + (TIMED_SORTINGS if self.timed else ()), np.int32),
            rule=self._rule(stops, crew, fee),
        )

    def _neighbours(self, stops: Rows, cost: Small, ways: Small) -> tuple[Small, Small]:
        """For each stop the nearest others; and the places beside others where it may well be put, the best first."""
        n = len(stops)
        after = cost[:n, :n].T.astype(np.float32)
        np.fill_diagonal(after, np.inf)
        if self.timed:
            opens, closes = self.opens[stops].astype(np.float32), self.closes[stops].astype(np.float32)
            way = ways[:n, :n].T.astype(np.float32)
            waiting = opens[:, None] - (closes + way)
            lateness = opens + way - closes[:, None]
            after += WAITING * np.maximum(waiting, 0) + LATENESS * np.maximum(lateness, 0)
        near = _spread(_nearest(np.minimum(after, after.T), min(RANGE, n - 1)), NEAREST, NEIGHBOURS)
        both = np.stack([after, after.T], axis=2).reshape(n, 2 * n)
        return near, _spread(_nearest(both, min(REACH, 2 * (n - 1))), CLOSEST, PLACES)

    def _is_timed(self) -> bool:
        """Whether the clock matters: by windows, shifts, releases, rests, or because all together takes too long."""
        couriers = self.problem.couriers
        if any(courier.shift != (0, LATEST) or _is_odd(courier) or _has_span(courier) for courier in couriers):
            return True
        if self.release.any() or (self.opens > 0).any() or (self.closes < LATEST).any():
            return True
        slowest = min((courier.speed for courier in couriers), default=1.0)
        longest = self.ground.farthest / slowest + int((self.service + self.setup).max(initial=0))
        return longest * (self.ground.stops + 1) > LATEST

    def _rule(self, stops: Rows, crew: Sequence[Courier], fee: Rows) -> Rows:
        rule = np.zeros(16, np.int64)
        rule[[kernel.STOPS, kernel.COURIERS, kernel.KINDS]] = len(stops), len(crew), len(fee)
        rule[kernel.TIMED], rule[kernel.SPANS] = self.timed, any(_has_span(c) or self._is_odd(c) for c in crew)
        rule[kernel.BALANCE], rule[kernel.FAIR] = self.problem.balance, self.ground.fair
        rule[kernel.FEES], rule[kernel.RELEASED] = fee.any(), self.release[stops].any()
        rule[kernel.LOCKS] = self.locked[stops].any()
        rule[kernel.LIMITED] = any(_is_limited(c) for c in crew)
        rule[kernel.REMOVED], rule[kernel.STRING] = REMOVED, STRING
        return rule

    def _couriers(
        self, crew: Sequence[Courier], starts: Rows, profiles: list[tuple[float, int, int]], first_rest: list[int]
    ) -> Rows:
        table = np.zeros((len(crew), 10), np.int64)
        table[:, kernel.KIND] = np.searchsorted(starts, np.arange(len(crew)), side="right") - 1
        for row, one in enumerate(crew):
            table[row, kernel.PROFILE] = profiles.index(_profile(one))
            table[row, [kernel.FIXED, kernel.LONGEST, kernel.HOURLY]] = one.fixed, one.max_duration, one.per_hour_out
            table[row, [kernel.RESTS, kernel.FIRST_REST]] = len(one.breaks), first_rest[row]
            table[row, [kernel.METRES, kernel.DRIVING]] = one.max_distance, one.max_driving
            table[row, kernel.ODD] = self._is_odd(one)
        return table

    def _is_odd(self, courier: Courier) -> bool:
        return _is_odd(courier) or bool(self.release.any()) or (self.split and _has_span(courier))

    def _jumps(self, stops: int, drive: Matrix) -> Matrix:
        """What long ways between two doors cost beside their price."""
        extra = np.zeros_like(drive)
        if self.problem.compact:
            extra[:stops, :stops] = self.problem.compact * np.maximum(0, drive[:stops, :stops] - JUMP) // 1000
        return extra

    def _setups(self, stops: Rows, nodes: int) -> Matrix:
        """Seconds of parking owed at the column's stop when coming from the row's node."""
        owed = np.zeros((nodes, nodes), np.int64)
        if self.setup.any():
            owed[:, : len(stops)] = self.setup[stops]
            places = self.place[stops]
            owed[: len(stops), : len(stops)][(places[:, None] == places) & (places >= 0)] = 0
        return owed

    def _order(self, stops: Rows, cost: Small) -> Rows:
        """By what loose stops may be sorted, in the order of SORTINGS."""
        n = len(stops)
        size = (self.demand[stops] / np.maximum(1, self.demand.mean(axis=0))).sum(axis=1)
        out = cost[n::2, :n].min(axis=0) if len(cost) > n else np.zeros(n)
        opens, closes = self.opens[stops], self.closes[stops]
        return np.stack([-(1000 * size).astype(np.int64), -out, out, closes - opens, opens, -closes]).astype(np.int64)

    def _tables(self, stops: Rows, crew: Sequence[Courier]) -> _Windows:
        rows: list[TimeWindow] = []
        starts = [0]
        for windows in [*(self.windows[stop] for stop in stops), *([one.shift] for one in crew for _ in range(2))]:
            rows += windows
            starts.append(len(rows))
        rests: list[tuple[int, int, int]] = []
        firsts: list[int] = []
        for courier in crew:
            firsts.append(len(rests))
            for pause in courier.breaks:
                opens = len(rows)
                rows += merged(pause.windows)
                rests.append((pause.duration, opens, len(rows)))
        return _Windows(
            np.array(rows, np.int32).reshape(-1, 2), np.array(starts, np.int32),
            np.array(rests, np.int64).reshape(-1, 3), firsts,
        )  # fmt: skip


def _small(tables: Sequence[Matrix]) -> Small:
    return np.minimum(np.stack(tables), MOST).astype(np.int32)


def _turned(tables: Small) -> Small:
    """Each table transposed, so that ways to one node lie side by side; the same memory where nothing differs."""
    turned = tables.transpose(0, 2, 1)
    return tables if np.array_equal(tables, turned) else np.ascontiguousarray(turned)


def _far(metres: Matrix, drives: Sequence[Matrix]) -> Small:
    return np.stack([_small([metres, drive]) for drive in drives])


def _nearest(distance: npt.NDArray[np.float32], count: int) -> Rows:
    """For each row the columns of its `count` least values, the least first."""
    if count <= 0:
        return np.zeros((len(distance), 0), np.int64)
    chosen = np.argpartition(distance, count - 1, axis=1)[:, :count]
    sorting = np.argsort(np.take_along_axis(distance, chosen, axis=1), axis=1, kind="stable")
    return np.take_along_axis(chosen, sorting, axis=1)


def _spread(ranked: Rows, closest: int, count: int) -> Small:
    """Of each row the `closest` first, and ever more thinly those farther away, about `count` in all."""
    every = ranked.shape[1]
    columns = list(range(min(closest, every)))
    if every > closest:
        columns += np.unique(np.geomspace(closest, every - 1, count - closest).round().astype(int)).tolist()
    return np.ascontiguousarray(ranked[:, sorted(set(columns))], np.int32)


def _profile(courier: Courier) -> tuple[float, int, int]:
    """Couriers of one profile need as long and cost as much on each way."""
    return courier.speed, courier.per_hour, courier.per_km


def _is_odd(courier: Courier) -> bool:
    return bool(courier.breaks) or _is_limited(courier)


def _is_limited(courier: Courier) -> bool:
    return courier.max_distance < UNLIMITED or courier.max_driving < UNLIMITED


def _has_span(courier: Courier) -> bool:
    return courier.max_duration < UNLIMITED or courier.per_hour_out > 0


def _kinds(problem: Problem) -> tuple[Rows, Rows]:
    """For each courier the kind, those being of one kind between whom no stop makes a difference; each kind's fees."""
    picky = [row for row, stop in enumerate(problem.stops) if stop.skills or stop.couriers]
    if problem.territory and any(courier.wards for courier in problem.couriers):
        picky = [row for row, stop in enumerate(problem.stops) if stop.skills or stop.couriers or stop.ward]
    known: dict[object, int] = {}
    fees: list[Rows] = []
    kind = np.zeros(len(problem.couriers), np.int64)
    for number, courier in enumerate(problem.couriers):
        own = tuple(_fee(problem, courier, problem.stops[row]) for row in picky)
        key = (_what_matters(courier), own)
        if key not in known:
            fee = np.zeros(len(problem.stops), np.int64)
            fee[picky] = own
            fees.append(fee)
        kind[number] = known.setdefault(key, len(known))
    return kind, np.array(fees, np.int64).reshape(len(fees), len(problem.stops))


def _fee(problem: Problem, courier: Courier, stop: Stop) -> int:
    if not courier.may_serve(stop):
        return int(kernel.DEAR)
    return problem.territory if courier.is_stranger(stop) else 0


def _what_matters(courier: Courier) -> tuple[object, ...]:
    return (
        courier.start, courier.home, courier.open_end, courier.shift, courier.capacity, courier.breaks, courier.speed,
        courier.fixed, courier.per_hour, courier.per_km, courier.per_hour_out,
        courier.max_stops, courier.max_distance, courier.max_driving, courier.max_duration, courier.locked,
    )  # fmt: skip
