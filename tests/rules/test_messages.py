"""What must be said next: a fold over any facts in any order, read aloud by senders that fail at any time."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.moments import VIETNAM, local
from delivery.rules.doorstep import FACT_OF
from delivery.rules.lifecycle import OUT, Event, Fact, State, fold, standing
from delivery.rules.messages import (
    CHANNELS,
    MESSAGE_STATES,
    OCCASIONS,
    RULES,
    SAID,
    WHYS,
    Known,
    MessageChannel,
    MessageState,
    Occasion,
    QuietHours,
    Standing,
    Statement,
    Why,
    next_day,
    next_word,
)

BEGIN = datetime(2026, 11, 24, 1, tzinfo=UTC)
TOLD = (
    Fact.HANDED_OVER, Fact.COLLECTED, Fact.IN_TRANSIT, Fact.AT_OFFICE, Fact.OUT_FOR_DELIVERY, Fact.ATTEMPT_FAILED,
    Fact.DELIVERED, Fact.RETURNING, Fact.RETURNED,
)  # fmt: skip


def stands(events: list[Event]) -> Standing:
    journey = fold(events)
    visits = [event.occurred_at for event in standing(events) if event.fact is Fact.ATTEMPT_FAILED]
    return Standing(7, journey.state, journey.since, journey.attempts, max(visits, default=None))


@dataclass
class Reader:
    """Somebody's telephone: what was written down for it, and how far each has come."""

    known: list[tuple[Statement, MessageState]] = field(default_factory=list)

    def hear_of(self, now: Standing) -> None:
        book = [Known(*one) for one in self.known]
        wanted = next_word(now, book)
        waiting = [statement for statement, state in self.known if state is MessageState.WAITING]
        self.known = [one for one in self.known if one[1] is not MessageState.WAITING or one[0] == wanted]
        if wanted is not None and wanted not in waiting:
            self.known.append((wanted, MessageState.WAITING))

    def send(self, outcome: MessageState) -> None:
        self.known = [
            (statement, outcome if state is MessageState.WAITING else state) for statement, state in self.known
        ]

    @property
    def said(self) -> list[Statement]:
        return [statement for statement, state in self.known if state in SAID]


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Facts of one sending; of those that are told at doors some are mistakes that are taken back."""
    made = [Event(Fact.HANDED_OVER, BEGIN, "ward", "label:1")]
    for number in range(draw(st.integers(1, 7))):
        at = BEGIN + timedelta(hours=draw(st.integers(0, 90)))
        made.append(Event(draw(st.sampled_from(TOLD)), at, "feed", str(number)))
        if made[-1].fact in set(FACT_OF.values()) and draw(st.booleans()):
            made.append(Event(Fact.TAKEN_BACK, at, "feed", f"back-{number}", takes_back=str(number)))
    return made


outcomes = st.sampled_from((MessageState.SENT, MessageState.SENT, MessageState.IN_DOUBT, MessageState.FAILED, None))


@settings(max_examples=400)
@given(lives(), st.randoms(use_true_random=False), st.data())
def test_in_any_order_nothing_is_said_twice_on_end_and_the_last_word_is_true(
    facts: list[Event], chance: random.Random, data: st.DataObject
) -> None:
    heard = [*facts, *chance.sample(facts, k=len(facts) // 2)]
    chance.shuffle(heard)
    reader, known = Reader(), list[Event]()
    for event in heard:
        known.append(event)
        reader.hear_of(stands(known))
        if (outcome := data.draw(outcomes)) is not None:
            reader.send(outcome)
    end = stands(known)
    reader.hear_of(end)
    reader.send(MessageState.SENT)
    reader.hear_of(end)

    # When all has been said, nothing more is.
    assert MessageState.WAITING not in {state for _statement, state in reader.known}
    assert all(first != second for first, second in zip(reader.said, reader.said[1:], strict=False))
    weak = Counter(one for one in reader.said if one.occasion in {Occasion.UNDER_WAY, Occasion.OUT_TODAY})
    assert all(count == 1 for count in weak.values())
    last = reader.said[-1].occasion if reader.said else None
    if reader.known and reader.known[-1][1] is MessageState.FAILED:
        # The correction was refused by every channel: nothing more can be done.
        return
    if last is Occasion.DELIVERED:
        assert end.state is State.DELIVERED
    if last is Occasion.BACK:
        assert end.state is State.RETURNED
    if last is Occasion.NOT_YET:
        assert end.state in OUT


@given(lives(), st.randoms(use_true_random=False))
def test_without_mistakes_each_thing_is_said_at_most_once(facts: list[Event], chance: random.Random) -> None:
    """As facts of one life come in, in their order and each any number of times."""
    true = sorted(standing(facts), key=lambda event: event.occurred_at)
    reader, known = Reader(), list[Event]()
    for event in true:
        known.append(event)
        for _ in range(chance.randint(1, 3)):
            reader.hear_of(stands(known))
            reader.send(MessageState.SENT)

    assert max(Counter(reader.said).values(), default=0) <= 1
    assert Occasion.NOT_YET not in {one.occasion for one in reader.said}


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=12))
def test_the_day_that_was_told_last_is_the_day_that_holds(changes: list[tuple[int, bool]]) -> None:
    first = BEGIN.date()
    known: list[Known] = []
    day = first
    for days, sent in changes:
        day = first + timedelta(days=days)
        known = [one for one in known if one.state is not MessageState.WAITING]
        if (wanted := next_day(day, first, known)) is not None:
            known.append(Known(wanted, MessageState.SENT if sent else MessageState.WAITING))
    wanted = next_day(day, first, [one for one in known if one.state is not MessageState.WAITING])
    said = [one.statement.about for one in known if one.state in SAID]

    assert (wanted.about if wanted is not None else [first.isoformat(), *said][-1]) == day.isoformat()
    assert all(one != two for one, two in zip([first.isoformat(), *said], said, strict=False))


@given(
    st.times(),
    st.times(),
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),  # noqa: DTZ001
)
def test_quiet_hours_end_with_their_last_minute_and_never_later_than_tomorrow(
    first: time, last: time, moment: datetime
) -> None:
    at = moment.replace(tzinfo=VIETNAM)
    ends = QuietHours(first, last).ends_after(at)
    clock = at.time()
    within = first <= clock < last if first <= last else clock >= first or clock < last

    assert (ends is not None) == (within and first != last)
    if ends is not None:
        assert at < ends <= at + timedelta(days=1)
        assert local(ends).time().replace(tzinfo=None) == last


def test_the_usual_quiet_is_the_night() -> None:
    quiet = QuietHours.parse("21:00-07:00")

    def at(clock: str) -> str | None:
        ends = quiet.ends_after(datetime.fromisoformat(f"2026-11-24T{clock}:00+07:00"))
        return f"{local(ends):%d %H:%M}" if ends is not None else None

    assert (at("20:59"), at("21:00"), at("06:59"), at("07:00")) == (None, "25 07:00", "24 07:00", None)
    assert QuietHours.parse("").ends_after(BEGIN) is None


@pytest.mark.parametrize("text", ["21-7", "21:00", "immer", "25:00-07:00"])
def test_other_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        QuietHours.parse(text)


def test_every_word_has_its_text_and_every_occasion_its_rule() -> None:
    assert set(OCCASIONS) == set(RULES) == set(Occasion)
    assert (set(CHANNELS), set(MESSAGE_STATES), set(WHYS)) == (set(MessageChannel), set(MessageState), set(Why))


def test_what_comes_today_is_worth_telling_until_the_evening_only() -> None:
    morning = datetime.fromisoformat("2026-11-24T08:00:00+07:00")

    assert f"{local(RULES[Occasion.OUT_TODAY].worth_until(morning)):%d %H:%M}" == "24 20:00"
