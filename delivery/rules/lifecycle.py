"""What has become of a consignment: a fold over the dated facts that are known about it.

The state is never "the last thing we heard" and never "the highest rank so far". All known facts are sorted by when
they happened and read from the beginning, so any order of arrival, and any repetition, ends in the same state.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Fact(StrEnum):
    """The kinds of things that can happen to a consignment, in every carrier's words alike."""

    REGISTERED = "registered"
    HANDED_OVER = "handed_over"
    COLLECTED = "collected"
    IN_TRANSIT = "in_transit"
    AT_OFFICE = "at_office"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    TAKEN_BACK = "taken_back"


class State(StrEnum):
    """Where a consignment stands."""

    PREPARED = "prepared"
    REGISTERED = "registered"
    WITH_CARRIER = "with_carrier"
    AT_OFFICE = "at_office"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"


TERMINAL = frozenset({State.DELIVERED, State.RETURNED, State.CANCELLED})
AT_WARD = frozenset({State.PREPARED, State.REGISTERED})
OUT = frozenset({
    State.WITH_CARRIER, State.AT_OFFICE, State.OUT_FOR_DELIVERY, State.ATTEMPT_FAILED, State.RETURNING,
})  # fmt: skip

LEADS_TO: dict[Fact, State | None] = {
    Fact.REGISTERED: State.REGISTERED,
    Fact.HANDED_OVER: State.WITH_CARRIER,
    Fact.COLLECTED: State.WITH_CARRIER,
    Fact.IN_TRANSIT: State.WITH_CARRIER,
    Fact.AT_OFFICE: State.AT_OFFICE,
    Fact.OUT_FOR_DELIVERY: State.OUT_FOR_DELIVERY,
    Fact.ATTEMPT_FAILED: State.ATTEMPT_FAILED,
    Fact.DELIVERED: State.DELIVERED,
    Fact.RETURNING: State.RETURNING,
    Fact.RETURNED: State.RETURNED,
    Fact.CANCELLED: State.CANCELLED,
    Fact.UNKNOWN: None,
    Fact.TAKEN_BACK: None,
}

# Both sides book the hand-over, each on its own clock; these facts open a stage and never lead back to it.
ENTRANCES = {
    Fact.REGISTERED: frozenset({State.PREPARED}),
    Fact.HANDED_OVER: AT_WARD,
    Fact.COLLECTED: AT_WARD,
}
# What may be dated after an end without contradicting it: the entrances, booked late.
BOOKED_LATE = {
    State.DELIVERED: frozenset(ENTRANCES),
    State.RETURNED: frozenset(ENTRANCES),
    State.CANCELLED: frozenset({Fact.REGISTERED}),
}
# For facts of the same moment: the order in which they happen in life.
_RANK = {fact: rank for rank, fact in enumerate(Fact)}


@dataclass(frozen=True, slots=True)
class Event:
    """One dated fact; `source` and `source_id` name it, so that hearing it twice is hearing it once.

    A fact TAKEN_BACK corrects a mistake: it names, by `takes_back`, the fact of the same source that never happened.
    """

    fact: Fact
    occurred_at: datetime
    source: str
    source_id: str
    takes_back: str = ""


class Contradiction(StrEnum):
    """What the facts say against each other; a person must look."""

    AFTER_DELIVERED = "after_delivered"
    AFTER_RETURNED = "after_returned"
    AFTER_CANCELLED = "after_cancelled"
    NEVER_HANDED_OVER = "never_handed_over"


@dataclass(frozen=True, slots=True)
class Journey:
    """A consignment's state, with what it was read from.

    `since` is when the present state began, `attempts` counts the failed visits, `unknown` the facts whose code is
    not in the carrier's table.
    """

    state: State = State.PREPARED
    since: datetime | None = None
    attempts: int = 0
    unknown: int = 0
    contradictions: frozenset[Contradiction] = frozenset()


_CONTRADICTS = {
    State.DELIVERED: Contradiction.AFTER_DELIVERED,
    State.RETURNED: Contradiction.AFTER_RETURNED,
    State.CANCELLED: Contradiction.AFTER_CANCELLED,
}


def fold(events: Iterable[Event]) -> Journey:
    """Read all known events, in whatever order and number they come, into the one journey they describe.

    Terminal states are fixed: the first one, by date, stays, and what is dated after it and says otherwise is a
    contradiction. One visit reported by two sources within the same minute is one visit.
    """
    state, since = State.PREPARED, None
    visits: set[datetime] = set()
    unknown = 0
    contradictions: set[Contradiction] = set()
    known = standing(in_order(events))
    for event in known:
        unknown += event.fact is Fact.UNKNOWN
        if event.fact is Fact.ATTEMPT_FAILED:
            visits.add(event.occurred_at.replace(second=0, microsecond=0))
        # A fact that only a newer version knows leads nowhere here.
        wanted = LEADS_TO.get(event.fact)
        if wanted is None or wanted is state:
            continue
        if state in TERMINAL:
            if event.fact not in BOOKED_LATE[state]:
                contradictions.add(_CONTRADICTS[state])
        elif state in ENTRANCES.get(event.fact, {state}):
            state, since = wanted, event.occurred_at
    if state in OUT | {State.DELIVERED, State.RETURNED} and not _handed_over(known):
        contradictions.add(Contradiction.NEVER_HANDED_OVER)
    return Journey(state, since, len(visits), unknown, frozenset(contradictions))


def in_order(events: Iterable[Event]) -> list[Event]:
    """The events without repetitions, by when they happened; ties by the order of life, then by name."""
    unique = {(event.source, event.source_id): event for event in sorted(events, key=_order)}
    return sorted(unique.values(), key=_order)


def standing(events: Iterable[Event]) -> list[Event]:
    """The events that happened: without those that were taken back, and without the taking back."""
    known = list(events)
    mistaken = {(event.source, event.takes_back) for event in known if event.fact is Fact.TAKEN_BACK}
    return [
        event
        for event in known
        if event.fact is not Fact.TAKEN_BACK and (event.source, event.source_id) not in mistaken
    ]


def _order(event: Event) -> tuple[datetime, int, str, str]:
    return event.occurred_at, _RANK.get(event.fact, len(_RANK)), event.source, event.source_id


def _handed_over(events: Iterable[Event]) -> bool:
    return any(event.fact is Fact.HANDED_OVER for event in events)
