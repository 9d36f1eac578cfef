"""Where notices go: adding, pausing, rotating, trying out, sending again. Everything is written into the audit book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case
from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.models import AuditEntry, CaseKind, Notice, NoticeEndpoint, NoticeSending, Office
from delivery.models.base import Facts
from delivery.notices.publishing import a_ping
from delivery.notices.secrets import give_secret
from delivery.notices.sending import subject_of
from delivery.rules.notice_sending import EndpointState, SendState
from delivery.rules.notices import CHOICES

LONGEST_NAME = 100
REPLAYED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """An endpoint as it is to be; `office` is a code, empty for all offices, `types` empty for all kinds of notices."""

    name: str
    url: str
    office: str = ""
    types: tuple[str, ...] = ()


def all_endpoints(session: Session) -> list[NoticeEndpoint]:
    """All that were not removed, in the order in which they were added."""
    known = sa.select(NoticeEndpoint).where(NoticeEndpoint.state != EndpointState.REMOVED)
    return list(session.scalars(known.order_by(NoticeEndpoint.id)))


def find_endpoint(session: Session, endpoint_id: int, *, lock: bool = False) -> NoticeEndpoint:
    """One that was not removed. Raises NotFound."""
    found = session.get(NoticeEndpoint, endpoint_id, with_for_update=lock or None)
    if found is None or found.state is EndpointState.REMOVED:
        raise NotFound(_("There is no endpoint {number}").format(number=endpoint_id))
    return found


def add_endpoint(
    session: Session, wanted: Wanted, *, seal: bytes, by: str, at: datetime
) -> tuple[NoticeEndpoint, str]:  # fmt: skip
    """Add an endpoint; the address was judged by the line before. Returns it and its secret, which is shown once.

    Raises BadInput for a name, an office or a kind of notice that cannot be meant.
    """
    name = " ".join(wanted.name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(_("Give it a name of 1 to {count} letters").format(count=LONGEST_NAME))
    if unknown := set(wanted.types) - set(CHOICES):
        raise BadInput(_("There is no kind of notice {name}").format(name=", ".join(sorted(unknown))))
    endpoint = NoticeEndpoint(
        name=name, url=wanted.url, office_id=_office_id(session, wanted.office), types=sorted(wanted.types), secret=b"",
        created_at=at,
    )  # fmt: skip
    session.add(endpoint)
    session.flush()
    secret = give_secret(seal, endpoint, at)
    _note(session, endpoint, "added", by, at)
    return endpoint, secret


def move(session: Session, endpoint: NoticeEndpoint, url: str, *, by: str, at: datetime) -> None:
    """Let its notices go to another address, which the line has judged; what waits goes there."""
    endpoint.url = url
    _try_at_once(session, endpoint, at)
    _note(session, endpoint, "changed", by, at)


def rotate(session: Session, endpoint: NoticeEndpoint, *, seal: bytes, by: str, at: datetime) -> str:
    """A new secret, shown once; for a day the one before holds as well."""
    secret = give_secret(seal, endpoint, at)
    _note(session, endpoint, "rotated a secret", by, at)
    return secret


def pause(session: Session, endpoint: NoticeEndpoint, *, by: str, at: datetime) -> None:
    """Send nothing there until it is resumed; what comes up meanwhile waits. Raises NotNow when it is not in use."""
    if endpoint.state is not EndpointState.ACTIVE:
        raise NotNow(_("Nothing is sent there as it is"))
    endpoint.state = EndpointState.PAUSED
    _note(session, endpoint, "paused notices", by, at)


def resume(session: Session, endpoint: NoticeEndpoint, *, by: str, at: datetime) -> None:
    """Send what waits, at once. One that fails and is left alone is tried now."""
    endpoint.state = EndpointState.ACTIVE
    _try_at_once(session, endpoint, at)
    close_case(session, CaseKind.NOTICES, subject_of(endpoint), at=at, by=by, decision="resumed")
    _note(session, endpoint, "resumed notices", by, at)


def remove(session: Session, endpoint: NoticeEndpoint, *, by: str, at: datetime) -> None:
    """Send nothing there any more, for ever; the log stays for as long as notices are kept."""
    endpoint.state, endpoint.secret, endpoint.old_secret = EndpointState.REMOVED, b"", None
    waiting = (NoticeSending.endpoint_id == endpoint.id, NoticeSending.state == SendState.WAITING)
    session.execute(
        sa.update(NoticeSending).where(*waiting).values(state=SendState.DROPPED),
        execution_options={"synchronize_session": False},
    )
    close_case(session, CaseKind.NOTICES, subject_of(endpoint), at=at, by=by, decision="removed")
    _note(session, endpoint, "removed an endpoint", by, at)


def ping(session: Session, endpoint: NoticeEndpoint, *, by: str, at: datetime) -> Notice:
    """Send a test notice there and nowhere else."""
    notice = a_ping(at)
    session.add(notice)
    session.flush()
    session.add(NoticeSending(notice_id=notice.id, endpoint_id=endpoint.id, next_at=at))
    endpoint.rests_until = None
    _note(session, endpoint, "sent a test notice", by, at)
    return notice


def replay_one(session: Session, endpoint: NoticeEndpoint, name: str, *, by: str, at: datetime) -> None:
    """Send a notice once more, under its own name. Raises NotFound when none goes by it, or it is not for there."""
    notice = session.scalar(sa.select(Notice).where(Notice.name == name))
    sent = _sent(session, endpoint, [notice.id]) if notice is not None else []
    if not sent:
        raise NotFound(_("No notice {name} was ever for this endpoint").format(name=name))
    _again(sent, at)
    endpoint.rests_until = None
    _note(session, endpoint, "sent notices again", by, at, {"count": 1})


def replay_since(session: Session, endpoint: NoticeEndpoint, since: datetime, *, by: str, at: datetime) -> int:
    """Send once more all notices made since a moment that are for there, also those from before it was added.

    Returns how many.
    """
    count, last = 0, 0
    while True:
        wanted = sa.select(Notice).where(Notice.created_at >= since, Notice.id > last, Notice.dossier_code.is_not(None))
        notices = session.scalars(wanted.order_by(Notice.id).limit(REPLAYED_AT_ONCE)).all()
        count += _replay(session, endpoint, [one for one in notices if endpoint.wants(one.type, one.office_id)], at)
        if len(notices) < REPLAYED_AT_ONCE:
            break
        last = notices[-1].id
    endpoint.rests_until = None
    _note(session, endpoint, "sent notices again", by, at, {"count": count, "since": since.isoformat()})
    return count


def _replay(session: Session, endpoint: NoticeEndpoint, notices: Sequence[Notice], at: datetime) -> int:
    known = _sent(session, endpoint, [notice.id for notice in notices])
    _again(known, at)
    there = {sending.notice_id for sending in known}
    session.add_all(
        NoticeSending(notice_id=notice.id, endpoint_id=endpoint.id, next_at=at)
        for notice in notices
        if notice.id not in there
    )
    session.flush()
    return len(notices)


def _sent(session: Session, endpoint: NoticeEndpoint, notice_ids: Sequence[int]) -> Sequence[NoticeSending]:
    mine = sa.select(NoticeSending).where(NoticeSending.endpoint_id == endpoint.id)
    return session.scalars(mine.where(NoticeSending.notice_id.in_(notice_ids)).with_for_update()).all()


def _again(sent: Sequence[NoticeSending], at: datetime) -> None:
    for sending in sent:
        sending.state, sending.next_at, sending.tries, sending.first_tried_at = SendState.WAITING, at, 0, None


def _try_at_once(session: Session, endpoint: NoticeEndpoint, at: datetime) -> None:
    endpoint.rests_until = None
    waiting = (
        NoticeSending.endpoint_id == endpoint.id, NoticeSending.state == SendState.WAITING, NoticeSending.next_at > at
    )  # fmt: skip
    session.execute(
        sa.update(NoticeSending).where(*waiting).values(next_at=at), execution_options={"synchronize_session": False}
    )


def _office_id(session: Session, code: str) -> int | None:
    if not code:
        return None
    found = session.scalar(sa.select(Office.id).where(Office.code == code))
    if found is None:
        raise BadInput(_("There is no office {code}").format(code=code[:20]))
    return found


def _note(
    session: Session, endpoint: NoticeEndpoint, action: str, by: str, at: datetime, facts: Facts | None = None
) -> None:  # fmt: skip
    session.add(AuditEntry(at=at, actor=by, action=action, subject=subject_of(endpoint), facts=facts or {}))
    session.flush()
