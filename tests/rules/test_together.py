"""Which results share an envelope: one person, one door, one time, one payer; anything else travels by itself."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.rules.policy import MUST_SHOW, HandedTo, Policy, must_show
from delivery.rules.together import Destination

LAN = Destination(1, "Ngô Thị Lan", "0912345678", "Số 5 phố Thử, phường Bồ Đề", "5 thu·00118", "08:00-11:30", "agency")


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient_name": "ngô thị  lan"},
        {"address": "số 5 PHỐ THỬ, phường Bồ Đề", "door": ""},
        {"address": "5 Thử, P. Bồ Đề"},  # the same door by its key
        {"recipient_name": "Ngô Thị Lan"},  # written with separate marks
    ],
)
def test_one_person_at_one_door_may_be_written_in_many_ways(changes: dict[str, str]) -> None:
    other = replace(LAN, **changes)  # type: ignore[arg-type]
    assert LAN.agrees(other)
    assert other.agrees(LAN)


@pytest.mark.parametrize(
    "changes",
    [
        {"office_id": 2},
        {"recipient_name": "Ngô Thị Lân"},
        {"phone": "0987654321"},  # mother and daughter may share a name, but not a telephone
        {"address": "Số 6 phố Thử, phường Bồ Đề", "door": "6 thu·00118"},
        {"address": "Số 6 phố Thử, phường Bồ Đề", "door": ""},
        {"slots": "13:30-17:00"},
        {"payer": "citizen_cod"},
    ],
)
def test_another_person_door_time_or_payer_is_another_envelope(changes: dict[str, object]) -> None:
    other = replace(LAN, **changes)  # type: ignore[arg-type]
    assert not LAN.agrees(other)
    assert not other.agrees(LAN)


def test_who_cannot_be_called_or_is_not_placed_shares_with_nobody() -> None:
    assert LAN.can_be_shared
    assert not replace(LAN, phone="").can_be_shared
    assert not replace(LAN, door="").can_be_shared


@given(st.lists(st.sampled_from([one for one in HandedTo if one is not HandedTo.BOTH_SPOUSES]), min_size=1))
def test_the_strictest_rule_holds_for_all_that_is_in_an_envelope(rules: list[HandedTo]) -> None:
    said = must_show(Policy(postable=True, handed_to=rule, working_days=2) for rule in rules)
    assert said == (MUST_SHOW[rules[0]] if len(set(rules)) == 1 else MUST_SHOW[HandedTo.IN_PERSON])
