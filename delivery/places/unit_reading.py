"""Which province, district and ward an address names with the words for them, and what of that lies elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from delivery.places.names import Found, Names
from delivery.places.reading import Reading
from delivery.places.remarks import WORD_CORRECTED
from delivery.places.text import fold

Level = Literal["ward", "district", "province"]
_MARKERS: Names[Level] = Names({
    "phuong": "ward", "p": "ward", "ph": "ward", "phg": "ward", "phuog": "ward", "xa": "ward", "x": "ward",
    "thi tran": "ward", "tt": "ward", "f": "ward",
    "quan": "district", "q": "district", "qu": "district", "qan": "district", "huyen": "district", "h": "district",
    "thi xa": "district", "tx": "district",
    "tinh": "province", "thanh pho": "province", "tp": "province", "thanhpho": "province", "t": "province",
})  # fmt: skip
_CLEAR = frozenset({"phuong", "xa", "thi tran", "quan", "huyen", "thi xa", "tinh", "thanh pho", "tp"})
# Other words look the same without their marks: quán phở, chị Huyền, Phương Trâm, Tình Quang.
_WRITTEN = {"quan": "quận", "huyen": "huyện", "phuong": "phường", "tinh": "tỉnh"}
_OFTEN_ANOTHER = frozenset({"quan", "huyen", "tinh"})
STREET_WORDS = frozenset({"pho", "duong", "d", "dd", "dg", "ngo", "ngach", "hem"})
_AGES = {"cũ": True, "cu": True, "mới": False, "moi": False}
_BEFORE = {
    ("nay", "la"): False, ("nay", "thuoc"): False, ("nay",): False, ("moi", "la"): False, ("truoc", "la"): True,
    ("truoc", "day", "la"): True, ("cu", "la"): True,
}  # fmt: skip
LONGEST_NAME = 4


@dataclass(slots=True)
class UnitsSaid:
    """The units an address names, folded; `old` whether it says itself that the ward is an old one.

    `now` is today's ward where the address gives both, `elsewhere` the first name that lies outside the atlas.
    """

    ward: str | None = None
    ward_text: str = ""
    ward_marked: bool = False
    old: bool | None = None
    now: str | None = None
    district: str | None = None
    district_bare: bool = False
    province: str | None = None
    elsewhere: list[str] = field(default_factory=list)


def read_marked_units(reading: Reading, said: UnitsSaid) -> None:
    """Take the units that have their word before them: P., phường, Q., quận, TP., tỉnh."""
    for at in reading.free():
        if reading.roles[at] or not _MARKERS.begins(reading.keys[at]):
            continue
        marker = _MARKERS.starting(reading.keys, at, reading.run_end(at))
        if marker is None or _is_inside_a_name(reading, marker):
            continue
        if marker.end < len(reading.words) and not reading.words[marker.end].gap:
            _READERS[_MARKERS[marker.name]](reading, said, marker)


def _is_inside_a_name(reading: Reading, marker: Found) -> bool:
    """Whether the word belongs to a street's or place's name: Hội Xá, Quán Tình, UBND phường Thượng Thanh."""
    at, lexicon, end = marker.start, reading.lexicon, reading.run_end(marker.start)
    if at > 0 and reading.keys[at - 1] in STREET_WORDS and not reading.words[at].gap and not is_soup(reading, at - 1):
        return True
    whole = (names.starting(reading.keys, at, end) for names in (lexicon.streets, lexicon.places))
    if any(found is not None and found.end > marker.end for found in whole):
        return not _is_unit_name(reading, marker.end, end)
    return reading.is_inside_a_name(at)


def is_soup(reading: Reading, at: int) -> bool:
    """Whether a phố is a phở: there is a quán before many a ward."""
    return reading.words[at].text.lower() == "phở" or (at > 0 and reading.keys[at - 1] == "quan")


def _is_unit_name(reading: Reading, start: int, end: int) -> bool:
    units = reading.lexicon.units
    return any(names.starting(reading.keys, start, end) for names in (units.wards, units.districts))


def _is_clear(reading: Reading, marker: Found) -> bool:
    """Whether the word can hardly be another one, so that what follows is a unit though nobody knows it."""
    ascii_only = reading.words[marker.start].text.isascii()
    if marker.name not in _CLEAR or (ascii_only and marker.name in _OFTEN_ANOTHER):
        return False
    return _may_be_meant(reading, marker)


def _may_be_meant(reading: Reading, marker: Found) -> bool:
    """Whether the word is written without any marks, or with its own."""
    written = reading.words[marker.start].text.lower()
    return written.isascii() or written == _WRITTEN.get(marker.name, written)


def _read_ward(reading: Reading, said: UnitsSaid, marker: Found) -> None:
    units, end = reading.lexicon.units, reading.run_end(marker.start)
    found = units.wards.starting(reading.keys, marker.end, end)
    if found is not None:
        accept_ward(reading, said, marker.start, found, marked=True)
        return
    if marker.name in {"p", "ph", "f", "x", "tt"} and _may_be_something_else(reading, marker.end, end):
        return
    if marker.name == "phuong" and not _is_clear(reading, marker):
        return
    other = units.wards_elsewhere.starting(reading.keys, marker.end, end)
    meant = None if other else _corrected(reading, units.wards, marker.end, end)
    if meant is not None:
        accept_ward(reading, said, marker.start, meant, marked=True)
    else:
        _elsewhere(reading, said, marker, other)


def _may_be_something_else(reading: Reading, start: int, end: int) -> bool:
    """P. may be phố or phòng as well."""
    return bool(reading.lexicon.streets.starting(reading.keys, start, end)) or reading.keys[start][0].isdigit()


def accept_ward(reading: Reading, said: UnitsSaid, start: int, found: Found, *, marked: bool) -> None:
    """Take a ward's name, and the words from `start` on that say so; a second ward may be the other order's."""
    text, hint = reading.lexicon.shown(found.name), _hint(reading, start, found.end)
    reading.take(start, found.end, "ward")
    if said.ward is None:
        said.ward, said.ward_text, said.ward_marked, said.old = found.name, text, marked, hint
    elif found.name == said.ward and (hint is None or hint == said.old):
        return
    elif hint is True or (said.old is False and hint is None):
        said.now, said.ward, said.ward_text, said.old = said.ward, found.name, text, True
    elif marked:
        said.now, said.old = found.name, True


def _hint(reading: Reading, start: int, end: int) -> bool | None:
    """Whether the address itself says that a ward is old ("cũ") or new ("mới", "nay là"); these words are taken."""
    keys = reading.keys
    if end < len(keys) and not reading.roles[end] and reading.words[end].text.lower() in _AGES:
        reading.take(end, end + 1, "ward")
        return _AGES[reading.words[end].text.lower()]
    for words, old in _BEFORE.items():
        at = start - len(words)
        if at >= 0 and tuple(keys[at:start]) == words and not any(reading.roles[at:start]):
            reading.take(at, start, "ward")
            return old
    return None


def _read_district(reading: Reading, said: UnitsSaid, marker: Found) -> None:
    units, end = reading.lexicon.units, reading.run_end(marker.start)
    found = units.districts.starting(reading.keys, marker.end, end)
    if found is None and not reading.keys[marker.end][0].isdigit():
        names = units.districts if _may_be_meant(reading, marker) else units.home_names
        found = _corrected(reading, names, marker.end, end)
    if found is not None and found.name in units.home_districts:
        reading.take(marker.start, found.end, "area")
        said.district, said.district_bare = units.full_name(found.name), False
    elif found is not None or _is_clear(reading, marker) or reading.keys[marker.end].isdigit():
        _elsewhere(reading, said, marker, found)


def _read_province(reading: Reading, said: UnitsSaid, marker: Found) -> None:
    units, end = reading.lexicon.units, reading.run_end(marker.start)
    found = units.provinces.starting(reading.keys, marker.end, end)
    city = units.districts.starting(reading.keys, marker.end, end) if found is None else None
    if found is None and city is None and marker.name != "t":
        found = _corrected(reading, units.provinces, marker.end, end)
    if found is not None and units.is_home_province(found.name):
        reading.take(marker.start, found.end, "area")
        said.province = fold(units.provinces[found.name].name)
    elif found is not None or city is not None or (marker.name == "tinh" and _is_clear(reading, marker)):
        _elsewhere(reading, said, marker, found or city)


def _corrected(reading: Reading, names: Names[Any], start: int, end: int) -> Found | None:
    """The name that the words from `start` on are a slip away from."""
    for width in range(min(LONGEST_NAME, end - start), 0, -1):
        said = reading.phrase(start, start + width)
        meant = names.close(said)
        if meant is not None:
            reading.assume(WORD_CORRECTED, said=reading.text(start, start + width), meant=reading.lexicon.shown(meant))
            return Found(meant, start, start + width)
    return None


def _elsewhere(reading: Reading, said: UnitsSaid, marker: Found, found: Found | None) -> None:
    """A unit that is not on this atlas: known elsewhere, or not known at all."""
    start, end = marker.start, found.end if found else min(reading.run_end(marker.start), marker.end + LONGEST_NAME)
    if found is None:
        others = (at for at in range(marker.end + 1, end) if _MARKERS.starting(reading.keys, at, end))
        end = min(next(others, end), end)
    said.elsewhere.append(reading.text(start, end))
    reading.take(start, end, "area")


_READERS: Mapping[Level, Callable[[Reading, UnitsSaid, Found], None]] = {
    "ward": _read_ward,
    "district": _read_district,
    "province": _read_province,
}
