"""What has become of a result, as other machines are told: never a name, an address or a telephone number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.intake.trays import Line, lines_of
from delivery.models import Batch, Item, Result
from delivery.rules.lifecycle import TERMINAL
from delivery.tracking.following import public_steps


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


@dataclass(frozen=True, slots=True)
class Standing:
    """A result, where it stands and since when; with its envelope's batch, if it lies in one."""

    line: Line
    state: ResultState
    since: datetime | None
    batch: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One dated thing that happened: `what` is a word of ours, `facts` what belongs to it."""

    at: datetime
    what: str
    facts: dict[str, Any] = field(default_factory=dict)


def standings_of(session: Session, results: Sequence[Result]) -> list[Standing]:
    """Where some results stand, in their order."""
    lines = lines_of(session, results)
    numbers = {line.item.batch_id for line in lines if line.item is not None}
    codes: dict[int, str] = dict(session.execute(sa.select(Batch.id, Batch.code).where(Batch.id.in_(numbers))).all())
    return [_standing(line, codes) for line in lines]


def history_of(session: Session, result: Result) -> list[Step]:
    """All that happened to a result, the oldest first; in whose words a carrier put it, is left out."""
    steps = [Step(_received_at(result), "received")]
    steps += [Step(one.replaced_at, "corrected", {"version": one.version + 1}) for one in result.versions]
    item = session.get(Item, result.item_id) if result.item_id is not None else None
    if item is not None:
        steps.append(Step(item.created_at, "sealed"))
        steps += [Step(event.occurred_at, event.fact.value, {"code": event.code}) for event in public_steps(item)]
        if item.recalled_at is not None and item.collected_at is None:
            steps.append(Step(item.recalled_at, "recalled"))
        if item.collected_at is not None:
            steps.append(Step(item.collected_at, "collected"))
    return sorted(steps, key=lambda step: step.at)


def _standing(line: Line, batches: dict[int, str]) -> Standing:
    state, since = _where(line)
    batch = batches.get(line.item.batch_id or 0) if line.item is not None else None
    return Standing(line, state, since, batch)


def _where(line: Line) -> tuple[ResultState, datetime | None]:
    item, sent = line.item, line.sent
    if item is None:
        return _without_envelope(line)
    if item.collected_at is not None:
        return ResultState.COLLECTED, item.collected_at
    is_over = sent is not None and sent.journey in TERMINAL
    if item.recalled_at is not None and not is_over:
        return ResultState.RECALLED, item.recalled_at
    if sent is None:
        return ResultState.PREPARED, item.created_at
    # A word of a newer version is passed on as it is by those who know it; here it is none of ours.
    return ResultState(sent.journey.value), sent.since or item.created_at


def _without_envelope(line: Line) -> tuple[ResultState, datetime | None]:
    if not line.result.wants_delivery:
        return ResultState.COUNTER, None
    if line.question is not None:
        return ResultState.HELD, line.question.opened_at
    return ResultState.WAITING, _received_at(line.result)


def _received_at(result: Result) -> datetime:
    return result.received_at
