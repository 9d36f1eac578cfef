"""The atlas that is served: the home's imported map, or the built-in one; taken anew when another map is chosen."""

from pathlib import Path

import structlog

from delivery.maps.served import Served
from delivery.places.atlas import Atlas

log = structlog.get_logger()


class AtlasShelf:
    """Knows which map is served now; opening happens once per map and process. `trouble` says why a map is not used."""

    def __init__(self, home: Path) -> None:
        self.trouble = ""
        self._served = Served(home, self._take)

    def atlas(self) -> Atlas:
        """The atlas of the map that is served now; the built-in one where there is none, or it cannot be read."""
        return self._served.get()

    def _take(self, folder: Path | None) -> Atlas:
        self.trouble = ""
        if folder is None:
            return Atlas.built_in()
        try:
            return Atlas.open(folder)
        except Exception as error:  # noqa: BLE001  whatever is wrong with a map, letters must go out
            self.trouble = f"{folder.name}: {type(error).__name__}"
            log.warning("map_unreadable", map=folder.name, error=type(error).__name__)
            return Atlas.built_in()
