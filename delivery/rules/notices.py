"""What the one-stop system is told of a result, and as which kind of notice.

A notice carries the whole state that all known facts fold into, and its number among the notices of the same result:
whoever keeps the one with the highest number knows what is true, in whatever order and number they arrive.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from delivery.i18n import marked
from delivery.moments import local
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.standing import Stage, Standing

# Where a recall still says something: the paper is here, or somewhere on the way.
_CAN_BE_RECALLED = frozenset(Stage) - {Stage.DELIVERED, Stage.COLLECTED, Stage.WITHDRAWN}
# Other stages begin with a dated fact; when something was taken over or withdrawn nobody keeps.
_UNDATED = frozenset({Stage.TAKEN_OVER, Stage.WITHDRAWN})


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

    @classmethod
    def of(cls, standing: Standing | None) -> "Told":
        """What is told of how a result stands; one that is not in the books (any more) is withdrawn."""
        if standing is None:
            return cls("", Stage.WITHDRAWN)
        stage = standing.stage
        since = None if stage in _UNDATED else standing.paper_since
        return cls(
            office=standing.office,
            stage=stage,
            since=local(since).isoformat(timespec="seconds") if since is not None else None,
            tracking_code=standing.tracking_code,
            carrier=standing.carrier,
            item_code=standing.item_code,
            attempts=standing.attempts or 0,
            recalled=standing.recalled_at is not None and stage in _CAN_BE_RECALLED,
            received_by=_receiver(standing),
            proof=_proof(standing),
            version=standing.version,
        )

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


def _receiver(standing: Standing) -> str | None:
    if standing.stage is Stage.COLLECTED:
        return standing.fetched_by or None
    by_own_team = standing.stage is Stage.DELIVERED and standing.carrier == OWN_TEAM
    return str(standing.receiver) if by_own_team and standing.receiver else None


def _proof(standing: Standing) -> str | None:
    if standing.stage is Stage.COLLECTED:
        return "counter"
    if standing.stage is Stage.DELIVERED:
        return "own_team" if standing.carrier == OWN_TEAM else "carrier"
    return None
