"""A version of a batch's routes as it lies before whoever changes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import routing
from delivery.dispatch.wishes import Shift, Wishes

if TYPE_CHECKING:
    from delivery.travelling import Travelling


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a route: whose, and the how manieth door (the first is 1)."""

    courier: int
    number: int


@dataclass(frozen=True, slots=True)
class Desk:
    """The version (0 while there is none) with what it takes to change it.

    The problem holds all that may go out, also what waits by hand. The plan is the version as far as it can still be
    kept: the map, the couriers or their hours may be others than when it was made; `written` are the items to which the
    version gives a place. By their ids, `names` are of all couriers of the office, `hours` of those still there.
    """

    batch_id: int
    version: int
    wishes: Wishes
    problem: routing.Problem
    plan: routing.Plan
    written: frozenset[int]
    travelling: "Travelling"
    names: Mapping[int, str]
    hours: Mapping[int, Shift]

    @property
    def planned(self) -> frozenset[int]:
        """The items that have a place."""
        return items_in(self.plan)

    def spot(self, item: int) -> Spot | None:
        """Where the item is; None while it has no route."""
        for route in self.plan.routes:
            for number, visit in enumerate(route.visits, start=1):
                if visit.stop_id == str(item):
                    return Spot(int(route.courier_id), number)
        return None

    @property
    def at_work(self) -> dict[int, str]:
        """The names of those who have a route today, by their ids."""
        return {int(one.id): self.names[int(one.id)] for one in self.problem.couriers}

    def label(self, spot: Spot | None) -> str:
        """The place in short, as papers show it; empty for none."""
        return f"{self.names.get(spot.courier, '?')}/{spot.number}" if spot is not None else ""


def items_in(plan: routing.Plan) -> frozenset[int]:
    """The items that a plan serves."""
    return frozenset(int(visit.stop_id) for route in plan.routes for visit in route.visits)
