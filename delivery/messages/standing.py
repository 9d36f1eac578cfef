"""How envelopes stand at this moment of a transaction, read for many at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.models import Consignment, Item, Message, Result, Submission, TrackingEvent
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.lifecycle import Fact, State, standing
from delivery.rules.messages import Known, MessageState, Standing, Statement, Why

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope by its first result, which speaks for it, and how its last sending stands.

    Nothing is told of what goes over the counter, or was fetched there: `is_awaited` is false then.
    """

    item_id: int
    result_id: int
    is_awaited: bool
    standing: Standing


def envelopes_of(session: Session, item_ids: Collection[int]) -> list[Envelope]:
    """Those of the envelopes that were ever sent, read anew from the database."""
    session.flush()
    sent = sa.select(sa.func.max(Consignment.id)).where(
        Consignment.item_id.in_(item_ids), Consignment.submission != Submission.VOID
    )
    first = sa.select(sa.func.min(Result.id)).where(Result.item_id.in_(item_ids)).group_by(Result.item_id)
    wanted = (
        sa.select(
            Item.id, Item.collected_at, Result.id.label("result_id"), Result.wants_delivery,
            Consignment.id.label("sent_id"), Consignment.carrier, Consignment.journey, Consignment.since,
            Consignment.attempts,
        )
        .join(Consignment, Consignment.item_id == Item.id)
        .join(Result, Result.item_id == Item.id)
        .where(Consignment.id.in_(sent.group_by(Consignment.item_id)), Result.id.in_(first))
        .order_by(Item.id)
    )  # fmt: skip
    rows = session.execute(wanted).all()
    visited = _last_visits(session, [row.sent_id for row in rows if row.attempts])
    return [
        Envelope(
            row.id, row.result_id, row.wants_delivery and row.collected_at is None,
            Standing(
                row.sent_id, row.journey, row.since, row.attempts, visited.get(row.sent_id),
                goes_again=row.journey is State.RETURNED and _goes_again(session, row.id, row.carrier),
            ),
        )
        for row in rows
    ]  # fmt: skip


def known_of(messages: Iterable[Message]) -> list[Known]:
    """What has been said or is to be said, in its order, without what gave way to something newer."""
    return [
        Known(statement_of(one), one.state)
        for one in messages
        if not (one.state is MessageState.DROPPED and one.why is Why.SUPERSEDED)
    ]


def statement_of(message: Message) -> Statement:
    """What a message says."""
    return Statement(message.occasion, message.about)


def messages_about(session: Session, result_ids: Sequence[int]) -> Mapping[int, list[Message]]:
    """The messages about results, by result, in the order in which they were written down."""
    found: dict[int, list[Message]] = {result_id: [] for result_id in result_ids}
    for start in range(0, len(result_ids), AT_ONCE):
        some = result_ids[start : start + AT_ONCE]
        wanted = sa.select(Message).where(Message.result_id.in_(some)).order_by(Message.id)
        for message in session.scalars(wanted.execution_options(populate_existing=True)):
            found[message.result_id].append(message)
    return found


def _last_visits(session: Session, consignment_ids: Collection[int]) -> dict[int, datetime]:
    """When the last visit in vain was, of those that nobody has taken back."""
    if not consignment_ids:
        return {}
    books: dict[int, list[TrackingEvent]] = {}
    for event in session.scalars(sa.select(TrackingEvent).where(TrackingEvent.consignment_id.in_(consignment_ids))):
        books.setdefault(event.consignment_id, []).append(event)
    return {number: visited for number, book in books.items() if (visited := _last_visit(book)) is not None}


def _last_visit(book: Sequence[TrackingEvent]) -> datetime | None:
    visits = [event for event in standing(each.as_event() for each in book) if event.fact is Fact.ATTEMPT_FAILED]
    return max((visit.occurred_at for visit in visits), default=None)


def _goes_again(session: Session, item_id: int, carrier: str) -> bool:
    return carrier == OWN_TEAM and session.get_one(Item, item_id).is_tried_again
