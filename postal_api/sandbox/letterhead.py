"""The post's key pair and its callbacks: in MyVNPost's form, signed with it, or in Viettel's with the shared secret."""

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from postal_api.errors import SandboxCannotStart
from postal_api.events import EventKind
from postal_api.moments import write_moment
from postal_api.sandbox.orders import Face
from postal_api.statuses import VIETTELPOST
from postal_api.webhook import signed_text

OFFICE = "125400"  # Đức Giang
MYVNPOST_CODES = {
    EventKind.COLLECTED: 6,
    EventKind.AT_OFFICE: 11,
    EventKind.OUT_FOR_DELIVERY: 12,
    EventKind.DELIVERED: 14,
    EventKind.ATTEMPT_FAILED: 15,
    EventKind.RETURNING: 18,
    EventKind.RETURNED: 19,
}


VIETTELPOST_CODES = {
    EventKind.COLLECTED: 105,
    EventKind.AT_OFFICE: 400,
    EventKind.OUT_FOR_DELIVERY: 500,
    EventKind.DELIVERED: 501,
    EventKind.ATTEMPT_FAILED: 506,
    EventKind.RETURNING: 502,
    EventKind.RETURNED: 504,
}


@dataclass(frozen=True, slots=True)
class Record:
    """One order's change, as a callback tells it."""

    number: str
    item_code: str
    customer: str
    kind: EventKind
    at: datetime
    reason: str | None
    face: Face = Face.NGSP


class Letterhead:
    """Signs callbacks; the key pair is made once and lies in the post's folder."""

    def __init__(self, folder: Path, secret: str) -> None:
        self._secret = secret
        self._key = _private_key(folder / "private.pem")
        self.public_pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        _write_whole(folder / "public.pem", self.public_pem, 0o644)

    def callback(self, records: Sequence[Record], send_date: datetime) -> bytes:
        """The bytes of a callback; only its first record is covered by the signature, as with the real carrier."""
        if records[0].face is Face.VIETTELPOST:
            return self._viettelpost(records[0])
        first, sent = records[0], write_moment(send_date)
        signed = signed_text(sent, first.item_code, str(MYVNPOST_CODES[first.kind]))
        signature = self._key.sign(signed, PKCS1v15(), hashes.SHA256())
        body = {
            "data": [_wire(record) for record in records],
            "sendDate": sent,
            "signature": base64.b64encode(signature).decode(),
        }
        return json.dumps(body, ensure_ascii=False).encode()

    def _viettelpost(self, record: Record) -> bytes:
        status = VIETTELPOST_CODES[record.kind]
        data = {
            "ORDER_NUMBER": record.item_code,
            "ORDER_REFERENCE": record.number,
            "ORDER_STATUSDATE": write_moment(record.at),
            "ORDER_STATUS": status,
            "STATUS_NAME": VIETTELPOST[str(status)].text,
            "LOCALION_CURRENTLY": OFFICE,
            "NOTE": record.reason,
            "MONEY_COLLECTION": 0,
            "MONEY_FEECOD": 0,
            "MONEY_TOTAL": 0,
            "IS_RETURNING": record.kind in {EventKind.RETURNING, EventKind.RETURNED},
            "DETAIL": [],
            "POD": {},
        }
        return json.dumps({"DATA": data, "TOKEN": self._secret}, ensure_ascii=False).encode()


def items_of(face: Face, body: bytes) -> frozenset[str]:
    """The item codes of which a callback tells."""
    said = json.loads(body)
    if face is Face.VIETTELPOST:
        return frozenset({said["DATA"]["ORDER_NUMBER"]})
    return frozenset(record["itemCode"] for record in said["data"])


def _wire(record: Record) -> dict[str, object]:
    # `note` stands for the failure's reason, whose real name is not public.
    return {
        "originalId": record.item_code,
        "itemCode": record.item_code,
        "originalItemCode": record.item_code,
        "saleOrderCode": record.number,
        "status": MYVNPOST_CODES[record.kind],
        "senderCode": record.customer,
        "orgCodeAccept": OFFICE,
        "updatedDate": write_moment(record.at),
        "note": record.reason,
    }


def _private_key(file: Path) -> rsa.RSAPrivateKey:
    if file.exists():
        key = load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise SandboxCannotStart(f"{file} is not an RSA key; move it away and a new one is made")
        return key
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write_whole(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    return key


def _write_whole(file: Path, content: bytes, mode: int) -> None:
    """Write a file so that nobody, even after a crash, ever reads half of it."""
    draft = file.with_suffix(".draft")
    draft.touch(mode)
    with draft.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
