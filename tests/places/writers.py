"""People who write addresses: the same known door, written down in all the ways that reach a counter."""

import random
import re
import unicodedata
from dataclasses import dataclass

from unidecode import unidecode

from delivery.places.atlas import Atlas
from delivery.places.rows import StreetRow
from delivery.places.text import street_key

_TELEX_MARKS = {"̀": "f", "́": "s", "̉": "r", "̃": "x", "̣": "j"}
_TELEX_VOWELS = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}
_NEIGHBOURS = {
    "a": "sq",
    "e": "rw",
    "i": "uo",
    "o": "ip",
    "u": "yi",
    "n": "mb",
    "m": "n",
    "h": "gj",
    "g": "fh",
    "t": "ry",
}


@dataclass(frozen=True, slots=True)
class Written:
    """An address as somebody wrote it, and what they meant."""

    text: str
    street: str
    wards: frozenset[str]
    house: str
    alleys: tuple[str, ...]


class Writer:
    """Writes doors of an atlas with a given hand; the same seed writes the same."""

    def __init__(self, atlas: Atlas, seed: int) -> None:
        self.atlas = atlas
        self.dice = random.Random(seed)
        self.rows = [row for rows in atlas.gazetteer.streets.values() for row in rows if row.length_m >= 150]

    def write(self) -> Written:
        """One address, with two or three of the habits that people have."""
        row = self.dice.choice(self.rows)
        house, alleys, door = self._door()
        unit, wards = self._unit(row)
        street = self.dice.choice(("{}", "{}", "phố {}", "đường {}", "Phố {}", "đ. {}")).format(row.name)
        parts = [f"{door} {street}".strip(), *unit]
        parts = self._extras(parts)
        text = self.dice.choice((", ", ", ", ", ", " - ", "; ", " ", ",", "\n")).join(parts)
        for habit in self.dice.sample(_HABITS, self.dice.choice((0, 1, 1, 2))):
            text = habit(self, text, row)
        return Written(text, street_key(row.name), wards, house, alleys)

    def _door(self) -> tuple[str, tuple[str, ...], str]:
        number = str(self.dice.randint(1, 300)) + self.dice.choice(("", "", "", "", "A", "B"))
        alley, deeper = str(self.dice.randint(1, 400)), str(self.dice.randint(1, 90))
        house = self.dice.choice(("Số {}", "{}", "số nhà {}", "SN {}", "Số nhà {}", "Nhà số {}")).format(number)
        kind = self.dice.random()
        if kind < 0.5:
            return number.lower(), (), house
        if kind < 0.75:
            word = self.dice.choice(("ngõ", "Ngõ", "ng.", "ngo"))
            return number.lower(), (alley,), f"{house} {word} {alley}"
        form = self.dice.choice(
            ("ngách {a}/{b}", "ngõ {a}/{b}", "ngách {b} ngõ {a}", "ngõ {a} ngách {a}/{b}", "ngh {a}/{b}")
        )
        return number.lower(), (alley, deeper), f"{house} {form.format(a=alley, b=deeper)}"

    def _unit(self, row: StreetRow) -> tuple[list[str], frozenset[str]]:
        """The end of the address, and today's wards that it allows: two levels, three levels, or only a district."""
        ward = self.atlas.wards.by_code(row.ward)
        city = self.dice.choice(
            ("Hà Nội", "HN", "TP Hà Nội", "Thành phố Hà Nội", "TP. Hà Nội, Việt Nam", "Hà Nội 100000")
        )
        olds = [old for old in self.atlas.wards.old if row.ward in old.now and old.may_hold(row.lat, row.lon)]
        wards = frozenset(other.ward for other in self.atlas.gazetteer.streets[street_key(row.name)])
        kind = self.dice.random()
        if kind < 0.35 and ward is not None:
            return [f"{self.dice.choice(('phường', 'P.', 'P', 'Phường'))} {ward.name}", city], frozenset({row.ward})
        district = self.dice.choice(("quận Long Biên", "Q. Long Biên", "Q.Long Biên", "Long Biên", "Q Long Biên"))
        if kind < 0.9 and olds:
            word, old = self.dice.choice(("P. ", "phường ", "P.", "p ", "", "")), self.dice.choice(olds)
            parts = [f"{word}{old.name}", district, city][: self.dice.choice((2, 3, 3, 3))]
            return parts, wards.intersection(old.now)
        return [district, city], wards

    def _extras(self, parts: list[str]) -> list[str]:
        """Now and then a group, a landmark, a flat, a telephone number or a part said twice."""
        first, *rest = parts
        landmark = self.dice.choice(("cạnh nhà văn hoá", "đối diện chợ", "gần trường mầm non"))
        forms = (
            [first, f"tổ {self.dice.randint(1, 30)}", *rest], [first, f"TDP {self.dice.randint(1, 30)}", *rest],
            [landmark, *parts], [f"Căn {self.dice.randint(101, 2999)}", *parts],
            [*parts, f"ĐT 09{self.dice.randint(10**7, 10**8 - 1)}"], [*parts, parts[-1]],
        )  # fmt: skip
        return self.dice.choice(forms) if self.dice.random() < 0.27 else parts

    def plain(self, text: str, _row: StreetRow) -> str:
        return unidecode(text)

    def half_plain(self, text: str, _row: StreetRow) -> str:
        return " ".join(unidecode(word) if self.dice.random() < 0.5 else word for word in text.split(" "))

    def decomposed(self, text: str, _row: StreetRow) -> str:
        return unicodedata.normalize("NFD", text)

    def capital(self, text: str, _row: StreetRow) -> str:
        return text.upper()

    def small(self, text: str, _row: StreetRow) -> str:
        return text.lower()

    def slip(self, text: str, _row: StreetRow) -> str:
        """One letter left out, doubled, swapped or hit beside its key, in a long word."""
        words = list(re.finditer(r"[^\W\d_]{4,}", text))
        if not words:
            return text
        word = self.dice.choice(words)
        at = self.dice.randrange(word.start() + 1, word.end() - 1)
        letter = text[at]
        beside = self.dice.choice(_NEIGHBOURS.get(unidecode(letter).lower(), letter))
        change = self.dice.choice(("", letter * 2, text[at + 1] + letter, beside))
        return text[:at] + change + text[at + (2 if len(change) == 2 and change[0] == text[at + 1] else 1) :]

    def telex(self, text: str, _row: StreetRow) -> str:
        """One word with the keyboard's letters left in."""
        words = text.split(" ")
        marked = [index for index, word in enumerate(words) if unidecode(word) != word]
        if marked:
            at = self.dice.choice(marked)
            words[at] = _in_telex(words[at])
        return " ".join(words)


def _in_telex(word: str) -> str:
    tone, letters = "", []
    for letter in unicodedata.normalize("NFD", word):
        if letter in _TELEX_MARKS:
            tone = _TELEX_MARKS[letter]
        else:
            letters.append(letter)
    whole = unicodedata.normalize("NFC", "".join(letters))
    end = len(whole.rstrip(".,;:"))
    typed = "".join(_TELEX_VOWELS.get(letter, letter) for letter in whole[:end].lower())
    return typed + tone + whole[end:]


_HABITS = (
    Writer.plain, Writer.half_plain, Writer.decomposed, Writer.capital, Writer.small, Writer.slip, Writer.telex,
    Writer.plain, Writer.small,
)  # fmt: skip
