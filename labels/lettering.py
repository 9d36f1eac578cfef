"""Text as it can be printed: which letters it keeps, how wide it is, where it breaks, how small it must be."""

import re
import unicodedata
from functools import lru_cache

from labels.errors import CannotDraw
from labels.fonts import typeface

MM = 72 / 25.4
LEADING = 1.22
SMALLEST = 5.5
STEP = 0.5
ELLIPSIS = "…"
# No letter is wider than this, of the size.
WIDEST = 1.26
# No line of any paper has room for more letters.
LONGEST_LINE = 1_000
# No letter of any language carries more marks than two; what carries more is made to blacken its neighbours.
_PILE = re.compile("([\u0300-\u036f]{2})[\u0300-\u036f]+")

Room = tuple[float, float]


# The words that every page repeats stay remembered; names come and go.
@lru_cache(maxsize=512)
def normal(text: str) -> str:
    """One form for each letter, no line breaks or invisible marks that could change what is read."""
    if text.isascii() and text.isprintable():
        return text if "  " not in text and text == text.strip() else " ".join(text.split())
    if not text.isprintable():
        kept = (" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in text)
        text = "".join(letter for letter in kept if unicodedata.category(letter) not in {"Cf", "Cs"})
    return " ".join(_PILE.sub(r"\1", unicodedata.normalize("NFC", text)).split())


def width(text: str, font: str, size: float) -> float:
    """How wide a text is, in mm."""
    return sum(map(typeface(font).widths.__getitem__, text)) * size / 1000 / MM


@lru_cache(maxsize=512)
def fit(text: str, font: str, size: float, room: Room, *, may_cut: bool = False) -> tuple[float, list[str]]:
    """The largest size up to `size` at which `text` fits into `room` (width, height in mm), and its lines.

    Raises CannotDraw when it does not fit at the smallest and may not be cut; what is cut ends in an ellipsis.
    """
    widths = typeface(font).widths
    words = [(word, sum(map(widths.__getitem__, word))) for word in text.split(" ")] if text else []
    whole = sum(word[1] for word in words) + widths[" "] * max(0, len(words) - 1)
    while True:
        across = room[0] * MM * 1000 / size
        most = int((room[1] * MM + 0.01) / (size * LEADING))
        if whole <= across * most:
            lines = [text] if whole <= across else _wrapped(words, widths, across)
            if len(lines) <= most:
                return size, lines if text else []
        if size <= SMALLEST:
            break
        size = max(SMALLEST, size - STEP)
    if not may_cut:
        raise CannotDraw(f"this text is too long for its place on the paper: {text[:40]}{ELLIPSIS}")
    # Even where there is no room at all, one line says that something lacks.
    most = max(1, most)
    return size, _cut(_wrapped(words, widths, across, most), widths, across, most)


@lru_cache(maxsize=512)
def one_line(text: str, font: str, size: float, room: float) -> tuple[float, str]:
    """The largest size up to `size` at which `text` is no wider than `room` mm, and the text, cut where it must be."""
    widths = typeface(font).widths
    whole = sum(map(widths.__getitem__, text))
    across = room * MM * 1000
    if whole * size <= across:
        return size, text
    fitting = across / whole // STEP * STEP
    if fitting >= SMALLEST:
        return fitting, text
    smallest = min(size, SMALLEST)
    return smallest, _cut([text[:LONGEST_LINE], ""], widths, across / smallest, 1)[0]


def _wrapped(
    words: list[tuple[str, int]], widths: dict[str, int], across: float, enough: int | None = None
) -> list[str]:
    """Words in lines no wider than `across` (in thousandths of the size), no more lines than `enough` and one."""
    lines: list[str] = []
    line, taken, blank = "", 0.0, widths[" "]
    for word, wide in words:
        if line and taken + blank + wide <= across:
            line, taken = f"{line} {word}", taken + blank + wide
            continue
        if line:
            lines.append(line)
        *full, line = [word] if wide <= across else _broken(word, widths, across)
        taken = wide if not full else sum(map(widths.__getitem__, line))
        lines += full
        if enough is not None and len(lines) > enough:
            return lines
    return [*lines, line] if line else lines


def _broken(word: str, widths: dict[str, int], across: float) -> list[str]:
    """A word that is too long for a line is broken between letters."""
    parts, start, taken = [], 0, 0
    for place, letter in enumerate(word):
        wide = widths[letter]
        if taken + wide > across and place > start:
            parts.append(word[start:place])
            start, taken = place, 0
        taken += wide
    return [*parts, word[start:]]


def _cut(lines: list[str], widths: dict[str, int], across: float, most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and sum(map(widths.__getitem__, last + ELLIPSIS)) > across:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip() + ELLIPSIS]
