"""What a process knows of the map that is served now, opened once and anew when another map is chosen."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from delivery.maps.store import current, maps_folder

T = TypeVar("T")
Stamp = tuple[int, int, int]


class Served(Generic[T]):
    """Looking costs one `stat`; `open` is called with the folder that is served, or None where there is none."""

    def __init__(self, home: Path, open: Callable[[Path | None], T]) -> None:  # noqa: A002  what it does
        self._home, self._open = home, open
        self._lock = Lock()
        self._held: tuple[Stamp | None, T] | None = None

    def get(self) -> T:
        """What was opened of the map that is served now."""
        stamp = self._look()
        with self._lock:
            if self._held is None or self._held[0] != stamp:
                self._held = stamp, self._open(current(self._home))
            return self._held[1]

    def _look(self) -> Stamp | None:
        try:
            seen = (maps_folder(self._home) / "current").stat()
        except OSError:
            return None
        return seen.st_mtime_ns, seen.st_ino, seen.st_size
