"""What a recipient decides about the way of a result: brought home, where and when, or handed out at the counter.

Who holds a telephone has shown no identity card: on the pages for citizens nobody else is named to receive it. The
counter looks at a card, and systems in which people have shown who they are may name whom the procedure allows.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.citizens.words import CITIZEN
from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.intake.correcting import Change, correct_result, said_of
from delivery.intake.row import LONGEST, Incoming
from delivery.models import Consent, Procedure, Result
from delivery.places.text import normal
from delivery.postage import WEIGHT_G, charge_of
from delivery.rules.policy import UNKNOWN_PROCEDURE, Payer, Policy
from postal_api.fees import FeeTable

SLOTS: dict[str, str] = {
    "": marked("any time"),
    "08:00-11:30": marked("in the morning, 8:00 to 11:30"),
    "13:30-17:00": marked("in the afternoon, 13:30 to 17:00"),
}
# What is agreed to; whoever changes these words gives them another name, so that it stays known who agreed to which.
CONSENT_NAME = "delivery-1"
CONSENT = marked(
    "I agree that the ward gives the name, address and telephone number above to the courier, for this delivery only "
    "(Law 91/2025/QH15 on the protection of personal data). I may take this back until it is on its way."
)
# The law by which the words above are asked for.
CONSENT_BASIS = "91/2025/QH15"
# By how much the clock of another system may be ahead of ours.
CLOCKS_DIFFER = timedelta(minutes=5)


class Hindrance(StrEnum):
    """Why a wish cannot be followed, in a word that programs know."""

    IN_ENVELOPE = "in-envelope"
    NOT_POSTABLE = "not-postable"
    AGREEMENT_ENDED = "agreement-ended"


HINDRANCES: dict[Hindrance, str] = {
    Hindrance.IN_ENVELOPE: marked(
        "It lies in an envelope already. Open the envelope to see where it is, or call the ward"
    ),
    Hindrance.NOT_POSTABLE: marked("By law this result cannot be brought home: it is handed over at the counter"),
    Hindrance.AGREEMENT_ENDED: marked(
        "This agreement was taken back after it was given. Ask the citizen, and send the one that they give now"
    ),
}


class Hindered(NotNow):
    """Nothing can be decided any more, or not by this agreement; `why` says it to programs."""

    def __init__(self, why: Hindrance) -> None:
        super().__init__(_(HINDRANCES[why]))
        self.why = why


@dataclass(frozen=True, slots=True)
class Wish:
    """Where and when somebody wants their result brought; to whom and who pays stay as they are where nothing is said.

    `recipient_name`, `phone` and `payer` are for those who know who asks: systems in which people have shown who they
    are.
    """

    address: str
    slots: str
    recipient_name: str = ""
    phone: str = ""
    payer: Payer | None = None

    @classmethod
    def typed(
        cls, address: str, slots: str, recipient_name: str = "", phone: str = "", payer: Payer | None = None
    ) -> "Wish":
        """A wish as a person types it.

        Raises BadInput saying what is missing or cannot be meant.
        """
        where = " ".join(normal(address).split())
        if not where:
            raise BadInput(_("Say to which address it is brought"))
        if len(where) > LONGEST["address"]:
            raise BadInput(_("An address has {count} characters at most").format(count=LONGEST["address"]))
        if slots not in SLOTS:
            raise BadInput(_("Choose one of the times"))
        to = Change.typed(recipient_name, phone, where)
        return cls(where, slots, to.recipient_name, to.phone, payer)

    def on(self, said: Incoming) -> Incoming:
        """What is said of a result once this wish is followed; a point does not hold for another address."""
        wanted = replace(
            said, wants_delivery=True, address=self.address, slots=self.slots,
            recipient_name=self.recipient_name or said.recipient_name, phone=self.phone or said.phone,
            payer=said.payer if self.payer is None else self.payer.value,
        )  # fmt: skip
        return wanted if wanted.address == said.address else replace(wanted, given_lat=None, given_lon=None)


@dataclass(frozen=True, slots=True)
class Agreed:
    """That the citizen has agreed to the words of this name, and when."""

    words: str
    given_at: datetime

    @classmethod
    def told(cls, words: str, basis: str, given_at: datetime, at: datetime) -> "Agreed":
        """What another system tells of an agreement that it was given.

        Raises BadInput for words or a law that are not ours, and for a moment that has not come yet.
        """
        if (words, basis) != (CONSENT_NAME, CONSENT_BASIS):
            raise BadInput(
                _("Show the citizen the words {words}, which are asked for by law {basis}, and name both").format(
                    words=CONSENT_NAME, basis=CONSENT_BASIS
                )
            )
        if given_at > at + CLOCKS_DIFFER:
            raise BadInput(_("The agreement was given at a moment that has not come yet: look at the clock"))
        return cls(words, given_at)


def policy_of(session: Session, result: Result) -> Policy:
    """The rules of the procedure."""
    procedure = session.get(Procedure, result.procedure_code)
    return procedure.policy() if procedure is not None else UNKNOWN_PROCEDURE


def what_hinders(session: Session, result: Result) -> Hindrance | None:
    """Why nothing can be decided here any more; None while something can."""
    if result.item_id is not None:
        return Hindrance.IN_ENVELOPE
    return None if policy_of(session, result).postable else Hindrance.NOT_POSTABLE


def hindrance(session: Session, result: Result) -> str:
    """The same in the reader's words; empty while something can be decided."""
    why = what_hinders(session, result)
    return _(HINDRANCES[why]) if why is not None else ""


def to_pay(result: Result, fees: FeeTable) -> int:
    """What the receiver pays at the door, in dong.

    Raises UnreadableFile when the table of fees has no price for that.
    """
    return charge_of(WEIGHT_G, fees, at_the_door=True).at_the_door if result.payer == Payer.CITIZEN_COD else 0


def bring_home(
    session: Session, result: Result, wish: Wish, at: datetime, *, by: str = CITIZEN, agreed: Agreed | None = None
) -> bool:
    """Have a result brought home as its owner wishes; their consent is kept with the name of its words.

    Without `agreed`, they have agreed here and now. False where all of it was known already. Raises Hindered when it is
    too late, the law does not allow it, or the agreement was taken back since; BadInput for a recipient whom the
    procedure does not allow.
    """
    _alone(session, result)
    said = said_of(result)
    _check_recipient(wish, said, policy_of(session, result))
    is_new = _agree(session, result, agreed or Agreed(CONSENT_NAME, at))
    wanted = wish.on(said)
    if wanted != said:
        correct_result(session, result, wanted, at=at, by=by)
    session.flush()
    return is_new or wanted != said


def keep_at_counter(session: Session, result: Result, at: datetime, *, by: str = CITIZEN) -> bool:
    """Have a result handed out at the counter after all; the consent to its delivery ends.

    False where it stays there already. Raises Hindered when it is too late.
    """
    _alone(session, result)
    said, consent = said_of(result), consent_of(session, result)
    if said.wants_delivery:
        correct_result(session, result, replace(said, wants_delivery=False), at=at, by=by)
    if consent is not None:
        consent.ended_at = at
    session.flush()
    return said.wants_delivery or consent is not None


def consent_of(session: Session, result: Result) -> Consent | None:
    """The consent that holds."""
    return session.scalar(sa.select(Consent).where(Consent.result_id == result.id, Consent.ended_at.is_(None)))


def _alone(session: Session, result: Result) -> None:
    """Nobody seals it into an envelope meanwhile."""
    session.refresh(result, with_for_update=True)
    if (why := what_hinders(session, result)) is not None:
        raise Hindered(why)


def _check_recipient(wish: Wish, said: Incoming, policy: Policy) -> None:
    known = {said.owner_name.casefold(), said.recipient_name.casefold()}
    if wish.recipient_name and wish.recipient_name.casefold() not in known and not policy.may_name_another:
        raise BadInput(_("This result is handed to the person named only: leave the other recipient out"))


def _agree(session: Session, result: Result, agreed: Agreed) -> bool:
    """Keep an agreement while none holds; what was agreed to before it was last taken back revives nothing."""
    if consent_of(session, result) is not None:
        return False
    last = session.scalar(sa.select(sa.func.max(Consent.ended_at)).where(Consent.result_id == result.id))
    if last is not None and agreed.given_at < last:
        raise Hindered(Hindrance.AGREEMENT_ENDED)
    session.add(Consent(result_id=result.id, given_at=agreed.given_at, words=agreed.words))
    return True
