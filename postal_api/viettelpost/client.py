"""The carrier Viettel Post: what it reports comes by callbacks alone, and an order in doubt is left to a person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

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
from postal_api.deadline import Answer
from postal_api.errors import NotOffered, OrderRefused, Unauthorised
from postal_api.events import Callback
from postal_api.line import JSON, Ask, Grant, Line, TokenLine, accept_only_success
from postal_api.viettelpost import wire


@dataclass(frozen=True, slots=True)
class ViettelPostConfig:
    """Where the interface is and who we are to it; `callback_secret` is what the carrier puts into its callbacks.

    While a secret is being changed, both are accepted. `service` is the carrier's code of the service.
    """

    url: str
    username: str
    password: str = field(repr=False)
    callback_secret: str = field(default="", repr=False)
    former_callback_secret: str = field(default="", repr=False)
    service: str = "VCN"
    token_seconds: float = 3600
    connect_seconds: float = 3
    seconds: float = 20


def _now() -> datetime:
    return datetime.now(UTC)


class ViettelPostCarrier:
    """Orders by Viettel Post; may be used by several threads at once."""

    def __init__(
        self, config: ViettelPostConfig, http: httpx.Client | None = None, now: Callable[[], datetime] = _now
    ) -> None:
        self._config = config
        self._now = now
        line = Line(config.url, config.connect_seconds, config.seconds, http)
        self._line = TokenLine(line, self._sign_in, self._shown, lambda answer: wire.is_stale(answer.body))

    @property
    def capabilities(self) -> Capabilities:
        """No look-up and no list are documented, nor what a second order with the same number does."""
        return Capabilities(
            deduplicates=False,
            queryable=False,
            signs=False,
            calls_back=bool(self._config.callback_secret),
            tracks=False,
            quotes=True,
            numbers_items=True,
            per_second=5,
        )

    def submit(self, order: Order) -> Receipt:
        """Give an order; after OutcomeUnknown only a person can say whether it was accepted."""
        answer = self._post("/v2/order/createOrderNlp", wire.order_body(order, self._config.service))
        if answer.status in {400, 409, 413, 422}:
            raise OrderRefused(f"HTTP {answer.status}", "the carrier cannot read the order")
        accept_only_success(answer)
        return wire.read_receipt(answer.body, order)

    def look_up(self, reference: str) -> Found | None:
        """No such interface is documented."""
        raise NotOffered("Viettel Post's orders cannot be looked up by our reference")

    def cancel(self, reference: str, item_code: str = "") -> CancelOutcome:
        """Take an order back, by the carrier's own number."""
        if not item_code:
            raise NotOffered("Viettel Post cancels by its own number only")
        answer = self._post("/v2/order/UpdateOrder", wire.cancel_body(item_code, self._now()))
        accept_only_success(answer)
        return wire.read_cancellation(answer.body)

    def correct(self, order: Order) -> CaseOutcome:
        """No such interface is documented; cancel, and give a new order."""
        raise NotOffered("Viettel Post's orders cannot be corrected; cancel and order anew")

    def follow_case(self, case: CaseOutcome) -> CaseOutcome:
        """There are no cases here."""
        raise NotOffered("Viettel Post has no cases")

    def label(self, item_code: str) -> bytes:
        """The carrier gives a link for printing in its own pages, not a document."""
        raise NotOffered("Viettel Post gives a link for printing, not a label; print your own")

    def track(self, cursor: str | None) -> TrackingPage:
        """No list and no feed are documented; the carrier calls back."""
        raise NotOffered("Viettel Post has no feed; it reports by callbacks")

    def read_callback(self, raw: bytes, now: datetime) -> Callback:
        """Verify a callback by the secret in its body."""
        if not self._config.callback_secret:
            raise NotOffered("no secret for Viettel Post's callbacks is known; they cannot be verified")
        return wire.read_callback(raw, (self._config.callback_secret, self._config.former_callback_secret))

    def quote(self, order: Order) -> Quote:
        """The price between the two addresses."""
        answer = self._post("/v2/order/getPriceNlp", wire.price_body(order, self._config.service))
        accept_only_success(answer)
        return wire.read_price(answer.body, order, self._config.service)

    def communes_of(self, province_code: int) -> list[Place]:
        """There is no such interface."""
        raise NotOffered("Viettel Post reads addresses as text; there is no list of communes")

    def check(self) -> str:
        """Ask for a short token and for the long one, which proves both."""
        self._line.sign_in_anew()
        return f"Viettel Post · {self._config.url}"

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    def _post(self, path: str, content: bytes) -> Answer:
        return self._line.call(Ask("POST", path, content, headers=JSON))

    @staticmethod
    def _shown(grant: Grant) -> Mapping[str, str]:
        return {"Token": grant.token}

    def _sign_in(self, line: Line) -> Grant:
        body = wire.sign_in_body(self._config.username, self._config.password)
        short = self._token_from(line.exchange(Ask("POST", "/v2/user/Login", body, headers=JSON)))
        # Tokens of the first sign-in live only for a short while; the second step makes one that lasts.
        ask = Ask("POST", "/v2/user/ownerconnect", body, headers=JSON)
        return Grant(self._token_from(line.exchange(ask, {"Token": short})), self._config.token_seconds)

    @staticmethod
    def _token_from(answer: Answer) -> str:
        if answer.status in {400, 401, 403} or wire.is_stale(answer.body):
            raise Unauthorised("Viettel Post refuses the user name and password: correct them")
        accept_only_success(answer)
        return wire.read_sign_in(answer.body)
