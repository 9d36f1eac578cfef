"""Misspelling as keyboards and people do it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.addresses import spelling
from benchmarks.addresses.spelling import Change, plain

NAMES = st.sampled_from(
    ["Ngọc Thụy", "Đức Giang", "Nguyễn Văn Cừ", "Thượng Thanh", "Hoàng Như Tiếp", "Phúc Lợi", "Kẻ Tạnh"]
)
SEEDS = st.integers(0, 10_000)


@pytest.mark.parametrize(
    "change", [spelling.unmarked, spelling.decomposed, spelling.half_marked, spelling.capitals, spelling.small,
               spelling.wrong_tone, spelling.moved_tone]
)  # fmt: skip
@given(name=NAMES, seed=SEEDS)
def test_what_concerns_marks_and_cases_only_leaves_the_letters(change: Change, name: str, seed: int) -> None:
    assert plain(change(name, Random(seed))) == plain(name)


@given(name=NAMES, seed=SEEDS)
def test_letters_without_diacritics_are_plain_ascii(name: str, seed: int) -> None:
    assert spelling.unmarked(name, Random(seed)).isascii()


@given(name=NAMES, seed=SEEDS)
def test_a_wrong_tone_is_a_letter_that_can_be_typed(name: str, seed: int) -> None:
    wrong = spelling.wrong_tone(name, Random(seed))
    assert wrong != name
    assert len(wrong) == len(name)


def test_telex_leaves_the_keys_as_they_were_struck() -> None:
    assert {spelling.telex("Ngọc", Random(seed)) for seed in range(20)} == {"Ngojc", "Ngocj"}
    assert {spelling.telex("Một", Random(seed)) for seed in range(20)} == {"Mootj", "Moojt"}
    assert spelling.telex("Đường", Random(1)) in {"DDuwowfng", "Dduwowfng", "Dduwowngf"}


def test_vni_leaves_its_digits() -> None:
    assert spelling.vni("Ngọc", Random(1)) == "Ngo5c"


def test_the_tone_moves_to_the_other_vowel_but_never_behind_q() -> None:
    assert spelling.moved_tone("Thụy", Random(1)) == "Thuỵ"
    assert spelling.moved_tone("Hòa", Random(1)) == "Hoà"
    assert spelling.moved_tone("Quý", Random(1)) == "Quý"


@given(name=NAMES, seed=SEEDS)
def test_a_slip_of_the_finger_changes_a_letter_or_two(name: str, seed: int) -> None:
    assert sorted(spelling.swapped(name, Random(seed))) == sorted(name)
    assert len(spelling.dropped(name, Random(seed))) == len(name) - 1
    assert len(spelling.doubled(name, Random(seed))) == len(name) + 1
    assert spelling.run_together(name, Random(seed)).count(" ") == name.count(" ") - 1
