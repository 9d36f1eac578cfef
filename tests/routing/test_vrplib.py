"""VRPLIB's files in, CVRPLIB's solutions out, by the conventions in which each family counts."""

from pathlib import Path

import pytest

from routing import UnsupportedInput
from routing.__main__ import main
from routing.vrplib import read_instance, read_solution
from tests.conftest import SHARED

SQUARE = """NAME : square
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 2
NODE_COORD_SECTION
1 0 0
2 0 10
3 1 10
4 10 0
5 10 1
DEMAND_SECTION
1 0
2 1
3 1
4 1
5 1
DEPOT_SECTION
1
-1
EOF
"""
TIMED = """NAME : timed
TYPE : VRPTW
VEHICLES : 2
DIMENSION : 3
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 2
SERVICE_TIME : 10
NODE_COORD_SECTION
1 0 0
2 3 3
3 -3 3
TIME_WINDOW_SECTION
1 0 100
2 0 {closes}
3 0 60
DEMAND_SECTION
1 0
2 1
3 1
DEPOT_SECTION
1
-1
"""
PRIZES = (
    SQUARE.replace("CVRP", "PCVRPTW").replace("CAPACITY : 2", "CAPACITY : 4")
    + "PRIZE_SECTION\n1 0\n2 50\n3 50\n4 3\n5 3\n"
)
TWO_DEPOTS = """NAME : two
TYPE : MDVRPTW
DIMENSION : 4
VEHICLES : 2
CAPACITY : 5
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 100 0
3 1 0
4 99 0
DEMAND_SECTION
1 0
2 0
3 1
4 1
DEPOT_SECTION
1
2
-1
VEHICLES_DEPOT_SECTION
1 1
2 2
"""


def solved(text: str, folder: Path) -> str:
    problem, solution = folder / "p.vrp", folder / "p.sol"
    problem.write_text(text, encoding="utf-8")
    assert main(["solve", str(problem), "--seconds", "0.3", "--out", str(solution)]) == 0
    assert main(["check", str(problem), str(solution)]) == 0
    return solution.read_text(encoding="utf-8")


def test_neighbours_share_a_vehicle(tmp_path: Path) -> None:
    solution = solved(SQUARE, tmp_path)

    assert sorted(sorted(route) for route in read_solution(solution)) == [["1", "2"], ["3", "4"]]
    assert solution.splitlines()[-1] == f"Cost {2 * (10 + 1 + 10)}"


def test_ways_are_cut_off_to_tenths(tmp_path: Path) -> None:
    # The way to the first stop is 4.2426…; as 4.2 it is just in time.
    solution = solved(TIMED.format(closes="4.2"), tmp_path)

    assert read_solution(solution) == [["1", "2"]]
    assert solution.splitlines()[-1] == "Cost 14.4"


def test_a_missed_window_is_told_and_the_rest_is_planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, solution = tmp_path / "p.vrp", tmp_path / "p.sol"
    problem.write_text(TIMED.format(closes="4.1"), encoding="utf-8")

    assert main(["solve", str(problem), "--seconds", "0.3", "--out", str(solution)]) == 0

    assert "1 left out, the first: cannot_arrive_by" in capsys.readouterr().err
    assert read_solution(solution.read_text(encoding="utf-8")) == [["2"]]
    assert main(["check", str(problem), str(solution)]) == 1


def test_prizes_are_left_where_the_way_costs_more(tmp_path: Path) -> None:
    solution = solved(PRIZES, tmp_path)

    assert [sorted(route) for route in read_solution(solution)] == [["1", "2"]]
    assert solution.splitlines()[-1] == f"Cost {100 + 10 + 100 + 30 + 30}"


def test_each_depot_serves_its_own_side_whatever_the_order_of_the_routes(tmp_path: Path) -> None:
    solution = solved(TWO_DEPOTS, tmp_path)

    assert solution.splitlines()[-1] == "Cost 4000"
    (tmp_path / "turned.sol").write_text("Route #1: 3\nRoute #2: 2\n", encoding="utf-8")
    assert main(["check", str(tmp_path / "p.vrp"), str(tmp_path / "turned.sol")]) == 0


@pytest.mark.parametrize(
    ("solution", "said"),
    [
        ("Route #1: 1 2\nRoute #2: 3\n", "stop 4 is lost"),
        ("Route #1: 1 2 3\nRoute #2: 4\n", "has room for 2"),
        ("Route #1: 1 2\nRoute #2: 3 4 1\n", "appears 2 times"),
        ("Route #1: 1 9\n", "stop 9 of the solution is not in the problem"),
        ("".join(f"Route #{n}: {n}\n" for n in range(1, 5)) * 3, "more routes than couriers"),
    ],
)
def test_a_solution_that_breaks_its_problem_is_told_so(
    solution: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem, wrong = tmp_path / "p.vrp", tmp_path / "p.sol"
    problem.write_text(SQUARE, encoding="utf-8")
    wrong.write_text(solution, encoding="utf-8")

    assert main(["check", str(problem), str(wrong)]) == 1
    heard = capsys.readouterr()
    assert said in heard.out + heard.err


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (SQUARE.replace("TYPE : CVRP", "TYPE : PDPTW"), "PDPTW"),
        (SQUARE.replace("EUC_2D", "GEO"), "GEO"),
        (SQUARE.replace("DEMAND_SECTION", "BACKHAUL_SECTION"), "BACKHAUL_SECTION"),
        (SQUARE.replace("CAPACITY : 2", "COLOUR : 2"), "COLOUR"),
        (SQUARE.replace("2 0 10", "2 0 nan"), "not a number"),
        (SQUARE.replace("2 0 10", "2 zero 10"), "line 8"),
        (SQUARE.replace("DIMENSION : 5", "DIMENSION : 50"), "not a complete VRPLIB problem"),
        ("", "not a complete VRPLIB problem"),
        ("hello", "line 1"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(UnsupportedInput, match=named):
        read_instance(text)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["CVRP/X-n200-k36", "VRPTW/RC2_10_5", "MDVRPTW/PR11A", "PCVRPTW/C1_10_3", "CVRP/X-n1001-k43"]
)
def test_the_best_known_solutions_are_valid_and_cost_what_they_say(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = SHARED / "instances" / name

    assert main(["check", f"{file}.vrp", f"{file}.sol"]) == 0

    said = file.with_suffix(".sol").read_text(encoding="utf-8").split("Cost")[-1].strip(" :\n")
    assert float(capsys.readouterr().out.split("Cost")[-1]) == float(said)
