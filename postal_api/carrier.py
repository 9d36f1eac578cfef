"""What can be asked of a postal service, whoever it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from postal_api.events import Callback, EventKind, TrackingEvent


@dataclass(frozen=True, slots=True)
class Party:
    """A sender or receiver; province and district are the carrier's own numbers, 0 where there is no district.

    `commune_code` is the carrier's own, for those that ask for one.
    """

    name: str
    phone: str
    address: str
    province_code: int
    district_code: int = 0
    email: str | None = None
    commune_code: str = ""


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

    `item_code` is empty while a carrier that numbers items itself has not yet told the number.
    `raw_sha256` is the digest of its answer's bytes, as evidence that can be kept without personal data.
    """

    item_code: str
    carrier_reference: str | None
    duplicate: bool
    raw_sha256: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a carrier knows of an order that was looked up: enough to believe that it has it, and nothing personal."""

    reference: str
    item_code: str
    carrier_reference: str | None
    kind: EventKind
    code: str


class CaseState(StrEnum):
    """How far a carrier has come with a request that its people must decide."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """A carrier's answer to a request that its people decide; while PENDING, ask again by `case_id`."""

    state: CaseState
    case_id: str
    carrier_reference: str
    said: str


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """Whether the carrier gave an order up, with its own code and words; not yet, when `case_id` names an open case.

    `carrier_reference` is its own name of the order, by which such a case is followed.
    """

    cancelled: bool
    code: str
    said: str
    case_id: str | None = None
    carrier_reference: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A price in whole dong with tax, for the carrier's `service`; the bill may still say otherwise."""

    dong: int
    service: str


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the carrier's own lists of provinces and communes; `within` is the province of a commune."""

    code: str
    name: str
    within: str = ""


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
    up by our reference. `signs`: its reports to us are signed. `calls_back`: it reports by itself. `tracks`: there is
    a feed or a list that can be read again. `numbers_items`: it gives the item code; the sender's is not sent.
    `lists_communes`: it goes by its own codes of communes and wards, which can be read from it.
    `per_second` is how many requests it should be sent at most. What is not offered raises NotOffered when called.
    """

    deduplicates: bool
    queryable: bool
    signs: bool
    calls_back: bool = True
    tracks: bool = True
    cancels: bool = True
    corrects: bool = False
    labels: bool = False
    quotes: bool = False
    numbers_items: bool = False
    lists_communes: bool = False
    networked: bool = True
    per_second: float = 10


class Carrier(Protocol):
    """A postal service.

    Every method raises NotSent when surely nothing was accepted, Unauthorised when the credentials are the reason,
    OutcomeUnknown when the carrier was reached but did not answer reliably, and NotOffered when the carrier has no
    such interface, which its capabilities say beforehand. Orders go by our `reference`; `item_code` is for carriers
    that go by their own number.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What may be relied upon with this carrier."""

    def submit(self, order: Order) -> Receipt:
        """Give an order; raises OrderRefused when the carrier will not take it as it is."""

    def look_up(self, reference: str) -> Found | None:
        """The order that the carrier has under our reference; a new one may not be visible yet."""

    def cancel(self, reference: str, item_code: str = "") -> CancelOutcome:
        """Take an order back; a refusal is an answer, not an error."""

    def correct(self, order: Order) -> CaseOutcome:
        """Change the receiver, the instruction or the money of the order that has this order's reference."""

    def follow_case(self, case: CaseOutcome) -> CaseOutcome:
        """What has become of a correction or a cancellation that was pending."""

    def label(self, item_code: str) -> bytes:
        """The carrier's own label, as PDF."""

    def track(self, cursor: str | None) -> TrackingPage:
        """Read on in the carrier's feed from `cursor`, or from its beginning."""

    def read_callback(self, raw: bytes, now: datetime) -> Callback:
        """Verify a callback and read it; raises NotAuthentic or MalformedCallback, and then nothing may be kept."""

    def quote(self, order: Order) -> Quote:
        """What carrying this order would cost."""

    def communes_of(self, province_code: int) -> list[Place]:
        """The communes and wards since July 2025 of a province, by the carrier's own codes."""

    def check(self) -> str:
        """Prove the connection and the credentials without an order; returns what answered."""

    def close(self) -> None:
        """Hang up; nothing can be asked afterwards."""
