"""Dates, slots, codes and phone numbers as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.rules.calendar import WorkingCalendar
from delivery.rules.codes import (
    ALPHABET,
    new_reference,
    new_tracking_code,
    parse_tracking_code,
    qr_payload,
    read_qr,
    show_tracking_code,
)
from delivery.rules.dossier import DossierCode
from delivery.rules.phones import masked, national, parse_phone
from delivery.rules.slots import Slot, format_slots, parse_slots

KEY = b"a seal of this installation only"


def test_the_new_culture_day_moves_a_promise_made_on_the_eve() -> None:
    assert WorkingCalendar().add(date(2026, 11, 23), 1) == date(2026, 11, 25)


def test_tet_is_not_a_working_week() -> None:
    assert WorkingCalendar().add(date(2027, 2, 3), 1) == date(2027, 2, 11)


def test_a_swapped_saturday_works_if_the_ward_says_so() -> None:
    saturday = date(2026, 8, 22)

    assert not WorkingCalendar().works_on(saturday)
    assert WorkingCalendar({saturday: True}).works_on(saturday)


def test_a_storm_closure_moves_the_promise() -> None:
    stormy = WorkingCalendar(closures=frozenset({date(2026, 11, 26)}))

    assert stormy.add(date(2026, 11, 25), 1) == date(2026, 11, 27)
    assert stormy.moved(date(2026, 11, 26), since=date(2026, 11, 25)) == date(2026, 11, 27)
    assert stormy.unforeseen().works_on(date(2026, 11, 26))


def test_a_closure_on_the_way_puts_off_what_was_promised_for_a_later_day() -> None:
    stormy = WorkingCalendar(closures=frozenset({date(2026, 12, 2), date(2026, 12, 3)}))

    assert stormy.moved(date(2026, 12, 4), since=date(2026, 12, 1)) == date(2026, 12, 8)
    # Completed when the storm was over, or promised before it came.
    assert stormy.moved(date(2026, 12, 7), since=date(2026, 12, 3)) == date(2026, 12, 7)
    assert stormy.moved(date(2026, 12, 1), since=date(2026, 11, 30)) == date(2026, 12, 1)


def test_a_closed_sunday_moves_nothing_and_a_closed_working_saturday_does() -> None:
    saturday, sunday = date(2026, 12, 5), date(2026, 12, 6)
    promised, since = date(2026, 12, 7), date(2026, 12, 3)

    assert WorkingCalendar(closures=frozenset({saturday, sunday})).moved(promised, since) == promised
    swapped = WorkingCalendar({saturday: True}, frozenset({saturday, sunday}))
    assert swapped.moved(promised, since) == date(2026, 12, 8)


DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@given(DAYS, st.integers(0, 12), st.frozensets(DAYS, max_size=40), st.dictionaries(DAYS, st.booleans(), max_size=20))
def test_a_promise_keeps_its_number_of_working_days_and_is_never_brought_forward(
    completed: date, days: int, closures: frozenset[date], exceptions: dict[date, bool]
) -> None:
    calendar = WorkingCalendar(exceptions, closures)
    promised = calendar.unforeseen().add(completed, days)

    holds = calendar.moved(promised, completed)

    assert holds >= promised
    assert calendar.works_on(holds)
    after = (completed.fromordinal(number) for number in range(completed.toordinal() + 1, holds.toordinal() + 1))
    worked = sum(calendar.works_on(day) for day in after)
    assert days in {worked, 0}


def test_no_days_from_a_sunday_is_the_monday() -> None:
    assert WorkingCalendar().add(date(2026, 11, 22), 0) == date(2026, 11, 23)


@given(st.dates(date(2025, 1, 1), date(2029, 12, 31)), st.integers(0, 15))
def test_a_promise_always_falls_on_a_working_day(day: date, days: int) -> None:
    assert WorkingCalendar().works_on(WorkingCalendar().add(day, days))


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("08:00-11:30; 13:30-17:00", "08:00-11:30; 13:30-17:00"),
        ("8h-11h30", "08:00-11:30"),
        ("8g đến 11g30", "08:00-11:30"),
        ("13:30 – 17:00", "13:30-17:00"),
        ("18:00-20:00;8:00-9:00", "08:00-09:00; 18:00-20:00"),
        ("", ""),
    ],
)
def test_slots_are_read_as_people_write_them(written: str, stored: str) -> None:
    assert format_slots(parse_slots(written)) == stored


@pytest.mark.parametrize("written", ["11:30-08:00", "sáng", "25:00-26:00", "08:61-09:00", "8-9-10", "08:00-08:00"])
def test_a_slot_that_cannot_be_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"time slot|does not end"):
        parse_slots(written)


@given(st.lists(st.tuples(st.integers(0, 1438), st.integers(1, 600)), max_size=4))
def test_slots_survive_being_written_and_read(pairs: list[tuple[int, int]]) -> None:
    slots = tuple(sorted(Slot(60 * start, min(86400, 60 * (start + length))) for start, length in pairs))

    assert parse_slots(format_slots(slots)) == slots


@pytest.mark.parametrize("code", ["H26.41.118-261120-0007", "000.00.19.H26-261120-0001", "h26.41-261120-12345"])
def test_dossier_codes_of_old_and_new_agencies_are_understood(code: str) -> None:
    assert str(DossierCode.parse(code)) == code.upper()


@pytest.mark.parametrize(
    "code", ["", "261120-0007", "H26.41.118-261320-0007", "H26.41.118-261120", "ABC-261120-0001", "=1+1"]
)
def test_what_cannot_be_a_dossier_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        DossierCode.parse(code)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0912 345 678", "+84912345678"),
        ("0912345678 (Lan)", "+84912345678"),
        ("+84 912.345.678", "+84912345678"),
        ("'+84912345678", "+84912345678"),
        ("912345678", "+84912345678"),
        ("024 3827 1234", "+842438271234"),
        ("", ""),
    ],
)
def test_phone_numbers_are_read_as_people_write_them(written: str, kept: str) -> None:
    assert parse_phone(written) == kept


@pytest.mark.parametrize("written", ["0123456789", "12345", "không có", "09123456789012"])
def test_a_phone_number_that_cannot_exist_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="phone number"):
        parse_phone(written)


def test_a_masked_phone_shows_three_digits() -> None:
    assert masked("+84912345678").endswith("678")
    assert "912" not in masked("+84912345678")
    assert national("+84912345678").replace(" ", "") == "0912345678"


def test_a_tracking_code_read_out_and_typed_again_is_the_same() -> None:
    code = new_tracking_code()

    assert parse_tracking_code(show_tracking_code(code).lower()) == code


@given(st.integers(0, 16), st.sampled_from(ALPHABET))
def test_a_mistyped_tracking_code_is_mostly_noticed_and_never_of_another_length(place: int, letter: str) -> None:
    code = new_tracking_code()

    with pytest.raises(ValueError, match="not a tracking code"):
        parse_tracking_code(code[:place] + letter + code[place:])


def test_ten_thousand_references_are_all_different() -> None:
    references = {new_reference() for _ in range(10_000)}

    assert len(references) == 10_000
    assert {len(reference) for reference in references} == {26}


def test_our_own_qr_is_read_and_says_nothing_but_a_reference() -> None:
    reference = new_reference()
    payload = qr_payload(reference, 2, KEY)

    assert read_qr(payload, KEY) == (reference, 2)
    assert len(payload) < 45


@pytest.mark.parametrize(
    "spoil", [lambda p: p[:-1] + ("0" if p[-1] != "0" else "1"), lambda p: p.replace(".1.", ".2.")]
)
def test_a_forged_or_altered_qr_is_refused(spoil: object) -> None:
    payload = qr_payload(new_reference(), 1, KEY)

    with pytest.raises(ValueError, match="seal"):
        read_qr(spoil(payload), KEY)  # type: ignore[operator]
