"""What of an address may leave the machine: house, alley, street, estate and ward; no person, no phone, no flat.

Only parts that look like a piece of an address are sent. What is not recognised as one stays here: a service that is
asked too little finds nothing, which harms nobody.
"""

import re
from collections.abc import Sequence

from delivery.places.address import Address
from delivery.places.text import fold, normal

LONGEST = 160

_PARTS = re.compile(r"[,;|()\[\]\n\t]| - ")
_PHONE = re.compile(r"\+?\d(?:[ .\-]?\d){6,}|\+?\d(?:[ ./\-]?\d){8,}")
_KIN = ("ông", "bà", "anh", "chị", "cô", "chú", "bác", "em", "cháu", "dì", "cậu")
_CALLS = ("gặp", "gọi", "liên", "lh", "đt", "sđt", "đtdd", "tel", "phone", "email", "người", "nhận", "mr", "mrs", "ms")
_PRIVATE = frozenset((*_KIN, *_CALLS))
_PRIVATE_PLAIN = frozenset(map(fold, _PRIVATE))
_LOCAL = re.compile(
    r"(?:so|nha so|so nha|sn|ngo|ngach|hem|kiet|to|xom|thon|pho|duong|d\.|kdt|khu|chung cu|toa|lo|cho|chua|truong)\b"
    r"|\d{1,5}[a-z]?\b"
)
_FLAT = re.compile(r"(?:can ho|can|phong|tang|lau)\b")
_TOO_MANY_DIGITS = re.compile(r"\d{6}")


def street_part(address: Address, wards: Sequence[str], province: str) -> str | None:
    """The question to an online service, or None where nothing may or need be asked.

    `wards` are the names of today's wards that the address allows; the only one is named in the question, else the
    district that is written. An address elsewhere, and one that names no street and no place, is not asked about.
    """
    if address.elsewhere or not (local := _local_parts(address)):
        return None
    area = wards[0] if len(wards) == 1 else (address.district or "").title()
    return ", ".join(part for part in (*local, area, province) if part)[:LONGEST]


def _local_parts(address: Address) -> list[str]:
    text = _PHONE.sub(",", normal(address.text))
    plain = text.isascii()
    parts = [_public_words(part.split(), address.street, plain=plain) for part in _PARTS.split(text)]
    local = [part for part in parts if part and _is_local(part, address)]
    return local if any(re.search(r"[^\W\d]{2}", _without_labels(part)) for part in local) else []


def _public_words(words: list[str], street: str | None, *, plain: bool) -> str:
    """The part up to the first word about a person; words of the understood street are never about one."""
    private = _PRIVATE_PLAIN if plain else _PRIVATE
    kept: list[str] = []
    safe = set((street or "").split())
    for word in words:
        bare = word.lower().strip(".:")
        if bare in private and fold(bare) not in safe:
            break
        if "@" not in word and not _TOO_MANY_DIGITS.search(word):
            kept.append(word)
    return " ".join(kept)


def _is_local(part: str, address: Address) -> bool:
    folded = fold(part)
    if _FLAT.match(folded):
        return False
    return bool(_LOCAL.match(folded)) or folded in {
        address.street,
        address.place,
        fold(address.street_text or ""),
        fold(address.estate or ""),
    }


def _without_labels(part: str) -> str:
    """What remains of a part without "số", "ngõ" and the like: a name, if there is one."""
    return re.sub(r"\b(?:so|nha|ngo|ngach|hem|kiet|to|xom|thon|pho|duong|kdt|khu|toa)\b", "", fold(part))
