"""How people spell and misspell: without marks, decomposed, with half-typed marks, with slips of the finger."""

import re
import unicodedata
from collections.abc import Callable
from random import Random

# A text, or a word of it, and chance in; the same as somebody else spells it out.
Change = Callable[[str, Random], str]

TONES = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
SHAPES = {"\u0302": "", "\u0306": "w", "\u031b": "w"}
VNI = {
    "\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5", "\u0302": "6", "\u031b": "7",
    "\u0306": "8",
}  # fmt: skip
NEIGHBOURS = {
    "a": "sqz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "k": "jl", "l": "k",
    "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "x": "zc", "y": "tu",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]{3,}")
_TONE = "[\u0301\u0300\u0309\u0303\u0323]"
_TONE_PAIRS = re.compile(rf"(?<!q)(?:(o|u)([aey])({_TONE})|(o|u)({_TONE})([aey]))", re.IGNORECASE)


def plain(text: str) -> str:
    """Without marks and in small letters: what this benchmark compares names by."""
    bare = "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))
    return " ".join(bare.replace("đ", "d").replace("Đ", "D").lower().split())


def unmarked(text: str, _random: Random) -> str:
    bare = "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))
    return bare.replace("đ", "d").replace("Đ", "D")


def decomposed(text: str, _random: Random) -> str:
    return unicodedata.normalize("NFD", text)


def half_marked(text: str, random: Random) -> str:
    return re.sub(r"\w+", lambda word: unmarked(word[0], random) if random.random() < 0.5 else word[0], text)


def capitals(text: str, _random: Random) -> str:
    return text.upper()


def small(text: str, _random: Random) -> str:
    return text.lower()


def telex(text: str, random: Random) -> str:
    """A word as the keys were struck, the input method switched off: Ngọc as Ngocj."""
    return _in_one_word(text, random, _struck)


def vni(text: str, random: Random) -> str:
    """The same with the digits of VNI: Ngọc as Ngo5c."""
    return _in_one_word(text, random, lambda word, _: _with_digits(word))


def wrong_tone(text: str, random: Random) -> str:
    return _in_one_word(text, random, _with_other_tone)


def moved_tone(text: str, _random: Random) -> str:
    """The mark on the other vowel, as other keyboards put it: Thụy and Thuỵ, Hòa and Hoà."""
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _TONE_PAIRS.sub(_other_place, parts))


def foreign_letter(text: str, _random: Random) -> str:
    """Eth in place of Đ: it looks the same and is another letter."""
    return text.replace("Đ", "\u00d0")


def swapped(text: str, random: Random) -> str:
    return _in_one_word(text, random, _swap)


def dropped(text: str, random: Random) -> str:
    return _in_one_word(text, random, lambda word, random: _at_one(word, random, lambda _: ""))


def doubled(text: str, random: Random) -> str:
    return _in_one_word(text, random, lambda word, random: _at_one(word, random, lambda letter: letter * 2))


def next_key(text: str, random: Random) -> str:
    def beside(letter: str) -> str:
        return random.choice(NEIGHBOURS.get(plain(letter), letter))

    return _in_one_word(text, random, lambda word, random: _at_one(word, random, beside))


def run_together(text: str, random: Random) -> str:
    """A space between two words left out."""
    gaps = [match.end() for match in re.finditer(r"(?<=[^\W\d]) (?=[^\W\d])", text)]
    if not gaps:
        return text
    at = random.choice(gaps)
    return text[: at - 1] + text[at:]


def _in_one_word(text: str, random: Random, change: Change) -> str:
    """Change one of the words that can be changed so; the text as it was where none can."""
    words = list(_WORD.finditer(text))
    random.shuffle(words)
    for word in words:
        changed = change(word[0], random)
        if changed != word[0]:
            return text[: word.start()] + changed + text[word.end() :]
    return text


def _struck(word: str, random: Random) -> str:
    """Half of the people strike the tone behind its vowel, half behind the word."""
    late, keys, behind = random.random() < 0.5, "", ""
    for letter in unicodedata.normalize("NFC", word):
        parts = unicodedata.normalize("NFD", letter)
        base, marks = parts[0], parts[1:]
        keys += {"đ": "dd", "Đ": "Dd"}.get(base, base)
        keys += "".join(SHAPES[mark] or base.lower() for mark in marks if mark in SHAPES)
        tone = "".join(TONES[mark] for mark in marks if mark in TONES)
        keys, behind = (keys, behind + tone) if late else (keys + tone, behind)
    return keys + behind


def _with_digits(word: str) -> str:
    decomposed_word = unicodedata.normalize("NFD", word).replace("đ", "d9").replace("Đ", "D9")
    return "".join(VNI.get(mark, mark) for mark in decomposed_word)


def _with_other_tone(word: str, random: Random) -> str:
    marks = list(unicodedata.normalize("NFD", word))
    for at, mark in enumerate(marks):
        if mark in TONES:
            marks[at] = random.choice([tone for tone in TONES if tone != mark])
    # The shape of the vowel first: only then do the two make one letter.
    ordered = re.sub(f"({_TONE})([{''.join(SHAPES)}])", r"\2\1", "".join(marks))
    return unicodedata.normalize("NFC", ordered)


def _other_place(match: re.Match[str]) -> str:
    if match[1]:
        return match[1] + match[3] + match[2]
    return match[4] + match[6] + match[5]


def _swap(word: str, random: Random) -> str:
    at = random.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _at_one(word: str, random: Random, change: Callable[[str], str]) -> str:
    at = random.randrange(1, len(word))
    return word[:at] + change(word[at]) + word[at + 1 :]
