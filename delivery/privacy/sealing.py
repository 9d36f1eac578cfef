"""One way to write a fact down so that its hash is always the same."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

BEGINNING = "0" * 64
"""What stands before the first link of a chain."""


def canonical(facts: Mapping[str, object]) -> bytes:
    """Facts as JSON that leaves no choice: names in order, no blanks, UTF-8, moments in UTC to the microsecond."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()


def linked(previous: str, facts: Mapping[str, object]) -> str:
    """The hash of a link: SHA-256 over the hash before it, a bar, and the facts as canonical JSON."""
    return hashlib.sha256(previous.encode() + b"|" + canonical(facts)).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(type(value).__name__)
