"""The job that makes numbered notices of what was noted: one at a time in the house, so that numbers have no holes.

Transactions may commit in another order than they began, so one of them may have noted a state that another one had
left already. What the books say at this moment is told last: the highest number is always the truth.
"""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import database_now
from delivery.failpoints import reach
from delivery.jobs.queue import put
from delivery.jobs.work import Work
from delivery.models import Notice, NoticeChange, NoticeEndpoint, NoticeSending, Office
from delivery.models.base import Facts
from delivery.moments import local
from delivery.rules.notice_sending import EndpointState
from delivery.rules.notices import NoticeType, Told, type_of
from delivery.rules.standing import Subject
from delivery.standing import standings_of

JOB = "make-notices"
AT_ONCE = 500


def ask_to_make(session: Session, now: datetime) -> None:
    """Ask for the job where something was noted; every sweep does."""
    if session.scalar(sa.select(NoticeChange.id).limit(1)) is not None:
        put(session, JOB, 0, now)


def make_notices(work: Work) -> None:
    """The job: what was noted becomes notices, for each endpoint that wants them, in one transaction."""
    with work.service.database.write() as session:
        now = database_now(session)
        changes = session.scalars(sa.select(NoticeChange).order_by(NoticeChange.id).limit(AT_ONCE)).all()
        new = _new_notices(session, changes, now)
        session.add_all(new)
        session.flush()
        send_to_all(session, new, now)
        done = sa.delete(NoticeChange).where(NoticeChange.id.in_([change.id for change in changes]))
        session.execute(done.execution_options(synchronize_session=False))
        if len(changes) < AT_ONCE:
            work.lease.finish(session)
        else:
            work.lease.await_turn(session, now)
        reach("before_commit")


def a_ping(now: datetime) -> Notice:
    """A test notice, which is about no result."""
    return _notice(NoticeType.PING, {}, now)


def send_to_all(session: Session, notices: Sequence[Notice], now: datetime) -> None:
    """Write down to which endpoints each notice goes."""
    known = sa.select(NoticeEndpoint).where(NoticeEndpoint.state != EndpointState.REMOVED)
    endpoints = session.scalars(known.order_by(NoticeEndpoint.id)).all()
    session.add_all(
        NoticeSending(notice_id=notice.id, endpoint_id=endpoint.id, next_at=now)
        for notice in notices
        for endpoint in endpoints
        if endpoint.wants(notice.type, notice.office_id)
    )
    session.flush()


@dataclass
class _Story:
    """The notices of one result so far: how many, and what the last one said."""

    sequence: int = 0
    last: Told | None = None
    new: list[Notice] = field(default_factory=list)


def _new_notices(session: Session, changes: Sequence[NoticeChange], now: datetime) -> list[Notice]:
    subjects = {Subject(change.dossier_code, change.copy_no) for change in changes}
    stories = _stories(session, subjects)
    offices: dict[str, int] = dict(session.execute(sa.select(Office.code, Office.id)).all())
    for change in changes:
        subject = Subject(change.dossier_code, change.copy_no)
        _go_on(stories[subject], subject, Told.from_data(change.told), change.noted_at, offices)
    found = standings_of(session, subjects)
    for subject in subjects:
        _go_on(stories[subject], subject, Told.of(found.get(subject)), now, offices)
    return [notice for subject in sorted(stories) for notice in stories[subject].new]


def _go_on(story: _Story, subject: Subject, told: Told, at: datetime, offices: Mapping[str, int]) -> None:
    if not told.office and story.last is not None:
        # It is not in the books any more; whose it was, the last notice says.
        told = Told(story.last.office, told.stage, version=story.last.version)
    kind = type_of(story.last, told)
    if kind is None:
        return
    story.sequence, story.last = story.sequence + 1, told
    data = {**subject._asdict(), "sequence": story.sequence, **told.as_data()}
    notice = _notice(kind, data, at)
    notice.office_id = offices.get(told.office)
    story.new.append(notice)


def _notice(kind: NoticeType, data: Facts, at: datetime) -> Notice:
    happened = data.get("since") or local(at).isoformat(timespec="seconds")
    body = json.dumps({"type": kind.value, "timestamp": happened, "data": data}, separators=(",", ":"))
    return Notice(
        name=f"ntc_{secrets.token_hex(12)}", type=kind, dossier_code=data.get("dossier_code"),
        copy_no=data.get("copy_no"), sequence=data.get("sequence"), created_at=at, body=body,
    )  # fmt: skip


def _stories(session: Session, subjects: Iterable[Subject]) -> dict[Subject, _Story]:
    stories = {subject: _Story() for subject in subjects}
    newest = (
        sa.select(sa.func.max(Notice.id))
        .where(Notice.dossier_code.in_(sorted({subject.dossier_code for subject in stories})))
        .group_by(Notice.dossier_code, Notice.copy_no)
    )
    for notice in session.scalars(sa.select(Notice).where(Notice.id.in_(newest))):
        subject = Subject(str(notice.dossier_code), notice.copy_no or 0)
        if subject in stories:
            last = Told.from_data(json.loads(notice.body)["data"])
            stories[subject] = _Story(notice.sequence or 0, last)
    return stories
