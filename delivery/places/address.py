"""Understanding an address as people write it: its parts, how sure they are, and what was assumed."""

import re
from dataclasses import dataclass

from delivery.places.atlas import Atlas
from delivery.places.bare_units import read_bare_units, read_bare_wards, settle_district
from delivery.places.door_reading import Door, alley_chain, read_bare_number, read_door
from delivery.places.mending import mended
from delivery.places.reading import Reading
from delivery.places.remarks import (
    DISTRICT_MEANT,
    FORM_BY_PROVINCE,
    FORM_OPEN,
    FROM_THE_HOUSE,
    FROM_THE_STREET,
    UNKNOWN_STREET,
    WORD_CORRECTED,
    Remark,
)  # fmt: skip
from delivery.places.street_reading import StreetSaid, read_street
from delivery.places.unit_reading import UnitsSaid, read_marked_units
from delivery.places.words import read_words, split_plots

# What each kind of assumption leaves of the confidence.
_DOUBT = {
    WORD_CORRECTED: 0.9, DISTRICT_MEANT: 0.95, FORM_BY_PROVINCE: 0.97, FORM_OPEN: 0.9, FROM_THE_STREET: 0.85,
    FROM_THE_HOUSE: 0.9, UNKNOWN_STREET: 0.5,
}  # fmt: skip
# Of addresses with nothing to remark on, this share is read as it was meant.
SUREST = 0.99
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Address:
    """What was understood.

    `street`, `ward`, `now`, `district` and `province` are folded names of the atlas, `street_text` and `ward_text` the
    names themselves; where the map does not know the street, `street` is None and `street_text` as it was written.
    `house` is the number as written, folded; `alleys` the chain of alley numbers from the street inwards. `place` is
    the folded name of an estate, building or point of interest that the map knows. `old_form` says whether `ward` is
    one of before July 2025: True, False, or None where that cannot be told; `now` is today's ward where an address
    names both. `elsewhere` is the first name of a unit that lies outside the atlas, "" when there is none. `landmark`
    holds what was not understood. `confidence` is the estimated share of addresses like this one, read with these
    assumptions, whose street and ward are the ones meant.
    """

    text: str
    unit: str | None = None
    building: str | None = None
    estate: str | None = None
    place: str | None = None
    house: str | None = None
    alleys: tuple[str, ...] = ()
    street: str | None = None
    street_text: str | None = None
    group: str | None = None
    landmark: str = ""
    ward: str | None = None
    ward_text: str = ""
    old_form: bool | None = None
    now: str | None = None
    district: str | None = None
    province: str | None = None
    elsewhere: str = ""
    confidence: float = 1.0
    assumed: tuple[Remark, ...] = ()

    @property
    def in_alley(self) -> bool:
        """Whether the house lies in an alley off its street."""
        return bool(self.alleys)

    @property
    def number(self) -> int | None:
        """The number that counts along the street: the outermost alley's, else the house's (of a range the lower)."""
        digits = _DIGITS.match(self.alleys[0] if self.alleys else self.house or "")
        return int(digits[0]) if digits else None

    def printed(self) -> str:
        """The parts in the usual order; reading this again gives the same parts."""
        alley = f"ngõ {'/'.join(self.alleys)}" if self.alleys else None
        parts = (
            self.unit, self.building, self.estate,
            " ".join(part for part in (self.house and f"số {self.house}", alley, self._street()) if part), self.group,
            self._ward(),
            f"nay là phường {self.now}" if self.now else None,
            f"quận {self.district}" if self.district else None, self.elsewhere, self.province,
        )  # fmt: skip
        return ", ".join(part for part in parts if part)

    def _ward(self) -> str | None:
        if self.ward is None or (self.old_form is None and self.province):
            # Behind the word, and before a province, it would be today's; without it stays as open as it was.
            return self.ward_text or None
        return f"phường {self.ward_text}{' cũ' if self.now else ''}"

    def _street(self) -> str | None:
        return f"phố {self.street_text}" if self.street_text else None


def parse(text: str, atlas: Atlas | None = None) -> Address:
    """Read an address by the names of an atlas (built in when None); what cannot be understood is kept as landmark."""
    here = atlas or Atlas.built_in()
    words = read_words(text, here.lexicon.words, here.lexicon.dashed)
    words = mended(words, here.lexicon.streets, here.lexicon.words)
    reading = Reading(split_plots(words, here.lexicon.streets), here.lexicon)
    units, door = UnitsSaid(), Door()
    read_marked_units(reading, units)
    read_door(reading, door)
    read_bare_units(reading, units)
    street = read_street(reading, door, units)
    read_bare_number(reading, door)
    read_bare_wards(reading, units)
    if street.text is None and units.ward is not None:
        # What could have been the ward is the street when another one is: Gia Thụy, tổ 11, Bồ Đề.
        street = read_street(reading, door, units)
    settle_district(reading, units)
    house, alleys = _house_and_alleys(reading, door, street.key, here)
    form = _form(reading, units, here)
    landmark = ", ".join(reading.text(start, end) for start, end in reading.runs())
    return Address(
        text=text,
        unit=", ".join(door.unit) or None,
        building=door.building,
        estate=door.estate,
        place=_place(door, here),
        house=house,
        alleys=alleys,
        street=street.key,
        street_text=street.text,
        group=", ".join(door.group) or None,
        landmark=landmark,
        ward=units.ward,
        ward_text=units.ward_text,
        old_form=form,
        now=units.now,
        district=units.district,
        province=units.province,
        elsewhere=units.elsewhere[0] if units.elsewhere else "",
        confidence=_confidence(reading, street, units, door, landmark),
        assumed=tuple(reading.remarks),
    )


def _house_and_alleys(
    reading: Reading, door: Door, street: str | None, atlas: Atlas
) -> tuple[str | None, tuple[str, ...]]:
    """House and alleys apart, where a number such as 12/5/3 holds both.

    In Hà Nội both directions are in use: from the street inwards, as the numbers of ngách are (ngách 53/20), and
    "house / alley". The map decides where it knows only one end as an alley of the street; else the former is assumed.
    """
    alleys = alley_chain(door.alleys)
    if door.house is None or "/" not in door.house or alleys:
        return door.house, alleys
    steps = door.house.split("/")
    if _is_alley(atlas, street, steps[-1]) and not _is_alley(atlas, street, steps[0]):
        reading.assume(FROM_THE_HOUSE, said=door.house)
        return steps[0], tuple(reversed(steps[1:]))
    reading.assume(FROM_THE_STREET, said=door.house)
    return steps[-1], tuple(steps[:-1])


def _is_alley(atlas: Atlas, street: str | None, number: str) -> bool:
    return street is not None and number in atlas.gazetteer.alley_numbers(street)


def _place(door: Door, atlas: Atlas) -> str | None:
    """The finest known place: a building's code within its estate, such as CT15 of Việt Hưng, before the estate."""
    places = atlas.lexicon.places
    if door.building and door.place:
        code = door.building.split(" ")[-1].lower()
        inside = f"{code} {door.place}"
        if inside in places:
            return inside
    return door.place


def _form(reading: Reading, said: UnitsSaid, atlas: Atlas) -> bool | None:
    """Whether the ward is of the old order: as said, by the name alone, by a district, by a province without one."""
    if said.ward is None:
        return None
    if said.old is not None or said.now is not None:
        return said.old if said.now is None else True
    new, old = bool(atlas.wards.named(said.ward)), bool(atlas.wards.old_named(said.ward))
    if new != old:
        return old
    if said.district:
        return True
    if said.ward_marked and said.province:
        reading.assume(FORM_BY_PROVINCE, name=said.ward_text)
        return False
    reading.assume(FORM_OPEN, name=said.ward_text)
    return None


def _confidence(reading: Reading, street: StreetSaid, units: UnitsSaid, door: Door, landmark: str) -> float:
    share = SUREST
    for each in reading.remarks:
        share *= _DOUBT.get(each.text, 1.0)
    if street.text is None and not door.place:
        share *= 0.6
    if units.ward is None:
        share *= 0.95
    return round(share * 0.97 ** min(5, len(landmark.split())), 2)
