"""All knowledge that it takes to understand and place an address: wards and names, built in or of an imported map."""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from delivery.places.gazetteer import Gazetteer, built_in_gazetteer, open_gazetteer
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

    @classmethod
    def built_in(cls) -> "Atlas":
        """What is known without an imported map: the four wards of Long Biên. Read once."""
        return _built_in()

    @classmethod
    def open(cls, folder: Path) -> "Atlas":
        """The atlas of a map folder with gazetteer.sqlite and wards.geojson."""
        return cls(read_wards(folder / "wards.geojson"), open_gazetteer(folder / "gazetteer.sqlite"), folder.name)

    @classmethod
    def for_home(cls, home: Path) -> "Atlas":
        """The atlas of the map that a home serves now, else what is built in; read again only when the map changes."""
        current = home / "maps" / "current"
        version = current.read_text(encoding="utf-8").strip() if current.is_file() else ""
        return _opened(home / "maps" / version) if version else _built_in()


@cache
def _built_in() -> Atlas:
    return Atlas(built_in_wards(), built_in_gazetteer())


@cache
def _opened(folder: Path) -> Atlas:
    return Atlas.open(folder)
