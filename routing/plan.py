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
    NOT_ALLOWED = "not_allowed"
    TOO_BIG = "too_big"
    CANNOT_ARRIVE_BY = "cannot_arrive_by"
    SHIFT_TOO_SHORT = "shift_too_short"
    NO_COURIER_LEFT = "no_courier_left"
    CHEAPER_WITHOUT = "cheaper_without"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stop without a place in the plan; `facts` in seconds since midnight."""

    stop_id: str
    reason: Reason
    facts: Mapping[str, int] = field(default_factory=dict)


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


class Progress(NamedTuple):
    """How far the search is: seconds of the limit, and the best cost so far (None before the first solution)."""

    elapsed: float
    limit: float
    cost: int | None
