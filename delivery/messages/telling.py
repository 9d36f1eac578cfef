"""Writing down what citizens are to be told, in the same transaction as what has happened.

Whether anything is told at all is a setting; the session carries it along (`delivery.wiring`), so that whoever records
a fact need not know.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import insert_those_new
from delivery.jobs.queue import put_all
from delivery.messages.standing import AT_ONCE, Envelope, envelopes_of, known_of, messages_about, statement_of
from delivery.models import Message, Meta, Result
from delivery.models.result import result_name
from delivery.models.sealed import opened_values, seals_of
from delivery.moments import at_local
from delivery.rules.lifecycle import TERMINAL
from delivery.rules.messages import (
    RULES,
    MessageState,
    Occasion,
    Statement,
    Why,
    news_of,
    next_day,
    next_word,
)

JOB = "message"
# The mark in a session's `info` that citizens are told what happens.
TELLS = "tells"
DOUBTED = "told-until"
Row = dict[str, Any]


def tell_journeys(session: Session, item_ids: Collection[int], at: datetime) -> None:
    """Have the recipients of these envelopes told what has become of them, as far as they do not know it.

    What waits to be sent and is not so any more is dropped.
    """
    if not session.info.get(TELLS):
        return
    envelopes = envelopes_of(session, item_ids)
    books = messages_about(session, [one.result_id for one in envelopes])
    changes = [_told_of(one, books[one.result_id], at) for one in envelopes]
    _drop(session, [number for gone, _row in changes for number in gone])
    _write(session, [row for _gone, row in changes])


def tell_moved(session: Session, result_ids: Sequence[int], at: datetime) -> None:
    """Have those told whose promise has just moved, or come back; where that was not said yet, nothing is."""
    if not session.info.get(TELLS):
        return
    books = messages_about(session, result_ids)
    gone: list[int] = []
    rows: list[Row | None] = []
    asked: set[tuple[object, ...]] = set()
    for result in _promises(session, result_ids):
        # Several results of one person that lie in no envelope yet have moved by one closure: they hear it once.
        said = opened_values(
            seals_of(session),
            Result,
            result_name(result.dossier_code, result.copy_no),
            phone=result.kept_phone,
            email=result.kept_email,
        )
        reader = (result.office_id, said["phone"], said["email"], result.was_said, result.promised_date)
        given_up, row = _told_of_promise(result, books[result.id], at)
        gone += given_up
        if row is not None and not (result.item_id is None and reader in asked):
            asked.add(reader)
            rows.append(row)
    _drop(session, gone)
    _write(session, rows)


def doubt_what_was_told(session: Session, at: datetime) -> int:
    """After a backup was put back: what happened until `at` may have been told, so nobody is told of it (again).

    Returns how many messages waited in these books; what is learnt only later of that time is treated alike.
    """
    session.merge(Meta(key=DOUBTED, value=at.isoformat()))
    unsent = sa.update(Message).where(Message.state.in_([MessageState.WAITING, MessageState.TRYING]))
    return len(session.execute(unsent.values(state=MessageState.IN_DOUBT).returning(Message.id)).all())


def _doubted_until(session: Session) -> datetime | None:
    noted = session.get(Meta, DOUBTED)
    return None if noted is None else datetime.fromisoformat(noted.value)


def _told_of(envelope: Envelope, book: Sequence[Message], at: datetime) -> tuple[list[int], Row | None]:
    """Which messages give way, and the one that is new."""
    standing = envelope.standing
    ended = standing.state in TERMINAL or not envelope.is_awaited
    moves = [one for one in book if one.occasion is Occasion.MOVED]
    journey = [one for one in book if one.occasion is not Occasion.MOVED]
    wanted = next_word(standing, known_of(journey)) if envelope.is_awaited else None
    gone = _other_than(wanted, [*journey, *(moves if ended else ())])
    news = news_of(standing)
    since = news.since if news is not None and news.statement == wanted else at
    return gone, _row(envelope.result_id, envelope.item_id, wanted, journey, since, at)


def _told_of_promise(
    result: Any, book: Sequence[Message], at: datetime  # noqa: ANN401  a row of several columns
) -> tuple[list[int], Row | None]:  # fmt: skip
    moves = [one for one in book if one.occasion is Occasion.MOVED]
    wanted = next_day(result.promised_date, result.was_said, known_of(moves)) if result.wants_delivery else None
    # It is worth being told until the evening of the day for which the promise holds now.
    row = _row(result.id, result.item_id, wanted, moves, at_local(result.promised_date, time.min), at)
    return _other_than(wanted, moves), row


def _promises(session: Session, result_ids: Sequence[int]) -> Iterable[Any]:
    """The promises as they hold now; of an envelope its first result speaks."""
    first = (
        sa.select(sa.func.min(Result.id))
        .where(Result.item_id.in_(sa.select(Result.item_id).where(Result.id.in_(sa.bindparam("some", expanding=True)))))
        .group_by(Result.item_id)
    )
    was_said = sa.func.coalesce(Result.first_promised, Result.promised_date).label("was_said")
    columns = (
        Result.id, Result.item_id, Result.office_id, Result.dossier_code, Result.copy_no, Result.kept_phone,
        Result.kept_email, Result.promised_date, Result.wants_delivery, was_said,
    )  # fmt: skip
    speaks = sa.or_(Result.item_id.is_(None), Result.id.in_(first))
    wanted = sa.select(*columns).where(Result.id.in_(sa.bindparam("some", expanding=True)), speaks).order_by(Result.id)
    for start in range(0, len(result_ids), AT_ONCE):
        yield from session.execute(wanted, {"some": result_ids[start : start + AT_ONCE]})


def _row(
    result_id: int, item_id: int | None, wanted: Statement | None, book: Sequence[Message], since: datetime,
    at: datetime,
) -> Row | None:  # fmt: skip
    """The new message; None where there is none to write: nothing new, or too long ago to be news."""
    if wanted is None or any(_waits(one) and statement_of(one) == wanted for one in book):
        return None
    rule = RULES[wanted.occasion]
    worth_until = rule.worth_until(since)
    if at >= worth_until:
        return None
    return {
        "result_id": result_id, "item_id": item_id, "occasion": wanted.occasion, "about": wanted.about,
        "round": sum(statement_of(one) == wanted for one in book), "state": MessageState.WAITING,
        "happened_at": at if wanted.occasion is Occasion.MOVED else since,
        "created_at": at, "due_at": at + rule.held, "worth_until": worth_until,
    }  # fmt: skip


def _other_than(wanted: Statement | None, book: Iterable[Message]) -> list[int]:
    """What waits and is not `wanted`."""
    return [one.id for one in book if _waits(one) and statement_of(one) != wanted]


def _drop(session: Session, gone: Sequence[int]) -> None:
    """Let go of what gives way; what somebody has begun to send meanwhile is left."""
    for start in range(0, len(gone), AT_ONCE):
        some = Message.id.in_(gone[start : start + AT_ONCE])
        still = sa.update(Message).where(some, Message.state == MessageState.WAITING)
        session.execute(
            still.values(state=MessageState.DROPPED, why=Why.SUPERSEDED),
            execution_options={"synchronize_session": False},
        )


def _waits(message: Message) -> bool:
    return message.state is MessageState.WAITING


def _write(session: Session, rows: Iterable[Row | None]) -> None:
    """Whoever folds the same journey at this moment writes the same message: one of the two is enough."""
    new = [row for row in rows if row is not None]
    doubted = _doubted_until(session) if new else None
    if doubted is not None:
        told = [row for row in new if row["happened_at"] <= doubted]
        if told:
            insert_those_new(session, Message, [{**row, "state": MessageState.IN_DOUBT} for row in told], Message.id)
        new = [row for row in new if row["happened_at"] > doubted]
    for due_at in sorted({row["due_at"] for row in new}):
        alike = [row for row in new if row["due_at"] == due_at]
        for start in range(0, len(alike), AT_ONCE):
            ids = insert_those_new(session, Message, alike[start : start + AT_ONCE], Message.id)
            put_all(session, JOB, ids, due_at)
