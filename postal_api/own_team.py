"""The ward's own team as a carrier: nobody is told over a network, and what happens comes from our own phone pages."""

import hashlib
from datetime import datetime

from postal_api.carrier import (
    CancelOutcome,
    Capabilities,
    CaseOutcome,
    Found,
    Order,
    Place,
    Quote,
    Receipt,
    TrackingPage,
)
from postal_api.errors import NotOffered
from postal_api.events import Callback


class OwnTeam:
    """Staff and volunteers who deliver with route sheets; every order is theirs at once."""

    @property
    def capabilities(self) -> Capabilities:
        """There is no second party that could have heard of an order or not."""
        return Capabilities(
            deduplicates=True, queryable=False, signs=False, calls_back=False, networked=False, per_second=1000
        )

    def submit(self, order: Order) -> Receipt:
        """The order is accepted under the number that is on the envelope."""
        digest = hashlib.sha256(order.reference.encode()).hexdigest()
        return Receipt(order.item_code, carrier_reference=None, duplicate=False, raw_sha256=digest)

    def look_up(self, reference: str) -> Found | None:
        """Our own records are the team's."""
        raise NotOffered("the own team keeps no books of its own")

    def cancel(self, reference: str, item_code: str = "") -> CancelOutcome:
        """An envelope that is still in the house is simply not taken along."""
        return CancelOutcome(cancelled=True, code="", said="")

    def correct(self, order: Order) -> CaseOutcome:
        """Print the route sheet again."""
        raise NotOffered("the own team is told by a new route sheet")

    def follow_case(self, case: CaseOutcome) -> CaseOutcome:
        """There are no cases here."""
        raise NotOffered("the own team has no cases")

    def label(self, item_code: str) -> bytes:
        """The service prints the label."""
        raise NotOffered("the own team has no labels of its own")

    def track(self, cursor: str | None) -> TrackingPage:
        """Nothing comes from outside: what couriers enter is recorded by the service itself."""
        return TrackingPage((), cursor, more=False)

    def read_callback(self, raw: bytes, now: datetime) -> Callback:
        """Nobody calls back."""
        raise NotOffered("the own team sends no callbacks")

    def quote(self, order: Order) -> Quote:
        """The team is paid otherwise."""
        raise NotOffered("the own team has no prices")

    def communes_of(self, province_code: int) -> list[Place]:
        """The team goes by names."""
        raise NotOffered("the own team has no list of communes")

    def check(self) -> str:
        """There is nothing to connect to."""
        return "own team"

    def close(self) -> None:
        """There is nothing to hang up."""
