"""All knowledge that it takes to understand and place an address: wards and names, built in or of an imported map."""

import sqlite3
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from delivery.errors import UnreadableFile
from delivery.i18n import gettext as _
from delivery.places.gazetteer import Gazetteer, built_in_gazetteer, open_gazetteer
from delivery.places.landmarks import Landmarks
from delivery.places.lexicon import Lexicon
from delivery.places.wards import WardBook, built_in_wards, read_wards


@dataclass(frozen=True, eq=False)
class Atlas:
    """Wards and gazetteer of one map. `version` names the map, "" for the built-in knowledge of Long Biên."""

    wards: WardBook
    gazetteer: Gazetteer
    version: str = ""

    @cached_property
    def lexicon(self) -> Lexicon:
        """Its names, ready for looking up."""
        return Lexicon(self.wards, self.gazetteer)

    @cached_property
    def landmarks(self) -> Landmarks:
        """Its named places, ready to be asked from a door."""
        return Landmarks(self.gazetteer)

    @classmethod
    def built_in(cls) -> "Atlas":
        """What is known without an imported map: the four wards of Long Biên. Read once."""
        return _built_in()

    @classmethod
    def open(cls, folder: Path) -> "Atlas":
        """The atlas of a map folder with gazetteer.sqlite and wards.geojson; what is built in completes it."""
        wards = read_wards(folder / "wards.geojson")
        of_map = open_gazetteer(folder / "gazetteer.sqlite")
        known = {ward.code for ward in wards.today}
        return cls(wards, of_map.completed_by(built_in_gazetteer(), known), folder.name)

    @classmethod
    def for_home(cls, home: Path) -> "Atlas":
        """The atlas of the map that a home serves now, else what is built in; read again only when the map changes.

        Raises UnreadableFile when that map cannot be read.
        """
        current = home / "maps" / "current"
        try:
            version = current.read_text(encoding="utf-8").strip() if current.is_file() else ""
            return _opened(home / "maps" / version) if version else _built_in()
        except (OSError, sqlite3.Error, ValueError, KeyError, TypeError) as error:
            raise UnreadableFile(
                _("The map in {folder} cannot be read; import it again").format(folder=home)
            ) from error


@cache
def _built_in() -> Atlas:
    return Atlas(built_in_wards(), built_in_gazetteer())


@lru_cache(maxsize=2)
def _opened(folder: Path) -> Atlas:
    return Atlas.open(folder)
