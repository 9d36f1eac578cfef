"""The carrier VNPost over NGSP/LGSP: tokens, deadlines, and what each kind of answer allows the caller to do next."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

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
from postal_api.errors import NotOffered, OrderRefused, Unauthorised
from postal_api.events import Callback
from postal_api.line import Ask, Grant, Line, TokenLine, accept_only_success
from postal_api.ngsp import wire
from postal_api.webhook import verify


@dataclass(frozen=True, slots=True)
class NgspConfig:
    """Where the gateway is and who we are to it; `key`, `secret` and `customer_code` are given by the operator.

    The paths are those of the national gateway; a province's own gateway may differ. `seconds` limits a whole
    exchange by the clock on the wall. The `provincial` variant sends the sender's own item code and shows the token in
    a header of its own; the national one sends the seventeen keys alone, and the post numbers the item. Callbacks are
    not part of this interface; where VNPost sends MyVNPost's, `callback_keys` (PEM) are the keys that may sign them.
    """

    url: str
    key: str
    secret: str = field(repr=False)
    customer_code: str
    sign_in_path: str = "/token"
    order_path: str = "/apiVNPostNGSP/p1.0/order/post"
    cancel_path: str = "/apiVNPostNGSP/p1.0/order/cancel"
    tracking_path: str = "/apiVNPostNGSP/p1.0/order/tracking"
    price_path: str = ""
    provincial: bool = True
    callback_keys: Sequence[bytes] = ()
    page_size: int = 50
    connect_seconds: float = 3
    seconds: float = 20

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise ValueError("the gateway's address begins with https:// or http://")


class NgspCarrier:
    """VNPost's orders for public administration; may be used by several threads at once."""

    def __init__(self, config: NgspConfig, http: httpx.Client | None = None) -> None:
        self._config = config
        line = Line(config.url, config.connect_seconds, config.seconds, http)
        self._line = TokenLine(line, self._sign_in, self._shown)

    @property
    def capabilities(self) -> Capabilities:
        """Status 101 makes a second order harmless; there is no look-up by reference, and the feed is not signed."""
        return Capabilities(
            deduplicates=True,
            queryable=False,
            signs=False,
            calls_back=bool(self._config.callback_keys),
            quotes=bool(self._config.price_path),
            numbers_items=not self._config.provincial,
        )

    def submit(self, order: Order) -> Receipt:
        """Give an order.

        Raises OrderRefused with the carrier's reason, NotSent when it surely has not been accepted, and
        OutcomeUnknown when it may have been; after that, sending the same order again is safe (Status 101).
        """
        provincial = self._config.provincial
        body = wire.order_body(order, self._config.customer_code, provincial=provincial)
        headers = {"Content-Type": "application/json", "Accept-Charset": "UTF-8"}
        answer = self._line.call(Ask("POST", self._config.order_path, content=body, headers=headers))
        if answer.status in {400, 413, 422}:
            raise OrderRefused(f"HTTP {answer.status}", "the gateway cannot read the order")
        accept_only_success(answer)
        return wire.read_receipt(answer.body, order, provincial=provincial)

    def look_up(self, reference: str) -> Found | None:
        """There is no such interface; sending again does no harm (Status 101)."""
        raise NotOffered("orders over NGSP/LGSP cannot be looked up")

    def cancel(self, reference: str, item_code: str = "") -> CancelOutcome:
        """Take an order back; the carrier refuses once the item is collected."""
        query = {"CustomerCode": self._config.customer_code, "OrderNumber": reference}
        answer = self._line.call(Ask("GET", self._config.cancel_path, params=query))
        accept_only_success(answer)
        return wire.read_cancellation(answer.body)

    def correct(self, order: Order) -> CaseOutcome:
        """There is no such interface; cancel, and give a new order."""
        raise NotOffered("orders over NGSP/LGSP cannot be corrected; cancel and order anew")

    def follow_case(self, case: CaseOutcome) -> CaseOutcome:
        """There are no cases here."""
        raise NotOffered("there are no cases over NGSP/LGSP")

    def label(self, item_code: str) -> bytes:
        """There is no such interface; the sender prints the label."""
        raise NotOffered("the post gives no labels over NGSP/LGSP; print your own")

    def track(self, cursor: str | None) -> TrackingPage:
        """Read one page of the feed: the events of all of the customer's items after `cursor`."""
        query = wire.tracking_query(cursor, self._config.page_size)
        answer = self._line.call(Ask("GET", self._config.tracking_path, params=query))
        accept_only_success(answer)
        return wire.read_feed(answer.body, cursor or wire.START_OF_FEED, self._config.page_size)

    def read_callback(self, raw: bytes, now: datetime) -> Callback:
        """A callback in MyVNPost's form, where keys for it were agreed upon."""
        if not self._config.callback_keys:
            raise NotOffered("the post sends no callbacks over NGSP/LGSP")
        return verify(raw, self._config.callback_keys, now)

    def quote(self, order: Order) -> Quote:
        """The price for a journey between two provinces, at gateways that offer this service."""
        if not self._config.price_path:
            raise NotOffered("this gateway names no prices; set its address for them, or use the table of fees")
        ask = Ask("POST", self._config.price_path, wire.price_body(order), {"service": "getPrice"}, _JSON)
        answer = self._line.call(ask)
        accept_only_success(answer)
        return wire.read_price(answer.body)

    def communes_of(self, province_code: int) -> list[Place]:
        """There is no such interface."""
        raise NotOffered("orders over NGSP/LGSP go by names; there is no list of communes")

    def check(self) -> str:
        """Ask for a new token and for one row of the feed; returns the gateway's address."""
        self._line.sign_in_anew()
        answer = self._line.call(Ask("GET", self._config.tracking_path, params=wire.tracking_query(None, 1)))
        accept_only_success(answer)
        wire.read_feed(answer.body, wire.START_OF_FEED, 1)
        return f"VNPost NGSP/LGSP · {self._config.url}"

    def close(self) -> None:
        """Close the connections to the gateway."""
        self._line.close()

    def _shown(self, grant: Grant) -> Mapping[str, str]:
        # The provincial gateways take the bare token in a header of this name, not in Authorization.
        if self._config.provincial:
            return {"access_token": grant.token}
        return {"Authorization": f"{grant.kind} {grant.token}"}

    def _sign_in(self, line: Line) -> Grant:
        pair = f"{self._config.key}:{self._config.secret}".encode()
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        ask = Ask("POST", self._config.sign_in_path, b"grant_type=client_credentials", headers=headers)
        answer = line.exchange(ask)
        if answer.status in {400, 401, 403}:
            raise Unauthorised("the gateway refuses the consumer key and secret: correct them")
        accept_only_success(answer)
        return wire.read_grant(answer.body)


_JSON = {"Content-Type": "application/json"}
