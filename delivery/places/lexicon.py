"""All names of an atlas, ready for looking up in a line of words."""

from collections.abc import Iterator
from itertools import pairwise

from delivery.places.gazetteer import Gazetteer
from delivery.places.names import Names
from delivery.places.rows import PlaceRow, StreetRow
from delivery.places.text import fold
from delivery.places.units import Units
from delivery.places.wards import WardBook

# Trường Tiểu học without its name is any school.
_GENERIC = frozenset({"truong", "ubnd", "cho", "chua", "thon", "benh", "cong", "trung", "khu", "tram", "san", "ben"})
_MARKERS = (
    "phuong xa thi tran quan huyen tinh thanh pho duong so nha ngo ngach hem kiet to dan can phong tang toa khu do thi "
    "pho chung cu viet nam gan canh doi dien cho chua"
)


class Lexicon:
    """Streets, places and units by folded name; `words` are all the words they are made of."""

    def __init__(self, wards: WardBook, gazetteer: Gazetteer) -> None:
        self._wards = wards
        self.units = Units(wards)
        self.streets: Names[tuple[StreetRow, ...]] = Names(gazetteer.streets)
        places = dict(gazetteer.places)
        for name, short in tuple(_shortened(places, self.units)):
            if short not in places and short not in gazetteer.streets:
                places[short] = places[name]
        self.places: Names[tuple[PlaceRow, ...]] = Names(places)
        self.dashed = frozenset(_dashed(gazetteer))
        self.words = frozenset(
            word
            for names in (self.streets, self.places, self.units.wards, self.units.districts, self.units.provinces)
            for name in names
            for word in name.split(" ")
        ) | frozenset(_MARKERS.split())

    def shown(self, name: str) -> str:
        """A name as it is written properly: a street's, a ward's, a district's or a province's."""
        wards = (*self._wards.named(name), *self._wards.old_named(name))
        districts, province = self.units.districts.get(name) or (), self.units.provinces.get(name)
        known = (*(self.streets.get(name) or ()), *wards, *districts, *((province,) if province else ()))
        return next((each.name for each in known), name)

    def is_only_place(self, name: str) -> bool:
        """Whether a place's name is not a street's or a ward's as well, so that it is understood without a word."""
        return name not in self.streets and name not in self.units.wards and len(name) > 3


def _dashed(gazetteer: Gazetteer) -> Iterator[tuple[str, str]]:
    """The words on both sides of a dash that belongs to a street's name: Long Biên – Xuân Quan."""
    for rows in gazetteer.streets.values():
        parts = fold(rows[0].name).split(" - ")
        yield from ((before.split(" ")[-1], after.split(" ")[0]) for before, after in pairwise(parts))


def _shortened(places: dict[str, tuple[PlaceRow, ...]], units: Units) -> Iterator[tuple[str, str]]:
    """Aeon Mall Long Biên is called Aeon Mall as well: names without the ward's or district's at their end."""
    for name, rows in places.items():
        if {"plaza"}.intersection(name.split(" ")) and {row.kind for row in rows} <= {"poi", "building"}:
            yield name, name.replace(" plaza", "")
        for unit in (*units.home_districts, *units.wards):
            short = name.removesuffix(f" {unit}")
            if (
                short != name
                and " " in short
                and short.split(" ")[0] not in _GENERIC
                and {row.kind for row in rows} <= {"poi", "building"}
            ):
                yield name, short
