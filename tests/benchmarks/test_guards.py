"""The list of guards names what there is: one that names lines of yesterday guards nothing, and nobody would see it."""

from collections import Counter
from pathlib import Path

from benchmarks.guards import guards

ROOT = Path(__file__).resolve().parents[2]


def test_every_guard_names_lines_that_are_there_once_and_tests_that_exist() -> None:
    known = guards()
    stale = [one.name for one in known if (ROOT / one.file).read_text(encoding="utf-8").count(one.before) != 1]
    named = {test for one in known for test in one.tests if test.startswith("tests/")}
    missing = [test for test in named if not _exists(test)]
    twice = [name for name, count in Counter(one.name for one in known).items() if count > 1]

    assert (stale, missing, twice) == ([], [], [])


def _exists(test: str) -> bool:
    file, *inside = test.partition("[")[0].split("::")
    path = ROOT / file
    if path.is_dir():
        return not inside
    return path.is_file() and all(f" {name}" in path.read_text(encoding="utf-8") for name in inside)
