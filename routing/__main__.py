"""Plan a day from a file: `python -m routing solve FILE`; check a plan against it with `check`, draw it with `draw`.

`explain` says why a stop is where it is or what would let it in, `report` how good the plan is, goal by goal, and
`insert` puts stops into it that came late.

A file ending in .vrp is read as VRPLIB and answered with a CVRPLIB solution; anything else is VROOM's JSON. `--roads`
takes a street network that `roads build` made of an OpenStreetMap extract; a .vrp file then holds longitudes (x) and
latitudes (y) in degrees, and counts seconds.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from routing import desk
from routing.assign import assign
from routing.check import check
from routing.draw import draw
from routing.errors import RoutingError, UnsupportedInput
from routing.plan import Plan, Progress
from routing.problem import Problem
from routing.roads import desk as roads
from routing.solve import Engine, solve
from routing.vroom import read_problem
from routing.vroom_answer import read_plan, write_error, write_plan
from routing.vrplib import Instance, read_instance, read_solution, write_solution


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m routing", description=__doc__)
    commands = parser.add_subparsers(required=True)
    solving = commands.add_parser("solve", help="plan a problem (.vrp, or VROOM's JSON)")
    solving.add_argument("problem", type=Path)
    solving.add_argument("--seconds", type=_seconds, default=20.0, help="when to stop (20)")
    solving.add_argument("--workers", type=_count, help="how many neighbourhoods are improved at a time (processors)")
    solving.add_argument("--seed", type=int, default=1, help="another number gives another search (1)")
    solving.add_argument("--rounds", type=_count, help="stop after so many rounds a turn instead; repeatable plans")
    solving.add_argument("--engine", type=Engine, choices=list(Engine), default=Engine.PORTFOLIO)
    solving.add_argument("--out", type=Path, help="write the plan there instead of to the output")
    _ask_for_ways(solving)
    solving.set_defaults(run=_solve)
    checking = commands.add_parser("check", help="check a plan against its problem; exit code 1 when it breaks it")
    checking.add_argument("problem", type=Path)
    checking.add_argument("plan", type=Path)
    _ask_for_ways(checking)
    checking.set_defaults(run=_check)
    _add_desk(commands)
    roads.add_to(commands)
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except (RoutingError, OSError) as error:
        print(f"✗ {error}", file=sys.stderr)
        _tell_file(given, error)
        return 1


def _add_desk(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    explaining = commands.add_parser("explain", help="why a stop is where it is; without one, why stops are left out")
    reporting = commands.add_parser("report", help="how good a plan is, goal by goal")
    inserting = commands.add_parser("insert", help="put stops into a plan that came late; all others stay")
    drawing = commands.add_parser("draw", help="draw a plan of a problem, as SVG or PNG")
    drawing.add_argument("--out", type=_picture, required=True, help="a file ending in .svg or .png")
    runs = ((explaining, _explain), (reporting, _report), (inserting, _insert), (drawing, _draw))
    for command, run in runs:
        command.add_argument("problem", type=Path)
        command.add_argument("plan", type=Path)
        _ask_for_ways(command)
        command.set_defaults(run=run)
    explaining.add_argument("stop", nargs="?")
    reporting.add_argument("--json", action="store_true", help="as JSON")
    inserting.add_argument("--out", type=Path, help="write the plan there instead of to the output")


def _tell_file(given: argparse.Namespace, error: Exception) -> None:
    """Whoever waits for VROOM's JSON in a file finds there what VROOM would have said."""
    out = getattr(given, "out", None)
    if out and isinstance(error, RoutingError) and given.problem.suffix.lower() != ".vrp":
        out.write_text(json.dumps(write_error(error)) + "\n", encoding="utf-8")


def _ask_for_ways(parser: argparse.ArgumentParser) -> None:
    """Where a file gives coordinates and no matrices, somebody has to say how long the ways are."""
    parser.add_argument("--detour", type=_factor, default=1.4, help="ways are so many times the straight line (1.4)")
    parser.add_argument("--speed", type=_factor, default=20.0, help="kilometres per hour (20)")
    roads.ask_for_network(parser)


def _factor(text: str) -> float:
    factor = float(text)
    if not 0.01 <= factor <= 1000:
        raise argparse.ArgumentTypeError("must be between 0.01 and 1000")
    return factor


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 24 * 3600:
        raise argparse.ArgumentTypeError("must be more than 0 and at most a day")
    return seconds


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return count


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in {".svg", ".png"}:
        raise argparse.ArgumentTypeError("must end in .svg or .png")
    return path


def _solve(given: argparse.Namespace) -> int:
    source, began = _read(given), time.perf_counter()
    problem = source.problem if isinstance(source, Instance) else source
    roads.tell_who_is_off(given, problem)
    plan = solve(
        problem,
        seconds=given.seconds,
        engine=given.engine,
        workers=given.workers,
        seed=given.seed,
        rounds=given.rounds,
        progress=_show if sys.stderr.isatty() else _hide,
    )
    _put_out(plan, given, time.perf_counter() - began)
    if isinstance(source, Instance) and plan.left_out:
        print(f"{len(plan.left_out)} left out, the first: {plan.left_out[0].reason}", file=sys.stderr)
    return 0


def _check(given: argparse.Namespace) -> int:
    source = _read(given)
    if isinstance(source, Instance):
        plan = assign(source.problem, read_solution(_text(given.plan)))
        wrong = [*check(source.problem, plan), *_forgotten(source.problem, plan)]
        print(f"Cost {plan.cost / source.unit:.10g}")
    else:
        wrong = check(source, read_plan(_json(given.plan), source, _json(given.problem)))
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def _explain(given: argparse.Namespace) -> int:
    for line in desk.explain(*_both(given), given.stop):
        print(line)
    return 0


def _report(given: argparse.Namespace) -> int:
    print(desk.report(*_both(given), as_json=given.json))
    return 0


def _insert(given: argparse.Namespace) -> int:
    _put_out(desk.put_in(*_both(given)), given)
    return 0


def _both(given: argparse.Namespace) -> tuple[Problem, Plan]:
    source = _read(given)
    if isinstance(source, Instance):
        return source.problem, assign(source.problem, read_solution(_text(given.plan)))
    return source, read_plan(_json(given.plan), source, _json(given.problem))


def _put_out(plan: Plan, given: argparse.Namespace, solving: float = 0.0) -> None:
    source = _read(given)
    if isinstance(source, Instance):
        text = write_solution(plan, source.unit)
    else:
        text = json.dumps(write_plan(plan, source, _json(given.problem), solving), indent=1) + "\n"
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


def _draw(given: argparse.Namespace) -> int:
    metric = not isinstance(_read(given), Instance)
    picture = draw(*_both(given), title=given.problem.stem, metric=metric)
    if given.out.suffix.lower() == ".svg":
        given.out.write_text(picture.svg(), encoding="utf-8")
    else:
        given.out.write_bytes(picture.png())
    return 0


def _forgotten(problem: Problem, plan: Plan) -> list[str]:
    """A solution file does not say what it leaves out: only what has a price of its own may be missing."""
    must = {stop.id for stop in problem.stops if stop.penalty is None}
    return [f"stop {left.stop_id} is lost" for left in plan.left_out if left.stop_id in must]


def _read(given: argparse.Namespace) -> Problem | Instance:
    if given.problem.suffix.lower() == ".vrp":
        return read_instance(_text(given.problem), roads.network_travel(given))
    return read_problem(_json(given.problem), roads.network_travel(given) or roads.straight_travel(given))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(_text(path))
    except RecursionError as error:
        raise UnsupportedInput(f"{path} is nested beyond all measure") from error
    except ValueError as error:
        raise UnsupportedInput(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise UnsupportedInput(f"{path} does not hold a JSON object")
    return document


def _show(progress: Progress) -> None:
    print(f"\r{progress.elapsed:5.1f} s of {progress.limit:.0f}, cost {progress.cost}", end="", file=sys.stderr)


def _hide(_progress: Progress) -> None:
    """Nobody is looking."""


if __name__ == "__main__":
    sys.exit(main())
