"""VROOM's JSON in and out: what is understood is kept, what is not is refused by name."""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from routing import HaversineTravel, InvalidProblem, LeftOut, Plan, Problem, Reason, UnsupportedInput, check
from routing.__main__ import main
from routing.ground import Ground
from routing.schedule import schedule
from routing.vroom import NOWHERE, read_problem
from routing.vroom_answer import read_plan, write_plan
from tests.conftest import SHARED

OFFICE = [2.35044, 48.71764]
ROAD = HaversineTravel(kmh=80, detour=1.2)
# The problem with a shipment in VROOM's documentation: two vehicles, four jobs, timestamps.
MORNING = 1_600_416_000


def a_day() -> dict[str, Any]:
    return {
        "vehicles": [
            {
                "id": 7, "start": [105.8738, 21.0459], "end": [105.8738, 21.0459], "capacity": [9], "max_tasks": 2,
                "time_window": [28800, 64800], "breaks": [{"id": 1, "time_windows": [[41400, 48600]], "service": 1800}],
            }
        ],
        "jobs": [
            {"id": n, "location": [105.87 + n / 1000, 21.05], "setup": 30, "service": 210, "delivery": [1],
             "priority": 10 * n, "time_windows": [[28800, 36000], [50400, 57600]]}
            for n in (1, 2, 3)
        ],
    }  # fmt: skip


def documented() -> dict[str, Any]:
    common = {"start": OFFICE, "end": OFFICE, "capacity": [4], "time_window": [MORNING, MORNING + 14_400]}
    pause = {"id": 2, "service": 300, "time_windows": [[MORNING + 7200, MORNING + 9000]]}
    return {
        "vehicles": [
            {"id": 1, "skills": [1, 14], **common},
            {"id": 2, "skills": [2, 14], "breaks": [pause], **common},
        ],
        "jobs": [
            {"id": 1, "service": 300, "delivery": [1], "location": [1.98935, 48.701], "skills": [1],
             "time_windows": [[MORNING + 3600, MORNING + 7200]]},
            {"id": 2, "service": 300, "pickup": [1], "location": [2.03655, 48.61128], "skills": [1]},
            {"id": 5, "service": 300, "delivery": [1], "location": [2.28325, 48.5958], "skills": [14]},
            {"id": 6, "service": 300, "delivery": [1], "location": [2.89357, 48.90736], "skills": [14]},
        ],
        "shipments": [
            {"amount": [1], "skills": [2],
             "pickup": {"id": 4, "service": 300, "location": [2.41808, 49.22619]},
             "delivery": {"id": 3, "service": 300, "location": [2.39719, 49.07611]}},
        ],
    }  # fmt: skip


def by_matrix() -> dict[str, Any]:
    """The problem with a matrix in VROOM's documentation."""
    return {
        "vehicles": [{"id": 0, "start_index": 0, "end_index": 3}],
        "jobs": [{"id": 1414, "location_index": 1}, {"id": 1515, "location_index": 2}],
        "matrices": {
            "car": {
                "durations": [[0, 2104, 197, 1299], [2103, 0, 2255, 3152], [197, 2256, 0, 1102], [1299, 3153, 1102, 0]]
            }
        },
    }


def planned(problem: Problem, *orders: list[str]) -> Plan:
    """The plan with these stops in order for each courier, whatever it costs; the rest is left out."""
    ground = Ground(problem)
    rows = {stop.id: row for row, stop in enumerate(problem.stops)}
    routes = [schedule(ground.way(n, [rows[stop] for stop in order])) for n, order in enumerate(orders) if order]
    known = tuple(route for route in routes if route is not None)
    assert len(known) == len(routes)
    missed = sorted(set(rows).difference(*orders))
    penalty = sum(int(ground.penalties[rows[stop]]) for stop in missed)
    left_out = tuple(LeftOut(stop, Reason.CHEAPER_WITHOUT) for stop in missed)
    return Plan(known, left_out, sum(route.cost for route in known) + penalty)


def test_a_day_is_planned_written_and_checked_from_the_command_line(tmp_path: Path) -> None:
    day, plan = tmp_path / "day.json", tmp_path / "plan.json"
    day.write_text(json.dumps(a_day()), encoding="utf-8")

    assert main(["solve", str(day), "--seconds", "0.5", "--out", str(plan)]) == 0

    written = json.loads(plan.read_text(encoding="utf-8"))
    assert [left["id"] for left in written["unassigned"]] == [1]  # two tasks at most, the least urgent is left
    assert main(["check", str(day), str(plan)]) == 0
    assert main(["check", str(day), str(plan), "--speed", "10"]) == 1
    problem = read_problem(a_day())
    again = write_plan(read_plan(written, problem, a_day()), problem, a_day())
    assert {
        **again,
        "summary": {**again["summary"], "computing_times": written["summary"]["computing_times"]},
    } == written
    written["routes"][0]["steps"][1]["start"] = 40_000
    plan.write_text(json.dumps(written), encoding="utf-8")
    assert main(["check", str(day), str(plan)]) == 1


def test_the_documented_day_with_a_shipment_is_read_planned_and_told_in_its_own_words() -> None:
    document = documented()
    problem = read_problem(document, ROAD)
    plan = planned(problem, ["2", "5", "1"], ["6", "pickup 4", "delivery 3"])

    assert check(problem, plan) == []
    answer = write_plan(plan, problem, document)

    first, second = answer["routes"]
    assert [step["type"] for step in second["steps"] if step["type"] != "break"] == [
        "start", "job", "pickup", "delivery", "end",
    ]  # fmt: skip
    assert [(step["id"], step["load"]) for step in second["steps"] if step["type"] in {"pickup", "delivery"}] == [
        (4, [1]), (3, [0]),
    ]  # fmt: skip
    assert [step["load"] for step in first["steps"]] == [[2], [3], [2], [1], [1]]
    assert (answer["summary"]["delivery"], answer["summary"]["pickup"]) == ([4], [2])
    assert first["steps"][0]["arrival"] >= MORNING
    for route in answer["routes"]:
        start, *_, end = route["steps"]
        spent = route["duration"] + route["setup"] + route["service"] + route["waiting_time"]
        assert end["arrival"] - start["arrival"] == spent
    assert read_plan(json.loads(json.dumps(answer)), problem, document) == plan


def test_the_documented_matrix_gives_the_documented_cost() -> None:
    problem = read_problem(by_matrix())

    answer = write_plan(planned(problem, ["1414", "1515"]), problem, by_matrix())

    assert answer["summary"]["cost"] == answer["summary"]["duration"] == 5461
    assert [step["arrival"] for step in answer["routes"][0]["steps"]] == [0, 2104, 4359, 5461]


def test_an_answer_of_vroom_itself_is_checked() -> None:
    """Its steps say nothing of `start` and `departure`, its routes nothing of how far they are."""
    steps = [
        {"type": "start", "arrival": 0, "duration": 0},
        {"type": "job", "id": 1414, "setup": 0, "service": 0, "waiting_time": 0, "arrival": 2104, "duration": 2104},
        {"type": "job", "id": 1515, "setup": 0, "service": 0, "waiting_time": 0, "arrival": 4359, "duration": 4359},
        {"type": "end", "arrival": 5461, "duration": 5461},
    ]
    answer = {
        "code": 0,
        "summary": {"cost": 5461, "unassigned": 0},
        "unassigned": [],
        "routes": [{"vehicle": 0, "cost": 5461, "duration": 5461, "steps": steps}],
    }
    problem = read_problem(by_matrix())
    assert check(problem, read_plan(answer, problem, by_matrix())) == []

    steps[2]["arrival"] = 4358

    assert check(problem, read_plan(answer, problem, by_matrix())) == ["courier 0: cannot be at stop 1515 that early"]


def test_a_vehicle_without_a_start_begins_at_its_first_task_and_one_without_an_end_stops_at_its_last() -> None:
    document = by_matrix()
    document["vehicles"] = [{"id": 1, "end_index": 3}, {"id": 2, "start_index": 0}]
    problem = read_problem(document)
    plan = planned(problem, ["1515"], ["1414"])

    free, open_end = write_plan(plan, problem, document)["routes"]

    assert problem.couriers[0].start == NOWHERE
    assert (free["duration"], open_end["duration"]) == (1102, 2104)
    assert (free["steps"][0]["location_index"], open_end["steps"][-1]["location_index"]) == (2, 1)
    assert check(problem, plan) == []


def test_costs_limits_speed_and_order_of_breaks_are_kept() -> None:
    document = by_matrix()
    document["matrices"]["car"]["distances"] = [
        [10 * n for n in row] for row in document["matrices"]["car"]["durations"]
    ]
    document["vehicles"][0] |= {
        "costs": {"fixed": 7, "per_hour": 1800, "per_km": 100}, "speed_factor": 2.0, "max_travel_time": 5000,
        "max_distance": 60_000, "max_tasks": 2, "skills": [3],
        "breaks": [{"id": 8, "time_windows": [[9000, 9500]]}, {"id": 9, "service": 60, "time_windows": [[10, 20]]}],
    }  # fmt: skip
    problem = read_problem(document)
    (courier,) = problem.couriers
    plan = planned(problem, ["1414", "1515"])

    answer = write_plan(plan, problem, document)

    assert (courier.max_driving, courier.max_distance, courier.max_stops) == (5000, 60_000, 2)
    assert check(problem, plan) == []
    # Half of 2104, 2255 and 1102 seconds at half price each, and 54.61 km.
    assert answer["summary"]["cost"] == 7 + (526 + 2104) + (564 + 2255) + (275 + 1102) + 0
    assert [step["id"] for step in answer["routes"][0]["steps"] if step["type"] == "break"] == [9, 8]


def test_timestamps_come_back_as_timestamps_also_in_reasons() -> None:
    document = documented()
    problem = read_problem(document, ROAD)
    plan = planned(problem, ["2", "5"], ["6", "pickup 4", "delivery 3"])
    plan = replace(plan, left_out=(LeftOut("1", Reason.CANNOT_ARRIVE_BY, {"earliest": 30_000, "latest": 29_000}),))

    (left,) = write_plan(plan, problem, document)["unassigned"]

    assert left["facts"]["earliest"] - left["facts"]["latest"] == 1000
    assert MORNING - 86_400 < left["facts"]["latest"] < MORNING + 86_400


def changed(*path: str | int, to: object) -> dict[str, Any]:
    document = deepcopy(documented())
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return document


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (changed("options", to={}), "options"),
        (changed("vehicles", 0, "steps", to=[{"type": "job", "id": 1}]), "vehicle 1 uses steps"),
        (changed("vehicles", 0, "type", to="van"), "vehicle 1 uses type"),
        (changed("vehicles", 0, "costs", to={"per_task_hour": 3}), "costs of vehicle 1 uses per_task_hour"),
        (changed("vehicles", 1, "breaks", 0, "max_load", to=[1]), "vehicle 2: break 2 uses max_load"),
        (changed("jobs", 0, "service_per_type", to={}), "job 1 uses service_per_type"),
        (changed("jobs", 0, "amount", to=[1]), "job 1 uses amount"),
        (changed("shipments", 0, "pickup", "priority", to=3), "pickup 4 uses priority"),
        (changed("shipments", 0, "delivery", "setup_per_type", to={}), "delivery 3 uses setup_per_type"),
        (changed("vehicles", 0, "profile", to="bike"), "more than one profile"),
        (changed("vehicles", 0, to={"id": 1, "capacity": [4]}), "neither start nor end"),
        (changed("vehicles", 0, "capacity", to=[]), "number of amounts"),
        (changed("jobs", 0, "delivery", to=[1, 1]), "number of amounts"),
        (changed("jobs", 0, "service", to=300.5), r"service of job 1 .* 300.5"),
        (changed("jobs", 0, "service", to=True), "service of job 1"),
        (changed("jobs", 0, "service", to=10**5000), "service of job 1 is beyond all measure: a number of about 5000"),
        (changed("jobs", 0, "service", to=-(10**5000)), "service of job 1"),
        (changed("jobs", 0, "location", to="here"), "location of job 1"),
        (changed("jobs", 0, "location", to=[float("nan"), 1]), "location of job 1"),
        (changed("jobs", 0, "location", to=[10**400, 1]), "location of job 1"),
        (changed("jobs", 0, "location", to=[21, 105.8]), "location of job 1"),
        (changed("jobs", 0, "time_windows", to=[]), "time_windows of job 1 is empty"),
        (changed("jobs", 0, "time_windows", to=[[1, 2, 3]]), "time_windows of job 1"),
        (changed("jobs", 0, "description", to=5), "description of job 1"),
        (changed("jobs", 0, "id", to="one"), "id of job 'one'"),
        (changed("jobs", to={"id": 1}), "jobs of the problem is not a list"),
        (changed("jobs", to=[3]), "job 0 is not an object"),
        (changed("vehicles", to=None), "the problem has no vehicles"),
        (changed("vehicles", to=[]), "has no vehicles"),
        ({**changed("jobs", to=[]), "shipments": []}, "neither jobs nor shipments"),
        (changed("vehicles", 0, "speed_factor", to=0), "speed_factor of vehicle 1"),
        (changed("vehicles", 1, "breaks", to=[{"id": 1}, {"id": 1}]), "vehicle 2 has two breaks"),
        (changed("matrices", to={}), "matrices of the problem has no car"),
    ],
)
def test_what_would_be_ignored_or_cannot_be_meant_is_refused_by_name(document: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedInput, match=named):
        read_problem(document)


@pytest.mark.parametrize(
    ("tables", "named"),
    [
        ({"durations": [[0, 1], [1]]}, "not square: see row 1"),
        ({"durations": [[0, 1]]}, "not square: see row 0"),
        ({"durations": [[0, -1], [1, 0]]}, "not a whole number from 0 on but -1"),
        ({"durations": [[0, 1.5], [1, 0]]}, "1.5"),
        ({"durations": [[0, True], [1, 0]]}, "True"),
        ({"durations": [[0, 10**30], [1, 0]]}, "beyond all measure"),
        ({"durations": [[0, 10**11], [1, 0]]}, "beyond all measure"),
        ({"durations": [[0, 1], [1, 0]]}, "no row for"),
        ({"durations": [[0] * 4] * 4, "costs": [[1] * 4] * 4}, "costs other than durations"),
        ({"durations": [[0] * 4] * 4, "distances": [[0]]}, "not of one size"),
        ({"distances": [[0] * 4] * 4}, "has no durations"),
        ({"durations": [[0] * 4] * 4, "tolls": []}, "tolls"),
    ],
)
def test_a_matrix_that_is_none_is_refused(tables: dict[str, Any], named: str) -> None:
    with pytest.raises((UnsupportedInput, InvalidProblem), match=named):
        read_problem({**by_matrix(), "matrices": {"car": tables}})


@pytest.mark.parametrize("key", ["max_distance", "costs"])
def test_kilometres_are_not_counted_where_nobody_says_how_far_it_is(key: str) -> None:
    document = by_matrix()
    document["vehicles"][0][key] = 5 if key == "max_distance" else {"per_km": 3}

    with pytest.raises(UnsupportedInput, match="no distances"):
        read_problem(document)


def test_windows_that_cannot_be_meant_and_numbers_given_twice_are_refused() -> None:
    with pytest.raises(InvalidProblem, match="stop 1"):
        read_problem(changed("jobs", 0, "time_windows", to=[[MORNING + 9, MORNING + 3]]))
    with pytest.raises(InvalidProblem, match="more than one stop 5"):
        read_problem(changed("jobs", 0, "id", to=5))


@pytest.mark.parametrize("content", ["{", "[]", "{}", "", "[" * 100_000, '{"jobs": NaN}', '{"a": 1' + "0" * 5000 + "}"])
def test_a_file_that_is_no_problem_gets_one_clear_line(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day, plan = tmp_path / "day.json", tmp_path / "plan.json"
    day.write_text(content, encoding="utf-8")

    assert main(["solve", str(day), "--out", str(plan)]) == 1

    said = capsys.readouterr()
    assert said.err.startswith("✗")
    assert (said.err.count("\n"), said.out) == (1, "")
    assert json.loads(plan.read_text(encoding="utf-8"))["code"] == 2


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ({}, "has no summary"),
        ({"code": 3, "error": "no way"}, "no way"),
        ({"summary": {"cost": 1}, "routes": [{"vehicle": 1, "steps": []}]}, "no steps"),
        ({"summary": {"cost": 1}, "unassigned": [{"id": 1, "reason": "mood"}]}, "reason"),
        (
            {"summary": {"cost": 1}, "routes": [{"vehicle": 1, "steps": [{"type": "job", "arrival": "soon"}]}]},
            "arrival",
        ),
    ],
)
def test_what_is_no_solution_is_refused(answer: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedInput, match=named):
        read_plan(answer, read_problem(documented()), documented())


@pytest.mark.shared
def test_a_real_ward_day_is_planned_with_next_to_nothing_left_out() -> None:
    from routing import solve  # noqa: PLC0415

    problem = read_problem(json.loads((SHARED / "data/days/day-300.json").read_text(encoding="utf-8")))

    plan = solve(problem, seconds=8)

    assert check(problem, plan) == []
    assert len(plan.left_out) <= 6
