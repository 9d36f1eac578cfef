"""What a recipient decides about the way of a result: brought home, where and when, or handed out at the counter.

To whom it goes is not decided here: who holds a telephone has shown no identity card. The counter looks at one.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.citizens.words import CITIZEN
from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.intake.correcting import correct_result, said_of
from delivery.intake.row import LONGEST
from delivery.models import Consent, Procedure, Result
from delivery.places.text import normal
from delivery.postage import WEIGHT_G
from delivery.rules.policy import UNKNOWN_PROCEDURE, Payer, Policy
from postal_api.fees import FeeTable, Zone

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


@dataclass(frozen=True, slots=True)
class Wish:
    """Where and when somebody wants their result brought."""

    address: str
    slots: str

    @classmethod
    def typed(cls, address: str, slots: str) -> "Wish":
        """A wish as a person types it.

        Raises BadInput saying what is missing.
        """
        where = " ".join(normal(address).split())
        if not where:
            raise BadInput(_("Say to which address it is brought"))
        if len(where) > LONGEST["address"]:
            raise BadInput(_("An address has {count} characters at most").format(count=LONGEST["address"]))
        if slots not in SLOTS:
            raise BadInput(_("Choose one of the times"))
        return cls(where, slots)


def policy_of(session: Session, result: Result) -> Policy:
    """The rules of the procedure."""
    procedure = session.get(Procedure, result.procedure_code)
    return procedure.policy() if procedure is not None else UNKNOWN_PROCEDURE


def hindrance(session: Session, result: Result) -> str:
    """Why nothing can be decided here any more; empty while something can."""
    if result.item_id is not None:
        return _("It lies in an envelope already. Open the envelope to see where it is, or call the ward")
    if not policy_of(session, result).postable:
        return _("By law this result cannot be brought home: it is handed over at the counter")
    return ""


def to_pay(result: Result, fees: FeeTable) -> int:
    """What the receiver pays at the door, in dong.

    Raises NoFee when the table of fees has no price for that.
    """
    if result.payer != Payer.CITIZEN_COD:
        return 0
    return fees.charge(Zone.DISTRICT, WEIGHT_G, at_the_door=True).at_the_door


def bring_home(session: Session, result: Result, wish: Wish, at: datetime) -> None:
    """Have a result brought home as its owner wishes; their consent is kept with the name of its words.

    Raises NotNow when it is too late or the law does not allow it.
    """
    _alone(session, result)
    said = said_of(result)
    wanted = replace(said, wants_delivery=True, address=wish.address, slots=wish.slots)
    if wanted.address != said.address:
        wanted = replace(wanted, given_lat=None, given_lon=None)
    if wanted != said:
        correct_result(session, result, wanted, at=at, by=CITIZEN)
    if consent_of(session, result) is None:
        session.add(Consent(result_id=result.id, given_at=at, words=CONSENT_NAME))
    session.flush()


def keep_at_counter(session: Session, result: Result, at: datetime) -> None:
    """Have a result handed out at the counter after all; the consent to its delivery ends.

    Raises NotNow when it is too late.
    """
    _alone(session, result)
    said = said_of(result)
    if said.wants_delivery:
        correct_result(session, result, replace(said, wants_delivery=False), at=at, by=CITIZEN)
    if (consent := consent_of(session, result)) is not None:
        consent.ended_at = at
    session.flush()


def consent_of(session: Session, result: Result) -> Consent | None:
    """The consent that holds."""
    return session.scalar(sa.select(Consent).where(Consent.result_id == result.id, Consent.ended_at.is_(None)))


def _alone(session: Session, result: Result) -> None:
    """Nobody seals it into an envelope meanwhile."""
    session.refresh(result, with_for_update=True)
    if why := hindrance(session, result):
        raise NotNow(why)
