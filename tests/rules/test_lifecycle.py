"""A consignment's state depends on what happened and when, never on the order in which we heard of it."""

import random
from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from delivery.rules.lifecycle import LEADS_TO, TERMINAL, Contradiction, Event, Fact, State, fold

MORNING = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


def at(minutes: int, fact: Fact, source: str = "feed", name: str = "") -> Event:
    return Event(fact, MORNING + timedelta(minutes=minutes), source, name or f"{fact}-{minutes}")


DELIVERED_DAY = [
    at(0, Fact.REGISTERED, "ward"),
    at(10, Fact.HANDED_OVER, "ward"),
    at(12, Fact.COLLECTED),
    at(60, Fact.AT_OFFICE),
    at(90, Fact.OUT_FOR_DELIVERY),
    at(150, Fact.DELIVERED),
]
events = st.lists(
    st.builds(
        at,
        st.integers(0, 8),
        st.sampled_from(Fact),
        st.sampled_from(["feed", "callback", "ward"]),
    ),
    max_size=12,
)


def test_every_kind_of_fact_has_its_place_in_the_table() -> None:
    assert LEADS_TO.keys() == set(Fact)


def test_nothing_known_means_that_it_is_being_prepared() -> None:
    assert fold([]).state is State.PREPARED


def test_a_good_day_ends_delivered_in_each_of_the_720_orders_of_its_six_events() -> None:
    ends = {fold(order) for order in permutations(DELIVERED_DAY)}

    assert {journey.state for journey in ends} == {State.DELIVERED}
    assert len(ends) == 1


@given(events, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_of_the_same_events_gives_the_same_journey(
    known: list[Event], chance: random.Random
) -> None:
    heard = [*known, *chance.sample(known, k=len(known) // 2)]
    chance.shuffle(heard)

    assert fold(heard) == fold(known)


@given(events)
def test_a_terminal_state_is_fixed_whatever_is_dated_later(known: list[Event]) -> None:
    before = fold(known)
    later = [at(60 + number, fact) for number, fact in enumerate(Fact)]

    if before.state in TERMINAL:
        assert fold([*known, *later]).state is before.state


@given(events)
def test_a_contradiction_never_moves_the_state_silently(known: list[Event]) -> None:
    journey = fold(known)

    if Contradiction.AFTER_DELIVERED in journey.contradictions:
        assert journey.state is State.DELIVERED
    if Contradiction.AFTER_RETURNED in journey.contradictions:
        assert journey.state is State.RETURNED


def test_a_failed_visit_after_out_for_delivery_is_not_hidden_by_rank() -> None:
    journey = fold([*DELIVERED_DAY[:5], at(140, Fact.ATTEMPT_FAILED), at(200, Fact.AT_OFFICE)])

    assert journey.state is State.AT_OFFICE
    assert journey.attempts == 1


def test_one_visit_told_by_callback_and_feed_is_one_visit() -> None:
    visit = [at(140, Fact.ATTEMPT_FAILED, "feed", "a"), at(140, Fact.ATTEMPT_FAILED, "callback", "b")]

    assert fold([*DELIVERED_DAY[:5], *visit]).attempts == 1


def test_delivered_and_then_returned_stays_delivered_and_asks_a_person() -> None:
    journey = fold([*DELIVERED_DAY, at(300, Fact.RETURNED)])

    assert journey.state is State.DELIVERED
    assert journey.contradictions == {Contradiction.AFTER_DELIVERED}


def test_a_hand_over_booked_late_contradicts_nothing() -> None:
    late = [*DELIVERED_DAY[2:], at(400, Fact.HANDED_OVER, "ward")]

    journey = fold(late)

    assert journey.state is State.DELIVERED
    assert not journey.contradictions


def test_what_nobody_handed_over_cannot_be_delivered_without_a_question() -> None:
    assert fold(DELIVERED_DAY[2:]).contradictions == {Contradiction.NEVER_HANDED_OVER}


def test_collected_after_cancelled_asks_a_person() -> None:
    journey = fold([at(0, Fact.REGISTERED), at(5, Fact.CANCELLED), at(20, Fact.COLLECTED)])

    assert journey.state is State.CANCELLED
    assert journey.contradictions == {Contradiction.AFTER_CANCELLED}


def test_an_unknown_code_is_counted_and_changes_nothing() -> None:
    journey = fold([*DELIVERED_DAY[:4], at(70, Fact.UNKNOWN)])

    assert journey.state is State.AT_OFFICE
    assert journey.unknown == 1
