"""The courier's map: names where there is room and nowhere else, and only the ground of the route in the file."""

import io
import math
from dataclasses import replace
from itertools import pairwise
from random import Random

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.model import Landmark, Outline, Street, StreetName
from labels.route_sheet import draw_route_sheets, sketched_area
from labels.sample import CENTRE, sample_route_sheet
from labels.sketch import Frame
from labels.street_names import Clearing, Disc, ground_of
from tests.labels.reading import codes, words

PLACES = st.tuples(st.floats(0, 190), st.floats(0, 110))
POINTS = st.tuples(st.floats(20.9, 21.2), st.floats(105.7, 106.0))
BOX = (9.0, 32.0, 192.0, 113.5)


def first_page(pdf: bytes) -> str:
    return " ".join(words(pdf)[0].split())


@given(st.lists(POINTS, min_size=1, max_size=20))
def test_the_area_shown_holds_every_point_and_its_corners_are_the_boxes(points: list[tuple[float, float]]) -> None:
    south, west, north, east = sketched_area(points)

    assert all(south <= lat <= north and west <= lon <= east for lat, lon in points)
    frame = Frame.around(points, BOX)
    x, y = frame.place((frame.area[2], frame.area[1]))
    assert (x, y) == pytest.approx(BOX[:2], abs=1e-3)


@given(st.lists(st.tuples(PLACES, st.floats(0.1, 2.6)), max_size=40))
def test_no_ground_is_taken_twice(discs: list[Disc]) -> None:
    clearing = Clearing([])

    taken = [disc for disc in discs if clearing.take([disc])]

    for at, (place, radius) in enumerate(taken):
        assert all(math.dist(place, other) >= radius + reach for other, reach in taken[:at])
    assert not [disc for disc in discs if clearing.take([disc])]


@given(st.lists(PLACES, min_size=2, max_size=6))
def test_a_way_is_taken_without_a_gap(line: list[tuple[float, float]]) -> None:
    ground = [place for place, _radius in ground_of(line)]

    for start, end in pairwise(line):
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        assert min(math.dist(middle, place) for place in ground) <= 0.51


def a_street(north: float, name: str) -> tuple[Street, StreetName]:
    """From west to east, so far north of the middle."""
    points = tuple((CENTRE[0] + north, CENTRE[1] + 0.001 * step) for step in range(-8, 9))
    return Street(points, 1), StreetName(name, points)


def test_streets_and_landmarks_are_named_where_there_is_room() -> None:
    street, name = a_street(0.001, "Phố Ngọc Lâm")
    sheet = replace(
        sample_route_sheet(6), streets=(street,), street_names=(name,), source="© OpenStreetMap",
        landmarks=(Landmark("Chợ Gia Lâm", (CENTRE[0] - 0.004, CENTRE[1] - 0.006)),),
    )  # fmt: skip

    page = first_page(draw_route_sheets([sheet]))

    assert "Phố Ngọc Lâm" in page
    assert "Chợ Gia Lâm" in page
    assert "© OpenStreetMap" in page


def test_a_name_without_room_is_left_out_and_one_elsewhere_too() -> None:
    crowded = [a_street(0.00002 * step, f"Ngõ {step}")[1] for step in range(200)]
    away = StreetName("Xa Lắm", ((20.0, 105.0), (20.0, 105.1)))
    sheet = replace(sample_route_sheet(6), streets=(), street_names=(*crowded, away), landmarks=())

    page = first_page(draw_route_sheets([sheet]))

    assert "Xa Lắm" not in page
    assert 1 <= page.count("Ngõ ") < 100


def test_what_lies_off_the_route_is_not_in_the_file_and_a_whole_city_stays_small() -> None:
    dice = Random(5)
    sheet = replace(sample_route_sheet(8), streets=(), street_names=(), landmarks=())
    far = tuple(Street(((10 + dice.random(), 105.0), (10.0, 106.0 + dice.random()))) for _ in range(5_000))
    near = tuple(
        Street(tuple((CENTRE[0] + 0.01 * (dice.random() - 0.5), CENTRE[1] + 0.02 * (dice.random() - 0.5))
                     for _ in range(2)), 3)
        for _ in range(3_000)
    )  # fmt: skip

    assert draw_route_sheets([replace(sheet, streets=far)]) == draw_route_sheets([sheet])
    assert len(draw_route_sheets([replace(sheet, streets=near)])) < 130_000


def test_codes_and_boxes_stay_legible_under_the_densest_map() -> None:
    streets, names = zip(*(a_street(0.0001 * step, f"Phố {step}") for step in range(-60, 60)), strict=True)
    sheet = replace(sample_route_sheet(9), streets=streets, street_names=names)

    pdf = draw_route_sheets([sheet])

    assert [len(page) for page in codes(pdf)] == [4, 5]
    assert pdf == draw_route_sheets([sheet])


def test_the_map_keeps_to_its_frame() -> None:
    """Beneath the frame of the sketch the paper is white, however far streets and wards reach."""
    world = Outline("Ngoài", ((20.0, 105.0), (20.0, 107.0), (22.0, 107.0), (22.0, 105.0)))
    street = Street(((21.0, 105.0), (21.1, 107.0)), 0)
    sheet = replace(sample_route_sheet(2), outlines=(world,), streets=(street,) * 3)
    page = pypdfium2.PdfDocument(draw_route_sheets([sheet]))[0]
    picture = page.render(scale=4).to_pil().convert("L")

    left = picture.crop((0, 0, round(8.5 / 25.4 * 72 * 4), picture.height))

    assert left.getextrema() == (255, 255)


def test_the_sketch_is_one_picture_with_a_description() -> None:
    with pikepdf.open(io.BytesIO(draw_route_sheets([sample_route_sheet(3)]))) as file:
        figures = [
            str(thing.Alt) for thing in file.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/S") == "/Figure" and "/Alt" in thing
        ]  # fmt: skip
    assert [alt for alt in figures if "3 điểm" in alt]


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=80), st.lists(POINTS, max_size=5), st.integers(0, 3))
def test_any_map_is_drawn(name: str, points: list[tuple[float, float]], rank: int) -> None:
    sheet = replace(
        sample_route_sheet(2),
        streets=(Street(tuple(points), rank),),
        street_names=(StreetName(name, tuple(points)),),
        landmarks=tuple(Landmark(name, point) for point in points),
        outlines=(Outline(name, tuple(points)),) if points else (),
        source=name,
    )

    assert codes(draw_route_sheets([sheet])) == [{stop.item_code for stop in sheet.stops}]
