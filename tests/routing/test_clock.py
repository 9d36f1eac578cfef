"""The clock of a route is exact, and what it tells is what the checker, which shares nothing with it, counts itself."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing import Break, Courier, LeftOut, Location, MatrixTravel, Plan, Problem, Reason, Stop, TimeWindow, check
from routing.ground import Ground
from routing.plan import RELOAD
from routing.problem import UNLIMITED
from routing.schedule import schedule
from tests.routing.days import a_courier, a_stop, rich_problems

PLACES = [Location(float(row), 0.0) for row in range(4)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rich_problems(), st.randoms(use_true_random=False))
def test_whatever_order_the_clock_keeps_the_checker_finds_driveable(problem: Problem, random: Any) -> None:
    """Orders are laid out at random, keeping to what the clock does not judge: room, pairs, promises, who may go."""
    ground = Ground(problem)
    rows = {stop.id: row for row, stop in enumerate(problem.stops)}
    partner = {one.pickup: one.delivery for one in problem.shipments}
    ends = {*partner, *partner.values()}
    promised = {stop_id for courier in problem.couriers for stop_id in courier.locked}
    orders = [[rows[stop_id] for stop_id in courier.locked] for courier in problem.couriers]
    assume(all(_can(ground, number, order) for number, order in enumerate(orders)))
    for stop in problem.stops:
        if stop.id in promised or (stop.id in ends and stop.id not in partner):
            continue
        block = [rows[stop.id], *([rows[partner[stop.id]]] if stop.id in partner else [])]
        for number, order in enumerate(orders):
            again = [RELOAD] if order and random.random() < 0.3 else []
            if _can(ground, number, [*order, *again, *block]):
                order += [*again, *block]
                break
    routes = [schedule(ground.way(number, order)) for number, order in enumerate(orders) if order]
    kept = tuple(route for route in routes if route is not None)
    missed = sorted(set(range(ground.stops)).difference(*orders))
    left_out = tuple(LeftOut(problem.stops[row].id, Reason.NO_COURIER_LEFT) for row in missed)
    cost = sum(route.cost for route in kept) + int(ground.penalties[missed].sum())

    assert check(problem, Plan(kept, left_out, cost)) == []


def _can(ground: Ground, number: int, order: list[int]) -> bool:
    courier, stops = ground.problem.couriers[number], ground.problem.stops
    served = [stops[row] for row in order if row != RELOAD]
    if len(served) > courier.max_stops or not all(courier.may_serve(stop) for stop in served):
        return False
    if schedule(ground.way(number, order)) is None:
        return False
    loaded = {one.pickup: one.amount[0] for one in ground.problem.shipments}
    cuts = [-1, *(at for at, row in enumerate(order) if row == RELOAD), len(order)]
    for start, end in pairwise(cuts):
        trip = [stops[row] for row in order[start + 1 : end]]
        # Enough for all moments: whatever is carried at any time, carried at the same time.
        if sum(s.demand[0] + sum(s.collect) + loaded.get(s.id, 0) for s in trip) > courier.capacity[0]:
            return False
    return True


_small = st.integers(0, 6)
_slots = st.lists(st.builds(lambda a, b: TimeWindow(a, a + b), st.integers(0, 40), _small), max_size=2).map(tuple)
_pauses = st.builds(
    lambda windows, duration: Break(windows or (TimeWindow(0, 60),), duration), _slots, st.integers(0, 5)
)
_doors = st.builds(
    lambda row, **given: Stop("", PLACES[row], **given),
    row=st.integers(0, 3),
    service=_small,
    windows=_slots,
    place=st.sampled_from(["", "house"]),
    place_setup=_small,
    release=st.sampled_from([0, 0, 9]),
)


@settings(max_examples=150, deadline=None)
@given(
    doors=st.lists(_doors, min_size=1, max_size=3),
    pauses=st.lists(_pauses, max_size=2).map(tuple),
    reload_at=st.sampled_from([None, None, 1, 2]),
    table=st.lists(st.lists(_small, min_size=4, max_size=4), min_size=4, max_size=4),
    longest=st.sampled_from([None, None, 8, 15, 25]),
)
def test_no_day_that_is_short_enough_is_back_earlier(
    doors: list[Stop], pauses: tuple[Break, ...], reload_at: int | None, table: list[list[int]], longest: int | None
) -> None:
    stops = tuple(_called(stop, f"s{n}") for n, stop in enumerate(doors))
    order: list[int] = list(range(len(stops)))
    if reload_at is not None and reload_at < len(order):
        order.insert(reload_at, RELOAD)
    courier = Courier("an", PLACES[0], TimeWindow(0, 60), breaks=pauses, trips=2, reload=3)
    courier = replace(courier, max_duration=longest) if longest is not None else courier
    travel = MatrixTravel({place: row for row, place in enumerate(PLACES)}, np.array(table), np.array(table))

    route = schedule(Ground(Problem(stops, (courier,), travel)).way(0, order))

    assert (route.back if route else None) == _soonest(stops, courier, order, table)


def _called(stop: Stop, name: str) -> Stop:
    return Stop(name, stop.location, stop.service, stop.windows, stop.place, stop.place_setup, release=stop.release)


# Now, tasks done (-1 before leaving), seconds done of the next one or, at the end, when it came; rests taken; leaving.
_State = tuple[int, int, int, int, int]


def _soonest(stops: Sequence[Stop], courier: Courier, order: list[int], table: list[list[int]]) -> int | None:
    """When the courier may be back first, found by trying second by second to go on, to wait, and to rest."""
    tasks = _tasks(stops, courier, order, table)
    first_trip = order[: order.index(RELOAD)] if RELOAD in order else order
    leave = max(stops[row].release for row in first_trip)
    ahead: list[_State] = [(0, -1, 0, 0, 0)]
    seen = set()
    back = []
    while ahead:
        state = ahead.pop()
        now, task, done, taken, left = state
        if state in seen or now > 80 or (0 <= task < len(tasks) and now - left > courier.max_duration):
            continue
        seen.add(state)
        home = task == len(tasks) and done <= courier.shift.end and done - left <= courier.max_duration
        if home and taken == len(courier.breaks):
            back.append(done)
        ahead.append((now + 1, task, done, taken, left))
        if taken < len(courier.breaks) and _is_open(courier.breaks[taken].windows, now):
            ahead.append((now + courier.breaks[taken].duration, task, done, taken + 1, left))
        if task == -1 and now >= leave:
            # Only where its length counts it matters when the day began.
            ahead.append((now, 0, 0, taken, now if courier.max_duration < UNLIMITED else 0))
        elif 0 <= task < len(tasks):
            ahead += _working(tasks, state)
    return min(back, default=None)


def _working(tasks: list["_Task"], state: _State) -> Iterator[_State]:
    now, task, done, taken, left = state
    owed, windows, stay = tasks[task]
    if done < owed:
        yield now + 1, task, done + 1, taken, left
    elif _is_open(windows, now):
        yield now + stay, task + 1, now if task + 1 == len(tasks) else 0, taken, left


def _is_open(windows: Sequence[TimeWindow], now: int) -> bool:
    return not windows or any(window.start <= now <= window.end for window in windows)


class _Task(NamedTuple):
    """So many seconds of driving and parking, then a moment within the windows, then so many seconds there."""

    owed: int
    windows: tuple[TimeWindow, ...]
    stay: int


def _tasks(stops: Sequence[Stop], courier: Courier, order: list[int], table: list[list[int]]) -> list[_Task]:
    tasks = []
    at, place = 0, ""
    for number, row in enumerate(order):
        if row == RELOAD:
            ready = max(stops[later].release for later in order[number + 1 :])
            tasks.append(_Task(table[at][0] + courier.reload, (TimeWindow(ready, 1000),), 0))
            at, place = 0, ""
            continue
        stop = stops[row]
        to = PLACES.index(stop.location)
        setup = 0 if stop.place and stop.place == place else stop.place_setup
        tasks.append(_Task(table[at][to] + setup, stop.windows, stop.service))
        at, place = to, stop.place
    return [*tasks, _Task(table[at][0], (), 0)]


def test_a_courier_who_loads_again_waits_for_what_is_not_there_yet_and_parks_anew() -> None:
    stops = (a_stop("an", place="tower"), a_stop("binh", place="tower", release=11 * 3600))
    courier = a_courier(trips=2, reload=900)
    ground = Ground(Problem(stops, (courier,)))

    route = schedule(ground.way(0, [0, RELOAD, 1]))

    assert route is not None
    (reload,) = route.reloads
    assert (reload.before, reload.departure) == (1, 11 * 3600)
    assert route.visits[0].arrival < 9 * 3600
    assert route.visits[1].start - route.visits[1].arrival == 60
    assert route.driving == 4 * (route.visits[0].arrival - route.leave)
    assert schedule(ground.way(0, [0, 1])).leave == 11 * 3600  # type: ignore[union-attr]


def test_nobody_makes_more_trips_than_agreed() -> None:
    ground = Ground(Problem((a_stop("an"), a_stop("binh")), (a_courier(trips=1),)))

    assert schedule(ground.way(0, [0, RELOAD, 1])) is None


def test_a_rest_may_be_taken_on_the_way_back_to_load() -> None:
    pause = Break((TimeWindow(8 * 3600 + 430, 8 * 3600 + 500),), 600)
    courier = a_courier(breaks=(pause,), trips=2, reload=60)
    problem = Problem((a_stop("an"), a_stop("binh")), (courier,))

    route = schedule(Ground(problem).way(0, [0, RELOAD, 1]))

    assert route is not None
    assert route.visits[0].departure <= route.rests[0].start < route.reloads[0].departure
    assert check(problem, Plan((route,), (), route.cost)) == []


def test_a_day_that_would_be_too_long_begins_later_where_the_slots_lie_closer_together() -> None:
    """Ready at eleven, both open until half past eleven and again from half past one; at most two hours out."""
    slots = (TimeWindow(8 * 3600, 11 * 3600 + 1800), TimeWindow(13 * 3600 + 1800, 17 * 3600))
    stops = (a_stop("an", windows=slots, release=11 * 3600), a_stop("binh", 0.07, windows=slots, release=11 * 3600))
    courier = a_courier(max_duration=2 * 3600)

    route = schedule(Ground(Problem(stops, (courier,))).way(0, [0, 1]))

    assert route is not None
    assert route.visits[0].start == slots[1].start
    assert route.back - route.leave <= courier.max_duration
