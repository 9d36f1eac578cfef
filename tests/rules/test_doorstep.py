"""At the door a table says who may be handed what; and a fact that was taken back never happened."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.rules.doorstep import (
    FACT_OF,
    MAY_RECEIVE,
    OUTCOMES,
    PAPERS,
    REASONS,
    RECEIVERS,
    Outcome,
    Paper,
    Reason,
    Receiver,
    comes_again,
    may_receive,
    missing_paper,
)
from delivery.rules.lifecycle import Event, Fact, State, fold
from delivery.rules.policy import HandedTo, Policy

MORNING = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


def policy(handed_to: HandedTo) -> Policy:
    return Policy(postable=True, handed_to=handed_to, working_days=2)


def test_every_word_of_the_door_has_its_place_in_the_tables() -> None:
    assert MAY_RECEIVE.keys() == set(HandedTo)
    assert FACT_OF.keys() == OUTCOMES.keys() == set(Outcome)
    assert RECEIVERS.keys() == set(Receiver)
    assert PAPERS.keys() == set(Paper)
    assert REASONS.keys() == set(Reason)


def test_an_envelope_of_two_results_goes_only_to_whom_both_allow() -> None:
    family, in_person = policy(HandedTo.FAMILY), policy(HandedTo.IN_PERSON)

    assert may_receive([family]) == (Receiver.RECIPIENT, Receiver.HOUSEHOLD)
    assert may_receive([family, in_person]) == (Receiver.RECIPIENT,)
    assert may_receive([family, policy(HandedTo.BOTH_SPOUSES)]) == ()
    assert may_receive([]) == ()


@pytest.mark.parametrize("paper", [Paper.IDENTITY_CARD, Paper.VNEID, Paper.PASSPORT])
def test_one_paper_proves_who_stands_there_and_an_authorisation_alone_proves_nobody(paper: Paper) -> None:
    assert not missing_paper(Receiver.RECIPIENT, {paper})
    assert missing_paper(Receiver.RECIPIENT, {Paper.AUTHORISATION})
    assert missing_paper(Receiver.AUTHORISED, {paper})
    assert not missing_paper(Receiver.AUTHORISED, {paper, Paper.AUTHORISATION})
    assert missing_paper(Receiver.HOUSEHOLD, set())


def test_after_one_visit_in_vain_it_goes_out_again_after_two_or_a_refusal_it_stays() -> None:
    assert comes_again([])
    assert comes_again([Reason.ABSENT])
    assert not comes_again([Reason.ABSENT, Reason.CLOSED])
    assert not comes_again([Reason.REFUSED])
    assert not comes_again([Reason.WRONG_ADDRESS])


def at(minutes: int, fact: Fact, name: str = "", takes_back: str = "") -> Event:
    return Event(fact, MORNING + timedelta(minutes=minutes), "phone", name or f"{fact}-{minutes}", takes_back)


HANDED_OVER = Event(Fact.HANDED_OVER, MORNING, "ward", "label:1")


def test_what_was_taken_back_never_happened() -> None:
    mistake, correction = at(60, Fact.DELIVERED, "a"), at(65, Fact.TAKEN_BACK, takes_back="a")

    journey = fold([HANDED_OVER, mistake, correction, at(70, Fact.ATTEMPT_FAILED)])

    assert (journey.state, journey.attempts, journey.contradictions) == (State.ATTEMPT_FAILED, 1, frozenset())


def test_nobody_takes_back_what_another_source_said() -> None:
    feed = Event(Fact.DELIVERED, MORNING + timedelta(hours=1), "feed", "a")

    assert fold([HANDED_OVER, feed, at(65, Fact.TAKEN_BACK, takes_back="a")]).state is State.DELIVERED


SAID = (Fact.DELIVERED, Fact.ATTEMPT_FAILED, Fact.RETURNED)
acts = st.lists(st.tuples(st.integers(0, 300), st.sampled_from(SAID), st.booleans()), max_size=8)


@given(acts, st.randoms(use_true_random=False))
def test_acts_and_their_corrections_fold_alike_in_any_order_and_number(
    said: list[tuple[int, Fact, bool]], chance: random.Random
) -> None:
    events = [HANDED_OVER]
    for number, (minute, fact, mistaken) in enumerate(said):
        events.append(at(minute, fact, str(number)))
        if mistaken:
            events.append(at(minute + 2, Fact.TAKEN_BACK, f"back-{number}", takes_back=str(number)))
    true_ones = [at(minute, fact, str(n)) for n, (minute, fact, mistaken) in enumerate(said) if not mistaken]
    heard = [*events, *chance.sample(events, k=len(events) // 2)]
    chance.shuffle(heard)

    assert fold(heard) == fold([HANDED_OVER, *true_ones])
