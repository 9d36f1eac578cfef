"""Why a stop found no place: tried one by one, from what no plan can change to what this plan chose.

And what could be changed: the least of each kind of change that lets it in, found by test as well (`routing.remedies`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from routing.ground import Ground
from routing.plan import Change, LeftOut, Plan, Reason, Remedy
from routing.problem import UNLIMITED, Courier, Problem, Stop
from routing.remedies import ENLARGED, Budget, Seeker, remedy
from routing.schedule import schedule
from routing.standing import Order, Place, Standing, kinds_of

# Routes tested for all stops left out together: about two seconds. Each stop has its share, and at least so many.
TESTS, LEAST_TESTS = 3000, 6
# Beyond so many stops left out only the dearest are tested: a plan must not wait for a thousand explanations.
TESTED = 300
# A courier looked at costs about as much as so many tests.
LOOK = 4

_LIMITS = {
    Reason.STOPS_LIMIT: Change.STOPS,
    Reason.DISTANCE_LIMIT: Change.DISTANCE,
    Reason.DRIVING_LIMIT: Change.DRIVING,
    Reason.DURATION_LIMIT: Change.DURATION,
}


def explain(ground: Ground, orders: Sequence[Order], most: int = TESTED) -> tuple[LeftOut, ...]:
    """For each stop in none of `orders` the first reason that holds, given these orders as they are, and remedies.

    Of more than `most` such stops, the cheapest to leave out are not tested, and say so.
    """
    standing = Standing(ground, orders)
    missed = sorted(set(range(ground.stops)).difference(*orders))
    share = max(LEAST_TESTS, TESTS // max(1, len(missed)))
    kinds = kinds_of(enumerate(ground.problem.couriers))
    dearest = set(sorted(missed, key=lambda row: -int(ground.penalties[row]))[:most])
    return tuple(
        _Case(standing, row, kinds, share).told()
        if row in dearest
        else LeftOut(ground.problem.stops[row].id, Reason.NOT_TESTED)
        for row in missed
    )


def left_out(problem: Problem, plan: Plan) -> tuple[LeftOut, ...]:
    """What `plan` leaves out of `problem`, explained."""
    ground = Ground(problem)
    return explain(ground, Standing.of(ground, plan).orders, len(problem.stops))


def reason_at(standing: Standing, number: int, row: int) -> Reason:
    """Why courier `number` cannot serve the stop in `row`, all others being where they are."""
    couriers = {replace(standing.problem.couriers[number], id="", locked=()): [number]}
    case = _Case(standing, row, couriers, TESTS)
    stop, courier = case.stop, standing.problem.couriers[number]
    if not courier.may_serve(stop):
        return Reason.NO_SKILL if stop.skills - courier.skills else Reason.NOT_ALLOWED
    if not standing.may_have(number, row):
        return Reason.LOCKED_ELSEWHERE
    seeker = Seeker(standing, row, [number], Budget(TESTS))
    return case.lasting([number])[0] or case.of_this_plan(list(seeker.found()))


@dataclass(frozen=True)
class _Case:
    """One stop that was left out."""

    standing: Standing
    row: int
    kinds: dict[Courier, list[int]]
    share: int

    def told(self) -> LeftOut:
        reason, facts = self._lasting()
        if reason is Reason.NO_COURIER:
            return LeftOut(self.stop.id, reason)
        found, untried = self._remedies()
        if reason is None:
            reason = self.of_this_plan(found)
        return LeftOut(self.stop.id, reason, facts, tuple(sorted(found, key=lambda one: one.price)), untried)

    @property
    def problem(self) -> Problem:
        return self.standing.problem

    @property
    def stop(self) -> Stop:
        return self.problem.stops[self.row]

    @cached_property
    def unit(self) -> tuple[int, ...]:
        return self.standing.bags.unit(self.row)

    @cached_property
    def allowed(self) -> list[int]:
        """Couriers who may go there, whatever was promised to others."""
        stops = [self.problem.stops[row] for row in self.unit]
        return [n for n, one in enumerate(self.problem.couriers) if all(one.may_serve(stop) for stop in stops)]

    def _kinds(self, numbers: Sequence[int]) -> list[int]:
        """One courier of each kind among `numbers`: what holds for its empty day holds for all of that kind."""
        some = set(numbers)
        first = (next((number for number in kind if number in some), None) for kind in self.kinds.values())
        return [number for number in first if number is not None]

    def _lasting(self) -> tuple[Reason | None, dict[str, int]]:
        """A reason that holds even where nothing else is to be done."""
        couriers = self.problem.couriers
        if not couriers:
            return Reason.NO_COURIER, {}
        if not self.allowed:
            skilled = any(all(self.problem.stops[r].skills <= one.skills for r in self.unit) for one in couriers)
            return (Reason.NOT_ALLOWED if skilled else Reason.NO_SKILL), {}
        return self.lasting(self._kinds(self.allowed))

    def lasting(self, allowed: list[int]) -> tuple[Reason | None, dict[str, int]]:
        """What keeps each of the couriers `allowed` from it who has nothing else to do."""
        couriers = self.problem.couriers
        # From here on only those who can carry it count: a long shift helps nobody whose bag is too small.
        able = [number for number in allowed if not any(self.standing.bags.excess(couriers[number], self.unit)[1:])]
        if not able:
            return Reason.TOO_BIG, {}
        if self.stop.windows:
            earliest, latest = self._earliest(able), max(window.end for window in self.stop.windows)
            if earliest > latest:
                return Reason.CANNOT_ARRIVE_BY, {"earliest": earliest, "latest": latest}
        if not any(self._alone(couriers[number], number) for number in able):
            return self._limit_of_all(able), {}
        return None, {}

    def _earliest(self, able: list[int]) -> int:
        """The first moment at which one of the couriers in `able` can knock there."""
        ways = [self.standing.ground.way(number, [self.row]) for number in able]
        return min(way.ready + way.legs[0].driving + way.legs[0].setup for way in ways)

    def _alone(self, courier: Courier, number: int) -> bool:
        """Whether the courier, with what is changed, could do nothing else than this."""
        if courier.max_stops < len(self.unit):
            return False
        return schedule(replace(self.standing.ground.way(number, self.unit), courier=courier)) is not None

    def _limit_of_all(self, able: list[int]) -> Reason:
        """The one limit without which somebody could go there, or else the shift."""
        for reason, change in _LIMITS.items():
            if any(self._alone(ENLARGED[change](self.problem.couriers[number], UNLIMITED), number) for number in able):
                return reason
        return Reason.SHIFT_TOO_SHORT

    def of_this_plan(self, found: list[Remedy]) -> Reason:
        changes = {one.change for one in found}
        if Change.INSERTION in changes:
            return Reason.OVERLOOKED
        if Change.PENALTY in changes:
            return Reason.CHEAPER_WITHOUT
        if any(stop_id in self.standing.locked_to for stop_id in (self.problem.stops[r].id for r in self.unit)):
            return Reason.LOCKED_ELSEWHERE
        # A limit is the cause where no other change to any of the couriers would help.
        others = changes - {Change.COURIER, Change.SKILL, Change.PERMISSION}
        causes = [reason for reason, change in _LIMITS.items() if others == {change}]
        return causes[0] if causes else Reason.NO_COURIER_LEFT

    def _remedies(self) -> tuple[list[Remedy], int]:
        """Remedies, and how many couriers were not looked at for them."""
        couriers = range(len(self.problem.couriers))
        near = self.standing.nearest(self.row, couriers)[: max(2, self.share // LOOK)]
        budget = Budget(self.share)
        found = list(self._as_it_is(near))
        if not found and len(self.unit) == 1:
            seeker = Seeker(self.standing, self.row, near, budget)
            found = [*seeker.found(), *self._one_more(), *self._for_others(near, budget)]
        elif not found:
            found = list(self._one_more())
        is_spent = budget.left <= 0 or len(self.unit) > 1
        return found, len(couriers) if is_spent else len(couriers) - len(near)

    def _as_it_is(self, near: list[int]) -> Iterator[Remedy]:
        """It fits: then leaving it out was a matter of price, or nobody looked there."""
        places = (self._cheapest(number) for number in near if self.standing.may_have(number, self.row))
        best = min((place for place in places if place is not None), key=lambda place: place.cost, default=None)
        if best is None:
            return
        name = self.problem.couriers[best.number].id
        missing = best.cost + 1 - int(self.standing.ground.penalties[list(self.unit)].sum())
        yield remedy(Change.PENALTY, name, missing) if missing > 0 else remedy(Change.INSERTION, name, 1)

    def _cheapest(self, number: int) -> Place | None:
        return self.standing.cheapest(number, self.row, tests=max(3, self.share // 2))

    def _one_more(self) -> Iterator[Remedy]:
        """One more courier like one of those there are, who does nothing else."""
        if any(self.problem.stops[row].couriers for row in self.unit):
            return
        for number in self._kinds(self.allowed):
            courier = self.problem.couriers[number]
            if not any(self.standing.bags.excess(courier, self.unit)) and self._alone(courier, number):
                if not any(self.problem.stops[row].id in self.standing.locked_to for row in self.unit):
                    yield remedy(Change.COURIER, courier.id, 1)
                return

    def _for_others(self, near: list[int], budget: Budget) -> Iterator[Remedy]:
        """What those who may not go there could do if they might: by skill, by name, or without a promise to others."""
        best: dict[Change, Remedy] = {}
        for number in near:
            needed = self._forbidden(number)
            if needed is None or budget.left <= 0:
                continue
            budget.left -= LOOK
            change, amount = needed
            if (change not in best or best[change].amount > amount) and self._cheapest(number) is not None:
                best[change] = remedy(change, self.problem.couriers[number].id, amount)
        yield from best.values()

    def _forbidden(self, number: int) -> tuple[Change, int] | None:
        """The one thing that forbids the courier to go there, with its amount; None without, or with more than one."""
        courier, stop = self.problem.couriers[number], self.stop
        forbidden = [
            (Change.SKILL, len(stop.skills - courier.skills)),
            (Change.PERMISSION, int(bool(stop.couriers) and courier.id not in stop.couriers)),
            (Change.UNLOCK, int(self.standing.locked_to.get(stop.id, number) != number)),
        ]
        real = [(change, amount) for change, amount in forbidden if amount]
        return real[0] if len(real) == 1 else None
