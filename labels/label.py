"""The envelope's label: what the courier reads at arm's length, and two codes.

One a page of 100 × 150 mm for a thermal printer, or two, four or eight on a sheet of A4. No label says what is inside
an envelope, and no more of a telephone number than its last three digits.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import BinaryIO

from labels.codes import DOT
from labels.errors import CannotDraw
from labels.masking import masked_name, masked_phone
from labels.model import Label, Party
from labels.paper import A4, A6_THERMAL, Paper, Place, Size
from labels.texts import Language, money, say

MARGIN, HEAD = 4.0, 5.0
WIDTH = A6_THERMAL[0] - 2 * MARGIN
# The label that lies on its side, for half and for an eighth of a sheet.
WIDE: Size = (105.0, 74.25)
SIDE = 5.0
QR_SIDE_MODULE = 5 * DOT


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where labels lie on a page: so many side by side and one above the other."""

    size: Size
    columns: int = 1
    rows: int = 1
    upright: bool = True

    @property
    def places(self) -> int:
        return self.columns * self.rows


SHEETS = {
    "thermal": Sheet(A6_THERMAL),
    "2": Sheet(A4, 1, 2, upright=False),
    "4": Sheet(A4, 2, 2),
    "8": Sheet(A4, 2, 4, upright=False),
}
THERMAL = SHEETS["thermal"]


def draw_labels(
    labels: Iterable[Label],
    language: Language = "vi",
    *,
    sheet: Sheet = THERMAL,
    skip: int = 0,
    private: bool = False,
    shift: Place = (0.0, 0.0),
) -> bytes:
    """Labels in the order given; the same labels make the same bytes.

    `skip` places of the first sheet are used up already. `private` hides names and telephone numbers altogether, for
    carriers that go by the code. All is moved by `shift` mm to the right and down, for a printer that prints off.

    Raises CannotDraw naming what cannot be printed legibly, and FontsMissing.
    """
    out = io.BytesIO()
    write_labels(labels, out, language, sheet=sheet, skip=skip, private=private, shift=shift)
    return out.getvalue()


def write_labels(
    labels: Iterable[Label],
    to: BinaryIO,
    language: Language = "vi",
    *,
    sheet: Sheet = THERMAL,
    skip: int = 0,
    private: bool = False,
    shift: Place = (0.0, 0.0),
) -> None:
    """As `draw_labels`, into a file: a page leaves the memory when it is full, so there may be any number."""
    if not 0 <= skip < sheet.places:
        raise CannotDraw(f"{skip} places cannot be skipped on a sheet with {sheet.places}")
    with Paper(sheet.size, say(language, "labels_title"), language, to) as paper:
        for number, label in enumerate(labels, start=skip):
            place = number % sheet.places
            if place == 0 and number > skip:
                paper.next_page()
            _place(paper, sheet, place_of(sheet, place, shift), _told(label, private=private), language)
        paper.finish()


def _told(label: Label, *, private: bool) -> Label:
    """The label with as much about the receiver as may be read on the outside."""
    receiver = label.receiver
    if private:
        return replace(label, receiver=replace(receiver, name=masked_name(receiver.name), phone=""))
    return replace(label, receiver=replace(receiver, phone=masked_phone(receiver.phone)))


def place_of(sheet: Sheet, place: int, shift: Place = (0.0, 0.0)) -> tuple[float, float, float]:
    """Where a label begins on its page, from the left and from the top in mm, and how many times as large it is."""
    right, down = shift
    if sheet.places == 1:
        return right, down, 1.0
    row, column = divmod(place, sheet.columns)
    wide, high = sheet.size[0] / sheet.columns, sheet.size[1] / sheet.rows
    own = A6_THERMAL if sheet.upright else WIDE
    scale = 1.0 if sheet.upright else wide / WIDE[0]
    left = column * wide + (wide - own[0] * scale) / 2
    # A quarter of a sheet is 1.5 mm lower than the label, whose edges are bare.
    top = row * high + max(-0.5, (high - own[1] * scale) / 2)
    return left + right, top + down, scale


def _place(
    paper: Paper, sheet: Sheet, where: tuple[float, float, float], label: Label, language: Language
) -> None:  # fmt: skip
    draw = _upright if sheet.upright else _on_its_side
    with paper.part("Sect"):
        if where == (0.0, 0.0, 1.0):
            draw(paper, label, language)
            return
        with paper.within(*where):
            draw(paper, label, language)


def _upright(paper: Paper, label: Label, language: Language) -> None:
    _head(paper, label, language)
    _sender(paper, label.sender, language)
    _receiver(paper, label.receiver, language)
    _door(paper, label, language)
    _codes(paper, label, language)


def _head(paper: Paper, label: Label, language: Language) -> None:
    half = MARGIN + WIDTH * 0.58
    paper.box(MARGIN, HEAD, WIDTH, 16, line=0.5)
    paper.line(half, HEAD, half, HEAD + 16, 0.5)
    with paper.part("P"):
        paper.text(MARGIN + 2.5, HEAD + 4, say(language, "route"), 8)
        paper.block((MARGIN + 2.5, HEAD + 3.3, WIDTH * 0.58 - 4, 13), label.route, 30, bold=True)
    with paper.part("P"):
        paper.text(half + 2.5, HEAD + 4, say(language, "stop"), 8)
        paper.text(MARGIN + WIDTH - 2.5, HEAD + 14, str(label.position), 32, bold=True, align="right", room=24)
    with paper.part("P"):
        paper.text(MARGIN, 25, f"{say(language, 'batch')} {label.batch}", 7.5, room=50)
        paper.text(MARGIN + WIDTH, 25, _print(label, language), 7.5, align="right", room=40)


def _print(label: Label, language: Language) -> str:
    return say(language, "label_version", version=label.version, copy=label.copy)


def _sender(paper: Paper, sender: Party, language: Language) -> None:
    with paper.part("P"):
        paper.text(MARGIN, 30, say(language, "from"), 7)
        end = paper.block((MARGIN + 17, 27, WIDTH - 17, 8), sender.name, 9, bold=True, may_cut=True)
        paper.block((MARGIN + 17, end, WIDTH - 17, 38.3 - end), _whole(sender), 8, may_cut=True)
    paper.line(MARGIN, 38.8, MARGIN + WIDTH, 38.8)


def _whole(sender: Party) -> str:
    return " · ".join(part for part in (sender.address, sender.phone) if part)


def _receiver(paper: Paper, receiver: Party, language: Language) -> None:
    with paper.part("P"):
        paper.text(MARGIN, 42.8, say(language, "to"), 7)
        if receiver.phone:
            paper.text(MARGIN + WIDTH, 43.1, receiver.phone, 9, bold=True, align="right")
        end = paper.block((MARGIN, 44.3, WIDTH, 14), receiver.name, 16, bold=True, may_cut=True)
    with paper.part("P"):
        end = paper.block((MARGIN, end + 0.8, WIDTH, 75.8 - end), receiver.address, 13, may_cut=True)
    if receiver.area or receiver.postcode:
        with paper.part("P"):
            room = WIDTH - 24 if receiver.postcode else WIDTH
            paper.block((MARGIN, end + 0.8, room, 86 - end), receiver.area, 11, bold=True, may_cut=True)
            if receiver.postcode:
                paper.text(MARGIN + WIDTH, 85.6, receiver.postcode, 18, bold=True, align="right", room=22)


def _door(paper: Paper, label: Label, language: Language) -> None:
    paper.box(MARGIN, 87.5, WIDTH, 10.5, line=0.5)
    with paper.part("P"):
        paper.centred_block((MARGIN + 2.5, 87.5, 49, 10.5), _slot(label, language), 10, bold=True)
        paper.text(MARGIN + WIDTH - 2.5, 94.1, _money(label, language), 11, bold=True, align="right", room=36)


def _slot(label: Label, language: Language) -> str:
    return f"{say(language, 'slot')}: {label.slot or say(language, 'any_time')}"


def _money(label: Label, language: Language) -> str:
    if label.to_collect:
        return say(language, "collect", money=money(label.to_collect))
    return say(language, "collect_nothing")


def _codes(paper: Paper, label: Label, language: Language) -> None:
    paper.barcode(50, 99.5, label.item_code, 14, centred=True, room=A6_THERMAL[0])
    paper.text(50, 118.8, spaced(label.item_code), 15, bold=True, align="centre", room=WIDTH)
    side = paper.qr(MARGIN - 3, 119.5, label.qr, room=31)
    left = MARGIN - 3 + side
    with paper.part("P"):
        end = paper.block((left, 124, MARGIN + WIDTH - left, 10), say(language, "hand_over_in_person"), 11, bold=True)
        end = paper.block((left, end + 1.5, MARGIN + WIDTH - left, 5), say(language, "content"), 9)
        paper.block((left, end + 1.5, MARGIN + WIDTH - left, 5), say(language, "return"), 8)


def _on_its_side(paper: Paper, label: Label, language: Language) -> None:
    width, right = 68.0, WIDE[0] - SIDE
    with paper.part("P"):
        paper.text(SIDE, 11.5, label.route, 20, bold=True, room=36)
        paper.text(SIDE + 38, 11.5, say(language, "stop"), 8)
        paper.text(SIDE + 66, 11.5, str(label.position), 20, bold=True, align="right", room=19)
    paper.line(SIDE, 13.5, SIDE + 66, 13.5, 0.4)
    with paper.part("P"):
        sender = f"{say(language, 'from')}: {label.sender.name} · {_whole(label.sender)}"
        paper.block((SIDE, 14.2, 66, 5), sender, 6.5, may_cut=True)
    with paper.part("P"):
        end = paper.block((SIDE, 20, 66, 9), label.receiver.name, 12, bold=True, may_cut=True)
        end = paper.block((SIDE, end + 0.4, width, 45.5 - end), label.receiver.address, 9.5, may_cut=True)
        paper.block((SIDE, end + 0.4, width, 51 - end), label.receiver.area, 8.5, bold=True, may_cut=True)
    paper.barcode(SIDE - 4, 52, label.item_code, 10, room=75)
    paper.text(SIDE, 66.3, spaced(label.item_code), 11, bold=True, room=66)
    with paper.part("P"):
        paper.text(SIDE, 69.4, f"{say(language, 'content')} · {say(language, 'return')}", 6)
    side = paper.qr(right - 37 * QR_SIDE_MODULE + 2.5, 2.5, label.qr, QR_SIDE_MODULE, room=26)
    with paper.part("P"):
        left = right - 24.5
        paper.text(right, 2.5 + side + 2.5, _print(label, language), 6, align="right", room=24.5)
        paper.text(right, 2.5 + side + 5.5, label.batch, 6, align="right", room=24.5)
        paper.text(right, 40, label.receiver.postcode, 14, bold=True, align="right", room=24.5)
        paper.text(right, 45, label.receiver.phone, 8, bold=True, align="right", room=24.5)
        end = paper.block((left, 48, 24.5, 10), _slot(label, language), 8, bold=True, may_cut=True)
        end = paper.block((left, max(57.0, end + 0.5), 24.5, 5), _money(label, language), 9, bold=True)
        paper.block((left, end + 0.5, 24.5, WIDE[1] - SIDE - end), say(language, "hand_over_in_person"), 7.5, bold=True)


def spaced(item_code: str) -> str:
    """An S10 code in the groups in which people read it: CH 100 000 009 VN."""
    if len(item_code) != 13:
        return item_code
    return " ".join((item_code[:2], item_code[2:5], item_code[5:8], item_code[8:11], item_code[11:]))
