"""To which phone numbers and e-mail addresses messages go, which want none, and how little of them is shown."""

import base64
import hmac
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import insert_those_new
from delivery.models import Result, UnwantedAddress
from delivery.rules import phones
from delivery.rules.messages import MessageChannel

HASH_BYTES, MARK_BYTES = 15, 10


def address_of(result: Result, channel: MessageChannel) -> str:
    """Where a channel reaches the recipient: an e-mail address, or a phone number; empty where none is known."""
    return result.email.strip() if channel is MessageChannel.EMAIL else result.phone.strip()


def masked(address: str) -> str:
    """What is left of an address on pages: enough to recognise one's own, too little to write to."""
    if "@" not in address:
        return phones.masked(address)
    name, _at, host = address.rpartition("@")
    first, _dot, last = host.rpartition(".")
    return f"{name[:1]}•••@{first[:1]}•••.{last}"


def hash_of(key: bytes, address: str) -> str:
    """The same for the same address however it is written, and nothing from which it could be read."""
    digest = hmac.digest(key, b"address\0" + _normal(address).encode(), "sha256")
    return _text(digest[:HASH_BYTES])


def token_of(key: bytes, address: str) -> str:
    """What a link carries by which the owner of an address says that no messages are wanted; it cannot be guessed."""
    hashed = hash_of(key, address)
    return hashed + _mark(key, hashed)


def read_token(key: bytes, token: str) -> str | None:
    """The hash of the address for which a link was made; None for a link that this installation did not make."""
    hashed, mark = token[: HASH_BYTES * 8 // 5].lower(), token[HASH_BYTES * 8 // 5 :].lower()
    if not token.isascii() or not hmac.compare_digest(mark.encode(), _mark(key, hashed).encode()):
        return None
    return hashed


def is_unwanted(session: Session, hashed: str) -> bool:
    """Whether the owner of an address has said that no messages are wanted."""
    return session.get(UnwantedAddress, hashed) is not None


def unwanted_among(session: Session, hashes: Collection[str]) -> set[str]:
    """Those of several addresses that want no messages."""
    wanted = sa.select(UnwantedAddress.address_hash).where(UnwantedAddress.address_hash.in_(hashes))
    return set(session.scalars(wanted))


def stop_messages(session: Session, hashed: str, *, by: str, at: datetime) -> bool:
    """Send nothing more to an address; False when that was so already."""
    row = {"address_hash": hashed, "said_at": at, "said_by": by}
    return bool(insert_those_new(session, UnwantedAddress, [row], UnwantedAddress.address_hash))


def want_messages(session: Session, hashed: str) -> bool:
    """Send messages to an address again; False when that was so already."""
    gone = sa.delete(UnwantedAddress).where(UnwantedAddress.address_hash == hashed)
    return session.execute(gone.returning(UnwantedAddress.address_hash)).first() is not None


def _normal(address: str) -> str:
    if "@" in address:
        return address.strip().lower()
    try:
        return phones.parse_phone(address)
    except ValueError:
        return address.strip()


def _mark(key: bytes, hashed: str) -> str:
    return _text(hmac.digest(key, b"unwanted\0" + hashed.encode(), "sha256")[:MARK_BYTES])


def _text(value: bytes) -> str:
    return base64.b32encode(value).decode().lower()
