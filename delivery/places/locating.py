"""From an understood address to a place on the map: how exactly it is known, and when a person must be asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from geopy.geocoders.base import Geocoder
from geopy.location import Location

from delivery.i18n import marked
from delivery.places.address import Address, parse
from delivery.places.atlas import Atlas
from delivery.places.gazetteer import NumberedPoint, Stretch, estates, number_on, streets
from delivery.places.wards import Ward, new_ward_at, new_wards, old_wards, ward_by_code, ward_outlines

DOOR_RADIUS_M = 20
WARD_RADIUS_M = 2000

ELSEWHERE = marked("The address names a place outside the four wards")
OUTSIDE = marked("The given point lies outside the four wards")
OTHER_WARD = marked("The street or point is not in the ward that the address names")
WHICH_WARD = marked("The street runs through several wards and the address does not say which")
ONLY_WARD = marked("No street was understood, only the ward")
NOTHING = marked("Neither a street nor a ward was understood")


class Quality(StrEnum):
    """How exactly a place is known."""

    DOOR = "door"
    HOUSE = "house"
    ALLEY = "alley"
    STREET = "street"
    AREA = "area"
    WARD = "ward"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address lies, within `radius_m`; `ask` where a person should decide, `note` says why.

    `lat` and `lon` are None when nothing is known. `candidates` are the wards that are possible, by name.
    """

    lat: float | None
    lon: float | None
    radius_m: int | None
    quality: Quality
    source: str
    new_ward_code: str | None
    old_ward_code: str | None = None
    ask: bool = False
    candidates: tuple[str, ...] = ()
    note: tuple[str, ...] = ()


def locate(  # noqa: D417
    address: Address, atlas: Atlas | None = None, *, lat: float | None = None, lon: float | None = None  # noqa: ARG001
) -> Place:
    """Place an address: at the given point, else at its number, street, estate; never silently in a wrong ward."""
    if lat is not None and lon is not None:
        return _at_given_point(address, lat, lon)
    if address.elsewhere:
        return _nowhere(address, ELSEWHERE)
    if address.street is not None:
        return _on_street(address, address.street)
    if address.estate is not None:
        return _on_stretches(address, estates()[address.estate], Quality.AREA)
    return _in_ward(address)


class StreetBook(Geocoder):  # type: ignore[misc]  # geopy has no types
    """The built-in gazetteer as a geopy geocoder: no network, no key, nothing about anyone leaves the house."""

    def geocode(self, query: str, **_options: Any) -> Location | None:  # noqa: ANN401  geopy's own signature
        """The location of an address whose place is not in doubt, else None."""
        place = locate(parse(query))
        if place.lat is None or place.lon is None or place.ask:
            return None
        return Location(query, (place.lat, place.lon), {"quality": place.quality, "radius_m": place.radius_m})


def possible_wards(address: Address) -> tuple[Ward, ...]:
    """Today's wards that the address allows by what it says of wards; all of them when it says nothing."""
    codes: set[str] = set()
    old, new = old_wards().get(address.ward or ""), new_wards().get(address.ward or "")
    if old is not None and address.old_form is not False:
        codes.update(old.now)
    if new is not None and address.old_form is not True:
        codes.add(new.code)
    return tuple(ward for ward in ward_outlines() if not codes or ward.code in codes)


def _old_code(address: Address) -> str | None:
    old = old_wards().get(address.ward or "")
    return old.code if old is not None and address.old_form else None


def _at_given_point(address: Address, lat: float, lon: float) -> Place:
    ward = new_ward_at(lat, lon)
    note = OUTSIDE if ward is None else OTHER_WARD if ward not in possible_wards(address) else None
    return Place(
        lat, lon, DOOR_RADIUS_M, Quality.DOOR, "given", ward.code if ward else None, _old_code(address),
        ask=note is not None, candidates=_names(possible_wards(address)), note=(note,) if note else (),
    )  # fmt: skip


def _on_street(address: Address, street: str) -> Place:
    numbered = number_on(street, address.number) if address.number is not None else None
    ward = new_ward_at(numbered.lat, numbered.lon) if numbered is not None else None
    if numbered is None or ward is None:
        return _on_stretches(address, streets()[street], Quality.STREET)
    return _at_number(address, numbered, ward)


def _at_number(address: Address, point: NumberedPoint, ward: Ward) -> Place:
    doubtful = ward not in possible_wards(address)
    return Place(
        point.lat, point.lon, point.radius_m, Quality.ALLEY if address.in_alley else Quality.HOUSE, "numbers",
        ward.code, _old_code(address), ask=doubtful,
        candidates=_names({ward, *possible_wards(address)}) if doubtful else (), note=(OTHER_WARD,) if doubtful else (),
    )  # fmt: skip


def _on_stretches(address: Address, stretches: Sequence[Stretch], quality: Quality) -> Place:
    """On the one stretch in a ward that the address allows; a person is asked when there is not exactly one."""
    allowed = {ward.code for ward in possible_wards(address)}
    fitting = [stretch for stretch in stretches if stretch.ward in allowed]
    note = OTHER_WARD if not fitting else WHICH_WARD if len(fitting) > 1 else None
    chosen = max(fitting or stretches, key=lambda stretch: stretch.reach_m)
    wards = [ward_by_code(stretch.ward) for stretch in fitting or stretches]
    return Place(
        chosen.lat, chosen.lon, chosen.reach_m, quality, "streets", chosen.ward, _old_code(address),
        ask=note is not None, candidates=_names([ward for ward in wards if ward]) if note else (),
        note=(note,) if note else (),
    )  # fmt: skip


def _in_ward(address: Address) -> Place:
    wards = possible_wards(address)
    if address.ward is None:
        return _nowhere(address, NOTHING)
    (ward, *others) = wards
    lats, lons = zip(*ward.outline, strict=True)
    return Place(
        sum(lats) / len(lats), sum(lons) / len(lons), WARD_RADIUS_M, Quality.WARD, "wards",
        None if others else ward.code, _old_code(address), ask=True, candidates=_names(wards), note=(ONLY_WARD,),
    )  # fmt: skip


def _nowhere(address: Address, why: str) -> Place:
    return Place(None, None, None, Quality.NONE, "none", None, _old_code(address), ask=True, note=(why,))


def _names(wards: Iterable[Ward]) -> tuple[str, ...]:
    return tuple(sorted(ward.name for ward in wards))
