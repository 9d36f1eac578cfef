"""Item codes: what is printed, typed and scanned is one envelope's number or it is nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_api.errors import NotAnItemCode
from postal_api.s10 import ItemCode, check_digit

LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
CODES = st.builds(ItemCode.make, LETTERS, st.integers(0, 99_999_999), LETTERS)


@pytest.mark.parametrize(
    ("serial", "digit"), [(12345678, 5), (47312482, 9), (98127391, 1), (1, 4), (0, 5), (99_999_999, 5)]
)
def test_the_check_digit_is_the_one_of_the_standard(serial: int, digit: int) -> None:
    assert check_digit(serial) == digit


@given(CODES)
def test_what_is_written_is_read_back(code: ItemCode) -> None:
    assert ItemCode.parse(str(code)) == code
    assert len(str(code)) == 13


@given(CODES, st.integers(2, 9), st.integers(1, 9))
def test_one_wrong_digit_in_the_serial_is_noticed_unless_two_digits_share_a_check(
    code: ItemCode, position: int, shift: int
) -> None:
    text = str(code)
    wrong = text[:position] + str((int(text[position]) + shift) % 10) + text[position + 1 :]

    if check_digit(int(wrong[2:10])) == int(wrong[10]):
        # Folding 10 and 11 onto 0 and 5 leaves these few pairs; the standard accepts that.
        assert int(wrong[10]) in {0, 5}
    else:
        with pytest.raises(NotAnItemCode):
            ItemCode.parse(wrong)


@given(CODES, st.integers(2, 8))
def test_two_neighbouring_digits_exchanged_are_noticed_unless_two_digits_share_a_check(
    code: ItemCode, position: int
) -> None:
    text = str(code)
    wrong = text[:position] + text[position + 1] + text[position] + text[position + 2 :]

    if wrong != text and check_digit(int(wrong[2:10])) != int(wrong[10]):
        with pytest.raises(NotAnItemCode):
            ItemCode.parse(wrong)
    else:
        assert wrong == text or int(text[10]) in {0, 5}


@pytest.mark.parametrize(
    "typed",
    [
        " EE 473 124 829 VN ", "ee473124829vn", "ＥＥ４７３１２４８２９ＶＮ", "EE-473124829-VN",
        "\ufeffEE473124829VN\r\n",
        "Ê473124829VN", "ê473124829vn",
    ],
)  # fmt: skip
def test_a_code_is_understood_as_people_type_it_and_scan_guns_send_it(typed: str) -> None:
    assert str(ItemCode.parse(typed)) == "EE473124829VN"


@pytest.mark.parametrize(
    "typed", ["", "EE473124829", "EE47312482VN", "E1473124829VN", "EE473124828VN", "٤٧٣", "EE" * 50]
)
def test_anything_else_is_refused_as_a_value_error(typed: str) -> None:
    with pytest.raises(ValueError, match=r"item code|check digit"):
        ItemCode.parse(typed)


@given(st.text())
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    try:
        code = ItemCode.parse(text)
    except NotAnItemCode:
        return
    assert ItemCode.parse(str(code)) == code


@pytest.mark.parametrize(
    ("indicator", "serial", "country"),
    [("E", 1, "VN"), ("EE", -1, "VN"), ("EE", 10**8, "VN"), ("ee", 1, "VN"), ("EE", 1, "Vn")],
)
def test_a_code_outside_the_standard_cannot_be_made(indicator: str, serial: int, country: str) -> None:
    with pytest.raises(NotAnItemCode):
        ItemCode.make(indicator, serial, country)
