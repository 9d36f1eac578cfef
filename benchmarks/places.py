"""Addresses, travel times and what they are worth to a plan, beside other libraries: `make bench-places`.

Everything is measured in processes of their own that cannot reach a network. Truth comes from ../shared.
"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks import network_plans, travel_times
from benchmarks.addresses import report as addresses
from benchmarks.addresses.report import Section
from benchmarks.goals import Verdict
from benchmarks.tables import show

SHARED = Path(__file__).resolve().parents[2] / "shared"
SECTIONS = ("addresses", "travel", "plans")
SIGNS = {True: "✓", False: "✗", None: "– not measured"}


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if not (given.shared / "data").is_dir():
        print(f"✗ the shared data is not in {given.shared}; say where it is with --shared DIR", file=sys.stderr)
        return 2
    results: dict[str, object] = {}
    verdicts: list[Verdict] = []
    for name in given.only or SECTIONS:
        section = _measured(name, given)
        results[name] = section.results
        verdicts += section.verdicts
        if given.json is not None:
            _write(given.json, results, verdicts)
    show("Goals", ("goal", "measured", "met"), [[one.goal, one.measured, SIGNS[one.met]] for one in verdicts])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-places", description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="where data/ is (%(default)s)")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="only this section; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small samples: a look, no figures to keep")
    parser.add_argument("--rows", type=int, default=4000, help="so many made-up addresses (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the made-up addresses and the searches (%(default)s)")
    parser.add_argument("--examples", type=int, default=0, help="show so many silently wrong ones of each kind (0)")
    parser.add_argument("--json", type=Path, help="write all results there, as soon as each section is measured")
    return parser


def _measured(name: str, given: argparse.Namespace) -> Section:
    if name == "addresses":
        rows = min(given.rows, 400) if given.quick else given.rows
        return addresses.measure(given.shared, rows, given.seed, given.examples, given.quick)
    if name == "travel":
        return travel_times.measure(given.shared, given.quick)
    return network_plans.measure(given.shared, given.seed, given.quick)


def _write(file: Path, results: dict[str, object], verdicts: list[Verdict]) -> None:
    """In one step, so that a run that is ended early leaves a whole file."""
    document = {"results": results, "goals": [verdict._asdict() for verdict in verdicts]}
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    unfinished.replace(file)


if __name__ == "__main__":
    sys.exit(main())
