"""VROOM's JSON in and out: what is understood is kept, what is not is refused by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from routing import InvalidProblem, UnsupportedInput, check
from routing.__main__ import main
from routing.vroom import read_plan, read_problem, write_plan
from tests.conftest import SHARED


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


def test_a_day_is_planned_written_and_checked_from_the_command_line(tmp_path: Path) -> None:
    day, plan = tmp_path / "day.json", tmp_path / "plan.json"
    day.write_text(json.dumps(a_day()), encoding="utf-8")

    assert main(["solve", str(day), "--seconds", "0.5", "--out", str(plan)]) == 0

    written = json.loads(plan.read_text(encoding="utf-8"))
    assert [left["id"] for left in written["unassigned"]] == [1]  # two tasks at most, the least urgent is left
    assert main(["check", str(day), str(plan)]) == 0
    assert write_plan(read_plan(written)) == written
    assert check(read_problem(a_day()), read_plan(written)) == []
    written["routes"][0]["steps"][1]["start"] = 40_000
    plan.write_text(json.dumps(written), encoding="utf-8")
    assert main(["check", str(day), str(plan)]) == 1


def test_a_matrix_is_used_instead_of_the_straight_line() -> None:
    day = a_day()
    for row, job in enumerate(day["jobs"], start=1):
        job["location_index"] = row
    day["vehicles"][0] |= {"start_index": 0, "end_index": 0}
    day["matrices"] = {"car": {"durations": [[0 if a == b else 600 for b in range(4)] for a in range(4)]}}

    problem = read_problem(day)

    seconds, _metres = problem.travel.matrices([stop.location for stop in problem.stops])
    assert seconds.max() == 600


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"shipments": []}, "shipments"),
        ({"vehicles": [{"id": 1, "skills": [1]}]}, "skills"),
        ({"jobs": [{"id": 1, "location": [105.9, 21.0], "pickup": [1]}]}, "pickup"),
        ({"vehicles": [{"id": 1, "start": [105.9, 21.0]}]}, "no end"),
        ({"jobs": [{"id": 1, "location": "here"}]}, "not a VROOM problem"),
        ({"jobs": {"id": 1}}, "not a VROOM problem"),
        ({"vehicles": None}, "not a VROOM problem"),
    ],
)
def test_what_would_be_ignored_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedInput, match=named):
        read_problem({**a_day(), **change})


def test_windows_that_cannot_be_meant_are_refused() -> None:
    day = a_day()
    day["jobs"][0]["time_windows"] = [[9, 3]]
    with pytest.raises(InvalidProblem, match="stop 1"):
        read_problem(day)


@pytest.mark.parametrize("content", ["{", "[]", "{}", ""])
def test_a_file_that_is_no_problem_gets_one_clear_line(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = tmp_path / "day.json"
    day.write_text(content, encoding="utf-8")

    assert main(["solve", str(day)]) == 1
    assert capsys.readouterr().err.startswith("✗")


@pytest.mark.shared
def test_a_real_ward_day_is_planned_with_next_to_nothing_left_out() -> None:
    from routing import solve  # noqa: PLC0415

    problem = read_problem(json.loads((SHARED / "data/days/day-300.json").read_text(encoding="utf-8")))

    plan = solve(problem, seconds=8)

    assert check(problem, plan) == []
    assert len(plan.left_out) <= 6
