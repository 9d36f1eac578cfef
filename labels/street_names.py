"""Names on a map: along a street that is straight and long enough, or beside a mark, and never over anything else."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from labels.fonts import REGULAR
from labels.lettering import normal, width
from labels.paper import Paper, Place

SIZE, SMALL = 7.0, 6.5
# A name's letters, seen as discs of this radius in mm along its line, and how far letters reach over it.
REACH, HALF_HEIGHT = 1.3, 1.15
# So much of a street shows on each side of its name.
ENDS = 2.0
# A line over which a name may stand is no more bent than this.
STRAIGHT = 0.97
PLACES = (0.5, 0.35, 0.65, 0.2, 0.8)
# On the street, or beside it where the way runs on it; in mm.
BESIDE = (0.0, -2.0, 2.0)
MARK = 0.9
LINE = 0.35
LONGEST_NAME = 40
# Ground is looked up by squares of this side: two discs that touch lie in neighbours.
SQUARE = 6.0

Disc = tuple[Place, float]
Shows = Callable[[Place], bool]


class Clearing:
    """What is taken on the map, as discs of no more than 3 mm; names are put where nothing is yet."""

    def __init__(self, taken: Iterable[Disc]) -> None:
        self._taken: dict[tuple[int, int], list[Disc]] = defaultdict(list)
        self._keep(taken)

    def take(self, discs: Sequence[Disc]) -> bool:
        """Take this ground; False, and nothing is taken, where some of it is taken already."""
        for place, radius in discs:
            if any(math.dist(place, other) < radius + reach for other, reach in self._near(place)):
                return False
        self._keep(discs)
        return True

    def _keep(self, discs: Iterable[Disc]) -> None:
        for place, radius in discs:
            self._taken[_square(place)].append((place, radius))

    def _near(self, place: Place) -> Iterator[Disc]:
        right, down = _square(place)
        for x in (right - 1, right, right + 1):
            for y in (down - 1, down, down + 1):
                yield from self._taken.get((x, y), ())


def ground_of(line: Sequence[Place]) -> Iterator[Disc]:
    """A line as ground that no name may take."""
    for (x, y), (to_x, to_y) in pairwise(line):
        steps = max(1, math.ceil(math.dist((x, y), (to_x, to_y))))
        for step in range(steps):
            yield (x + (to_x - x) * step / steps, y + (to_y - y) * step / steps), LINE


def write_along(paper: Paper, name: str, line: Sequence[Place], shows: Shows, clearing: Clearing) -> bool:
    """Write a name on a street where a stretch of it is straight, shown and free; whether it was."""
    name = normal(name)[:LONGEST_NAME]
    long = width(name, REGULAR, SIZE)
    if not name:
        return False
    for start, end in _stretches(line, long + 2 * ENDS):
        turn = _upright(math.degrees(math.atan2(end[1] - start[1], end[0] - start[0])))
        for off in BESIDE:
            across, down = math.cos(math.radians(turn)), math.sin(math.radians(turn))
            middle = ((start[0] + end[0]) / 2 - down * off, (start[1] + end[1]) / 2 + across * off)
            ground = ground_of_name(middle, turn, long)
            if all(shows(place) for place, _radius in ground) and clearing.take(ground):
                _ground(paper, middle, turn, long)
                paper.turned_text(middle, turn, name, SIZE)
                return True
    return False


def write_beside(paper: Paper, name: str, place: Place, shows: Shows, clearing: Clearing) -> bool:
    """A small mark with its name to the right, to the left, below or above; nothing where there is no room."""
    name = normal(name)[:LONGEST_NAME]
    long = width(name, REGULAR, SMALL)
    aside, beneath = MARK + 0.8 + long / 2, MARK + HALF_HEIGHT + 0.4
    for right, down in ((aside, 0.0), (-aside, 0.0), (0.0, beneath), (0.0, -beneath)):
        middle = (place[0] + right, place[1] + down)
        ground = [*ground_of_name(middle, 0.0, long), (place, MARK)]
        if all(shows(at) for at, _radius in ground) and clearing.take(ground):
            x, y = place
            paper.area([(x, y - MARK), (x + MARK, y), (x, y + MARK), (x - MARK, y)])
            _ground(paper, middle, 0.0, long)
            paper.text(middle[0], middle[1] + SMALL * 0.12, name, SMALL, align="centre")
            return True
    return False


def _stretches(line: Sequence[Place], long: float) -> Iterator[tuple[Place, Place]]:
    """Stretches of a line of that length that are nearly straight: their two ends, the middle of the line first."""
    steps = [math.dist(a, b) for a, b in pairwise(line)]
    whole = sum(steps)
    if whole < long:
        return
    for part in PLACES:
        begin = min(max(0.0, part * whole - long / 2), whole - long)
        start, end = _at(line, steps, begin), _at(line, steps, begin + long)
        if math.dist(start, end) >= STRAIGHT * long:
            yield start, end


def _at(line: Sequence[Place], steps: Sequence[float], far: float) -> Place:
    """The point so far along a line."""
    for ((x, y), (to_x, to_y)), step in zip(pairwise(line), steps, strict=True):
        if far <= step and step > 0:
            return x + (to_x - x) * far / step, y + (to_y - y) * far / step
        far -= step
    return line[-1]


def _square(place: Place) -> tuple[int, int]:
    return math.floor(place[0] / SQUARE), math.floor(place[1] / SQUARE)


def _upright(turn: float) -> float:
    """The same line, so that letters on it do not stand on their heads."""
    return (turn + 90) % 180 - 90


def ground_of_name(middle: Place, turn: float, long: float, reach: float = REACH) -> list[Disc]:
    """The ground that a name takes."""
    count = max(2, math.ceil(long / (2 * reach)) + 1)
    across, down = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    offsets = (long * (step / (count - 1) - 0.5) for step in range(count))
    return [((middle[0] + across * off, middle[1] + down * off), reach) for off in offsets]


def _ground(paper: Paper, middle: Place, turn: float, long: float) -> None:
    """A white ground under a name, so that it can be read over lines."""
    across, down = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    half = long / 2 + 0.4
    corners = ((-half, -HALF_HEIGHT), (half, -HALF_HEIGHT), (half, HALF_HEIGHT), (-half, HALF_HEIGHT))
    with paper.set_apart(grey=1.0):
        paper.area([(middle[0] + across * x - down * y, middle[1] + down * x + across * y) for x, y in corners])
