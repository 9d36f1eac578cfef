"""The carrier VNPost by its customers' interface MyVNPost."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
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
from postal_api.errors import NoSuchOrder, NotOffered, Unauthorised
from postal_api.events import Callback, TrackingEvent
from postal_api.line import JSON, Ask, Grant, Line, TokenLine, accept_only_success
from postal_api.myvnpost import listing, wire
from postal_api.myvnpost.config import MyVNPostConfig
from postal_api.webhook import verify

MOST_LIST_BYTES = 4 * 1024 * 1024
MOST_LABEL_BYTES = 16 * 1024 * 1024


def _now() -> datetime:
    return datetime.now(UTC)


class MyVNPostCarrier:
    """Orders by MyVNPost; may be used by several threads at once."""

    def __init__(
        self, config: MyVNPostConfig, http: httpx.Client | None = None, now: Callable[[], datetime] = _now
    ) -> None:
        self._config = config
        self._now = now
        line = Line(config.url, config.connect_seconds, config.seconds, http)
        self._line = TokenLine(line, self._sign_in, self._shown)

    @property
    def capabilities(self) -> Capabilities:
        """What a second saleOrderCode does is not documented: an order in doubt is looked up before it is repeated."""
        return Capabilities(
            deduplicates=False,
            queryable=True,
            signs=True,
            calls_back=bool(self._config.callback_keys),
            corrects=True,
            labels=True,
            quotes=True,
            numbers_items=True,
            lists_communes=True,
            per_second=5,
        )

    def submit(self, order: Order) -> Receipt:
        """Give an order and publish it at once.

        After OutcomeUnknown it must be looked up, for as long as the list may lag, before it is sent again.
        """
        answer = self._post("/CreateOrder", wire.order_body(order, self._config))
        if answer.status in {400, 409, 413, 422}:
            raise wire.refusal(answer.status, answer.body, order)
        accept_only_success(answer)
        return wire.read_receipt(answer.body, order)

    def look_up(self, reference: str) -> Found | None:
        """The order of our reference, if the list shows it by now."""
        body = self._get("/getOrder", {"type": wire.BY_REFERENCE, "code": reference})
        return wire.read_found(body, reference)

    def cancel(self, reference: str, item_code: str = "") -> CancelOutcome:
        """Take an order back: only one that came by this interface and is not yet collected.

        Raises NoSuchOrder when the reference is not known.
        """
        found = self._known(reference)
        answer = self._post("/orderCancel", json.dumps({"OriginalId": found.carrier_reference}).encode())
        accept_only_success(answer)
        return replace(wire.read_cancellation(answer.body), carrier_reference=found.carrier_reference or "")

    def correct(self, order: Order) -> CaseOutcome:
        """Ask for a correction; people at the post may have to decide it.

        Raises NoSuchOrder when the reference is not known.
        """
        found = self._known(order.reference)
        answer = self._post("/orderCorrection", wire.correction_body(order, found, self._config))
        accept_only_success(answer)
        return wire.read_case(answer.body, found.carrier_reference or "")

    def follow_case(self, case: CaseOutcome) -> CaseOutcome:
        """How the post has decided, if it has."""
        query = {"OriginalId": case.carrier_reference, "CaseId": case.case_id}
        return wire.read_case(self._get("/orderCorrection/updateCase", query), case.carrier_reference, case.case_id)

    def label(self, item_code: str) -> bytes:
        """The post's label of one item, as PDF."""
        ask = Ask("POST", "/exportListReport", json.dumps([item_code]).encode(), None, JSON, MOST_LABEL_BYTES)
        answer = self._line.call(ask)
        accept_only_success(answer)
        return wire.read_labels(answer.body)[0]

    def track(self, cursor: str | None) -> TrackingPage:
        """The histories of the orders that one page of the list shows as changed since `cursor`."""
        start = self._now() - self._config.look_back
        place = listing.Cursor.parse(cursor) if cursor else listing.Cursor(start, start)
        changes = listing.read_list(
            self._get("/GetListOrder", listing.list_query(place, self._config.page_size, self._now()))
        )
        events: list[TrackingEvent] = []
        for change in changes:
            if change.at is None or change.at >= place.since:
                events += self._history(change)
        seen = max([place.seen, *(change.at for change in changes if change.at is not None)])
        more = len(changes) >= self._config.page_size
        if more:
            following = listing.Cursor(place.since, seen, place.page + 1)
        else:
            since = max(place.since, seen - self._config.overlap)
            following = listing.Cursor(since, since)
        return TrackingPage(tuple(events), str(following), more)

    def read_callback(self, raw: bytes, now: datetime) -> Callback:
        """Verify a callback; only its first record is signed, so an end must be read again before it is believed."""
        if not self._config.callback_keys:
            raise NotOffered("no public key of MyVNPost is known; its callbacks cannot be verified")
        return verify(raw, self._config.callback_keys, now)

    def quote(self, order: Order) -> Quote:
        """The provisional price of our service, with tax."""
        answer = self._post("/ServicesCharge", wire.price_body(order, self._config))
        accept_only_success(answer)
        return wire.read_price(answer.body, self._config.service)

    def provinces(self) -> list[Place]:
        """The provinces since July 2025, by the carrier's own codes."""
        return wire.read_places(self._get("/getNewProvinceAll"), "province")

    def communes(self) -> list[Place]:
        """The communes and wards since July 2025, by the carrier's own codes."""
        return wire.read_places(self._get("/getNewCommuneAll"), "commune")

    def communes_of(self, province_code: int) -> list[Place]:
        """The communes and wards of one province; a list that names no provinces is taken as a whole."""
        return [place for place in self.communes() if place.within in {"", str(province_code)}]

    def check(self) -> str:
        """Ask for a new token and for the list of provinces."""
        self._line.sign_in_anew()
        self.provinces()
        return f"MyVNPost · {self._config.url}"

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    def _known(self, reference: str) -> Found:
        found = self.look_up(reference)
        if found is None or found.carrier_reference is None:
            raise NoSuchOrder("MyVNPost knows no order of this reference, or not yet")
        return found

    def _history(self, change: listing.Change) -> list[TrackingEvent]:
        query = {"type": wire.BY_ITEM_CODE, "code": change.item_code}
        events = listing.read_history(self._get("/GetStatusHistoryOrder", query), change)
        if events or change.at is None:
            return events
        # An empty history must not hide what the list itself says.
        return [listing.event(change, change.code, "", change.at)]

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        answer = self._line.call(Ask("GET", path, params=query, most_bytes=MOST_LIST_BYTES))
        accept_only_success(answer)
        return answer.body

    def _post(self, path: str, content: bytes) -> Answer:
        return self._line.call(Ask("POST", path, content, headers=JSON))

    @staticmethod
    def _shown(grant: Grant) -> Mapping[str, str]:
        return {"token": grant.token}

    def _sign_in(self, line: Line) -> Grant:
        answer = line.exchange(Ask("POST", "/GetAccessToken", wire.sign_in_body(self._config), headers=JSON))
        if answer.status in {400, 401, 403}:
            raise Unauthorised("MyVNPost refuses the user name and password: correct them")
        accept_only_success(answer)
        return Grant(wire.read_token_answer(answer.body), self._config.token_seconds)
