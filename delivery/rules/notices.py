"""What the one-stop system is told of a result, and as which kind of notice.

A notice carries the whole state that all known facts fold into, and its number among the notices of the same result:
whoever keeps the one with the highest number knows what is true, in whatever order and number they arrive.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, NamedTuple

from delivery.i18n import marked
from delivery.rules.lifecycle import State


class Stage(StrEnum):
    """Where a result stands, as far as it concerns who sent it to be delivered."""

    TAKEN_OVER = "taken_over"
    UNDER_WAY = "under_way"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    COLLECTED = "collected"
    WITHDRAWN = "withdrawn"


STAGE_OF: dict[State, Stage] = {
    State.PREPARED: Stage.TAKEN_OVER,
    State.REGISTERED: Stage.TAKEN_OVER,
    State.WITH_CARRIER: Stage.UNDER_WAY,
    State.AT_OFFICE: Stage.UNDER_WAY,
    State.OUT_FOR_DELIVERY: Stage.OUT_FOR_DELIVERY,
    State.ATTEMPT_FAILED: Stage.ATTEMPT_FAILED,
    State.DELIVERED: Stage.DELIVERED,
    State.RETURNING: Stage.RETURNING,
    State.RETURNED: Stage.RETURNED,
    # The carrier has given it up before it ever left.
    State.CANCELLED: Stage.TAKEN_OVER,
}


class NoticeType(StrEnum):
    """What has become true: a stage that begins, or something about the result while its stage lasts."""

    TAKEN_OVER = "result.taken_over"
    UNDER_WAY = "result.under_way"
    OUT_FOR_DELIVERY = "result.out_for_delivery"
    ATTEMPT_FAILED = "result.attempt_failed"
    DELIVERED = "result.delivered"
    RETURNING = "result.returning"
    RETURNED = "result.returned"
    COLLECTED = "result.collected"
    WITHDRAWN = "result.withdrawn"
    RECALLED = "result.recalled"
    RELEASED = "result.released"
    CORRECTED = "result.corrected"
    UPDATED = "result.updated"
    PING = "endpoint.ping"


TYPES: dict[NoticeType, str] = {
    NoticeType.TAKEN_OVER: marked("Taken over for delivery"),
    NoticeType.UNDER_WAY: marked("On its way"),
    NoticeType.OUT_FOR_DELIVERY: marked("Comes today"),
    NoticeType.ATTEMPT_FAILED: marked("Could not be delivered"),
    NoticeType.DELIVERED: marked("Delivered"),
    NoticeType.RETURNING: marked("On its way back"),
    NoticeType.RETURNED: marked("Back at the ward"),
    NoticeType.COLLECTED: marked("Fetched at the counter"),
    NoticeType.WITHDRAWN: marked("Not to be delivered any more"),
    NoticeType.RECALLED: marked("Recalled"),
    NoticeType.RELEASED: marked("Released after a recall"),
    NoticeType.CORRECTED: marked("Corrected"),
    NoticeType.UPDATED: marked("Details have changed"),
    NoticeType.PING: marked("Test notice"),
}
# What an endpoint can choose from: a test is always for whoever asked for it.
CHOICES = tuple(kind for kind in NoticeType if kind is not NoticeType.PING)


class Subject(NamedTuple):
    """What names a result for ever, here and in the one-stop system."""

    dossier_code: str
    copy_no: int


@dataclass(frozen=True, slots=True)
class Told:
    """All that is told of a result; nothing in it says who somebody is or where they live.

    `since` is when its stage began, in ISO 8601; None where no fact has a date. `received_by` is in what relation
    whoever took it stands to the recipient; `proof` who vouches for that: the own team, the carrier, or the counter.
    """

    office: str
    stage: Stage
    since: str | None = None
    tracking_code: str | None = None
    carrier: str | None = None
    item_code: str | None = None
    attempts: int = 0
    recalled: bool = False
    received_by: str | None = None
    proof: str | None = None
    version: int = 1

    def as_data(self) -> dict[str, Any]:
        """As it is written into a notice."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Told":
        """Back from a notice; what only another version wrote is left out."""
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        return replace(cls(**known), stage=Stage(data["stage"]))


def type_of(before: Told | None, after: Told) -> NoticeType | None:
    """As what a change is told; None where there is nothing to tell.

    Of what was never to be delivered nothing is told.
    """
    if after == before or (before is None and after.stage is Stage.WITHDRAWN):
        return None
    if before is None or (before.stage, before.since) != (after.stage, after.since):
        return NoticeType(f"result.{after.stage}")
    if before.recalled is not after.recalled:
        return NoticeType.RECALLED if after.recalled else NoticeType.RELEASED
    return NoticeType.CORRECTED if before.version != after.version else NoticeType.UPDATED
