"""What leaves the machine: the street, never the person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.geocoders.sending import LONGEST, street_part
from delivery.places.address import parse


def sent(text: str) -> str | None:
    return street_part(parse(text), ("Bồ Đề",), "Hà Nội")


@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        ("12 phố Lạ gặp anh Tuấn 0912 345 678, phường Bồ Đề", "12 phố Lạ, Bồ Đề, Hà Nội"),
        ("12 pho La gap anh Tuan 0912.345.678", "12 pho La, Bồ Đề, Hà Nội"),
        ("Nhà bà Lan, số 5 đường Mới, Bồ Đề", "số 5 đường Mới, Bồ Đề, Hà Nội"),
        ("Trần Thị Hoa +84 912345678 hoa@thu.vn, 7 ngõ 3 phố Mới", "7 ngõ 3 phố Mới, Bồ Đề, Hà Nội"),
        ("Căn 1205, KĐT Sài Đồng", "KĐT Sài Đồng, Bồ Đề, Hà Nội"),
        ("102 Cổ Linh", "102 Cổ Linh, Bồ Đề, Hà Nội"),
        ("Tổ 6, P. Phúc Đồng, Q. Long Biên, Hà Nội", None),
        ("Nguyễn Văn Thử", None),
        ("5 Đội Cấn, Ba Đình, Hà Nội", None),
        ("", None),
        ("0912345678", None),
    ],
)
def test_house_alley_and_street_leave_and_nothing_else(written: str, leaves: str | None) -> None:
    assert sent(written) == leaves


PHONES = st.from_regex(r"(\+84|0)[3-9][0-9]{2}[ .-]?[0-9]{3}[ .-]?[0-9]{3}", fullmatch=True)


@given(phone=PHONES, before=st.booleans())
def test_no_phone_leaves_wherever_it_stands(phone: str, before: bool) -> None:
    text = f"{phone} 12 phố Lạ" if before else f"12 phố Lạ {phone}"

    leaves = sent(text) or ""

    assert phone[-7:] not in leaves
    assert sum(letter.isdigit() for letter in leaves) <= 2


@given(st.text(max_size=500))
def test_any_text_is_answered_shortly(text: str) -> None:
    leaves = sent(text)

    assert leaves is None or (len(leaves) <= LONGEST and "@" not in leaves)
