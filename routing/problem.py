"""A day to be planned: stops, couriers, and how long the ways between them are.

All times are whole seconds since midnight, all lengths whole metres. Nothing here knows what is delivered.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from routing.errors import InvalidProblem
from routing.travel import HaversineTravel, Location, Travel

DAY = 24 * 3600
# No moment lies beyond: as good as no limit for all that people plan, and small enough to be added up.
LATEST = 1_000_000_000
UNLIMITED = 1_000_000_000
DEAREST = 100_000_000
MOST_RESTS = 6
MOST_TRIPS = 20
# A way between two doors longer than this is a jump, which `Problem.compact` makes dearer.
JUMP = 300


class TimeWindow(NamedTuple):
    """From `start` to `end`, both included, in seconds since midnight."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A door to be knocked at.

    The knock falls into one of `windows` (any time when there is none) and is followed by `service` seconds. Reaching
    another `place` than the stop before costs `place_setup` seconds first: parking, the way to the door; neighbours of
    one place share it. `demand` is what is carried there, in as many dimensions as the couriers' capacities; `collect`
    (nothing, when empty) is what is taken along from there to the end of the trip. Where not all can be served, a
    higher `priority` (0 to 100) is served rather than a lower one; with a `penalty`, the stop is left out wherever that
    is cheaper than serving it. No courier leaves with it before `release`. Only couriers with all its `skills` may go
    there and, if `couriers` names any, only those. `ward` is the area it belongs to, which some couriers know better
    than others.
    """

    id: str
    location: Location
    service: int = 0
    windows: tuple[TimeWindow, ...] = ()
    place: str = ""
    place_setup: int = 0
    demand: tuple[int, ...] = (1,)
    priority: int = 0
    penalty: int | None = None
    release: int = 0
    skills: frozenset[str] = frozenset()
    couriers: frozenset[str] = frozenset()
    collect: tuple[int, ...] = ()
    ward: str = ""


@dataclass(frozen=True, slots=True)
class Shipment:
    """Something fetched at one stop and brought to a later one of the same route; both are served, or neither.

    In between it takes up room, also where the courier loads again on the way.
    `pickup` and `delivery` are ids of stops that belong to no other shipment and have neither demand nor collect.
    """

    pickup: str
    delivery: str
    amount: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of `duration` seconds that begins within one of `windows`: under way, before leaving, or when back."""

    windows: tuple[TimeWindow, ...]
    duration: int


@dataclass(frozen=True, slots=True)
class Courier:
    """Somebody who leaves `start` after the shift begins and is at `end` (the start, unless said) before it ends.

    With `open_end` the day is over at the last stop. Driving takes 1 / `speed` of what the ways say. The price of a
    route is `fixed`, plus `per_hour` for each hour of driving, `per_km` for each kilometre and `per_hour_out` for each
    hour from leaving to being back; with the defaults, a second of driving costs 1.

    With more than one of `trips` the courier may come back to `start` to load again, for `reload` seconds each time;
    the capacity then holds for each trip, every other limit for the whole day. `locked` stops, by their ids, come first
    and in this order: what is already done, or promised. `wards` are the areas that the courier knows.
    """

    id: str
    start: Location
    shift: TimeWindow
    capacity: tuple[int, ...] = (1_000_000,)
    breaks: tuple[Break, ...] = ()
    end: Location | None = None
    open_end: bool = False
    skills: frozenset[str] = frozenset()
    speed: float = 1.0
    fixed: int = 0
    per_hour: int = 3600
    per_km: int = 0
    per_hour_out: int = 0
    max_stops: int = UNLIMITED
    max_distance: int = UNLIMITED
    max_driving: int = UNLIMITED
    max_duration: int = UNLIMITED
    trips: int = 1
    reload: int = 0
    locked: tuple[str, ...] = ()
    wards: frozenset[str] = frozenset()

    @property
    def home(self) -> Location:
        return self.end if self.end is not None else self.start

    def driving(self, seconds: int) -> int:
        """How long this courier drives where others need `seconds`."""
        return seconds if self.speed == 1 else round(seconds / self.speed)

    def price(self, driving: int, metres: int) -> int:
        """The price of a leg."""
        return (5 * driving * self.per_hour + 18 * metres * self.per_km) // 18_000

    def is_stranger(self, stop: Stop) -> bool:
        """Whether the stop lies in a ward that this courier, who knows some, does not know."""
        return bool(self.wards and stop.ward) and stop.ward not in self.wards

    def may_serve(self, stop: Stop) -> bool:
        """Whether skills and names allow it; nothing is said of time and room."""
        return stop.skills <= self.skills and (not stop.couriers or self.id in stop.couriers)


@dataclass(frozen=True)
class Problem:
    """What is to be planned.

    `balance` is the price of uneven work, in thousandths of a second's: to somebody with a fair share of the working
    time, each further second costs that much; to somebody with twice as much, twice that. With 0, one courier may do
    everything while another sits. `territory` is the price of each stop whose ward is strange to its courier. `compact`
    is the price, in thousandths, of each second beyond `JUMP` of a way between two doors: with it, couriers stay in one
    neighbourhood until they are done there. All three guide the search; the `cost` of a plan holds none of them.

    Raises InvalidProblem on construction when the parts contradict each other.
    """

    stops: tuple[Stop, ...]
    couriers: tuple[Courier, ...]
    travel: Travel = field(default_factory=HaversineTravel)
    balance: int = 200
    territory: int = 0
    compact: int = 0
    shipments: tuple[Shipment, ...] = ()

    def __post_init__(self) -> None:
        _unique("stop", (stop.id for stop in self.stops))
        _unique("courier", (courier.id for courier in self.couriers))
        for stop in self.stops:
            _check_stop(stop)
        for courier in self.couriers:
            _check_courier(courier)
        for name in ("balance", "territory", "compact"):
            if not 0 <= getattr(self, name) <= DEAREST:
                raise InvalidProblem(f"the price {name} is negative or beyond all measure")
        _check_locks(self)
        _check_shipments(self)
        if len({len(amounts) for amounts in self._amounts()}) > 1:
            raise InvalidProblem("demands and capacities do not all have the same number of dimensions")

    def _amounts(self) -> list[tuple[int, ...]]:
        return [
            *(stop.demand for stop in self.stops),
            *(stop.collect for stop in self.stops if stop.collect),
            *(shipment.amount for shipment in self.shipments),
            *(courier.capacity for courier in self.couriers),
        ]


def _unique(kind: str, names: Iterable[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InvalidProblem(f"there is more than one {kind} {repeated[0]}")


def _check_locks(problem: Problem) -> None:
    known = {stop.id for stop in problem.stops}
    locked = [stop_id for courier in problem.couriers for stop_id in courier.locked]
    _unique("lock of stop", locked)
    if unknown := [stop_id for stop_id in locked if stop_id not in known]:
        raise InvalidProblem(f"stop {unknown[0]} is locked but not in the problem")
    stops = {stop.id: stop for stop in problem.stops}
    for courier in problem.couriers:
        if forbidden := [stop_id for stop_id in courier.locked if not courier.may_serve(stops[stop_id])]:
            raise InvalidProblem(f"stop {forbidden[0]} is locked to courier {courier.id}, who may not go there")
    _check_locked_shipments(problem)


def _check_locked_shipments(problem: Problem) -> None:
    for courier in problem.couriers:
        places = {stop_id: number for number, stop_id in enumerate(courier.locked)}
        for one in problem.shipments:
            if places.get(one.pickup, len(places)) > places.get(one.delivery, -1) >= 0:
                raise InvalidProblem(
                    f"stop {one.delivery} is locked to courier {courier.id}, but not after stop {one.pickup}, "
                    "where what it gets is fetched"
                )


def _check_shipments(problem: Problem) -> None:
    _unique("shipment of stop", (end for one in problem.shipments for end in (one.pickup, one.delivery)))
    stops = {stop.id: stop for stop in problem.stops}
    for one in problem.shipments:
        for end in (one.pickup, one.delivery):
            if end not in stops:
                raise InvalidProblem(f"stop {end} of a shipment is not in the problem")
            if any(stops[end].demand) or any(stops[end].collect):
                raise InvalidProblem(f"stop {end} of a shipment has a demand of its own")
        if one.amount and not 0 <= min(one.amount) <= max(one.amount) <= LATEST:
            raise InvalidProblem(f"the shipment from {one.pickup} has a negative amount, or one beyond all measure")


def _check_stop(stop: Stop) -> None:
    amounts = (stop.service, stop.place_setup, stop.release, stop.penalty or 0, *stop.demand, *stop.collect)
    if min(amounts) < 0:
        raise InvalidProblem(f"stop {stop.id} has a negative duration, demand or penalty")
    if max(amounts) > LATEST:
        raise InvalidProblem(f"stop {stop.id} has a duration, demand or penalty beyond all measure")
    if not 0 <= stop.priority <= 100:
        raise InvalidProblem(f"the priority of stop {stop.id} is not between 0 and 100")
    _check_windows(f"stop {stop.id}", stop.windows)


def _check_courier(courier: Courier) -> None:
    limits = (courier.max_stops, courier.max_distance, courier.max_driving, courier.max_duration, courier.reload)
    prices = (courier.fixed, courier.per_hour, courier.per_km, courier.per_hour_out)
    if min(*courier.capacity, *limits, *prices) < 0:
        raise InvalidProblem(f"courier {courier.id} has a negative capacity, limit or price")
    if max(*courier.capacity, *limits) > UNLIMITED or max(prices) > DEAREST:
        raise InvalidProblem(f"courier {courier.id} has a capacity, limit or price beyond all measure")
    if not 1 <= courier.trips <= MOST_TRIPS:
        raise InvalidProblem(f"courier {courier.id} has not between 1 and {MOST_TRIPS} trips")
    if not 0.01 <= courier.speed <= 100:
        raise InvalidProblem(f"the speed of courier {courier.id} is not between a hundredth and a hundred times")
    _check_windows(f"courier {courier.id}", (courier.shift,))
    if len(courier.breaks) > MOST_RESTS:
        raise InvalidProblem(f"courier {courier.id} has more than {MOST_RESTS} breaks")
    for pause in courier.breaks:
        if not 0 <= pause.duration <= LATEST or not pause.windows:
            raise InvalidProblem(f"courier {courier.id} has a break without a window or of an impossible duration")
        _check_windows(f"the break of courier {courier.id}", pause.windows)


def _check_windows(what: str, windows: tuple[TimeWindow, ...]) -> None:
    for window in windows:
        if not 0 <= window.start <= window.end <= LATEST:
            raise InvalidProblem(
                f"{what} has a time window that does not end after it starts, or lies beyond all measure"
            )
