"""From a line of text to words: separators noted, spellings of keyboards and habits of writing evened out."""

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA
from unidecode import unidecode

from delivery.places.text import normal

# Nobody's address is longer; what lies beyond is not read.
MOST_CHARACTERS, MOST_WORDS = 600, 90
_PHONE = re.compile(
    r"(?:\b(?:s?[đd]t|tel|phone|điện thoại|dien thoai)\b[ .:]*)?"
    r"(?<![\w/])(?:\+?84|0)[ .-]?\d(?:[ .-]?\d){7,9}(?![\w/])",
    re.IGNORECASE,
)
_SLASH = re.compile(r"(?<=\d)\s*[/\\]\s*(?=\d)|(?<=\d[A-Za-z])\s*[/\\]\s*(?=\d)")
_RANGE = re.compile(r"(?<=\d)\s*[-–—]\s*(?=\d)")
_TOKEN = re.compile(
    r"(?P<gap>[,;:|\n\r\t()\[\]{}\"“”]+|(?<=\s)[-–—_/]+(?=\s))"
    r"|(?P<word>\d+[^\W\d_]{0,2}(?![^\W\d_])\d*(?:[/.-]\d+[^\W\d_]?(?![^\W\d_]))*|\d+|[^\W\d_]+(?:\d+[^\W\d_]{0,2}(?![^\W\d_])\d*(?:[/.]\d+[^\W\d_]?(?![^\W\d_]))*)?)"
)
# Words that people write without a space before the number.
_GLUED = re.compile(r"(ngo|ngach|hem|kiet|so|sn|nha|to|tdp|tang|can|phong|pho|duong)(\d.*)")
# Letters with the digits of VNI left in: Nguye64n, D9a2m, Hu7ng; not the codes of buildings such as N01A and CT15.
_VNI = re.compile(
    r"(?<![^\W_])(?:(?:[^\W\d_]*[aeiouyăâêôơưd][1-9]{1,2})+[^\W\d_]+|[^\W\d_]+[aeiouy][6-8][1-5])(?![^\W_])",
    re.IGNORECASE,
)
_TONES = re.compile(r"[1-9]")
_TELEX_LETTERS = re.compile(r"[fjwz]|aa|ee|oo|dd|[aeiouy][a-z]*[srx]$")
_OFTEN_MISTYPED = ("duong", "phuong", "ngach", "thanh")
# What is left of đường and phường when a letter is missing; folded, these are other words.
_SLIPS = dict.fromkeys(("đờng", "đưng", "đừng", "đườn"), "duong") | dict.fromkeys(("phờng", "phưng", "phừng"), "phuong")
_DASHES = frozenset("-–—")
_VOWEL = "aeiouy"
_SHORT = {"ng": "nguyen", "tr": "tran", "v": "van"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, its folded form, whether a separator stands before it, or no space: the 12 of ngõ12."""

    text: str
    key: str
    gap: bool = False
    glued: bool = False


def read_words(text: str, known: Container[str], dashed: Container[tuple[str, str]] = ()) -> list[Word]:
    """The words of an address; a word that is not `known` but would be without Telex's letters is read as that.

    A dash between two words separates, unless they are `dashed` in a name.
    """
    words: list[Word] = []
    gap, dash = True, False
    plain = _VNI.sub(_without_vni, _PHONE.sub(" , ", normal(text[:MOST_CHARACTERS])))
    line = _RANGE.sub("-", _SLASH.sub("/", plain))
    for token in _TOKEN.finditer(line):
        if token["gap"]:
            gap, dash = True, not gap and token["gap"] in _DASHES
            continue
        more = _separated(token["word"], gap, known)
        if dash and more and words and (words[-1].key, more[0].key) in dashed:
            more[0] = replace(more[0], gap=False)
        words.extend(more)
        gap = dash = False
        if len(words) >= MOST_WORDS:
            break
    return _unabbreviated(words)


def _without_vni(said: re.Match[str]) -> str:
    """The word without VNI's digits, where it can be one: three letters or more, small ones behind the digits."""
    letters = _TONES.sub("", said[0])
    if said[0][-1].isdigit() and _GLUED.fullmatch(_key(said[0])):
        return said[0]
    return letters if len(letters) > 2 and letters[1:].islower() else said[0]


def _separated(text: str, gap: bool, known: Container[str]) -> list[Word]:
    key = _SLIPS.get(text.lower()) or _key(text)
    if not key:
        return []
    glued = _GLUED.fullmatch(key)
    if glued:
        at = len(text) - len(glued[2])
        return [Word(text[:at], glued[1], gap), Word(text[at:], glued[2], glued=True)]
    if key not in known and key.isalpha():
        key = next((meant for meant in _meant(key) if meant in known), key)
    return [Word(text, key, gap)]


@lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    return "".join(unidecode(text).lower().split())


@lru_cache(maxsize=20_000)
def _meant(key: str) -> tuple[str, ...]:
    """What an unknown word may be: typed with Telex's letters left in, or a slip of the words for street and ward."""
    telex = (without_telex(key),) if _TELEX_LETTERS.search(key) else ()
    return *telex, *(
        word
        for word in _OFTEN_MISTYPED
        if key[:1] == word[0] and len(key) > 3 and OSA.distance(key, word, score_cutoff=1) <= 1
    )


def without_telex(key: str) -> str:
    """The word that was meant when the keyboard left Telex's letters in: `thuyj` is thuỵ, `phuwowngf` phường."""
    plain = re.sub("aa|ee|oo|dd", lambda pair: pair[0][0], key).replace("w", "").replace("j", "").replace("f", "")
    at = next((index for index, letter in enumerate(plain) if letter in _VOWEL), len(plain))
    # A tone's letter stands behind the vowels; those that begin a word are its own.
    return plain[:at] + re.sub("[srxz]", "", plain[at:])


def _unabbreviated(words: list[Word]) -> list[Word]:
    """Family names that are cut short in street names, such as Ng. Văn Cừ; before a number "ng" is an alley."""
    for at, word in enumerate(words[:-1]):
        following = words[at + 1]
        if word.key in _SHORT and not following.gap and following.key.isalpha() and _is_inside(words, at):
            words[at] = replace(word, key=_SHORT[word.key])
    return words


def _is_inside(words: list[Word], at: int) -> bool:
    """Whether a lone "v" stands behind a family name."""
    return words[at].key != "v" or (at > 0 and words[at - 1].key in {"nguyen", "dao", "ngo", "phan", "ha", "tran"})


def split_plots(words: list[Word], streets: Container[str]) -> list[Word]:
    """Hoa Lan 5-12 is number 12 on the street Hoa Lan 5, as villas are called: a range behind a street's name."""
    for at, word in enumerate(words):
        first, dash, last = word.key.partition("-")
        if dash and at >= 1 and any(_ends_a_street(words, at, width, first, streets) for width in (1, 2, 3)):
            return [*words[:at], replace(word, text=first, key=first), Word(last, last, gap=True), *words[at + 1 :]]
    return words


def _ends_a_street(words: list[Word], at: int, width: int, number: str, streets: Container[str]) -> bool:
    before = words[max(0, at - width) : at]
    return " ".join([*(word.key for word in before), number]) in streets
