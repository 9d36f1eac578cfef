"""How fast this disk makes things last, at this moment: every figure about writing depends on it."""

import os
import time
from pathlib import Path

WATCH_SECONDS = 0.1


def syncs_per_second(folder: Path) -> float:
    """How many `fdatasync` of four kilobytes the disk of `folder` does in a second now."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"syncs-{os.getpid()}"
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < WATCH_SECONDS:
            os.pwrite(file, b"x" * 4096, 0)
            os.fdatasync(file)
            count += 1
        return count / (time.perf_counter() - began)
    finally:
        os.close(file)
        path.unlink()
