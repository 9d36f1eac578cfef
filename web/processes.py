"""Child processes of the demo or of `tannha serve --all`: started, watched, started again when they die."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE_SECONDS = 10
WATCH_SECONDS = 0.5


@dataclass
class Household:
    """The processes that belong together; `said` is told when one had to be started again."""

    logs: Path
    environment: Mapping[str, str]
    said: Callable[[str, int, int], None]
    _commands: dict[str, Sequence[str]] = field(default_factory=dict)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _watcher: threading.Thread | None = None

    def start(self, name: str, arguments: Sequence[str]) -> int:
        """Start `tannha <arguments>` under a name; its output goes to a log file. Returns its process id."""
        self._commands[name] = arguments
        self._spawn(name)
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="household", daemon=True)
            self._watcher.start()
        return self._running[name].pid

    def stop(self) -> None:
        """End all of them: politely first, then for good."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self, name: str) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "web", *self._commands[name]],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            for name, process in list(self._running.items()):
                if (ended := process.poll()) is not None:
                    self._spawn(name)
                    self.said(name, ended, self._running[name].pid)


def free_port() -> int:
    """A port on this machine that nobody listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
