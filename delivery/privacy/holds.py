"""Dossiers of which nothing may be erased meanwhile: a lawsuit, an inspection, a complaint that is not here."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.models import AuditEntry, Result, RetentionHold
from delivery.tracking.following import find_results


def place_hold(session: Session, dossier: str, reason: str, *, by: str, at: datetime) -> int:
    """Let nothing of a dossier be erased until the hold is lifted; returns for how many results that is new.

    Raises NotFound, and BadInput without a reason.
    """
    if not reason.strip():
        raise BadInput(_("Say why nothing of it may be erased"))
    held = {hold.result_id for hold in session.scalars(_standing())}
    new = [one for one in _results(session, dossier) if one.id not in held]
    for one in new:
        session.add(RetentionHold(result_id=one.id, reason=reason.strip(), placed_by=by, placed_at=at, lifted_by=""))
        _note(session, by, "placed a hold", one, at)
    return len(new)


def lift_hold(session: Session, dossier: str, *, by: str, at: datetime) -> int:
    """Let a dossier go by its terms again; returns how many holds ended. Raises NotFound, or NotNow without one."""
    results = {one.id: one for one in _results(session, dossier)}
    ended = session.scalars(_standing().where(RetentionHold.result_id.in_(results)).with_for_update()).all()
    if not ended:
        raise NotNow(_("Nothing is on hold under {code}").format(code=dossier))
    for hold in ended:
        hold.lifted_by, hold.lifted_at = by, at
        _note(session, by, "lifted a hold", results[hold.result_id], at)
    return len(ended)


def standing_holds(session: Session) -> Sequence[tuple[RetentionHold, str]]:
    """The holds that stand, the oldest first, each with its dossier code."""
    wanted = sa.select(RetentionHold, Result.dossier_code).join(Result, Result.id == RetentionHold.result_id)
    return [(hold, code) for hold, code in session.execute(
        wanted.where(RetentionHold.lifted_at.is_(None)).order_by(RetentionHold.id)
    )]  # fmt: skip


def _standing() -> sa.Select[RetentionHold]:
    return sa.select(RetentionHold).where(RetentionHold.lifted_at.is_(None))


def _results(session: Session, dossier: str) -> Sequence[Result]:
    found = find_results(session, dossier)
    if not found:
        raise NotFound(_("There is no dossier {code}").format(code=dossier))
    return list(found)


def _note(session: Session, by: str, action: str, result: Result, at: datetime) -> None:
    session.add(AuditEntry(at=at, actor=by, action=action, subject=f"result:{result.id}", facts={}))
