"""Stops moved by hand: every place says what it costs or what forbids it, and the others stay where they are."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing import (
    Break,
    CannotMove,
    Choice,
    Courier,
    InvalidProblem,
    LeftOut,
    MatrixTravel,
    Pin,
    Plan,
    Problem,
    Reason,
    Shipment,
    TimeWindow,
    UnsupportedInput,
    check,
    choices,
    dropped,
    moved,
    timed,
)
from routing.bags import Bags
from routing.ground import Ground
from routing.moves import FORBIDS
from routing.plan import RELOAD
from routing.schedule import schedule
from tests.routing.days import AFTERNOON, MORNING, OFFICE, a_courier, a_stop, rich_problems

Orders = list[list[int]]


def told(problem: Problem, orders: Sequence[Sequence[int]]) -> Plan | None:
    """The plan of these orders, made without anything that is tested here; None when a clock cannot keep it."""
    ground = Ground(problem)
    tried = [schedule(ground.way(number, order)) for number, order in enumerate(orders) if order]
    routes = tuple(route for route in tried if route is not None)
    missed = sorted(set(range(len(problem.stops))).difference(*orders))
    left_out = tuple(LeftOut(problem.stops[row].id, Reason.NOT_TESTED) for row in missed)
    cost = sum(route.cost for route in routes) + sum(int(ground.penalties[row]) for row in missed)
    return Plan(routes, left_out, cost) if len(routes) == len(tried) else None


def a_plan(problem: Problem, *orders: Sequence[int]) -> Plan:
    plan = told(problem, orders)
    assert plan is not None
    assert check(problem, plan) == []
    return plan


def names(plan: Plan) -> dict[str, list[str]]:
    return {route.courier_id: [visit.stop_id for visit in route.visits] for route in plan.routes}


def price(plan: Plan) -> int:
    return sum(route.cost for route in plan.routes)


def pins(problem: Problem, plan: Plan, stop_id: str) -> dict[str, list[Pin]]:
    """What each courier's places say, in order."""
    found = choices(problem, plan, stop_id)
    return {one.id: [choice.pin for choice in found if choice.courier_id == one.id] for one in problem.couriers}


# Small stories.

STREET = tuple(a_stop(name, 0.004 * n, 0.0) for n, name in enumerate(("an", "binh", "chi", "dung"), start=1))
TWO = Problem(STREET, (a_courier("anna"), a_courier("bao", fixed=900)))


def test_a_stop_goes_where_it_is_put_and_nobody_else_moves() -> None:
    plan = a_plan(TWO, [0, 1, 2], [3])

    after = moved(TWO, plan, "an", "bao", 1)

    assert names(after) == {"anna": ["binh", "chi"], "bao": ["dung", "an"]}
    assert check(TWO, after) == []


def test_every_courier_has_a_place_before_each_other_visit_and_one_after_the_last() -> None:
    found = choices(TWO, a_plan(TWO, [0, 1, 2], [3]), "binh")

    assert [(one.courier_id, one.position) for one in found] == [
        ("anna", 0), ("anna", 1), ("anna", 2), ("bao", 0), ("bao", 1)
    ]  # fmt: skip
    assert found[1] == Choice("anna", 1, 0, Pin.NOTHING)


def test_the_last_stop_that_leaves_a_courier_saves_what_the_courier_costs() -> None:
    plan = a_plan(TWO, [0, 1, 2], [3])
    (last,) = (one for one in choices(TWO, plan, "dung") if (one.courier_id, one.position) == ("anna", 3))

    after = moved(TWO, plan, "dung", "anna", 3)

    assert names(after) == {"anna": ["an", "binh", "chi", "dung"]}
    assert last.cost is not None
    assert last.cost == after.cost - plan.cost < -900


def test_a_stop_that_was_left_out_is_put_in_by_hand_and_its_penalty_is_not_the_price_of_the_place() -> None:
    plan = a_plan(TWO, [0, 1], [3])
    cheap = min(choices(TWO, plan, "chi"), key=lambda one: (one.cost is None, one.cost))

    after = moved(TWO, plan, "chi", cheap.courier_id, cheap.position)

    assert cheap.cost == price(after) - price(plan) >= 0
    assert after.left_out == ()
    assert after.cost == price(after)


def test_what_is_taken_out_is_left_out_untested_and_what_was_told_of_others_stays_told() -> None:
    day = replace(TWO, stops=(*STREET, a_stop("heavy", demand=(99,))))
    heavy = LeftOut("heavy", Reason.TOO_BIG, {"room": 60})
    plan = replace(a_plan(day, [0, 1], [2, 3]), left_out=(heavy,))

    after = dropped(day, plan, "chi")

    assert names(after) == {"anna": ["an", "binh"], "bao": ["dung"]}
    assert after.left_out == (LeftOut("chi", Reason.NOT_TESTED), heavy)
    assert dropped(day, after, "heavy") == after
    assert check(day, after) == []


def test_who_may_not_go_there_is_no_choice() -> None:
    day = replace(TWO, stops=(*STREET[:3], replace(STREET[3], skills=frozenset({"lift"}))))

    assert set(choices(day, a_plan(day, [0, 1], [2]), "dung")) == {
        *(Choice("anna", n, None, Pin.NOT_ALLOWED) for n in range(3)),
        *(Choice("bao", n, None, Pin.NOT_ALLOWED) for n in range(2)),
    }


def test_nothing_goes_before_what_is_promised_and_a_promise_goes_nowhere() -> None:
    day = replace(TWO, couriers=(a_courier("anna", locked=("an", "binh")), a_courier("bao")))
    plan = a_plan(day, [0, 1, 2], [3])

    assert pins(day, plan, "dung")["anna"] == [Pin.LOCK, Pin.LOCK, Pin.NOTHING, Pin.NOTHING]
    assert pins(day, plan, "binh") == {"anna": [Pin.LOCK, Pin.NOTHING, Pin.LOCK], "bao": [Pin.LOCK, Pin.LOCK]}
    with pytest.raises(CannotMove, match="promised") as refused:
        dropped(day, plan, "an")
    assert refused.value.pin is Pin.LOCK


def test_a_promise_that_nobody_serves_yet_may_only_go_to_its_place() -> None:
    day = replace(TWO, couriers=(a_courier("anna", locked=("an", "binh")), a_courier("bao")))
    plan = told(day, [[0, 2], [3]])
    assert plan is not None

    assert pins(day, plan, "binh") == {"anna": [Pin.LOCK, Pin.NOTHING, Pin.LOCK], "bao": [Pin.LOCK, Pin.LOCK]}
    assert check(day, moved(day, plan, "binh", "anna", 1)) == []
    assert dropped(day, plan, "binh") == plan


@pytest.mark.parametrize("full", [{"capacity": (2,)}, {"max_stops": 2}])
def test_a_full_bag_has_no_room_for_one_more_but_its_own_may_change_places(full: dict[str, object]) -> None:
    day = replace(TWO, couriers=(a_courier("anna", **full), a_courier("bao")))
    plan = a_plan(day, [0, 1], [2, 3])

    assert pins(day, plan, "chi")["anna"] == [Pin.ROOM] * 3
    assert pins(day, plan, "an")["anna"] == [Pin.NOTHING] * 2


def test_a_window_that_would_be_missed_is_told_apart_from_those_of_others() -> None:
    early, late = a_stop("early", windows=(MORNING,)), a_stop("late", 0.01, windows=(AFTERNOON,))
    day = Problem((early, late, a_stop("long", service=4 * 3600)), (a_courier(),))
    plan = a_plan(day, [0, 2, 1])

    assert pins(day, plan, "early")["anna"] == [Pin.NOTHING, Pin.OWN_WINDOW, Pin.OWN_WINDOW]
    assert pins(day, plan, "long")["anna"] == [Pin.OTHER_WINDOWS, Pin.NOTHING, Pin.OTHER_WINDOWS]
    with pytest.raises(CannotMove, match="stop early cannot be served by courier anna as number 3: its own window"):
        moved(day, plan, "early", "anna", 2)


def test_a_rest_and_the_end_of_the_shift_forbid_places_too() -> None:
    strict = Break((TimeWindow(12 * 3600, 12 * 3600),), 3600)
    long = a_stop("long", service=5 * 3600)
    short_day = a_courier("short", shift=TimeWindow(8 * 3600, 10 * 3600))
    day = Problem((long,), (a_courier("rests", breaks=(strict,)), short_day, a_courier("free")))

    assert pins(day, a_plan(day, [], [], [0]), "long") == {
        "rests": [Pin.REST],
        "short": [Pin.SHIFT],
        "free": [Pin.NOTHING],
    }


def test_who_is_in_time_only_thanks_to_a_stop_keeps_it() -> None:
    """The way to the market, or from there to the far door, is long unless one goes over the bridge."""
    over, market, far = a_stop("bridge"), a_stop("market", 0.01), a_stop("far", 0.02)
    far = replace(far, windows=(TimeWindow(8 * 3600, 8 * 3600 + 1800),))
    ways = np.array([[0, 100, 1000, 100], [100, 0, 100, 100], [100, 100, 0, 1000], [100, 100, 100, 0]])
    index = {OFFICE: 0, over.location: 1, market.location: 2, far.location: 3}
    day = Problem((over, market, far), (a_courier("anna"), a_courier("bao")), MatrixTravel(index, ways, ways))
    plan = a_plan(day, [0, 1, 2], [])

    assert pins(day, plan, "bridge") == {
        "anna": [Pin.NOTHING, Pin.NOTHING, Pin.OTHER_WINDOWS],
        "bao": [Pin.OTHER_WINDOWS],
    }
    with pytest.raises(CannotMove, match="windows of others") as refused:
        dropped(day, plan, "bridge")
    assert refused.value.pin is Pin.OTHER_WINDOWS


def test_between_the_ends_of_a_shipment_there_is_only_so_much_room() -> None:
    ends = (a_stop("fetch", demand=(0,)), a_stop("bring", 0.01, demand=(0,)))
    taking = a_stop("taking", 0.007, demand=(0,), collect=(2,))
    day = Problem((*ends, taking), (a_courier(capacity=(3,)),), shipments=(Shipment("fetch", "bring", (2,)),))
    plan = a_plan(day, [0, 1])

    assert pins(day, plan, "taking")["anna"] == [Pin.ROOM, Pin.ROOM, Pin.NOTHING]
    for act in (choices, dropped):
        with pytest.raises(UnsupportedInput, match="shipment"):
            act(day, plan, "fetch")
    with pytest.raises(UnsupportedInput, match="shipment"):
        moved(day, plan, "bring", "anna", 0)


TRIPS = Problem(STREET, (a_courier(capacity=(2,), trips=2, reload=600),))


def test_a_place_behind_the_way_back_to_load_belongs_to_the_second_trip() -> None:
    plan = a_plan(TRIPS, [0, 1, RELOAD, 2])

    assert pins(TRIPS, plan, "dung")["anna"] == [Pin.ROOM, Pin.ROOM, Pin.NOTHING, Pin.NOTHING]
    after = moved(TRIPS, plan, "dung", "anna", 2)
    assert names(after) == {"anna": ["an", "binh", "dung", "chi"]}
    assert [reload.before for reload in after.routes[0].reloads] == [2]


@pytest.mark.parametrize("order", [[0, 1, RELOAD, 2], [0, RELOAD, 1], [0, 1, RELOAD, 2, 3]])
def test_each_stop_of_two_trips_may_stay_where_it_is(order: list[int]) -> None:
    plan = a_plan(TRIPS, order)
    for number, visit in enumerate(plan.routes[0].visits):
        assert Choice("anna", number, 0, Pin.NOTHING) in choices(TRIPS, plan, visit.stop_id)
        assert moved(TRIPS, plan, visit.stop_id, "anna", number) == plan


def test_promises_on_both_sides_of_a_way_back_to_load_stay_in_order() -> None:
    day = replace(TRIPS, couriers=(replace(TRIPS.couriers[0], capacity=(3,), locked=("an", "binh", "chi")),))
    plan = told(day, [[0, RELOAD, 1]])
    assert plan is not None

    assert pins(day, plan, "chi")["anna"] == [Pin.LOCK, Pin.LOCK, Pin.NOTHING]
    assert pins(day, plan, "dung")["anna"] == [Pin.LOCK, Pin.LOCK, Pin.NOTHING]
    assert check(day, moved(day, plan, "chi", "anna", 2)) == []


def test_what_there_is_not_is_named() -> None:
    plan = a_plan(TWO, [0, 1], [2])
    for act in (choices, dropped):
        with pytest.raises(InvalidProblem, match="stop nobody"):
            act(TWO, plan, "nobody")
    for stop_id, courier_id, position in (("nobody", "anna", 0), ("an", "nobody", 0)):
        with pytest.raises(InvalidProblem, match="nobody"):
            moved(TWO, plan, stop_id, courier_id, position)
    for position in (-1, 2):
        with pytest.raises(InvalidProblem, match=f"courier anna has no place {position}"):
            moved(TWO, plan, "an", "anna", position)
    assert choices(replace(TWO, couriers=()), plan, "an") == ()


def test_whatever_forbids_a_place_has_its_words() -> None:
    assert set(FORBIDS) == set(Pin) - {Pin.NOTHING, Pin.SEARCH}


# The same orders with another clock.


def test_who_stays_at_home_leaves_all_stops_and_what_is_new_or_gone_is_known() -> None:
    plan = a_plan(TWO, [0, 1], [2, 3])
    today = Problem((*STREET[1:], a_stop("new")), TWO.couriers[:1])

    after = timed(today, plan)

    assert names(after) == {"anna": ["binh"]}
    assert [left.stop_id for left in after.left_out] == ["chi", "dung", "new"]
    assert check(today, after) == []


@pytest.mark.parametrize(
    "change",
    [
        {"shift": TimeWindow(8 * 3600, 8 * 3600 + 600)},
        {"capacity": (1,)},
        {"max_stops": 1},
        {"locked": ("binh",)},
        {"max_distance": 100},
    ],
)
def test_a_route_that_can_no_longer_be_kept_goes_as_a_whole(change: dict[str, object]) -> None:
    plan = a_plan(TWO, [0, 1], [2, 3])
    today = replace(TWO, couriers=(a_courier("anna", **change), TWO.couriers[1]))

    after = timed(today, plan)

    assert names(after) == {"bao": ["chi", "dung"]}
    assert [left.stop_id for left in after.left_out] == ["an", "binh"]


def test_a_route_with_what_is_promised_or_allowed_to_another_only_goes_too() -> None:
    plan = a_plan(TWO, [0, 1], [2, 3])
    promised = replace(TWO, couriers=(TWO.couriers[0], replace(TWO.couriers[1], locked=("an",))))
    named = replace(TWO, stops=(replace(STREET[0], couriers=frozenset({"bao"})), *STREET[1:]))

    assert names(timed(named, plan)) == {"bao": ["chi", "dung"]}
    # What is promised but in no route is missed by the check, and by nothing here.
    assert names(timed(promised, plan)) == {"bao": ["chi", "dung"]}


def test_half_a_shipment_or_one_brought_before_it_is_fetched_keeps_no_route() -> None:
    light = tuple(replace(stop, demand=(0,)) for stop in STREET)
    day = replace(TWO, stops=light)
    plan = a_plan(day, [0, 1], [2, 3])

    apart = replace(day, shipments=(Shipment("an", "chi", (1,)),))
    backwards = replace(day, shipments=(Shipment("binh", "an", (1,)),))
    assert names(timed(apart, plan)) == {}
    assert names(timed(backwards, plan)) == {"bao": ["chi", "dung"]}


def test_times_are_those_of_the_new_day_and_orders_those_of_the_old_one() -> None:
    plan = a_plan(TWO, [2, 0], [3])
    later = replace(TWO, couriers=(a_courier("anna", shift=TimeWindow(9 * 3600, 17 * 3600)), TWO.couriers[1]))

    after = timed(later, plan)

    assert names(after) == names(plan)
    assert after.routes[0].leave == plan.routes[0].leave + 3600
    assert after.routes[1] == plan.routes[1]


# Whatever the day.


@st.composite
def days(draw: st.DrawFn) -> tuple[Problem, Plan, str]:
    """A day with a plan that can be kept, however bad it is, and a stop of it that belongs to no shipment."""
    problem = draw(rich_problems())
    # Trips or shipments: what a shipment weighs past a way back to load is known to the check alone.
    trips, shipments = draw(st.sampled_from([(3, ()), (1, problem.shipments)]))
    couriers = tuple(replace(one, trips=trips) for one in problem.couriers)
    problem = replace(problem, couriers=couriers, shipments=shipments)
    if draw(st.booleans()):
        problem = replace(problem, travel=_crooked(problem, draw(st.integers(0, 9999))))
    ends = {end for one in problem.shipments for end in (one.pickup, one.delivery)}
    free = [stop.id for stop in problem.stops if stop.id not in ends]
    assume(free and problem.couriers)
    return problem, _dealt(problem, draw), draw(st.sampled_from(free))


def _crooked(problem: Problem, seed: int) -> MatrixTravel:
    """Ways of any length, so that going round by a third place may be quicker."""
    places = sorted({OFFICE, *(stop.location for stop in problem.stops)})
    seconds = np.random.default_rng(seed).integers(60, 2400, (len(places), len(places)))
    np.fill_diagonal(seconds, 0)
    return MatrixTravel({place: n for n, place in enumerate(places)}, seconds, seconds * 5)


def _dealt(problem: Problem, draw: st.DrawFn) -> Plan:
    """One stop or shipment after the other to somebody, somewhere, perhaps on a trip of its own, if that can be."""
    row_of = {stop.id: row for row, stop in enumerate(problem.stops)}
    orders: Orders = [[row_of[stop_id] for stop_id in one.locked] for one in problem.couriers]
    plan = told(problem, orders)
    assume(plan is not None and check(problem, plan) == [])
    partner = {row_of[one.pickup]: row_of[one.delivery] for one in problem.shipments}
    for row in draw(st.permutations([row for row in range(len(problem.stops)) if row not in partner.values()])):
        number = draw(st.integers(0, len(orders) - 1))
        at = draw(st.integers(0, len(orders[number])))
        unit = [row, partner[row]] if row in partner else [row]
        back = [RELOAD] if at and problem.couriers[number].trips > 1 and draw(st.booleans()) else []
        longer = [order if n != number else [*order[:at], *back, *unit, *order[at:]] for n, order in enumerate(orders)]
        tried = told(problem, longer)
        if tried is not None and check(problem, tried) == []:
            orders, plan = longer, tried
    assert plan is not None
    return plan


def orders_of(problem: Problem, plan: Plan) -> Orders:
    row_of = {stop.id: row for row, stop in enumerate(problem.stops)}
    orders: Orders = [[] for _ in problem.couriers]
    for route in plan.routes:
        order = [row_of[visit.stop_id] for visit in route.visits]
        for reload in reversed(route.reloads):
            order.insert(reload.before, RELOAD)
        orders[[one.id for one in problem.couriers].index(route.courier_id)] = order
    return orders


def by_hand(problem: Problem, plan: Plan, stop_id: str, choice: Choice) -> Plan | None:
    """The plan with the stop at that place, if there is one that holds, by doing just that."""
    row = [stop.id for stop in problem.stops].index(stop_id)
    number = [one.id for one in problem.couriers].index(choice.courier_id)
    if homes(problem, plan).get(stop_id) == (choice.courier_id, choice.position):
        return plan
    orders = [_tidy([other for other in order if other != row]) for order in orders_of(problem, plan)]
    visits = [n for n, other in enumerate(orders[number]) if other != RELOAD]
    orders[number].insert([*visits, len(orders[number])][choice.position], row)
    made = told(problem, orders)
    return made if made is not None and check(problem, made) == [] else None


def _tidy(order: list[int]) -> list[int]:
    """No way back to load without a stop before and after it."""
    kept: list[int] = []
    for row in order:
        if row != RELOAD or (kept and kept[-1] != RELOAD):
            kept.append(row)
    return kept[:-1] if kept and kept[-1] == RELOAD else kept


def homes(problem: Problem, plan: Plan) -> dict[str, tuple[str, int]]:
    """Whose visit each stop is, and the how manieth, shipments aside."""
    ends = {end for one in problem.shipments for end in (one.pickup, one.delivery)}
    return {
        visit.stop_id: (route.courier_id, number)
        for route in plan.routes
        for number, visit in enumerate(route.visits)
        if visit.stop_id not in ends
    }


quickly = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@quickly
@given(days())
def test_a_place_has_a_price_where_it_can_be_kept_and_a_pin_where_not(day: tuple[Problem, Plan, str]) -> None:
    problem, plan, stop_id = day
    for choice in choices(problem, plan, stop_id):
        expected = by_hand(problem, plan, stop_id, choice)
        if expected is None:
            assert choice.cost is None
            with pytest.raises(CannotMove) as refused:
                moved(problem, plan, stop_id, choice.courier_id, choice.position)
            assert refused.value.pin is choice.pin
            assert choice.pin in FORBIDS
        else:
            assert moved(problem, plan, stop_id, choice.courier_id, choice.position) == expected
            assert (choice.cost, choice.pin) == (price(expected) - price(plan), Pin.NOTHING)


@quickly
@given(days())
def test_where_a_stop_is_it_may_stay_for_nothing(day: tuple[Problem, Plan, str]) -> None:
    problem, plan, _ = day
    for stop_id, home in homes(problem, plan).items():
        costs = {(one.courier_id, one.position): one.cost for one in choices(problem, plan, stop_id)}

        assert costs[home] == 0
        assert moved(problem, plan, stop_id, *home) == plan


@quickly
@given(days())
def test_what_is_taken_out_and_put_back_is_as_if_nothing_had_been(day: tuple[Problem, Plan, str]) -> None:
    problem, plan, _ = day
    assume(not any(route.reloads for route in plan.routes))
    promised = {stop_id for one in problem.couriers for stop_id in one.locked}
    for stop_id, home in homes(problem, plan).items():
        row = [stop.id for stop in problem.stops].index(stop_id)
        rest = told(problem, [[other for other in order if other != row] for order in orders_of(problem, plan)])
        if stop_id in promised or rest is None:
            with pytest.raises(CannotMove):
                dropped(problem, plan, stop_id)
        else:
            assert dropped(problem, plan, stop_id) == rest
            assert check(problem, rest) == []
            assert moved(problem, rest, stop_id, *home) == plan


@quickly
@given(day=days(), picks=st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=2, max_size=4))
def test_move_after_move_promises_are_kept_and_the_others_keep_courier_and_order(
    day: tuple[Problem, Plan, str], picks: list[tuple[int, int]]
) -> None:
    problem, plan, _ = day
    ends = {end for one in problem.shipments for end in (one.pickup, one.delivery)}
    free = [stop.id for stop in problem.stops if stop.id not in ends]
    for which, where in picks:
        stop_id = free[which % len(free)]
        able = [one for one in choices(problem, plan, stop_id) if one.cost is not None]
        if not able:
            continue
        choice = able[where % len(able)]
        after = moved(problem, plan, stop_id, choice.courier_id, choice.position)

        assert check(problem, after) == []
        assert homes(problem, after)[stop_id] == (choice.courier_id, choice.position)
        assert _others(after, stop_id) == _others(plan, stop_id)
        assert price(after) - price(plan) == choice.cost
        plan = after


def _others(plan: Plan, stop_id: str) -> dict[str, list[str]]:
    kept = {courier_id: [each for each in ids if each != stop_id] for courier_id, ids in names(plan).items()}
    return {courier_id: ids for courier_id, ids in kept.items() if ids}


@quickly
@given(days())
def test_a_plan_that_holds_is_timed_as_it_is(day: tuple[Problem, Plan, str]) -> None:
    problem, plan, _ = day

    assert timed(problem, plan) == plan


@quickly
@given(day=days(), gone=st.sets(st.integers(0, 8)), shorter=st.integers(0, 4 * 3600), home=st.integers(0, 5))
def test_on_another_day_each_route_is_kept_in_order_or_not_at_all(
    day: tuple[Problem, Plan, str], gone: set[int], shorter: int, home: int
) -> None:
    problem, plan, _ = day
    ends = {end for one in problem.shipments for end in (one.pickup, one.delivery)}
    stops = tuple(stop for n, stop in enumerate(problem.stops) if n not in gone or stop.id in ends)
    couriers = tuple(_in_a_hurry(one, shorter) for n, one in enumerate(problem.couriers) if n != home)
    today = replace(problem, stops=stops, couriers=couriers)

    after = timed(today, plan)

    assert check(today, after) == []
    here = {stop.id for stop in stops}
    for courier_id, ids in names(after).items():
        assert ids == [stop_id for stop_id in names(plan)[courier_id] if stop_id in here]


def _in_a_hurry(courier: Courier, shorter: int) -> Courier:
    """The courier with a shorter day and nothing promised."""
    start, end = courier.shift
    return replace(courier, shift=TimeWindow(start, max(start, end - shorter)), locked=())


def test_what_was_fetched_and_not_brought_yet_is_still_in_the_bag_when_the_courier_loads_again() -> None:
    ends = (a_stop("fetch", demand=(0,)), a_stop("bring", 0.01, demand=(0,)))
    courier = a_courier(capacity=(5,), trips=2)
    day = Problem((*ends, a_stop("heavy", demand=(4,))), (courier,), shipments=(Shipment("fetch", "bring", (3,)),))
    fetch, bring, heavy = range(3)

    assert Bags(day).excess(courier, [fetch, RELOAD, heavy, bring]) == (0, 2)
    assert Bags(day).excess(courier, [fetch, bring, RELOAD, heavy]) == (0, 0)
    assert Bags(day).excess(courier, [fetch, RELOAD, bring]) == (0, 0)
