"""A plan as a picture: each courier's way, the stops in order, what was left out, and who does how much.

Colours are those of Okabe & Ito, told apart by eyes of every kind, and the dashes even on grey paper: neighbours in the
legend differ in both, the first 35 couriers in one of the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from routing.errors import InvalidProblem
from routing.picture import Cross, Dot, Group, Line, Picture, Point, Shape, Square, Text
from routing.plan import Plan, Route
from routing.problem import Courier, Problem
from routing.travel import Location, MatrixTravel
from routing.vrplib import PlaneTravel

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
DASHES: tuple[tuple[float, ...], ...] = ((), (10, 5), (3, 4), (14, 4, 3, 4), (22, 7))
SIDE, MARGIN = 1000, 36
LEAST_SHARE = 0.4
LEGEND, ROW, WORDS = 400, 22, 13
# Beyond so many, the legend only says how many more there are.
MOST_ROWS = 40


def draw(problem: Problem, plan: Plan, *, title: str = "Routes", metric: bool = True) -> Picture:
    """The plan on a plane; with `metric`, lengths are metres and times seconds, else plain numbers.

    Raises InvalidProblem when the plan holds a stop or courier that is not in the problem.
    """
    _check_names(problem, plan)
    sheet = _Sheet.laid_out(problem, plan)
    rows = [_told(route, metric=metric) for route in plan.routes]
    routes = [
        Group(row, sheet.route(number, route))
        for number, (row, route) in enumerate(zip(rows, plan.routes, strict=True))
    ]
    served = sum(len(route.visits) for route in plan.routes)
    summary = f"{_count(len(plan.routes), 'courier')}, {_count(served, 'stop')}, {len(plan.left_out)} left out"
    groups = [*routes, sheet.depots(), sheet.left_out(plan), _legend(sheet.width, title, summary, rows)]
    height = max(sheet.height, MARGIN + ROW * (min(len(rows), MOST_ROWS) + 5))
    description = ". ".join([summary, *rows, *(f"Left out: stop {left.stop_id}" for left in plan.left_out)])
    return Picture(sheet.width + LEGEND, height, title, description, tuple(groups))


def _check_names(problem: Problem, plan: Plan) -> None:
    stops, couriers = {stop.id for stop in problem.stops}, {courier.id for courier in problem.couriers}
    named = [
        *(visit.stop_id for route in plan.routes for visit in route.visits),
        *(out.stop_id for out in plan.left_out),
    ]
    if unknown := [name for name in named if name not in stops]:
        raise InvalidProblem(f"stop {unknown[0]} of the plan is not in the problem")
    if strangers := [route.courier_id for route in plan.routes if route.courier_id not in couriers]:
        raise InvalidProblem(f"courier {strangers[0]} of the plan is not in the problem")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where everything lies, in pixels."""

    couriers: Mapping[str, Courier]
    place: Mapping[Location, Point]
    stop: Mapping[str, Point]
    width: int
    height: int
    radius: float

    @classmethod
    def laid_out(cls, problem: Problem, plan: Plan) -> "_Sheet":
        busy = {route.courier_id for route in plan.routes}
        couriers = {courier.id: courier for courier in problem.couriers if courier.id in busy}
        ends = [location for courier in couriers.values() for location in (courier.start, courier.home)]
        locations = list(dict.fromkeys([*(stop.location for stop in problem.stops), *ends]))
        points, width, height = _fitted(problem, locations)
        place = dict(zip(locations, points, strict=True))
        radius = min(9.0, max(1.5, 0.2 * (width * height / max(1, len(locations))) ** 0.5))
        return cls(couriers, place, {stop.id: place[stop.location] for stop in problem.stops}, width, height, radius)

    def route(self, number: int, route: Route) -> tuple[Shape, ...]:
        courier = self.couriers[route.courier_id]
        colour, dash = _style(number)
        way = [self.place[courier.start], *(self.stop[visit.stop_id] for visit in route.visits)]
        if not courier.open_end:
            way.append(self.place[courier.home])
        dots = [
            Dot(self.stop[visit.stop_id], self.radius, colour, str(position), f"{position}: stop {visit.stop_id}")
            for position, visit in enumerate(route.visits, start=1)
        ]
        return Line(tuple(way), colour, dash, min(2.5, self.radius / 2.5)), *dots

    def depots(self) -> Group:
        ends = dict.fromkeys(
            location
            for courier in self.couriers.values()
            for location in ([courier.start] if courier.open_end else [courier.start, courier.home])
        )
        return Group("Depots", tuple(Square(self.place[end], max(6.0, self.radius), "Depot") for end in ends))

    def left_out(self, plan: Plan) -> Group:
        size = max(5.0, 0.8 * self.radius)
        crosses = [
            Cross(self.stop[left.stop_id], size, f"Left out: stop {left.stop_id}, {left.reason}")
            for left in plan.left_out
        ]
        return Group("Left out", tuple(crosses))


def _fitted(problem: Problem, locations: Sequence[Location]) -> tuple[list[Point], int, int]:
    """The places on a sheet as wide as SIDE or as high, whichever is longer, north up."""
    chart = problem.travel.chart(locations) if locations else np.zeros((0, 2))
    # A plane's first number is x; on the globe the latitude comes first, and is y.
    flat = chart if isinstance(problem.travel, PlaneTravel | MatrixTravel) else chart[:, ::-1]
    low = flat.min(axis=0, initial=0.0) if not len(flat) else flat.min(axis=0)
    spread = (flat.max(axis=0) - low) if len(flat) else np.zeros(2)
    scale = (SIDE - 2 * MARGIN) / max(float(spread.max()), 1e-9)
    width, height = (int(max(LEAST_SHARE * SIDE, side * scale + 2 * MARGIN)) for side in spread)
    x, y = ((flat - low) * scale + MARGIN).T
    return [(float(a), float(height - b)) for a, b in zip(x, y, strict=True)], width, height


def _style(number: int) -> tuple[str, tuple[float, ...]]:
    return COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]


def _told(route: Route, *, metric: bool) -> str:
    stops = _count(len(route.visits), "stop")
    if not metric:
        return f"{route.courier_id}: {stops}, distance {route.distance}"
    hours, minutes = divmod(round(route.driving / 60), 60)
    return f"{route.courier_id}: {stops}, {route.distance / 1000:.1f} km, {hours}:{minutes:02} h driving"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _legend(left: int, title: str, summary: str, rows: Sequence[str]) -> Group:
    shapes: list[Shape] = [Text((left, MARGIN), WORDS + 4, title), Text((left, MARGIN + ROW), WORDS, summary)]
    y = MARGIN + 2.5 * ROW
    for number, row in enumerate(rows[:MOST_ROWS]):
        colour, dash = _style(number)
        shapes += [Line(((left, y - 4), (left + 56, y - 4)), colour, dash), Text((left + 66, y), WORDS, row)]
        y += ROW
    if len(rows) > MOST_ROWS:
        shapes.append(Text((left + 66, y), WORDS, f"and {len(rows) - MOST_ROWS} more"))
        y += ROW
    shapes += [Square((left + 8, y - 4), 6, "Depot"), Text((left + 24, y), WORDS, "depot")]
    shapes += [Cross((left + 112, y - 4), 5, "Left out"), Text((left + 126, y), WORDS, "left out")]
    return Group("Legend", tuple(shapes))
