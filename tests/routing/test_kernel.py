"""What the compiled search keeps in mind between its rounds is what counting anew would give."""

from dataclasses import replace

import numpy as np
import pytest

from routing import Courier, Location, Problem, TimeWindow, kernel
from routing.facts import Facts
from routing.ground import Ground
from routing.schedule import schedule
from routing.task import Task, begin
from tests.routing.days import AFTERNOON, MORNING, a_courier, a_stop

STOPS, ROUNDS = 90, 3000


def a_town(random: np.random.Generator, couriers: tuple[Courier, ...], *, slots: bool) -> Problem:
    """Stops all over the town, more of them than bags hold if all went to one courier."""
    choice = ((), (MORNING,), (AFTERNOON,), (MORNING, AFTERNOON), (TimeWindow(32_400, 36_000),))
    stops = tuple(
        a_stop(
            f"s{n}", *random.uniform(-0.03, 0.03, 2), demand=(int(random.integers(1, 4)),),
            windows=choice[random.integers(len(choice))] if slots else (),
        )
        for n in range(STOPS)
    )  # fmt: skip
    return Problem(stops, couriers, balance=0, territory=0, compact=0)


def two_kinds(**changes: object) -> tuple[Courier, ...]:
    big = tuple(a_courier(f"big {n}", capacity=(40,), fixed=900, **changes) for n in range(6))
    small = tuple(a_courier(f"small {n}", capacity=(15,), speed=1.3, **changes) for n in range(6))
    return big + small


def from_two_offices() -> tuple[Courier, ...]:
    """Couriers who differ in nothing a stop could notice: they may trade, though not exchange the rest of a day."""
    west = tuple(a_courier(f"west {n}", capacity=(25,), fixed=600) for n in range(6))
    return west + tuple(
        replace(a_courier(f"east {n}", capacity=(20,), fixed=900), start=Location(21.03, 105.90)) for n in range(6)
    )


CREWS = {
    "two kinds": two_kinds(),
    "a longest day": two_kinds(max_duration=14_400),
    "paid by the hour out": two_kinds(per_hour_out=1800),
    "two offices": from_two_offices(),
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("slots", [True, False], ids=["slots", "no slots"])
@pytest.mark.parametrize("crew", CREWS)
def test_price_clocks_and_bags_are_those_of_the_routes_as_they_stand(seed: int, slots: bool, crew: str) -> None:
    couriers = CREWS[crew]
    facts = Facts(Ground(a_town(np.random.default_rng(seed), couriers, slots=slots)))
    task = Task(
        facts.land(np.arange(STOPS), np.arange(len(couriers))), np.arange(STOPS), [[] for _ in couriers], seed + 1
    )
    state = begin(task)
    kernel.build(task.land, state, 1, True)

    kernel.anneal(task.land, state, ROUNDS, 400.0, 4.0)

    anew = begin(replace(task, orders=_orders(state, len(couriers))))
    anew.sums[kernel.LOOSE] = 0
    kernel.build(task.land, anew, kernel.NONE, False)
    served = state.node[:STOPS, kernel.ROUTE] != kernel.NONE
    assert state.sums[[kernel.HELD, kernel.USED]].tolist() == anew.sums[[kernel.HELD, kernel.USED]].tolist()
    assert state.sums[kernel.COST] == anew.sums[kernel.COST]
    assert (state.load == anew.load).all()
    assert (state.load <= task.land.capacity).all()
    assert (state.tally[:, [kernel.SIZE, kernel.EXTRA]] == anew.tally[:, [kernel.SIZE, kernel.EXTRA]]).all()
    spans = (kernel.BEFORE, kernel.LEAVE, kernel.AFTER, kernel.BACK) if task.land.rule[kernel.SPANS] else ()
    for column in (kernel.EARLY, kernel.LATE, *spans):
        assert (state.clock[:STOPS, column][served] == anew.clock[:STOPS, column][served]).all()
    assert (state.clock[:STOPS, kernel.EARLY] <= state.clock[:STOPS, kernel.LATE])[served].all()
    orders = _orders(state, len(couriers))
    assert all(schedule(facts.ground.way(number, order)) is not None for number, order in enumerate(orders))


def test_stops_that_pay_for_a_way_only_together_are_fetched_together() -> None:
    """Each alone is cheaper left out, and that is how the search finds them."""
    far = tuple(a_stop(f"s{n}", 0.03, 0.03 + n / 10_000, penalty=1000) for n in range(8))
    facts = Facts(Ground(Problem(far, (a_courier(),), balance=0, territory=0, compact=0)))
    task = Task(facts.land(np.arange(len(far)), np.arange(1)), np.arange(len(far)), [[]], seed=1)
    state = begin(task)
    kernel.build(task.land, state, kernel.NONE, False)
    assert (state.node[: len(far), kernel.ROUTE] == kernel.NONE).all()

    kernel.anneal(task.land, state, 200, 10.0, 1.0)

    assert (state.node[: len(far), kernel.ROUTE] == 0).all()


def _orders(state: kernel.State, couriers: int) -> list[list[int]]:
    orders = []
    for courier in range(couriers):
        order, w = [], int(state.node[STOPS + 2 * courier, kernel.NEXT])
        while w < STOPS:
            order.append(w)
            w = int(state.node[w, kernel.NEXT])
        orders.append(order)
    return orders
