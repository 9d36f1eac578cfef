"""Where a result stands, in the one vocabulary for whoever asks from outside.

Machines that ask are told the state; the one-stop system, which is told unasked, hears the stage that the state belongs
to. Both are read from the same facts by the same rules, so that they never say different things of one result.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from delivery.rules.lifecycle import TERMINAL, State


class ResultState(StrEnum):
    """Where a result stands: before it has an envelope, then as the carrier's journey has it, or at the counter."""

    WAITING = "waiting"
    HELD = "held"
    COUNTER = "counter"
    PREPARED = "prepared"
    RECALLED = "recalled"
    REGISTERED = "registered"
    WITH_CARRIER = "with_carrier"
    AT_OFFICE = "at_office"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    COLLECTED = "collected"


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


# A recall is no stage of its own: it is told beside the stage in which the paper is.
STAGE_OF: dict[ResultState, Stage] = {
    ResultState.WAITING: Stage.TAKEN_OVER,
    ResultState.HELD: Stage.TAKEN_OVER,
    ResultState.COUNTER: Stage.WITHDRAWN,
    ResultState.PREPARED: Stage.TAKEN_OVER,
    ResultState.REGISTERED: Stage.TAKEN_OVER,
    ResultState.WITH_CARRIER: Stage.UNDER_WAY,
    ResultState.AT_OFFICE: Stage.UNDER_WAY,
    ResultState.OUT_FOR_DELIVERY: Stage.OUT_FOR_DELIVERY,
    ResultState.ATTEMPT_FAILED: Stage.ATTEMPT_FAILED,
    ResultState.DELIVERED: Stage.DELIVERED,
    ResultState.RETURNING: Stage.RETURNING,
    ResultState.RETURNED: Stage.RETURNED,
    # The carrier has given it up before it ever left.
    ResultState.CANCELLED: Stage.TAKEN_OVER,
    ResultState.COLLECTED: Stage.COLLECTED,
}
_OF_JOURNEY = {state: ResultState(state.value) for state in State}


class Subject(NamedTuple):
    """What names a result for ever, here and in the one-stop system."""

    dossier_code: str
    copy_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the books say of a result; nothing in it says who somebody is or where they live.

    `asked_at` is since when an open question keeps it at the counter. From `tracking_code` on it is about the envelope,
    where it lies in one; from `carrier` on about the last sending of that which counts, with `journey_since` for when
    the journey's state began. `fetched_by` and `receiver` are in what relation whoever took it stands to the recipient,
    as the counter and the own team's courier have noted it.
    """

    dossier_code: str
    copy_no: int
    office: str
    version: int
    procedure_code: str
    result_date: date
    promised_date: date
    first_promised: date | None
    wants_delivery: bool
    received_at: datetime
    asked_at: datetime | None
    tracking_code: str | None
    batch: str | None
    sealed_at: datetime | None
    recalled_at: datetime | None
    collected_at: datetime | None
    fetched_by: str | None
    carrier: str | None
    item_code: str | None
    journey: State | None
    journey_since: datetime | None
    attempts: int | None
    receiver: str | None

    @property
    def subject(self) -> Subject:
        return Subject(self.dossier_code, self.copy_no)

    @property
    def state(self) -> ResultState:
        return ResultState.RECALLED if self._is_recalled else self._paper

    @property
    def since(self) -> datetime | None:
        """When its state began; what is handed out at the counter never had another."""
        return self.recalled_at if self._is_recalled else self.paper_since

    @property
    def stage(self) -> Stage:
        stage = STAGE_OF[self._paper]
        # Who no longer wants it delivered may have said so when it was under way already.
        return Stage.WITHDRAWN if stage is Stage.TAKEN_OVER and not self.wants_delivery else stage

    @property
    def paper_since(self) -> datetime | None:
        """Since when the paper is where it is, whether it is recalled or not."""
        if self.tracking_code is not None:
            return self.collected_at or self.journey_since or self.sealed_at
        return (self.asked_at or self.received_at) if self.wants_delivery else None

    @property
    def _paper(self) -> ResultState:
        """Where the paper is, whether it is recalled or not."""
        if self.collected_at is not None:
            return ResultState.COLLECTED
        if self.tracking_code is not None:
            # A word that only a newer version knows says nothing here that could be passed on as ours.
            return _OF_JOURNEY.get(self.journey or State.PREPARED, ResultState.PREPARED)
        if not self.wants_delivery:
            return ResultState.COUNTER
        return ResultState.WAITING if self.asked_at is None else ResultState.HELD

    @property
    def _is_recalled(self) -> bool:
        return self.recalled_at is not None and self.collected_at is None and self.journey not in TERMINAL
