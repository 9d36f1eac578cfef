"""A map without a map: ward borders, the numbered doors, and the line that joins them, north at the top."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from labels.model import Outline, Point, RouteSheet, RouteStop
from labels.paper import Paper
from labels.texts import Language, say

EDGE = 5.0
DOT_RADIUS = 2.6
# Doors closer than this on paper share one dot, with the first of their numbers.
TOGETHER = 3.8
NO_EYE = 0.25
# A ward's name stands above its middle, where the office often is.
NAME_ABOVE = 6.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Where degrees land on the paper: in mm from its top left."""

    x: float
    y: float
    width: float
    height: float
    south: float
    west: float
    scale: float
    squeeze: float

    @classmethod
    def around(cls, points: Sequence[Point], x: float, y: float, width: float, height: float) -> "Frame":
        """The largest scale at which all points lie inside the box."""
        lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
        squeeze = math.cos(math.radians(sum(lats) / len(lats)))
        tall, wide = max(lats) - min(lats), (max(lons) - min(lons)) * squeeze
        scale = min((height - 2 * EDGE) / max(tall, 1e-4), (width - 2 * EDGE) / max(wide, 1e-4))
        south = min(lats) - ((height - 2 * EDGE) / scale - tall) / 2
        west = min(lons) - ((width - 2 * EDGE) / scale - wide) / 2 / squeeze
        return cls(x, y, width, height, south, west, scale, squeeze)

    def place(self, point: Point) -> Point:
        """The point on the paper."""
        lat, lon = point
        east = (lon - self.west) * self.squeeze * self.scale
        north = (lat - self.south) * self.scale
        return self.x + EDGE + east, self.y + self.height - EDGE - north

    def holds(self, point: Point) -> bool:
        """Whether a point of the paper is not far off the box: a line may cross it with both ends outside."""
        x, y = point
        return (
            self.x - self.width <= x <= self.x + 2 * self.width
            and self.y - self.height <= y <= self.y + 2 * self.height
        )


def draw_sketch(paper: Paper, box: tuple[float, float, float, float], sheet: RouteSheet, language: Language) -> None:
    """Draw a route into `box` (x, y, width, height in mm): along its way, or straight from door to door."""
    straight = [sheet.start, *(stop.point for stop in sheet.stops), sheet.start]
    frame = Frame.around([*straight, *sheet.way], *box)
    alt = say(language, "sketch_alt", count=len(sheet.stops))
    with paper.part("Figure", alt), paper.set_apart(clip=box):
        _lines(paper, frame, sheet.streets, grey=0.82, width=0.5)
        _lines(
            paper, frame, [[*border.points, border.points[0]] for border in sheet.outlines if border.points], 0.6, 0.7
        )
        _lines(paper, frame, [sheet.way or straight], grey=0.3, width=0.45)
        _names(paper, frame, sheet.outlines)
        _doors(paper, frame, sheet.stops)
        _office(paper, frame, sheet.start)
        _north(paper, frame, say(language, "north"))
    paper.box(*box, line=0.4)


def _lines(paper: Paper, frame: Frame, lines: Iterable[Sequence[Point]], grey: float, width: float) -> None:
    with paper.set_apart(grey=grey):
        for line in lines:
            points = _thinned([frame.place(point) for point in line])
            if len(points) > 1 and any(frame.holds(point) for point in points):
                paper.polyline(points, width)


def _thinned(points: list[Point]) -> list[Point]:
    """Without the points that lie so close to the one before that no eye tells them apart."""
    kept = points[:1]
    for point in points[1:-1]:
        if math.dist(kept[-1], point) >= NO_EYE:
            kept.append(point)
    return [*kept, *points[1:][-1:]]


def _names(paper: Paper, frame: Frame, outlines: Sequence[Outline]) -> None:
    with paper.set_apart(grey=0.45):
        for border in outlines:
            middle = (fmean(lat for lat, _ in border.points), fmean(lon for _, lon in border.points))
            x, y = frame.place(middle)
            if frame.x < x < frame.x + frame.width and frame.y < y < frame.y + frame.height:
                paper.text(x, y - NAME_ABOVE, border.name, 11, bold=True, align="centre")


def _doors(paper: Paper, frame: Frame, stops: Sequence[RouteStop]) -> None:
    groups: list[tuple[Point, list[int]]] = []
    for stop in stops:
        here = frame.place(stop.point)
        near = next((group for group in groups if math.dist(group[0], here) < TOGETHER), None)
        if near is None:
            groups.append((here, [stop.position]))
        else:
            near[1].append(stop.position)
    for (x, y), numbers in groups:
        paper.circle(x, y, DOT_RADIUS)
        shown = str(numbers[0]) + ("+" if len(numbers) > 1 else "")
        size = 8 if len(shown) < 3 else 6
        paper.text(x, y + size * 0.13, shown, size, bold=True, align="centre")


def _office(paper: Paper, frame: Frame, start: Point) -> None:
    x, y = frame.place(start)
    paper.box(x - 2, y - 2, 4, 4, fill=True)


def _north(paper: Paper, frame: Frame, letter: str) -> None:
    x, y = frame.x + frame.width - 5, frame.y + 3
    paper.area([(x, y), (x - 1.6, y + 5), (x, y + 4), (x + 1.6, y + 5)])
    paper.text(x, y + 8.5, letter, 8, bold=True, align="centre")
