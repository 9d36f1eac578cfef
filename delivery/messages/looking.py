"""What was told to whom, and how the channels are: for staff, for operators, and for no longer than it is needed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import Database
from delivery.messages.wording import Facts, Words, letter_of, words_of
from delivery.models import Message, Office
from delivery.moments import at_local, local
from delivery.rules.codes import ALPHABET
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.messages import MessageChannel, MessageState, Occasion, Why

FORGOTTEN_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class ChannelState:
    """When a channel last carried something, since when it has failed and why, and how much waits for it."""

    channel: MessageChannel
    last_sent: datetime | None
    failing_since: datetime | None
    why: Why | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many messages of a day: about what, by what, and how far they have come."""

    occasion: Occasion
    channel: MessageChannel | None
    state: MessageState
    why: Why | None
    messages: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A message with made-up data, as its reader gets it."""

    occasion: Occasion
    words: Words
    letter: str


def messages_of(session: Session, item_id: int, result_ids: Collection[int]) -> Sequence[Message]:
    """All that there was to tell of an envelope and of the results in it, the newest first."""
    about = sa.or_(Message.item_id == item_id, Message.result_id.in_(result_ids))
    return session.scalars(sa.select(Message).where(about).order_by(Message.id.desc())).all()


def channel_states(session: Session, channels: Sequence[MessageChannel]) -> list[ChannelState]:
    """How each of these channels has been doing."""
    return [_state_of(session, channel) for channel in channels]


def counts_of(session: Session, day: date) -> list[Count]:
    """The messages that came up on a day of the Vietnamese calendar."""
    begins, ends = at_local(day, time.min), at_local(day + timedelta(days=1), time.min)
    columns = (Message.occasion, Message.channel, Message.state, Message.why)
    wanted = sa.select(*columns, sa.func.count()).where(Message.created_at >= begins, Message.created_at < ends)
    found = [Count(*row) for row in session.execute(wanted.group_by(*columns))]
    order = {occasion: number for number, occasion in enumerate(Occasion)}
    return sorted(found, key=lambda one: (order[one.occasion], one.channel or "", one.state, one.why or ""))


def forget_messages(database: Database, before: datetime) -> int:
    """Delete messages that came up before a moment, some at a time; returns how many.

    What is older than the longest that anything is worth telling can come up no second time.
    """
    forgotten = 0
    old = sa.select(Message.id).where(Message.created_at < before).limit(FORGOTTEN_AT_ONCE)
    while True:
        with database.write() as session:
            ids = session.scalars(old).all()
            gone = sa.delete(Message).where(Message.id.in_(ids))
            session.execute(gone.execution_options(synchronize_session=False))
        forgotten += len(ids)
        if len(ids) < FORGOTTEN_AT_ONCE:
            return forgotten


def samples(office: Office, web_url: str, language: str, at: datetime) -> list[Sample]:
    """What citizens of an office read on each occasion; the envelope is made up."""
    code = ALPHABET[7:24]
    today = local(at).date()
    made = []
    for occasion in Occasion:
        facts = Facts(
            occasion=occasion, ward=office.ward_name, office=office.name, office_address=office.address,
            office_phone=office.phone, link=f"{web_url}/tra-cuu?ma={code}", happened_at=at,
            promised=today + timedelta(days=2), today=today, carrier=OWN_TEAM, tracking_code=code,
            was_promised=today + timedelta(days=1) if occasion is Occasion.MOVED else None,
            closed_for="bão" if occasion is Occasion.MOVED else "",
        )  # fmt: skip
        words = words_of(facts, language)
        made.append(Sample(occasion, words, letter_of(facts, words, language, f"{web_url}/tin-nhan/…")))
    return made


def _state_of(session: Session, channel: MessageChannel) -> ChannelState:
    mine = Message.channel == channel
    last = session.scalar(sa.select(sa.func.max(Message.sent_at)).where(mine))
    unsent = (mine, Message.state.in_([MessageState.WAITING, MessageState.TRYING]))
    waiting = session.scalar(sa.select(sa.func.count()).select_from(Message).where(*unsent)) or 0
    failing = sa.select(Message.first_tried_at, Message.why).where(*unsent, Message.why.is_not(None))
    if last is not None:
        failing = failing.where(Message.tried_at > last)
    first = session.execute(failing.order_by(Message.first_tried_at).limit(1)).first()
    since, why = (first.first_tried_at, first.why) if first is not None else (None, None)
    return ChannelState(channel, last, since, why, waiting)
