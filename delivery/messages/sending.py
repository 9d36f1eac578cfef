"""The job that sends one message: whatever dies or stays silent on the way, no channel says the same thing twice.

Written down before the first byte leaves: by which channel, and that it is being tried. Who finds a message in that
state, because its sender died or the answer was lost, sends again only where the other side knows a repetition for one;
else the message stays in doubt. A lost message costs a citizen a look at the tracking page; a doubled one, trust.
"""

import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import database_now
from delivery.errors import BadSetting
from delivery.failpoints import reach
from delivery.jobs.queue import LeaseLost
from delivery.jobs.work import TryLater, Work, pause
from delivery.messages.addresses import address_of, hash_of, masked, token_of, unwanted_among
from delivery.messages.desk import Guarded
from delivery.messages.facts import facts_of
from delivery.messages.lines import CannotReach, NotCarried, Outgoing, PerhapsCarried
from delivery.messages.standing import envelopes_of, statement_of
from delivery.messages.wording import letter_of, words_of
from delivery.models import Message, Result
from delivery.moments import local, short_date
from delivery.rules.codes import show_tracking_code
from delivery.rules.lifecycle import OUT, TERMINAL
from delivery.rules.messages import MessageChannel, MessageState, Occasion, Why, news_of
from delivery.wiring import Service

OPEN = (MessageState.WAITING, MessageState.TRYING)
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 1800.0
# Messages to one person leave one after the other, so that the last to arrive is the last that was true. Who has been
# sending for longer is not waited for.
ONE_AT_A_TIME = timedelta(minutes=10)
LOOK_AGAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Intention:
    """What is about to be sent, and by what."""

    channel: MessageChannel
    guarded: Guarded
    message: Outgoing


def send(work: Work) -> None:
    """The job: write down the intention, send, write down the outcome; no transaction is open while sending."""
    try:
        intended = _intend(work)
    except BadSetting as error:
        raise TryLater(type(error).__name__, LONGEST_PAUSE) from error
    except NotCarried as rests:
        raise TryLater(rests.why.value, rests.retry_after) from rests
    if intended is not None:
        reach("after_intent")
        _carry(work, intended)


def _carry(work: Work, intended: Intention) -> None:
    try:
        intended.guarded.send(intended.message)
        reach("after_send")
    except CannotReach:
        _note_unreachable(work, intended.channel)
    except NotCarried as busy:
        _note(work, MessageState.WAITING, busy.why)
        raise TryLater(busy.why.value, busy.retry_after or _pause(work)) from busy
    except PerhapsCarried as silence:
        if intended.guarded.line.repeatable:
            # It stays as it is: the next try finds it so, and goes by the same channel.
            _note(work, MessageState.TRYING, Why.NO_ANSWER)
            raise TryLater(Why.NO_ANSWER.value, _pause(work)) from silence
        _note(work, MessageState.IN_DOUBT, Why.NO_ANSWER, ends=True)
    else:
        _note(work, MessageState.SENT, None, ends=True)


def _intend(work: Work) -> Intention | None:
    """Look at everything anew and write down what is about to happen; None when there is nothing to send."""
    with work.service.database.write() as session:
        message = session.get(Message, work.lease.key, with_for_update=True)
        if message is None or message.state not in OPEN:
            work.lease.finish(session)
            return None
        now = database_now(session)
        ended = _ended(session, work.service, message, now)
        if ended is not None:
            message.state, message.why = ended
            work.lease.finish(session)
            return None
        waits = work.service.message_desk.quiet.ends_after(now)
        if waits is not None:
            message.due_at = waits
            work.lease.await_turn(session, waits)
            return None
        if _is_another_sent(session, message, now):
            work.lease.await_turn(session, now + timedelta(seconds=LOOK_AGAIN_SECONDS))
            return None
        result = session.get_one(Result, message.result_id)
        channel, none = _choose(session, work.service, message, result)
        if channel is None:
            message.state, message.why = none
            work.lease.finish(session)
            return None
        guarded = work.service.message_desk.channels[channel]
        guarded.need_open()
        if message.state is MessageState.WAITING:
            message.first_tried_at = now
        address = address_of(result, channel)
        message.state, message.why, message.channel = MessageState.TRYING, None, channel
        message.masked, message.tried_at, message.tries = masked(address), now, message.tries + 1
        return Intention(channel, guarded, _outgoing(session, work.service, message, address, now))


def _ended(session: Session, service: Service, message: Message, now: datetime) -> tuple[MessageState, Why] | None:
    """How the message ends without being sent, if it does; what was begun and may not be repeated ends in doubt."""
    begun = message.state is MessageState.TRYING
    if begun and not _may_repeat(service, message, now):
        return MessageState.IN_DOUBT, Why.NO_ANSWER
    if now < message.worth_until and still_true(session, message):
        return None
    if begun:
        return MessageState.IN_DOUBT, Why.NO_ANSWER
    return MessageState.DROPPED, Why.TOO_LATE if now >= message.worth_until else Why.SUPERSEDED


def _may_repeat(service: Service, message: Message, now: datetime) -> bool:
    channel = message.channel
    guarded = service.message_desk.channels.get(channel) if channel is not None else None
    if guarded is None or message.first_tried_at is None:
        return False
    return now < message.first_tried_at + guarded.line.repeatable


def still_true(session: Session, message: Message) -> bool:
    """Whether what the message says is so at this moment."""
    if message.occasion is Occasion.MOVED:
        result = session.get_one(Result, message.result_id)
        ended = message.item_id is not None and any(
            one.standing.state in TERMINAL or not one.is_awaited for one in envelopes_of(session, [message.item_id])
        )
        return result.wants_delivery and not ended and result.promised_date.isoformat() == message.about
    found = envelopes_of(session, [message.item_id]) if message.item_id is not None else []
    if not found or not found[0].is_awaited:
        return False
    standing = found[0].standing
    if message.occasion is Occasion.NOT_YET:
        return standing.state in OUT and statement_of(message).sending == str(standing.consignment_id)
    news = news_of(standing)
    return news is not None and news.statement == statement_of(message)


def _is_another_sent(session: Session, message: Message, now: datetime) -> bool:
    other = sa.select(Message.id).where(
        Message.result_id == message.result_id, Message.id != message.id, Message.state == MessageState.TRYING,
        Message.tried_at > now - ONE_AT_A_TIME,
    )  # fmt: skip
    return session.scalar(other.limit(1)) is not None


def _choose(
    session: Session, service: Service, message: Message, result: Result
) -> tuple[MessageChannel | None, tuple[MessageState, Why]]:
    """The first channel that has an address to go to and has not refused it; else how the message ends."""
    desk = service.message_desk
    order = (message.channel,) if message.state is MessageState.TRYING and message.channel else desk.order
    refused = set(message.refused or {})
    addresses = {channel: address_of(result, channel) for channel in order}
    hashes = {address: hash_of(service.blind, address) for address in addresses.values() if address}
    unwanted = unwanted_among(session, hashes.values())
    none = (MessageState.FAILED, Why.REFUSED) if refused else (MessageState.DROPPED, Why.NO_ADDRESS)
    if not order:
        none = (MessageState.DROPPED, Why.TURNED_OFF)
    for channel, address in addresses.items():
        if not address or channel.value in refused or not desk.channels[channel].line.offers(message.occasion):
            continue
        if hashes[address] not in unwanted:
            return channel, none
        if not refused:
            none = (MessageState.NOT_WANTED, Why.UNWANTED)
    return None, none


def _outgoing(session: Session, service: Service, message: Message, address: str, now: datetime) -> Outgoing:
    settings = service.settings
    facts = facts_of(session, message, settings.web_url, now)
    words = words_of(facts, settings.message_language)
    stop = f"{settings.web_url}/tin-nhan/{token_of(service.blind, address)}"
    day = facts.promised if message.occasion in {Occasion.MOVED, Occasion.UNDER_WAY} else local(message.happened_at)
    return Outgoing(
        name=name_of(service, message), occasion=message.occasion, to=address, sender=facts.office,
        subject=words.subject, letter=letter_of(facts, words, settings.message_language, stop), short=words.short,
        values={
            "ward": facts.ward, "link": facts.link, "day": short_date(day),
            "code": show_tracking_code(facts.tracking_code) if facts.tracking_code else "",
            "moment": f"{local(message.happened_at):%H:%M %d/%m/%Y}",
        },
        stop=stop,
    )  # fmt: skip


def name_of(service: Service, message: Message) -> str:
    """The message's name towards others: the same at each try, another for each message of each installation."""
    content = f"message:{message.id}:{message.created_at.isoformat()}".encode()
    return hmac.digest(service.seal, content, "sha256").hex()[:32]


def _pause(work: Work) -> float:
    return pause(work.lease.tries, FIRST_PAUSE, LONGEST_PAUSE)


def _note(work: Work, state: MessageState, why: Why | None, *, ends: bool = False) -> None:
    with work.service.database.write() as session:
        message = session.get(Message, work.lease.key, with_for_update=True)
        now = database_now(session)
        # Who woke up late does not bring back what somebody else has settled; that it was sent stays true for ever.
        if message is not None and (state is MessageState.SENT or message.state is MessageState.TRYING):
            message.state, message.why = state, why
            message.sent_at = now if state is MessageState.SENT else message.sent_at
        if ends:
            with suppress(LeaseLost):
                work.lease.finish(session)
            reach("before_commit")


def _note_unreachable(work: Work, channel: MessageChannel) -> None:
    """This channel cannot reach the address: the next one is tried at once."""
    with work.service.database.write() as session:
        message = session.get_one(Message, work.lease.key, with_for_update=True)
        if message.state is MessageState.TRYING:
            message.refused = {**(message.refused or {}), channel.value: Why.REFUSED.value}
            message.state, message.why = MessageState.WAITING, Why.REFUSED
        work.lease.put_off(session, database_now(session), Why.REFUSED.value)
