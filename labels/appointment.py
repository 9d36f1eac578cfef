"""The appointment slip (phiếu hẹn): for those who have no smartphone, everything to ask by phone or at any counter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from labels.errors import CannotDraw
from labels.fonts import BOLD
from labels.lettering import normal, one_line
from labels.model import Party
from labels.paper import Paper
from labels.texts import Language, say

Format = Literal["a6", "a5", "receipt"]


@dataclass(frozen=True, slots=True)
class Appointment:
    """`tracking_code` as people read it out; `qr` opens the tracking page; nothing says what is awaited."""

    office: Party
    name: str
    tracking_code: str
    qr: str
    tracking_address: str
    promised: str
    hotline: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A paper, and how much larger than drawn everything on it is."""

    width: float
    height: float
    margin: float
    scale: float = 1.0

    @property
    def drawn(self) -> tuple[float, float]:
        return self.width / self.scale, self.height / self.scale


LOWEST_FOOT = 127.0
LARGEST_CODE, SMALLEST_CODE = 24.0, 9.0
# A receipt roll of 80 mm prints 72 mm wide; its length is cut after the last line.
SHAPES: dict[Format, Shape] = {
    "a6": Shape(105.0, 148.0, 8.0),
    "a5": Shape(148.0, 210.0, 8.0, 148.0 / 105.0),
    "receipt": Shape(80.0, 152.0, 4.5),
}


def draw_appointments(appointments: Sequence[Appointment], form: Format = "a6", language: Language = "vi") -> bytes:
    """One slip a page.

    Raises CannotDraw for what does not fit, and FontsMissing.
    """
    shape = SHAPES[form]
    with Paper((shape.width, shape.height), say(language, "appointment_title"), language) as paper:
        for appointment in appointments:
            with paper.within(0, 0, shape.scale):
                _draw(paper, appointment, shape, language)
            paper.next_page()
        return paper.finish()


def _draw(paper: Paper, slip: Appointment, shape: Shape, language: Language) -> None:
    width = shape.drawn[0]
    left, room, middle = shape.margin, width - 2 * shape.margin, width / 2
    end = paper.block((left, 7, room, 9), slip.office.name, 9, bold=True)
    where = " · ".join(part for part in (slip.office.address, slip.office.phone) if part)
    paper.block((left, end, room, 20 - end), where, 7.5, may_cut=True)
    paper.line(left, 20.5, left + room, 20.5, 0.4)
    paper.text(middle, 28, say(language, "appointment_title"), 15, bold=True, align="centre")
    paper.text(left, 34, say(language, "to"), 7.5)
    paper.block((left, 34.8, room, 10.5), slip.name, 13, bold=True)
    _promise(paper, slip, (left, 46.5, room, 15), language)
    paper.text(middle, 67.5, say(language, "appointment_code"), 8, align="centre")
    _code(paper, slip.tracking_code, (left, 69, room, 19))
    side = paper.qr(left - 2, 89.5, slip.qr)
    beside = left + side - 1
    steps = (("appointment_scan", 7.5), ("appointment_call", 7.5))
    y = 92.0
    for name, size in steps:
        y = paper.block((beside, y, left + room - beside, 12), say(language, name), size) + 0.8
    paper.block((beside, y, left + room - beside, 7), slip.hotline, 15, bold=True)
    foot = max(122.0, 88.5 + side)
    if foot > LOWEST_FOOT:
        raise CannotDraw("the address of the tracking page is too long for its code")
    paper.line(left, foot, left + room, foot, 0.2)
    end = paper.block((left, foot + 1.5, room, 8), say(language, "appointment_digits"), 8, bold=True)
    end = paper.block((left, end + 0.6, room, 7), say(language, "appointment_beware"), 7.5)
    paper.block((left, end + 0.6, room, 146 - end), slip.tracking_address, 7, may_cut=True)


def _promise(paper: Paper, slip: Appointment, box: tuple[float, float, float, float], language: Language) -> None:
    x, y, width, height = box
    paper.box(x, y, width, height, line=0.5)
    paper.text(x + 2.5, y + 5, say(language, "appointment_promised"), 8)
    paper.text(x + width - 2.5, y + 6.5, slip.promised, 15, bold=True, align="right", room=width - 36)
    slot = f"{say(language, 'slot')}: {slip.slot or say(language, 'any_time')}"
    paper.block((x + 2.5, y + 8.5, width - 5, height - 9), slot, 9, bold=True)


def _code(paper: Paper, code: str, box: tuple[float, float, float, float]) -> None:
    """The code in two lines of whole groups, as large as the paper is wide."""
    groups = code.split("-")
    half = (len(groups) + 1) // 2
    x, y, width, height = box
    for row, part in enumerate((groups[:half], groups[half:])):
        line = " - ".join(part)
        size, shown = one_line(normal(line), BOLD, LARGEST_CODE, width)
        if size < SMALLEST_CODE or shown != normal(line):
            raise CannotDraw("the tracking code is too long to be read out from a slip")
        paper.text(x + width / 2, y + (row + 1) * height / 2 - 1.5, shown, size, bold=True, align="centre")
