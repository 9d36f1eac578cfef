"""A piece of work in a process of its own: its time and memory are its own, and nothing it does can reach a network."""

import importlib
import pickle
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.apart import peak_mb

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"})


class NoNetwork(RuntimeError):
    """Somebody wanted to open a connection where that is forbidden."""


class NotHere(Exception):
    """A package or a part of the project that the work needs is not there: nothing is measured, and it is said."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came back, or why nothing did."""

    value: Any = None
    refused: str = ""
    peak_mb: int = 0


def alone(function: str, *given: object, patience: float = 3600) -> Told:
    """Call "module:function" with what is given in a new process without network."""
    with tempfile.TemporaryDirectory() as folder:
        asked, said = Path(folder) / "asked", Path(folder) / "said"
        asked.write_bytes(pickle.dumps((function, given)))
        command = [sys.executable, "-c", "from benchmarks.alone import main; main()", str(asked), str(said)]
        try:
            ended = subprocess.run(command, timeout=patience, check=False, capture_output=True, text=True, cwd=ROOT)
        except subprocess.TimeoutExpired:
            return Told(refused=f"no answer in {patience:.0f} s")
        if not said.exists():
            last = ended.stderr.strip().splitlines()[-1:] or ["it said nothing"]
            return Told(refused=f"ended with {ended.returncode}: {last[0]}")
        told = pickle.loads(said.read_bytes())  # noqa: S301  our own child wrote it
    if not isinstance(told, Told):
        raise TypeError("the process wrote something else than what it was told to")
    return told


def forbid_network() -> None:
    """From now on every attempt to connect, by whatever library, is an error. It cannot be undone in this process."""

    def refuse(event: str, _arguments: tuple[object, ...]) -> None:
        if event in FORBIDDEN:
            raise NoNetwork(f"{event} is forbidden here")

    sys.addaudithook(refuse)


def main() -> None:
    """The process: a question in the first file named, what came of it into the second."""
    forbid_network()
    asked, said = (Path(name) for name in sys.argv[1:])
    function, given = pickle.loads(asked.read_bytes())  # noqa: S301  our own parent wrote it
    module, name = function.split(":")
    try:
        told = Told(getattr(importlib.import_module(module), name)(*given), peak_mb=peak_mb())
    except (NotHere, ModuleNotFoundError) as missing:
        told = Told(refused=str(missing))
    said.write_bytes(pickle.dumps(told))
