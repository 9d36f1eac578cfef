"""What a process knows of the map that is served now, opened once, and anew when another map is chosen."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from delivery.maps.store import current, maps_folder

T = TypeVar("T")
Stamp = tuple[tuple[int, int, int] | None, ...]


class Served(Generic[T]):
    """Looking costs a `stat`; `open` is called with the folder that is served, or None where there is none.

    It is opened anew, too, when one of the files `beside` has changed.
    """

    def __init__(self, home: Path, open: Callable[[Path | None], T], beside: Sequence[Path] = ()) -> None:  # noqa: A002
        self._home, self._open = home, open
        self._watched = (maps_folder(home) / "current", *beside)
        self._lock = Lock()
        self._held: tuple[Stamp, T] | None = None

    def get(self) -> T:
        """What was opened of the map that is served now."""
        stamp = self._look()
        with self._lock:
            if self._held is None or self._held[0] != stamp:
                self._held = stamp, self._open(current(self._home))
            return self._held[1]

    def _look(self) -> Stamp:
        return tuple(_stamp(path) for path in self._watched)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_ino, seen.st_size
