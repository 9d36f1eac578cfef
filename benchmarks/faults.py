"""All faults of docs/how-it-holds.md, each with many seeds, on both kinds of houses: `make faults`.

Counted is in the carrier's own books: lost, sent twice; at every page, log and message: shown without right; and the
seconds, with how fast the disk was in them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=int(os.environ.get("TANNHA_SEEDS", "20")))
    parser.add_argument("--processes", default="2", help="tests that run side by side")
    parser.add_argument("rest", nargs="*", help="handed on to pytest, such as tests/faults/test_sending.py")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.jsonl"
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", chosen.processes, "--dist", "worksteal",
             *(chosen.rest or ["tests/faults"])],
            cwd=ROOT, check=False,
            env={**os.environ, "TANNHA_SEEDS": str(chosen.seeds), "TANNHA_FAULTS_REPORT": str(report)},
        )  # fmt: skip
        lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    show([json.loads(line) for line in lines])
    return ended.returncode


def show(told: list[dict[str, Any]]) -> None:
    """One row for each fault."""
    by_fault: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in told:
        by_fault[str(each["fault"])].append(each)
    columns = ("fault", "runs", "skipped", "failed", "lost", "twice", "shown", "s (median)", "fdatasync/s")
    print("".join(f"{name:>13}" for name in columns))
    for fault, runs in sorted(by_fault.items(), key=lambda pair: (not pair[0].isdigit(), pair[0].zfill(3))):
        verdicts = [run["verdict"] for run in runs if "verdict" in run]
        row = (
            fault,
            len(runs),
            sum(run["skipped"] for run in runs),
            sum(not run["passed"] and not run["skipped"] for run in runs),
            sum(verdict["lost"] for verdict in verdicts),
            sum(verdict["twice"] for verdict in verdicts),
            sum(len(verdict["shown"]) for verdict in verdicts),
            f"{median(run['seconds'] for run in runs):.1f}",
            f"{median(run['syncs'] for run in runs):.0f}",
        )
        print("".join(f"{cell!s:>13}" for cell in row))


if __name__ == "__main__":
    sys.exit(main())
