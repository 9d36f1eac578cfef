"""Front-end files: copied at set-up from the packages that npm has checked, each with its digest checked again here."""

import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "node_modules"
LIST = Path(__file__).with_name("assets.sha256")
VENDOR = Path(__file__).with_name("static") / "vendor"


class Asset(NamedTuple):
    """A file of a package, by its digest, and its name under static/vendor."""

    sha256: str
    source: str
    name: str


def assets() -> Iterator[Asset]:
    """The files that the pages use."""
    for line in LIST.read_text(encoding="utf-8").splitlines():
        sha256, source, name = line.split()
        yield Asset(sha256, source, name)


def copy_all() -> None:
    """Copy every file; one whose digest differs ends the set-up."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    for asset in assets():
        source = PACKAGES / asset.source
        found = hashlib.sha256(source.read_bytes()).hexdigest()
        if found != asset.sha256:
            sys.exit(f"{asset.source} is not the file this version was written for (sha256 {found})")
        shutil.copyfile(source, VENDOR / asset.name)


if __name__ == "__main__":
    copy_all()
