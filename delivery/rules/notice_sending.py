"""How notices are sent: what an answer means, how long is waited before the next try, and when a notice is given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from delivery.i18n import marked


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
