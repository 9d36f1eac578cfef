"""Letters that go into an envelope beside the certificate: the ward's own words, set on an A5 page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from math import cos, radians, sin
from typing import Literal, get_args

from labels.document import Run
from labels.errors import CannotDraw
from labels.fonts import BOLD, BOLD_ITALIC, ITALIC, REGULAR
from labels.lettering import MM, normal
from labels.markdown import NAME, Block, read_markdown
from labels.model import Party
from labels.paper import Colour, Curve, Paper, Place
from labels.running_text import Line, Row, height_of, lines_of, pages_of
from labels.texts import Language, say

A5 = (148.0, 210.0)
SIDE, TOP, BOTTOM = 17.0, 31.0, 24.0
WIDTH, HEIGHT = A5[0] - 2 * SIDE, A5[1] - TOP - BOTTOM
LARGEST, SMALLEST, STEP = 11.0, 8.0, 0.25
MOST_PAGES = 20
LONGEST_NAME = 300
INK: Colour = (0.13, 0.13, 0.15)
FACES = {(False, False): REGULAR, (True, False): BOLD, (False, True): ITALIC, (True, True): BOLD_ITALIC}
HEADINGS = {1: "H1", 2: "H2", 3: "H3"}
# Where a line's letters stand in its height.
BASELINE = 0.75
# The petals of the lotus: how far each is turned clockwise from upright, and how long it is, in mm.
PETALS = ((-62, 7.5), (62, 7.5), (-32, 9.0), (32, 9.0), (0, 10.0))

Tone = Literal["birth", "marriage", "death", "plain"]
# Dark enough to be read when the ward's printer knows only black.
TINTS: dict[Tone, Colour] = {
    "birth": (0.05, 0.42, 0.36),
    "marriage": (0.63, 0.11, 0.19),
    "death": (0.25, 0.25, 0.28),
    "plain": (0.10, 0.27, 0.47),
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a block is set: its size in points, what of it is free above and below, how far it is moved in, in mm."""

    size: float
    leading: float
    before: float
    after: float
    inset: float = 0.0
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Insert:
    """A letter: Markdown text, the office that sends it, and whom it greets where it has a place for a name."""

    text: str
    sender: Party
    tone: Tone = "plain"
    name: str = ""


def default_text(tone: Tone, language: Language = "vi") -> str:
    """The words that go out where a ward has written none of its own; empty for `plain`."""
    if tone not in get_args(Tone) or tone == "plain":
        return ""
    return (resources.files("labels") / "inserts" / f"{tone}.{language}.md").read_text(encoding="utf-8")


def draw_inserts(inserts: Sequence[Insert], language: Language = "vi") -> bytes:
    """One letter after the other, each on a page of its own, or more where the text asks for it.

    Raises BadText for a mistake in a text, CannotDraw for a name or a letter without end, and FontsMissing.
    """
    with Paper(A5, say(language, "insert_title"), language) as paper:
        for insert in inserts:
            with paper.part("Sect"):
                _draw(paper, insert, language)
        return paper.finish()


def _draw(paper: Paper, insert: Insert, language: Language) -> None:
    blocks = read_markdown(insert.text, language)
    name = normal(insert.name) or say(language, "citizen")
    if len(name) > LONGEST_NAME:
        raise CannotDraw(f"a name of {len(name)} letters has no place in a letter")
    size = LARGEST
    while size > SMALLEST and height_of(_rows(blocks, name, size)) > HEIGHT:
        size -= STEP
    pages = pages_of(_rows(blocks, name, size), HEIGHT)
    if len(pages) > MOST_PAGES:
        raise CannotDraw(f"a letter has {MOST_PAGES} pages at most")
    for number, rows in enumerate(pages, start=1):
        _frame(paper, insert.tone)
        _page(paper, rows, blocks, size, TINTS[insert.tone])
        _sender(paper, insert)
        if number > 1:
            paper.text(A5[0] / 2, A5[1] - 9, str(number), 7, align="centre")
        paper.next_page()


def _rows(blocks: Sequence[Block], name: str, size: float) -> list[Row]:
    """The lines of all blocks. A heading does not end a page, and no line of a paragraph stands alone on one."""
    rows: list[Row] = []
    free = 0.0
    for number, block in enumerate(blocks):
        style = _style(block, size)
        lines = lines_of(_runs(block, name), style.size, WIDTH - style.inset)
        for at, line in enumerate(lines):
            stays = block.kind == "heading" or (at in {0, len(lines) - 2} and len(lines) > 1)
            above = max(free, style.before) / MM if at == 0 else 0.0
            rows.append(Row(line, number, style.leading / MM, above, stays, first=at == 0))
        free = style.after
    return rows


def _style(block: Block, size: float) -> Style:
    if block.kind == "heading":
        larger = {1: 1.6, 2: 1.12}.get(block.level, 1.0) * size
        before, after = (0.0, size) if block.level == 1 else (size * 0.9, size * 0.35)
        return Style(larger, larger * 1.3, before, after, centred=block.level == 1)
    if block.kind == "entry":
        return Style(size, size * 1.45, 0.0, size * 0.3, inset=size * 1.4 * block.level / MM)
    return Style(size, size * 1.45, 0.0, size * 0.55)


def _runs(block: Block, name: str) -> Iterator[Run]:
    """The words with the name in its place; whatever stands in the name is text and nothing else."""
    for words in block.words:
        bold = words.bold or block.kind == "heading"
        yield FACES[bold, words.italic], words.text.replace(NAME, name)


def _page(paper: Paper, rows: Sequence[Row], blocks: Sequence[Block], size: float, tint: Colour) -> None:
    y = TOP
    by_block = [(blocks[number], list(mine)) for number, mine in groupby(rows, key=lambda row: row.block)]
    for entries, group in groupby(by_block, key=lambda pair: pair[0].kind == "entry"):
        if entries:
            with paper.part("L"):
                for block, mine in group:
                    with paper.part("LI"):
                        y = _entry(paper, block, mine, y, size, tint)
        else:
            for block, mine in group:
                heading = block.kind == "heading"
                with paper.part(HEADINGS[block.level] if heading else "P"):
                    y = _lines(paper, mine, y, _style(block, size), tint if heading else INK)


def _entry(paper: Paper, block: Block, rows: Sequence[Row], y: float, size: float, tint: Colour) -> float:
    style = _style(block, size)
    if block.mark and rows[0].first:
        with paper.part("Lbl"), paper.set_apart(colour=tint):
            top = y + (rows[0].above if y > TOP else 0.0)
            x = SIDE + style.inset - size * 1.2 / MM
            paper.words(x, top + style.leading * BASELINE / MM, ((REGULAR, block.mark),), size)
    with paper.part("LBody"):
        return _lines(paper, rows, y, style, INK)


def _lines(paper: Paper, rows: Sequence[Row], y: float, style: Style, colour: Colour) -> float:
    with paper.set_apart(colour=colour):
        for row in rows:
            y += row.above if y > TOP else 0.0
            paper.words(_left(row.line, style), y + style.leading * BASELINE / MM, row.line.runs, style.size)
            y += row.height
    return y


def _left(line: Line, style: Style) -> float:
    return A5[0] / 2 - line.width / 2 if style.centred else SIDE + style.inset


def _frame(paper: Paper, tone: Tone) -> None:
    """An ornament above, a double line round the page, single in mourning."""
    with paper.set_apart(colour=TINTS[tone]):
        paper.box(6, 6, A5[0] - 12, A5[1] - 12, line=0.5)
        if tone != "death":
            paper.box(7.4, 7.4, A5[0] - 14.8, A5[1] - 14.8, line=0.15)
        _lotus(paper, A5[0] / 2, 24.5)
        paper.line(A5[0] / 2 - 34, 24.5, A5[0] / 2 - 11, 24.5, 0.2)
        paper.line(A5[0] / 2 + 11, 24.5, A5[0] / 2 + 34, 24.5, 0.2)
        paper.line(SIDE, A5[1] - 21.5, A5[0] - SIDE, A5[1] - 21.5, 0.2)


def _sender(paper: Paper, insert: Insert) -> None:
    sender = insert.sender
    where = " · ".join(part for part in (sender.address, sender.phone) if part)
    with paper.part("P"), paper.set_apart(colour=TINTS[insert.tone]):
        end = paper.block((SIDE, A5[1] - 20.3, WIDTH, 4.5), sender.name, 9, bold=True, may_cut=True)
        paper.block((SIDE, end, WIDTH, 4), where, 7.5, may_cut=True)


def _lotus(paper: Paper, x: float, y: float) -> None:
    """A small lotus of five petals."""
    for turn, length in PETALS:
        foot, left, right = _petal((x, y), turn, length)
        paper.leaf(foot, (left, right), 0.3)


def _petal(foot: Place, turn: float, length: float) -> tuple[Place, Curve, Curve]:
    """Where a petal begins, and the curves up its left side and down its right."""
    across, down = cos(radians(turn)), sin(radians(turn))

    def at(right: float, along: float) -> Place:
        up = along * length
        return foot[0] + right * across + up * down, foot[1] + right * down - up * across

    left, right = (at(-2.6, 0.35), at(-1.8, 0.75), at(0, 1)), (at(1.8, 0.75), at(2.6, 0.35), at(0, 0))
    return foot, left, right
