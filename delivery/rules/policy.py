"""Who may be handed what: the hand-over policy of a procedure, and who pays."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from delivery.i18n import marked


class HandedTo(StrEnum):
    """Whom the courier may hand the envelope to."""

    IN_PERSON = "in_person"
    FAMILY = "family"
    AUTHORISED = "authorised"
    BOTH_SPOUSES = "both_spouses"


# What must be shown at the door, in the words of the slip.
MUST_SHOW: dict[HandedTo, str] = {
    HandedTo.IN_PERSON: marked("Only to the person named; shows an identity card"),
    HandedTo.FAMILY: marked("To the person named or an adult of the same household; shows an identity card"),
    HandedTo.AUTHORISED: marked("To the person named, or who brings a written authorisation; shows an identity card"),
    HandedTo.BOTH_SPOUSES: marked("Both spouses must come to the counter and sign; cannot be delivered"),
}


class Payer(StrEnum):
    """Who pays the postage."""

    CITY_BUDGET = "city_budget"
    CITIZEN_COD = "citizen_cod"
    CITIZEN_PREPAID = "citizen_prepaid"
    AGENCY = "agency"


PAYERS: dict[Payer, str] = {
    Payer.CITY_BUDGET: marked("City budget"),
    Payer.CITIZEN_COD: marked("Receiver pays at the door"),
    Payer.CITIZEN_PREPAID: marked("Receiver has paid"),
    Payer.AGENCY: marked("The agency"),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """A procedure's rule: may it travel, to whose hands, promised within how many working days of the result.

    `signed` is whether who takes it at the door signs on the courier's phone.
    """

    postable: bool
    handed_to: str
    working_days: int
    signed: bool = False

    @property
    def may_name_another(self) -> bool:
        """Whether somebody else than the person named may be chosen to receive it."""
        return self.handed_to in {HandedTo.FAMILY, HandedTo.AUTHORISED}


# A procedure that nobody has entered yet travels under the strictest rule that can travel at all.
UNKNOWN_PROCEDURE = Policy(postable=True, handed_to=HandedTo.IN_PERSON, working_days=2)


def must_sign(policies: Iterable[Policy]) -> bool:
    """Whether who takes an envelope with such results signs on the phone: if any of the policies asks for it."""
    return any(policy.signed for policy in policies)


def must_show(policies: Iterable[Policy]) -> str:
    """What the courier asks to see for an envelope whose results have these policies, as a text for the catalogue.

    Where they differ, the strictest that can travel holds for all of them.
    """
    rules = {HandedTo(policy.handed_to) for policy in policies}
    return MUST_SHOW[rules.pop() if len(rules) == 1 else HandedTo.IN_PERSON]
