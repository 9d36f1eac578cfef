"""What a citizen is told of an envelope, when it is worth telling, and what must be said next to leave nothing untrue.

What is said follows the state that all known facts fold into, never the fact that happened to come last: so late,
repeated and corrected facts say nothing twice, and nothing that is not so.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from delivery.i18n import marked
from delivery.moments import at_local, local
from delivery.rules.doorstep import TAKE_BACK_WITHIN
from delivery.rules.lifecycle import OUT, State

# What a one-time code goes by: it is asked for, and so neither waits for the morning nor minds who wants no messages.
ONE_TIME_CODE = "code"
# Later on that day nobody goes to a door any more.
EVENING = time(20, 0)


class Occasion(StrEnum):
    """What there is to tell."""

    UNDER_WAY = "under_way"
    OUT_TODAY = "out_today"
    MISSED = "missed"
    DELIVERED = "delivered"
    BACK = "back"
    MOVED = "moved"
    NOT_YET = "not_yet"


OCCASIONS: dict[Occasion, str] = {
    Occasion.UNDER_WAY: marked("On its way"),
    Occasion.OUT_TODAY: marked("Comes today"),
    Occasion.MISSED: marked("Could not be delivered"),
    Occasion.DELIVERED: marked("Delivered"),
    Occasion.BACK: marked("Back at the ward"),
    Occasion.MOVED: marked("The promised day has moved"),
    Occasion.NOT_YET: marked("Correction: not delivered, or not back, after all"),
}


class MessageChannel(StrEnum):
    """By what a message goes."""

    ZALO = "zalo"
    SMS = "sms"
    EMAIL = "email"


CHANNELS: dict[MessageChannel, str] = {
    MessageChannel.ZALO: marked("Zalo"),
    MessageChannel.SMS: marked("SMS"),
    MessageChannel.EMAIL: marked("E-mail"),
}


class MessageState(StrEnum):
    """How far a message has come.

    TRYING is written down before the first byte leaves; IN_DOUBT is what may have been sent and is not repeated;
    FAILED was refused by every channel; DROPPED was not worth sending any more, or had no address to go to.
    """

    WAITING = "waiting"
    TRYING = "trying"
    SENT = "sent"
    IN_DOUBT = "in_doubt"
    FAILED = "failed"
    DROPPED = "dropped"
    NOT_WANTED = "not_wanted"


MESSAGE_STATES: dict[MessageState, str] = {
    MessageState.WAITING: marked("waits to be sent"),
    MessageState.TRYING: marked("is being sent"),
    MessageState.SENT: marked("sent"),
    MessageState.IN_DOUBT: marked("perhaps sent, and not repeated"),
    MessageState.FAILED: marked("could not be sent"),
    MessageState.DROPPED: marked("not sent"),
    MessageState.NOT_WANTED: marked("not sent: messages are not wanted"),
}
# What the citizen has read, or may have.
SAID = frozenset({MessageState.SENT, MessageState.TRYING, MessageState.IN_DOUBT})


class Why(StrEnum):
    """Why a message is not sent, or not yet; never a word of the other side, which might repeat an address."""

    SUPERSEDED = "superseded"
    TOO_LATE = "too_late"
    NO_ADDRESS = "no_address"
    UNWANTED = "unwanted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    LOG_IN = "log_in"
    SETUP = "setup"
    NO_ANSWER = "no_answer"
    RESTING = "resting"
    TURNED_OFF = "turned_off"


WHYS: dict[Why, str] = {
    Why.SUPERSEDED: marked("something newer was to be told"),
    Why.TOO_LATE: marked("it came too late to be worth it"),
    Why.NO_ADDRESS: marked("no phone number or e-mail address is known"),
    Why.UNWANTED: marked("the recipient does not want messages"),
    Why.REFUSED: marked("the address cannot be reached"),
    Why.UNREACHABLE: marked("the service does not answer"),
    Why.THROTTLED: marked("the service asks for patience"),
    Why.LOG_IN: marked("the service refuses our credentials"),
    Why.SETUP: marked("the service does not accept the message as it is set up"),
    Why.NO_ANSWER: marked("the answer was lost"),
    Why.TURNED_OFF: marked("messages were turned off"),
    Why.RESTING: marked("the service failed several times and is left alone for a minute"),
}


class Statement(NamedTuple):
    """Something that can be said: of which sending (or, of a promise, nothing), and of which day where days differ."""

    occasion: Occasion
    about: str

    @classmethod
    def of(cls, occasion: Occasion, consignment_id: int, day: date | None = None) -> "Statement":
        return cls(occasion, f"{consignment_id}:{day}" if day is not None else str(consignment_id))

    @property
    def sending(self) -> str:
        return self.about.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an envelope's last sending stands: `since` when, `attempts` visits in vain, the last of them at `visited`.

    `goes_again` is what the own team has brought back and takes along once more by itself.
    """

    consignment_id: int
    state: State
    since: datetime | None
    attempts: int = 0
    visited: datetime | None = None
    goes_again: bool = False


class News(NamedTuple):
    """What is true of an envelope and could be told, and since when it is so."""

    statement: Statement
    since: datetime


class Known(NamedTuple):
    """A message that there is already; what was dropped for something newer is none."""

    statement: Statement
    state: MessageState


def news_of(standing: Standing) -> News | None:
    """What there is to tell of an envelope that stands so; None where the citizen has nothing to do or to wait for."""
    since, state = standing.since, standing.state
    ends = None if standing.goes_again else _ENDS.get(state)
    occasion = ends or _visit_of(standing)
    if since is None or occasion is None:
        return None
    if occasion is Occasion.MISSED:
        since = standing.visited or since
    day = local(since).date() if occasion in _OF_A_DAY else None
    return News(Statement.of(occasion, standing.consignment_id, day), since)


def _visit_of(standing: Standing) -> Occasion | None:
    if standing.state is State.OUT_FOR_DELIVERY:
        return Occasion.OUT_TODAY
    if standing.attempts and standing.state in _AFTER_A_VISIT:
        return Occasion.MISSED
    return Occasion.UNDER_WAY if standing.state in {State.WITH_CARRIER, State.AT_OFFICE} else None


_ENDS = {State.DELIVERED: Occasion.DELIVERED, State.RETURNED: Occasion.BACK}
# Each day on which it is so is news of its own.
_OF_A_DAY = frozenset({Occasion.OUT_TODAY, Occasion.MISSED})
# A post takes along to its office what it could not deliver; the visit in vain is still the newest that matters.
_AFTER_A_VISIT = frozenset({State.ATTEMPT_FAILED, State.WITH_CARRIER, State.AT_OFFICE, State.RETURNED})
# Whoever has read one of these goes away, or comes to the ward: it must not stand if it is not so.
_BINDING = frozenset({Occasion.DELIVERED, Occasion.BACK})


def next_word(standing: Standing, known: Sequence[Known]) -> Statement | None:
    """What the citizen must hear now, given what has been said, in its order; None when all is said.

    Nothing is said twice, unless it was true, then was not, and now is again. Of what was a mistake the citizen hears
    that it was one, by the next news or by NOT_YET.
    """
    news = news_of(standing)
    true = news.statement if news is not None else None
    spoken = [one for one in known if one.state is not MessageState.WAITING]
    before = {one.statement for one in spoken}
    last = spoken[-1].statement if spoken else None
    said = next((one.statement for one in reversed(spoken) if one.state in SAID), None)
    mistaken = said if said is not None and _is_mistaken(said, true, standing) else None
    corrects = true is not None and true.occasion is not Occasion.UNDER_WAY and true not in before
    if mistaken is not None and standing.state in OUT and not corrects:
        wanted: Statement | None = Statement(Occasion.NOT_YET, mistaken.about)
    elif true is not None and (true.occasion in _BINDING or not _is_old(true, before)):
        wanted = true
    else:
        wanted = None
    # Not what was last tried in vain, nor what is believed already because the correction in between was never read.
    return None if wanted in {last, said} else wanted


def _is_old(true: Statement, before: Collection[Statement]) -> bool:
    """Whether it was said, or a correction has said the same: that the envelope is on its way."""
    corrected = Statement(Occasion.NOT_YET, true.about)
    return true in before or (true.occasion is Occasion.UNDER_WAY and corrected in before)


def _is_mistaken(said: Statement, true: Statement | None, standing: Standing) -> bool:
    return said.occasion in _BINDING and said != true and said.sending == str(standing.consignment_id)


def next_day(promised: date, first_said: date, known: Sequence[Known]) -> Statement | None:
    """The promised day that must be told now; None when the citizen knows it, or was told so in vain."""
    spoken = [one for one in known if one.state is not MessageState.WAITING]
    wanted = Statement(Occasion.MOVED, promised.isoformat())
    believed = next((one.statement.about for one in reversed(spoken) if one.state in SAID), first_said.isoformat())
    if believed == wanted.about or (spoken and spoken[-1].statement == wanted):
        return None
    return wanted


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a message is held back, so that a slip can be taken back, and until when it is worth being sent."""

    held: timedelta
    worth_until: Callable[[datetime], datetime]


def _days(count: int) -> Callable[[datetime], datetime]:
    return lambda since: since + timedelta(days=count)


def _evening(moment: datetime) -> datetime:
    return at_local(local(moment).date(), EVENING)


RULES: Mapping[Occasion, Rule] = {
    Occasion.UNDER_WAY: Rule(timedelta(0), _days(2)),
    Occasion.OUT_TODAY: Rule(timedelta(0), _evening),
    Occasion.MISSED: Rule(TAKE_BACK_WITHIN, _days(1)),
    Occasion.DELIVERED: Rule(TAKE_BACK_WITHIN, _days(2)),
    Occasion.BACK: Rule(TAKE_BACK_WITHIN, _days(7)),
    # Of the evening of the new day.
    Occasion.MOVED: Rule(TAKE_BACK_WITHIN, _evening),
    Occasion.NOT_YET: Rule(timedelta(0), _days(2)),
}


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the Vietnamese clock in which nobody is disturbed; they may go over midnight, and none if alike."""

    first: time
    last: time

    @classmethod
    def parse(cls, text: str) -> "QuietHours":
        """Read `21:00-07:00`; an empty text is no quiet hours. Raises ValueError for anything else."""
        if not text.strip():
            return cls(time(0), time(0))
        first, dash, last = text.partition("-")
        if not dash:
            raise ValueError("quiet hours are written as 21:00-07:00")
        return cls(time.fromisoformat(first.strip()), time.fromisoformat(last.strip()))

    def ends_after(self, moment: datetime) -> datetime | None:
        """When the quiet in which `moment` lies ends; None when it lies in none."""
        here = local(moment)
        clock = here.time().replace(tzinfo=None)
        if self.first == self.last:
            return None
        if self.first < self.last:
            return at_local(here.date(), self.last) if self.first <= clock < self.last else None
        if clock >= self.first:
            return at_local(here.date() + timedelta(days=1), self.last)
        return at_local(here.date(), self.last) if clock < self.last else None
