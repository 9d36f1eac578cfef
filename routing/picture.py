"""Lines, dots, squares, crosses and words, written as SVG by hand or painted as PNG; the same picture either way."""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import cycle, pairwise
from xml.etree import ElementTree as ET  # it writes  # nosec B405

from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]
INK, PAPER, LACKING = "#1a1a1a", "#ffffff", "#8b0000"
FONT = "Be Vietnam Pro"
# A PNG is painted so many times larger and then reduced: edges come out smooth.
FINER = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A way through `points`; `dash` is how long it is drawn and left out in turn, or nothing."""

    points: tuple[Point, ...]
    colour: str
    dash: tuple[float, ...] = ()
    width: float = 2.5


@dataclass(frozen=True, slots=True)
class Dot:
    """A circle with a number in it; `title` is what a pointer or a screen reader is told."""

    at: Point
    radius: float
    colour: str
    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Square:
    at: Point
    radius: float
    title: str


@dataclass(frozen=True, slots=True)
class Cross:
    at: Point
    radius: float
    title: str


@dataclass(frozen=True, slots=True)
class Text:
    """Words that begin at `at`, as high as `size`."""

    at: Point
    size: float
    text: str


Shape = Line | Dot | Square | Cross | Text


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that belong together, by the name of what they show."""

    title: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    title: str
    description: str
    groups: tuple[Group, ...]

    def svg(self) -> str:
        root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {self.width} {self.height}", "role": "img",
                "width": str(self.width), "height": str(self.height), "aria-labelledby": "title desc",
                "font-family": f"'{FONT}', sans-serif",
            },
        )  # fmt: skip
        ET.SubElement(root, "title", {"id": "title"}).text = self.title
        ET.SubElement(root, "desc", {"id": "desc"}).text = self.description
        ET.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": PAPER})
        for group in self.groups:
            within = ET.SubElement(root, "g")
            ET.SubElement(within, "title").text = group.title
            for shape in group.shapes:
                _write(within, shape)
        ET.indent(root, " ")
        return ET.tostring(root, encoding="unicode") + "\n"

    def png(self) -> bytes:
        image = Image.new("RGB", (self.width * FINER, self.height * FINER), PAPER)
        brush = _Brush(ImageDraw.Draw(image))
        for group in self.groups:
            for shape in group.shapes:
                brush.paint(shape)
        file = io.BytesIO()
        image.reduce(FINER).save(file, "PNG")
        return file.getvalue()


def _write(within: ET.Element, shape: Shape) -> None:
    match shape:
        case Line():
            line = ET.SubElement(within, "polyline", _stroke(shape.colour, shape.width))
            line.set("points", " ".join(f"{_short(x)},{_short(y)}" for x, y in shape.points))
            if shape.dash:
                line.set("stroke-dasharray", " ".join(map(_short, shape.dash)))
        case Dot():
            _write_dot(within, shape)
        case Square((x, y), radius, title):
            corner = {"x": _short(x - radius), "y": _short(y - radius)}
            side = {"width": _short(2 * radius), "height": _short(2 * radius)}
            square = ET.SubElement(within, "rect", {**corner, **side, "fill": INK, "stroke": PAPER})
            ET.SubElement(square, "title").text = title
        case Cross((x, y), radius, title):
            ways = f"M{_short(x - radius)},{_short(y - radius)} l{_short(2 * radius)},{_short(2 * radius)}"
            back = f"M{_short(x - radius)},{_short(y + radius)} l{_short(2 * radius)},{_short(-2 * radius)}"
            cross = ET.SubElement(within, "path", {**_stroke(LACKING, radius / 2), "d": f"{ways} {back}"})
            ET.SubElement(cross, "title").text = title
        case Text((x, y), size, words):
            text = {"x": _short(x), "y": _short(y), "font-size": _short(size), "fill": INK}
            ET.SubElement(within, "text", text).text = words


def _write_dot(within: ET.Element, dot: Dot) -> None:
    place = {"cx": _short(dot.at[0]), "cy": _short(dot.at[1]), "r": _short(dot.radius)}
    circle = ET.SubElement(within, "circle", {**place, "fill": PAPER, "stroke": dot.colour, "stroke-width": "1.5"})
    ET.SubElement(circle, "title").text = dot.title
    # Not every viewer knows baselines: a digit's middle lies a third of its size above the line.
    middle = {"x": place["cx"], "y": _short(dot.at[1] + 0.35 * _number_size(dot)), "text-anchor": "middle"}
    # A pointer over the number means the dot beneath.
    style = {"font-size": _short(_number_size(dot)), "fill": INK, "pointer-events": "none"}
    ET.SubElement(within, "text", {**middle, **style}).text = dot.text


def _stroke(colour: str, width: float) -> dict[str, str]:
    return {"fill": "none", "stroke": colour, "stroke-width": _short(width), "stroke-linejoin": "round"}


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _number_size(dot: Dot) -> float:
    """High enough to be read, small enough that all digits lie within the dot."""
    return dot.radius * (1.25 if len(dot.text) < 2 else 1.05 if len(dot.text) == 2 else 0.8)


class _Brush:
    def __init__(self, paper: ImageDraw.ImageDraw) -> None:
        self.paper = paper
        self.font = str(resources.files("fontpkg_be_vietnam_pro") / "files" / "BeVietnamPro-Regular.ttf")
        self.fonts: dict[int, ImageFont.FreeTypeFont] = {}

    def paint(self, shape: Shape) -> None:
        match shape:
            case Line():
                for piece in _pieces(shape.points, shape.dash):
                    self._stroke(piece, shape.colour, shape.width)
            case Dot(at, radius, colour, text, _):
                self.paper.ellipse(_box(at, radius), PAPER, colour, round(1.5 * FINER))
                self._say(at, _number_size(shape), text, "mm")
            case Square(at, radius, _):
                self.paper.rectangle(_box(at, radius), INK, PAPER, FINER)
            case Cross((x, y), r, _):
                self._stroke([(x - r, y - r), (x + r, y + r)], LACKING, r / 2)
                self._stroke([(x - r, y + r), (x + r, y - r)], LACKING, r / 2)
            case Text(at, size, text):
                self._say(at, size, text, "ls")

    def _stroke(self, points: Sequence[Point], colour: str, width: float) -> None:
        finer = [(x * FINER, y * FINER) for x, y in points]
        self.paper.line(finer, colour, round(width * FINER), "curve")

    def _say(self, at: Point, size: float, text: str, anchor: str) -> None:
        pixels = max(1, round(size * FINER))
        font = self.fonts.get(pixels) or self.fonts.setdefault(pixels, ImageFont.truetype(self.font, pixels))
        self.paper.text((at[0] * FINER, at[1] * FINER), text, INK, font, anchor)


def _box(at: Point, radius: float) -> tuple[float, float, float, float]:
    (x, y), r = at, radius
    return (x - r) * FINER, (y - r) * FINER, (x + r) * FINER, (y + r) * FINER


def _pieces(points: Sequence[Point], dash: Sequence[float]) -> Iterator[list[Point]]:
    """The parts of the way that are drawn, each without a gap."""
    if not dash:
        yield list(points)
        return
    lengths = cycle(dash)
    left, drawn, piece = next(lengths), True, [points[0]]
    for here, there in pairwise(points):
        gone, length = 0.0, math.dist(here, there)
        while length - gone > left:
            gone += left
            part = gone / length
            turn = (here[0] + part * (there[0] - here[0]), here[1] + part * (there[1] - here[1]))
            if drawn:
                yield [*piece, turn]
            left, drawn, piece = next(lengths), not drawn, [turn]
        left -= length - gone
        piece.append(there)
    if drawn and len(piece) > 1:
        yield piece
