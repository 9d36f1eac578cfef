"""Outlines of wards from files of many hands, from an extract, and built in."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely

from delivery.errors import BadInput, UnreadableFile
from delivery.maps.reading import read_extract
from delivery.maps.ward_files import read_wards
from delivery.maps.wards import BUILT_IN, WardMap, WardShape, all_wards, geojson, wards_of_extract
from tests.conftest import SHARED
from tests.maps.village import Village, usual_village

CHANGE, BEFORE = date(2025, 7, 1), date(2025, 6, 30)
BOX = (20.0, 105.0, 22.0, 107.0)


def square(lon: float = 105.8, lat: float = 21.0, size: float = 0.1) -> dict[str, Any]:
    return dict(shapely.geometry.mapping(shapely.box(lon, lat, lon + size, lat + size)))


def write(folder: Path, *features: dict[str, Any], **extra: Any) -> Path:
    file = folder / "wards.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features, **extra}), encoding="utf-8")
    return file


def feature(geometry: dict[str, Any] | None = None, /, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry or square()}


@pytest.mark.parametrize(
    "properties",
    [
        {"code": "00118", "name": "Phường Bồ Đề", "province": "Thành phố Hà Nội"},
        {"code": "00118", "name": "Bồ Đề", "fullName": "Phường Bồ Đề", "provinceName": "Hà Nội"},
        {"ma_xa": "00118", "ten_xa": "Phường Bồ Đề", "ten_tinh": "TP. Hà Nội"},
        {"maXa": "00118", "ten": "Bồ Đề", "loai": "Phường", "tinh": "Hà Nội"},
        {"ward_code": "00118", "Ward_Name": "phường Bồ Đề", "province_name": "Hà Nội"},
    ],
)
def test_files_of_many_hands_tell_the_same_ward(tmp_path: Path, properties: dict[str, Any]) -> None:
    (ward,) = read_wards(write(tmp_path, feature(**properties)))

    assert (ward.code, ward.name, ward.kind, ward.province) == ("00118", "Bồ Đề", "phường", "Hà Nội")
    assert (ward.valid_from, ward.valid_to) == (CHANGE, None)


def test_an_old_ward_is_known_by_the_option_by_its_mark_or_by_its_dates(tmp_path: Path) -> None:
    plain = write(tmp_path, feature(name="Xã Đông Anh"))
    assert [ward.valid_to for ward in read_wards(plain, old=True)] == [BEFORE]

    marked = write(tmp_path, feature(name="Phường Long Biên (cũ)"))
    assert [(ward.name, ward.valid_to) for ward in read_wards(marked)] == [("Long Biên", BEFORE)]

    dated = write(tmp_path, feature(name="Phường Cũ", valid_from="2003-11-06", valid_to="2024-12-31"))
    assert [(ward.valid_from, ward.valid_to) for ward in read_wards(dated)] == [(date(2003, 11, 6), date(2024, 12, 31))]

    endless = write(tmp_path, feature(name="Phường Mới", valid_from="2025-07-01", valid_to="9999-12-31"))
    assert [ward.today for ward in read_wards(endless)] == [True]


def test_districts_provinces_and_points_among_the_wards_are_passed_over(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        feature(name="Quận Long Biên"),
        feature(name="Thành phố Hà Nội"),
        feature({"type": "Point", "coordinates": [105.8, 21.0]}, name="Phường Điểm"),
        {"type": "Feature", "properties": {"name": "Phường Trống"}, "geometry": None},
        feature(name="Thị trấn Trâu Quỳ"),
    )

    assert [(ward.name, ward.kind) for ward in read_wards(file)] == [("Trâu Quỳ", "thị trấn")]


def test_holes_and_several_parts_stay_and_crossed_outlines_are_repaired(tmp_path: Path) -> None:
    ring = shapely.box(105.80, 21.00, 105.90, 21.10).difference(shapely.box(105.84, 21.04, 105.86, 21.06))
    parts = shapely.MultiPolygon([ring, shapely.box(106.0, 21.0, 106.1, 21.1)])
    bow_tie = {
        "type": "Polygon",
        "coordinates": [[[106.3, 21.0], [106.4, 21.1], [106.4, 21.0], [106.3, 21.1], [106.3, 21.0]]],
    }
    file = write(tmp_path, feature(dict(shapely.geometry.mapping(parts)), code="1", name="Xã Hai Mảnh"),
                 feature(bow_tie, code="2", name="Xã Nơ"))  # fmt: skip

    wards = read_wards(file)
    places = WardMap(wards)

    assert all(ward.shape.is_valid for ward in wards)
    assert places.at(21.02, 105.81) == "1"
    assert places.at(21.05, 105.85) == ""
    assert places.at(21.05, 106.05) == "1"
    assert places.at(21.05, 106.39) == "2"


@pytest.mark.parametrize(
    ("geometry", "crs"),
    [
        (square(lon=21.0, lat=105.8), None),
        (square(lon=587_000, lat=2_325_000, size=900), None),
        (square(), "urn:ogc:def:crs:EPSG::3405"),
        ({"type": "Polygon", "coordinates": [[[float("inf"), 21], [106, 21], [106, 22], [float("inf"), 21]]]}, None),
    ],
)
def test_a_file_that_is_not_in_degrees_longitude_first_is_refused(
    tmp_path: Path, geometry: dict[str, Any], crs: str | None
) -> None:
    extra = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}

    with pytest.raises(BadInput, match=r"wards\.geojson"):
        read_wards(write(tmp_path, feature(geometry, name="Phường Lệch"), **extra))


@pytest.mark.parametrize(
    "content",
    ["", "not json", "[]", "{}", '{"features": 5}', '{"features": [1]}', '{"features": []}', "[" * 100_000,
     '{"features": [{"properties": {"name": "A"}, "geometry": {"type": "Polygon", "coordinates": [[[1, 2], [3]]]}}]}',
     '{"features": [{"properties": null, "geometry": {"type": "Polygon", "coordinates": []}}]}'],
)  # fmt: skip
def test_what_is_no_list_of_wards_is_refused_by_its_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "wards.geojson").write_text(content, encoding="utf-8")

    with pytest.raises(BadInput, match=r"wards\.geojson"):
        read_wards(tmp_path / "wards.geojson")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"none\.geojson"):
        read_wards(tmp_path / "none.geojson")


def test_an_extract_brings_its_wards_with_province_and_kind(tmp_path: Path) -> None:
    village = usual_village()
    village.boundary("Thành phố Hà Nội", (-5_000, -5_000), 20_000, level=4)
    village.boundary("Xã Cũ", (-100, -100), 600, level=8, ref="11")
    village.boundary("Tổ dân phố 4", (0, 0), 100, level=8)
    extract = read_extract(village.write(tmp_path / "village.osm.pbf"))

    wards = {ward.name: ward for ward in wards_of_extract(extract.boundaries, extract.made)}

    assert wards.keys() == {"Hoa Sen", "Hoa Súng", "Cũ"}
    assert (wards["Hoa Sen"].code, wards["Hoa Sen"].kind, wards["Hoa Sen"].province) == ("99001", "phường", "Hà Nội")
    assert wards["Hoa Súng"].kind == "xã"
    assert [wards[name].valid_to for name in ("Hoa Sen", "Cũ")] == [None, BEFORE]


def test_boundaries_in_data_of_before_july_2025_are_old_wards(tmp_path: Path) -> None:
    village = Village()
    village.road("Phố Bồ Đề", (0, 0), (0, 100))
    village.boundary("Phường Ngọc Thụy", (-100, -100), 600, level=8)
    extract = read_extract(village.write(tmp_path / "village.osm.pbf"))

    (ward,) = wards_of_extract(extract.boundaries, date(2025, 5, 14))

    assert ward.valid_to == BEFORE
    assert ward.code == "osm-r1"


def test_what_is_given_comes_before_what_is_mapped_and_the_built_in_fills_the_rest(tmp_path: Path) -> None:
    given = read_wards(write(tmp_path, feature(square(105.85, 21.03, 0.04), code="00118", name="Phường Bồ Đề")))
    mapped = [
        WardShape("osm7", "Bồ Đề", "phường", "", shapely.box(105.851, 21.031, 105.891, 21.071), CHANGE, source="OSM"),
        WardShape("osm8", "Xa", "xã", "", shapely.box(105.0, 20.2, 105.1, 20.3), CHANGE, source="OSM"),
        WardShape("osm9", "Ngoài", "xã", "", shapely.box(110.0, 12.0, 110.1, 12.1), CHANGE, source="OSM"),
    ]

    chosen = {ward.code: ward.source for ward in all_wards(given, mapped, BOX)}

    assert chosen["00118"] == "wards.geojson"
    assert "osm7" not in chosen
    assert chosen["osm8"] == "OSM"
    assert "osm9" not in chosen
    assert chosen["00145"] == BUILT_IN


def test_an_old_ward_does_not_displace_the_one_of_today_on_the_same_land(tmp_path: Path) -> None:
    file = write(tmp_path, feature(square(105.85, 21.03, 0.04), code="00118", name="Phường Ngọc Thụy"))

    chosen = [ward for ward in all_wards(read_wards(file, old=True), [], BOX) if ward.code == "00118"]

    assert [(ward.name, ward.today) for ward in chosen] == [("Bồ Đề", True), ("Ngọc Thụy", False)]


def test_wards_of_another_part_of_the_country_are_refused(tmp_path: Path) -> None:
    given = read_wards(write(tmp_path, feature(square(106.6, 10.7), name="Phường Sài Gòn")))

    with pytest.raises(BadInput, match=r"wards\.geojson"):
        all_wards(given, [], BOX)


def test_the_written_outlines_can_be_read_again(tmp_path: Path) -> None:
    wards = [*read_wards(write(tmp_path, feature(code="1", name="Xã Một", province="Hà Nội"))),
             *read_wards(write(tmp_path, feature(code="2", name="Xã Hai", kind="xã")), old=True)]  # fmt: skip
    written = tmp_path / "again.geojson"
    written.write_text(json.dumps(geojson(wards)), encoding="utf-8")

    again = read_wards(written)

    facts = [(ward.code, ward.name, ward.kind, ward.province, ward.valid_from, ward.valid_to) for ward in again]
    assert facts == [("1", "Một", "xã", "Hà Nội", CHANGE, None), ("2", "Hai", "xã", "", None, BEFORE)]


@pytest.mark.shared
def test_the_outlines_at_hand_tell_wards_of_both_orders() -> None:
    new = read_wards(SHARED / "data" / "new_wards_2025.geojson")
    old = read_wards(SHARED / "data" / "old_long_bien_district.geojson", old=True)

    assert {ward.code: ward.name for ward in new}["00118"] == "Bồ Đề"
    assert WardMap(new).at(21.0471, 105.8789) == "00118"
    assert [(ward.name, ward.today) for ward in old] == [("Long Biên", False)]
