"""A5 sheets for letters, which ReportLab's own layout of paragraphs fills: it needs a canvas of its own."""

import io

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from labels.fonts import BOLD, REGULAR, typeface
from labels.lettering import LEADING, fit, normal
from labels.texts import Language

Size = tuple[float, float]


class LetterSheet:
    """Pages of one size, in millimetres from the top left. The same content makes the same bytes."""

    def __init__(self, size: Size, title: str, language: Language) -> None:
        typeface(REGULAR)
        self.width, self.height = size
        self._out = io.BytesIO()
        self.canvas = Canvas(
            self._out, pagesize=(size[0] * mm, size[1] * mm), invariant=1, pageCompression=1, lang=language
        )
        self.canvas.setTitle(title)
        self.canvas.setCreator("Tận Nhà")

    def next_page(self) -> None:
        self.canvas.showPage()

    def finish(self) -> bytes:
        """The whole PDF."""
        self.canvas.save()
        return self._out.getvalue()

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.25) -> None:
        self.canvas.setLineWidth(width * mm)
        self.canvas.line(x1 * mm, (self.height - y1) * mm, x2 * mm, (self.height - y2) * mm)

    def box(self, x: float, y: float, width: float, height: float, line: float = 0.25) -> None:
        self.canvas.setLineWidth(line * mm)
        self.canvas.rect(x * mm, (self.height - y - height) * mm, width * mm, height * mm)

    def centred(self, x: float, y: float, text: str, size: float) -> None:
        """One line with its baseline at `y`, around `x`."""
        self.canvas.setFont(REGULAR, size)
        self.canvas.drawCentredString(x * mm, (self.height - y) * mm, normal(text))

    def block(self, x: float, y: float, room: Size, text: str, size: float, *, bold: bool = False) -> float:
        """Lines within a box, smaller where they must be, cut with an ellipsis at the smallest; where they end."""
        font = BOLD if bold else REGULAR
        size, lines = fit(normal(text), font, size, room, may_cut=True)
        self.canvas.setFont(font, size)
        step = size * LEADING / mm
        for at, line in enumerate(lines):
            self.canvas.drawString(x * mm, (self.height - y - step * at) * mm - size * 0.95, line)
        return y + step * len(lines)
