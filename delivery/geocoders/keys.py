"""One key for one door, however its address is written; never one key for two doors.

Everything that is written stays in the key, but for what says nothing about the door: "số", the ward, the district and
the province, for which today's ward stands. Whatever is not understood stays too: at worst a door has two keys.
"""

import hashlib
import re
from collections.abc import Collection

from delivery.places.address import Address
from delivery.places.locating import Place
from delivery.places.text import fold

# Never in a folded text, so that no such text can pass for a key.
MARK = "·"
LONGEST = 240

_PARTS = re.compile(r"[,;|()\n]| - ")
_TOKENS = re.compile(r"[a-z0-9]+(?:[/-][a-z0-9]+)*")
_NUMBER_WORDS = re.compile(r"\b(?:so nha|nha so|so|sn)\b\.?(?= ?\d)")
_GLUED = re.compile(r"\b(ngo|ngach|hem|kiet)(?=\d)")
_LARGER = re.compile(r"(?:(?:quan|q)\b\.? ?)?long bien|(?:(?:thanh pho|tp)\b\.? ?)?(?:ha noi|hn)|viet nam|vn|cu|moi")


def door_key(address: Address, place: Place) -> str:
    """The key of an address's door, `place` being where the map alone puts it.

    Today's ward stands in it where that is certain, else the ward as written.
    """
    ward = place.new_ward_code if place.new_ward_code and not place.ask else f"{address.ward or ''}?{address.old_form}"
    return short(f"{' '.join(_tokens(address))}{MARK}{ward}")


def text_key(text: str) -> str:
    """The key of an address that is compared letter by letter, as pins were kept at first."""
    return short(fold(text))


def short(key: str) -> str:
    """The key itself, or its hash where it is too long for an index."""
    return key if len(key) <= LONGEST else f"{MARK}{hashlib.sha256(key.encode()).hexdigest()}"


def _tokens(address: Address) -> list[str]:
    wards = {fold(name) for name in (address.ward, address.ward_text, address.now) if name}
    text = _without_inline_units(fold(address.text), wards)
    text = _GLUED.sub(r"\1 ", _NUMBER_WORDS.sub("", text))
    if address.street:
        # Only before the street itself: "duong" may also be how "Dương Quảng Hàm" begins.
        text = re.sub(rf"\b(?:pho|duong)\.? (?={re.escape(address.street)}\b)", "", text)
    parts = [part.strip(" .") for part in _PARTS.split(text)]
    local = [part for index, part in enumerate(parts) if part and not _is_unit(part, index, parts, wards)]
    return [_plain(token) for part in local for token in _TOKENS.findall(part)]


def _without_inline_units(text: str, wards: Collection[str]) -> str:
    names = "|".join(re.escape(name) for name in sorted({*wards, "long bien"}))
    text = re.sub(rf"\b(?:nay la )?(?:phuong|quan|p\.|q\.|p|q) ?(?:{names})\b", ",", text)
    return re.sub(r"\b(?:thanh pho|tp)\.? ?ha noi\b|[ ,]+ha noi\.?$", ",", text)


def _is_unit(part: str, index: int, parts: list[str], wards: Collection[str]) -> bool:
    """Whether a part names a unit: a ward's bare name only where it stands behind something else."""
    return bool(_LARGER.fullmatch(part)) or (part in wards and index > 0 and _names_a_street(parts[:index]))


def _names_a_street(before: list[str]) -> bool:
    """Whether a name stands before already: in "12, ngõ 68, Ngọc Thụy" the last part is the street, not the ward."""
    words = _TOKENS.findall(" ".join(before))
    return any(word.isalpha() and word not in {"ngo", "ngach", "hem", "kiet", "to"} for word in words)


def _plain(token: str) -> str:
    """A number without leading zeros."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", token)
