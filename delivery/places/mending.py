"""Words that were mistyped so that only what stands around them tells what was meant: pho61, nog 87, pố Tư Đình."""

from dataclasses import replace
from typing import Any

from rapidfuzz.distance import OSA

from delivery.places.names import Names
from delivery.places.words import Word

# The words before a number or a name as VNI's keys leave them, when the keyboard does not take the digits away.
_VNI = {"ngo": "4", "so": "61", "pho": "61", "to": "63", "nha": "2"}
# These are words of their own: a crossroads, a grape, a child.
_NO_ALLEY = frozenset({"nga", "nho", "ngu", "no", "go", "ng", "ngay", "ngon"})
_NO_STREET_WORD = frozenset({"ho", "phu", "cho", "tho", "nho", "kho"})


def mended(words: list[Word], streets: Names[Any], known: frozenset[str]) -> list[Word]:
    """The words with such slips put right."""
    return _with_street_words(_with_alley_words(_without_tones(words, streets), known), streets)


def _without_tones(words: list[Word], streets: Names[Any]) -> list[Word]:
    """Without the digits that are tones: the 4 of "ngo4 239", the 6 of "Ngo6 Gia Tự"."""
    return [word for at, word in enumerate(words) if not (word.glued and _is_tone(words, at, streets))]


def _is_tone(words: list[Word], at: int, streets: Names[Any]) -> bool:
    if at + 1 >= len(words) or words[at + 1].gap:
        return False
    before, following = words[at - 1].key, words[at + 1].key
    if words[at].key == _VNI.get(before) and (following[0].isdigit() or before == "pho"):
        return True
    keys = [before, *(word.key for word in words[at + 1 : at + 4])]
    found = streets.starting(keys, 0, len(keys)) if words[at].key.isdigit() else None
    return found is not None and found.end > 1


def _with_alley_words(words: list[Word], known: frozenset[str]) -> list[Word]:
    """A slip of ngõ before a number: nog 87, ngp 97."""
    return [
        replace(word, key="ngo") if _is_slip(word, "ngo", known, _NO_ALLEY) and _number_follows(words, at) else word
        for at, word in enumerate(words)
    ]


def _number_follows(words: list[Word], at: int) -> bool:
    return at + 1 < len(words) and not words[at + 1].gap and words[at + 1].key[0].isdigit()


def _with_street_words(words: list[Word], streets: Names[Any]) -> list[Word]:
    """A slip of phố before a street's name: pố Tư Đình."""
    keys = [word.key for word in words]
    return [
        replace(word, key="pho")
        if _is_slip(word, "pho", frozenset(), _NO_STREET_WORD)
        and at + 1 < len(words)
        and not words[at + 1].gap
        and streets.starting(keys, at, len(keys)) is None
        and streets.starting(keys, at + 1, len(keys)) is not None
        else word
        for at, word in enumerate(words)
    ]


def _is_slip(word: Word, meant: str, known: frozenset[str], others: frozenset[str]) -> bool:
    key = word.key
    return (
        1 < len(key) <= len(meant) + 1
        and key.isalpha()
        and key not in known
        and key not in others
        and OSA.distance(key, meant, score_cutoff=1) == 1
    )
