"""Words in several faces become lines and pages: nothing is lost, nothing sticks out, nothing stands alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.fonts import BOLD, ITALIC, REGULAR
from labels.lettering import normal
from labels.running_text import Line, Row, height_of, lines_of, pages_of

WORDS = st.text(max_size=60).map(normal)
RUNS = st.lists(st.tuples(st.sampled_from([REGULAR, BOLD, ITALIC]), WORDS), max_size=8)


def told(lines: list[Line]) -> str:
    return "".join(text for line in lines for _font, text in line.runs)


@settings(max_examples=60, deadline=None)
@given(RUNS, st.floats(20, 120), st.floats(6, 20))
def test_no_letter_is_lost_and_no_line_is_too_wide(runs: list[tuple[str, str]], across: float, size: float) -> None:
    lines = lines_of(runs, size, across)

    assert told(lines).replace(" ", "") == "".join(text for _font, text in runs).replace(" ", "")
    assert all(line.width <= across + 0.01 for line in lines)


def test_faces_change_within_a_word_without_a_place_to_break() -> None:
    (line,) = lines_of([(BOLD, "Lưu ý"), (REGULAR, ": giữ kỹ")], 11, 100)

    assert line.runs == ((BOLD, "Lưu ý"), (REGULAR, ": giữ kỹ"))


def test_a_hard_break_begins_a_line_and_two_leave_an_empty_one() -> None:
    lines = lines_of([(REGULAR, "một"), (REGULAR, "\n"), (REGULAR, "\n"), (REGULAR, "hai")], 11, 100)

    assert [told([line]) for line in lines] == ["một", "", "hai"]


ROWS = st.lists(st.tuples(st.floats(1, 9), st.floats(0, 5), st.booleans()), max_size=60)


@given(ROWS, st.floats(15, 90))
def test_every_row_is_on_one_page_in_order_and_pages_are_not_too_high(
    rows: list[tuple[float, float, bool]], height: float
) -> None:
    made = [Row(Line((), 0.0), at, high, above, stays) for at, (high, above, stays) in enumerate(rows)]

    pages = pages_of(made, height)

    assert [row.block for page in pages for row in page] == list(range(len(rows)))
    assert all(height_of(page) <= height + 0.01 for page in pages)


@pytest.mark.parametrize("room", [20.0, 23.0, 26.0])
def test_a_heading_goes_to_the_next_page_with_what_it_heads(room: float) -> None:
    text, heading = Line(((REGULAR, "a"),), 1.0), Line(((BOLD, "H"),), 1.0)
    rows = [Row(text, number, 5.0) for number in range(3)]
    rows += [Row(heading, 3, 5.0, stays=True), Row(text, 4, 5.0, stays=True), Row(text, 4, 5.0)]

    first, second = pages_of(rows, room)

    assert [row.block for row in first] == [0, 1, 2]
    assert [row.block for row in second] == [3, 4, 4]
