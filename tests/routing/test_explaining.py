"""Why a stop is where it is, how good a plan is, and both from the command line."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from routing import InvalidProblem, Location, Plan, Problem, Reason, Stop, TimeWindow, check, goals, insert, solve, why
from routing.__main__ import main
from routing.explain import Pin
from routing.goals import crossings
from routing.ground import Ground
from routing.insert import as_plan
from routing.plan import RELOAD, Change
from routing.problem import LATEST
from routing.reasons import left_out
from routing.schedule import schedule
from routing.standing import Standing
from routing.words import PINS, REASONS, REMEDIES
from tests.routing.days import AFTERNOON, MORNING, OFFICE, a_courier, a_stop, problems
from tests.routing.test_vroom import a_day

SECONDS = 0.1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_what_a_stop_costs_is_what_its_route_costs_less_without_it(problem: Problem) -> None:
    plan = solve(problem, seconds=SECONDS, workers=1)
    ground = Ground(problem)
    row_of = {stop.id: row for row, stop in enumerate(problem.stops)}
    number_of = {courier.id: n for n, courier in enumerate(problem.couriers)}
    for route in plan.routes:
        for visit in route.visits:
            told = why(problem, plan, visit.stop_id)
            rest = [row_of[other.stop_id] for other in route.visits if other != visit]
            without = schedule(ground.way(number_of[route.courier_id], rest)) if rest else None
            if not rest or without is not None:
                assert told.cost == route.cost - (without.cost if without else 0)
            assert {one.courier_id for one in told.elsewhere} == set(number_of) - {route.courier_id}
            assert all((one.cost is None) != (one.reason is None) for one in told.elsewhere)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_a_knock_can_be_later_by_its_slack_and_not_by_a_second_more(problem: Problem) -> None:
    plan = solve(problem, seconds=SECONDS, workers=1)
    ids = [visit.stop_id for route in plan.routes for visit in route.visits]
    for stop_id in ids:
        told = why(problem, plan, stop_id)
        assert can_knock(problem, plan, stop_id, told.visit.start + told.slack)
        assert not can_knock(problem, plan, stop_id, told.visit.start + told.slack + 1)


def can_knock(problem: Problem, plan: Plan, stop_id: str, moment: int) -> bool:
    """Whether the stop's route can be kept with a knock there at `moment` or later."""

    def after(stop: Stop) -> Stop:
        windows = [TimeWindow(max(a, moment), b) for a, b in stop.windows or [(0, LATEST)] if b >= moment]
        return replace(stop, windows=tuple(windows) or (TimeWindow(0, 0),))

    later = replace(problem, stops=tuple(after(stop) if stop.id == stop_id else stop for stop in problem.stops))
    row_of = {stop.id: row for row, stop in enumerate(problem.stops)}
    for number, courier in enumerate(problem.couriers):
        for route in plan.routes:
            if route.courier_id == courier.id and stop_id in {visit.stop_id for visit in route.visits}:
                order = [row_of[visit.stop_id] for visit in route.visits]
                return schedule(Ground(later).way(number, order)) is not None
    return False


def test_a_window_that_sends_a_courier_past_the_door_is_named() -> None:
    near, far = a_stop("near", 0.004, windows=(TimeWindow(12 * 3600, 13 * 3600),)), a_stop("far", 0.02)
    soon = replace(far, windows=(TimeWindow(8 * 3600, 9 * 3600),))
    back = a_stop("back", 0.02, 0.01, windows=(TimeWindow(9 * 3600, 10 * 3600),))
    day = Problem((near, soon, back), (a_courier(open_end=True),))

    told = why(day, solve(day, seconds=SECONDS), "near")

    assert (told.position, told.nearest, told.pin) == (2, 0, Pin.OWN_WINDOW)


def test_other_couriers_come_with_their_price_or_with_what_forbids_them() -> None:
    couriers = (a_courier("anna"), a_courier("dear", fixed=700), a_courier("full", capacity=(0,)))
    named = a_courier("late", shift=TimeWindow(8 * 3600, 8 * 3600 + 60))
    day = Problem((a_stop("an"), a_stop("binh", 0.01)), (*couriers, named), balance=0)

    dear, *others = why(day, solve(day, seconds=SECONDS), "binh").elsewhere

    assert dear.courier_id == "dear"
    assert dear.cost is not None
    assert dear.cost > 700
    assert {(one.courier_id, one.reason) for one in others} == {
        ("full", Reason.TOO_BIG),
        ("late", Reason.SHIFT_TOO_SHORT),
    }


def test_a_stop_that_is_not_served_has_no_place_to_explain() -> None:
    day = Problem((a_stop("heavy", demand=(99,)),), (a_courier(),))
    with pytest.raises(InvalidProblem):
        why(day, solve(day, seconds=SECONDS), "heavy")


def test_every_reason_change_and_pin_has_its_sentence() -> None:
    assert (set(REASONS), set(REMEDIES), set(PINS)) == (set(Reason), set(Change), set(Pin))


def test_the_goals_of_a_plan_are_what_its_routes_add_up_to() -> None:
    stops = (a_stop("an", ward="one"), a_stop("binh", 0.03, ward="two"), a_stop("heavy", demand=(99,), penalty=50))
    day = Problem(stops, (a_courier(wards=frozenset({"one"})),), territory=400, compact=1000)

    plan = solve(day, seconds=SECONDS)
    measured = goals(day, plan)

    (route,) = plan.routes
    assert (measured.cost, measured.penalties, measured.left_out) == (plan.cost, 50, 1)
    assert (measured.driving, measured.metres) == (route.driving, route.distance)
    assert measured.waiting == 2 * 60  # parked twice, nothing else
    assert measured.work.least == measured.work.most == route.driving + 2 * (150 + 60)
    assert (measured.territory.strangers, measured.territory.share, measured.territory.price) == (1, 0.5, 400)
    assert measured.compactness.price == measured.compactness.jumps > 0


def test_only_legs_of_different_routes_that_properly_cross_are_counted() -> None:
    flat, steep = np.array([(0.0, 0.0), (2.0, 0.0)]), np.array([(1.0, -1.0), (1.0, 1.0)])
    touching = np.array([(1.0, 0.0), (1.0, 1.0)])

    assert crossings([flat, steep]) == 1
    assert crossings([flat, touching]) == 0
    assert crossings([np.vstack([flat, steep])]) == 0


def test_the_desk_explains_reports_and_puts_in_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day, plan, after = (tmp_path / name for name in ("day.json", "plan.json", "after.json"))
    day.write_text(json.dumps(a_day()), encoding="utf-8")
    main(["solve", str(day), "--seconds", "0.5", "--out", str(plan)])

    assert main(["explain", str(day), str(plan)]) == 0
    told = capsys.readouterr().out
    assert "Stop 1 is left out" in told
    assert "allow 7 1 more stops" in told
    assert main(["explain", str(day), str(plan), "2"]) == 0
    assert "Stop 2 is served by 7" in capsys.readouterr().out
    assert main(["explain", str(day), str(plan), "99"]) == 1
    assert main(["report", str(day), str(plan), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["served"] == 2
    assert main(["report", str(day), str(plan)]) == 0
    assert "2 served in 1 routes, 1 left out" in capsys.readouterr().out

    roomy = a_day()
    roomy["vehicles"][0]["max_tasks"] = 3
    day.write_text(json.dumps(roomy), encoding="utf-8")
    assert main(["insert", str(day), str(plan), "--out", str(after)]) == 0
    assert main(["check", str(day), str(after)]) == 0
    assert json.loads(after.read_text(encoding="utf-8"))["unassigned"] == []


def test_offices_far_apart_do_not_confuse_the_spread() -> None:
    day = Problem((Stop("an", OFFICE), Stop("binh", Location(OFFICE.lat, OFFICE.lon))), (a_courier(),))

    assert goals(day, solve(day, seconds=SECONDS)).compactness.spread == 0


TWO_TRIPS = Problem(
    (
        a_stop("an", demand=(30,), windows=(MORNING,)),
        a_stop("binh", 0.02, demand=(30,)),
        a_stop("chi", -0.02, demand=(30,), windows=(AFTERNOON,)),
        a_stop("full", 0.001, demand=(40,), priority=1),
    ),
    (a_courier(trips=2, reload=600),),
    compact=1000,
)


def in_two_trips() -> Plan:
    plan = as_plan(Standing(Ground(TWO_TRIPS), [[0, 1, RELOAD, 2]]))
    assert check(TWO_TRIPS, plan) == []
    return plan


def test_a_way_back_to_load_is_work_and_no_jump() -> None:
    plan = in_two_trips()
    (route,), measured = plan.routes, goals(TWO_TRIPS, in_two_trips())

    assert measured.work.most == route.driving + 3 * (150 + 60) + 600
    jump = schedule(Ground(TWO_TRIPS).way(0, [0, 1]))
    assert jump is not None
    assert 0 < measured.compactness.jumps < jump.driving
    assert measured.waiting == route.back - route.leave - route.driving - 3 * 150 - 600


@pytest.mark.parametrize("stop_id", ["an", "binh", "chi"])
def test_a_stop_in_one_of_several_trips_is_explained(stop_id: str) -> None:
    plan = in_two_trips()
    told = why(TWO_TRIPS, plan, stop_id)
    knock = TimeWindow(told.visit.start + told.slack, LATEST)

    later = {stop.id: stop for stop in TWO_TRIPS.stops}[stop_id]
    last = replace(later, windows=tuple(TimeWindow(max(a, knock.start), b) for a, b in later.windows) or (knock,))
    stops = tuple(last if stop.id == stop_id else stop for stop in TWO_TRIPS.stops)
    assert schedule(Ground(replace(TWO_TRIPS, stops=stops)).way(0, [0, 1, RELOAD, 2])) is not None
    assert told.cost > 0


def test_what_would_let_a_stop_into_one_of_several_trips_is_found() -> None:
    (left,) = left_out(TWO_TRIPS, in_two_trips())

    assert {one.change: one.amount for one in left.remedies} == {Change.ROOM: 10, Change.COURIER: 1}


def test_a_late_stop_goes_into_the_trip_with_room_and_an_empty_trip_goes() -> None:
    late = replace(TWO_TRIPS, stops=(*TWO_TRIPS.stops[:3], a_stop("late", 0.001, demand=(20,))))
    after = insert(late, in_two_trips())

    assert check(late, after) == []
    assert [visit.stop_id for visit in after.routes[0].visits[2:]] == ["late", "chi"]
    without = replace(TWO_TRIPS, stops=TWO_TRIPS.stops[:2])
    assert insert(without, in_two_trips()).routes[0].reloads == ()
