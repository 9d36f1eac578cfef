"""A map without a map: ward borders, the numbered doors, and the line that joins them, north at the top."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from labels.model import Outline, Point, RouteStop
from labels.paper import Paper

EDGE = 5.0
DOT_RADIUS = 2.1
# Doors closer than this on paper share one dot, with all their numbers.
TOGETHER = 3.2


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


def draw_sketch(
    paper: Paper, box: tuple[float, float, float, float], start: Point, stops: Sequence[RouteStop],
    outlines: Sequence[Outline], way: Sequence[Point] = (),
) -> None:  # fmt: skip
    """Draw a route into `box` (x, y, width, height in mm): along `way`, or straight from door to door."""
    straight = [start, *(stop.point for stop in stops), start]
    frame = Frame.around([*straight, *way], *box)
    with paper.set_apart(clip=box):
        _borders(paper, frame, outlines)
        _way(paper, frame, way or straight)
        _doors(paper, frame, stops)
        _office(paper, frame, start)
    paper.box(*box)


def _borders(paper: Paper, frame: Frame, outlines: Sequence[Outline]) -> None:
    with paper.set_apart(grey=0.7):
        for outline in outlines:
            points = [frame.place(point) for point in outline.points]
            paper.polyline([*points, points[0]], 0.5)


def _way(paper: Paper, frame: Frame, points: Sequence[Point]) -> None:
    with paper.set_apart(grey=0.35):
        paper.polyline([frame.place(point) for point in points], 0.3)


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
        paper.text(x, y + 0.9, str(numbers[0]) + ("+" if len(numbers) > 1 else ""), 6.5, bold=True, align="centre")


def _office(paper: Paper, frame: Frame, start: Point) -> None:
    x, y = frame.place(start)
    paper.box(x - 2, y - 2, 4, 4, fill=True)
