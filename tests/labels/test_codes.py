"""QR codes put together from learnt differences are those that segno makes."""

import re

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.codes import bars, qr
from labels.errors import CannotDraw

OURS = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", min_size=12, max_size=60)
RECTANGLE = re.compile(r"(\d+) (\d+) (\d+) 1 re")


def modules(path: str, across: int) -> set[tuple[int, int]]:
    """The dark modules of a path as (row from the top, column)."""
    return {
        (across - 1 - int(up), int(left) + step)
        for left, up, length in RECTANGLE.findall(path)
        for step in range(int(length))
    }


@settings(max_examples=40, deadline=None)
@given(OURS)
def test_a_qr_code_of_ours_is_segno_s_with_the_same_mask(text: str) -> None:
    version = segno.make_qr("A" * len(text), error="q").version
    code = segno.make_qr(text, error="q", version=version, mode="alphanumeric", mask=3, boost_error=False)

    drawn = qr(text)

    dark = {(row, column) for row, line in enumerate(code.matrix) for column, bit in enumerate(line) if bit}
    assert modules(drawn.path, drawn.across) == dark


def test_any_other_text_is_a_qr_code_too_unless_it_is_too_long() -> None:
    code = segno.make_qr("https://example.vn/tra-cuu", error="q")

    drawn = qr("https://example.vn/tra-cuu")

    assert drawn.across == len(code.matrix)
    with pytest.raises(CannotDraw):
        qr("ký tự " * 1000)


def test_bars_are_whole_modules_and_not_more_than_a_label_is_wide() -> None:
    drawn = bars("CH100000009VN")

    assert drawn.across * 0.375 + 2 * 3.75 < 92
    assert re.fullmatch(r"(\d+ 0 \d 1 re\n?)+", drawn.path)
