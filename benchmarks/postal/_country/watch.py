"""What a stage takes: seconds, processor seconds and memory of each process, the database's size, the disk's pace."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.durability import syncs_per_second

LOOK_EVERY = 0.25
HERE, SERVER = "bench", "postgresql"
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Stage:
    """One stage of the day: `count` is how many of `what` were done, `cpu` and `peak_mb` are by process.

    Where the bench `waits` for the workers, what it uses itself is looking on and no work.
    """

    name: str
    what: str
    count: int = 0
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, int] = field(default_factory=dict)
    database_mb: float = 0.0
    syncs: float = 0.0
    said: str = ""
    waits: bool = False

    @property
    def per_second(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0


class Watch:
    """Looks at our processes while a stage runs; `pids` may change meanwhile, `server` names a PostgreSQL database."""

    def __init__(
        self, folder: Path, pids: Mapping[str, int], size_of: Callable[[], int], server: str | None = None
    ) -> None:
        self._folder, self._pids, self._size_of, self._server = folder, pids, size_of, server
        self._used: dict[int, tuple[str, float]] = {}
        self._peak: dict[str, int] = {}
        self.stages: list[Stage] = []

    @contextmanager
    def stage(self, name: str, what: str, *, waits: bool = False) -> Iterator[Stage]:
        """Measure what happens in the block; it says how many there were."""
        stage = Stage(name, what, syncs=syncs_per_second(self._folder), waits=waits)
        self._look()
        before = dict(self._used)
        self._peak = {}
        over = threading.Event()
        looking = threading.Thread(target=self._keep_looking, args=(over,), name="watch", daemon=True)
        looking.start()
        began = time.perf_counter()
        try:
            yield stage
        finally:
            stage.seconds = time.perf_counter() - began
            over.set()
            looking.join()
            self._look()
            self._write_down(stage, before)

    def _write_down(self, stage: Stage, before: dict[int, tuple[str, float]]) -> None:
        for pid, (process, used) in self._used.items():
            spent = used - before.get(pid, (process, 0.0))[1]
            stage.cpu[process] = stage.cpu.get(process, 0.0) + spent
        stage.peak_mb = dict(self._peak)
        stage.database_mb = self._size_of() / 1e6
        self.stages.append(stage)
        print(f"{stage.name}: {stage.count:,} {stage.what} in {stage.seconds:.1f} s", file=sys.stderr, flush=True)

    def _keep_looking(self, over: threading.Event) -> None:
        while not over.wait(LOOK_EVERY):
            self._look()

    def _look(self) -> None:
        watched = {HERE: [os.getpid()], **{name: [pid] for name, pid in list(self._pids.items())}}
        if self._server is not None:
            watched[SERVER] = list(_backends(self._server))
        for name, pids in watched.items():
            memory = 0
            for pid in pids:
                try:
                    self._used[pid] = (name, _cpu(pid))
                    memory += _resident_mb(pid)
                except (OSError, IndexError):
                    continue  # it has just ended; what it used until the last look is counted
            self._peak[name] = max(self._peak.get(name, 0), memory)


def _cpu(pid: int) -> float:
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(told[place]) for place in (11, 12)) / _TICK


def _resident_mb(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _backends(database: str) -> Iterator[int]:
    """The server's processes that serve this database; its writers and checkpointer serve all and are not counted."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if command.startswith(b"postgres:") and f" {database} ".encode() in command:
            yield int(folder.name)
