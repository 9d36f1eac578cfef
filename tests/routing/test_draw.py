"""A drawn plan shows each route, stop, depot and what was left out, in words too, and is the same every time."""

import io
import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from routing import InvalidProblem, LeftOut, Location, MatrixTravel, Plan, Problem, Reason, Route, Visit, solve
from routing.__main__ import main
from routing.draw import MOST_ROWS, draw
from routing.picture import Line, Picture
from tests.routing.days import OFFICE, a_courier, a_stop
from tests.routing.test_vrplib import SQUARE

SVG = "{http://www.w3.org/2000/svg}"
STOPS = tuple(a_stop(f"s{n}", 0.004 * n, 0.003 * (n % 3)) for n in range(1, 8))
DAY = Problem(STOPS, (a_courier("anna"), a_courier("binh"), a_courier("chi")))


def a_route(courier: str, *stops: str) -> Route:
    visits = tuple(Visit(stop, 0, 0, 0) for stop in stops)
    return Route(courier, visits, rests=(), leave=0, back=0, distance=4260, driving=3720, cost=0)


PLAN = Plan(
    (a_route("anna", "s1", "s2", "s3"), a_route("binh", "s7", "s6")),
    (LeftOut("s4", Reason.CHEAPER_WITHOUT), LeftOut("s5", Reason.CHEAPER_WITHOUT)),
    cost=0,
)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  our own picture


def elements(svg: str) -> Counter[str]:
    return Counter(element.tag.removeprefix(SVG) for element in parsed(svg).iter())


def titles(svg: str) -> list[str | None]:
    return [title.text for title in parsed(svg).iter(f"{SVG}title")]


def test_each_route_is_a_line_each_stop_a_numbered_dot_and_what_was_left_out_a_cross() -> None:
    root = parsed(draw(DAY, PLAN).svg())

    groups = {group[0].text: group for group in root.iter(f"{SVG}g")}
    anna = groups["anna: 3 stops, 4.3 km, 1:02 h driving"]
    assert [len(line.attrib["points"].split()) for line in anna.iter(f"{SVG}polyline")] == [5]
    assert [text.text for text in anna.iter(f"{SVG}text")] == ["1", "2", "3"]
    assert [title.text for title in anna.iter(f"{SVG}title")][1:] == ["1: stop s1", "2: stop s2", "3: stop s3"]
    assert len(list(groups["Left out"].iter(f"{SVG}path"))) == 2
    assert len(list(groups["Depots"].iter(f"{SVG}rect"))) == 1


def test_who_sees_nothing_is_told_the_plan_in_words() -> None:
    root = parsed(draw(DAY, PLAN, title="Tuesday").svg())

    by_id = {element.attrib["id"]: element.text for element in root if "id" in element.attrib}
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "title desc"
    assert by_id["title"] == "Tuesday"
    assert by_id["desc"] is not None
    assert "binh: 2 stops" in by_id["desc"]
    assert "Left out: stop s5" in by_id["desc"]


def test_no_two_couriers_of_a_ward_look_the_same() -> None:
    couriers = tuple(a_courier(f"c{n}") for n in range(35))
    plan = Plan(tuple(a_route(courier.id, "s1") for courier in couriers), (), cost=0)

    picture = draw(Problem(STOPS, couriers), plan)

    looks = {
        (line.colour, line.dash) for group in picture.groups[:35] for line in group.shapes if isinstance(line, Line)
    }
    assert len(looks) == 35


def test_north_is_up_and_east_is_right() -> None:
    problem = Problem((a_stop("north", 0.02, 0), a_stop("east", 0, 0.02)), (a_courier("anna"),))

    picture = draw(problem, Plan((a_route("anna", "north", "east"),), (), cost=0))

    way = next(shape for shape in picture.groups[0].shapes if isinstance(shape, Line))
    office, north, east, home = way.points
    assert north[1] < office[1]
    assert east[0] > office[0]
    assert office == home


def test_a_day_with_an_open_end_is_not_drawn_home() -> None:
    problem = Problem(STOPS, (a_courier("anna", open_end=True, end=Location(21.2, 105.9)),))

    picture = draw(problem, Plan((a_route("anna", "s1"),), (), cost=0))

    assert [len(shape.points) for shape in picture.groups[0].shapes if isinstance(shape, Line)] == [2]
    assert titles(picture.svg()).count("Depot") == 2  # one on the map, one in the legend


def test_where_only_ways_are_known_near_doors_are_drawn_near() -> None:
    places = [Location(float(n), 0.0) for n in range(4)]
    ways = np.array([[abs(a - b) for b in (0, 100, 110, 900)] for a in (0, 100, 110, 900)])
    travel = MatrixTravel({place: row for row, place in enumerate(places)}, ways, ways)
    stops = tuple(a_stop(f"s{n}") for n in (1, 2, 3))
    placed = tuple(type(stop)(stop.id, places[n]) for n, stop in enumerate(stops, start=1))
    courier = a_courier("anna")
    problem = Problem(placed, (type(courier)("anna", places[0], courier.shift),), travel)

    picture = draw(problem, Plan((a_route("anna", "s1", "s2", "s3"),), (), cost=0))

    _, first, second, third, _ = next(shape for shape in picture.groups[0].shapes if isinstance(shape, Line)).points
    assert abs(first[0] - second[0]) < abs(second[0] - third[0]) / 10


def test_a_long_legend_says_how_many_more_there_are() -> None:
    couriers = tuple(a_courier(f"c{n}") for n in range(MOST_ROWS + 3))
    plan = Plan(tuple(a_route(courier.id, "s1") for courier in couriers), (), cost=0)

    svg = draw(Problem(STOPS, couriers), plan).svg()

    assert "and 3 more" in svg
    assert elements(svg)["polyline"] == (MOST_ROWS + 3) + MOST_ROWS


def test_the_png_is_as_large_as_the_svg_says_and_shows_every_colour() -> None:
    picture = draw(DAY, PLAN)

    image = Image.open(io.BytesIO(picture.png())).convert("RGB")

    assert image.size == (picture.width, picture.height)
    colours = {colour for _, colour in image.getcolors(maxcolors=1_000_000) or []}
    assert {(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00), (0x8B, 0, 0), (0x1A, 0x1A, 0x1A)} <= colours


def test_the_same_plan_is_the_same_picture() -> None:
    def once() -> tuple[str, bytes]:
        picture = draw(DAY, PLAN)
        return picture.svg(), picture.png()

    assert once() == once()


@pytest.mark.parametrize("problem", [Problem((), ()), Problem((a_stop("an"),), ()), Problem((), (a_courier(),))])
def test_a_day_without_anything_is_an_empty_sheet(problem: Problem) -> None:
    picture = draw(problem, solve(problem, seconds=0.1))

    assert isinstance(picture, Picture)
    assert Image.open(io.BytesIO(picture.png())).size == (picture.width, picture.height)


def test_names_are_written_as_they_are() -> None:
    problem = Problem((a_stop('a<b&"c'),), (a_courier("Đỗ Thị <Ánh>"),))

    svg = draw(problem, Plan((a_route("Đỗ Thị <Ánh>", 'a<b&"c'),), (), cost=0)).svg()

    assert '1: stop a<b&"c' in titles(svg)
    assert any(title and title.startswith("Đỗ Thị <Ánh>: 1 stop,") for title in titles(svg))


@pytest.mark.parametrize(
    ("plan", "unknown"),
    [
        (Plan((a_route("anna", "nowhere"),), (), 0), "stop nowhere"),
        (Plan((), (LeftOut("nowhere", Reason.CHEAPER_WITHOUT),), 0), "stop nowhere"),
        (Plan((a_route("nobody", "s1"),), (), 0), "courier nobody"),
    ],
)
def test_a_plan_of_another_day_is_refused(plan: Plan, unknown: str) -> None:
    with pytest.raises(InvalidProblem, match=unknown):
        draw(DAY, plan)


@pytest.mark.parametrize("form", ["svg", "png"])
def test_a_solution_file_is_drawn_from_the_command_line(tmp_path: Path, form: str) -> None:
    (tmp_path / "square.vrp").write_text(SQUARE)
    (tmp_path / "square.sol").write_text("Route #1: 1 2\nRoute #2: 3 4\nCost 42\n")
    out = tmp_path / f"square.{form}"

    assert main(["draw", str(tmp_path / "square.vrp"), str(tmp_path / "square.sol"), "--out", str(out)]) == 0

    if form == "svg":
        assert "2 couriers, 4 stops, 0 left out" in out.read_text()
        assert "2 stops, distance 21" in out.read_text()
    else:
        with Image.open(out) as image:
            assert image.format == "PNG"


def test_a_plan_in_json_is_drawn_from_the_command_line(tmp_path: Path) -> None:
    problem, plan, out = tmp_path / "day.json", tmp_path / "plan.json", tmp_path / "day.svg"
    where = [OFFICE.lon, OFFICE.lat]
    jobs = [{"id": 1, "location": [OFFICE.lon + 0.01, OFFICE.lat]}]
    problem.write_text(json.dumps({"jobs": jobs, "vehicles": [{"id": 7, "start": where, "end": where}]}))
    main(["solve", str(problem), "--seconds", "0.1", "--out", str(plan)])

    assert main(["draw", str(problem), str(plan), "--out", str(out)]) == 0

    assert "1 courier, 1 stop, 0 left out" in out.read_text()


def test_another_form_of_picture_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["draw", "day.json", "plan.json", "--out", "day.gif"])

    assert ".svg or .png" in capsys.readouterr().err
