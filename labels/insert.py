"""Letters that go into an envelope beside the certificate: the ward's own words, set on an A5 page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, get_args
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Frame, Paragraph

from labels.errors import CannotDraw
from labels.fonts import BOLD, REGULAR, typeface
from labels.letter_sheet import LetterSheet
from labels.lettering import normal
from labels.markdown import NAME, Block, read_markdown
from labels.model import Party
from labels.texts import Language, say

ITALIC, BOLD_ITALIC = "BeVietnamPro-Italic", "BeVietnamPro-BoldItalic"
A5 = (148.0, 210.0)
SIDE, TOP, BOTTOM = 17.0, 31.0, 24.0
LARGEST, SMALLEST = 11.0, 8.0
MOST_PAGES = 20
LONGEST_NAME = 300
INK = Color(0.13, 0.13, 0.15)

Tone = Literal["birth", "marriage", "death", "plain"]
# Dark enough to be read when the ward's printer knows only black.
TINTS: dict[Tone, Color] = {
    "birth": Color(0.05, 0.42, 0.36),
    "marriage": Color(0.63, 0.11, 0.19),
    "death": Color(0.25, 0.25, 0.28),
    "plain": Color(0.10, 0.27, 0.47),
}


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
    _italics()
    sheet = LetterSheet(A5, say(language, "insert_title"), language)
    for insert in inserts:
        _draw(sheet, insert, language)
    return sheet.finish()


def _draw(sheet: LetterSheet, insert: Insert, language: Language) -> None:
    blocks = read_markdown(insert.text, language)
    name = normal(insert.name) or say(language, "citizen")
    if len(name) > LONGEST_NAME:
        raise CannotDraw(f"a name of {len(name)} letters has no place in a letter")
    width, height = A5[0] - 2 * SIDE, A5[1] - TOP - BOTTOM
    story = _story(blocks, name, LARGEST, insert.tone)
    size = LARGEST
    while size > SMALLEST and _height(story, width, height) > height:
        size -= 0.25
        story = _story(blocks, name, size, insert.tone)
    pages = 0
    while story or not pages:
        pages += 1
        if pages > MOST_PAGES:
            raise CannotDraw(f"a letter has {MOST_PAGES} pages at most")
        _frame(sheet, insert)
        if pages > 1:
            sheet.centred(A5[0] / 2, A5[1] - 9, str(pages), 7)
        frame = Frame(SIDE * mm, BOTTOM * mm, width * mm, height * mm, 0, 0, 0, 0)
        frame.addFromList(story, sheet.canvas)
        sheet.next_page()


def _frame(sheet: LetterSheet, insert: Insert) -> None:
    """An ornament above, the sender below; a double line round the page, single in mourning."""
    canvas, tint = sheet.canvas, TINTS[insert.tone]
    canvas.saveState()
    canvas.setStrokeColor(tint)
    canvas.setFillColor(tint)
    sheet.box(6, 6, A5[0] - 12, A5[1] - 12, line=0.5)
    if insert.tone != "death":
        sheet.box(7.4, 7.4, A5[0] - 14.8, A5[1] - 14.8, line=0.15)
    _lotus(sheet, A5[0] / 2, 24.5)
    sheet.line(A5[0] / 2 - 34, 24.5, A5[0] / 2 - 11, 24.5, 0.2)
    sheet.line(A5[0] / 2 + 11, 24.5, A5[0] / 2 + 34, 24.5, 0.2)
    sheet.line(SIDE, A5[1] - 21.5, A5[0] - SIDE, A5[1] - 21.5, 0.2)
    sender = insert.sender
    width = A5[0] - 2 * SIDE
    end = sheet.block(SIDE, A5[1] - 20.3, (width, 4.5), sender.name, 9, bold=True)
    where = " · ".join(part for part in (sender.address, sender.phone) if part)
    sheet.block(SIDE, end, (width, 4), where, 7.5)
    canvas.restoreState()


def _lotus(sheet: LetterSheet, x: float, y: float) -> None:
    """A small lotus of five petals, from lines only."""
    canvas = sheet.canvas
    canvas.saveState()
    canvas.translate(x * mm, (sheet.height - y) * mm)
    canvas.setLineWidth(0.3 * mm)
    for turn, length in ((-62, 7.5), (62, 7.5), (-32, 9.0), (32, 9.0), (0, 10.0)):
        canvas.saveState()
        canvas.rotate(turn)
        canvas.setFillGray(1)
        petal = canvas.beginPath()
        petal.moveTo(0, 0)
        petal.curveTo(-2.6 * mm, length * 0.35 * mm, -1.8 * mm, length * 0.75 * mm, 0, length * mm)
        petal.curveTo(1.8 * mm, length * 0.75 * mm, 2.6 * mm, length * 0.35 * mm, 0, 0)
        canvas.drawPath(petal, stroke=1, fill=1)
        canvas.restoreState()
    canvas.restoreState()


def _story(blocks: Sequence[Block], name: str, size: float, tone: Tone) -> list[Flowable]:
    return [_paragraph(block, name, size, tone) for block in blocks]


def _paragraph(block: Block, name: str, size: float, tone: Tone) -> Paragraph:
    markup = "".join(_markup(words.text, name, bold=words.bold, italic=words.italic) for words in block.words)
    style = ParagraphStyle("body", fontName=REGULAR, fontSize=size, leading=size * 1.45, textColor=INK,
                           spaceAfter=size * 0.55)  # fmt: skip
    if block.kind == "heading":
        larger = {1: 1.6, 2: 1.12}.get(block.level, 1.0) * size
        style = ParagraphStyle("heading", style, fontName=BOLD, fontSize=larger, leading=larger * 1.3,
                               textColor=TINTS[tone], spaceBefore=size * (0.5 if block.level > 1 else 0),
                               spaceAfter=size * (1.0 if block.level == 1 else 0.35), keepWithNext=1,
                               alignment=TA_CENTER if block.level == 1 else 0)  # fmt: skip
        return Paragraph(markup, style)
    if block.kind == "entry":
        inset = size * 1.4 * block.level
        style = ParagraphStyle("entry", style, leftIndent=inset, bulletIndent=inset - size * 1.2,
                               spaceAfter=size * 0.3, bulletFontName=REGULAR, bulletFontSize=size,
                               bulletColor=TINTS[tone])  # fmt: skip
        return Paragraph(markup, style, bulletText=block.mark or None)
    return Paragraph(markup, style)


def _markup(text: str, name: str, *, bold: bool, italic: bool) -> str:
    """The words for ReportLab, with nothing in them that it could take for a command."""
    if text == "\n":
        return "<br/>"
    safe = escape(text.replace(NAME, name))
    safe = f"<b>{safe}</b>" if bold else safe
    return f"<i>{safe}</i>" if italic else safe


def _height(story: Sequence[Flowable], width: float, height: float) -> float:
    """How tall the story is, in mm; a little more than the truth, so that what fits here fits the page."""
    spaces = [part.getSpaceBefore() + part.getSpaceAfter() for part in story]
    return float(sum(part.wrap(width * mm, height * mm)[1] for part in story) + sum(spaces[:-1])) / mm


@cache
def _italics() -> None:
    typeface(REGULAR)
    from fontpkg_be_vietnam_pro import ROOT  # noqa: PLC0415  as in labels.fonts

    for face in (ITALIC, BOLD_ITALIC):
        pdfmetrics.registerFont(TTFont(face, str(ROOT / "files" / f"{face}.ttf")))
    pdfmetrics.registerFontFamily(REGULAR, REGULAR, BOLD, ITALIC, BOLD_ITALIC)
