"""Appointment slips say by phone, at a counter and to a camera where an envelope is, and nothing of what is in it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.appointment import SHAPES, Format, draw_appointments
from labels.errors import CannotDraw
from labels.insert import draw_inserts
from labels.sample_counter import sample_appointments, sample_inserts
from tests.labels.reading import black_outside, codes, words

FORMS = sorted(SHAPES)


@pytest.mark.parametrize("form", FORMS)
def test_each_slip_opens_its_envelopes_page_and_shows_its_code_in_full(form: Format) -> None:
    slips, expected = sample_appointments(6, seed=3)

    pdf = draw_appointments(slips, form)

    assert codes(pdf) == [set(page) for page in expected]
    for slip, page in zip(slips, words(pdf), strict=True):
        shown = "".join(page.split())
        assert "".join(slip.tracking_code.split("-")) in shown.replace("-", "")
        assert "".join(slip.promised.split()) in shown
        assert "3sốcuối" in shown
    assert not black_outside(pdf, 3)
    assert pdf == draw_appointments(slips, form)


@pytest.mark.parametrize("form", FORMS)
def test_the_longest_names_stay_whole(form: Format) -> None:
    (slip,), _codes = sample_appointments(1)
    name = "Công Tằng Tôn Nữ Huyền Trang Ngọc Quỳnh Như Nguyễn Phước Bảo Long Trần Lê Hoàng Ánh Tuyết Mai Phương"

    assert name in " ".join(words(draw_appointments([replace(slip, name=name)], form))[0].split())


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.text(max_size=40))
def test_any_name_is_printed_or_refused(name: str, slot: str) -> None:
    (slip,), _codes = sample_appointments(1)
    try:
        pdf = draw_appointments([replace(slip, name=name, slot=slot)], "receipt")
    except CannotDraw:
        return
    assert codes(pdf) == [{slip.qr}]


def test_samples_are_the_same_for_the_same_seed_and_letters_carry_no_code() -> None:
    assert sample_appointments(5, 1) == sample_appointments(5, 1)
    assert sample_appointments(5, 1) != sample_appointments(5, 2)
    letters, expected = sample_inserts(6, 1)

    assert codes(draw_inserts(letters)) == [set(page) for page in expected]
