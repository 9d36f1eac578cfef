"""Addresses placed: rightly, or with a question; never silently wrong."""

import csv
from collections import Counter

import pytest

from delivery.places.address import parse
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality, apart_m, number_fix
from delivery.places.locating import Place, StreetBook, locate
from delivery.places.remarks import OLD_WARD_CHOSE, OLD_WARD_RECKONED, STREET_BELIEVED
from tests.conftest import SHARED
from tests.places.writers import Writer

BO_DE, VIET_HUNG, PHUC_LOI, LONG_BIEN = "00118", "00127", "00136", "00145"


def placed(text: str) -> Place:
    return locate(parse(text))


@pytest.mark.parametrize(
    ("address", "ward", "quality"),
    [
        ("Số 12 ngõ 68 Ngọc Thụy, P. Ngọc Thụy, Q. Long Biên, Hà Nội", BO_DE, Quality.ALLEY),
        ("so 15 ngach 53/20 Duc Giang, phuong Duc Giang, quan Long Bien, Ha Noi", VIET_HUNG, Quality.ALLEY),
        ("264 Ngoc Thuy, Long Bien, HN", BO_DE, Quality.HOUSE),
        ("Căn 1205 tòa R2, KĐT Sài Đồng, P. Sài Đồng, Q. Long Biên, HN", PHUC_LOI, Quality.AREA),
        ("KĐT Việt Hưng, tòa CT17 Green House, P. Giang Biên, Long Biên, Hà Nội", VIET_HUNG, Quality.AREA),
        ("12 ngõ 5 phố Bồ Đề phường Bồ Đề Hà Nội", BO_DE, Quality.ALLEY),
        ("Đàm Quang Trung, phuong Long Bien, Ha Noi", LONG_BIEN, Quality.STREET),
        ("12, Quán Tình, P. Giang Biên, Q. Long Biên", VIET_HUNG, Quality.STREET),
        ("10 Đoàn Khuê, phường Việt Hưng, Hà Nội", VIET_HUNG, Quality.STREET),
        ("Số 5 Hoa Phượng 5, phường Phúc Lợi, Hà Nội", PHUC_LOI, Quality.STREET),
        ("Aeon Mall, Long Biên", LONG_BIEN, Quality.AREA),
        ("Thôn Trạm, Thạch Bàn, Long Biên", LONG_BIEN, Quality.AREA),
        ("Số 3 phố Vũ Xuân Thiều, Sài Đồng, Long Biên", PHUC_LOI, Quality.HOUSE),
    ],
)
def test_an_address_of_the_old_or_the_new_order_finds_its_ward_of_today(
    address: str, ward: str, quality: Quality
) -> None:
    place = placed(address)

    assert (place.new_ward_code, place.quality, place.ask) == (ward, quality, False)


@pytest.mark.parametrize(
    "address",
    [
        "Tổ 6, P Phúc Đồng, Q Long Biên, Hà Nội",  # an old ward that was split four ways
        "Việt Hưng, Quận Long Biên, Thành phố Hà Nội",  # a ward and a street of that name
        "10 Đoàn Khuê, Long Biên, Hà Nội",  # a street in two wards
        "5 Ái Mộ, phường Phúc Lợi, Hà Nội",  # a street that is not in that ward
        "nhà ông Tám gần chợ, P. Đức Giang, Q. Long Biên",
        "44 phố Không Có, Long Biên",
        "Trường Tiểu học Ái Mộ A, Bồ Đề, LB",  # a school that is not on the map, though others are
        "",
        "?",
    ],
)
def test_what_is_in_doubt_is_asked(address: str) -> None:
    place = placed(address)

    assert place.ask
    assert place.note


@pytest.mark.parametrize(
    "address",
    [
        "25 Đội Cấn, Ba Đình, Hà Nội",
        "25 Đội Cấn, phường Liễu Giai, Hà Nội",
        "10 Ngọc Lâm, quận 1, TP HCM",  # namesakes of streets here
        "17 Nguyễn Văn Cừ, phường 2, quận 5, Sài Gòn",
        "12 Nguyễn Văn Linh, Hải Dương",
        "5 Ngô Gia Tự, TP Bắc Ninh",
        "15 phố Trạm, tỉnh Hưng Yên",
        "45 Ngọc Trì, xã Bát Tràng, Hà Nội",  # next door: a part of old Thạch Bàn went there
        "Số 23, phường Hồng Hà, Hà Nội",
        "số 18 Lê Lợi, TX Sơn Tây",
        "nha so 329 thep moi, ninh kieu can tho",  # without commas, small, without marks
        "so nha 76 nguyen khac vien hai chau da nang",
        "số nhà 222 đinh đức thiện, vĩnh tuy hai bà trưng, tp hà nội",
        "Số 346 Hoa Lâm, xã Việt Hưng, Văn Lâm Hưng Yên",
        "Số 238 Nguyễn Cao Luyện, thành pốh Bắc Giang",
        "sn135 Gia Thượng xã Đức Giang Yên Dũngg Bắc Giang",
        "SN 165 Nguyễn Văn Cừ / Ninh Kiều / gần ga Gia Lâm / Cần Thơ",
        "Số nhà 200 Lý Sơn, pường Hà Đông, Thành phố Hà Nội",
        "234 Nguyen Van Linh, quan Le Chn, Hai Phhong",
    ],
)
def test_an_address_elsewhere_is_never_taken_for_a_namesake_here(address: str) -> None:
    read = parse(address)
    place = locate(read)

    assert read.elsewhere
    assert (place.lat, place.new_ward_code, place.ask) == (None, None, True)


def test_a_street_next_to_the_old_ward_that_is_named_is_believed_with_a_remark_and_a_far_one_asked() -> None:
    next_door, far = placed("Anh Đào 1, P. Đức Giang, Q. Long Biên"), placed("Anh Đào 1, P. Ngọc Thụy, Q. Long Biên")

    assert (next_door.new_ward_code, next_door.ask) == (PHUC_LOI, False)
    assert STREET_BELIEVED in [remark.text for remark in next_door.assumed]
    assert (far.new_ward_code, far.ask) == (PHUC_LOI, True)
    assert set(far.candidates) == {"Bồ Đề", "Phúc Lợi"}


def test_a_street_next_to_the_ward_of_today_that_is_named_is_asked_about() -> None:
    assert placed("Anh Đào 1, phường Việt Hưng, Hà Nội").ask


def test_a_number_that_lies_elsewhere_on_the_street_contradicts_the_ward_that_is_named() -> None:
    """Nguyễn Văn Linh begins in Bồ Đề; its number 755 is three kilometres on."""
    for text in ("28/755 Nguyễn Văn Linh, P. Ngọc Thụy, Q. Long Biên", "ngõ 585 Nguyễn Văn Linh, phường Bồ Đề, Hà Nội"):
        assert placed(text).ask


@pytest.mark.parametrize(("old", "ward"), [("Giang Biên", VIET_HUNG), ("Phúc Lợi", PHUC_LOI)])
def test_of_a_street_in_two_wards_the_part_in_the_old_ward_is_taken(old: str, ward: str) -> None:
    place = placed(f"Đê Vàng, P. {old}, Q. Long Biên")

    assert (place.new_ward_code, place.ask) == (ward, False)
    assert OLD_WARD_CHOSE in [remark.text for remark in place.assumed]


def test_every_placed_address_carries_both_wards_and_says_when_the_old_one_is_reckoned() -> None:
    said = placed("12 Nguyễn Sơn, Ngọc Lâm, Long Biên, Hà Nội")
    reckoned = placed("264 Ngọc Thụy, phường Bồ Đề, Hà Nội")

    assert (said.new_ward_code, said.old_ward_code, said.old_ward_assumed) == (BO_DE, "00133", False)
    assert (reckoned.new_ward_code, reckoned.old_ward_code, reckoned.old_ward_assumed) == (BO_DE, "00118", True)
    assert OLD_WARD_RECKONED in [remark.text for remark in reckoned.assumed]


def test_the_given_point_is_believed_unless_it_contradicts_the_address() -> None:
    at_home = locate(parse("Số 1 phố Thử, phường Bồ Đề, Hà Nội"), lat=21.0459, lon=105.8760)
    elsewhere = locate(parse("Số 1 phố Thử, phường Phúc Lợi, Hà Nội"), lat=21.0459, lon=105.8760)
    outside = locate(parse("Số 1 phố Thử, phường Bồ Đề, Hà Nội"), lat=10.7769, lon=106.7009)

    assert (at_home.quality, at_home.new_ward_code, at_home.ask) == (Quality.DOOR, BO_DE, False)
    assert elsewhere.ask
    assert outside.ask
    assert outside.new_ward_code is None


def test_the_geocoder_answers_like_any_of_geopy_s_and_stays_silent_in_doubt() -> None:
    book = StreetBook()

    found = book.geocode("264 Ngọc Thụy, Long Biên, Hà Nội")
    assert found is not None
    assert found.raw["quality"] is Quality.HOUSE
    assert book.geocode("Tổ 6, P. Phúc Đồng, Q. Long Biên") is None


def test_a_number_lies_between_its_neighbours_on_its_own_side_of_the_street() -> None:
    atlas = Atlas.built_in()
    rows = atlas.gazetteer.streets["nguyen van linh"]
    low, odd, high = (number_fix(atlas, "nguyen van linh", number, rows) for number in (47, 139, 231))

    assert low is not None
    assert odd is not None
    assert high is not None
    # The even side has run far ahead: number 68 lies two kilometres farther down than 231.
    assert high.lat < odd.lat < low.lat
    assert number_fix(atlas, "no such street", 1, rows) is None


def test_three_quarters_of_the_known_numbers_lie_within_the_radius_that_is_told_when_left_out() -> None:
    atlas = Atlas.built_in()
    within: Counter[bool] = Counter()
    errors = []
    for street, points in list(atlas.gazetteer.numbers.items()):
        rows = atlas.gazetteer.streets.get(street, ())
        for point in points if rows else ():
            others = tuple(other for other in points if other is not point)
            less = Atlas(atlas.wards, atlas.gazetteer.with_numbers({street: others}))
            fix = number_fix(less, street, point.number, rows)
            if fix is not None:
                error = apart_m(fix.lat, fix.lon, point.lat, point.lon)
                errors.append(error)
                within[error <= fix.radius_m] += 1

    assert sorted(errors)[len(errors) // 2] <= 60
    assert 0.72 <= within[True] / within.total() <= 0.85


def test_hundreds_of_badly_written_addresses_are_right_or_asked() -> None:
    writer = Writer(Atlas.built_in(), seed=2026)
    counts: Counter[str] = Counter()
    for _ in range(1000):
        written = writer.write()
        read = parse(written.text)
        place = locate(read)
        counts["ward"] += place.new_ward_code in written.wards
        counts["right or asked"] += place.new_ward_code in written.wards or place.ask
        counts["street"] += read.street == written.street
        counts["door"] += (read.house, read.alleys) == (written.house, written.alleys)

    assert counts["ward"] >= 970
    assert counts["right or asked"] >= 995
    assert counts["street"] >= 985
    assert counts["door"] >= 985


@pytest.mark.shared
def test_the_team_s_messy_addresses_are_right_or_asked() -> None:
    with (SHARED / "data/addresses.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    places = {row["id"]: placed(row["address"]) for row in rows}
    right = [row["id"] for row in rows if places[row["id"]].new_ward_code in row["new_ward_codes"].split("/")]

    assert [row["id"] for row in rows if row["id"] not in right and not places[row["id"]].ask] == []
    assert len(right) >= 24


@pytest.mark.shared
def test_bus_stops_that_are_called_by_a_house_number_are_found_within_eighty_metres_more_often_than_not() -> None:
    with (SHARED / "data/points.csv").open(encoding="utf-8") as file:
        stops = [row for row in csv.DictReader(file) if row["kind"] == "bus_stop" and row["in_long_bien"] == "1"]
    errors = []
    for stop in stops:
        name = stop["name"].partition("(")[0]
        read = parse(f"{name}, Long Biên, Hà Nội")
        if name[:1].isdigit() and read.street and read.house and name.startswith(read.house.upper()):
            place = locate(read)
            assert place.lat is not None
            assert place.lon is not None
            errors.append(apart_m(place.lat, place.lon, float(stop["lat"]), float(stop["lon"])))

    assert len(errors) > 40
    assert sorted(errors)[len(errors) // 2] <= 80
