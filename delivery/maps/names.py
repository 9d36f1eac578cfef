"""Names of streets and alleys as mappers write them: `Ngõ 68/5 phố Bồ Đề` is alley 68/5 of the street Bồ Đề."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from delivery.places.text import fold, normal

LONGEST_NAME = 160

_STREET_WORD = re.compile(r"(?:(?:ph[ốôõo]|đường|duong)\s+|[pđ]\.\s*)(?P<rest>.+)", re.IGNORECASE)
# After these, "Đường" is part of the name and not only the word for a street.
_KEEPS_ITS_WORD = re.compile(r"\d|(?:so|cao toc|sat|ven|tinh|huyen|lien|dan|noi|truc|vanh dai|song hanh|gom|vao)\b")
_NUMBER = r"\d{1,5}(?:[a-zđ](?![^\W\d_]))?"
_CHAIN = rf"{_NUMBER}(?:\s?/\s?{_NUMBER})*"
_LINK = re.compile(
    rf"[\s,–-]*(?P<word>ngõ|ngo|ngách|ngach|hẻm|hem|kiệt|kiet)\s*(?:số\s*)?(?P<chain>{_CHAIN})", re.IGNORECASE
)
_GROUP = re.compile(r"tổ\s*\d+[\s,–-]+(?=ngõ|ngách|hẻm)", re.IGNORECASE)
_OF_AN_ALLEY = re.compile(rf"(?P<chain>{_CHAIN})(?=[\s,–-]*(?:ngõ|ngách|hẻm|kiệt)\s*\d)", re.IGNORECASE)
_STOP = re.compile(
    rf"(?:số\s*)?(?P<number>\d{{1,5}})[a-zđ]?(?:\s?[-–/]\s?{_NUMBER})*\s+(?P<street>[^\W\d].*)", re.IGNORECASE
)
_WORDS = {"ngo": "Ngõ", "ngach": "Ngách", "hem": "Hẻm", "kiet": "Kiệt"}
# How many numbers the way to it usually has in Hà Nội: street, ngõ, ngách, hẻm. In the south a hẻm leaves the street.
_DEPTH = {"Ngõ": 1, "Kiệt": 1, "Ngách": 2, "Hẻm": 3}


@dataclass(frozen=True, slots=True)
class AlleyName:
    """What the name of an alley says: `word` ("Ngách"), `number` ("68/5", from the street inwards), `street` or ""."""

    word: str
    number: str
    street: str

    @property
    def short(self) -> bool:
        """Whether the number may lack the alleys in between, as in "Ngách 5 Bồ Đề"."""
        return self.number.count("/") + 1 < self.depth

    @property
    def depth(self) -> int:
        """How many numbers the way to it usually has."""
        return _DEPTH[self.word]

    def on(self, street: str, number: str | None = None) -> str:
        """The full name on that street: "Ngách 68/5 Bồ Đề"."""
        return f"{self.word} {number or self.number} {street}".strip()


def clean(name: str | None) -> str:
    """A name in one line and one form; empty when there is none or it is absurdly long."""
    if not name or len(name) > 4 * LONGEST_NAME:
        return ""
    tidy = " ".join(normal(name).split())
    return tidy if len(tidy) <= LONGEST_NAME and re.search(r"\w", tidy) else ""


def street_name(name: str) -> str:
    """A street's name without the word for street: "Phố Bồ Đề" and "Bồ Đề" are one; "Đường số 5" stays."""
    found = _STREET_WORD.fullmatch(name)
    if found is None or _KEEPS_ITS_WORD.match(fold(found["rest"])):
        return name
    return found["rest"]


def alley_name(name: str) -> AlleyName | None:
    """What the name of an alley says; None for a street, also for one like "Ngõ Huyện" that has no number.

    The number is told from the street inwards: "Ngách 83 Ngõ 293 Ngọc Thụy" is 293/83 of Ngọc Thụy.
    """
    at = group.end() if (group := _GROUP.match(name)) else 0
    links: list[tuple[str, str]] = []
    if (leading := _OF_AN_ALLEY.match(name, at)) is not None:
        links.append(("Ngách", leading["chain"]))
        at = leading.end()
    while (link := _LINK.match(name, at)) is not None:
        links.append((_WORDS[fold(link["word"])], link["chain"]))
        at = link.end()
    if not links:
        return None
    # Both orders are written, from the door outwards ("Ngách 5 Ngõ 12") and from the street inwards.
    links.sort(key=lambda link: _DEPTH[link[0]])
    return AlleyName(links[-1][0], _joined(chain for _, chain in links), street_name(name[at:].strip(" ,.–-()/")))


def _joined(chains: Iterable[str]) -> str:
    """The numbers from the street inwards; an inner chain that repeats the outer one says it once."""
    number = ""
    for chain in (re.sub(r"\s", "", chain).upper() for chain in chains):
        repeats = not number or chain == number or chain.startswith(f"{number}/")
        number = chain if repeats else f"{number}/{chain}"
    return number


def leading_number(text: str) -> int | None:
    """The number that a house number begins with: 12 in "12A", "12-14" and "12/5"; None in "LK05" or absurd ones."""
    found = re.match(r"(?:số\s*)?(\d{1,5})(?!\d)", text.strip(), re.IGNORECASE)
    return int(found[1]) if found and int(found[1]) else None


def stop_address(name: str) -> tuple[int, str] | None:
    """House number and street in the name of a bus stop: "436-438 Nguyễn Văn Cừ", "Chợ Mơ - 459D Bạch Mai"."""
    for part in (name, *re.split(r"\s[-–]\s|\(|\)", name)):
        found = _STOP.fullmatch(part.strip())
        if found and int(found["number"]):
            return int(found["number"]), street_name(found["street"].strip())
    return None
