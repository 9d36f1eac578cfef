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
LATEST = 2 * DAY


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
    all can be served, a higher `priority` (0 to 100) is served rather than a lower one.
    """

    id: str
    location: Location
    service: int = 0
    windows: tuple[TimeWindow, ...] = ()
    place: str = ""
    place_setup: int = 0
    demand: tuple[int, ...] = (1,)
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of `duration` seconds that begins within one of `windows`: under way, before leaving, or when back."""

    windows: tuple[TimeWindow, ...]
    duration: int


@dataclass(frozen=True, slots=True)
class Courier:
    """Somebody who leaves `start` after the shift begins and is at `end` (the start, unless said) before it ends."""

    id: str
    start: Location
    shift: TimeWindow
    capacity: tuple[int, ...] = (1_000_000,)
    breaks: tuple[Break, ...] = ()
    end: Location | None = None

    @property
    def home(self) -> Location:
        return self.end if self.end is not None else self.start


@dataclass(frozen=True)
class Problem:
    """What is to be planned.

    `balance` is how many seconds of travel are worth avoiding one stop beyond a courier's fair share; 0 lets one
    courier do everything while another sits.

    Raises InvalidProblem on construction when the parts contradict each other.
    """

    stops: tuple[Stop, ...]
    couriers: tuple[Courier, ...]
    travel: Travel = field(default_factory=HaversineTravel)
    balance: int = 60

    def __post_init__(self) -> None:
        _unique("stop", (stop.id for stop in self.stops))
        _unique("courier", (courier.id for courier in self.couriers))
        for stop in self.stops:
            _check_stop(stop)
        for courier in self.couriers:
            _check_courier(courier)
        if len({len(amounts) for amounts in self._amounts()}) > 1:
            raise InvalidProblem("demands and capacities do not all have the same number of dimensions")

    def _amounts(self) -> list[tuple[int, ...]]:
        return [stop.demand for stop in self.stops] + [courier.capacity for courier in self.couriers]


def _unique(kind: str, names: Iterable[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InvalidProblem(f"there is more than one {kind} {repeated[0]}")


def _check_stop(stop: Stop) -> None:
    if min(stop.service, stop.place_setup, *stop.demand) < 0:
        raise InvalidProblem(f"stop {stop.id} has a negative duration or demand")
    if not 0 <= stop.priority <= 100:
        raise InvalidProblem(f"the priority of stop {stop.id} is not between 0 and 100")
    _check_windows(f"stop {stop.id}", stop.windows)


def _check_courier(courier: Courier) -> None:
    if min(courier.capacity) < 0:
        raise InvalidProblem(f"courier {courier.id} has a negative capacity")
    _check_windows(f"courier {courier.id}", (courier.shift,))
    for pause in courier.breaks:
        if pause.duration < 0 or not pause.windows:
            raise InvalidProblem(f"courier {courier.id} has a break without a window or of negative duration")
        _check_windows(f"the break of courier {courier.id}", pause.windows)


def _check_windows(what: str, windows: tuple[TimeWindow, ...]) -> None:
    for window in windows:
        if not 0 <= window.start <= window.end <= LATEST:
            raise InvalidProblem(f"{what} has a time window that does not end after it starts, or is beyond two days")
