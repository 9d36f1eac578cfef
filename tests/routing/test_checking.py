"""The checker finds what is wrong with a plan; otherwise its silence would mean nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from routing import (
    InvalidProblem,
    LeftOut,
    Location,
    Plan,
    Problem,
    Reason,
    Rest,
    Route,
    Shipment,
    TimeWindow,
    Visit,
    check,
    solve,
)
from routing.ground import Ground
from routing.plan import RELOAD
from routing.schedule import schedule
from tests.routing.days import LUNCH, MORNING, a_courier, a_stop

STOPS = (a_stop("an", windows=(MORNING,)), a_stop("binh", -0.01, windows=(MORNING,)), a_stop("chi", 0.02))
PROBLEM = Problem(STOPS, (a_courier(capacity=(3,), breaks=(LUNCH,)),))


@pytest.fixture(scope="module")
def route() -> Route:
    plan = solve(PROBLEM, seconds=0.3)
    assert check(PROBLEM, plan) == []
    return plan.routes[0]


def wrongs(*routes: Route, left_out: tuple[LeftOut, ...] = (), problem: Problem = PROBLEM) -> str:
    return "; ".join(check(problem, Plan(routes, left_out, sum(route.cost for route in routes))))


def changed(route: Route, number: int, **changes: int | str) -> Route:
    visits = list(route.visits)
    visits[number] = visits[number]._replace(**changes)  # type: ignore[arg-type]
    return replace(route, visits=tuple(visits))


def test_a_lost_a_doubled_and_an_invented_stop_are_found(route: Route) -> None:
    assert "is lost" in wrongs(replace(route, visits=route.visits[1:]))
    assert "appears 2 times" in wrongs(route, left_out=(LeftOut("an", Reason.NO_COURIER_LEFT),))
    assert "not in the problem" in wrongs(changed(route, 0, stop_id="dung"))


def test_an_impossible_clock_is_found(route: Route) -> None:
    first: Visit = route.visits[0]
    assert "that early" in wrongs(changed(route, 0, arrival=first.arrival - 1))
    assert "no time to park" in wrongs(changed(route, 0, start=first.arrival, departure=first.arrival + 150))
    assert "too short or too long" in wrongs(changed(route, 0, departure=first.departure - 1))
    assert "back that early" in wrongs(replace(route, back=route.visits[-1].departure))
    assert "outside the shift" in wrongs(replace(route, leave=7 * 3600))


def test_a_missed_slot_is_found(route: Route) -> None:
    narrow = tuple(replace(stop, windows=(TimeWindow(0, 60),)) if stop.id == "an" else stop for stop in STOPS)
    assert "outside its time windows" in wrongs(route, problem=replace(PROBLEM, stops=narrow))


def test_a_heavy_bag_and_a_second_route_are_found(route: Route) -> None:
    light = replace(PROBLEM, couriers=(a_courier(capacity=(2,), breaks=(LUNCH,)),))
    assert "carries 3, has room for 2" in wrongs(route, problem=light)
    assert "has 2 routes" in wrongs(route, replace(route, visits=(), rests=()))


def test_a_missing_short_or_misplaced_rest_is_found(route: Route) -> None:
    (rest,) = route.rests
    assert "each rest once" in wrongs(replace(route, rests=()))
    assert "another length" in wrongs(replace(route, rests=(Rest(rest.start, rest.end - 1),)))
    assert "outside the time" in wrongs(replace(route, rests=(Rest(15 * 3600, 15 * 3600 + 2700),)))
    at_the_door = Rest(route.visits[0].start, route.visits[0].start + 2700)
    assert "rests while at the door of stop" in wrongs(replace(route, rests=(at_the_door,)))


def test_a_shortened_way_is_found(route: Route) -> None:
    assert "another distance" in wrongs(replace(route, distance=route.distance - 1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Problem((a_stop("an"), a_stop("an")), ()),
        lambda: Problem((), (a_courier(), a_courier())),
        lambda: Problem((a_stop("an", service=-1),), ()),
        lambda: Problem((a_stop("an", windows=(TimeWindow(10, 5),)),), ()),
        lambda: Problem((a_stop("an", demand=(1, 1)),), (a_courier(),)),
        lambda: Problem((a_stop("an", priority=101),), ()),
        lambda: solve(Problem((replace(a_stop("an"), location=Location(float("nan"), 0)),), (a_courier(),)), seconds=1),
    ],
)
def test_a_problem_that_contradicts_itself_is_refused(make: object) -> None:
    with pytest.raises(InvalidProblem):
        make()  # type: ignore[operator]


RICH = Problem(
    (
        a_stop("give", demand=(2,)),
        a_stop("take", -0.01, demand=(1,), collect=(2,)),
        a_stop("fetch", 0.012, demand=(0,)),
        a_stop("bring", -0.006, demand=(0,)),
        a_stop("late", 0.02, demand=(3,), release=10 * 3600, skills=frozenset({"lift"})),
        a_stop("dear", 0.03, demand=(0,), penalty=77),
    ),
    (
        a_courier(
            capacity=(4,),
            trips=2,
            reload=600,
            breaks=(LUNCH,),
            locked=("give",),
            skills=frozenset({"lift"}),
            fixed=50,
            per_km=100,
        ),
        a_courier("binh", capacity=(4,)),
    ),
    shipments=(Shipment("fetch", "bring", (1,)),),
)


@pytest.fixture(scope="module")
def rich() -> Plan:
    """Anna gives, takes, fetches and brings, loads again, and goes to the late one; the dear one is left out."""
    route = schedule(Ground(RICH).way(0, [0, 1, 2, 3, RELOAD, 4]))
    assert route is not None
    plan = Plan((route,), (LeftOut("dear", Reason.CHEAPER_WITHOUT),), route.cost + 77)
    assert check(RICH, plan) == []
    return plan


def _of_route(**changes: Callable[[Route], object]) -> Callable[[Plan], Plan]:
    def corrupt(plan: Plan) -> Plan:
        (route,) = plan.routes
        changed = replace(route, **{name: change(route) for name, change in changes.items()})  # type: ignore[arg-type]
        return replace(plan, routes=(changed,))

    return corrupt


def _reordered(*order: int) -> Callable[[Plan], Plan]:
    """The clock of another order, right in itself: only what it breaks can be wrong."""

    def corrupt(_plan: Plan) -> Plan:
        route = schedule(Ground(RICH).way(0, order))
        assert route is not None
        missed = [stop for row, stop in enumerate(RICH.stops) if row not in order]
        left_out = tuple(LeftOut(stop.id, Reason.CHEAPER_WITHOUT) for stop in missed)
        return Plan((route,), left_out, route.cost + sum(stop.penalty or 1000 for stop in missed))

    return corrupt


def _at(number: int, **shifts: int) -> Callable[[Route], object]:
    def change(route: Route) -> object:
        visits = list(route.visits)
        moved = {name: getattr(visits[number], name) + by for name, by in shifts.items()}
        visits[number] = visits[number]._replace(**moved)
        return tuple(visits)

    return change


def _reload(**shifts: int) -> Callable[[Route], object]:
    def change(route: Route) -> object:
        (reload,) = route.reloads
        return (reload._replace(**{name: getattr(reload, name) + by for name, by in shifts.items()}),)

    return change


@pytest.mark.parametrize(
    ("corrupt", "said"),
    [
        (_reordered(1, 0, 2, 3, RELOAD, 4), "stop give is locked as number 1, comes as 2"),
        (_reordered(1, 2, 3, RELOAD, 4), "stop give is locked but not visited"),
        (_reordered(0, 1, 3, 2, RELOAD, 4), "courier anna: is at stop bring before fetching at stop fetch"),
        (_reordered(0, 1, 2, RELOAD, 4), "courier anna: fetches at stop fetch what nobody brings to stop bring"),
        (_reordered(0, 1, 3, RELOAD, 4), "courier anna: brings to stop bring what nobody fetches at stop fetch"),
        (_reordered(0, 1, RELOAD, 4, 2, 3, 5), ""),
        (_reordered(0, 1, 4, 2, 3), "carries 6, has room for 4, on the way to stop give"),
        (_reordered(0, 2, RELOAD, 4, 1, 3), "carries 5, has room for 4, on the way to stop late"),
        (_reordered(0, 2, RELOAD, 1, 4, 3), "carries 6, has room for 4, after stop take"),
        (_of_route(reloads=lambda _route: ()), "courier anna: carries 6"),
        (_of_route(reloads=lambda route: route.reloads * 2), "comes back to load without a stop"),
        (_of_route(reloads=_reload(before=-4)), "comes back to load without a stop"),
        (_of_route(reloads=_reload(before=1)), "comes back to load without a stop"),
        (_of_route(reloads=_reload(before=-1)), "another distance"),
        (_of_route(reloads=_reload(arrival=-1)), "cannot be back to load that early"),
        (_of_route(reloads=_reload(arrival=1, departure=-1800)), "leaves before what stop late gets is there"),
        (_of_route(reloads=lambda route: (route.reloads[0]._replace(departure=route.reloads[0].arrival + 599),)),
         "has no time to load again"),
        (_of_route(visits=_at(4, arrival=-1)), "cannot be at stop late that early"),
        (_of_route(visits=_at(4, start=-1, departure=-1)), "has no time to park at stop late"),
        (_of_route(visits=_at(2, departure=1)), "stays at stop fetch too short or too long"),
        (_of_route(leave=lambda route: route.leave + 1), "cannot be at stop give that early"),
        (_of_route(leave=lambda _route: 8 * 3600 - 1), "works outside the shift"),
        (_of_route(back=lambda route: route.back - 1), "cannot be back that early"),
        (_of_route(driving=lambda route: route.driving - 1), "another distance or driving time"),
        (_of_route(cost=lambda route: route.cost - 1), "says another price than what it costs"),
        (_of_route(courier_id=lambda _route: "binh"), "binh: goes to stop give, which is locked to courier anna"),
        (_of_route(courier_id=lambda _route: "binh"), "courier binh: may not go to stop late"),
        (_of_route(courier_id=lambda _route: "binh"), "courier binh: has 2 trips, 1 are the most"),
        (lambda plan: replace(plan, cost=plan.cost - 1), "its routes and penalties come to"),
        (lambda plan: replace(plan, cost=plan.cost + 1), "its routes and penalties come to"),
        (lambda plan: replace(plan, left_out=()), "stop dear is lost"),
        (lambda plan: replace(plan, routes=(*plan.routes, replace(plan.routes[0], courier_id="binh", visits=()))),
         "courier binh has a route without a stop"),
    ],
)  # fmt: skip
def test_each_corruption_of_a_rich_plan_is_found_and_named(
    rich: Plan, corrupt: Callable[[Plan], Plan], said: str
) -> None:
    wrong = check(RICH, corrupt(rich))

    assert any(said in line for line in wrong) if said else wrong == []


def test_a_shipment_that_changes_hands_is_found() -> None:
    ground = Ground(RICH)
    anna, binh = schedule(ground.way(0, [0, 2])), schedule(ground.way(1, [3]))
    assert anna is not None
    assert binh is not None

    wrong = check(RICH, Plan((anna, binh), (), 0))

    assert "courier anna: fetches at stop fetch what courier binh brings to stop bring" in wrong


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: replace(RICH, shipments=(Shipment("fetch", "fetch", (1,)),)), "shipment of stop fetch"),
        (lambda: replace(RICH, shipments=(Shipment("fetch", "nowhere", (1,)),)), "nowhere of a shipment is not in"),
        (lambda: replace(RICH, shipments=(Shipment("fetch", "take", (1,)),)), "take of a shipment has a demand"),
        (lambda: replace(RICH, shipments=(Shipment("fetch", "bring", (-1,)),)), "negative amount"),
        (lambda: replace(RICH, shipments=(Shipment("fetch", "bring", (1, 1)),)), "dimensions"),
        (lambda: replace(RICH, couriers=(a_courier(locked=("nowhere",)),)), "nowhere is locked but not in"),
        (lambda: replace(RICH, couriers=(a_courier(locked=("late",)),)), "anna, who may not go there"),
        (lambda: replace(RICH, couriers=(a_courier(locked=("give", "give")),)), "lock of stop give"),
        (lambda: replace(RICH, couriers=(a_courier(locked=("bring",)),)), "bring is locked to courier anna, but not"),
        (lambda: replace(RICH, couriers=(a_courier(locked=("bring", "fetch")),)), "but not after stop fetch"),
        (lambda: replace(RICH, couriers=(a_courier(trips=0),)), "anna has not between 1 and"),
        (lambda: replace(RICH, couriers=(a_courier(reload=-1),)), "negative capacity, limit or price"),
        (lambda: replace(RICH, territory=-1), "territory"),
        (lambda: Problem((a_stop("an", collect=(-1,)),), ()), "stop an has a negative"),
        (lambda: Problem((a_stop("an", collect=(1, 1)),), ()), "dimensions"),
    ],
)
def test_words_that_contradict_each_other_are_refused(make: Callable[[], Problem], said: str) -> None:
    with pytest.raises(InvalidProblem, match=said):
        make()
