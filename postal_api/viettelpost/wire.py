"""Viettel Post's wire format: our values to its JSON and back, without any network.

Documented: the addresses, the header `Token`, the envelope `{status, error, message, data}`, UpdateOrder with type 4
for cancelling, and the callback's keys with the shared secret in its body. Assumed: the keys of an order and of a
price beyond those, that ORDER_NUMBER in an order is the partner's own number and in the answer the carrier's, that
the callback gives the former back as ORDER_REFERENCE, and that an envelope may report a stale token with status 401.
"""

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from postal_api.carrier import CancelOutcome, Order, Quote, Receipt
from postal_api.errors import MalformedCallback, NotAuthentic, OrderRefused, OutcomeUnknown
from postal_api.events import Callback, TrackingEvent
from postal_api.line import read_token
from postal_api.moments import read_moment, write_moment
from postal_api.reading import dong, first_object, json_object, text, without
from postal_api.statuses import VIETTELPOST, kind_of

CANCEL = 4
NOTHING_TO_COLLECT, COLLECT_GOODS = 1, 3
MOST_CALLBACK_BYTES = 64 * 1024


def sign_in_body(username: str, password: str) -> bytes:
    """A request for a token."""
    return _bytes({"USERNAME": username, "PASSWORD": password})


def read_sign_in(body: bytes) -> str:
    """The token in `{"data": {"token": ...}}`.

    Raises OutcomeUnknown when there is none.
    """
    return read_token(first_object(json_object(body).get("data")).get("token"))


def order_body(order: Order, service: str) -> bytes:
    """An order whose addresses are text, as the interface's own reader of addresses takes them."""
    return _bytes({
        "ORDER_NUMBER": order.reference,
        "SENDER_FULLNAME": order.sender.name,
        "SENDER_ADDRESS": order.sender.address,
        "SENDER_PHONE": order.sender.phone,
        "SENDER_EMAIL": order.sender.email,
        "RECEIVER_FULLNAME": order.receiver.name,
        "RECEIVER_ADDRESS": order.receiver.address,
        "RECEIVER_PHONE": order.receiver.phone,
        "RECEIVER_EMAIL": order.receiver.email,
        "PRODUCT_NAME": order.description,
        "PRODUCT_DESCRIPTION": order.description,
        "PRODUCT_QUANTITY": 1,
        "PRODUCT_PRICE": 0,
        "PRODUCT_WEIGHT": order.weight_g,
        "PRODUCT_TYPE": "TH",
        "ORDER_PAYMENT": COLLECT_GOODS if order.cod else NOTHING_TO_COLLECT,
        "ORDER_SERVICE": service,
        "ORDER_NOTE": order.instruction,
        "MONEY_COLLECTION": order.cod,
    })  # fmt: skip


def is_stale(body: bytes) -> bool:
    """Whether an answer with HTTP 200 says that the token is no longer good."""
    try:
        return text(json_object(body).get("status")) in {"401", "403"}
    except OutcomeUnknown:
        return False


def read_receipt(body: bytes, order: Order) -> Receipt:
    """The answer to an order.

    Raises OrderRefused when the envelope tells of an error, OutcomeUnknown when it says neither yes nor no.
    """
    data = _data(body, order)
    number = text(data.get("ORDER_NUMBER"))
    if not number or number == order.reference:
        raise OutcomeUnknown("the answer carries no number of the order")
    return Receipt(number, carrier_reference=number, duplicate=False, raw_sha256=hashlib.sha256(body).hexdigest())


def cancel_body(item_code: str, at: datetime) -> bytes:
    """A cancellation, by the carrier's own number."""
    return _bytes({"TYPE": CANCEL, "ORDER_NUMBER": item_code, "NOTE": "", "DATE": write_moment(at)})


def read_cancellation(body: bytes) -> CancelOutcome:
    """Whether the order was given up."""
    envelope = json_object(body)
    status = text(envelope.get("status"))
    if not status:
        raise OutcomeUnknown("the answer carries no status")
    given_up = status == "200" and envelope.get("error") is False
    return CancelOutcome(given_up, status[:20], text(envelope.get("message"))[:200])


def price_body(order: Order, service: str) -> bytes:
    """A question for a price between two addresses in text."""
    return _bytes({
        "PRODUCT_WEIGHT": order.weight_g,
        "PRODUCT_PRICE": 0,
        "MONEY_COLLECTION": order.cod,
        "ORDER_SERVICE": service,
        "SENDER_ADDRESS": order.sender.address,
        "RECEIVER_ADDRESS": order.receiver.address,
        "PRODUCT_TYPE": "TH",
        "NATIONAL_TYPE": 1,
    })  # fmt: skip


def read_price(body: bytes, order: Order, service: str) -> Quote:
    """The price.

    Raises OutcomeUnknown when the answer names none.
    """
    total = dong(_data(body, order).get("MONEY_TOTAL"))
    if total is None:
        raise OutcomeUnknown("the answer names no price")
    return Quote(total, service)


def read_callback(raw: bytes, shared_secrets: tuple[str, ...]) -> Callback:
    """Verify and read a callback. Its secret stands in the body: it proves who sends, not that nothing was altered.

    Raises MalformedCallback, NotAuthentic.
    """
    body = _callback(raw)
    shown = text(body.get("TOKEN")).encode()
    # Every secret is compared, so that the time does not tell which one fitted.
    if not sum(secrets.compare_digest(shown, secret.encode()) for secret in shared_secrets if secret):
        raise NotAuthentic("the callback does not carry the secret that was agreed upon")
    data = first_object(body.get("DATA"))
    number, status = text(data.get("ORDER_NUMBER")), text(data.get("ORDER_STATUS"))
    if not number or not status:
        raise MalformedCallback("DATA needs ORDER_NUMBER and ORDER_STATUS")
    written = text(data.get("ORDER_STATUSDATE"))
    try:
        at = read_moment(written)
    except (ValueError, OverflowError) as error:
        raise MalformedCallback("ORDER_STATUSDATE must be a moment such as 24/11/2026 08:05:00") from error
    name = hashlib.sha256(f"{number}|{status}|{written}".encode()).hexdigest()
    event = TrackingEvent(
        item_code=number,
        reference=text(data.get("ORDER_REFERENCE")) or None,
        kind=kind_of(VIETTELPOST, status),
        code=status,
        text=text(data.get("STATUS_NAME")),
        occurred_at=at,
        event_id=name,
        place=text(data.get("LOCALION_CURRENTLY")) or None,
        reason=text(data.get("NOTE")) or None,
    )
    return Callback(event, (), at, name)


def _callback(raw: bytes) -> dict[str, object]:
    if len(raw) > MOST_CALLBACK_BYTES:
        raise MalformedCallback(f"a callback may have {MOST_CALLBACK_BYTES} bytes at most")
    try:
        return json_object(raw)
    except OutcomeUnknown as error:
        raise MalformedCallback("a callback must be a JSON object") from error


def _data(body: bytes, order: Order) -> dict[str, object]:
    envelope = json_object(body)
    status, failed = text(envelope.get("status")), envelope.get("error")
    if failed is True or (status and status != "200"):
        people = (order.sender, order.receiver)
        private = [part for party in people for part in (party.name, party.phone, party.address, party.email)]
        raise OrderRefused(status[:20], without(text(envelope.get("message")), private))
    if status != "200":
        raise OutcomeUnknown("the answer carries no status")
    return first_object(envelope.get("data"))


def _bytes(wire: Mapping[str, object]) -> bytes:
    return unicodedata.normalize("NFC", json.dumps(wire, ensure_ascii=False)).encode()
