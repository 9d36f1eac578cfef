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

from postal_api.carrier import CancelOutcome, Order, Party, Receipt, TrackingPage
from postal_api.errors import OrderRefused, OutcomeUnknown
from postal_api.events import TrackingEvent
from postal_api.moments import read_moment
from postal_api.statuses import NGSP, kind_of

START_OF_FEED = "0" * 24
ACCEPTED, DUPLICATE, GATEWAY_FAILED = "100", "101", "500"
DROPPED_OFF, PICKED_UP = 1, 2
_LONGEST_SAYING = 200


def order_body(order: Order, customer_code: str) -> bytes:
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
        "ItemCode": order.item_code,
        "FlagConfig": PICKED_UP if order.pickup else DROPPED_OFF,
    }
    text = json.dumps(wire, ensure_ascii=False, separators=(",", ":"))
    return unicodedata.normalize("NFC", text).encode()


def read_receipt(body: bytes, order: Order) -> Receipt:
    """Read the answer to an order.

    Raises OrderRefused when the carrier refuses it, OutcomeUnknown when the answer says neither yes nor no.
    """
    verdict = _verdict(body)
    if verdict.code not in {ACCEPTED, DUPLICATE}:
        raise OrderRefused(verdict.code, _without_people(verdict.said, order.sender, order.receiver))
    return Receipt(
        item_code=order.item_code,
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
    found = _object(body).get("_embedded")
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


@dataclass(frozen=True, slots=True)
class Grant:
    """A token, its kind, and for how many seconds it is good."""

    token: str
    seconds: int


def read_grant(body: bytes) -> Grant:
    """Read the answer to a request for a token (OAuth 2.0, RFC 6749 section 5.1)."""
    wire = _object(body)
    token, seconds = wire.get("access_token"), wire.get("expires_in")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise OutcomeUnknown("the gateway's answer holds no token")
    return Grant(token, seconds if isinstance(seconds, int) else 0)


@dataclass(frozen=True, slots=True)
class _Verdict:
    code: str
    said: str


def _verdict(body: bytes) -> _Verdict:
    wire = _object(body)
    code = _text(wire.get("Status"))
    if not code:
        raise OutcomeUnknown("the answer carries no Status")
    if code == GATEWAY_FAILED:
        # The public client library answers so to its own caller when anything at all broke on the way.
        raise OutcomeUnknown("the gateway failed half-way (Status 500)")
    return _Verdict(code[:20], _text(wire.get("Message"))[:_LONGEST_SAYING])


def _object(body: bytes) -> dict[str, object]:
    try:
        wire = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise OutcomeUnknown("the answer is not JSON") from error
    if not isinstance(wire, dict):
        raise OutcomeUnknown("the answer is not a JSON object")
    return wire


def _without_people(said: str, *parties: Party) -> str:
    """What the carrier said, without the personal data of the order that it may repeat."""
    private = [part for party in parties for part in (party.name, party.phone, party.address, party.email) if part]
    for part in sorted(private, key=len, reverse=True):
        said = said.replace(part, "…")
    return said


def _event(row: dict[str, object]) -> TrackingEvent:
    code = _text(row.get("StatusCode"))
    return TrackingEvent(
        item_code=_text(row.get("ItemCode")),
        reference=_text(row.get("OrderNumber")) or None,
        kind=kind_of(NGSP, code),
        code=code,
        text=_text(row.get("StatusMessage")),
        occurred_at=_moment(row),
        event_id=_row_id(row) or hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest(),
        place=_text(row.get("POSID")) or None,
        reason=_text(row.get("Notes")) or None,
    )


def _moment(row: dict[str, object]) -> datetime:
    written = row.get("EventTime")
    # RESTHeart writes Mongo dates as {"$date": milliseconds}; which form VNPost stores is not known.
    stored = written.get("$date") if isinstance(written, dict) else None
    try:
        if isinstance(stored, int):
            return datetime.fromtimestamp(stored / 1000, UTC)
        return read_moment(_text(written))
    except (ValueError, OverflowError, OSError):
        # An ObjectId begins with the second of its making: the best that is known of an undated row.
        return datetime.fromtimestamp(int(_row_id(row)[:8] or "0", 16), UTC)


def _row_id(row: object) -> str:
    found = row.get("_id") if isinstance(row, dict) else None
    oid = found.get("$oid") if isinstance(found, dict) else None
    return oid if isinstance(oid, str) and _OBJECT_ID.fullmatch(oid) else ""


_OBJECT_ID = re.compile(r"[0-9a-f]{24}")


def _text(value: object) -> str:
    """Strings and numbers alike: the feed was seen with both."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return unicodedata.normalize("NFC", str(value)).strip()
