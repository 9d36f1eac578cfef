"""Takes each guard out of a copy of the code and shows that a test notices: `make guards`.

A list of faults proves nothing as long as nobody has seen its tests fail. The guards stand in `guards.toml`; the code
itself knows nothing of this.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_suffix(".toml")
COPIED = ("delivery", "postal_api", "web", "tests", "pyproject.toml")
# Nothing is taken out of these, and their compiled code is slow to make.
AS_THEY_ARE = ("routing", "labels", "benchmarks", "docs")


@dataclass(frozen=True, slots=True)
class Guard:
    """Without it, `before` in `file` reads `after`, with `also` at the file's end; `tests` must then fail."""

    name: str
    file: str
    before: str
    after: str
    tests: list[str]
    also: str = ""


def guards() -> list[Guard]:
    """All guards of the list."""
    return [Guard(**each) for each in tomllib.loads(LIST.read_text(encoding="utf-8"))["guard"]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only guards whose name contains one of these")
    wanted = parser.parse_args().names
    chosen = [guard for guard in guards() if not wanted or any(name in guard.name for name in wanted)]
    red = 0
    print(f"{'guard taken out':<56}{'a test turns red':>18}")
    with _copy() as tree:
        for guard in chosen:
            noticed = _red_without(guard, tree)
            red += noticed
            print(f"{guard.name:<56}{'yes' if noticed else 'NO':>18}", flush=True)
    print(f"{red} passed, {len(chosen) - red} failed")
    return 0 if red == len(chosen) else 1


@contextmanager
def _copy() -> Iterator[Path]:
    """The code as it is, in a folder where it may be spoiled."""
    with tempfile.TemporaryDirectory(prefix="tannha-guards-") as name:
        tree = Path(name)
        for part in COPIED:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / part, tree / part)
        for part in AS_THEY_ARE:
            (tree / part).symlink_to(ROOT / part)
        yield tree


def _red_without(guard: Guard, tree: Path) -> bool:
    file = tree / guard.file
    whole = file.read_text(encoding="utf-8")
    if whole.count(guard.before) != 1:
        raise SystemExit(f"{guard.file} does not hold the lines of {guard.name!r} once: bring {LIST.name} up to date")
    file.write_text(whole.replace(guard.before, guard.after) + guard.also, encoding="utf-8")
    try:
        return _fails(guard.tests, tree)
    finally:
        file.write_text(whole, encoding="utf-8")


def _fails(tests: list[str], tree: Path) -> bool:
    """Whether at least one of the tests fails; tests that cannot even be collected do not count."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    if ran.returncode not in {0, 1}:
        raise SystemExit(f"the tests did not run:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return ran.returncode == 1


if __name__ == "__main__":
    sys.exit(main())
