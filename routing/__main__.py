"""Plan a day from a file: `python -m routing solve FILE`; check a plan against it with `check`, draw it with `draw`.

A file ending in .vrp is read as VRPLIB and answered with a CVRPLIB solution; anything else is VROOM's JSON.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from routing.assign import assign
from routing.check import check
from routing.draw import draw
from routing.errors import RoutingError
from routing.plan import Plan, Progress
from routing.problem import Problem
from routing.solve import Engine, solve
from routing.vroom import read_plan, read_problem, write_plan
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
    solving.set_defaults(run=_solve)
    checking = commands.add_parser("check", help="check a plan against its problem; exit code 1 when it breaks it")
    checking.add_argument("problem", type=Path)
    checking.add_argument("plan", type=Path)
    checking.set_defaults(run=_check)
    drawing = commands.add_parser("draw", help="draw a plan of a problem, as SVG or PNG")
    drawing.add_argument("problem", type=Path)
    drawing.add_argument("plan", type=Path)
    drawing.add_argument("--out", type=_picture, required=True, help="a file ending in .svg or .png")
    drawing.set_defaults(run=_draw)
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except (RoutingError, OSError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1


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
    source = _read(given.problem)
    plan = solve(
        source.problem if isinstance(source, Instance) else source,
        seconds=given.seconds,
        engine=given.engine,
        workers=given.workers,
        seed=given.seed,
        rounds=given.rounds,
        progress=_show if sys.stderr.isatty() else _hide,
    )
    text = _written(plan, source)
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    if isinstance(source, Instance) and plan.left_out:
        print(f"{len(plan.left_out)} left out, the first: {plan.left_out[0].reason}", file=sys.stderr)
    return 0


def _check(given: argparse.Namespace) -> int:
    source = _read(given.problem)
    if isinstance(source, Instance):
        plan = assign(source.problem, read_solution(_text(given.plan)))
        wrong = [*check(source.problem, plan), *_forgotten(source.problem, plan)]
        print(f"Cost {plan.cost / source.unit:.10g}")
    else:
        wrong = check(source, read_plan(_json(given.plan)))
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def _draw(given: argparse.Namespace) -> int:
    source = _read(given.problem)
    title = given.problem.stem
    if isinstance(source, Instance):
        plan = assign(source.problem, read_solution(_text(given.plan)))
        picture = draw(source.problem, plan, title=title, metric=False)
    else:
        picture = draw(source, read_plan(_json(given.plan)), title=title)
    if given.out.suffix.lower() == ".svg":
        given.out.write_text(picture.svg(), encoding="utf-8")
    else:
        given.out.write_bytes(picture.png())
    return 0


def _forgotten(problem: Problem, plan: Plan) -> list[str]:
    """A solution file does not say what it leaves out: only what has a price of its own may be missing."""
    must = {stop.id for stop in problem.stops if stop.penalty is None}
    return [f"stop {left.stop_id} is lost" for left in plan.left_out if left.stop_id in must]


def _written(plan: Plan, source: Problem | Instance) -> str:
    if isinstance(source, Instance):
        return write_solution(plan, source.unit)
    return json.dumps(write_plan(plan), indent=1) + "\n"


def _read(path: Path) -> Problem | Instance:
    return read_instance(_text(path)) if path.suffix.lower() == ".vrp" else read_problem(_json(path))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(_text(path))
    except ValueError as error:
        raise RoutingError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise RoutingError(f"{path} does not hold a JSON object")
    return document


def _show(progress: Progress) -> None:
    print(f"\r{progress.elapsed:5.1f} s of {progress.limit:.0f}, cost {progress.cost}", end="", file=sys.stderr)


def _hide(_progress: Progress) -> None:
    """Nobody is looking."""


if __name__ == "__main__":
    sys.exit(main())
