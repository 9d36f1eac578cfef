"""A courier's map: streets in grey, ward borders, the numbered doors and the line that joins them; north at the top."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import fmean

from labels.fonts import BOLD
from labels.lettering import normal, width
from labels.model import Outline, Point, RouteSheet, RouteStop
from labels.paper import Box, Paper, Place
from labels.street_names import Clearing, Disc, Shows, ground_of, ground_of_name, write_along, write_beside
from labels.texts import Language, say

EDGE = 5.0
DOT_RADIUS = 2.6
# Doors closer than this on paper share one dot, with the first of their numbers.
TOGETHER = 3.8
NO_EYE = 0.25
# A route of one door is not drawn as if under a magnifying glass: about 400 m, in degrees.
NEAREST = 0.0036
# A ward's name stands above its middle, where the office often is.
NAME_ABOVE = 6.0
WARD_SIZE, WARD_ROOM = 11.0, 60.0
NAME_INSET = 1.6
# How wide and how dark each rank of street is drawn: light, so that a copier leaves the way and the doors legible.
RANKS = {0: (1.5, 0.78), 1: (1.1, 0.80), 2: (0.65, 0.82), 3: (0.3, 0.80)}
METRES_PER_DEGREE = 111_195.0
BARS = (50, 100, 200, 500, 1000, 2000, 5000)
LONGEST_BAR = 32.0


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
    def around(cls, points: Sequence[Point], box: Box) -> "Frame":
        """The largest scale at which all points lie inside the box."""
        x, y, width, height = box
        lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
        squeeze = math.cos(math.radians(sum(lats) / len(lats)))
        tall, wide = max(lats) - min(lats), (max(lons) - min(lons)) * squeeze
        scale = min((height - 2 * EDGE) / max(tall, NEAREST), (width - 2 * EDGE) / max(wide, NEAREST))
        south = min(lats) - ((height - 2 * EDGE) / scale - tall) / 2
        west = min(lons) - ((width - 2 * EDGE) / scale - wide) / 2 / squeeze
        return cls(x, y, width, height, south, west, scale, squeeze)

    def place(self, point: Point) -> Place:
        """The point on the paper."""
        lat, lon = point
        east = (lon - self.west) * self.squeeze * self.scale
        north = (lat - self.south) * self.scale
        return self.x + EDGE + east, self.y + self.height - EDGE - north

    def parts(self, line: Sequence[Place]) -> Iterator[list[Place]]:
        """A line without what lies surely outside the box; a piece may cross it with both ends outside."""
        part: list[Place] = []
        for start, end in pairwise(line):
            if self._may_cross(start, end):
                part = part or [start]
                part.append(end)
            elif part:
                yield part
                part = []
        if part:
            yield part

    def _may_cross(self, start: Place, end: Place) -> bool:
        (x1, y1), (x2, y2) = start, end
        return (
            max(x1, x2) > self.x
            and min(x1, x2) < self.x + self.width
            and max(y1, y2) > self.y
            and min(y1, y2) < self.y + self.height
        )

    def shows(self, point: Place, inset: float = 0.0) -> bool:
        """Whether a point of the paper lies in the box, and so far from its edges."""
        x, y = point
        across = self.x + inset < x < self.x + self.width - inset
        return across and self.y + inset < y < self.y + self.height - inset

    @property
    def area(self) -> tuple[float, float, float, float]:
        """South, west, north, east of what the box shows, in degrees."""
        south = self.south - EDGE / self.scale
        west = self.west - EDGE / self.scale / self.squeeze
        return south, west, south + self.height / self.scale, west + self.width / self.scale / self.squeeze


def draw_sketch(paper: Paper, box: Box, sheet: RouteSheet, language: Language) -> None:
    """Draw a route into `box` (x, y, width, height in mm): along its way, or straight from door to door."""
    straight = [sheet.start, *(stop.point for stop in sheet.stops), sheet.start]
    frame = Frame.around([*straight, *sheet.way], box)
    groups = _groups(frame, sheet.stops)
    way = [frame.place(point) for point in sheet.way or straight]
    clearing = Clearing([*_corners(frame, sheet, groups), *ground_of(way)])
    with paper.part("Figure", say(language, "sketch_alt", count=len(sheet.stops))), paper.set_apart(clip=box):
        _streets(paper, frame, sheet)
        _lines(paper, frame, [[*border.points, *border.points[:1]] for border in sheet.outlines], grey=0.6, width=0.7)
        _lines(paper, frame, [sheet.way or straight], grey=0.3, width=0.45)
        _ward_names(paper, frame, sheet.outlines)
        _landmarks(paper, frame, sheet, clearing)
        _street_names(paper, frame, sheet, clearing)
        _doors(paper, groups)
        _office(paper, frame, sheet.start)
        _north(paper, frame, say(language, "north"))
        _scale(paper, frame, sheet.source)
    paper.box(*box, line=0.4)


def _corners(frame: Frame, sheet: RouteSheet, groups: Sequence[tuple[Place, list[int]]]) -> list[Disc]:
    """What no name may cover: doors, office, the arrow to the north, the scale, the names of the wards."""
    dots = [(place, DOT_RADIUS) for place, _numbers in groups]
    low = frame.y + frame.height - 3
    scale = [((frame.x + 3 + step, low), 2.0) for step in range(0, 42, 3)]
    arrow = [((frame.x + frame.width - 5, frame.y + 3 + step), DOT_RADIUS) for step in (0, 4, 8)]
    wards = [
        disc
        for name, (x, y) in _shown_wards(frame, sheet.outlines)
        for disc in ground_of_name((x, y - WARD_SIZE / 8), 0.0, min(width(name, BOLD, WARD_SIZE), WARD_ROOM), 1.8)
    ]
    return [*dots, (frame.place(sheet.start), DOT_RADIUS), *scale, *arrow, *wards]


def _streets(paper: Paper, frame: Frame, sheet: RouteSheet) -> None:
    """The lanes first, so that larger streets run over them."""
    for rank, (line, grey) in sorted(RANKS.items(), reverse=True):
        _lines(paper, frame, (street.points for street in sheet.streets if street.rank == rank), grey, line)


def _lines(paper: Paper, frame: Frame, lines: Iterable[Sequence[Point]], grey: float, width: float) -> None:
    placed = (thinned([frame.place(point) for point in line]) for line in lines)
    drawn = [part for line in placed for part in frame.parts(line)]
    if drawn:
        with paper.set_apart(grey=grey):
            paper.polylines(drawn, width)


def thinned(points: Sequence[Place]) -> list[Place]:
    """Without the points that lie so close to the one before that no eye tells them apart."""
    kept = list(points[:1])
    for point in points[1:-1]:
        if math.dist(kept[-1], point) >= NO_EYE:
            kept.append(point)
    return [*kept, *points[1:][-1:]]


def _street_names(paper: Paper, frame: Frame, sheet: RouteSheet, clearing: Clearing) -> None:
    for street in sheet.street_names:
        write_along(paper, street.name, [frame.place(point) for point in street.points], _roomy(frame), clearing)


def _landmarks(paper: Paper, frame: Frame, sheet: RouteSheet, clearing: Clearing) -> None:
    for mark in sheet.landmarks:
        place = frame.place(mark.point)
        if frame.shows(place):
            write_beside(paper, mark.name, place, _roomy(frame), clearing)


def _roomy(frame: Frame) -> Shows:
    """Names keep so far from the edges that no letter is cut."""
    return partial(frame.shows, inset=NAME_INSET)


def _ward_names(paper: Paper, frame: Frame, outlines: Sequence[Outline]) -> None:
    with paper.set_apart(grey=0.45):
        for name, (x, y) in _shown_wards(frame, outlines):
            paper.text(x, y, name, WARD_SIZE, bold=True, align="centre", room=WARD_ROOM)


def _shown_wards(frame: Frame, outlines: Sequence[Outline]) -> list[tuple[str, Place]]:
    """The wards whose middle is shown, and where their names stand."""
    middles = (
        (border.name, frame.place((fmean(lat for lat, _ in border.points), fmean(lon for _, lon in border.points))))
        for border in outlines
        if border.points
    )
    return [(normal(name), (x, y - NAME_ABOVE)) for name, (x, y) in middles if frame.shows((x, y))]


def _groups(frame: Frame, stops: Sequence[RouteStop]) -> list[tuple[Place, list[int]]]:
    """Where dots stand, and the numbers of the doors that share each."""
    groups: list[tuple[Place, list[int]]] = []
    for stop in stops:
        here = frame.place(stop.point)
        near = next((group for group in groups if math.dist(group[0], here) < TOGETHER), None)
        if near is None:
            groups.append((here, [stop.position]))
        else:
            near[1].append(stop.position)
    return groups


def _doors(paper: Paper, groups: Sequence[tuple[Place, list[int]]]) -> None:
    for (x, y), numbers in groups:
        paper.circle(x, y, DOT_RADIUS)
        shown = str(numbers[0]) + ("+" if len(numbers) > 1 else "")
        size = 8 if len(shown) < 3 else 6
        paper.text(x, y + size * 0.13, shown, size, bold=True, align="centre", room=2 * DOT_RADIUS)


def _office(paper: Paper, frame: Frame, start: Point) -> None:
    x, y = frame.place(start)
    paper.box(x - 2, y - 2, 4, 4, fill=True)


def _north(paper: Paper, frame: Frame, letter: str) -> None:
    x, y = frame.x + frame.width - 5, frame.y + 3
    paper.area([(x, y), (x - 1.6, y + 5), (x, y + 4), (x + 1.6, y + 5)])
    paper.text(x, y + 8.5, letter, 8, bold=True, align="centre")


def _scale(paper: Paper, frame: Frame, source: str) -> None:
    """How long a way is on the sketch, and whose map it is."""
    mm_a_metre = frame.scale / METRES_PER_DEGREE
    metres = max((bar for bar in BARS if bar * mm_a_metre <= LONGEST_BAR), default=BARS[0])
    x, y, long = frame.x + 3, frame.y + frame.height - 3, metres * mm_a_metre
    paper.polyline([(x, y - 1.2), (x, y), (x + long, y), (x + long, y - 1.2)], 0.3)
    paper.text(x + long + 1.5, y, f"{metres} m" if metres < 1000 else f"{metres // 1000} km", 7)
    if source:
        paper.text(frame.x + frame.width - 1.5, y + 1.4, source, 5.5, align="right", room=80)
