"""The history of each sending in the archive, made by the database from the sending itself: facts and their callbacks,
labels, scans, messages. It is most of the rows, and each follows from where the sending has come to and when.
"""

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.orm import Session

from delivery.dispatch.handover import Finding
from delivery.models import (
    Callback,
    Consignment,
    InboxState,
    Label,
    Message,
    Printing,
    Scan,
    SubmitTry,
    TrackingEvent,
)
from delivery.models.base import Base, UtcMoment
from delivery.rules.lifecycle import Fact, State
from delivery.rules.messages import MessageChannel, MessageState, Occasion

CALLBACK, WARD = "callback", "ward"
SOURCE = "vnpost"


class Step(NamedTuple):
    """A fact of a journey, so many hours after the hand-over; what the carrier reports has a code of its."""

    fact: Fact
    hours: float
    code: str = ""


OUT = (
    Step(Fact.REGISTERED, -2), Step(Fact.HANDED_OVER, 0), Step(Fact.COLLECTED, 0.5, "10"),
    Step(Fact.AT_OFFICE, 4, "12"), Step(Fact.OUT_FOR_DELIVERY, 23, "13"),
)  # fmt: skip
JOURNEYS = {
    State.OUT_FOR_DELIVERY: OUT,
    State.DELIVERED: (*OUT, Step(Fact.DELIVERED, 26, "14")),
    State.RETURNED: (
        *OUT, Step(Fact.ATTEMPT_FAILED, 26, "15"), Step(Fact.RETURNING, 30, "16"), Step(Fact.RETURNED, 50, "17"),
    ),
}  # fmt: skip
OCCASIONS = {
    State.OUT_FOR_DELIVERY: Occasion.OUT_TODAY, State.DELIVERED: Occasion.DELIVERED, State.RETURNED: Occasion.BACK,
}  # fmt: skip
ACCEPTED = "accepted"


def write_histories(session: Session) -> None:
    """Write down what has happened to all sendings in the books."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    for state, steps in JOURNEYS.items():
        ended = steps[-1].hours
        for step in steps:
            _happen(session, state, step, _later(Consignment.since, step.hours - ended, is_postgresql))
        handed_over = _later(Consignment.since, -ended, is_postgresql)
        _prepare(session, state, handed_over)
        _tell(session, state, _later(Consignment.since, 48, is_postgresql))


def _happen(session: Session, state: State, step: Step, at: Any) -> None:  # noqa: ANN401  a moment in SQL
    """A fact, and the callback that brought it where it was the carrier who told."""
    name = sa.literal(f"bench:{step.fact}:").concat(Consignment.item_code)
    _add(
        session, TrackingEvent, state, consignment_id=Consignment.id, source=CALLBACK if step.code else WARD,
        source_id=name, fact=step.fact, code=step.code, reason="", occurred_at=at, received_at=at, clamped=False,
    )  # fmt: skip
    if step.code:
        _add(
            session, Callback, state, source=SOURCE, dedupe_key=name, received_at=at, raw=b'{"data": []}',
            state=InboxState.APPLIED, note="",
        )  # fmt: skip


def _prepare(session: Session, state: State, at: Any) -> None:  # noqa: ANN401  a moment in SQL
    """The carrier's answer, the label with its printing, and the scan at the hand-over."""
    number = Consignment.id
    _add(
        session, SubmitTry, state, consignment_id=number, try_no=1, intended_at=at, ended_at=at, outcome=ACCEPTED,
    )  # fmt: skip
    _add(session, Label, state, id=number, consignment_id=number, version=1, address_version=1, printed_at=at,
         confirmed_at=at)  # fmt: skip
    _add(session, Printing, state, label_id=number, copy_no=1, printed_at=at, printed_by="bench", reason="")
    _add(
        session, Scan, state, batch_id=Consignment.handed_over_in, code=Consignment.item_code, scanned_at=at,
        finding=Finding.OK.value, consignment_id=number, scanned_by="bench",
    )  # fmt: skip


def _tell(session: Session, state: State, worth_until: Any) -> None:  # noqa: ANN401  a moment in SQL
    at = Consignment.since
    _add(
        session, Message, state, result_id=Consignment.item_id, item_id=Consignment.item_id, occasion=OCCASIONS[state],
        about="bench", round=0, state=MessageState.SENT, channel=MessageChannel.SMS, masked="09** *** *12",
        happened_at=at, created_at=at, due_at=at, worth_until=worth_until, tries=1, first_tried_at=at, tried_at=at,
        sent_at=at,
    )  # fmt: skip


def _add(session: Session, model: type[Base], where: State, /, **values: Any) -> None:  # noqa: ANN401  any column
    """A row for each sending that has come to `where`; what is no expression is the same for all."""
    columns = model.__table__.c
    told = [
        value if isinstance(value, sa.ColumnElement | sa.orm.InstrumentedAttribute)
        else sa.literal(value, columns[name].type)
        for name, value in values.items()
    ]  # fmt: skip
    sent = sa.select(*told).where(Consignment.journey == where).order_by(Consignment.id)
    session.execute(sa.insert(model).from_select(list(values), sent, include_defaults=False))


def _later(moment: Any, hours: float, is_postgresql: bool) -> Any:  # noqa: ANN401  moments in SQL
    """So many hours after a moment that is written in a column."""
    seconds = round(hours * 3600)
    if is_postgresql:
        return sa.type_coerce(moment + sa.cast(sa.literal(f"{seconds} seconds"), INTERVAL), UtcMoment)
    return sa.func.strftime("%Y-%m-%d %H:%M:%f000", moment, f"{seconds:+d} seconds")
