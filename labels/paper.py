"""A sheet to draw on: millimetres from the top left, text that always fits, codes that a scan gun reads.

Every page is written as soon as it is full, tagged for screen readers and fit for an archive. Text that is put into no
part is a paragraph, a code is a picture with a description, and lines are decoration.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import BinaryIO, Self

from labels.codes import BAR, DOT, QR_MODULE, QR_QUIET, QUIET_BARS, Drawn, bars, qr
from labels.document import Document, Run
from labels.errors import CannotDraw
from labels.fonts import BOLD, REGULAR
from labels.lettering import LEADING, MM, WIDEST, fit, normal, one_line, width
from labels.texts import Language, say

A4 = (210.0, 297.0)
A6_THERMAL = (100.0, 150.0)
# Baselines lie so far below the top of their line.
ASCENT = 0.95
CELL_EDGE = 0.6
# How high small letters are, of the size.
X_HEIGHT = 0.55
Size = tuple[float, float]
Box = tuple[float, float, float, float]
Place = tuple[float, float]
Curve = tuple[Place, Place, Place]
Colour = tuple[float, float, float]
"""Red, green, blue from 0 to 1, as sRGB has them."""


class Paper:
    """A PDF in the making. The same content makes the same bytes."""

    def __init__(self, size: Size, title: str, language: Language = "vi", to: BinaryIO | None = None) -> None:
        self.width, self.height = size
        self._language: Language = language
        self._document = Document(size, title, language, to)
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
        self._document.next_page()

    def finish(self) -> bytes:
        """Write what is left; returns the whole PDF, unless it went into a file of the caller's."""
        return self._document.finish()

    def part(self, kind: str, alt: str = "") -> AbstractContextManager[None]:
        """What is drawn inside is one part for screen readers: `P`, `H1`, `Figure`, or a group such as `Sect`, `TR`."""
        return self._document.part(kind, normal(alt))

    @contextmanager
    def within(self, x: float, y: float, scale: float = 1.0) -> Iterator[None]:
        """Inside, millimetres count from `x`, `y` of the page and are `scale` times as large. Not to be nested."""
        up = self.height * (1 - scale) - y
        self._origin, self._scale = (x, y), scale
        with self._document.state(f"{scale:g} 0 0 {scale:g} {x * MM:.4f} {up * MM:.4f} cm"):
            yield
        self._origin, self._scale = (0.0, 0.0), 1.0

    def set_apart(
        self,
        *,
        grey: float = 0.0,
        colour: Colour | None = None,
        dashes: Place | None = None,
        clip: Box | None = None,
    ) -> AbstractContextManager[None]:
        """Inside, what is drawn is `grey` (0 is black) or of a colour, in `dashes`, and nothing lies off `clip`."""
        shade = f"{grey:g} G {grey:g} g"
        if colour is not None:
            mixed = " ".join(f"{part:g}" for part in colour)
            shade = f"{mixed} RG {mixed} rg"
        dashed = f" [{dashes[0] * MM:.2f} {dashes[1] * MM:.2f}] 0 d" if dashes is not None else ""
        clipped = f" {self._rectangle(clip)} W n" if clip is not None else ""
        return self._document.state(f"{shade}{dashed}{clipped}")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        align: str = "left",
        room: float | None = None,
    ) -> None:
        """One line with its baseline at `y`; `x` is its left end, middle or right end.

        Text that comes from outside has a `room`: it shrinks to that width, and at the smallest size it is cut with an
        ellipsis.
        """
        text, font = normal(text), BOLD if bold else REGULAR
        # Most texts are so short that nothing need be measured.
        if room is not None and len(text) * size * WIDEST > room * MM:
            size, text = one_line(text, font, size, room)
        if align != "left":
            x -= width(text, font, size) * {"centre": 0.5, "right": 1.0}[align]
        self._document.put_lines([(x * MM, (self.height - y) * MM, text)], font, size)

    def turned_text(self, middle: Place, turn: float, text: str, size: float) -> None:
        """One line around `middle`, turned clockwise by so many degrees."""
        text = normal(text)
        across, down = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        x, y = middle[0] * MM, (self.height - middle[1]) * MM
        left, low = -width(text, REGULAR, size) / 2 * MM, -size * X_HEIGHT / 2
        with self._document.state(f"{across:.4f} {-down:.4f} {down:.4f} {across:.4f} {x:.2f} {y:.2f} cm"):
            self._document.put_lines([(left, low, text)], REGULAR, size)

    def words(self, x: float, y: float, runs: Sequence[Run], size: float) -> None:
        """One line in several faces, from `x` on with its baseline at `y`; within a part that holds text."""
        self._document.put_runs(x * MM, (self.height - y) * MM, runs, size)

    def block(self, box: Box, text: str, size: float, *, bold: bool = False, may_cut: bool = False) -> float:
        """Text broken into lines inside a box, smaller where it must be; returns where it ends.

        Raises CannotDraw for text that does not fit at the smallest size that people can read, unless it may be cut:
        then it ends in an ellipsis.
        """
        x, y, wide, high = box
        font = BOLD if bold else REGULAR
        size, lines = fit(normal(text), font, size, (wide, round(high, 3)), may_cut=may_cut)
        left, top, step = x * MM, (self.height - y) * MM - size * ASCENT, size * LEADING
        self._document.put_lines([(left, top - step * at, line) for at, line in enumerate(lines)], font, size)
        return y + step / MM * len(lines)

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
        self.polylines((points,), width)

    def polylines(self, lines: Iterable[Sequence[Place]], width: float) -> None:
        """Many lines of one width and shade."""
        self._document.put_shape(f"{width * MM:.2f} w {' '.join(map(self._way, lines))} S")

    def box(self, x: float, y: float, width: float, height: float, *, fill: bool = False, line: float = 0.25) -> None:
        self._document.put_shape(f"{line * MM:.2f} w {self._rectangle((x, y, width, height))} {'B' if fill else 'S'}")

    def area(self, points: Sequence[Place]) -> None:
        """The ground within a closed border, without the border."""
        self._document.put_shape(f"{self._way(points)} f")

    def leaf(self, start: Place, curves: Sequence[Curve], width: float) -> None:
        """A white shape with a rim, from `start` along curves of Bézier: two places that pull, and where each ends."""
        steps = " ".join(" ".join(map(self._place, curve)) + " c" for curve in curves)
        self._document.put_shape(f"q 1 g {width * MM:.2f} w {self._place(start)} m {steps} B Q")

    def circle(self, x: float, y: float, radius: float, *, line: float = 0.25, grey: float = 1.0) -> None:
        """A disc of that shade with a black rim."""
        middle = f"{x * MM:.2f} {(self.height - y) * MM:.2f}"
        # A line without length, with round ends: first as wide as the rim, then as the inside.
        dots = ((radius + line / 2, 0.0), (radius - line / 2, grey))
        drawn = " ".join(f"{shade:g} G {2 * half * MM:.2f} w {middle} m {middle} l S" for half, shade in dots)
        self._document.put_shape(f"q 1 J {drawn} Q")

    def barcode(
        self,
        x: float,
        y: float,
        code: str,
        height: float,
        *,
        centred: bool = False,
        dots: float = 3,
        room: float | None = None,
    ) -> float:
        """Code 128 with its quiet zones, from (or around) `x`, top at `y`, bars of so many printer dots; its width.

        Raises CannotDraw for what Code 128 cannot carry at this size, or what is wider than `room`.
        """
        bar = BAR * dots / 3
        drawn = bars(code)
        whole = (drawn.across + 2 * QUIET_BARS) * bar
        if whole > (self.width if room is None else room):
            raise CannotDraw(f"{code!r} is too long for its place on the paper")
        left = self._on_dot(x - whole / 2 if centred else x, 0) + QUIET_BARS * bar
        self._code(drawn, left, y + height, (bar, height), say(self._language, "bars_alt", code=code))
        return whole

    def qr(self, x: float, y: float, payload: str, module: float = QR_MODULE, *, room: float | None = None) -> float:
        """A QR code with its quiet zone, top left at `x`, `y`; returns its side.

        Raises CannotDraw for what is too long, or larger than `room`.
        """
        drawn = qr(payload)
        if (drawn.across + 2 * QR_QUIET) * module > (self.width if room is None else room):
            raise CannotDraw("this text is too long for a QR code of this size")
        left, top = self._on_dot(x, 0) + QR_QUIET * module, self._on_dot(y, 1) + QR_QUIET * module
        self._code(drawn, left, top + drawn.across * module, (module, module), say(self._language, "qr_alt"))
        return (drawn.across + 2 * QR_QUIET) * module

    def _code(self, drawn: Drawn, left: float, bottom: float, module: Size, alt: str) -> None:
        at = f"{left * MM:.4f} {(self.height - bottom) * MM:.4f}"
        with self.part("Figure", alt):
            self._document.put_shape(f"q {module[0] * MM:.5f} 0 0 {module[1] * MM:.5f} {at} cm\n{drawn.path}\nf Q")

    def _on_dot(self, at: float, axis: int) -> float:
        """The place nearest to `at` that is a whole number of the printer's dots from the page's edge."""
        origin = self._origin[axis]
        return (round((origin + at * self._scale) / DOT) * DOT - origin) / self._scale

    def _rectangle(self, box: Box) -> str:
        x, y, wide, high = box
        return f"{x * MM:.2f} {(self.height - y - high) * MM:.2f} {wide * MM:.2f} {high * MM:.2f} re"

    def _way(self, points: Sequence[Place]) -> str:
        steps = [self._place(point) for point in points]
        return f"{steps[0]} m " + " ".join(f"{step} l" for step in steps[1:])

    def _place(self, place: Place) -> str:
        return f"{place[0] * MM:.2f} {(self.height - place[1]) * MM:.2f}"
