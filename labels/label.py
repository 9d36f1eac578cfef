"""The envelope's label, 100 × 150 mm for a thermal printer: what the courier reads at arm's length, and two codes."""

from collections.abc import Sequence

from labels.model import Label, Party
from labels.paper import A6_THERMAL, Paper
from labels.texts import Language, money, say

MARGIN = 4.0
WIDTH = A6_THERMAL[0] - 2 * MARGIN


def draw_labels(labels: Sequence[Label], language: Language = "vi") -> bytes:
    """One label a page, in the order given; the same labels make the same bytes.

    Raises CannotDraw naming what cannot be printed legibly, and FontsMissing.
    """
    with Paper(A6_THERMAL, "Tận Nhà", language) as paper:
        for label in labels:
            _draw(paper, label, language)
            paper.next_page()
        return paper.finish()


def _draw(paper: Paper, label: Label, language: Language) -> None:
    _head(paper, label, language)
    _sender(paper, label.sender, language)
    _receiver(paper, label.receiver, language)
    _door(paper, label, language)
    _codes(paper, label, language)


def _head(paper: Paper, label: Label, language: Language) -> None:
    paper.box(MARGIN, MARGIN, WIDTH, 15, line=0.4)
    paper.text(MARGIN + 3, 8.5, say(language, "route"), 7)
    paper.text(MARGIN + 3, 16.5, label.route, 20, bold=True)
    paper.line(48, MARGIN, 48, MARGIN + 15, 0.4)
    paper.text(51, 8.5, say(language, "stop"), 7)
    paper.text(51, 16.5, str(label.position), 20, bold=True)
    paper.text(MARGIN + WIDTH - 3, 9, f"{say(language, 'batch')} {label.batch}", 7, align="right")
    paper.text(MARGIN + WIDTH - 3, 13, say(language, "content"), 7, align="right")
    paper.text(MARGIN + WIDTH - 3, 17, say(language, "label_version", version=label.version), 7, align="right")


def _sender(paper: Paper, sender: Party, language: Language) -> None:
    paper.text(MARGIN, 23.5, say(language, "from"), 7)
    end = paper.block((MARGIN, 24.5, WIDTH, 7), sender.name, 9, bold=True, may_cut=True)
    line = " · ".join(part for part in (sender.address, sender.phone) if part)
    paper.block((MARGIN, end, WIDTH, 36 - end), line, 8, may_cut=True)
    paper.line(MARGIN, 36.5, MARGIN + WIDTH, 36.5)


def _receiver(paper: Paper, receiver: Party, language: Language) -> None:
    paper.text(MARGIN, 40.5, say(language, "to"), 7)
    end = paper.block((MARGIN, 41.5, WIDTH, 14), receiver.name, 15, bold=True)
    end = paper.block((MARGIN, end + 0.8, WIDTH, 6), receiver.phone, 12, bold=True) if receiver.phone else end
    end = paper.block((MARGIN, end + 0.8, WIDTH, 76 - end), receiver.address, 12)
    if receiver.area:
        paper.block((MARGIN, end + 0.5, WIDTH, 85.5 - end), receiver.area, 9, bold=True)


def _door(paper: Paper, label: Label, language: Language) -> None:
    paper.box(MARGIN, 86.5, WIDTH, 9, line=0.4)
    slot = label.slot or say(language, "any_time")
    paper.block((MARGIN + 3, 88.2, 48, 6), f"{say(language, 'slot')}: {slot}", 10, bold=True)
    paid = say(language, "collect", money=money(label.to_collect)) if label.to_collect else ""
    paper.text(MARGIN + WIDTH - 3, 92.3, paid or say(language, "collect_nothing"), 10, bold=True, align="right")


def _codes(paper: Paper, label: Label, language: Language) -> None:
    paper.barcode(50, 98, label.item_code, 16, centred=True)
    paper.text(50, 119, spaced(label.item_code), 13, bold=True, align="centre")
    side = paper.qr(MARGIN - 2, 120, label.qr)
    paper.block((MARGIN + side, 128, WIDTH - side, 9), say(language, "hand_over_in_person"), 9, bold=True)
    paper.block((MARGIN + side, 138, WIDTH - side, 6), say(language, "content"), 8)


def spaced(item_code: str) -> str:
    """An S10 code in the groups in which people read it: CH 100 000 009 VN."""
    if len(item_code) != 13:
        return item_code
    return " ".join((item_code[:2], item_code[2:5], item_code[5:8], item_code[8:11], item_code[11:]))
