"""Delivery slips, two on an A4 sheet: what is handed over, to whom, and the signatures that prove it."""

from collections.abc import Sequence

from labels.label import spaced
from labels.model import Slip
from labels.paper import A4, Paper
from labels.texts import Language, money, say

MARGIN = 14.0
WIDTH = A4[0] - 2 * MARGIN
HALF = A4[1] / 2


def draw_slips(slips: Sequence[Slip], language: Language = "vi") -> bytes:
    """Two slips a sheet, to be cut in the middle; the order is that of the labels.

    Raises CannotDraw and FontsMissing.
    """
    with Paper(A4, say(language, "slip_title"), language) as paper:
        for number, slip in enumerate(slips):
            lower = number % 2 == 1
            _draw(paper, slip, HALF if lower else 0.0, language)
            if lower or number == len(slips) - 1:
                paper.next_page()
            else:
                _cut(paper)
        return paper.finish()


def _cut(paper: Paper) -> None:
    with paper.set_apart(dashes=(0.7, 1)):
        paper.line(0, HALF, A4[0], HALF, 0.15)


def _draw(paper: Paper, slip: Slip, top: float, language: Language) -> None:
    paper.text(MARGIN, top + 17, say(language, "slip_title"), 15, bold=True)
    paper.block((MARGIN, top + 19, 84, 10), slip.sender.name, 9)
    paper.barcode(A4[0] - MARGIN - 64, top + 9, slip.item_code, 13)
    paper.text(A4[0] - MARGIN - 32, top + 27, spaced(slip.item_code), 11, bold=True, align="centre")
    paper.line(MARGIN, top + 31, MARGIN + WIDTH, top + 31)
    _receiver(paper, slip, top + 33, language)
    _facts(paper, slip, top + 33, language)
    _signatures(paper, top + 82, language)
    _foot(paper, slip, top + 124, language)


def _receiver(paper: Paper, slip: Slip, top: float, language: Language) -> None:
    paper.text(MARGIN, top + 3.5, say(language, "to"), 8)
    end = paper.block((MARGIN, top + 5, 88, 12), slip.receiver.name, 13, bold=True)
    end = paper.block((MARGIN, end + 0.5, 88, 6), slip.receiver.phone, 11) if slip.receiver.phone else end
    end = paper.block((MARGIN, end + 0.5, 88, top + 38 - end), slip.receiver.address, 10.5, may_cut=True)
    if slip.receiver.area:
        paper.block((MARGIN, end + 0.5, 88, top + 46 - end), slip.receiver.area, 9)


def _facts(paper: Paper, slip: Slip, top: float, language: Language) -> None:
    left, width = MARGIN + 94, WIDTH - 94
    collect = say(language, "collect", money=money(slip.to_collect)) if slip.to_collect else ""
    facts = (
        ("reference", ", ".join(slip.references)),
        ("handed_to", slip.must_show),
        ("slot", slip.slot or say(language, "any_time")),
        ("promised", slip.promised),
        ("payer", " · ".join(part for part in (slip.payer, collect) if part)),
    )
    y, bottom = top, top + 48
    for name, text in facts:
        if text:
            paper.text(left, y + 3.0, say(language, name), 7)
            y = (
                paper.block((left, y + 3.5, width, bottom - y - 3.5), text, 9, bold=name == "handed_to", may_cut=True)
                + 0.6
            )


def _signatures(paper: Paper, top: float, language: Language) -> None:
    third = WIDTH / 3
    names = (("received_at", "identity"), ("receiver_signs",), ("courier_signs",))
    for column, texts in enumerate(names):
        x = MARGIN + column * third
        paper.box(x, top, third, 38)
        for row, name in enumerate(texts):
            paper.text(x + 2, top + 4.5 + row * 18, say(language, name), 8)


def _foot(paper: Paper, slip: Slip, top: float, language: Language) -> None:
    paper.text(MARGIN, top + 4, say(language, "slip_foot"), 8)
    tracking = f"{say(language, 'tracking')}: {slip.tracking_code}"
    paper.block((MARGIN, top + 6, WIDTH, 5), tracking, 10, bold=True)
    paper.block((MARGIN, top + 11, WIDTH, 5), slip.tracking_address, 8)
