"""How endpoints are, and what was sent to them: for operators and administrators, without a word about citizens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from delivery.database import Database
from delivery.models import Notice, NoticeEndpoint, NoticeSending
from delivery.notices.endpoints import all_endpoints
from delivery.rules.notice_sending import SendState

FORGOTTEN_AT_ONCE = 1000
LOG_ROWS = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """An endpoint, how many notices wait for it, the oldest of them since when, and how many were given up."""

    endpoint: NoticeEndpoint
    waiting: int
    waiting_since: datetime | None
    given_up: int


def standings(session: Session) -> list[Standing]:
    """All endpoints as they are now."""
    counts = {row.endpoint_id: row for row in session.execute(_counts())}
    return [_standing(endpoint, counts.get(endpoint.id)) for endpoint in all_endpoints(session)]


def standing_of(session: Session, endpoint: NoticeEndpoint) -> Standing:
    """One endpoint as it is now."""
    return _standing(endpoint, session.execute(_counts().where(NoticeSending.endpoint_id == endpoint.id)).first())


def log_of(
    session: Session, endpoint: NoticeEndpoint, *, before: int | None = None, most: int = LOG_ROWS
) -> Sequence[NoticeSending]:  # fmt: skip
    """What was to be sent there, the newest first; `before` is the number of a sending to go on after."""
    wanted = sa.select(NoticeSending).where(NoticeSending.endpoint_id == endpoint.id)
    if before is not None:
        wanted = wanted.where(NoticeSending.id < before)
    return session.scalars(
        wanted.options(joinedload(NoticeSending.notice)).order_by(NoticeSending.id.desc()).limit(most)
    ).all()


def forget_notices(database: Database, before: datetime) -> int:
    """Delete notices made before a moment, some at a time; returns how many.

    The last one of each result stays, for the next one's number, and what still waits stays until somebody decides.
    """
    forgotten = 0
    later, waits = aliased(Notice), aliased(NoticeSending)
    old = sa.select(Notice.id).where(
        Notice.created_at < before,
        sa.or_(
            Notice.dossier_code.is_(None),
            sa.select(later.id)
            .where(
                later.dossier_code == Notice.dossier_code, later.copy_no == Notice.copy_no,
                later.sequence > Notice.sequence,
            )
            .exists(),
        ),
        ~sa.select(waits.id).where(waits.notice_id == Notice.id, waits.state == SendState.WAITING).exists(),
    )  # fmt: skip
    while True:
        with database.write() as session:
            ids = session.scalars(old.limit(FORGOTTEN_AT_ONCE)).all()
            for gone in (
                sa.delete(NoticeSending).where(NoticeSending.notice_id.in_(ids)),
                sa.delete(Notice).where(Notice.id.in_(ids)),
            ):
                session.execute(gone.execution_options(synchronize_session=False))
        forgotten += len(ids)
        if len(ids) < FORGOTTEN_AT_ONCE:
            return forgotten


def _counts() -> sa.Select[int, int, datetime, int]:
    waits = NoticeSending.state == SendState.WAITING
    return (
        sa.select(
            NoticeSending.endpoint_id,
            sa.func.count().filter(waits).label("waiting"),
            sa.func.min(Notice.created_at).filter(waits).label("since"),
            sa.func.count().filter(~waits).label("given_up"),
        )
        .join(Notice, Notice.id == NoticeSending.notice_id)
        .where(NoticeSending.state.in_([SendState.WAITING, SendState.GIVEN_UP]))
        .group_by(NoticeSending.endpoint_id)
    )


def _standing(endpoint: NoticeEndpoint, row: sa.Row[int, int, datetime, int] | None) -> Standing:
    if row is None:
        return Standing(endpoint, 0, None, 0)
    return Standing(endpoint, row.waiting, row.since, row.given_up)
