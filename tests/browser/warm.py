"""Web servers from a process that has loaded the pages before: loading them is most of a server's start.

Each server is a process of its own all the same, which runs `tannha serve` from its first line in an environment that
is told, and ends by a signal.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["web.command", "web.cli", "web.app", "web.serving"])


def start(port: int, environment: Mapping[str, str]) -> ForkServerProcess:
    """Start `tannha serve --port PORT`."""
    server = _CONTEXT.Process(target=_serve, args=(port, dict(environment)), daemon=True)
    server.start()
    return server


def _serve(port: int, environment: dict[str, str]) -> None:
    from web.command import main  # noqa: PLC0415  loaded there already, not here

    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.argv = ["tannha", "serve", "--port", str(port)]
    main()
