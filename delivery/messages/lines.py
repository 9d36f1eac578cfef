"""The lines to those who carry messages: what each is given, and what each kind of failure allows next."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from delivery.errors import DeliveryError
from delivery.i18n import gettext as _
from delivery.rules.messages import WHYS, Why


class NotCarried(DeliveryError):
    """Surely not sent: it may be tried again, by the same channel, not before `retry_after` seconds."""

    def __init__(self, why: Why, retry_after: float | None = None) -> None:
        super().__init__(_(WHYS[why]))
        self.why, self.retry_after = why, retry_after


class CannotReach(DeliveryError):
    """This address is not reached by this channel, now or later: another channel may."""


class PerhapsCarried(DeliveryError):
    """It may have been sent: the answer was lost, or says nothing that could be relied upon."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, ready to be sent.

    `name` is the same at every try and tells nothing; `values` are what a gateway's own template may be filled with.
    `stop` is the link by which the reader wants no more.
    """

    name: str
    occasion: str
    to: str
    sender: str
    subject: str
    letter: str
    short: str
    values: dict[str, str]
    stop: str


class MessageLine(Protocol):
    """A channel as it is set up; several threads may use it at once."""

    @property
    def repeatable(self) -> timedelta:
        """For how long after the first try the same message, sent again, is known for the same; zero: not at all."""
        ...

    def offers(self, occasion: str) -> bool:
        """Whether messages of this occasion go by it."""
        ...

    def send(self, message: Outgoing) -> None:
        """Send it; no transaction is open. Raises NotCarried, CannotReach, PerhapsCarried."""
        ...

    def check(self) -> str:
        """Look whether it would work, without sending anything; returns where it leads.

        Raises NotCarried.
        """
        ...
