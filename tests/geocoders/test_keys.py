"""One door has one key however it is written; two doors never share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.geocoders.asking import ask
from delivery.geocoders.keys import LONGEST, MARK, text_key
from delivery.places.atlas import Atlas
from delivery.places.text import fold

SAME_DOOR = (
    (
        "12 ngõ 68 Ngọc Thụy",
        "Số 12, ngõ 68, Ngọc Thụy, P. Ngọc Thụy (cũ)",
        "so nha 12 ngo 68 pho Ngoc Thuy, quan Long Bien, HN",
        "Số 012, Ngõ68, phố Ngọc Thụy, phường Bồ Đề, thành phố Hà Nội",
    ),
    ("Tổ 6, P. Phúc Đồng, Q. Long Biên, Hà Nội", "tổ 6 phường Phúc Đồng quận Long Biên HN"),
    ("264 Ngọc Thụy", "Số nhà 264 đường Ngọc Thụy, Long Biên, Hà Nội, Việt Nam"),
)
OTHER_DOORS = (
    "12 ngõ 68 Ngọc Thụy", "68 ngõ 12 Ngọc Thụy", "12A ngõ 68 Ngọc Thụy", "12 ngách 68 Ngọc Thụy", "12 Ngọc Thụy",
    "1 ngõ 268 Ngọc Thụy", "12/68 Ngọc Thụy", "12 ngõ 68/5 Ngọc Thụy", "tổ 12 ngõ 68 Ngọc Thụy", "12-14 Ngọc Thụy",
    "Phòng 5, 12 ngõ 68 Ngọc Thụy", "12 ngõ 68 Ngọc Lâm", "Tầng 2, 12 ngõ 68 Ngọc Thụy",
    "12 ngõ 68 Ngọc Thụy (sau nhà)",
    "Căn 1205 tòa R2, KĐT Sài Đồng", "Căn 1205 tòa R3, KĐT Sài Đồng", "Căn 1206 tòa R2, KĐT Sài Đồng",
    "12 ngõ 68 Ngọc Thụy, Ba Đình, Hà Nội",
)  # fmt: skip


def key(text: str) -> str:
    return ask(text, Atlas.built_in()).key


@pytest.mark.parametrize("written", SAME_DOOR, ids=lambda written: written[0])
def test_one_door_has_one_key_however_it_is_written(written: tuple[str, ...]) -> None:
    assert len({key(text) for text in written}) == 1


def test_no_two_doors_have_one_key() -> None:
    keys = [key(text) for text in OTHER_DOORS]

    assert len(set(keys)) == len(OTHER_DOORS)


NUMBER = st.integers(1, 999).map(str)


@given(
    first=st.tuples(NUMBER, NUMBER), second=st.tuples(NUMBER, NUMBER), street=st.sampled_from(["Ngọc Thụy", "Lạ Lùng"])
)
def test_another_house_or_alley_is_another_key(first: tuple[str, str], second: tuple[str, str], street: str) -> None:
    keys = {key(f"Số {house} ngõ {alley} {street}, phường Bồ Đề") for house, alley in (first, second)}

    assert len(keys) == len({first, second})


@given(st.text(max_size=400))
def test_any_text_has_a_key_that_fits_an_index_and_is_no_folded_text(text: str) -> None:
    made = key(text)

    assert len(made) <= LONGEST + 64
    assert MARK in made
    assert MARK not in fold(text)
    assert len(text_key(text)) <= LONGEST + 64
