"""Wards by their codes, their dates and their ground."""

import json
from datetime import date
from pathlib import Path

from delivery.places.atlas import Atlas
from delivery.places.wards import DAY_OF_CHANGE, built_in_wards, read_wards

BO_DE = "00118"


def square(code: str, name: str, west: float, *, ends: str | None = None, hole: bool = False) -> dict[str, object]:
    def ring(left: float, low: float, size: float) -> list[list[float]]:
        return [[left, low], [left + size, low], [left + size, low + size], [left, low + size], [left, low]]

    rings = [ring(west, 21.0, 0.1), *([ring(west + 0.04, 21.04, 0.02)] if hole else [])]
    said = {"code": code, "name": name, "kind": "phường", "province": "Hà Nội"}
    dates = {"valid_from": None if ends else "2025-07-01", "valid_to": ends}
    return {"type": "Feature", "properties": said | dates, "geometry": {"type": "MultiPolygon", "coordinates": [rings]}}


def written(path: Path, *features: dict[str, object]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_a_code_means_nothing_without_its_date() -> None:
    wards = built_in_wards()
    old, new = wards.old_by_code(BO_DE), wards.by_code(BO_DE)

    assert old is not None
    assert new is not None
    assert (old.name, old.valid_to) == ("Ngọc Thụy", DAY_OF_CHANGE)
    assert (new.name, new.valid_from) == ("Bồ Đề", DAY_OF_CHANGE)
    assert [ward.code for ward in wards.old_named("bo de")] == ["00139"]


def test_the_built_in_book_holds_the_four_wards_and_the_fourteen_before() -> None:
    wards = built_in_wards()

    assert [ward.name for ward in wards.today] == ["Bồ Đề", "Việt Hưng", "Phúc Lợi", "Long Biên"]
    assert len(wards.old) == 14
    assert {ward.district for ward in wards.old} == {"Long Biên"}
    assert all(wards.at(*ward.middle) == ward for ward in wards.today)


def test_every_street_lies_in_the_ward_it_is_booked_in_or_close_to_it() -> None:
    atlas = Atlas.built_in()
    astray = [
        row.name
        for rows in atlas.gazetteer.streets.values()
        for row in rows
        if (ward := atlas.wards.at(row.lat, row.lon)) is not None and ward.code != row.ward
    ]
    # The middle of a bent street along a border may lie across it.
    assert len(astray) <= 8, astray


def test_a_point_in_a_hole_or_outside_lies_in_no_ward(tmp_path: Path) -> None:
    wards = read_wards(written(tmp_path / "wards.geojson", square("1", "Một", 105.0, hole=True)))

    assert wards.at(21.01, 105.01) is wards.today[0]
    assert wards.at(21.05, 105.05) is None
    assert wards.at(0, 0) is None


def test_old_ground_that_is_mapped_decides_and_tells_what_became_of_it(tmp_path: Path) -> None:
    file = written(
        tmp_path / "wards.geojson",
        square("1", "Một", 105.0),
        square("2", "Hai", 105.1),
        square("1", "Cũ", 105.06, ends="2025-07-01"),
    )
    wards = read_wards(file)
    guess = wards.old_at(21.05, 105.12)

    assert guess is not None
    assert (guess.ward.name, guess.sure, guess.ward.valid_to) == ("Cũ", True, date(2025, 7, 1))
    # Most of it lies in the second ward, so that comes first.
    assert guess.ward.now == ("2", "1")
    assert wards.old_at(21.05, 105.01) is None


def test_where_only_boxes_are_known_the_old_ward_is_a_guess_or_unknown() -> None:
    wards = built_in_wards()
    clear, doubtful = wards.old_at(21.0448, 105.8680), wards.old_at(21.0562, 105.8950)

    assert clear is not None
    assert (clear.ward.name, clear.sure) == ("Ngọc Lâm", False)
    assert doubtful is None or not doubtful.sure
