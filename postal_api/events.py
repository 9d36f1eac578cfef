"""Tracking events: one dated fact about a postal item, in words that all carriers share."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What happened; UNKNOWN is a code that no table explains, or one that only a person can judge."""

    REGISTERED = "registered"
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


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """One fact as a carrier reports it.

    `reference` is the sender's own name of the order, where the report carries a trustworthy one. `code` and `text`
    are the carrier's own. `event_id` names the fact among all of this carrier's reports through the same channel, so
    that hearing it twice is hearing it once. `place` is the carrier's office code, `reason` its words for a failure.
    """

    item_code: str
    reference: str | None
    kind: EventKind
    code: str
    text: str
    occurred_at: datetime
    event_id: str
    place: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None:
            raise ValueError("occurred_at needs a time zone")


@dataclass(frozen=True, slots=True)
class Callback:
    """What a genuine callback says: one event that is signed, and the items that the rest of it mentions.

    `dedupe_key` names what is signed: repetitions share it, and altering what is not signed makes no new one.
    """

    signed: TrackingEvent
    hints: tuple[str, ...]
    sent_at: datetime
    dedupe_key: str
