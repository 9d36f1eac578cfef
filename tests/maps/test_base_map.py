"""The base map of the pages, read back as a phone reads it."""

import json
from math import floor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.errors import NotFound
from delivery.maps.base_map import ATTRIBUTION, UNIT, ZOOM, cell, cell_at, layers, write_base_map
from delivery.maps.reading import read_extract
from delivery.maps.streets import find_streets
from delivery.maps.wards import WardShape, wards_of_extract
from tests.maps.village import Village, usual_village


def draw(village: Village, folder: Path, *old: WardShape) -> dict[str, Any]:
    extract = read_extract(village.write(folder / "village.osm.pbf"))
    wards = [*wards_of_extract(extract.boundaries, extract.made), *old]
    write_base_map(folder, extract, find_streets(extract.roads), wards)
    return layers(folder)


def points(line: list[int], origin: list[int]) -> list[tuple[float, float]]:
    """What the pages do: add up the steps."""
    steps = np.array(line).reshape(-1, 2).cumsum(axis=0) + origin
    return [(lat / UNIT, lon / UNIT) for lat, lon in steps.tolist()]


def documents(folder: Path, index: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(cell(folder, x, y)) for x, y, _size in index["cells"]]


def test_the_overview_names_the_source_and_the_cells_with_their_sizes(tmp_path: Path) -> None:
    index = draw(usual_village(), tmp_path)

    assert index["attribution"] == ATTRIBUTION
    assert index["cells"]
    assert all(len(cell(tmp_path, x, y)) == size for x, y, size in index["cells"])
    assert [(place["name"], place["kind"]) for place in index["places"]] == [("Hoa Sen", "phường"), ("Hoa Súng", "xã")]
    assert index["wards"]


def test_every_corner_of_every_road_is_drawn_within_two_metres(tmp_path: Path) -> None:
    village = usual_village()
    index = draw(village, tmp_path)

    drawn = np.array([
        point for document in documents(tmp_path, index) for lines in document["roads"].values() for line in lines
        for point in points(line, document["origin"])
    ])  # fmt: skip

    for spot in [(100, 0), (100, 1000), (300, 400), (350, 400), (1900, 1000), (250, 700)]:
        away = np.abs(drawn - village.degrees(spot)).sum(axis=1).min()
        assert away < 2e-5, spot


def test_a_cell_holds_only_what_lies_in_it(tmp_path: Path) -> None:
    village = usual_village()
    village.road("Đường Dài", (0, -6_000), (3_000, 9_000), kind="primary")
    village.area((0, -3_000), 4_000, natural="water")

    index = draw(village, tmp_path)

    assert len(index["cells"]) > 4
    for (x, y, _size), document in zip(index["cells"], documents(tmp_path, index), strict=True):
        lines = [line for lines in document["roads"].values() for line in lines]
        lines += [ring for area in document["water"] for ring in area]
        for lat, lon in (point for line in lines for point in points(line, document["origin"])):
            # On its edge, rounding may carry a point a unit over.
            near = {cell_at(lat + north / UNIT, lon + east / UNIT) for north in (-1, 0, 1) for east in (-1, 0, 1)}
            assert (x, y) in near


def test_water_wards_old_wards_and_names_are_layers_of_their_own(tmp_path: Path) -> None:
    village = usual_village()
    village.area((600, 500), 100, natural="water", name="Hồ Sen")
    extract = read_extract(village.write(tmp_path / "first.osm.pbf"))
    (one, *_rest) = wards_of_extract(extract.boundaries, extract.made)
    old = WardShape("1", "Cũ", "xã", "", one.shape.buffer(-0.001), valid_to=one.valid_from, source="file")

    index = draw(village, tmp_path, old)

    whole = documents(tmp_path, index)
    assert sum(len(document["water"]) for document in whole) >= 1
    assert any(document["wards"] for document in whole)
    assert any(document["old_wards"] for document in whole)
    names = {name for document in whole for name, *_where in document["names"]}
    assert names == {"Bồ Đề", "Ngọc Thụy"}
    assert all(-90 <= turn <= 90 for document in whole for *_name, turn in document["names"])


def test_the_same_extract_is_drawn_the_same(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        draw(usual_village(), folder)

    first, second = (
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*.json")} for folder in folders
    )
    assert first == second


def test_where_nothing_is_drawn_is_told(tmp_path: Path) -> None:
    draw(usual_village(), tmp_path)

    with pytest.raises(NotFound):
        cell(tmp_path, 1, 1)


@given(st.floats(-85, 85), st.floats(-180, 180, exclude_max=True))
def test_a_point_lies_in_the_cell_that_every_web_map_gives_it(lat: float, lon: float) -> None:
    x, y = cell_at(lat, lon)

    assert 0 <= x < 2**ZOOM
    assert 0 <= y < 2**ZOOM
    assert x == min(2**ZOOM - 1, floor((lon + 180) / 360 * 2**ZOOM))
