"""`python -m routing solve day.json` plans a VROOM problem; `check day.json plan.json` checks a plan against it."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from routing.check import check
from routing.errors import RoutingError
from routing.plan import Progress
from routing.solve import solve
from routing.vroom import read_plan, read_problem, write_plan


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m routing", description=__doc__)
    commands = parser.add_subparsers(required=True)
    solving = commands.add_parser("solve", help="plan a problem in VROOM's JSON")
    solving.add_argument("problem", type=Path)
    solving.add_argument("--seconds", type=float, default=20.0)
    solving.add_argument("--seed", type=int, default=1)
    solving.add_argument("--out", type=Path, help="write the plan there instead of to the output")
    solving.set_defaults(run=_solve)
    checking = commands.add_parser("check", help="check a plan against its problem; exit code 1 when it breaks it")
    checking.add_argument("problem", type=Path)
    checking.add_argument("plan", type=Path)
    checking.set_defaults(run=_check)
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except (RoutingError, OSError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1


def _solve(given: argparse.Namespace) -> int:
    problem = read_problem(_read(given.problem))
    plan = solve(problem, seconds=given.seconds, seed=given.seed, progress=_show if sys.stderr.isatty() else _hide)
    text = json.dumps(write_plan(plan), indent=1)
    if given.out:
        given.out.write_text(f"{text}\n", encoding="utf-8")
    else:
        print(text)
    return 0


def _check(given: argparse.Namespace) -> int:
    wrong = check(read_problem(_read(given.problem)), read_plan(_read(given.plan)))
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
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
