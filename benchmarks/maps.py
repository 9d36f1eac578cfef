"""A home with a map imported by the command `tannha map import`, in which the commands and the atlas find it."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.alone import ROOT

# Without network, as everything that is measured here.
COMMAND = "from benchmarks.alone import forbid_network; forbid_network(); from web.command import main; main()"


@dataclass(frozen=True, slots=True)
class Imported:
    """A map folder and the seconds that its making took; `folder` is None and `why` says why where there is none."""

    folder: Path | None = None
    seconds: float = 0.0
    why: str = ""


def tannha(home: Path, *arguments: str, patience: float = 1800) -> subprocess.CompletedProcess[str]:
    """Run the command `tannha` on that home."""
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        env=os.environ | {"TANNHA_HOME": str(home), "TANNHA_LANGUAGE": "en"},
        cwd=ROOT, check=False, capture_output=True, text=True, timeout=patience,
    )  # fmt: skip


def has_command(home: Path, *names: str) -> bool:
    """Whether this state of the project has such a command."""
    return tannha(home, *names, "--help").returncode == 0


def import_map(home: Path, extract: Path, wards: Path | None = None) -> Imported:
    """What `tannha map import` makes of an extract, with ward polygons from a GeoJSON file."""
    if not has_command(home, "map", "import"):
        return Imported(why="this state of the project has no command map import")
    given = ["--wards", str(wards)] if wards is not None else []
    began = time.perf_counter()
    ended = tannha(home, "map", "import", str(extract), *given)
    seconds = time.perf_counter() - began
    if ended.returncode != 0:
        last = (ended.stderr or ended.stdout).strip().splitlines()[-1:] or ["it said nothing"]
        return Imported(seconds=seconds, why=f"map import ended with {ended.returncode}: {last[0]}")
    version = (home / "maps" / "current").read_text(encoding="utf-8").strip()
    return Imported(home / "maps" / version, seconds)
