"""Signatures by the Standard Webhooks specification 1.0.0 (standardwebhooks.com), symmetric scheme `v1`.

Signed is `{id}.{timestamp}.{body}` with HMAC-SHA-256; the header lists one signature for each secret that holds, so
that a secret is rotated without losing a notice. The id is the notice's, the timestamp that of the try.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
# The specification allows 24 to 64 bytes.
LENGTH = 32


def new_secret() -> str:
    """A secret to be shared with a receiver, in the form of the specification."""
    return PREFIX + base64.b64encode(secrets.token_bytes(LENGTH)).decode()


def signature(secret: str, name: str, timestamp: int, body: bytes) -> str:
    """One signature as it stands in the header."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, f"{name}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(holding: Sequence[str], name: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The three headers of a notice, signed with each of the secrets that hold."""
    return {
        "webhook-id": name,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, name, timestamp, body) for secret in holding),
    }
