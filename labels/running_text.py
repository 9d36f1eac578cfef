"""Text that runs on: words in several faces broken into lines, and lines brought onto pages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from labels.document import Run
from labels.fonts import typeface
from labels.lettering import MM

NEW_LINE = "\n"
# Parts of one word in different faces: nothing between them is a place to break.
Atom = list[Run]


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is printed, and how wide it is, in mm."""

    runs: tuple[Run, ...]
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """A line's height on a page and what stays free above it, in mm; `stays` is for a line that ends no page."""

    line: Line
    block: int
    height: float
    above: float = 0.0
    stays: bool = False
    first: bool = False


def lines_of(runs: Iterable[Run], size: float, across: float) -> list[Line]:
    """The text in lines no wider than `across` (in mm); a word that is too long is broken between letters."""
    room = across * MM * 1000 / size
    lines: list[Line] = []
    words: list[Atom] = []
    taken = 0.0
    for atom in _fitting(_atoms(runs), room):
        wide = _width(atom)
        if not atom or (words and taken + _blank(words[-1]) + wide > room):
            lines.append(_line(words, size))
            words, taken = [], 0.0
        if atom:
            taken += wide + (_blank(words[-1]) if words else 0.0)
            words.append(atom)
    return [*lines, _line(words, size)] if words or not lines else lines


def pages_of(rows: Sequence[Row], height: float) -> list[list[Row]]:
    """The rows of each page; what stays together is torn only where it is taller than a page."""
    pages: list[list[Row]] = [[]]
    used = 0.0
    for together in _together(rows):
        if pages[-1] and used + _height(together) > height:
            pages.append([])
            used = 0.0
        for row in together:
            if pages[-1] and used + row.above + row.height > height:
                pages.append([])
                used = 0.0
            used += row.height + (row.above if pages[-1] else 0.0)
            pages[-1].append(row)
    return pages


def height_of(rows: Sequence[Row]) -> float:
    """How tall the rows are on one page, however tall that is."""
    return _height(rows) - (rows[0].above if rows else 0.0)


def _height(rows: Sequence[Row]) -> float:
    return sum(row.above + row.height for row in rows)


def _together(rows: Sequence[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        group.append(row)
        if not row.stays:
            yield group
            group = []
    if group:
        yield group


def _atoms(runs: Iterable[Run]) -> Iterator[Atom]:
    """Words, each of one face or more; an empty one begins a new line."""
    atom: Atom = []
    for font, text in runs:
        if text == NEW_LINE:
            if atom:
                yield atom
            yield []
            atom = []
            continue
        first, *others = text.split(" ")
        if first:
            atom.append((font, first))
        for word in others:
            if atom:
                yield atom
            atom = [(font, word)] if word else []
    if atom:
        yield atom


def _fitting(atoms: Iterable[Atom], room: float) -> Iterator[Atom]:
    for atom in atoms:
        if _width(atom) <= room:
            yield atom
        else:
            yield from _broken(atom, room)


def _broken(atom: Atom, room: float) -> Iterator[Atom]:
    piece: Atom = []
    taken = 0.0
    for font, text in atom:
        for letter in text:
            wide = typeface(font).widths[letter]
            if piece and taken + wide > room:
                yield _joined(piece)
                piece, taken = [], 0.0
            piece.append((font, letter))
            taken += wide
    yield _joined(piece)


def _line(words: Sequence[Atom], size: float) -> Line:
    runs: Atom = []
    for word in words:
        if runs:
            runs.append((runs[-1][0], " "))
        runs += word
    return Line(tuple(_joined(runs)), _width(runs) * size / 1000 / MM)


def _joined(runs: Iterable[Run]) -> Atom:
    """The same text in as few runs as it has changes of face."""
    joined: Atom = []
    for font, text in runs:
        if joined and joined[-1][0] == font:
            joined[-1] = (font, joined[-1][1] + text)
        else:
            joined.append((font, text))
    return joined


def _width(runs: Iterable[Run]) -> float:
    """In thousandths of the size."""
    return float(sum(sum(map(typeface(font).widths.__getitem__, text)) for font, text in runs))


def _blank(word: Atom) -> float:
    return typeface(word[-1][0]).widths[" "]
