"""Names of streets and alleys as mappers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.maps.names import LONGEST_NAME, alley_name, clean, leading_number, stop_address, street_name


@pytest.mark.parametrize(
    ("written", "word", "number", "street"),
    [
        ("Ngõ 68 Ngọc Thụy", "Ngõ", "68", "Ngọc Thụy"),
        ("Ngõ 51 phố Nguyễn Minh Châu", "Ngõ", "51", "Nguyễn Minh Châu"),
        ("Ngách 68/5 Ngọc Thụy", "Ngách", "68/5", "Ngọc Thụy"),
        ("Hẻm 268/21/55 Ngọc Thụy", "Hẻm", "268/21/55", "Ngọc Thụy"),
        ("Ngách 83 Ngõ 293 Ngọc Thụy", "Ngách", "293/83", "Ngọc Thụy"),
        ("Ngõ 293, Ngách 83 Ngọc Thụy", "Ngách", "293/83", "Ngọc Thụy"),
        ("Ngách 80/14 Ngõ 80 Hoa Lâm", "Ngách", "80/14", "Hoa Lâm"),
        ("126 Ngõ 1 Phú Viên", "Ngách", "1/126", "Phú Viên"),
        ("Tổ 5 Ngõ 2 Ngọc Lâm", "Ngõ", "2", "Ngọc Lâm"),
        ("Ngách 318/54Phố Ngọc Trì", "Ngách", "318/54", "Ngọc Trì"),
        ("Ngõ 387 - Hoàng Quốc Việt", "Ngõ", "387", "Hoàng Quốc Việt"),
        ("Ngõ 4D Đặng Văn Ngữ", "Ngõ", "4D", "Đặng Văn Ngữ"),
        ("NGO 5 BO DE", "Ngõ", "5", "BO DE"),
        ("Ngõ 2 Long Biên 1", "Ngõ", "2", "Long Biên 1"),
        ("Kiệt 12 Lê Lợi", "Kiệt", "12", "Lê Lợi"),
        ("Ngõ 51", "Ngõ", "51", ""),
    ],
)
def test_an_alley_tells_its_way_from_the_street_inwards(written: str, word: str, number: str, street: str) -> None:
    found = alley_name(written)

    assert found is not None
    assert (found.word, found.number, found.street) == (word, number, street)


@pytest.mark.parametrize("name", ["Ngõ Huyện", "Ngõ Trại Cá", "Phố Bồ Đề", "Ngô Gia Tự", "Hẻm", "482 - Kim Giang"])
def test_what_has_no_alley_number_is_a_street(name: str) -> None:
    assert alley_name(name) is None


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Phố Bồ Đề", "Bồ Đề"),
        ("đường Đê Vàng", "Đê Vàng"),
        ("Đường số 5", "Đường số 5"),
        ("Đường 2-4 Gamuda", "Đường 2-4 Gamuda"),
        ("Đường cao tốc Hà Nội – Hải Phòng", "Đường cao tốc Hà Nội – Hải Phòng"),
        ("Phố", "Phố"),
    ],
)
def test_the_word_for_street_is_dropped_unless_it_is_the_name(written: str, plain: str) -> None:
    assert street_name(written) == plain


@pytest.mark.parametrize(
    ("stop", "address"),
    [
        ("436-438 Nguyễn Văn Cừ", (436, "Nguyễn Văn Cừ")),
        ("Chợ Mơ - 459D Bạch Mai", (459, "Bạch Mai")),
        ("Số 3 Phố Huế", (3, "Huế")),
        ("Bến xe Gia Lâm", None),
        ("Đối diện 5 Ngọc Thụy", None),
        ("0 Ngọc Thụy", None),
    ],
)
def test_a_bus_stop_may_be_called_by_the_house_it_stands_before(stop: str, address: tuple[int, str] | None) -> None:
    assert stop_address(stop) == address


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("12", 12),
        ("12A", 12),
        ("12-14", 12),
        ("số 7", 7),
        ("LK05-12", None),
        ("0", None),
        ("123456789", None),
        ("", None),
    ],
)
def test_a_house_number_counts_along_the_street_by_what_it_begins_with(written: str, number: int | None) -> None:
    assert leading_number(written) == number


@given(st.text(max_size=3 * LONGEST_NAME))
def test_no_name_breaks_the_reading_and_every_alley_can_be_written_again(name: str) -> None:
    tidy = clean(name)

    assert len(tidy) <= LONGEST_NAME
    found = alley_name(tidy)
    if found is not None and found.street:
        assert alley_name(found.on("Bồ Đề")) is not None


@given(
    st.sampled_from(["Ngõ", "Ngách", "Hẻm", "Kiệt"]),
    st.lists(st.integers(1, 99_999), min_size=1, max_size=4),
    st.sampled_from(["Bồ Đề", "Ngọc Thụy", "Nguyễn Văn Cừ"]),
)
def test_a_name_that_was_written_out_is_read_back_the_same(word: str, chain: list[int], street: str) -> None:
    number = "/".join(map(str, chain))

    found = alley_name(f"{word} {number} phố {street}")

    assert found is not None
    assert (found.word, found.number, found.street) == (word, number, street)


@pytest.mark.parametrize("hostile", ["\x00" * 10, "x" * 10_000, " \t\n", "\u202e\u2066", "???", None])
def test_a_name_that_is_none_becomes_empty(hostile: str | None) -> None:
    assert clean(hostile) == ""
