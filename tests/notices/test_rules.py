"""The rules of notices as values: signatures, kinds, pauses."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.notices.signing import headers, new_secret, signature
from delivery.rules.notice_sending import (
    FAULTS,
    LONGEST_REST,
    LONGEST_WISH,
    PATIENCE,
    PAUSES,
    SEND_STATES,
    Fault,
    SendState,
    is_given_up,
    outcome_of,
    pause_after,
    rest_after,
)
from delivery.rules.notices import TYPES, NoticeType, Told, type_of
from delivery.rules.standing import STAGE_OF, ResultState, Stage
from docs.examples.receive_notices import verified

SINCE = (None, "2026-11-25T08:00:00+07:00")
told = st.builds(
    Told, office=st.just("BD"), stage=st.sampled_from(Stage), since=st.sampled_from(SINCE), recalled=st.booleans(),
    version=st.integers(1, 3), attempts=st.integers(0, 2),
)  # fmt: skip


def test_the_signature_is_the_specification_s_own_example() -> None:
    """The vector that the reference libraries of Standard Webhooks are tested with."""
    secret, name, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    body = b'{"test": 2432232314}'

    assert signature(secret, name, at, body) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert verified(headers([secret], name, at, body), body, secret, now=at) == {"test": 2432232314}


@given(st.binary(min_size=1, max_size=50), st.integers(0, 49))
def test_one_changed_letter_is_no_notice_of_ours(body: bytes, place: int) -> None:
    body, secret, at = b'{"a":"' + body.hex().encode() + b'"}', new_secret(), 1_796_000_000
    sent = headers([new_secret(), secret], "ntc_1", at, body)
    assert verified(sent, body, secret, now=at)

    spoilt = bytearray(body)
    spoilt[place % len(body)] ^= 1
    for changed, content in ((sent, bytes(spoilt)), ({**sent, "webhook-id": "ntc_2"}, body),
                             ({**sent, "webhook-timestamp": str(at + 1)}, body)):  # fmt: skip
        with pytest.raises(ValueError, match="does not fit"):
            verified(changed, content, secret, now=at)
    with pytest.raises(ValueError, match="too long ago"):
        verified(sent, body, secret, now=at + 400)


def test_every_word_is_explained() -> None:
    assert set(STAGE_OF) == set(ResultState) - {ResultState.RECALLED}
    assert set(STAGE_OF.values()) == set(Stage)
    # No word that both sides know means two things.
    assert [
        state for state, stage in STAGE_OF.items() if state.value in set(Stage) and state.value != stage.value
    ] == []
    assert set(TYPES) == set(NoticeType)
    assert set(FAULTS) == set(Fault)
    assert set(SEND_STATES) == set(SendState)
    assert {f"result.{stage}" for stage in Stage} <= set(NoticeType)


@given(st.one_of(st.none(), told), told)
def test_a_notice_is_made_exactly_where_something_is_to_be_told(before: Told | None, after: Told) -> None:
    kind = type_of(before, after)

    assert (kind is None) is (before == after or (before is None and after.stage is Stage.WITHDRAWN))
    assert Told.from_data({**after.as_data(), "of a newer version": 1}) == after


@given(st.integers(1, 40), st.one_of(st.none(), st.floats(0, 10**9)), st.floats(0, 1))
def test_pauses_grow_by_the_schedule_and_heed_what_is_wished_within_a_day(
    tries: int, wished: float | None, chance: float
) -> None:
    pause = pause_after(tries, wished, chance)

    assert pause >= PAUSES[min(tries, len(PAUSES)) - 1]
    assert pause >= timedelta(seconds=min(wished or 0, LONGEST_WISH.total_seconds()))
    assert pause <= LONGEST_WISH * 1.1
    assert timedelta(hours=75, minutes=35, seconds=5) == PATIENCE


@given(st.integers(0, 10_000))
def test_who_fails_is_left_alone_for_longer_and_longer_but_never_for_ever(failures: int) -> None:
    rest = rest_after(failures, None)

    assert (rest is None) is (failures < 5)
    assert rest is None or timedelta(minutes=1) <= rest <= LONGEST_REST
    assert rest_after(failures, 10**9) == LONGEST_WISH


@pytest.mark.parametrize(
    ("status", "fault"),
    [(200, None), (204, None), (299, None), (100, Fault.ILL), (301, Fault.REDIRECT), (400, Fault.REFUSED),
     (401, Fault.LOG_IN), (408, Fault.ILL), (410, Fault.GONE), (429, Fault.THROTTLED), (503, Fault.ILL)],
)  # fmt: skip
def test_only_a_2xx_is_success(status: int, fault: Fault | None) -> None:
    assert outcome_of(status).fault is fault


def test_nothing_is_given_up_before_the_schedule_is_over() -> None:
    begun = datetime(2026, 11, 30, tzinfo=UTC)

    assert not is_given_up(begun, begun + PATIENCE - timedelta(seconds=1))
    assert is_given_up(begun, begun + PATIENCE)
