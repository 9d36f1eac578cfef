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


class TimeWindow(NamedTuple):
    """From `start` to `end`, both included, in seconds since midnight."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A door to be knocked at.

    The knock falls into one of `windows` (any time when there is none) and is followed by `service` seconds. Reaching
    another `place` than the stop before costs `place_setup` seconds first: parking, the way to the door; neighbours of
    one place share it. `demand` is what is carried there, in as many dimensions as the couriers' capacities. Where not
    all can be served, a higher `priority` (0 to 100) is served rather than a lower one; with a `penalty`, the stop is
    left out wherever that is cheaper than serving it. No courier leaves with it before `release`. Only couriers with
    all its `skills` may go there and, if `couriers` names any, only those.
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

    @property
    def home(self) -> Location:
        return self.end if self.end is not None else self.start

    def driving(self, seconds: int) -> int:
        """How long this courier drives where others need `seconds`."""
        return seconds if self.speed == 1 else round(seconds / self.speed)

    def price(self, driving: int, metres: int) -> int:
        """The price of a leg."""
        return (5 * driving * self.per_hour + 18 * metres * self.per_km) // 18_000

    def may_serve(self, stop: Stop) -> bool:
        """Whether skills and names allow it; nothing is said of time and room."""
        return stop.skills <= self.skills and (not stop.couriers or self.id in stop.couriers)


@dataclass(frozen=True)
class Problem:
    """What is to be planned.

    `balance` is the price of uneven work, in thousandths of a second's: to somebody with a fair share of the working
    time, each further second costs that much; to somebody with twice as much, twice that. With 0, one courier may do
    everything while another sits.

    Raises InvalidProblem on construction when the parts contradict each other.
    """

    stops: tuple[Stop, ...]
    couriers: tuple[Courier, ...]
    travel: Travel = field(default_factory=HaversineTravel)
    balance: int = 200

    def __post_init__(self) -> None:
        _unique("stop", (stop.id for stop in self.stops))
        _unique("courier", (courier.id for courier in self.couriers))
        for stop in self.stops:
            _check_stop(stop)
        for courier in self.couriers:
            _check_courier(courier)
        if self.balance < 0:
            raise InvalidProblem("the price of uneven work is negative")
        if len({len(amounts) for amounts in self._amounts()}) > 1:
            raise InvalidProblem("demands and capacities do not all have the same number of dimensions")

    def _amounts(self) -> list[tuple[int, ...]]:
        return [stop.demand for stop in self.stops] + [courier.capacity for courier in self.couriers]


def _unique(kind: str, names: Iterable[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InvalidProblem(f"there is more than one {kind} {repeated[0]}")


def _check_stop(stop: Stop) -> None:
    if min(stop.service, stop.place_setup, stop.release, stop.penalty or 0, *stop.demand) < 0:
        raise InvalidProblem(f"stop {stop.id} has a negative duration, demand or penalty")
    if max(stop.service, stop.place_setup, stop.release, stop.penalty or 0, *stop.demand) > LATEST:
        raise InvalidProblem(f"stop {stop.id} has a duration, demand or penalty beyond all measure")
    if not 0 <= stop.priority <= 100:
        raise InvalidProblem(f"the priority of stop {stop.id} is not between 0 and 100")
    _check_windows(f"stop {stop.id}", stop.windows)


def _check_courier(courier: Courier) -> None:
    limits = (courier.max_stops, courier.max_distance, courier.max_driving, courier.max_duration)
    prices = (courier.fixed, courier.per_hour, courier.per_km, courier.per_hour_out)
    if min(*courier.capacity, *limits, *prices) < 0:
        raise InvalidProblem(f"courier {courier.id} has a negative capacity, limit or price")
    if max(*courier.capacity, *limits) > UNLIMITED or max(prices) > DEAREST:
        raise InvalidProblem(f"courier {courier.id} has a capacity, limit or price beyond all measure")
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
