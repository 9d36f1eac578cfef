"""Which wards an address allows by what it says of wards and districts, and the old ward of what was found."""

from collections.abc import Collection

from delivery.places.address import Address
from delivery.places.atlas import Atlas
from delivery.places.fixes import Fix
from delivery.places.text import fold
from delivery.places.wards import OldWard

# Boxes are no borders and people know their ward: this much, in degrees, a point may lie outside of it.
LEEWAY = 0.009


def possible_codes(address: Address, atlas: Atlas) -> frozenset[str]:
    """Codes of today's wards that the address allows; all of the atlas's when it says nothing that narrows them."""
    codes: set[str] = set()
    if address.now is not None:
        codes.update(ward.code for ward in atlas.wards.named(address.now))
    elif address.ward is not None:
        codes.update(_by_ward(address, atlas))
    elif address.district is not None:
        in_district = (old for old in atlas.wards.old if fold(old.district) == address.district)
        codes.update(code for old in in_district for code in old.now)
    known = {ward.code for ward in atlas.wards.today}
    return frozenset(codes & known or known)


def _by_ward(address: Address, atlas: Atlas) -> Collection[str]:
    codes: set[str] = set()
    if address.old_form is not False:
        codes.update(code for old in named_old_wards(address, atlas) for code in old.now)
    if address.old_form is not True:
        codes.update(ward.code for ward in atlas.wards.named(address.ward or ""))
    return codes


def named_old_wards(address: Address, atlas: Atlas) -> tuple[OldWard, ...]:
    """The old wards that an address can mean: of that name, and of the district where it names one."""
    if address.ward is None or address.old_form is False:
        return ()
    named = atlas.wards.old_named(address.ward)
    within = tuple(old for old in named if not old.district or fold(old.district) == address.district)
    return within or named


def old_ward_of(address: Address, atlas: Atlas, fix: Fix) -> tuple[str | None, bool]:
    """Code of the old ward of what was found, and whether that is only reckoned: the one that is said where it fits."""
    said = named_old_wards(address, atlas) if address.old_form else ()
    if len(said) == 1 and said[0].is_near(fix.lat, fix.lon, LEEWAY + fix.radius_m / 111_000):
        return said[0].code, False
    # What is known no better than a long street may lie in any old ward along it.
    guess = atlas.wards.old_at(fix.lat, fix.lon) if fix.radius_m <= 400 else None
    return (guess.ward.code, not guess.sure) if guess is not None else (None, False)
