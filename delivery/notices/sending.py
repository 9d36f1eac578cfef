"""The job that sends an endpoint's notices, one after the other, until none is due; each endpoint has its own.

A notice is sent at least once, under the same name at each try: who dies between the answer and writing it down has it
sent again, and the receiver knows it by its name.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from delivery.cases import close_case, open_case
from delivery.database import database_now
from delivery.errors import BadSetting
from delivery.failpoints import reach
from delivery.jobs.queue import put
from delivery.jobs.work import TryLater, Work
from delivery.models import CaseKind, NoticeEndpoint, NoticeSending
from delivery.notices.secrets import holding
from delivery.notices.signing import headers
from delivery.rules.notice_sending import (
    ABOUT_THE_NOTICE,
    FAULTS,
    EndpointState,
    Fault,
    Outcome,
    SendState,
    is_given_up,
    pause_after,
    rest_after,
)
from delivery.wiring import Service

JOB = "send-notices"
# After so long the hand is given to another endpoint whose notices wait.
TURN_SECONDS = 20.0
# So many are written down in one transaction; who dies in the middle has at most these sent again.
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Notices on their way to an endpoint: what each is called and says, and the secrets they are signed with.

    `at` is the moment of the clock that all processes share, at which this process's own clock stood at `ticked`.
    """

    url: str
    secrets: tuple[str, ...]
    notices: tuple[tuple[int, str, bytes], ...]
    at: datetime
    ticked: float


def ask_to_send(session: Session, now: datetime) -> None:
    """Ask for the job of each endpoint for which something is due; every sweep does."""
    due = sa.select(NoticeSending.id).where(
        NoticeSending.endpoint_id == NoticeEndpoint.id, NoticeSending.state == SendState.WAITING,
        NoticeSending.next_at <= now,
    )  # fmt: skip
    awake = sa.or_(NoticeEndpoint.rests_until.is_(None), NoticeEndpoint.rests_until <= now)
    wanted = sa.select(NoticeEndpoint.id).where(NoticeEndpoint.state == EndpointState.ACTIVE, awake, due.exists())
    for endpoint_id in session.scalars(wanted).all():
        put(session, JOB, endpoint_id, now)


def send_notices(work: Work) -> None:
    """The job: look what is due, send it, write down what came of it; no transaction is open while sending."""
    try:
        _ = work.service.notice_line
    except BadSetting as error:
        raise TryLater(type(error).__name__) from error
    ends = monotonic() + TURN_SECONDS
    outgoing = _go_on(work, {}, may_go_on=True)
    while outgoing is not None:
        outcomes = _send(work.service, outgoing, ends)
        outgoing = _go_on(work, outcomes, may_go_on=monotonic() < ends)


def _send(service: Service, outgoing: Outgoing, ends: float) -> dict[int, Outcome]:
    """What came of each; after a failure, or when the turn is over, the others are left for another look."""
    outcomes: dict[int, Outcome] = {}
    for sending_id, name, body in outgoing.notices:
        timestamp = int(outgoing.at.timestamp() + monotonic() - outgoing.ticked)
        signed = headers(outgoing.secrets, name, timestamp, body)
        outcome = service.notice_line.post(outgoing.url, body, signed) if outgoing.secrets else Outcome(Fault.SECRET)
        reach("after_send")
        outcomes[sending_id] = outcome
        if outcome.fault is not None or monotonic() > ends:
            break
    return outcomes


def _go_on(work: Work, outcomes: Mapping[int, Outcome], *, may_go_on: bool) -> Outgoing | None:
    """Write down what came of the last ones and look for the next, in one transaction."""
    with work.service.database.write() as session:
        now = database_now(session)
        endpoint = session.get(NoticeEndpoint, work.lease.key, with_for_update=True)
        if endpoint is not None:
            for sending_id, outcome in outcomes.items():
                _note(session, endpoint, sending_id, outcome, now)
        following = _next(session, endpoint, now) if endpoint is not None else []
        if endpoint is None or not following:
            work.lease.finish(session)
            return None
        if not may_go_on:
            work.lease.await_turn(session, now)
            return None
        # Who has lost the lease meanwhile learns it here, and sends no more beside somebody else.
        work.lease.renew(session, work.service.settings.lease_seconds)
        notices = tuple((one.id, one.notice.name, one.notice.body.encode()) for one in following)
        return Outgoing(endpoint.url, holding(work.service.seal, endpoint, now), notices, now, monotonic())


def _next(session: Session, endpoint: NoticeEndpoint, now: datetime) -> Sequence[NoticeSending]:
    """What has been due for longest, some at a time; one where the last failed, none while it is left alone."""
    rests = endpoint.rests_until is not None and now < endpoint.rests_until
    if endpoint.state is not EndpointState.ACTIVE or rests:
        return []
    due = (
        NoticeSending.endpoint_id == endpoint.id, NoticeSending.state == SendState.WAITING,
        NoticeSending.next_at <= now,
    )  # fmt: skip
    waits = sa.select(NoticeSending).where(*due).options(joinedload(NoticeSending.notice, innerjoin=True))
    waits = waits.order_by(NoticeSending.next_at, NoticeSending.id)
    return session.scalars(waits.limit(1 if endpoint.failures else AT_ONCE)).all()


def _note(session: Session, endpoint: NoticeEndpoint, sending_id: int, outcome: Outcome, now: datetime) -> None:
    sending = session.get(NoticeSending, sending_id, with_for_update=True)
    if sending is None:
        return
    sending.tries, sending.tried_at = sending.tries + 1, now
    sending.first_tried_at = sending.first_tried_at or now
    sending.status, sending.fault = outcome.status, outcome.fault
    if outcome.fault is None:
        sending.state, sending.sent_at = SendState.SENT, now
        _well(session, endpoint, now)
        return
    pause = pause_after(sending.tries, outcome.retry_after, random.random())
    sending.next_at = now + pause
    if outcome.fault not in ABOUT_THE_NOTICE:
        _ill(session, endpoint, outcome, now)
    if sending.state is SendState.WAITING and is_given_up(sending.first_tried_at, now):
        sending.state = SendState.GIVEN_UP
        _ask_somebody(session, endpoint, outcome.fault, now)
    session.flush()


def _well(session: Session, endpoint: NoticeEndpoint, now: datetime) -> None:
    """It has taken a notice: what waited because of it goes at once."""
    if endpoint.failing_since is not None:
        because_of_it = (
            NoticeSending.endpoint_id == endpoint.id, NoticeSending.state == SendState.WAITING,
            NoticeSending.fault.is_distinct_from(Fault.REFUSED), NoticeSending.next_at > now,
        )  # fmt: skip
        session.execute(
            sa.update(NoticeSending).where(*because_of_it).values(next_at=now),
            execution_options={"synchronize_session": False},
        )
        close_case(session, CaseKind.NOTICES, subject_of(endpoint), at=now, by="notices", decision="arrives again")
    endpoint.failures, endpoint.failing_since, endpoint.fault, endpoint.rests_until = 0, None, None, None
    endpoint.last_sent_at = now
    session.flush()


def _ill(session: Session, endpoint: NoticeEndpoint, outcome: Outcome, now: datetime) -> None:
    endpoint.failures, endpoint.fault = endpoint.failures + 1, outcome.fault
    endpoint.failing_since = endpoint.failing_since or now
    rest = rest_after(endpoint.failures, outcome.retry_after)
    endpoint.rests_until = now + rest if rest is not None else endpoint.rests_until
    if outcome.fault is Fault.GONE and endpoint.state is EndpointState.ACTIVE:
        endpoint.state = EndpointState.GONE
        _ask_somebody(session, endpoint, Fault.GONE, now)


def subject_of(endpoint: NoticeEndpoint) -> str:
    """The name under which cases and the audit book keep what is about it."""
    return f"endpoint:{endpoint.id}"


def _ask_somebody(session: Session, endpoint: NoticeEndpoint, fault: Fault, now: datetime) -> None:
    facts = {"endpoint": endpoint.name, "reason": FAULTS[fault]}
    open_case(session, CaseKind.NOTICES, subject_of(endpoint), at=now, facts=facts, office_id=endpoint.office_id)
