"""The keys at the counter: what one digit says of an envelope when a route sheet has come back on paper."""

from dataclasses import dataclass

from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.rules.doorstep import REASONS, Outcome, Paper, Reason, Receiver


@dataclass(frozen=True, slots=True)
class Key:
    """What a digit means; `text` is for the catalogue."""

    digit: str
    outcome: Outcome
    text: str
    receiver: Receiver | None = None
    papers: tuple[Paper, ...] = ()
    reason: Reason | None = None

    @property
    def words(self) -> str:
        """The key in the reader's language."""
        return _(self.text)


KEYS: tuple[Key, ...] = (
    Key("1", Outcome.DELIVERED, marked("delivered to the person named, who signed"),
        Receiver.RECIPIENT, (Paper.SIGNATURE,)),
    Key("2", Outcome.DELIVERED, marked("delivered to an adult of the household, who signed"),
        Receiver.HOUSEHOLD, (Paper.SIGNATURE,)),
    Key("3", Outcome.DELIVERED, marked("delivered to an authorised person; the authorisation lies with the sheet"),
        Receiver.AUTHORISED, (Paper.SIGNATURE, Paper.AUTHORISATION)),
    *(
        Key(digit, Outcome.FAILED, REASONS[reason].text, reason=reason)
        for digit, reason in zip("456789", (
            Reason.ABSENT, Reason.REFUSED, Reason.WRONG_ADDRESS, Reason.NO_PAPER, Reason.ANOTHER_DAY, Reason.CLOSED,
        ), strict=True)
    ),
    Key("0", Outcome.BACK, marked("back at the ward: the envelope lies here")),
)  # fmt: skip


def key_of(digit: str) -> Key | None:
    """The key of that digit."""
    return next((key for key in KEYS if key.digit == digit.strip()), None)
