"""The carrier VNPost over NGSP/LGSP: tokens, deadlines, and what each kind of answer allows the caller to do next."""

import base64
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from postal_api.carrier import CancelOutcome, Capabilities, Order, Receipt, TrackingPage
from postal_api.deadline import Answer, deadline_client, exchange
from postal_api.errors import NotSent, OrderRefused, OutcomeUnknown, Unauthorised
from postal_api.ngsp import wire

MOST_BYTES = 256 * 1024
# A token is renewed a little before its end, so that it does not end on the way.
MARGIN_SECONDS = 30


@dataclass(frozen=True, slots=True)
class NgspConfig:
    """Where the gateway is and who we are to it; `key`, `secret` and `customer_code` are given by the operator.

    The paths are those of the national gateway; a province's own gateway may differ. `seconds` limits a whole
    exchange by the clock on the wall.
    """

    url: str
    key: str
    secret: str = field(repr=False)
    customer_code: str
    sign_in_path: str = "/token"
    order_path: str = "/apiVNPostNGSP/p1.0/order/post"
    cancel_path: str = "/apiVNPostNGSP/p1.0/order/cancel"
    tracking_path: str = "/apiVNPostNGSP/p1.0/order/tracking"
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
        self._http = http or deadline_client(config.connect_seconds, config.seconds)
        self._lock = threading.Lock()
        self._token = ""
        self._token_ends = 0.0

    @property
    def capabilities(self) -> Capabilities:
        """Status 101 makes a second order harmless; there is no look-up by reference, and the feed is not signed."""
        return Capabilities(deduplicates=True, queryable=False, signs=False)

    def submit(self, order: Order) -> Receipt:
        """Give an order.

        Raises OrderRefused with the carrier's reason, NotSent when it surely has not been accepted, and
        OutcomeUnknown when it may have been; after that, sending the same order again is safe (Status 101).
        """
        body = wire.order_body(order, self._config.customer_code)
        headers = {"Content-Type": "application/json", "Accept-Charset": "UTF-8"}
        answer = self._call("POST", self._config.order_path, content=body, headers=headers)
        if answer.status in {400, 413, 422}:
            raise OrderRefused(f"HTTP {answer.status}", "the gateway cannot read the order")
        _accept_only_success(answer)
        return wire.read_receipt(answer.body, order)

    def cancel(self, reference: str) -> CancelOutcome:
        """Take an order back; the carrier refuses once the item is collected."""
        query = {"CustomerCode": self._config.customer_code, "OrderNumber": reference}
        answer = self._call("GET", self._config.cancel_path, params=query)
        _accept_only_success(answer)
        return wire.read_cancellation(answer.body)

    def track(self, cursor: str | None) -> TrackingPage:
        """Read one page of the feed: the events of all of the customer's items after `cursor`."""
        query = wire.tracking_query(cursor, self._config.page_size)
        answer = self._call("GET", self._config.tracking_path, params=query)
        _accept_only_success(answer)
        return wire.read_feed(answer.body, cursor or wire.START_OF_FEED, self._config.page_size)

    def check(self) -> str:
        """Ask for a new token and for one row of the feed; returns the gateway's address."""
        self._drop_token(self._token)
        answer = self._call("GET", self._config.tracking_path, params=wire.tracking_query(None, 1))
        _accept_only_success(answer)
        wire.read_feed(answer.body, wire.START_OF_FEED, 1)
        return f"VNPost NGSP/LGSP · {self._config.url}"

    def close(self) -> None:
        """Close the connections to the gateway."""
        self._http.close()

    def _call(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One exchange with a token; a token that has gone stale is replaced once."""
        for _attempt in range(2):
            token = self._current_token()
            # The provincial gateways take the bare token in a header of this name, not in Authorization.
            answer = self._exchange(
                httpx.Request(
                    method,
                    self._address(path),
                    content=content,
                    params=params,
                    headers={**(headers or {}), "access_token": token, **_PLAIN},
                )
            )
            if answer.status not in {401, 403}:
                return answer
            self._drop_token(token)
        raise Unauthorised("the gateway refuses the token it has just given: ask its operator for the rights to use it")

    def _current_token(self) -> str:
        with self._lock:
            if not self._token or time.monotonic() >= self._token_ends:
                grant = self._fetch_grant()
                self._token = grant.token
                self._token_ends = time.monotonic() + max(grant.seconds - MARGIN_SECONDS, 1)
            return self._token

    def _drop_token(self, token: str) -> None:
        with self._lock:
            # Another thread may have fetched a new one in the meantime.
            if self._token == token:
                self._token = ""

    def _fetch_grant(self) -> wire.Grant:
        pair = f"{self._config.key}:{self._config.secret}".encode()
        request = httpx.Request(
            "POST",
            self._address(self._config.sign_in_path),
            content=b"grant_type=client_credentials",
            headers={
                "Authorization": f"Basic {base64.b64encode(pair).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
                **_PLAIN,
            },
        )
        try:
            answer = self._exchange(request)
            if answer.status in {400, 401, 403}:
                raise Unauthorised("the gateway refuses the consumer key and secret: correct them")
            _accept_only_success(answer)
            return wire.read_grant(answer.body)
        except OutcomeUnknown as error:
            # Without a token no order has left this house, so nothing is in doubt.
            raise NotSent(f"no token: {error}") from error

    def _exchange(self, request: httpx.Request) -> Answer:
        request.extensions["timeout"] = httpx.Timeout(
            self._config.seconds, connect=self._config.connect_seconds
        ).as_dict()
        return exchange(self._http, request, seconds=self._config.seconds, most_bytes=MOST_BYTES)

    def _address(self, path: str) -> str:
        return self._config.url.rstrip("/") + path


# An answer that need not be unpacked cannot unpack into something larger than memory.
_PLAIN = {"Accept-Encoding": "identity", "Accept": "application/json"}


def _accept_only_success(answer: Answer) -> None:
    """Sort what is not 200 by whether the gateway can have acted upon the request."""
    status = answer.status
    if 200 <= status < 300:
        return
    if status == 429:
        raise NotSent("the gateway asks for patience (HTTP 429)", answer.retry_after)
    if status == 503:
        raise NotSent("the gateway is closed for the moment (HTTP 503)", answer.retry_after)
    if status in {404, 405} or 300 <= status < 400:
        raise NotSent(f"HTTP {status}: there is no such interface at this address; correct the gateway's address")
    raise OutcomeUnknown(f"the gateway answered HTTP {status}")
