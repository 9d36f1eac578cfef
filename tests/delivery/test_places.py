"""Addresses as people write them: rightly placed or asked about, never silently wrong."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.places import Quality, StreetBook, fold, locate, normal, parse
from delivery.places.gazetteer import streets
from delivery.places.wards import new_ward_at, old_wards, ward_outlines
from delivery.sample_day import HEADER, write_sample_day
from tests.conftest import SHARED

BO_DE, VIET_HUNG, PHUC_LOI, LONG_BIEN = "00118", "00127", "00136", "00145"


@pytest.mark.parametrize(
    ("address", "ward", "quality"),
    [
        ("Số 12 ngõ 68 Ngọc Thụy, P. Ngọc Thụy, Q. Long Biên, Hà Nội", BO_DE, Quality.ALLEY),
        ("so 15 ngach 53/20 Duc Giang, phuong Duc Giang, quan Long Bien, Ha Noi", VIET_HUNG, Quality.ALLEY),
        ("264 Ngoc Thuy, Long Bien, HN", BO_DE, Quality.HOUSE),
        ("Căn 1205 tòa R2, KĐT Sài Đồng, P. Sài Đồng, Q. Long Biên, HN", PHUC_LOI, Quality.AREA),
        ("12 ngõ 5 phố Bồ Đề phường Bồ Đề Hà Nội", BO_DE, Quality.ALLEY),
        ("18 Đàm Quang Trung, phuong Long Bien, Ha Noi", LONG_BIEN, Quality.STREET),
        ("12, Quán Tình, P. Giang Biên, Q. Long Biên", VIET_HUNG, Quality.STREET),
        ("10 Đoàn Khuê, phường Việt Hưng, Hà Nội", VIET_HUNG, Quality.STREET),
        ("Số 5 Hoa Phượng 5, phường Phúc Lợi, Hà Nội", PHUC_LOI, Quality.STREET),
    ],
)
def test_an_address_of_the_old_or_the_new_order_finds_its_ward_of_today(
    address: str, ward: str, quality: Quality
) -> None:
    place = locate(parse(address))

    assert (place.new_ward_code, place.quality, place.ask) == (ward, quality, False)


@pytest.mark.parametrize(
    "address",
    [
        "Tổ 6, P Phúc Đồng, Q Long Biên, Hà Nội",  # an old ward that was split four ways
        "10 Đoàn Khuê, Long Biên, Hà Nội",  # a street in two wards
        "5 Ái Mộ, phường Phúc Lợi, Hà Nội",  # a street that is not in that ward
        "25 Đội Cấn, Ba Đình, Hà Nội",  # another district
        "10 Ngọc Lâm, quận 1, TP HCM",  # another city, though the street has a namesake here
        "15 phố Trạm, tỉnh Hưng Yên",
        "nhà ông Tám gần chợ, P. Đức Giang, Q. Long Biên",
        "",
        "?",
    ],
)
def test_what_is_in_doubt_is_asked(address: str) -> None:
    place = locate(parse(address))

    assert place.ask
    assert place.note


def test_the_given_point_is_believed_unless_it_contradicts_the_address() -> None:
    at_home = locate(parse("Số 1 phố Thử, phường Bồ Đề, Hà Nội"), lat=21.0459, lon=105.8760)
    elsewhere = locate(parse("Số 1 phố Thử, phường Phúc Lợi, Hà Nội"), lat=21.0459, lon=105.8760)
    outside = locate(parse("Số 1 phố Thử, phường Bồ Đề, Hà Nội"), lat=10.7769, lon=106.7009)

    assert (at_home.quality, at_home.new_ward_code, at_home.ask) == (Quality.DOOR, BO_DE, False)
    assert elsewhere.ask
    assert outside.ask
    assert outside.new_ward_code is None


def test_a_code_means_nothing_without_its_date() -> None:
    assert old_wards()["ngoc thuy"].code == BO_DE
    assert old_wards()["bo de"].code == "00139"
    assert old_wards()["ngoc lam"].now == (BO_DE,)


def test_every_street_lies_in_the_ward_it_is_booked_in_or_close_to_it() -> None:
    astray = [
        stretch.name
        for stretches in streets().values()
        for stretch in stretches
        if (ward := new_ward_at(stretch.lat, stretch.lon)) is not None and ward.code != stretch.ward
    ]
    # The middle of a bent street along a border may lie across it.
    assert len(astray) <= 8, astray
    assert {ward.code for ward in ward_outlines()} == {BO_DE, VIET_HUNG, PHUC_LOI, LONG_BIEN}


def test_a_number_between_two_known_ones_lies_between_them() -> None:
    low, high, between = number_on("bac cau", 80), number_on("bac cau", 119), number_on("ai mo", 100)

    assert low is not None
    assert high is not None
    assert between is not None
    assert 21.039 < between.lat < 21.0412
    assert number_on("bac cau", 9999) is None
    assert number_on("no such street", 1) is None


def test_the_geocoder_answers_like_any_of_geopy_s_and_stays_silent_in_doubt() -> None:
    book = StreetBook()

    found = book.geocode("264 Ngọc Thụy, Long Biên, Hà Nội")
    assert found is not None
    assert found.raw["quality"] is Quality.HOUSE
    assert book.geocode("Tổ 6, P. Phúc Đồng, Q. Long Biên") is None


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader_and_reading_twice_is_reading_once(text: str) -> None:
    place = locate(parse(text))

    assert place.ask or place.lat is not None
    assert parse(normal(text)).street == parse(text).street
    assert fold(fold(text)) == fold(text)


def test_hostile_lengths_are_read_quickly() -> None:
    for text in ("phường " * 20_000, "ngõ 1 " * 20_000, "Số 1 Ngọc Lâm, " * 5_000, "1/" * 50_000):
        locate(parse(text[:100_000]))


@pytest.mark.shared
def test_the_team_s_messy_addresses_are_right_or_asked() -> None:
    with (SHARED / "data/addresses.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    placed = {row["id"]: locate(parse(row["address"])) for row in rows}
    right = [row["id"] for row in rows if placed[row["id"]].new_ward_code in row["new_ward_codes"].split("/")]

    assert [row["id"] for row in rows if row["id"] not in right and not placed[row["id"]].ask] == []
    assert len(right) >= 22


def test_a_made_up_day_is_the_same_for_the_same_seed_and_has_bad_and_doubtful_rows(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "results.csv", tmp_path / "b.csv"

    made = write_sample_day(first, date(2026, 11, 25), 200, seed=7)
    write_sample_day(second, date(2026, 11, 25), 200, seed=7)

    assert first.read_bytes() == second.read_bytes()
    assert (made.rows, made.bad, made.doubtful) == (200, 12, 10)
    assert 150 <= made.at_home <= 190
    with first.open(encoding="utf-8-sig") as file:
        assert tuple(next(csv.reader(file))) == HEADER
