"""The answer: who goes where, when; and what found no place, with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

RELOAD = -1


class Visit(NamedTuple):
    """A stop reached at `arrival`; the knock is at `start`, and the courier leaves at `departure`."""

    stop_id: str
    arrival: int
    start: int
    departure: int


class Rest(NamedTuple):
    """A break as it is taken."""

    start: int
    end: int


class Reload(NamedTuple):
    """Back at the office to load again, before the visit numbered `before` (the first is 0)."""

    before: int
    arrival: int
    departure: int


@dataclass(frozen=True, slots=True)
class Route:
    """One courier's day. `distance` in metres; `driving` in seconds, without waits, rests, doors; `cost` its price."""

    courier_id: str
    visits: tuple[Visit, ...]
    rests: tuple[Rest, ...]
    leave: int
    back: int
    distance: int
    driving: int
    cost: int
    reloads: tuple[Reload, ...] = ()


class Reason(StrEnum):
    """Why a stop was left out; each is found by test, none is guessed."""

    NO_COURIER = "no_courier"
    NO_SKILL = "no_skill"
    NOT_ALLOWED = "not_allowed"
    TOO_BIG = "too_big"
    CANNOT_ARRIVE_BY = "cannot_arrive_by"
    SHIFT_TOO_SHORT = "shift_too_short"
    STOPS_LIMIT = "stops_limit"
    DISTANCE_LIMIT = "distance_limit"
    DRIVING_LIMIT = "driving_limit"
    DURATION_LIMIT = "duration_limit"
    LOCKED_ELSEWHERE = "locked_elsewhere"
    NO_COURIER_LEFT = "no_courier_left"
    CHEAPER_WITHOUT = "cheaper_without"
    OVERLOOKED = "overlooked"
    NOT_TESTED = "not_tested"


class Change(StrEnum):
    """What could be changed to let a stop in."""

    INSERTION = "insertion"
    PENALTY = "penalty"
    WINDOW_LATER = "window_later"
    WINDOW_EARLIER = "window_earlier"
    SHIFT_LATER = "shift_later"
    SHIFT_EARLIER = "shift_earlier"
    ROOM = "room"
    STOPS = "stops"
    DISTANCE = "distance"
    DRIVING = "driving"
    DURATION = "duration"
    SKILL = "skill"
    PERMISSION = "permission"
    UNLOCK = "unlock"
    COURIER = "courier"


@dataclass(frozen=True, slots=True)
class Remedy:
    """A single change that lets a stop into the route of `courier_id`, all others staying where they are.

    `amount` is by how much: seconds, metres, or units of the `which`-th dimension; windows count as the stop has them.
    With COURIER, it takes one more like `courier_id`. The `price` compares changes of different kinds.
    """

    change: Change
    courier_id: str
    amount: int
    price: int
    which: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stop without a place in the plan; `facts` in seconds since midnight.

    `remedies` are the least changes of each kind that let it in, the cheapest first; none is guessed. Where the day is
    large, `untried` couriers were not looked at: changes at theirs might be smaller.
    """

    stop_id: str
    reason: Reason
    facts: Mapping[str, int] = field(default_factory=dict)
    remedies: tuple[Remedy, ...] = ()
    untried: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes for all couriers with work, and what was left out; `cost` is what the routes cost, plus penalties."""

    routes: tuple[Route, ...]
    left_out: tuple[LeftOut, ...]
    cost: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search finds: rows of the stops in order, for each courier, and what the search counted for them.

    Where a courier goes back to load again, the order holds RELOAD.
    """

    orders: list[list[int]]
    cost: int

    @property
    def served(self) -> int:
        return sum(row != RELOAD for order in self.orders for row in order)


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: after `seconds`, or, for plans that come out the same every time, after `rounds` per turn."""

    seconds: float
    workers: int
    seed: int
    rounds: int | None = None


class Progress(NamedTuple):
    """How far the search is: seconds of the limit, and the best cost so far (None before the first solution)."""

    elapsed: float
    limit: float
    cost: int | None
