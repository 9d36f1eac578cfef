"""What can be asked of a postal service, whoever it is."""

from dataclasses import dataclass
from typing import Protocol

from postal_api.events import TrackingEvent


@dataclass(frozen=True, slots=True)
class Party:
    """A sender or receiver; province and district are the carrier's own numbers, 0 where there is no district."""

    name: str
    phone: str
    address: str
    province_code: int
    district_code: int = 0
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One item to be carried.

    `reference` is the sender's own name for this order and never changes: carriers that recognise it take a second
    sending for the first. `description` is read by many eyes and should say nothing of the content. `weight_g` is in
    grams, `cod` is the money to collect at the door in whole dong. With `pickup` the carrier comes for the item.
    """

    reference: str
    item_code: str
    sender: Party
    receiver: Party
    weight_g: int
    description: str
    cod: int = 0
    instruction: str = ""
    pickup: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """The carrier has accepted an order; `duplicate` when it says that it had done so before.

    `raw_sha256` is the digest of its answer's bytes, as evidence that can be kept without personal data.
    """

    item_code: str
    carrier_reference: str | None
    duplicate: bool
    raw_sha256: str


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """Whether the carrier gave an order up, with its own code and words."""

    cancelled: bool
    code: str
    said: str


@dataclass(frozen=True, slots=True)
class TrackingPage:
    """A stretch of the carrier's feed; hand `cursor` back to go on from its end, at once if there is `more`."""

    events: tuple[TrackingEvent, ...]
    cursor: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What may be relied upon.

    `deduplicates`: a second order with the same reference is taken for the first. `queryable`: an order can be looked
    up by our reference. `signs`: its reports to us are signed.
    """

    deduplicates: bool
    queryable: bool
    signs: bool


class Carrier(Protocol):
    """A postal service.

    Every method raises NotSent when surely nothing was accepted, Unauthorised when the credentials are the reason,
    and OutcomeUnknown when the carrier was reached but did not answer reliably.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What may be relied upon with this carrier."""

    def submit(self, order: Order) -> Receipt:
        """Give an order; raises OrderRefused when the carrier will not take it as it is."""

    def cancel(self, reference: str) -> CancelOutcome:
        """Take an order back; a refusal is an answer, not an error."""

    def track(self, cursor: str | None) -> TrackingPage:
        """Read on in the carrier's feed from `cursor`, or from its beginning."""

    def check(self) -> str:
        """Prove the connection and the credentials without an order; returns what answered."""

    def close(self) -> None:
        """Hang up; nothing can be asked afterwards."""
