"""How long the web server takes from its start to its first answer, as a supervisor of processes would start it."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping

import httpx

# A machine that is busy with other things takes its time; that it does is told by the figure.
PATIENCE_SECONDS = 300


def until_answering(url: str) -> None:
    """Wait for the server's first 200. Raises SystemExit where it does not come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/healthz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.02)
    raise SystemExit("the web server did not start")


def cold_starts(url: str, environment: Mapping[str, str], times: int) -> list[float]:
    """The seconds from the start of `tannha serve` to its first answer on /healthz, shortest first."""
    took = []
    for _each in range(times):
        began = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, "-m", "web", "serve"], env={**os.environ, **environment}, stdout=subprocess.DEVNULL
        )
        try:
            until_answering(url)
            took.append(time.perf_counter() - began)
        finally:
            server.terminate()
            server.wait(PATIENCE_SECONDS)
    return sorted(took)
