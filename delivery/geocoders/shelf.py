"""The atlas that is served: the home's imported map, or the built-in one; taken anew when another map is chosen."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import structlog

from delivery.maps.store import current
from delivery.places.atlas import Atlas

log = structlog.get_logger()
Stamp = tuple[int, int, int]


@dataclass
class AtlasShelf:
    """Knows which map is served now; looking costs one `stat`, opening happens once per map and process."""

    home: Path
    trouble: str = ""
    _lock: Lock = field(default_factory=Lock, repr=False)
    _stamp: Stamp | None = None
    _atlas: Atlas | None = None

    def atlas(self) -> Atlas:
        """The atlas of the map that is served now; the built-in one where there is none, or it cannot be read."""
        stamp = self._look()
        with self._lock:
            if self._atlas is None or stamp != self._stamp:
                self._atlas, self._stamp = self._take(), stamp
            return self._atlas

    def _look(self) -> Stamp | None:
        try:
            seen = (self.home / "maps" / "current").stat()
        except OSError:
            return None
        return seen.st_mtime_ns, seen.st_ino, seen.st_size

    def _take(self) -> Atlas:
        self.trouble = ""
        folder = current(self.home)
        if folder is None:
            return Atlas.built_in()
        try:
            return Atlas.open(folder)
        except Exception as error:  # noqa: BLE001  whatever is wrong with a map, letters must go out
            self.trouble = f"{folder.name}: {type(error).__name__}"
            log.warning("map_unreadable", map=folder.name, error=type(error).__name__)
            return Atlas.built_in()
