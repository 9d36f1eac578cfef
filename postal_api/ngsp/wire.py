"""The wire format of VNPost over NGSP/LGSP: our values to its JSON and back, without any network.

The keys and the codes 100 and 101 are those of public one-stop systems that are connected (OpenCPS and Thanh Hóa's).
101 is taken for "this order exists already", as those systems do; no document says so.
"""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from postal_api.carrier import CancelOutcome, Order, Quote, Receipt, TrackingPage
from postal_api.errors import OrderRefused, OutcomeUnknown
from postal_api.events import TrackingEvent
from postal_api.line import Grant, read_token
from postal_api.moments import read_moment
from postal_api.reading import dong, first_object, json_object, text, without
from postal_api.statuses import NGSP, kind_of

START_OF_FEED = "0" * 24
ACCEPTED, DUPLICATE, GATEWAY_FAILED = "100", "101", "500"
DROPPED_OFF, PICKED_UP = 1, 2
_LONGEST_SAYING = 200


def order_body(order: Order, customer_code: str, *, provincial: bool = True) -> bytes:
    """An order as it is sent: the seventeen keys of the interface, absent values as null, then the two of the
    provincial variant. OrderNumber carries our reference: the dossier code is nobody's business on the way.
    """
    sender, receiver = order.sender, order.receiver
    wire: dict[str, str | int | None] = {
        "CustomerCode": customer_code,
        "OrderNumber": order.reference,
        "CODAmount": order.cod,
        "SenderProvince": sender.province_code,
        "SenderDistrict": sender.district_code,
        "SenderAddress": sender.address,
        "SenderName": sender.name,
        "SenderEmail": sender.email,
        "SenderTel": sender.phone,
        "SenderDesc": order.description,
        "Description": ". ".join(part for part in (order.description, order.instruction) if part),
        "ReceiverName": receiver.name,
        "ReceiverAddress": receiver.address,
        "ReceiverTel": receiver.phone,
        "ReceiverProvince": receiver.province_code,
        "ReceiverDistrict": receiver.district_code,
        "ReceiverEmail": receiver.email,
    }
    if provincial:
        wire |= {"ItemCode": order.item_code, "FlagConfig": PICKED_UP if order.pickup else DROPPED_OFF}
    written = json.dumps(wire, ensure_ascii=False, separators=(",", ":"))
    return unicodedata.normalize("NFC", written).encode()


def price_body(order: Order) -> bytes:
    """A question for the price, in the form that integrators send to their province's gateway."""
    wire = {
        "weight": order.weight_g,
        "mainSrv": "HCC",
        "isreturn": 1,
        "sender": {"provCode": order.sender.province_code, "distCode": order.sender.district_code},
        "receiver": {"provCode": order.receiver.province_code, "distCode": order.receiver.district_code},
    }
    return json.dumps(wire).encode()


def read_price(body: bytes) -> Quote:
    """Read `{"content": {"price": "..."}}`.

    Raises OutcomeUnknown when it names no price.
    """
    price = dong(first_object(json_object(body).get("content")).get("price"))
    if price is None:
        raise OutcomeUnknown("the answer names no price")
    return Quote(price, "HCC")


def private_of(order: Order) -> list[str | None]:
    """Everything in an order that is somebody's own."""
    people = (order.sender, order.receiver)
    return [part for party in people for part in (party.name, party.phone, party.address, party.email)]


def read_receipt(body: bytes, order: Order, *, provincial: bool = True) -> Receipt:
    """Read the answer to an order.

    Raises OrderRefused when the carrier refuses it, OutcomeUnknown when the answer says neither yes nor no.
    """
    verdict = _verdict(body)
    if verdict.code not in {ACCEPTED, DUPLICATE}:
        raise OrderRefused(verdict.code, without(verdict.said, private_of(order)))
    return Receipt(
        item_code=order.item_code if provincial else "",
        carrier_reference=None,
        duplicate=verdict.code == DUPLICATE,
        raw_sha256=hashlib.sha256(body).hexdigest(),
    )


def read_cancellation(body: bytes) -> CancelOutcome:
    """Read the answer to a cancellation; every code but 100 means that the order stands."""
    verdict = _verdict(body)
    return CancelOutcome(verdict.code == ACCEPTED, verdict.code, verdict.said)


def tracking_query(cursor: str | None, page_size: int) -> dict[str, str]:
    """The query of one page of the feed after `cursor`."""
    return {"pagesize": str(page_size), "lastId": cursor or START_OF_FEED}


def read_feed(body: bytes, cursor: str, page_size: int) -> TrackingPage:
    """Read a page of the tracking feed (RESTHeart's HAL form); `cursor` is where it was asked to begin.

    Rows are expected in the order of their ids, as the interface's own cursor demands. A row that cannot be read in
    full still becomes an event: of unknown kind, or dated by its id, rather than lost.
    """
    found = json_object(body).get("_embedded")
    rows = found.get("rh:doc") if isinstance(found, dict) else []
    if not isinstance(rows, list):
        raise OutcomeUnknown("the tracking feed holds no list of rows")
    last = max((_row_id(row) for row in rows), default="")
    moved = last > cursor
    return TrackingPage(
        events=tuple(_event(row) for row in rows if isinstance(row, dict)),
        cursor=last if moved else cursor,
        more=moved and len(rows) >= page_size,
    )


def read_grant(body: bytes) -> Grant:
    """Read the answer to a request for a token (OAuth 2.0, RFC 6749 section 5.1)."""
    wire = json_object(body)
    token, seconds = read_token(wire.get("access_token")), wire.get("expires_in")
    kind = text(wire.get("token_type"))
    return Grant(
        token, seconds if isinstance(seconds, int) else 0, kind if kind.isalpha() and kind.isascii() else "Bearer"
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    code: str
    said: str


def _verdict(body: bytes) -> _Verdict:
    wire = json_object(body)
    code = text(wire.get("Status"))
    if not code:
        raise OutcomeUnknown("the answer carries no Status")
    if code == GATEWAY_FAILED:
        # The public client library answers so to its own caller when anything at all broke on the way.
        raise OutcomeUnknown("the gateway failed half-way (Status 500)")
    return _Verdict(code[:20], text(wire.get("Message"))[:_LONGEST_SAYING])


def _event(row: dict[str, object]) -> TrackingEvent:
    code = text(row.get("StatusCode"))
    return TrackingEvent(
        item_code=text(row.get("ItemCode")),
        reference=text(row.get("OrderNumber")) or None,
        kind=kind_of(NGSP, code),
        code=code,
        text=text(row.get("StatusMessage")),
        occurred_at=_moment(row),
        event_id=_row_id(row) or hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest(),
        place=text(row.get("POSID")) or None,
        reason=text(row.get("Notes")) or None,
    )


def _moment(row: dict[str, object]) -> datetime:
    written = row.get("EventTime")
    # RESTHeart writes Mongo dates as {"$date": milliseconds}; which form VNPost stores is not known.
    stored = written.get("$date") if isinstance(written, dict) else None
    try:
        if isinstance(stored, int):
            return datetime.fromtimestamp(stored / 1000, UTC)
        return read_moment(text(written))
    except (ValueError, OverflowError, OSError):
        # An ObjectId begins with the second of its making: the best that is known of an undated row.
        return datetime.fromtimestamp(int(_row_id(row)[:8] or "0", 16), UTC)


def _row_id(row: object) -> str:
    found = row.get("_id") if isinstance(row, dict) else None
    oid = found.get("$oid") if isinstance(found, dict) else None
    return oid if isinstance(oid, str) and _OBJECT_ID.fullmatch(oid) else ""


_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
