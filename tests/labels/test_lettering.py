"""Text fits or says that it does not; what is invisible is not printed."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import CannotDraw
from labels.fonts import BOLD, REGULAR, typeface
from labels.lettering import ELLIPSIS, LEADING, MM, SMALLEST, WIDEST, fit, normal, one_line, width

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
SMALL = [unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES] + ["đ"]
VIETNAMESE = sorted({*SMALL, *(letter.upper() for letter in SMALL)})
ROOMS = st.tuples(st.floats(12, 200), st.floats(3, 40))


def test_the_fonts_have_all_vietnamese_letters() -> None:
    assert len(VIETNAMESE) == 146
    for name in (REGULAR, BOLD):
        assert {ord(letter) for letter in VIETNAMESE} <= set(typeface(name).face.charToGlyph)
        assert max(typeface(name).widths.values()) <= 1000 * WIDEST


def test_letters_that_come_in_parts_become_whole() -> None:
    assert all(normal(unicodedata.normalize("NFD", letter)) == letter for letter in VIETNAMESE)


@given(st.text())
def test_nothing_invisible_is_left_and_a_second_time_changes_nothing(text: str) -> None:
    kept = normal(text)

    assert not {unicodedata.category(letter) for letter in kept} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert normal(kept) == kept


def test_marks_are_not_piled_up_to_blacken_a_line() -> None:
    assert len(normal("a" + "\u0301" * 500)) < 5


@settings(deadline=None)
@given(st.text(max_size=300).map(normal), ROOMS, st.sampled_from((7.0, 11.0, 20.0)))
def test_a_text_fits_whole_or_ends_in_an_ellipsis(text: str, room: tuple[float, float], size: float) -> None:
    chosen, lines = fit(text, REGULAR, size, room, may_cut=True)

    assert SMALLEST <= chosen <= size
    assert all(width(line, REGULAR, chosen) <= room[0] + 0.01 for line in lines)
    assert len(lines) * chosen * LEADING / MM <= max(room[1] + 0.01, chosen * LEADING / MM)
    whole = "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert whole or lines[-1].endswith(ELLIPSIS)


@settings(deadline=None)
@given(st.text(max_size=300).map(normal), st.floats(8, 120), st.sampled_from((6.0, 11.0, 20.0)))
def test_one_line_is_never_wider_than_its_room_and_is_cut_only_where_people_see_it(
    text: str, room: float, size: float
) -> None:
    chosen, shown = one_line(text, BOLD, size, room)

    assert SMALLEST <= chosen <= size
    assert width(shown, BOLD, chosen) <= room + 0.01
    assert shown == text or (shown.endswith(ELLIPSIS) and chosen == SMALLEST)


def test_what_may_not_be_cut_is_refused() -> None:
    with pytest.raises(CannotDraw):
        fit("Nguyễn " * 200, REGULAR, 12, (40, 10))
