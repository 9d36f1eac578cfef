"""An address taken apart: every part in its place, whatever the hand that wrote it."""

import unicodedata
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from delivery.places.address import Address, parse
from delivery.places.atlas import Atlas
from delivery.places.locating import locate
from delivery.places.remarks import FROM_THE_HOUSE, FROM_THE_STREET, WORD_CORRECTED
from delivery.places.text import fold, normal
from tests.places.writers import Writer


def parts(address: Address) -> dict[str, Any]:
    names = ("unit", "building", "estate", "house", "alleys", "street", "group", "ward", "district", "elsewhere")
    return {name: getattr(address, name) for name in names if getattr(address, name)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Số 12 ngõ 68/5 Ngọc Thụy, P. Ngọc Thụy, Q. Long Biên, HN",
            {"house": "12", "alleys": ("68", "5"), "street": "ngoc thuy", "ward": "ngoc thuy", "district": "long bien"},
        ),
        (
            "so 15 ngach 53/20 Duc Giang, tổ 14, phuong Duc Giang",
            {"house": "15", "alleys": ("53", "20"), "street": "duc giang", "group": "tổ 14", "ward": "duc giang"},
        ),
        (
            "Số 1B ngõ 53 ngách 53/20 hẻm 53/20/4 Đức Giang",
            {"house": "1b", "alleys": ("53", "20", "4"), "street": "duc giang"},
        ),
        ("số 7 ngách 20 ngõ 53 Đức Giang", {"house": "7", "alleys": ("53", "20"), "street": "duc giang"}),
        (
            "Căn 1205 tòa R2, KĐT Sài Đồng, P. Sài Đồng, Q. Long Biên, HN",
            {
                "unit": "Căn 1205",
                "building": "tòa R2",
                "estate": "KĐT Sài Đồng",
                "ward": "sai dong",
                "district": "long bien",
            },
        ),
        (
            "P.1205 CT15 KĐT Việt Hưng, Giang Biên, Long Biên",
            {
                "unit": "P 1205",
                "building": "CT15",
                "estate": "KĐT Việt Hưng",
                "ward": "giang bien",
                "district": "long bien",
            },
        ),
        ("15 - 17 Ngọc Lâm; P Ngọc Lâm", {"house": "15-17", "street": "ngoc lam", "ward": "ngoc lam"}),
        ("12ngõ5 Bồ Đề", {"house": "12", "alleys": ("5",), "street": "bo de"}),
        (
            "12 ngo 5 pho Bo De phuong Bo De Ha Noi",
            {"house": "12", "alleys": ("5",), "street": "bo de", "ward": "bo de"},
        ),
        (
            "Hà Nội, Long Biên, Phường Ngọc Thụy, Ngọc Thụy, ngõ 68, số 12",
            {"house": "12", "alleys": ("68",), "street": "ngoc thuy", "ward": "ngoc thuy", "district": "long bien"},
        ),
        (
            "Hoa Lan 5-12 Vinhomes Riverside",
            {"house": "12", "street": "hoa lan 5", "estate": "Vinhomes Riverside"},
        ),
        ("Số 5 P. Nguyễn Sơn, P. Ngọc Lâm", {"house": "5", "street": "nguyen son", "ward": "ngoc lam"}),
        ("Số 2 Quán Tình", {"house": "2", "street": "quan tinh"}),
        ("sn 37 hoa phượng phúc lợi", {"house": "37", "street": "hoa phuong", "ward": "phuc loi"}),
        ("9 Long Biên – Xuân Quan, P. Bồ Đề", {"house": "9", "street": "long bien xuan quan", "ward": "bo de"}),
        ("21 phố Bằng Lăng 1, Phúc Lợi", {"house": "21", "street": "bang lang 1", "ward": "phuc loi"}),
        ("Số 10 Ngõ Tự Do 1, Q.LB", {"house": "10", "street": "ngo tu do 1", "district": "long bien"}),
        ("Số 5 Gia Lâm, Long Biên", {"house": "5", "district": "long bien", "elsewhere": "Gia Lâm"}),
    ],
)
def test_every_part_of_an_address_is_found(text: str, said: dict[str, Any]) -> None:
    assert parts(parse(text)) == said


@pytest.mark.parametrize(
    "text",
    [
        "số 12 ngõ 68 ngọc thụy, p. ngọc thụy, q. long biên, hà nội",
        "SỐ 12 NGÕ 68 NGỌC THỤY, P. NGỌC THỤY, Q. LONG BIÊN, HÀ NỘI",
        unicodedata.normalize("NFD", "Số 12 ngõ 68 Ngọc Thụy, P. Ngọc Thụy, Q. Long Biên, Hà Nội"),
        "So 12 ngo 68 Ngoc Thuy P Ngoc Thuy Q Long Bien Ha Noi",
        "sn 12 ngõ 68 đ. Ngọc Thụy;phường Ngọc Thụy;quận Long Biên;TP. Hà Nội, Việt Nam 11800",
        "12 ngo68 Ngocj Thuyj, phuwowngf Ngocj Thuyj, quaanj Long Bieen, Haf Nooji",
        "Số 12\nngõ 68 phố Ngọc Thuỵ\nPhường Ngọc Thụy - Quận Long Biên - Hà Nội",
        "Số 12 ngõ 68 Ngọc Thụy, Ngọc Thụy, Long Biên, Hà Nội, Hà Nội",
        "Số 12 ngõ 68 Ngọc Tuhỵ, phờng Ngọc Thụy, Logn Biên, Hà Nội",
        "ĐT 0912 345 678: số 12 ngõ 68 Ngọc Thụy, P.Ngọc Thụy, Q.Long Biên, HN",
    ],
)
def test_one_door_is_one_door_however_it_is_written(text: str) -> None:
    read = parse(text)

    assert (read.house, read.alleys, read.street) == ("12", ("68",), "ngoc thuy")
    assert (read.ward, read.old_form, read.district) == ("ngoc thuy", True, "long bien")


@pytest.mark.parametrize(
    ("text", "house", "street"),
    [
        ("No. 403 pố Tư Đình", "403", "tu dinh"),
        ("#85 hPố Đào Đình Luyện", "85", "dao dinh luyen"),
        ("564 Nguye64n Va8n Cừ, P Bồ Đề", "564", "nguyen van cu"),
        ("SN 130 phố Lưu Khánh D9a2m", "130", "luu khanh dam"),
        ("SN 266 Ngo6 Gia Tự, P. Thượng Thanh", "266", "ngo gia tu"),
        ("57 pho61 Ngọc Trì, Thạch Bàn", "57", "ngoc tri"),
        ("số 20 Chu Huy Mqn, Long Biên", "20", "chu huy man"),
        ("Ngõ 75 số 3 Mai Phúc", "3", "mai phuc"),
        ("#299 Đường Phúc Lợi, (nhà 3 tầng)", "299", "phuc loi"),
        ("Anh Tuấn, 12 Nguyễn Khắc Viện", "12", "nguyen khac vien"),
        ("Co Linh, ngo 202, nha 19, Long Bien, Q. Long Bien", "19", "co linh"),
        ("7 Bát Khối, cạnh quán phở Long Biên, Hanoi", "7", "bat khoi"),
    ],
)
def test_a_slip_of_the_keyboard_does_not_hide_the_street(text: str, house: str, street: str) -> None:
    address = parse(text)

    assert (address.house, address.street) == (house, street)


@pytest.mark.parametrize(
    ("text", "alleys"),
    [("Phúc Lợi, nog 87, sn15", ("87",)), ("số 31 ngp 97 Gia Thượng", ("97",)), ("35 Ngo4 239 Bồ Đề", ("239",))],
)
def test_a_slip_of_the_word_for_an_alley_is_understood_before_a_number(text: str, alleys: tuple[str, ...]) -> None:
    assert parse(text).alleys == alleys


@pytest.mark.parametrize("code", ["N01A", "CT15", "GH1", "R2", "P6"])
def test_the_code_of_a_building_is_no_word_with_tones(code: str) -> None:
    assert code in (parse(f"Căn 1205 tòa {code}, Khu ĐT Việt Hưng, P. Giang Biên").building or "")


@pytest.mark.parametrize(
    "text",
    [
        "Quán phở bà Béo, số 102 đường Ngọc Thụy, P. Ngọc Thụy, Q. Long Biên",
        "Quan pho ba Beo 102 Ngoc Thuy, P Ngoc Thuy, Long Bien",
        "Chị Huyền, 102 Ngọc Thụy, phường Ngọc Thụy, quận Long Biên",
        "102 Ngọc Thụy cạnh quán phở P. Ngọc Thụy Q. Long Biên",
        "102 Ngọc Thụy gần ga Gia Lâm P. Ngọc Thụy Q. Long Biên",
    ],
)
def test_a_soup_a_sister_and_a_station_are_no_district_elsewhere(text: str) -> None:
    address = parse(text)

    assert (address.elsewhere, address.street, address.ward) == ("", "ngoc thuy", "ngoc thuy")


def test_the_street_may_have_the_ward_s_name_or_another_ward_s() -> None:
    for text in ("Gia Thụy, P. Gia Thụy, Long Biên, Hà Nội", "Gia Thụy, tổ 11, Bồ Đề, HN"):
        assert parse(text).street == "gia thuy"


def test_what_is_not_understood_is_kept() -> None:
    read = parse("nhà ông Tám, cạnh nhà văn hoá, ngõ 310 Nguyễn Văn Cừ, Bồ Đề")

    assert "cạnh nhà văn hoá" in read.landmark
    assert "ông Tám" in read.landmark
    assert (read.street, read.alleys) == ("nguyen van cu", ("310",))


def test_a_name_near_by_is_not_the_street() -> None:
    assert parse("nhà ông Tám gần chợ Ngọc Lâm, P. Đức Giang").street is None


@pytest.mark.parametrize(
    ("text", "house", "alleys", "assumed"),
    [
        ("12/5/3 Ngọc Thụy", "3", ("12", "5"), FROM_THE_STREET),
        ("7/20/53 Đức Giang", "7", ("53", "20"), FROM_THE_HOUSE),  # Đức Giang has an alley 53 and none of number 7
    ],
)
def test_a_number_with_slashes_is_read_by_the_map_and_says_so(
    text: str, house: str, alleys: tuple[str, ...], assumed: str
) -> None:
    read = parse(text)

    assert (read.house, read.alleys) == (house, alleys)
    assert assumed in [remark.text for remark in read.assumed]
    assert read.confidence < parse("12 Ngọc Thụy").confidence


def test_a_corrected_word_says_from_what_to_what() -> None:
    (correction,) = parse("12 Nguyn Văn Cừ, P. Bồ Đề, Q. Long Biên").assumed

    assert correction.text == WORD_CORRECTED
    assert dict(correction.values) == {"said": "Nguyn Văn Cừ", "meant": "Nguyễn Văn Cừ"}


@pytest.mark.parametrize(
    ("text", "old_form"),
    [
        ("5 Ái Mộ, P. Bồ Đề, Q. Long Biên, Hà Nội", True),  # a district is named
        ("5 Ái Mộ, phường Bồ Đề, Hà Nội", False),  # ward and city with nothing between them
        ("5 Ái Mộ, phường Ngọc Lâm, Hà Nội", True),  # there is no such ward today
        ("5 Ái Mộ, phường Bồ Đề", None),
        ("5 Ái Mộ, phường Bồ Đề cũ", True),
    ],
)
def test_the_form_of_an_address_is_old_new_or_open(text: str, old_form: bool | None) -> None:
    assert parse(text).old_form is old_form


def test_an_address_may_give_both_its_wards() -> None:
    read = parse("Số 9 Bắc Cầu, P. Bồ Đề (P. Ngọc Thụy cũ), Hà Nội")

    assert (read.ward, read.old_form, read.now) == ("ngoc thuy", True, "bo de")


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader_and_it_reads_the_same_in_any_unicode_form(text: str) -> None:
    read = parse(text)
    place = locate(read)

    assert place.ask or place.lat is not None
    assert 0 <= read.confidence <= 1
    assert parts(parse(normal(text))) == parts(read)
    assert fold(fold(text)) == fold(text)


@given(st.integers(0, 10**9))
def test_reading_what_was_printed_gives_the_same_parts(seed: int) -> None:
    read = parse(Writer(Atlas.built_in(), seed).write().text)
    # The name of a street that is not on the map may hold anything.
    assume(read.street is not None or read.street_text is None)
    again = parse(read.printed())

    for name in ("house", "alleys", "street", "ward", "district", "province", "old_form", "now", "place"):
        assert getattr(again, name) == getattr(read, name), (name, read.text, read.printed())


def test_hostile_lengths_are_read() -> None:
    for text in ("phường " * 20_000, "ngõ 1 " * 20_000, "Số 1 Ngọc Lâm, " * 5_000, "1/" * 50_000, "a" * 100_000, "\0"):
        locate(parse(text[:100_000]))
