"""After a backup was put back: what these books no longer know has happened all the same, and is reckoned with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.dispatch.doubt import doubt_all
from delivery.dispatch.numbers import skip_numbers
from delivery.messages.telling import doubt_what_was_told
from delivery.models import Item, Meta

MADE = "restored-from"
# A day that was busier than any of the last month's has still room in twice of that.
LOOK_BACK, SPARE = timedelta(days=30), 2


@dataclass(frozen=True, slots=True)
class Doubts:
    """Orders that are looked up first, messages that may have been sent, item codes that are used for nothing."""

    orders: int
    messages: int
    numbers: int


def note_restored(session: Session, made_at: datetime) -> None:
    """Write down of which moment these books are."""
    session.merge(Meta(key=MADE, value=made_at.isoformat()))


def doubt_everything(session: Session, at: datetime, numbers: int | None = None) -> Doubts:
    """Rely on nothing that these books take for not done yet.

    Orders that may have been given are looked up; what happened until now may have been told, and is not told again;
    item codes that may stand on labels already are passed over: so many `numbers`, or an estimate from what was taken
    on the busiest day of the last month.
    """
    wanted = _taken_since(session, at) if numbers is None else numbers
    return Doubts(doubt_all(session), doubt_what_was_told(session, at), skip_numbers(session, wanted))


def _taken_since(session: Session, at: datetime) -> int:
    made = session.get(Meta, MADE)
    if made is None:
        return 0
    moment = datetime.fromisoformat(made.value)
    day = sa.func.date(Item.created_at)
    days = (
        sa.select(sa.func.count().label("taken")).where(Item.created_at > moment - LOOK_BACK).group_by(day).subquery()
    )
    busiest = session.scalar(sa.select(sa.func.max(days.c.taken))) or 0
    return int(busiest) * SPARE * max(1, ceil((at - moment) / timedelta(days=1)))
