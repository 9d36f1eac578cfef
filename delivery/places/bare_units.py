"""Provinces, districts and wards that an address names without the words for them."""

from rapidfuzz.distance import OSA

from delivery.places.names import Found, Names
from delivery.places.reading import Reading
from delivery.places.remarks import DISTRICT_MEANT, WORD_CORRECTED
from delivery.places.text import fold
from delivery.places.unit_reading import LONGEST_NAME, STREET_WORDS, UnitsSaid, accept_ward

# Behind these a unit's name is a place's: ga Gia Lâm, bến xe Nước Ngầm.
_NEAR = frozenset({"ga", "gan", "canh", "cau", "cho", "chua", "xe", "vien", "truong", "bay", "song", "ho"})
_COUNTRY: Names[bool] = Names({"viet nam": True, "vn": True, "vietnam": True})


def read_bare_units(reading: Reading, said: UnitsSaid) -> None:
    """Take provinces and districts without a word before them, from the end of the address to its beginning."""
    for start, end in reversed(reading.runs()):
        at = end
        while at > start and (taken := _bare_at_end(reading, said, start, at)):
            at = taken
    _read_from_the_start(reading, said)


def _read_from_the_start(reading: Reading, said: UnitsSaid) -> None:
    """Addresses from the large to the small without separators: Hà Nội Long Biên Ngọc Thụy ngõ 68 số 12."""
    units = reading.lexicon.units
    end = reading.run_end(0) if reading.words else 0
    province = units.provinces.starting(reading.keys, 0, end)
    if province is None or not units.is_home_province(province.name):
        return
    said.province = fold(units.provinces[province.name].name)
    reading.take(0, province.end, "area")
    district = units.districts.starting(reading.keys, province.end, end)
    if district is not None and district.name in units.home_districts:
        said.district = units.full_name(district.name)
        reading.take(district.start, district.end, "area")


def _bare_at_end(reading: Reading, said: UnitsSaid, start: int, end: int) -> int | None:
    """Take the unit that ends at `end`; returns where it begins."""
    units, keys = reading.lexicon.units, reading.keys
    if (country := _COUNTRY.ending(keys, start, end)) or _is_postcode(keys[end - 1], end):
        begin = country.start if country else end - 1
        reading.take(begin, end, "area")
        return begin
    found = units.provinces.ending(keys, start, end)
    if found is not None and (
        _may_be_unit(reading, found, start, home=units.is_home_province(found.name))
        or _ends_what_is_not_known(reading, found, start)
    ):
        if units.is_home_province(found.name):
            said.province = fold(units.provinces[found.name].name)
        else:
            said.elsewhere.append(reading.text(found.start, end))
        reading.take(found.start, end, "area")
        return found.start
    return _bare_district(reading, said, start, end)


def _bare_district(reading: Reading, said: UnitsSaid, start: int, end: int) -> int | None:
    units = reading.lexicon.units
    found = units.districts.ending(reading.keys, start, end) or _slipped_district(reading, start, end)
    if found is None:
        return None
    home = found.name in units.home_districts
    if found.name != units.full_name(found.name) and found.start > start:
        return None
    if (home and said.district == found.name) or not _may_be_unit(reading, found, start, home=home):
        return None
    if home:
        said.district, said.district_bare = units.full_name(found.name), True
    else:
        said.elsewhere.append(reading.text(found.start, end))
    reading.take(found.start, end, "area")
    return found.start


def _slipped_district(reading: Reading, start: int, end: int) -> Found | None:
    """A district of this atlas with a slip, where it stands alone between separators."""
    phrase, names = reading.phrase(start, end), reading.lexicon.units.home_names
    meant = names.close(phrase) if start > 0 and end - start <= LONGEST_NAME and phrase not in names else None
    if meant is None or phrase in reading.lexicon.units.wards or phrase in reading.lexicon.streets:
        return None
    reading.assume(WORD_CORRECTED, said=reading.text(start, end), meant=reading.lexicon.shown(meant))
    return Found(meant, start, end)


def _is_postcode(key: str, end: int) -> bool:
    return key.isdigit() and 5 <= len(key) <= 6 and end > 1


def _may_be_unit(reading: Reading, found: Found, start: int, *, home: bool) -> bool:
    """Whether a bare name is a unit: not a part of a longer name, not called a street, not the tail of a person's."""
    lexicon, keys = reading.lexicon, reading.keys
    before = keys[found.start - 1] if found.start > start else ""
    if _is_of_something_longer(reading, found, start) or before in STREET_WORDS or (before in _NEAR and not home):
        return False
    is_street = found.name in lexicon.streets
    if found.start == 0:
        return home and found.end < len(keys) and not is_street
    if is_street and before[:1].isdigit():
        return False
    return (
        home
        or (found.start == start and not is_street)
        or (_is_behind_a_number(reading, start) and found.start > start and not is_street)
        or any(key[0].isdigit() for key in keys[start : found.start])
        or _is_said_of_units(reading, start, found.start)
    )


def _is_of_something_longer(reading: Reading, found: Found, start: int) -> bool:
    """Whether a street's or a place's name ends with this one."""
    for names in (reading.lexicon.streets, reading.lexicon.places):
        longer = names.ending(reading.keys, start, found.end)
        if longer is not None and longer.start < found.start:
            return True
    return False


def _is_behind_a_number(reading: Reading, start: int) -> bool:
    return start > 0 and reading.roles[start - 1] in {"house", "alley"} and not reading.words[start].gap


def _ends_what_is_not_known(reading: Reading, found: Found, start: int) -> bool:
    """Whether a province ends a short stretch behind the first: a unit that nobody here knows stands before it."""
    before = reading.keys[start : found.start]
    if found.name in reading.lexicon.streets or start == 0 or not 0 < len(before) <= LONGEST_NAME - 1:
        return False
    return not (_NEAR | STREET_WORDS).intersection(before) and not any(key[0].isdigit() for key in before)


def _is_said_of_units(reading: Reading, start: int, end: int) -> bool:
    """Whether a smaller unit, or the word for this one, stands before a unit in one go: Ninh Kiều Cần Thơ."""
    units, phrase = reading.lexicon.units, reading.phrase(start, end)
    return (
        phrase in units.wards_elsewhere
        or phrase in units.districts
        or units.districts.close(phrase) is not None
        or any(OSA.distance(phrase, word, score_cutoff=1) <= 1 for word in ("huyen", "quan", "tinh", "thi xa"))
        or OSA.distance(phrase, "thanh pho", score_cutoff=2) <= 2
    )


def read_bare_wards(reading: Reading, said: UnitsSaid) -> None:
    """Take wards without a word before them: what is left whole between separators once the street is known."""
    units = reading.lexicon.units
    for start, end in reversed(reading.runs()):
        whole = units.wards.starting(reading.keys, start, end)
        if whole is not None and whole.end == end:
            if said.ward is None or whole.name not in reading.lexicon.streets:
                _accept_bare(reading, said, whole)
        elif (slipped := _behind_a_slipped_word(reading, start, end)) is not None:
            accept_ward(reading, said, start, slipped, marked=True)
        elif said.ward is None and start > 0:
            _slipped_or_elsewhere(reading, said, start, end)


def _accept_bare(reading: Reading, said: UnitsSaid, found: Found) -> None:
    """A name that is a district's as well is the district, as long as none is named."""
    if said.district is None and found.name in reading.lexicon.units.home_districts:
        said.district, said.district_bare = found.name, True
        reading.take(found.start, found.end, "area")
    else:
        accept_ward(reading, said, found.start, found, marked=False)


def _behind_a_slipped_word(reading: Reading, start: int, end: int) -> Found | None:
    """A ward's name behind what can only be the word for ward, badly typed: phưng Việt Hưng."""
    found = reading.lexicon.units.wards.starting(reading.keys, start + 1, end)
    return found if _is_slip_of_ward(reading, start) and found is not None and found.end == end else None


def _is_slip_of_ward(reading: Reading, at: int) -> bool:
    word = reading.keys[at]
    return word.startswith("p") and word.endswith("g") and word not in reading.lexicon.streets


def _slipped_or_elsewhere(reading: Reading, said: UnitsSaid, start: int, end: int) -> None:
    units = reading.lexicon.units
    skipped = start + (end > start + 1 and _is_slip_of_ward(reading, start))
    other = units.wards_elsewhere.starting(reading.keys, skipped, end)
    if other is None and skipped > start:
        other = units.districts.starting(reading.keys, skipped, end)
    if other is not None and other.end == end and other.name not in reading.lexicon.places:
        said.elsewhere.append(reading.text(start, end))
        reading.take(start, end, "area")
    elif end - start <= LONGEST_NAME and (meant := units.wards.close(reading.phrase(start, end))):
        reading.assume(WORD_CORRECTED, said=reading.text(start, end), meant=reading.lexicon.shown(meant))
        _accept_bare(reading, said, Found(meant, start, end))


def settle_district(reading: Reading, said: UnitsSaid) -> None:
    """Note where a bare name that is a district's and a ward's was taken for the district."""
    if said.district and said.district_bare and said.ward is None and said.district in reading.lexicon.units.wards:
        reading.assume(DISTRICT_MEANT, name=reading.lexicon.shown(said.district))
