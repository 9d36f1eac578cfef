"""Reading extracts of every kind, whole and broken."""

import bz2
from datetime import date
from pathlib import Path

import osmium
import pytest
from osmium.osm.mutable import Way

from delivery.errors import BadInput, UnreadableFile
from delivery.maps.reading import read_extract
from tests.conftest import SHARED
from tests.maps.village import Village, usual_village


@pytest.mark.parametrize("suffix", [".osm.pbf", ".osm", ".osm.bz2", ".osm.gz"])
def test_every_usual_form_of_an_extract_reads_the_same(tmp_path: Path, suffix: str) -> None:
    extract = read_extract(usual_village().write(tmp_path / f"village{suffix}"))

    assert sorted({road.name for road in extract.roads if road.name}) == [
        "Hẻm 68/5/2", "Ngách 68/5", "Ngõ 120", "Ngõ 68 Phố Bồ Đề", "Phố Bồ Đề", "Đường Ngọc Thụy",
    ]  # fmt: skip
    assert len(extract.houses) == 2
    assert [stop.name for stop in extract.stops] == ["201-203 Bồ Đề"]
    assert sorted(boundary.name for boundary in extract.boundaries) == ["Phường Hoa Sen", "Xã Hoa Súng"]
    assert extract.made == date(2026, 3, 2)
    assert not extract.oddities


def test_an_extract_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    whole = usual_village().write(tmp_path / "village.osm.pbf").read_bytes()
    (tmp_path / "half.osm.pbf").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(UnreadableFile, match=r"half\.osm\.pbf"):
        read_extract(tmp_path / "half.osm.pbf")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.osm.pbf", b""),
        ("picture.osm.pbf", b"\x89PNG\r\n\x1a\n" + bytes(500)),
        ("page.osm", b"<html><body>Not found</body></html>"),
        ("table.csv", b"code;name\n1;2\n"),
        ("half.osm", b"<osm version='0.6'><node id='1' lat='21' lon='105'/><way"),
        ("broken.osm.bz2", bz2.compress(b"<osm version='0.6'></osm>")[:-10]),
    ],
)
def test_what_is_no_map_is_refused_by_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(UnreadableFile, match=name.partition(".")[0]) as refused:
        read_extract(tmp_path / name)

    assert str(tmp_path) not in str(refused.value)


def test_an_extract_without_anything_or_without_names_is_refused(tmp_path: Path) -> None:
    nameless = Village()
    nameless.road("", (0, 0), (0, 100))

    for village in (Village(), nameless):
        with pytest.raises(BadInput, match=r"village\.osm\.pbf"):
            read_extract(village.write(tmp_path / "village.osm.pbf"))


def test_broken_ways_and_boundaries_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    village = usual_village()
    village.way([village.point((100, 0)), 987_654], {"highway": "residential", "name": "Phố Nửa"})
    village.way([987_655, 987_656], {"highway": "residential", "name": "Phố Vắng"})
    village.road("Phố Xa", (0, 0), (900_000, 0))
    open_way = village.way([village.point((0, 0)), village.point((0, 500))], {})
    village.relation([open_way], {"name": "Phường Hở", "admin_level": "6"})
    village.relation([987_654], {"name": "Phường Vắng", "admin_level": "6"})

    extract = read_extract(village.write(tmp_path / "village.osm.pbf"))

    assert extract.oddities == {
        "Ways with points outside the extract": 2,
        "Ways with absurd jumps": 1,
        "Boundaries that are not closed": 2,
    }
    names = {road.name for road in extract.roads}
    assert "Phố Bồ Đề" in names
    assert not names & {"Phố Nửa", "Phố Vắng", "Phố Xa"}


def test_a_way_that_leaves_the_extract_and_comes_back_is_kept_in_its_two_parts(tmp_path: Path) -> None:
    village = usual_village()
    ends = [village.point(spot) for spot in ((0, 0), (0, 100), (0, 300), (0, 400))]
    village.way([*ends[:2], 987_654, *ends[2:]], {"highway": "residential", "name": "Phố Đứt"})

    extract = read_extract(village.write(tmp_path / "village.osm.pbf"))

    assert [len(road.nodes) for road in extract.roads if road.name == "Phố Đứt"] == [2, 2]


def test_the_vietnamese_name_is_taken_where_there_are_several(tmp_path: Path) -> None:
    village = Village()
    village.road("Rue Paul Bert", (0, 0), (0, 100), name__vi="Phố Tràng Tiền", name__en="Trang Tien Street")
    village.road("Mannerheimintie", (0, 0), (100, 0), name__sv="Mannerheimvägen")

    extract = read_extract(village.write(tmp_path / "village.osm.pbf"))

    assert {road.name for road in extract.roads} == {"Phố Tràng Tiền", "Mannerheimintie"}


def test_absurdly_long_names_and_control_characters_do_no_harm(tmp_path: Path) -> None:
    village = usual_village()
    village.road("a" * 250, (0, 0), (0, 50))
    village.road("Phố\u202e Ngược\n", (0, 50), (0, 90))

    extract = read_extract(village.write(tmp_path / "village.osm.pbf"))

    assert "Phố Ngược" in {road.name for road in extract.roads}
    assert max(len(road.name) for road in extract.roads) < 100


def test_the_history_of_the_map_is_refused(tmp_path: Path) -> None:
    header = osmium.io.Header()
    header.has_multiple_object_versions = True
    with osmium.SimpleWriter(str(tmp_path / "village.osh.pbf"), header=header) as writer:
        writer.add_way(Way(id=1, version=1, nodes=[1, 2], tags={"highway": "residential", "name": "Phố Cũ"}))

    with pytest.raises(UnreadableFile):
        read_extract(tmp_path / "village.osh.pbf")


@pytest.mark.shared
def test_a_foreign_extract_that_was_cut_at_its_edges_is_read() -> None:
    extract = read_extract(SHARED / "data" / "Helsinki.osm.pbf")

    assert extract.made == date(2019, 4, 21)
    assert len(extract.houses) > 1_000
    assert "Aleksanterinkatu" in {road.name for road in extract.roads}
    assert extract.oddities["Ways with points outside the extract"] > 100
