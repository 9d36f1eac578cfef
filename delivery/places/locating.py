"""From an understood address to a place on the map: how exactly it is known, and when a person must be asked."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely
from geopy.geocoders.base import Geocoder
from geopy.location import Location

from delivery.i18n import marked
from delivery.places.address import Address, parse
from delivery.places.atlas import Atlas
from delivery.places.fixes import (
    METRES_A_DEGREE,
    Fix,
    Quality,
    alley_fixes,
    apart_m,
    clusters,
    number_fix,
    place_fixes,
    street_fixes,
)  # fmt: skip
from delivery.places.possible import named_old_wards, old_ward_of, possible_codes
from delivery.places.remarks import (
    BORDER_BELIEVED,
    MOST_OF_STREET,
    OLD_WARD_CHOSE,
    OLD_WARD_RECKONED,
    STREET_BELIEVED,
    Remark,
    remark,
)  # fmt: skip

DOOR_RADIUS_M = 20
WARD_RADIUS_M = 2000
# A street this near to the ward that is named, in metres, is believed; one farther off may be a namesake.
NEXT_DOOR_M = 1000
# A street's stretch in one ward that is this share of the whole is the street.
ALMOST_WHOLE = 0.85

ELSEWHERE = marked("The address names a place outside the wards on the map")
OUTSIDE = marked("The given point lies outside the wards on the map")
OTHER_WARD = marked("The street or point is not in the ward that the address names")
WHICH_WARD = marked("The street runs through several wards and the address does not say which")
NAMESAKES = marked("Several streets have this name and the address does not say which")
ONLY_WARD = marked("No street was understood, only the ward")
NOTHING = marked("Neither a street nor a ward was understood")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address lies, within `radius_m`; `ask` where a person should decide, `note` says why.

    `lat` and `lon` are None when nothing is known. `candidates` are the wards that are possible, by name. `assumed` is
    what was taken for granted on the way, `old_ward_assumed` whether the old ward is only reckoned from the position.
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
    assumed: tuple[Remark, ...] = ()
    old_ward_assumed: bool = False


def locate(
    address: Address, atlas: Atlas | None = None, *, lat: float | None = None, lon: float | None = None
) -> Place:
    """Place an address: at the given point, else at its alley, number, street or estate; never silently wrong."""
    here = _Search(address, atlas or Atlas.built_in())
    if lat is not None and lon is not None:
        return here.at_given_point(lat, lon)
    if address.elsewhere:
        return here.nowhere(ELSEWHERE)
    if address.street is not None:
        return here.on_street(address.street)
    if address.place is not None:
        return here.decide(place_fixes(here.atlas.lexicon.places[address.place]))
    return here.in_ward()


class StreetBook(Geocoder):  # type: ignore[misc]  # geopy has no types
    """An atlas as a geopy geocoder: no network, no key, nothing about anyone leaves the house."""

    def __init__(self, atlas: Atlas | None = None) -> None:
        super().__init__()
        self.atlas = atlas or Atlas.built_in()

    def geocode(self, query: str, **_options: Any) -> Location | None:  # noqa: ANN401  geopy's own signature
        """The location of an address whose place is not in doubt, else None."""
        place = locate(parse(query, self.atlas), self.atlas)
        if place.lat is None or place.lon is None or place.ask:
            return None
        return Location(query, (place.lat, place.lon), {"quality": place.quality, "radius_m": place.radius_m})


class _Search:
    """The search for one address."""

    def __init__(self, address: Address, atlas: Atlas) -> None:
        self.address, self.atlas = address, atlas
        self.allowed = possible_codes(address, atlas)
        self.remarks: list[Remark] = list(address.assumed)

    def at_given_point(self, lat: float, lon: float) -> Place:
        ward = self.atlas.wards.at(lat, lon)
        fix = Fix(lat, lon, DOOR_RADIUS_M, Quality.DOOR, "given", ward.code if ward else "")
        if ward is None:
            return self._place(fix, ask=OUTSIDE)
        return self._place(fix, ask=None if ward.code in self.allowed else OTHER_WARD)

    def on_street(self, street: str) -> Place:
        """The finest of what the map knows: alley, number, building, stretch of the street."""
        rows = self.atlas.lexicon.streets[street]
        fitting = [row for row in rows if row.ward in self.allowed] or rows
        named = alley_fixes(self.atlas, street, self.address.alleys)
        if any(fix.ward in self.allowed for fix in named):
            return self.decide(named)
        if len(clusters(fitting)) > 1:
            return self.decide(street_fixes(fitting), NAMESAKES)
        # Where the street is one, its numbers are known along all of it, in the ward that is named or not.
        whole = rows if len(fitting) == len(rows) or len(clusters(rows)) == 1 else fitting
        fixes = [*self._numbered(street, whole), *self._built()]
        if fixes:
            return self.decide([min(fixes, key=lambda fix: fix.radius_m)], others=street_fixes(rows))
        return self.decide(street_fixes(rows))

    def _numbered(self, street: str, rows: Sequence[Any]) -> list[Fix]:
        number = self.address.number
        fix = number_fix(self.atlas, street, number, rows) if number is not None else None
        return [fix] if fix is not None and fix.ward else []

    def _built(self) -> list[Fix]:
        rows = self.atlas.lexicon.places.get(self.address.place) or ()
        return [fix for fix in place_fixes(rows) if fix.ward in self.allowed and rows[0].kind != "estate"]

    def decide(self, fixes: Sequence[Fix], why: str = WHICH_WARD, others: Sequence[Fix] = ()) -> Place:
        """The one of `fixes` that the ward allows; a person is asked when there is not exactly one."""
        fitting = [fix for fix in fixes if fix.ward in self.allowed]
        if not fitting:
            return self._contradicted(fixes, others)
        chosen = self._narrowed(fitting)
        wards = {fix.ward for fix in chosen}
        best = max(chosen, key=lambda fix: fix.length_m)
        spread = max(apart_m(best.lat, best.lon, fix.lat, fix.lon) for fix in chosen)
        best = replace(best, radius_m=max(best.radius_m, round(spread)))
        return self._place(best, ask=None if len(wards) == 1 else why, candidates=wards)

    def _narrowed(self, fixes: Sequence[Fix]) -> Sequence[Fix]:
        """The fixes on the old ward's ground where one is named, else the stretch that is almost the whole street."""
        if len({fix.ward for fix in fixes}) == 1:
            return fixes
        old = named_old_wards(self.address, self.atlas) if self.address.old_form else ()
        held = [fix for fix in fixes if any(ward.may_hold(fix.lat, fix.lon) for ward in old)]
        if len({fix.ward for fix in held}) == 1:
            self.remarks.append(remark(OLD_WARD_CHOSE))
            return held
        longest = max(fixes, key=lambda fix: fix.length_m)
        if longest.length_m > ALMOST_WHOLE * sum(fix.length_m for fix in fixes):
            self.remarks.append(remark(MOST_OF_STREET))
            return [longest]
        return held or fixes

    def _contradicted(self, fixes: Sequence[Fix], others: Sequence[Fix]) -> Place:
        """What was found is in none of the wards that are named."""
        first = max(fixes, key=lambda fix: fix.length_m)
        near = self._allowed_within(first, first.radius_m)
        if near is not None and any(fix.ward == near for fix in others) and not self._names_a_far_old_ward(first):
            self.remarks.append(remark(BORDER_BELIEVED))
            return self._place(replace(first, ward=near), ask=None)
        wards = {fix.ward for fix in (*fixes, *others)}
        if len(wards) == 1 and self._is_next_door(first):
            self.remarks.append(remark(STREET_BELIEVED))
            return self._place(first, ask=None)
        return self._place(first, ask=OTHER_WARD, candidates=wards | self.allowed)

    def _names_a_far_old_ward(self, fix: Fix) -> bool:
        return bool(self.address.old_form) and not self._is_next_door(fix)

    def _is_next_door(self, fix: Fix) -> bool:
        """Whether it lies close to the old ward that is named.

        People mix up old wards at their borders; today's ward is written from a paper, and so a person decides there.
        """
        old = named_old_wards(self.address, self.atlas) if self.address.old_form else ()
        metres = NEXT_DOOR_M + fix.radius_m
        return any(
            ward.is_near(fix.lat, fix.lon, metres / METRES_A_DEGREE) if ward.box else self._allowed_within(fix, metres)
            for ward in old
        )

    def _allowed_within(self, fix: Fix, metres: float) -> str | None:
        """The nearest ward of those allowed, when it is not farther than that."""
        point = shapely.Point(fix.lon, fix.lat)
        wards = [ward for ward in self.atlas.wards.today if ward.code in self.allowed]
        nearest = min(wards, key=lambda ward: ward.shape.distance(point))
        return nearest.code if nearest.shape.distance(point) * METRES_A_DEGREE <= metres else None

    def in_ward(self) -> Place:
        """Nothing finer than the ward is understood."""
        wards = [ward for ward in self.atlas.wards.today if ward.code in self.allowed]
        if self.address.ward is None and self.address.now is None:
            return self.nowhere(NOTHING)
        old = named_old_wards(self.address, self.atlas) if self.address.old_form else ()
        lat, lon = wards[0].middle
        if len(old) == 1 and old[0].lat is not None and old[0].lon is not None:
            lat, lon = old[0].lat, old[0].lon
        fix = Fix(lat, lon, WARD_RADIUS_M, Quality.WARD, "wards", wards[0].code if len(wards) == 1 else "")
        return self._place(fix, ask=ONLY_WARD, candidates=self.allowed)

    def nowhere(self, why: str) -> Place:
        old = named_old_wards(self.address, self.atlas) if self.address.old_form else ()
        code = old[0].code if len(old) == 1 else None
        return Place(
            None, None, None, Quality.NONE, "none", None, code, ask=True, note=(why,), assumed=tuple(self.remarks)
        )

    def _place(self, fix: Fix, *, ask: str | None, candidates: Collection[str] = ()) -> Place:
        old, reckoned = old_ward_of(self.address, self.atlas, fix)
        if reckoned:
            self.remarks.append(remark(OLD_WARD_RECKONED))
        quality = Quality.ALLEY if fix.quality is Quality.HOUSE and self.address.in_alley else fix.quality
        return Place(
            fix.lat, fix.lon, fix.radius_m, quality, fix.source, fix.ward or None, old, ask=ask is not None,
            candidates=self._names(candidates or self.allowed) if ask else (), note=(ask,) if ask else (),
            assumed=tuple(self.remarks), old_ward_assumed=reckoned,
        )  # fmt: skip

    def _names(self, codes: Iterable[str]) -> tuple[str, ...]:
        wards = (self.atlas.wards.by_code(code) for code in codes)
        return tuple(sorted(ward.name for ward in wards if ward))
