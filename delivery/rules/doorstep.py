"""What may happen at the door: who may be handed what, against which paper, and why a visit was in vain."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from delivery.i18n import marked
from delivery.rules.lifecycle import Fact
from delivery.rules.policy import HandedTo, Policy

# The name of the ward's own people among the carriers.
OWN_TEAM = "own-team"
# A slip of the finger is taken back by whoever made it; what is older is a supervisor's to correct.
TAKE_BACK_WITHIN = timedelta(minutes=10)
# So many visits in all are made before an envelope stays at the counter to be fetched.
VISITS = 2


class Outcome(StrEnum):
    """How a visit ended, and that an envelope is back at the ward."""

    DELIVERED = "delivered"
    FAILED = "failed"
    BACK = "back"


FACT_OF: dict[Outcome, Fact] = {
    Outcome.DELIVERED: Fact.DELIVERED,
    Outcome.FAILED: Fact.ATTEMPT_FAILED,
    Outcome.BACK: Fact.RETURNED,
}
OUTCOMES: dict[Outcome, str] = {
    Outcome.DELIVERED: marked("Delivered"),
    Outcome.FAILED: marked("Could not be delivered"),
    Outcome.BACK: marked("Back at the ward"),
}


class Receiver(StrEnum):
    """Whose hands the envelope was put into."""

    RECIPIENT = "recipient"
    HOUSEHOLD = "household"
    AUTHORISED = "authorised"


RECEIVERS: dict[Receiver, str] = {
    Receiver.RECIPIENT: marked("the person named"),
    Receiver.HOUSEHOLD: marked("an adult of the same household"),
    Receiver.AUTHORISED: marked("a person with a written authorisation"),
}
MAY_RECEIVE: dict[HandedTo, tuple[Receiver, ...]] = {
    HandedTo.IN_PERSON: (Receiver.RECIPIENT,),
    HandedTo.FAMILY: (Receiver.RECIPIENT, Receiver.HOUSEHOLD),
    HandedTo.AUTHORISED: (Receiver.RECIPIENT, Receiver.AUTHORISED),
    HandedTo.BOTH_SPOUSES: (),
}


class Paper(StrEnum):
    """What was shown at the door; its number is nobody's business here."""

    IDENTITY_CARD = "identity_card"
    VNEID = "vneid"
    PASSPORT = "passport"
    AUTHORISATION = "authorisation"
    SIGNATURE = "signature"


PAPERS: dict[Paper, str] = {
    Paper.IDENTITY_CARD: marked("Identity card"),
    Paper.VNEID: marked("VNeID on the phone"),
    Paper.PASSPORT: marked("Passport"),
    Paper.AUTHORISATION: marked("Written authorisation"),
    Paper.SIGNATURE: marked("Signed on the route sheet"),
}
# A signed route sheet comes back to the counter and can be looked at again; the others are seen at the door only.
PROVES_WHO = frozenset({Paper.IDENTITY_CARD, Paper.VNEID, Paper.PASSPORT, Paper.SIGNATURE})


class Reason(StrEnum):
    """Why a visit was in vain."""

    ABSENT = "absent"
    REFUSED = "refused"
    WRONG_ADDRESS = "wrong_address"
    NO_PAPER = "no_paper"
    ANOTHER_DAY = "another_day"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ReasonRule:
    """A reason in words, and whether another visit is worth making."""

    text: str
    again: bool


REASONS: dict[Reason, ReasonRule] = {
    Reason.ABSENT: ReasonRule(marked("nobody at home"), again=True),
    Reason.NO_PAPER: ReasonRule(marked("could not show the paper that is asked for"), again=True),
    Reason.ANOTHER_DAY: ReasonRule(marked("asked for another day"), again=True),
    Reason.CLOSED: ReasonRule(marked("gate locked, no way to the door"), again=True),
    Reason.REFUSED: ReasonRule(marked("refused to take it"), again=False),
    Reason.WRONG_ADDRESS: ReasonRule(marked("does not live at this address"), again=False),
}


def may_receive(policies: Iterable[Policy]) -> tuple[Receiver, ...]:
    """Who may take an envelope whose results have these policies: only those whom each of them allows."""
    allowed = [MAY_RECEIVE[HandedTo(policy.handed_to)] for policy in policies]
    return tuple(one for one in Receiver if allowed and all(one in each for each in allowed))


def missing_paper(receiver: Receiver, shown: Collection[Paper]) -> str:
    """What was not shown although it must be, as a text for the catalogue; empty when all was."""
    if not PROVES_WHO & set(shown):
        return marked("Choose which paper was shown at the door")
    if receiver is Receiver.AUTHORISED and Paper.AUTHORISATION not in shown:
        return marked("Whoever takes it for another shows the written authorisation; tick it, or do not hand it over")
    return ""


def comes_again(reasons: Iterable[Reason]) -> bool:
    """Whether an envelope that is back after visits in vain goes out once more; one that was not visited does."""
    known = list(reasons)
    return len(known) < VISITS and all(REASONS[reason].again for reason in known)
