"""A sheet to draw on: millimetres from the top left, text that always fits, codes that a scan gun reads.

Every page is written as soon as it is full, tagged for screen readers and fit for an archive. Text that is put into no
part is a paragraph, a code is a picture with a description, and lines are decoration.
"""

import io
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import BinaryIO, Self

from labels.archive import describe
from labels.codes import BAR, DOT, QR_MODULE, QR_QUIET, QUIET_BARS, Drawn, bars, qr
from labels.fonts import BOLD, REGULAR, Lettering, typeface
from labels.lettering import LEADING, MM, fit, normal, width
from labels.pdf import PdfFile
from labels.structure import GROUPS, Structure
from labels.texts import Language, say

A4 = (210.0, 297.0)
A6_THERMAL = (100.0, 150.0)
PAGES_TOGETHER = 64
# Baselines lie so far below the top of their line.
ASCENT = 0.95
CELL_EDGE = 0.6
Size = tuple[float, float]
Box = tuple[float, float, float, float]
Place = tuple[float, float]


class Paper:
    """A PDF in the making. The same content makes the same bytes."""

    def __init__(self, size: Size, title: str, language: Language = "vi", to: BinaryIO | None = None) -> None:
        self.width, self.height = size
        self._own = io.BytesIO()
        self._file = PdfFile(self._own if to is None else to)
        self._language: Language = language
        self._fonts = {REGULAR: Lettering(typeface(REGULAR)), BOLD: Lettering(typeface(BOLD))}
        self._resources, self._root = self._file.reserve(), self._file.reserve()
        self._catalogue, self._info = describe(self._file, title, language)
        self._structure = Structure(self._file)
        self._nodes = array("L")
        self._siblings: list[int] = []
        self._pages = 0
        self._ops: list[str] = []
        self._marked = ""
        self._page = 0
        self._entry = 0
        self._origin: Place = (0.0, 0.0)
        self._scale = 1.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def next_page(self) -> None:
        """The page is full: it is written, and what comes is drawn on the next."""
        self._begin_page()
        self._mark("")
        content = self._file.add_stream("", "\n".join(self._ops).encode("ascii"))
        if not self._siblings:
            self._nodes.append(self._file.reserve())
        self._file.add(
            f"<</Type/Page/Parent {self._nodes[-1]} 0 R/MediaBox[0 0 {self.width * MM:.4f} {self.height * MM:.4f}]"
            f"/Resources {self._resources} 0 R/Contents {content} 0 R/StructParents {self._entry}>>",
            self._page,
        )
        self._structure.end_page()
        self._siblings.append(self._page)
        self._pages += 1
        self._ops, self._page = [], 0
        if len(self._siblings) == PAGES_TOGETHER:
            self._write_siblings()

    def finish(self) -> bytes:
        """Write what is left; returns the whole PDF, unless it went into a file of the caller's."""
        if self._ops or not self._pages:
            self.next_page()
        self._write_siblings()
        kids = " ".join(f"{node} 0 R" for node in self._nodes)
        self._file.add(f"<</Type/Pages/Count {self._pages}/Kids[{kids}]>>", self._root)
        used = {name: self._file.reserve() for name, lettering in self._fonts.items() if lettering.letters}
        for name, number in used.items():
            self._fonts[name].put_into(self._file, number)
        names = "".join(f"/{_SHORT[name]} {number} 0 R" for name, number in used.items())
        self._file.add(f"<</Font<<{names}>>>>", self._resources)
        self._structure.finish()
        root = self._file.add(
            f"<</Type/Catalog/Pages {self._root} 0 R/StructTreeRoot {self._structure.root} 0 R{self._catalogue}>>"
        )
        self._file.finish(root, self._info)
        return self._own.getvalue()

    @contextmanager
    def part(self, kind: str, alt: str = "") -> Iterator[None]:
        """What is drawn inside is one part for screen readers: `P`, `H1`, `Figure`, or a group such as `Sect`, `TR`."""
        self._begin_page()
        self._mark("")
        self._structure.open(kind, normal(alt))
        yield
        self._mark("")
        self._structure.close()

    @contextmanager
    def within(self, x: float, y: float, scale: float = 1.0) -> Iterator[None]:
        """Inside, millimetres count from `x`, `y` of the page and are `scale` times as large. Not to be nested."""
        self._begin_page()
        self._mark("")
        self._origin, self._scale = (x, y), scale
        up = self.height * (1 - scale) - y
        self._ops.append(f"q {scale:g} 0 0 {scale:g} {x * MM:.4f} {up * MM:.4f} cm")
        yield
        self._mark("")
        self._ops.append("Q")
        self._origin, self._scale = (0.0, 0.0), 1.0

    @contextmanager
    def set_apart(self, *, grey: float = 0.0, dashes: Place | None = None, clip: Box | None = None) -> Iterator[None]:
        """Inside, what is drawn is `grey` (0 is black), its lines are in `dashes`, and nothing lies off `clip`."""
        self._begin_page()
        self._mark("")
        self._ops.append(f"q {grey:g} G {grey:g} g")
        if dashes is not None:
            self._ops.append(f"[{dashes[0] * MM:.2f} {dashes[1] * MM:.2f}] 0 d")
        if clip is not None:
            self._ops.append(f"{self._rectangle(clip)} W n")
        yield
        self._mark("")
        self._ops.append("Q")

    def text(self, x: float, y: float, text: str, size: float, *, bold: bool = False, align: str = "left") -> None:
        """One line with its baseline at `y`; `x` is its left end, middle or right end."""
        text, font = normal(text), BOLD if bold else REGULAR
        if align != "left":
            x -= width(text, font, size) * {"centre": 0.5, "right": 1.0}[align]
        alone = self._begin_reading()
        self._put(x, y, text, font, size)
        self._end_reading(alone=alone)

    def block(self, box: Box, text: str, size: float, *, bold: bool = False, may_cut: bool = False) -> float:
        """Text broken into lines inside a box, smaller where it must be; returns where it ends.

        Raises CannotDraw for text that does not fit at the smallest size that people can read, unless it may be cut:
        then it ends in an ellipsis.
        """
        x, y, wide, high = box
        font = BOLD if bold else REGULAR
        size, lines = fit(normal(text), font, size, (wide, round(high, 3)), may_cut=may_cut)
        step = size * LEADING / MM
        alone = self._begin_reading()
        for number, line in enumerate(lines):
            self._put(x, y + step * number + size * ASCENT / MM, line, font, size)
        self._end_reading(alone=alone)
        return y + step * len(lines)

    def centred_block(self, box: Box, text: str, size: float, *, bold: bool = False) -> None:
        """Text in the middle of the height of a box, as in a table's cell; too much of it ends in an ellipsis."""
        x, y, wide, high = box
        size, lines = fit(
            normal(text), BOLD if bold else REGULAR, size, (wide, round(high - CELL_EDGE, 3)), may_cut=True
        )
        above = (high - size * LEADING / MM * len(lines)) / 2
        self.block((x, y + above, wide, high - CELL_EDGE), text, size, bold=bold, may_cut=True)

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.25) -> None:
        self.polyline(((x1, y1), (x2, y2)), width)

    def polyline(self, points: Sequence[Place], width: float = 0.25) -> None:
        """Straight from point to point."""
        self._shape(f"{width * MM:.2f} w {self._way(points)} S")

    def box(self, x: float, y: float, width: float, height: float, *, fill: bool = False, line: float = 0.25) -> None:
        self._shape(f"{line * MM:.2f} w {self._rectangle((x, y, width, height))} {'B' if fill else 'S'}")

    def area(self, points: Sequence[Place]) -> None:
        """The ground within a closed border, without the border."""
        self._shape(f"{self._way(points)} f")

    def circle(self, x: float, y: float, radius: float, *, line: float = 0.25, grey: float = 1.0) -> None:
        """A disc of that shade with a black rim."""
        middle = f"{x * MM:.2f} {(self.height - y) * MM:.2f}"
        # A line without length, with round ends: first as wide as the rim, then as the inside.
        dots = ((radius + line / 2, 0.0), (radius - line / 2, grey))
        drawn = " ".join(f"{shade:g} G {2 * half * MM:.2f} w {middle} m {middle} l S" for half, shade in dots)
        self._shape(f"q 1 J {drawn} Q")

    def barcode(self, x: float, y: float, code: str, height: float, *, centred: bool = False, dots: int = 3) -> float:
        """Code 128 with its quiet zones, from (or around) `x`, top at `y`, bars of so many printer dots; its width.

        Raises CannotDraw for what Code 128 cannot carry at this size.
        """
        bar = BAR * dots / 3
        drawn = bars(code)
        whole = (drawn.across + 2 * QUIET_BARS) * bar
        left = self._on_dot(x - whole / 2 if centred else x, 0) + QUIET_BARS * bar
        self._code(drawn, left, y + height, (bar, height), say(self._language, "bars_alt", code=code))
        return whole

    def qr(self, x: float, y: float, payload: str, module: float = QR_MODULE) -> float:
        """A QR code with its quiet zone, top left at `x`, `y`; returns its side.

        Raises CannotDraw for what is too long.
        """
        drawn = qr(payload)
        left, top = self._on_dot(x, 0) + QR_QUIET * module, self._on_dot(y, 1) + QR_QUIET * module
        self._code(drawn, left, top + drawn.across * module, (module, module), say(self._language, "qr_alt"))
        return (drawn.across + 2 * QR_QUIET) * module

    def _code(self, drawn: Drawn, left: float, bottom: float, module: Size, alt: str) -> None:
        at = f"{left * MM:.4f} {(self.height - bottom) * MM:.4f}"
        with self.part("Figure", alt):
            self._mark("Figure")
            self._ops.append(f"q {module[0] * MM:.5f} 0 0 {module[1] * MM:.5f} {at} cm\n{drawn.path}\nf Q")

    def _on_dot(self, at: float, axis: int) -> float:
        """The place nearest to `at` that is a whole number of the printer's dots from the page's edge."""
        origin = self._origin[axis]
        return (round((origin + at * self._scale) / DOT) * DOT - origin) / self._scale

    def _put(self, x: float, y: float, text: str, font: str, size: float) -> None:
        # The blank at the end keeps words of two lines apart where a screen reader strings the pieces together.
        written = self._fonts[font].written(f"{text} ")
        self._ops.append(f"BT/{_SHORT[font]} {size:g} Tf {x * MM:.2f} {(self.height - y) * MM:.2f} Td{written}Tj ET")

    def _shape(self, drawn: str) -> None:
        self._begin_page()
        self._mark(self._structure.innermost if self._structure.innermost == "Figure" else "Artifact")
        self._ops.append(drawn)

    def _rectangle(self, box: Box) -> str:
        x, y, wide, high = box
        return f"{x * MM:.2f} {(self.height - y - high) * MM:.2f} {wide * MM:.2f} {high * MM:.2f} re"

    def _way(self, points: Sequence[Place]) -> str:
        steps = [f"{x * MM:.2f} {(self.height - y) * MM:.2f}" for x, y in points]
        return f"{steps[0]} m " + " ".join(f"{step} l" for step in steps[1:])

    def _begin_reading(self) -> bool:
        """Text that stands in no part is a paragraph of its own; whether it is so."""
        self._begin_page()
        alone = self._structure.innermost in GROUPS
        if alone:
            self._mark("")
            self._structure.open("P", "")
        self._mark(self._structure.innermost)
        return alone

    def _end_reading(self, *, alone: bool) -> None:
        if alone:
            self._mark("")
            self._structure.close()

    def _mark(self, kind: str) -> None:
        """What is drawn from now on belongs to the open part, is decoration (`Artifact`), or is not said."""
        if kind == self._marked:
            return
        if self._marked:
            self._ops.append("EMC")
        if kind == "Artifact":
            self._ops.append("/Artifact BMC")
        elif kind:
            self._ops.append(f"/{kind}<</MCID {self._structure.piece()}>>BDC")
        self._marked = kind

    def _begin_page(self) -> None:
        if not self._page:
            self._page = self._file.reserve()
            self._entry = self._structure.begin_page(self._page)

    def _write_siblings(self) -> None:
        if self._siblings:
            kids = " ".join(f"{page} 0 R" for page in self._siblings)
            self._file.add(
                f"<</Type/Pages/Parent {self._root} 0 R/Count {len(self._siblings)}/Kids[{kids}]>>", self._nodes[-1]
            )
            self._siblings = []


_SHORT = {REGULAR: "F1", BOLD: "F2"}
