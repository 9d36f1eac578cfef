"""Understanding an address as people write it: house, alley, street, estate, ward of the old or the new order."""

import re
from dataclasses import dataclass
from functools import cache

from delivery.places.atlas import Atlas
from delivery.places.gazetteer import estates, streets
from delivery.places.text import fold
from delivery.places.wards import new_wards, old_wards

_PROVINCE = re.compile(r"(?:(?:thanh pho|tp)\.? ?)?(?:ha ?noi|hn)\.?")
_DISTRICT = re.compile(r"(quan|q)?\.? ?long bien")
_ALLEY = re.compile(r"\b(?:ngo|ngach|hem|kiet) ?(\d+)")
_HOUSE = re.compile(r"(?:so nha|so|sn|nha)?\.? ?(\d+) ?[a-z]?(?:[/-]\d+)*\b")
_ELSEWHERE = re.compile(r"(?:phuong|p\.|xa|thi tran|quan|q\.|huyen|thi xa|tinh|thanh pho|tp\.?) ?[a-z].*")
_ESTATE = re.compile(r"\b(?:kdt|khu do thi|chung cu|toa nha|toa|can ho|can|vinhomes|vincom)\b")
# Units that lie elsewhere, as people write them without "quận" or "huyện" before the name.
_OTHER_DISTRICTS = frozenset({
    "ba dinh", "hoan kiem", "tay ho", "cau giay", "dong da", "hai ba trung", "hoang mai", "thanh xuan", "ha dong",
    "nam tu liem", "bac tu liem", "gia lam", "dong anh", "soc son", "thanh tri", "me linh", "son tay", "hong ha",
    "hai phong", "ho chi minh", "hcm", "bac ninh", "hung yen", "hai duong", "bac giang",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    """What was understood.

    `number` is the house or, where there is one, the alley: the number that counts along the street. `ward` is folded.
    `old_form` says whether the ward is one of before July 2025: True, False, or None where that cannot be told.
    """

    text: str
    number: int | None = None
    in_alley: bool = False
    street: str | None = None
    estate: str | None = None
    ward: str | None = None
    old_form: bool | None = None
    elsewhere: bool = False


def parse(text: str, atlas: Atlas | None = None) -> Address:  # noqa: ARG001
    """Read an address; what cannot be understood stays empty, nothing is guessed."""
    parts = _parts(text)
    ward, old_form = _ward(parts)
    local = [part for part in parts if not _is_unit(part)]
    in_estates = [part for part in local if _ESTATE.search(part)]
    street, part = _street([part for part in local if part not in in_estates])
    estate = _named(in_estates, tuple(estates())) if street is None else None
    before = part[: part.rfind(street)] if street else ""
    alley = _ALLEY.search(before)
    house = _HOUSE.match(before)
    number = alley or house
    return Address(
        text=text,
        number=int(number[1]) if number and len(number[1]) <= 5 else None,
        in_alley=alley is not None,
        street=street,
        estate=estate,
        ward=ward,
        old_form=old_form,
        elsewhere=any(_is_elsewhere(part) for part in parts),
    )


def _parts(text: str) -> list[str]:
    """The folded parts between commas; a unit that follows without a comma becomes a part of its own."""
    folded = re.sub(r" *[;|\n] *| +- +", ", ", fold(text))
    folded = _unit_words().sub(r", \1", folded)
    parts = [part.strip(" .") for part in folded.split(",")]
    return [part for part in parts if part and part not in {"viet nam", "vn"}]


@cache
def _unit_words() -> re.Pattern[str]:
    names = "|".join(sorted({*old_wards(), *new_wards()}, key=len, reverse=True))
    return re.compile(
        rf"(?<=[a-z0-9]) ((?:phuong|p\.?|quan|q\.?) ?(?:{names})\b|(?:thanh pho|tp)\.? ?ha noi\b|ha noi$)"
    )


@cache
def _ward_pattern() -> re.Pattern[str]:
    names = "|".join(sorted({*old_wards(), *new_wards()}, key=len, reverse=True))
    return re.compile(rf"(phuong|p)?\.? ?({names})")


def _ward(parts: list[str]) -> tuple[str | None, bool | None]:
    """The ward's folded name and whether it is one of the old order: a district after it says so."""
    district = _district_at(parts)
    for index in range(len(parts) - 1, -1, -1):
        match = _ward_pattern().fullmatch(parts[index])
        if match is None or index == district or (match[1] is None and index == 0 and len(parts) > 1):
            continue
        old_form = True if district is not None else _form_of(match[2])
        if old_form is None and match[1] and any(_PROVINCE.fullmatch(part) for part in parts):
            # "phường … , Hà Nội" with nothing between them is how addresses are written since July 2025.
            old_form = False
        return match[2], old_form
    return None, True if district is not None else None


def _form_of(ward: str) -> bool | None:
    """Whether a ward's name alone tells the order it belongs to."""
    return None if ward in new_wards() and ward in old_wards() else ward not in new_wards()


def _district_at(parts: list[str]) -> int | None:
    """Where the district stands: written as such, or a bare "Long Biên" that is not itself called a ward."""
    for index in range(len(parts) - 1, -1, -1):
        if index and _DISTRICT.fullmatch(parts[index]):
            return index
    return None


def _is_unit(part: str) -> bool:
    return bool(_PROVINCE.fullmatch(part) or _DISTRICT.fullmatch(part) or _ward_pattern().fullmatch(part)) and (
        part not in streets() or bool(re.match(r"phuong|p\.|quan|q\.", part)) or part in {*old_wards(), *new_wards()}
    )


def _is_elsewhere(part: str) -> bool:
    if _is_unit(part) or part in streets():
        return False
    return part in _OTHER_DISTRICTS or bool(_ELSEWHERE.fullmatch(part))


def _street(parts: list[str]) -> tuple[str | None, str]:
    """The street and the part it stands in: first where a number stands before it, then where it stands alone."""
    numbered = [part for part in parts if re.search(r"\d", part)]
    for part in (*numbered, *parts):
        if part not in numbered and not _stands_alone(part):
            continue
        found = _named([part], tuple(streets()))
        if found is not None:
            return found, part
    return None, ""


def _stands_alone(part: str) -> bool:
    return re.sub(r"^(?:pho|duong) ", "", part) in streets()


def _named(parts: list[str], names: tuple[str, ...]) -> str | None:
    """The longest of `names` that stands in one of the parts as whole words; of equally long ones the last."""
    found = [name for name in names for part in parts if re.search(rf"\b{re.escape(name)}\b", part)]
    return max(found, key=len, default=None)
