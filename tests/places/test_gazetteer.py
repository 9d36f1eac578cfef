"""A gazetteer is one file; an atlas is a folder; what is served is what the home points to."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.errors import UnreadableFile
from delivery.places.address import parse
from delivery.places.atlas import Atlas
from delivery.places.fixes import number_fix
from delivery.places.gazetteer import open_gazetteer, write_gazetteer
from delivery.places.locating import locate
from delivery.places.names import Names
from delivery.places.rows import NumberRow, PlaceRow, StreetRow
from tests.places.test_wards import square, written

BEND = (((21.01, 105.01), (21.01, 105.05), (21.05, 105.05)),)
STREETS = (
    StreetRow("Phố Thử Nghiệm", "1", 21.01, 105.05, 4000, 8000, lines=BEND),
    StreetRow("Ngõ 12 Thử Nghiệm", "1", 21.02, 105.02, 80, 160, parent="thu nghiem", number="12"),
    StreetRow("Ngõ 104", "1", 21.03, 105.03, 80, 160),
    StreetRow("Đường 30/4", "1", 21.04, 105.04, 300, 600),
)
NUMBERS = (NumberRow("pho thu nghiem", 1, 21.01, 105.01, exact=True), NumberRow("thu nghiem", 101, 21.05, 105.05))
PLACES = (PlaceRow("Chợ Thử", "poi", "1", 21.03, 105.03, 90),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A map folder with one ward and a street that bends."""
    made = tmp_path / "maps" / "2026-11"
    made.mkdir(parents=True)
    write_gazetteer(made / "gazetteer.sqlite", STREETS, NUMBERS, PLACES)
    written(made / "wards.geojson", square("1", "Một", 105.0))
    return made


def test_what_was_written_is_what_is_read(folder: Path) -> None:
    read = open_gazetteer(folder / "gazetteer.sqlite")

    assert read.streets["thu nghiem"] == STREETS[:1]
    assert read.alleys["thu nghiem", "12"] == STREETS[1:2]
    assert [point.number for point in read.numbers["thu nghiem"]] == [1, 101]
    assert read.places["cho thu"] == PLACES


def test_an_alley_of_no_street_is_no_street_and_a_street_may_be_called_by_a_date(folder: Path) -> None:
    atlas = Atlas.open(folder)

    assert "ngo 104" not in atlas.gazetteer.streets
    assert parse("Số 7 đường 30/4", atlas).street == "duong 30/4"


def test_a_map_s_own_names_are_read_and_placed(folder: Path) -> None:
    atlas = Atlas.open(folder)
    place = locate(parse("số 3 ngõ 12 phố Thử Nghiêm, phường Một, Hà Nội", atlas), atlas)

    assert (place.lat, place.lon, place.new_ward_code, place.ask) == (21.02, 105.02, "1", False)
    assert locate(parse("5 Ngọc Lâm, quận Long Biên", atlas), atlas).ask


def test_between_two_numbers_the_line_of_the_street_is_followed_around_its_bend(folder: Path) -> None:
    atlas = Atlas.open(folder)
    half = number_fix(atlas, "thu nghiem", 51, STREETS[:1])

    assert half is not None
    # Half-way along the street is its corner, which the straight line between both ends misses by two kilometres.
    assert (round(half.lat, 3), round(half.lon, 3)) == (21.01, 105.05)


def test_a_home_without_a_map_uses_what_is_built_in_and_a_map_that_is_broken_is_told(folder: Path) -> None:
    home = folder.parents[1]
    assert Atlas.for_home(home) is Atlas.built_in()

    (home / "maps" / "current").write_text("2026-11\n", encoding="utf-8")
    assert Atlas.for_home(home).version == "2026-11"

    shutil.copytree(folder, folder.parent / "2026-12")
    (folder.parent / "2026-12" / "gazetteer.sqlite").write_bytes(b"not a database")
    (home / "maps" / "current").write_text("2026-12", encoding="utf-8")
    with pytest.raises(UnreadableFile):
        Atlas.for_home(home)
    with pytest.raises(sqlite3.Error):
        open_gazetteer(folder.parent / "2026-12" / "gazetteer.sqlite")


LETTERS = st.text("abcdeghiklmnopqrstuvxy", min_size=2, max_size=6)
PHRASES = st.lists(LETTERS, min_size=1, max_size=4).map(" ".join)


@given(st.sets(PHRASES, min_size=1, max_size=30), st.lists(LETTERS, max_size=5))
def test_a_name_is_found_wherever_it_stands_and_never_beyond_the_end(names: set[str], before: list[str]) -> None:
    known: Names[bool] = Names(dict.fromkeys(names, True))
    for name in names:
        words = [*before, *name.split(" ")]
        found = known.starting(words, len(before), len(words))
        ending = known.ending(words, len(before), len(words))

        assert found is not None
        assert found.end <= len(words)
        assert ending is not None
        assert ending.end == len(words)


@given(st.sets(PHRASES, min_size=1, max_size=30), st.data())
def test_a_name_that_is_corrected_is_the_only_one_that_near(names: set[str], data: st.DataObject) -> None:
    known: Names[bool] = Names(dict.fromkeys(names, True))
    name = data.draw(st.sampled_from(sorted(names)))
    meant = known.close(name)

    assert meant in {None, name}
    assert (meant is None) == (len(name) < 5)
