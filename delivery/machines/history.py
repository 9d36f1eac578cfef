"""What happened to a result, as other machines are told: never a name, an address or a telephone number."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from delivery.models import Item, Result
from delivery.tracking.following import public_steps


@dataclass(frozen=True, slots=True)
class Step:
    """One dated thing that happened: `what` is a word of ours, `facts` what belongs to it."""

    at: datetime
    what: str
    facts: dict[str, Any] = field(default_factory=dict)


def history_of(session: Session, result: Result) -> list[Step]:
    """All that happened to a result, the oldest first; in whose words a carrier put it, is left out."""
    steps = [Step(result.received_at, "received")]
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
