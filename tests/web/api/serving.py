"""The application behind its real server."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
from flask import Flask

from web.lanes import create_lanes
from web.processes import free_port
from web.room import is_staff_of, parser_for
from web.views import callbacks

BEGUN_WITHIN = 60


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Its address on this machine."""
    lanes = create_lanes(
        app, lambda _raws: [], callbacks.DOORS, parser=parser_for(is_staff_of(app)), host="127.0.0.1", port=0
    )
    thread = Thread(target=lanes.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{lanes.effective_port}"
    finally:
        # In its own thread: it would look for news at what another one has closed.
        lanes.trigger.pull_trigger(lanes.close)
        thread.join(15)


@contextmanager
def process_of(home: Path) -> Iterator[str]:
    """The address of `tannha serve`, a process of its own over the books of this home."""
    port = str(free_port())
    told = {**os.environ, "TANNHA_HOME": str(home), "TANNHA_PORT": port}
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "web", "serve"], env=told, stdout=log, stderr=log)
    try:
        url, until = f"http://127.0.0.1:{port}", time.monotonic() + BEGUN_WITHIN
        while not _answers(f"{url}/readyz"):
            assert process.poll() is None, "it has ended already"
            assert time.monotonic() < until, "it does not answer"
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False
