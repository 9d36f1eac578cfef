"""A sheet to draw on: millimetres from the top left, text that always fits, codes that a scan gun reads.

Sizes of codes are whole dots of a 203-dpi thermal printer (0.125 mm): a bar narrower or of broken width is what makes
labels unreadable.
"""

import io
import re
import unicodedata
from types import TracebackType
from typing import Self

import segno
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from labels.errors import CannotDraw
from labels.fonts import BOLD, REGULAR, register

DOT = 25.4 / 203
BAR = 3 * DOT
QUIET_BARS = 10
QR_MODULE = 6 * DOT
QR_QUIET = 4
LEADING = 1.22
SMALLEST = 5.5
_ENCODABLE = re.compile(r"[\x20-\x7e]{1,40}")

A4 = (210.0, 297.0)
A6_THERMAL = (100.0, 150.0)
Size = tuple[float, float]
Box = tuple[float, float, float, float]


class Paper:
    """A PDF in the making. The same content makes the same bytes."""

    def __init__(self, size: Size, title: str, language: str = "vi") -> None:
        register()
        self.width, self.height = size
        self._out = io.BytesIO()
        self.canvas = Canvas(
            self._out, pagesize=(size[0] * mm, size[1] * mm), invariant=1, pageCompression=1, lang=language
        )
        self.canvas.setTitle(title)
        self.canvas.setCreator("Tận Nhà")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def next_page(self) -> None:
        self.canvas.showPage()

    def finish(self) -> bytes:
        """The whole PDF."""
        self.canvas.save()
        return self._out.getvalue()

    def text(self, x: float, y: float, text: str, size: float, *, bold: bool = False, align: str = "left") -> None:
        """One line with its baseline at `y`; `x` is its left end, middle or right end."""
        self.canvas.setFont(BOLD if bold else REGULAR, size)
        draw = {
            "left": self.canvas.drawString,
            "centre": self.canvas.drawCentredString,
            "right": self.canvas.drawRightString,
        }[align]
        draw(x * mm, (self.height - y) * mm, normal(text))

    def block(self, box: Box, text: str, size: float, *, bold: bool = False, may_cut: bool = False) -> float:
        """Text broken into lines inside a box, smaller where it must be; returns where it ends.

        Raises CannotDraw for text that does not fit at the smallest size that people can read, unless it may be cut:
        then it ends in an ellipsis.
        """
        x, y, width, height = box
        font = BOLD if bold else REGULAR
        size, lines = fit(normal(text), font, size, (width, height), may_cut=may_cut)
        self.canvas.setFont(font, size)
        step = size * LEADING / mm
        for number, line in enumerate(lines):
            self.canvas.drawString(x * mm, (self.height - y - step * number) * mm - size * 0.95, line)
        return y + step * len(lines)

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.25) -> None:
        self.canvas.setLineWidth(width * mm)
        self.canvas.line(x1 * mm, (self.height - y1) * mm, x2 * mm, (self.height - y2) * mm)

    def box(self, x: float, y: float, width: float, height: float, *, fill: bool = False, line: float = 0.25) -> None:
        self.canvas.setLineWidth(line * mm)
        self.canvas.rect(x * mm, (self.height - y - height) * mm, width * mm, height * mm, stroke=1, fill=int(fill))

    def barcode(self, x: float, y: float, code: str, height: float, *, centred: bool = False) -> float:
        """Code 128 with its quiet zones, from (or around) `x`, top at `y`; returns its width.

        Raises CannotDraw for what Code 128 cannot carry at this size.
        """
        if not _ENCODABLE.fullmatch(code):
            raise CannotDraw(f"{code!r} cannot be a bar code")
        bars = Code128(code, barWidth=BAR * mm, barHeight=height * mm, quiet=True, lquiet=QUIET_BARS * BAR * mm,
                       rquiet=QUIET_BARS * BAR * mm)  # fmt: skip
        width = float(bars.width) / mm
        left = x - width / 2 if centred else x
        # Bars begin on a whole dot of the printer.
        left = round(left / DOT) * DOT
        bars.drawOn(self.canvas, left * mm, (self.height - y - height) * mm)
        return width

    def qr(self, x: float, y: float, payload: str) -> float:
        """A QR code with its quiet zone, top left at `x`, `y`; returns its side."""
        code = segno.make_qr(payload, error="q")
        rows = [list(row) for row in code.matrix]
        left, top = round(x / DOT) * DOT + QR_QUIET * QR_MODULE, y + QR_QUIET * QR_MODULE
        self.canvas.saveState()
        path = self.canvas.beginPath()
        for line, row in enumerate(rows):
            for start, length in _runs(row):
                path.rect(
                    (left + start * QR_MODULE) * mm,
                    (self.height - top - (line + 1) * QR_MODULE) * mm,
                    length * QR_MODULE * mm,
                    QR_MODULE * mm,
                )
        self.canvas.drawPath(path, stroke=0, fill=1)
        self.canvas.restoreState()
        return (len(rows) + 2 * QR_QUIET) * QR_MODULE


def normal(text: str) -> str:
    """One form for each letter, no line breaks or invisible marks that could change what is read."""
    kept = (" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in text)
    visible = "".join(letter for letter in kept if unicodedata.category(letter) not in {"Cf", "Cs"})
    return " ".join(unicodedata.normalize("NFC", visible).split())


def fit(text: str, font: str, size: float, room: Size, *, may_cut: bool = False) -> tuple[float, list[str]]:
    """The largest size up to `size` at which `text` fits into `room` (width, height in mm), and its lines.

    Raises CannotDraw when it does not fit at the smallest and may not be cut.
    """
    while True:
        lines = _wrap(text, font, size, room[0] * mm)
        most = int((room[1] * mm + 0.01) / (size * LEADING))
        if len(lines) <= most:
            return size, lines
        if size <= SMALLEST:
            break
        size = max(SMALLEST, size - 0.5)
    if not may_cut:
        raise CannotDraw(f"this text is too long for its place on the paper: {text[:40]}…")
    return size, [*lines[: most - 1], f"{lines[most - 1][:-2]}…"] if most > 0 else []


def _wrap(text: str, font: str, size: float, width: float) -> list[str]:
    lines: list[str] = []
    for line in simpleSplit(text, font, size, width):
        lines += _broken(line, font, size, width)
    return lines


def _broken(line: str, font: str, size: float, width: float) -> list[str]:
    """A line without blanks that is too long is broken between letters."""
    parts = [""]
    for letter in line:
        if parts[-1] and stringWidth(parts[-1] + letter, font, size) > width:
            parts.append("")
        parts[-1] += letter
    return parts


def _runs(row: list[int]) -> list[tuple[int, int]]:
    """Where dark modules begin in a row, and how many follow each other."""
    runs: list[tuple[int, int]] = []
    for column, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == column:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((column, 1))
    return runs
