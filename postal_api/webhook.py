"""MyVNPost's callbacks: `{"data": [{...}, ...], "sendDate": "...", "signature": "<base64>"}`, verified and read.

The signature is RSA with SHA-256 and PKCS #1 v1.5 padding over `"MYVNP" + sendDate + data[0].itemCode +
data[0].status`. So only three facts are signed: when, which item, which status. They become the one signed event.
Everything else in a callback can be altered by whoever has seen a genuine one, and is treated as a hint: item codes
about which the carrier's feed should be read. The names of the fields for reasons and receivers are not public, and
none is read.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from postal_api.errors import MalformedCallback, NotAuthentic
from postal_api.events import Callback, TrackingEvent
from postal_api.moments import read_moment
from postal_api.s10 import looks_like_item_code
from postal_api.statuses import MYVNPOST, kind_of

MOST_BYTES = 64 * 1024
# How much earlier than the sending a record may say that it was last changed, before we doubt it.
LONGEST_DELAY = timedelta(hours=48)
_STATUS = re.compile(r"[0-9]{1,3}")


def verify(raw: bytes, keys: Sequence[bytes], now: datetime, tolerance: timedelta | None = None) -> Callback:
    """Check a callback's signature against the carrier's public keys (PEM) and read it.

    With a `tolerance`, a callback sent longer ago than that, or dated later than now by more, is refused. Without
    one its age is not judged: nobody knows how long this carrier retries, and a replayed callback carries the same
    `event_id` and changes nothing.

    Raises MalformedCallback when it is not of the carrier's form, NotAuthentic when no key fits or it is too old.
    """
    wire = _read(raw)
    if not any(_fits(wire, load_public_key(key)) for key in keys):
        raise NotAuthentic("the signature fits none of the carrier's keys")
    if tolerance is not None and abs(now - wire.sent_at) > tolerance:
        raise NotAuthentic("the callback is dated outside the time that is allowed")
    return Callback(_event(wire), wire.others, wire.sent_at, hashlib.sha256(wire.signed_text).hexdigest())


def dedupe_key(raw: bytes) -> str:
    """A name for a callback that its repetitions share: the digest of what is signed.

    Altering the unsigned rest of a genuine callback makes no new one, so it cannot be used to fill a disk.

    Raises MalformedCallback.
    """
    return hashlib.sha256(_read(raw).signed_text).hexdigest()


def signed_text(send_date: str, item_code: str, status: str) -> bytes:
    """The text over which the carrier signs."""
    return f"MYVNP{send_date}{item_code}{status}".encode()


def load_public_key(pem: bytes) -> RSAPublicKey:
    """Read a public key.

    Raises ValueError when it is no RSA key.
    """
    key = load_pem_public_key(pem)
    if not isinstance(key, RSAPublicKey):
        raise ValueError("callbacks are signed with RSA; this public key is of another kind")  # noqa: TRY004
    return key


@dataclass(frozen=True, slots=True)
class _Wire:
    """The parts of a callback that are used, each of the right form."""

    send_date: str
    sent_at: datetime
    item_code: str
    status: str
    updated: str
    signature: bytes
    others: tuple[str, ...]

    @property
    def signed_text(self) -> bytes:
        return signed_text(self.send_date, self.item_code, self.status)


def _read(raw: bytes) -> _Wire:
    body = _body(raw)
    records = body.get("data")
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        raise MalformedCallback("data must be a list that begins with an order")
    first = records[0]
    send_date, item_code, status = _text(body.get("sendDate")), _text(first.get("itemCode")), _text(first.get("status"))
    # What is signed has no separators. Only with these forms can characters not be moved from one part to the next.
    if not looks_like_item_code(item_code) or not _STATUS.fullmatch(status):
        raise MalformedCallback("the first order needs an itemCode of thirteen characters and a numeric status")
    return _Wire(
        send_date=send_date,
        sent_at=_sent_at(send_date),
        item_code=item_code,
        status=status,
        updated=_text(first.get("updatedDate")),
        signature=_signature(body.get("signature")),
        others=_others(records[1:], item_code),
    )


def _body(raw: bytes) -> dict[str, object]:
    if len(raw) > MOST_BYTES:
        raise MalformedCallback(f"a callback may have {MOST_BYTES} bytes at most")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise MalformedCallback("a callback must be JSON") from error
    if not isinstance(body, dict):
        raise MalformedCallback("a callback must be a JSON object")
    return body


def _sent_at(send_date: str) -> datetime:
    try:
        return read_moment(send_date)
    except ValueError as error:
        raise MalformedCallback("sendDate must be a moment such as 24/11/2026 08:05:00") from error


def _signature(value: object) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedCallback("signature must be base64") from error


def _others(records: list[object], first: str) -> tuple[str, ...]:
    """The item codes of the records that are not signed, each once, in their order."""
    codes = (_text(record.get("itemCode")) for record in records if isinstance(record, dict))
    return tuple(dict.fromkeys(code for code in codes if looks_like_item_code(code) and code != first))


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _fits(wire: _Wire, key: RSAPublicKey) -> bool:
    try:
        key.verify(wire.signature, wire.signed_text, PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _event(wire: _Wire) -> TrackingEvent:
    known = MYVNPOST.get(wire.status)
    return TrackingEvent(
        item_code=wire.item_code,
        # saleOrderCode is not signed: with it, a captured callback could be pointed at another consignment.
        reference=None,
        kind=kind_of(MYVNPOST, wire.status),
        code=wire.status,
        text=known.text if known is not None else "",
        occurred_at=_occurred_at(wire),
        event_id=hashlib.sha256(wire.signed_text).hexdigest(),
    )


def _occurred_at(wire: _Wire) -> datetime:
    """When the record changed, if it says so believably; else when the callback was sent, which is signed.

    A callback sent again hours later may carry a new sendDate. updatedDate can only move the event back, and by no
    more than the longest delay; an altered copy has the event_id of the original and comes too late.
    """
    try:
        updated = read_moment(wire.updated)
    except ValueError:
        return wire.sent_at
    return updated if wire.sent_at - LONGEST_DELAY <= updated <= wire.sent_at else wire.sent_at
