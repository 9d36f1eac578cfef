"""Our route search beside its peers, on one machine, with one clock and one ruler: `make bench-routing`.

Every solver runs in a process of its own for the same time; what it answers is timed, priced and checked by us. Each
line is printed, and the JSON file written, as soon as it is measured.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.cases import SETS, Case
from benchmarks.goals import verdicts
from benchmarks.measuring import Result, measure
from benchmarks.peers import SOLVERS

SHARED = Path(__file__).resolve().parents[2] / "shared"
COLUMNS = (
    "instance", "stops", "solver", "threads", "gap %", "cost", "left out", "travel h", "couriers", "stops each",
    "first plan s", "wall s", "limit s", "peak MB", "check",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    names = given.set or list(SETS)
    if not (given.shared / "instances").is_dir() and not all(SETS[name].made_up for name in names):
        print(f"✗ the instances are not in {given.shared}; say where they are with --shared DIR", file=sys.stderr)
        return 2
    results: list[Result] = []
    for name in names:
        print(f"\n## {name}: {SETS[name].title}\n\n{_row(COLUMNS)}\n{_row(['---'] * len(COLUMNS))}", flush=True)
        for case in SETS[name].cases(given.shared):
            if given.case and case.name not in given.case:
                continue
            for result in _measured(name, case, given):
                results.append(result)
                print(_row(_cells(result)), flush=True)
                _write(given.json, results)
    _print_goals(results)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-routing", description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="where instances/ and data/days/ are (%(default)s)")
    parser.add_argument("--set", action="append", choices=list(SETS), help="only this set; may be repeated")
    parser.add_argument("--case", action="append", help="only the instance of this name; may be repeated")
    parser.add_argument("--solver", action="append", choices=list(SOLVERS), help="only this solver; may be repeated")
    parser.add_argument("--scale", type=float, default=1.0, help="so many times the time, 0.1 for a quick look (1)")
    parser.add_argument("--repeat", type=int, default=1, help="so many runs of each, with other seeds (1)")
    parser.add_argument("--json", type=Path, help="write all results there, with the costs over time")
    return parser


def _measured(name: str, case: Case, given: argparse.Namespace) -> Iterator[Result]:
    for solver in given.solver or SETS[name].solvers:
        for seed in range(1, given.repeat + 1):
            yield measure(name, case, solver, case.seconds * given.scale, seed)


def _cells(result: Result) -> list[str]:
    solver = SOLVERS[result.solver]
    head = [result.case, str(result.stops), solver.title, str(solver.threads)]
    if result.failed:
        return [*head, *[""] * 8, f"{result.limit:g}", "", result.failed]
    return [
        *head,
        "" if result.gap is None else f"{result.gap:.2f}",
        f"{result.cost:.10g}",
        _left_out(result),
        "" if result.published else f"{result.travel / 3600:.1f}",
        str(result.couriers),
        f"{result.fewest}–{result.most}",
        "" if result.first is None else f"{result.first:.2f}",
        f"{result.wall:.1f}",
        f"{result.limit:g}",
        str(result.peak_mb),
        result.wrong[0] if result.wrong else "right",
    ]


def _left_out(result: Result) -> str:
    parts = [f"{count} of priority {which}" for which, count in sorted(result.left_out.items(), reverse=True)]
    if result.given_up:
        parts.append(f"{result.given_up} for their price")
    return ", ".join(parts) or "0"


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _write(file: Path | None, results: list[Result]) -> None:
    if file is not None:
        unfinished = file.with_name(f"{file.name}.part")
        unfinished.write_text(json.dumps([asdict(result) for result in results], indent=1), encoding="utf-8")
        unfinished.replace(file)


def _print_goals(results: list[Result]) -> None:
    print(f"\n## Goals\n\n{_row(['goal', 'measured', 'met'])}\n{_row(['---'] * 3)}")
    for verdict in verdicts(results):
        print(_row([verdict.goal, verdict.measured, {True: "yes", False: "**no**", None: "not measured"}[verdict.met]]))


if __name__ == "__main__":
    sys.exit(main())
