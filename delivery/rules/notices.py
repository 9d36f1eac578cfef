"""What the one-stop system is told of a result, as which kind of notice, and how long it is tried to tell it.

A notice carries the whole state that all known facts fold into, and its number among the notices of the same result:
whoever keeps the one with the highest number knows what is true, in whatever order and number they arrive.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
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


class EndpointState(StrEnum):
    """Whether notices are sent there; GONE has answered 410, and waits for a person as PAUSED does."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"
    REMOVED = "removed"


ENDPOINT_STATES: dict[EndpointState, str] = {
    EndpointState.ACTIVE: marked("in use"),
    EndpointState.PAUSED: marked("paused: notices wait"),
    EndpointState.GONE: marked("has answered that it wants no more: notices wait"),
    EndpointState.REMOVED: marked("removed"),
}


class SendState(StrEnum):
    """How far a notice has come to one endpoint; GIVEN_UP was tried for days, and is sent again when asked for."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"


SEND_STATES: dict[SendState, str] = {
    SendState.WAITING: marked("waits to be sent"),
    SendState.SENT: marked("sent"),
    SendState.GIVEN_UP: marked("given up"),
    SendState.DROPPED: marked("not sent: the endpoint was removed"),
}


class Fault(StrEnum):
    """Why a notice did not arrive; never a word of the other side."""

    UNREACHABLE = "unreachable"
    NO_ANSWER = "no_answer"
    NOT_ALLOWED = "not_allowed"
    REDIRECT = "redirect"
    REFUSED = "refused"
    LOG_IN = "log_in"
    THROTTLED = "throttled"
    ILL = "ill"
    GONE = "gone"
    SECRET = "secret"  # noqa: S105  a reason's name


FAULTS: dict[Fault, str] = {
    Fault.UNREACHABLE: marked("no connection came about"),
    Fault.NO_ANSWER: marked("the answer was lost"),
    Fault.NOT_ALLOWED: marked("its address must not be reached from here"),
    Fault.REDIRECT: marked("it leads elsewhere; redirects are not followed"),
    Fault.REFUSED: marked("it refuses the notice"),
    Fault.LOG_IN: marked("it refuses our signature"),
    Fault.THROTTLED: marked("it asks for patience"),
    Fault.ILL: marked("it fails"),
    Fault.GONE: marked("it wants no more notices"),
    Fault.SECRET: marked("its secret cannot be opened with this home's keys: rotate it"),
}
# A notice that is refused by itself says nothing of the endpoint; all else does.
ABOUT_THE_NOTICE = frozenset({Fault.REFUSED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try: None as `fault` is success. `retry_after` is in seconds."""

    fault: Fault | None
    status: int | None = None
    retry_after: float | None = None


_FAULT_OF = {401: Fault.LOG_IN, 403: Fault.LOG_IN, 408: Fault.ILL, 410: Fault.GONE, 429: Fault.THROTTLED}


def outcome_of(status: int, retry_after: float | None = None) -> Outcome:
    """What an HTTP status says: any 2xx is success, and nothing else is."""
    if 200 <= status < 300:
        return Outcome(None, status)
    if 300 <= status < 400:
        return Outcome(Fault.REDIRECT, status)
    fault = _FAULT_OF.get(status, Fault.REFUSED if 400 <= status < 500 else Fault.ILL)
    return Outcome(fault, status, retry_after)


# The schedule of the Standard Webhooks specification, from one try to the next; the last holds on.
PAUSES = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
PATIENCE = sum(PAUSES, timedelta())
# Whoever asks for more patience than this is asked again all the same.
LONGEST_WISH = timedelta(hours=24)
FAILURES_IN_A_ROW = 5
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)


def pause_after(tries: int, wished: float | None, chance: float) -> timedelta:
    """How long to wait after so many tries in vain: by the schedule, and no less than the other side `wished`, in
    seconds.

    `chance`, between 0 and 1, spreads it by a tenth, so that many do not return together.
    """
    planned = PAUSES[min(tries, len(PAUSES)) - 1] * (1 + chance / 10)
    return max(planned, timedelta(seconds=min(wished or 0, LONGEST_WISH.total_seconds())))


def rest_after(failures: int, wished: float | None) -> timedelta | None:
    """How long an endpoint is left alone after so many failures in a row; None while it is not."""
    if wished is not None:
        return timedelta(seconds=min(wished, LONGEST_WISH.total_seconds()))
    if failures < FAILURES_IN_A_ROW:
        return None
    return min(FIRST_REST * (1 << min(failures - FAILURES_IN_A_ROW, 10)), LONGEST_REST)


def is_given_up(first_tried_at: datetime, now: datetime) -> bool:
    """Whether it has been tried for as long as the schedule lasts."""
    return now >= first_tried_at + PATIENCE
