"""Which street an address names: the known name that stands where a street stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from delivery.places.door_reading import Door, is_number
from delivery.places.names import Found
from delivery.places.reading import Reading
from delivery.places.remarks import UNKNOWN_STREET, WORD_CORRECTED
from delivery.places.unit_reading import UnitsSaid, is_soup

_STREET_WORDS = frozenset({"pho", "duong", "d", "dd", "dg", "p"})
_CLEAR_STREET_WORDS = _STREET_WORDS - {"p"}
# Before a name these say that something else is called so, or lies near it.
_NO_STREET = frozenset({
    "gan", "canh", "dien", "sau", "truoc", "cho", "chua", "truong", "dinh", "den", "ubnd", "cong", "benh", "vien",
    "ben", "cau", "khu", "kdt", "ktt", "ong", "ba", "anh", "chi", "em", "co", "chu", "bac", "tap", "the", "thi", "hoc",
    "phuong", "nha", "tram", "ga",
})  # fmt: skip
ENOUGH, ENOUGH_WITH_WARD = 1.5, 1.0
# A word for street, or a number without a separator: then even a ward's name is a street's.
CLEARLY_BEFORE = 3
LONGEST_NAME = 5


@dataclass(slots=True)
class StreetSaid:
    """The street: its key and its name on the map, or no key and the name as it was written."""

    key: str | None = None
    text: str | None = None


def read_street(reading: Reading, door: Door, said: UnitsSaid) -> StreetSaid:
    """Take the street: the best of the known names, else one that is a slip away, else what stands in its place."""
    scored = [(_score(reading, said, found, (start, end)), found) for found, start, end in _candidates(reading)]
    enough = ENOUGH_WITH_WARD if said.ward and (door.alleys or door.house) else ENOUGH
    score, best = max(scored, key=lambda item: item[0], default=(0.0, None))
    if best is not None and score >= enough:
        _take(reading, best)
        return StreetSaid(best.name, reading.lexicon.shown(best.name))
    return _corrected_or_unknown(reading)


def _candidates(reading: Reading) -> Iterator[tuple[Found, int, int]]:
    for start, end in reading.runs():
        for at in range(start, end):
            found = reading.lexicon.streets.starting(reading.keys, at, end)
            if found is not None and not _goes_on(reading, found, end):
                yield found, start, end


def _goes_on(reading: Reading, found: Found, end: int) -> bool:
    """Whether a name of one word is only the beginning of what stands there: phố Hạ, phố Hạ Tria."""
    if found.end > found.start + 1 or found.end >= end or not reading.keys[found.end].isalpha():
        return False
    return reading.lexicon.units.wards.starting(reading.keys, found.end, end) is None


def _score(reading: Reading, said: UnitsSaid, found: Found, run: tuple[int, int]) -> float:
    """How much speaks for a name being the street: what stands before it, above all."""
    start, end = run
    words = found.end - found.start
    whole = (found.start, found.end) == (start, end)
    before = _before(reading, found)
    score = 0.4 * words - 0.01 * found.start + 1.5 * whole + 0.5 * (found.start == start) + before
    if before < CLEARLY_BEFORE:
        units = reading.lexicon.units
        # Where the ward is said besides, a ward's name is a street's: Gia Thụy, P. Gia Thụy.
        ward = 0.5 if said.ward is not None else 1.5
        score -= ward * (found.name in units.wards) + 1.5 * (words == 1)
        score -= 2 if found.name in units.home_districts else 0.5 * (found.name in units.districts)
        score += 0.5 * (reading.roles[found.end : found.end + 1] in (["alley"], ["house"]))
    return score


def _before(reading: Reading, found: Found) -> float:
    at = found.start - 1
    if at < 0:
        return 0
    key, role = reading.keys[at], reading.roles[at]
    if not reading.words[found.start].gap:
        if not role and key in _STREET_WORDS and not is_soup(reading, at):
            return 4
        if not role and key in _NO_STREET:
            return -6
    if role in {"house", "alley"} or (not role and is_number(key)):
        across = reading.words[found.start].gap
        return 3 - 0.5 * across if role or _is_number_of_its_own(reading, at, across=across) else 0
    near = not reading.words[found.start].gap and not role and at > 0 and reading.keys[at - 1] in _NO_STREET
    return -3 if near else 0


def _is_number_of_its_own(reading: Reading, at: int, *, across: bool) -> bool:
    """Whether a number is no part of a street's name before it, such as Hoa Sữa 1, Việt Hưng or phố X 19 Việt Hưng."""
    if across or reading.words[at].gap:
        return reading.words[at].gap
    start = at
    while start > 0 and not reading.words[start].gap and not reading.roles[start - 1]:
        start -= 1
    return not _CLEAR_STREET_WORDS.intersection(reading.keys[start:at])


def _take(reading: Reading, found: Found) -> None:
    start = found.start
    while start > 0 and not reading.roles[start - 1] and not reading.words[start].gap:
        if reading.keys[start - 1] not in _STREET_WORDS:
            break
        start -= 1
    reading.take(start, found.end, "street")


def _corrected_or_unknown(reading: Reading) -> StreetSaid:
    places = [at for at in (_place_of_street(reading, start, end) for start, end in reading.runs()) if at is not None]
    if not places and reading.words and (end := reading.run_end(0)):
        # Nothing but a name, at the beginning.
        phrase = reading.phrase(0, end)
        is_ward = reading.lexicon.units.wards.starting(reading.keys, 0, end) is not None
        places = [(0, end)] if not is_ward and reading.lexicon.streets.close(phrase) else []
    for start, end in places:
        for width in range(min(LONGEST_NAME, end - start), 0, -1):
            phrase = reading.phrase(start, start + width)
            meant = reading.lexicon.streets.close(phrase)
            if meant is not None:
                text = reading.text(start, start + width)
                reading.assume(WORD_CORRECTED, said=text, meant=reading.lexicon.shown(meant))
                _take(reading, Found(meant, start, start + width))
                return StreetSaid(meant, reading.lexicon.shown(meant))
    for start, end in places:
        if reading.keys[start] not in _NO_STREET and not _is_known_otherwise(reading, start, end):
            text = reading.text(start, end)
            reading.assume(UNKNOWN_STREET, said=text)
            _take(reading, Found("", start, end))
            return StreetSaid(None, text)
    return StreetSaid()


def _is_known_otherwise(reading: Reading, start: int, end: int) -> bool:
    units = reading.lexicon.units
    known = (names.starting(reading.keys, start, end) for names in (units.wards, units.wards_elsewhere))
    return any(found is not None and found.end == end for found in known)


def _place_of_street(reading: Reading, start: int, end: int) -> tuple[int, int] | None:
    """The words of a run that stand where a street's name stands: behind its word, a number or an alley."""
    for at in range(start, end - 1):
        if reading.keys[at] in _CLEAR_STREET_WORDS:
            return at + 1, min(at + 1 + LONGEST_NAME, end)
    number = next((at for at in range(start, end) if is_number(reading.keys[at])), None)
    behind = start > 0 and reading.roles[start - 1] in {"house", "alley"}
    first = start if behind or number is None else number + 1
    if (behind or number is not None) and first < end:
        return first, min(first + LONGEST_NAME, end)
    return None
