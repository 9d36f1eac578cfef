"""What stands before the street: flat, building, estate, house number, alleys, neighbourhood group."""

import re
from dataclasses import dataclass, field
from typing import Literal

from delivery.places.names import Found, Names
from delivery.places.reading import Reading
from delivery.places.remarks import WORD_CORRECTED
from delivery.places.unit_reading import STREET_WORDS

Kind = Literal["unit", "building", "estate", "house", "ngo", "ngach", "hem", "group", "village"]
_MARKERS: Names[Kind] = Names({
    "can ho": "unit", "can ho so": "unit", "can": "unit", "can so": "unit", "phong": "unit", "phong so": "unit",
    "p": "unit", "ph": "unit", "tang": "unit", "kiot": "unit", "ki ot": "unit", "shophouse": "unit", "o": "unit",
    "toa nha": "building", "toa": "building", "chung cu": "building", "cc": "building", "ccu": "building",
    "block": "building", "nha chung cu": "building", "khu nha": "building", "khoi nha": "building", "lo": "building",
    "lien ke": "building", "biet thu": "building", "thap": "building", "don nguyen": "building", "day": "building",
    "kdt": "estate", "kdt moi": "estate", "kdtm": "estate", "khu do thi": "estate", "khu do thi moi": "estate",
    "khu dt": "estate", "khu dt moi": "estate", "kdtt": "estate",
    "ktt": "estate", "khu tap the": "estate", "tap the": "estate", "khu biet thu": "estate", "khu nha o": "estate",
    "khu dau gia": "estate", "khu tai dinh cu": "estate", "du an": "estate",
    "so": "house", "so nha": "house", "sn": "house", "nha so": "house", "nha": "house", "s": "house",
    "ngo": "ngo", "ng": "ngo", "ngo so": "ngo", "kiet": "ngo", "ngach": "ngach", "ngh": "ngach", "ngach so": "ngach",
    "nghach": "ngach", "hem": "hem", "hem so": "hem",
    "to": "group", "to so": "group", "to dan pho": "group", "to dan pho so": "group", "tdp": "group",
    "tdp so": "group", "to dp": "group", "cum": "group", "cum dan cu": "group", "doi": "group", "ap": "group",
    "khu pho": "group", "khu": "group",
    "thon": "village", "xom": "village", "lang": "village",
})  # fmt: skip
_DEPTH: dict[str, int] = {"ngo": 0, "ngach": 1, "hem": 2}
# A number with a letter, ranges and slashes; longer ones are no house's.
_NUMBER = re.compile(r"\d{1,4}[a-z]{0,2}\d?(?:[/.-]\d{1,4}[a-z]?){0,6}")
_CODE = re.compile(r"[a-z]{0,3}\d{1,5}[a-z]{0,2}\d{0,3}(?:[/.-][a-z]?\d{1,4}[a-z]?){0,4}|[a-z]")
_BUILDING_CODE = re.compile(r"(?!ql|tl|dt)[a-z]{1,3}\d{1,4}[a-z]{0,2}\d{0,2}(?:[/.-]\d{1,3})?")
_SMALL_WORDS = frozenset({"va", "cua", "thuoc", "moi"})
LONGEST_NAME = 5


@dataclass(slots=True)
class Door:
    """What was read so far; texts as written, numbers folded; `alleys` by their depth."""

    unit: list[str] = field(default_factory=list)
    building: str | None = None
    estate: str | None = None
    place: str | None = None
    house: str | None = None
    alleys: list[tuple[int, str]] = field(default_factory=list)
    group: list[str] = field(default_factory=list)


def read_door(reading: Reading, door: Door) -> None:
    """Take the marked parts before the street, and places whose names need no word before them."""
    for at in reading.free():
        key = reading.keys[at]
        if reading.roles[at] or not (_MARKERS.begins(key) or reading.lexicon.places.begins(key)):
            continue
        end = reading.run_end(at)
        place = reading.lexicon.places.starting(reading.keys, at, end)
        marker = _MARKERS.starting(reading.keys, at, end)
        if place is not None and reading.lexicon.is_only_place(place.name) and _stands_for_itself(reading, at):
            _take_place(reading, door, place)
        elif marker is not None and not _names_a_street(reading, at, end):
            _read_marked(reading, door, marker)
    _read_building_code(reading, door)


def _stands_for_itself(reading: Reading, at: int) -> bool:
    """Whether a place is the address, not what lies near it."""
    before = reading.keys[max(0, at - 2) : at]
    return not {"gan", "canh", "dien", "sau", "truoc", "cong"} & set(before)


def _names_a_street(reading: Reading, at: int, end: int) -> bool:
    """Whether the word belongs to a street's name, such as Ngõ Tự Do 1 or Bằng Lăng, rather than says what follows."""
    street = reading.lexicon.streets.starting(reading.keys, at, end)
    if street is not None and reading.keys[at] == "so" and (at == 0 or reading.keys[at - 1] not in STREET_WORDS):
        # Số 3 is a house unless a word says that it is a street.
        return False
    return (street is not None and street.end > at + 1) or reading.is_inside_a_name(at)


def _read_marked(reading: Reading, door: Door, marker: Found) -> None:
    kind = _MARKERS[marker.name]
    if not reading.follows(marker.end):
        return
    if kind in {"building", "estate", "village"}:
        _read_named(reading, door, marker, kind)
    elif _is_number_for(kind, marker, reading.keys[marker.end]):
        _read_numbered(reading, door, marker, kind)


def _is_number_for(kind: Kind, marker: Found, key: str) -> bool:
    if kind == "unit":
        # P.5 is a ward of Sài Gòn; rooms have a storey before their number.
        return bool(_CODE.fullmatch(key)) and (marker.name not in {"p", "ph"} or sum(map(str.isdigit, key)) > 2)
    return bool(_NUMBER.fullmatch(key)) or (kind == "group" and bool(_CODE.fullmatch(key)))


def _read_numbered(reading: Reading, door: Door, marker: Found, kind: Kind) -> None:
    end = marker.end + 1
    key, text = reading.keys[marker.end], reading.text(marker.start, end)
    if kind == "house" and reading.keys[end : end + 1] == ["tang"]:
        # A house of three storeys, and not number three.
        reading.take(marker.start, end + 1, "unit")
    elif kind == "house" and door.house is None:
        door.house = key
        reading.take(marker.start, end, "house")
    elif kind in _DEPTH:
        door.alleys.append((_DEPTH[kind], key))
        reading.take(marker.start, end, "alley")
    elif kind == "unit":
        door.unit.append(text)
        reading.take(marker.start, end, "unit")
    elif kind == "group":
        door.group.append(text)
        reading.take(marker.start, end, "group")


def _read_named(reading: Reading, door: Door, marker: Found, kind: Kind) -> None:
    """An estate, building or village: a known name, a code, or the words up to the next separator."""
    run = reading.run_end(marker.start)
    known = reading.lexicon.places.starting(reading.keys, marker.end, run)
    whole = reading.lexicon.places.starting(reading.keys, marker.start, run)
    if whole is not None and whole.end > marker.end:
        _take_place(reading, door, whole)
        return
    end = _end_of_name(reading, marker, run, known)
    if end is None:
        return
    if known is None and kind == "estate":
        known = _slipped_place(reading, marker.end, end)
    text = reading.text(marker.start, end)
    if kind == "village":
        door.group.append(text)
        reading.take(marker.start, end, "group")
    elif kind == "estate":
        door.estate = door.estate or text
        door.place = door.place or (known.name if known else None)
        reading.take(marker.start, end, "estate")
    else:
        door.building = f"{door.building} {text}" if door.building else text
        door.place = known.name if known else door.place
        reading.take(marker.start, end, "building")


def _slipped_place(reading: Reading, start: int, end: int) -> Found | None:
    """The estate whose name stands there with a slip."""
    meant = reading.lexicon.places.close(reading.phrase(start, end))
    if meant is None:
        return None
    reading.assume(WORD_CORRECTED, said=reading.text(start, end), meant=reading.lexicon.shown(meant))
    return Found(meant, start, end)


def _end_of_name(reading: Reading, marker: Found, run: int, known: Found | None) -> int | None:
    if known is not None:
        return known.end
    if _CODE.fullmatch(reading.keys[marker.end]):
        return marker.end + 1
    end = marker.end
    while end < min(run, marker.end + LONGEST_NAME) and not _begins_another(reading, marker, end, run):
        end += 1
    return end if end > marker.end and marker.name not in {"lo", "day", "khu nha"} else None


def _begins_another(reading: Reading, marker: Found, at: int, run: int) -> bool:
    """Whether another part begins at `at`: a marker, a number, or beyond the first word a street."""
    if at == marker.end:
        return False
    found = _MARKERS.starting(reading.keys, at, run)
    street_word = reading.keys[at] in {"pho", "duong", "phuong", "quan"}
    return street_word or found is not None or reading.lexicon.streets.starting(reading.keys, at, run) is not None


def _take_place(reading: Reading, door: Door, place: Found) -> None:
    text = reading.text(place.start, place.end)
    kind = reading.lexicon.places[place.name][0].kind
    if kind == "estate":
        door.estate = door.estate or text
        reading.take(place.start, place.end, "estate")
    elif kind == "quarter":
        door.group.append(text)
        reading.take(place.start, place.end, "group")
    else:
        door.building = f"{door.building} {text}" if door.building else text
        reading.take(place.start, place.end, "building")
    finer = door.place is None or kind in {"building", "poi"}
    door.place = place.name if finer else door.place


def _read_building_code(reading: Reading, door: Door) -> None:
    """CT17, N01A, R2 between separators or before an estate: a building, no house number."""
    for at in reading.free():
        alone = reading.words[at].gap or at == 0 or bool(reading.roles[at - 1]) or door.estate is not None
        if not reading.roles[at] and alone and _BUILDING_CODE.fullmatch(reading.keys[at]):
            if reading.keys[at][0] in "pq" and reading.keys[at][1:].isdigit() and door.estate is None:
                continue
            if reading.keys[at][0] == "p" and len(reading.keys[at]) > 3:
                door.unit.append(reading.words[at].text)
                reading.take(at, at + 1, "unit")
                continue
            door.building = f"{door.building} {reading.words[at].text}" if door.building else reading.words[at].text
            reading.take(at, at + 1, "building")


def read_bare_number(reading: Reading, door: Door) -> None:
    """Take the house number that has no word before it: the one before the alleys or the street, else the first."""
    if door.house is not None:
        return
    numbers = [at for at in range(len(reading.words)) if _is_free_number(reading, at)]
    before = [at for at in numbers if at + 1 < len(reading.roles) and reading.roles[at + 1] in {"alley", "street"}]
    for at in (before or numbers)[:1]:
        door.house = reading.keys[at]
        reading.take(at, at + 1, "house")


def _is_free_number(reading: Reading, at: int) -> bool:
    return not reading.roles[at] and reading.keys[at][0].isdigit() and bool(_NUMBER.fullmatch(reading.keys[at]))


def is_number(key: str) -> bool:
    """Whether a word can be a house number."""
    return bool(_NUMBER.fullmatch(key))


def alley_chain(said: list[tuple[int, str]]) -> tuple[str, ...]:
    """The alleys from the street inwards: `ngõ 53 ngách 53/20` and `ngách 20 ngõ 53` are 53, 20."""
    chain: list[str] = []
    for _depth, number in sorted(said, key=lambda item: item[0]):
        steps = number.replace(".", "/").split("/")
        # A ngách is often written with its ngõ's number before it.
        chain = steps if len(steps) > 1 and steps[: len(chain)] == chain else [*chain, *steps]
    return tuple(chain[:6])
