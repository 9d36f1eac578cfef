"""Delivery slips, two on an A4 sheet: what is handed over, to whom, and the signatures that prove it."""

from collections.abc import Sequence

from labels.label import spaced
from labels.model import Slip
from labels.paper import A4, Paper
from labels.texts import Language, money, say

MARGIN = 12.0
WIDTH = A4[0] - 2 * MARGIN
RIGHT = MARGIN + WIDTH
HALF = A4[1] / 2
A_SHEET = 2
ATTEMPTS = 2
REASONS = ("absent", "refused", "wrong_address")


def draw_slips(slips: Sequence[Slip], language: Language = "vi") -> bytes:
    """Two slips a sheet, to be cut in the middle; the order is that of the labels.

    Raises CannotDraw and FontsMissing.
    """
    with Paper(A4, say(language, "slip_title"), language) as paper:
        for number, slip in enumerate(slips):
            lower = number % A_SHEET == 1
            with paper.part("Sect"), paper.within(0, HALF if lower else 0):
                _draw(paper, slip, language)
            if lower or number == len(slips) - 1:
                paper.next_page()
            else:
                _cut(paper)
        return paper.finish()


def _cut(paper: Paper) -> None:
    with paper.set_apart(dashes=(0.7, 1)):
        paper.line(0, HALF, A4[0], HALF, 0.15)


def _draw(paper: Paper, slip: Slip, language: Language) -> None:
    with paper.part("H1"):
        paper.text(MARGIN, 15, say(language, "slip_title"), 17, bold=True)
    paper.block((MARGIN, 17.5, 110, 5), slip.sender.name, 10, bold=True, may_cut=True)
    sender = " · ".join(part for part in (slip.sender.address, slip.sender.phone) if part)
    paper.block((MARGIN, 22, 110, 8), sender, 8, may_cut=True)
    paper.barcode(RIGHT - 62, 7, slip.item_code, 13, room=A4[0] - RIGHT + 62)
    paper.text(RIGHT - 29, 25.5, spaced(slip.item_code), 12, bold=True, align="centre", room=58)
    paper.line(MARGIN, 29, RIGHT, 29, 0.4)
    _receiver(paper, slip, 30.5, language)
    _facts(paper, slip, 30.5, language)
    _signatures(paper, 72.5, language)
    _attempts(paper, 113, language)
    _foot(paper, slip, 129, language)


def _receiver(paper: Paper, slip: Slip, top: float, language: Language) -> None:
    width, receiver = 92.0, slip.receiver
    with paper.part("P"):
        paper.text(MARGIN, top + 3, say(language, "to"), 8)
        end = paper.block((MARGIN, top + 4, width, 12), receiver.name, 14, bold=True, may_cut=True)
        if receiver.phone:
            end = paper.block((MARGIN, end, width, 6), receiver.phone, 11, may_cut=True)
    with paper.part("P"):
        end = paper.block((MARGIN, end + 0.5, width, top + 34 - end), receiver.address, 11, may_cut=True)
        area = " · ".join(part for part in (receiver.area, receiver.postcode) if part)
        paper.block((MARGIN, end + 0.5, width, top + 40 - end), area, 9.5, bold=True, may_cut=True)


def _facts(paper: Paper, slip: Slip, top: float, language: Language) -> None:
    left, y = MARGIN + 97, top
    for name, text, most in _told(slip, language):
        if text:
            with paper.part("P"):
                paper.text(left, y + 3.0, say(language, name), 7)
                room = (left, y + 3.4, WIDTH - 97, most)
                y = paper.block(room, text, 9, bold=name in {"handed_to", "payer"}, may_cut=True) + 0.6


def _told(slip: Slip, language: Language) -> tuple[tuple[str, str, float], ...]:
    """The facts beside the address: name, text, and how high it may become."""
    fee = f"{money(slip.fee)} đ" if slip.fee else ""
    collect = say(language, "collect", money=money(slip.to_collect)) if slip.to_collect else ""
    promised = say(language, "promised", day=slip.promised) if slip.promised else ""
    weight = f"{slip.weight} g" if slip.weight else ""
    return (
        ("handed_to", slip.must_show, 11.7),
        ("payer", " · ".join(part for part in (fee, slip.payer, collect) if part), 4.2),
        ("slot", " · ".join(part for part in (slip.slot or say(language, "any_time"), promised, weight) if part), 4.2),
        ("reference", ", ".join(slip.references), 7.8),
    )


def _signatures(paper: Paper, top: float, language: Language) -> None:
    narrow, high = 46.0, 39.0
    for column, name in enumerate(("sender_signs", "clerk_signs")):
        x = MARGIN + narrow * column
        paper.box(x, top, narrow, high, line=0.3)
        with paper.part("P"):
            paper.text(x + 2, top + 4.5, say(language, name), 8.5, bold=True)
            paper.text(x + 2, top + 8, say(language, "signed"), 7)
    x = MARGIN + 2 * narrow
    paper.box(x, top, RIGHT - x, high, line=0.6)
    with paper.part("P"):
        paper.text(x + 2, top + 4.5, say(language, "receiver_signs"), 8.5, bold=True)
    for row, name in enumerate(("name", "identity", "received_at", "signature")):
        y = top + 11 + 7.2 * row
        paper.text(x + 2, y, say(language, name), 7.5)
        if name != "signature":
            paper.line(x + 32, y + 0.5, RIGHT - 2, y + 0.5, 0.1)


def _attempts(paper: Paper, top: float, language: Language) -> None:
    for number in range(ATTEMPTS):
        y = top + 7 * number
        paper.box(MARGIN, y, WIDTH, 7, line=0.2)
        with paper.part("P"):
            paper.text(MARGIN + 2, y + 4.6, say(language, "attempt", number=number + 1), 8, bold=True)
            paper.text(MARGIN + 40, y + 4.6, say(language, "attempted_at"), 7.5)
            for place, name in enumerate(REASONS):
                x = MARGIN + 78 + 24 * place
                paper.box(x, y + 1.9, 3.2, 3.2, line=0.3)
                paper.text(x + 4.4, y + 4.6, say(language, name), 7.5)
            paper.text(MARGIN + 156, y + 4.6, say(language, "courier_signs"), 7.5)


def _foot(paper: Paper, slip: Slip, top: float, language: Language) -> None:
    with paper.part("P"):
        paper.text(MARGIN, top + 3, say(language, "slip_foot"), 8.5, bold=True)
        where = ", ".join(part for part in (slip.complaints or slip.sender.phone, slip.tracking_address) if part)
        end = paper.block((MARGIN, top + 4, WIDTH, 7), say(language, "complain", where=where), 8, may_cut=True)
        tracking = f"{say(language, 'tracking')}: {slip.tracking_code}"
        paper.block((MARGIN, end + 0.4, WIDTH, 5), tracking, 10, bold=True, may_cut=True)
