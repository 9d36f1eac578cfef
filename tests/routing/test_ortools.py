"""OR-Tools alone does the whole job: every kind of wish is kept, and large days are cut without losing anybody."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing import Courier, Engine, Plan, Problem, Progress, RoutingError, Shipment, Stop, TimeWindow, check, solve
from routing.errors import InfeasibleLocks
from routing.ground import Ground
from routing.ortools_engine import plan_by_ortools
from routing.plan import RELOAD, Answer
from routing.process import Helpers
from tests.routing.days import OFFICE, a_courier, a_stop

SECONDS = 0.5


def planned(problem: Problem, seconds: float = SECONDS) -> Plan:
    plan = solve(problem, seconds=seconds, engine=Engine.ORTOOLS, workers=2)
    assert check(problem, plan) == []
    return plan


def answered(problem: Problem, seconds: float = SECONDS) -> Answer:
    return plan_by_ortools(Ground(problem), seconds, 1, 1, lambda _elapsed, _cost: None, lambda: False)


def routes_of(plan: Plan) -> dict[str, list[str]]:
    return {route.courier_id: [visit.stop_id for visit in route.visits] for route in plan.routes}


def trips_of(order: Sequence[int]) -> list[list[int]]:
    return [list(rows) for is_reload, rows in groupby(order, lambda row: row == RELOAD) if not is_reload]


def fullest(stops: Sequence[Stop]) -> int:
    """The most that is in the bag at any moment of a trip through `stops`."""
    load = most = sum(stop.demand[0] for stop in stops)
    for stop in stops:
        load += sum(stop.collect[:1]) - stop.demand[0]
        most = max(most, load)
    return most


def a_row(count: int, **changes: object) -> tuple[Stop, ...]:
    return tuple(a_stop(f"s{n}", 0.001 * n, 0.001, **changes) for n in range(count))


def a_town(count: int) -> tuple[Stop, ...]:
    return tuple(a_stop(f"s{n}", 0.0011 * (n % 29) - 0.015, 0.0013 * (n % 23) - 0.015) for n in range(count))


_amounts = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(amounts=_amounts, trips=st.integers(1, 3))
def test_what_is_taken_along_never_overfills_the_bag_at_any_moment(amounts: list[tuple[int, int]], trips: int) -> None:
    stops = tuple(
        a_stop(f"s{n}", 0.001 * n, demand=(demand,), collect=(collect,)) for n, (demand, collect) in enumerate(amounts)
    )
    couriers = a_courier("an", capacity=(7,), trips=trips, reload=300), a_courier("binh", capacity=(5,))

    answer = answered(Problem(stops, couriers), 0.2)

    assert answer.served >= 1
    for courier, order in zip(couriers, answer.orders, strict=True):
        assert len(trips_of(order)) <= courier.trips
        for trip in trips_of(order):
            assert fullest([stops[row] for row in trip]) <= courier.capacity[0]


def test_a_full_bag_is_emptied_before_more_is_taken_along() -> None:
    near = a_stop("near", 0.001, demand=(0,), collect=(5,))
    far = a_stop("far", 0.02, demand=(5,))

    (order,) = routes_of(planned(Problem((near, far), (a_courier(capacity=(5,)),)))).values()

    assert order == ["far", "near"]


def test_what_is_fetched_is_brought_later_by_the_same_courier() -> None:
    ends = a_stop("from", 0.02, demand=(0,)), a_stop("to", 0.001, demand=(0,))
    problem = Problem(
        (*ends, *a_row(6)), (a_courier("an"), a_courier("binh")), shipments=(Shipment("from", "to", (3,)),)
    )

    orders = routes_of(planned(problem)).values()

    (order,) = [order for order in orders if "from" in order]
    assert order.index("from") < order.index("to")


@pytest.mark.parametrize("amount", [61, 60])
def test_a_shipment_without_room_is_left_out_at_both_ends(amount: int) -> None:
    ends = a_stop("from", demand=(0,)), a_stop("to", demand=(0,))
    problem = Problem(
        (*ends, a_stop("an")), (a_courier(capacity=(60,)),), shipments=(Shipment("from", "to", (amount,)),)
    )

    left_out = {left.stop_id for left in planned(problem).left_out}

    assert left_out == ({"from", "to"} if amount > 60 else set())


def test_two_shipments_that_do_not_fit_together_are_carried_one_after_the_other() -> None:
    ends = tuple(
        a_stop(name, north, demand=(0,)) for name, north in (("a", 0.01), ("b", 0.011), ("c", 0.02), ("d", 0.021))
    )
    shipments = Shipment("a", "c", (4,)), Shipment("b", "d", (4,))

    (order,) = routes_of(planned(Problem(ends, (a_courier(capacity=(5,)),), shipments=shipments))).values()

    assert order in (["a", "c", "b", "d"], ["b", "d", "a", "c"])


def test_a_courier_loads_again_when_one_bag_is_not_enough() -> None:
    stops = a_row(9)
    courier = a_courier(capacity=(3,), trips=4, reload=600)

    (order,) = answered(Problem(stops, (courier,)), 1.0).orders

    assert sorted(row for row in order if row != RELOAD) == list(range(9))
    assert [len(trip) for trip in trips_of(order)] == [3, 3, 3]
    assert RELOAD not in (order[0], order[-1])


def test_a_day_with_several_trips_is_improved_as_long_as_there_is_time() -> None:
    stops = tuple(
        a_stop(f"s{n}", 0.0007 * (n * 7 % 30) - 0.01, 0.0007 * (n * 11 % 30) - 0.01, demand=(1,)) for n in range(30)
    )
    began = time.monotonic()

    answer = answered(Problem(stops, (a_courier(capacity=(11,), trips=3, reload=300),)), 1.0)

    assert time.monotonic() - began > 0.9
    assert answer.served == 30


def test_who_may_not_come_back_leaves_out_what_does_not_fit() -> None:
    answer = answered(Problem(a_row(9), (a_courier(capacity=(3,)),)))

    assert answer.served == 3


def test_nobody_loads_again_who_needs_not() -> None:
    answer = answered(Problem(a_row(5), (a_courier(capacity=(5,), trips=3, reload=600),)))

    assert RELOAD not in answer.orders[0]
    assert answer.served == 5


def test_what_arrives_late_is_fetched_on_a_later_trip() -> None:
    early = a_stop("early", windows=(TimeWindow(8 * 3600, 9 * 3600),))
    late = a_stop("late", -0.01, release=10 * 3600)
    courier = a_courier(trips=2, reload=300)

    assert answered(Problem((early, late), (courier,))).orders == [[0, RELOAD, 1]]
    assert answered(Problem((early, late), (replace(courier, trips=1),))).served == 1


def test_locked_stops_stay_first_and_in_their_order() -> None:
    courier = a_courier("an", locked=("s5", "s1"))

    orders = routes_of(planned(Problem(a_row(8), (courier, a_courier("binh")))))

    assert orders["an"][:2] == ["s5", "s1"]


def test_what_is_locked_is_served_even_where_leaving_it_out_is_cheaper() -> None:
    far = a_stop("far", 0.04, penalty=1)

    orders = routes_of(planned(Problem((far, a_stop("near")), (a_courier(locked=("far",)),))))

    assert orders["anna"] == ["far", "near"]


@pytest.mark.parametrize(
    "courier",
    [
        a_courier(locked=("s0", "s1"), capacity=(1,)),
        a_courier(locked=("s0", "s1"), shift=TimeWindow(8 * 3600, 8 * 3600 + 60)),
        a_courier(locked=("s0", "s1"), max_stops=1),
    ],
)
def test_locks_that_no_courier_can_keep_are_refused_by_name(courier: Courier) -> None:
    with pytest.raises(InfeasibleLocks, match="anna"):
        planned(Problem(a_row(3), (courier,)))


def test_a_lock_on_half_a_shipment_brings_the_other_half() -> None:
    ends = a_stop("from", demand=(0,)), a_stop("to", 0.02, demand=(0,), penalty=1)
    problem = Problem(ends, (a_courier(locked=("from",)),), shipments=(Shipment("from", "to", (1,)),))

    assert routes_of(planned(problem)) == {"anna": ["from", "to"]}


def test_strangers_are_avoided_where_that_is_cheap() -> None:
    stops = tuple(a_stop(f"s{n}", 0.001 * n, ward="north" if n % 2 else "south") for n in range(10))
    couriers = a_courier("an", wards=frozenset({"north"})), a_courier("binh", wards=frozenset({"south"}))

    orders = routes_of(planned(Problem(stops, couriers, territory=2000)))

    assert set(orders["an"]) == {"s1", "s3", "s5", "s7", "s9"}


def test_a_stranger_goes_where_nobody_else_can() -> None:
    stops = a_row(3, ward="north")
    courier = a_courier(wards=frozenset({"south"}))

    plan = planned(Problem(stops, (courier,), territory=1_000_000))

    assert plan.left_out == ()


def test_compact_routes_stay_in_one_neighbourhood() -> None:
    sides = tuple(
        a_stop(f"{side}{n}", 0.02, sign * 0.012 + 0.0003 * n) for side, sign in (("w", -1), ("e", 1)) for n in range(3)
    )
    day = Problem(sides, (a_courier("an"), a_courier("binh")), balance=0)

    assert len(routes_of(planned(day))) == 1
    assert len(routes_of(planned(replace(day, compact=5000)))) == 2


def test_a_day_cut_into_parts_loses_nobody() -> None:
    couriers = tuple(a_courier(f"c{n}") for n in range(12))
    seen: list[Progress] = []

    problem = Problem(a_town(600), couriers)
    plan = solve(problem, seconds=8, engine=Engine.ORTOOLS, workers=2, progress=seen.append)

    assert check(problem, plan) == []
    assert plan.left_out == ()
    costs = [progress.cost for progress in seen if progress.cost is not None]
    assert costs[-1] <= costs[len(costs) // 2]


def test_a_large_day_keeps_shipments_trips_and_locks_together() -> None:
    ends = tuple(a_stop(f"{end}{n}", 0.002 * n - 0.01, 0.01, demand=(0,)) for n in range(10) for end in ("from", "to"))
    shipments = tuple(Shipment(f"from{n}", f"to{n}", (1,)) for n in range(10))
    couriers = (*(a_courier(f"c{n}") for n in range(8)), a_courier("lock", locked=("s7", "from3")))

    plan = planned(Problem((*a_town(300), *ends), couriers, shipments=shipments), 6)

    orders = routes_of(plan)
    assert plan.left_out == ()
    assert orders["lock"][:2] == ["s7", "from3"]
    for one in shipments:
        (order,) = [order for order in orders.values() if one.pickup in order]
        assert order.index(one.pickup) < order.index(one.delivery)


def test_a_large_day_is_stopped_at_once_and_keeps_the_best_so_far() -> None:
    problem = Problem(a_town(400), tuple(a_courier(f"c{n}") for n in range(9)))
    seen: list[Progress] = []

    began = time.monotonic()
    plan = solve(
        problem, seconds=300, engine=Engine.ORTOOLS, workers=2, progress=seen.append,
        cancelled=lambda: seen[-1].elapsed > 8,
    )  # fmt: skip

    assert time.monotonic() - began < 60
    assert check(problem, plan) == []
    assert len(plan.left_out) < 400


def test_the_helpers_may_be_somebody_elses() -> None:
    problem = Problem(a_town(150), tuple(a_courier(f"c{n}") for n in range(5)))

    with ThreadPoolExecutor(2) as executor:
        plan = solve(problem, seconds=3, engine=Engine.ORTOOLS, workers=2, executor=executor)

    assert check(problem, plan) == []
    assert plan.left_out == ()


def test_a_helper_that_dies_is_reported_and_not_waited_for() -> None:
    with Helpers(1) as helpers, pytest.raises(RoutingError, match="out of memory"):
        helpers.submit(os._exit, 1).result(timeout=60)


def test_what_a_helper_refuses_is_raised_here() -> None:
    problem = Problem(a_row(2), (a_courier(locked=("s0",), capacity=(0,)),))

    with Helpers(1) as helpers, pytest.raises(InfeasibleLocks):
        helpers.submit(answered, problem).result(timeout=60)


def test_two_offices_and_an_open_end_share_a_day() -> None:
    elsewhere = replace(a_courier("binh"), start=OFFICE._replace(lat=OFFICE.lat + 0.03), open_end=True)
    stops = a_stop("here", 0.001), a_stop("there", 0.031)

    orders = routes_of(planned(Problem(stops, (a_courier("an"), elsewhere), balance=0)))

    assert orders == {"an": ["here"], "binh": ["there"]}
