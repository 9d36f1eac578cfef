"""Letters beside the certificates: the ward's words as they were written, and nobody's code."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import BadText, CannotDraw
from labels.insert import Insert, Tone, default_text, draw_inserts
from labels.markdown import read_markdown
from labels.sample import OFFICE
from labels.texts import Language
from tests.labels.reading import black_outside, words

ALPHABET = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"


def page(text: str, name: str = "", language: Language = "vi") -> str:
    return " ".join(" ".join(words(draw_inserts([Insert(text, OFFICE, name=name)], language))).split())


@pytest.mark.parametrize("tone", ["birth", "marriage", "death"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_letters_that_come_with_the_program_fill_one_page_each(tone: Tone, language: Language) -> None:
    pdf = draw_inserts([Insert(default_text(tone, language), OFFICE, tone)], language)

    assert len(words(pdf)) == 1
    assert OFFICE.name in " ".join(words(pdf)[0].split())
    assert not black_outside(pdf, 5)
    assert pdf == draw_inserts([Insert(default_text(tone, language), OFFICE, tone)], language)


def test_all_vietnamese_letters_come_out_as_they_went_in_in_every_face() -> None:
    line = f"{ALPHABET} {ALPHABET.upper()}"

    shown = page(f"# {line}\n\n{line} **{line}** *{line}* ***{line}***\n\n- {line}\n")

    assert shown.replace(" ", "").count(ALPHABET.upper()) == 6


def test_a_letter_greets_by_name_or_politely_without_one() -> None:
    assert "Kính gửi Bà Lê Thị Hoa," in page("Kính gửi {ten},", "Bà Lê Thị Hoa")
    assert "Kính gửi Quý ông/bà," in page("Kính gửi {ten},")
    assert "Dear Sir or Madam," in page("Dear {ten},", language="en")


@pytest.mark.parametrize("name", ["{ten.__class__}", "**A** <b>B</b> & <font size=99>", "{0}%s${ten}", "# A\n\n- b"])
def test_a_name_is_printed_and_never_read_as_markup(name: str) -> None:
    assert f"Kính gửi {' '.join(name.split())}," in page("Kính gửi {ten},", name)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("Xin chào\n\n<script>alert(1)</script>\n", 3, "html"),
        ("Một\nhai <b>ba</b>", 2, "html"),
        ("Một\n\nhai\n`ba`", 4, "code"),
        ("![ảnh](http://example.org/a.png)", 1, "image"),
        ("A\n\n[b](http://example.org)", 3, "link"),
        ("A\n\n    bốn dấu cách", 3, "code"),
        ("> A", 1, "blockquote"),
        ("A\n\n- b\n  - c\n    - d", 5, "2"),
        ("A\n{ten.__class__}", 2, "{ten."),
        ("A {", 1, "{"),
        ("A\n\n😀", 3, "U+1F600"),
        ("a" * 20_001, 1, "20000"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(BadText) as found:
        read_markdown(text, "en")

    assert found.value.line == line
    if what != "2":
        assert what in found.value.why


def test_lists_keep_their_numbers_and_their_depth() -> None:
    blocks = read_markdown("3. ba\n4. bốn\n   - nhỏ\n\n- một\n")

    assert [(block.mark, block.level) for block in blocks] == [("3.", 1), ("4.", 1), ("•", 2), ("•", 1)]


def test_a_text_that_is_too_long_for_a_page_goes_on_and_loses_nothing() -> None:
    text = "\n\n".join(f"Đoạn {number}: xin chúc mọi điều tốt lành." * 3 for number in range(1, 61))

    shown = page(text)

    assert all(f"Đoạn {number}:" in shown for number in range(1, 61))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=60))
def test_any_text_is_a_letter_or_a_mistake_with_a_line(text: str, name: str) -> None:
    try:
        assert draw_inserts([Insert(text, OFFICE, name=name)]).startswith(b"%PDF")
    except BadText as mistake:
        assert mistake.line >= 1  # noqa: PT017


def test_a_long_name_is_printed_whole_and_one_without_end_is_refused() -> None:
    assert page("{ten}", "Đỗ " * 99).count("Đỗ") == 99
    with pytest.raises(CannotDraw, match="10000"):
        page("{ten}", "Đ" * 10_000)
