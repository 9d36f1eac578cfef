"""How results stand at this moment of a transaction, as the one-stop system is told it; read for many at once."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.models import Consignment, DoorAct, Item, Office, Result, Submission
from delivery.moments import local
from delivery.rules.doorstep import OWN_TEAM, Outcome
from delivery.rules.lifecycle import State
from delivery.rules.notices import STAGE_OF, Stage, Subject, Told

AT_ONCE = 500
# Where a recall still says something: the paper is here, or somewhere on the way.
_CAN_BE_RECALLED = frozenset(Stage) - {Stage.DELIVERED, Stage.COLLECTED, Stage.WITHDRAWN}
# Stages that begin with a dated fact; when something was taken over or withdrawn nobody keeps.
_UNDATED = frozenset({Stage.TAKEN_OVER, Stage.WITHDRAWN})


def told_of(session: Session, subjects: Collection[Subject]) -> dict[Subject, Told]:
    """How each of these results stands; one that is not in the books (any more) is withdrawn."""
    found = {subject: Told("", Stage.WITHDRAWN) for subject in subjects}
    for row in _rows(session, sorted({subject.dossier_code for subject in subjects})):
        subject = Subject(row.dossier_code, row.copy_no)
        if subject in found:
            found[subject] = _told(row)
    return found


def _rows(session: Session, dossiers: list[str]) -> Iterator[Any]:
    sent = (
        sa.select(sa.func.max(Consignment.id))
        .where(Consignment.item_id == Item.id, Consignment.submission != Submission.VOID)
        .correlate(Item)
        .scalar_subquery()
    )
    # By the earliest act that stands: what is said of a second receiver afterwards is a person's question.
    receiver = (
        sa.select(DoorAct.receiver)
        .where(
            DoorAct.consignment_id == Consignment.id, DoorAct.outcome == Outcome.DELIVERED,
            DoorAct.taken_back_at.is_(None),
        )
        .order_by(DoorAct.occurred_at, DoorAct.id)
        .limit(1)
        .correlate(Consignment)
        .scalar_subquery()
        .label("receiver")
    )  # fmt: skip
    wanted = (
        sa.select(
            Result.dossier_code, Result.copy_no, Result.version, Result.wants_delivery, Office.code.label("office"),
            Item.tracking_code, Item.recalled_at, Item.collected_at, Item.collected, Consignment.carrier,
            Consignment.item_code, Consignment.journey, Consignment.since, Consignment.attempts, receiver,
        )
        .join(Office, Office.id == Result.office_id)
        .join(Item, Item.id == Result.item_id, isouter=True)
        .join(Consignment, Consignment.id == sent, isouter=True)
    )  # fmt: skip
    for start in range(0, len(dossiers), AT_ONCE):
        yield from session.execute(wanted.where(Result.dossier_code.in_(dossiers[start : start + AT_ONCE])))


def _told(row: Any) -> Told:  # noqa: ANN401  a row of several columns
    stage = _stage(row)
    collected = row.collected if stage is Stage.COLLECTED and row.collected else {}
    by_own_team = stage is Stage.DELIVERED and row.carrier == OWN_TEAM
    return Told(
        office=row.office,
        stage=stage,
        since=None if stage in _UNDATED else _text(row.collected_at if stage is Stage.COLLECTED else row.since),
        tracking_code=row.tracking_code,
        carrier=row.carrier,
        item_code=row.item_code,
        attempts=row.attempts or 0,
        recalled=row.recalled_at is not None and stage in _CAN_BE_RECALLED,
        received_by=collected.get("receiver") or (str(row.receiver) if by_own_team and row.receiver else None),
        proof=_proof(stage, by_own_team=by_own_team),
        version=row.version,
    )


def _stage(row: Any) -> Stage:  # noqa: ANN401
    if row.collected_at is not None:
        return Stage.COLLECTED
    stage = STAGE_OF.get(row.journey or State.PREPARED, Stage.TAKEN_OVER)
    # Who no longer wants it delivered may have said so when it was under way already.
    return Stage.WITHDRAWN if stage is Stage.TAKEN_OVER and not row.wants_delivery else stage


def _proof(stage: Stage, *, by_own_team: bool) -> str | None:
    if stage is Stage.COLLECTED:
        return "counter"
    if stage is Stage.DELIVERED:
        return "own_team" if by_own_team else "carrier"
    return None


def _text(moment: datetime | None) -> str | None:
    return local(moment).isoformat(timespec="seconds") if moment is not None else None
