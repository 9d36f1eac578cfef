"""Codes that travel outside: unguessable, checkable by hand, and telling nothing of what they stand for."""

import hashlib
import hmac
import secrets

# Crockford's base 32: no I, L, O, U, so nothing is misread aloud or by hand (https://www.crockford.com/base32.html).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_SECRET_LENGTH = 16
QR_VERSION = "T1"


def new_tracking_code() -> str:
    """A citizen's key to the public tracking page: 80 random bits and a check character, in groups of four."""
    secret = "".join(secrets.choice(ALPHABET) for _ in range(_SECRET_LENGTH))
    return secret + _check(secret)


def parse_tracking_code(text: str) -> str:
    """Read a tracking code as a person types it.

    Raises ValueError when it is not one: wrong length, letters that are not used, or a typing error.
    """
    code = text.strip().upper().translate(_MISREAD)
    if len(code) != _SECRET_LENGTH + 1 or set(code) - set(ALPHABET) or _check(code[:-1]) != code[-1]:
        raise ValueError("not a tracking code")
    return code


def show_tracking_code(code: str) -> str:
    """The code in the groups in which people read it out: ABCD-EFGH-JKMN-PQRS-T."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def new_reference() -> str:
    """A consignment's own name towards carriers: 26 characters, 128 random bits."""
    number = secrets.randbits(128)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5))


def qr_payload(reference: str, version: int, key: bytes) -> str:
    """What the QR on an envelope says: format, reference, label version, and a 40-bit seal.

    The seal lets a scanner refuse a foreign or forged label without a network; it is no secret.
    """
    body = f"{QR_VERSION}.{reference}.{version}"
    return f"{body}.{_seal(body, key)}"


def read_qr(payload: str, key: bytes) -> tuple[str, int]:
    """The reference and label version inside a QR.

    Raises ValueError for anything that this service did not print.
    """
    body, _, seal = payload.strip().rpartition(".")
    parts = body.split(".")
    if len(parts) != 3 or parts[0] != QR_VERSION or not parts[2].isdigit():
        raise ValueError("not one of our QR codes")
    if not hmac.compare_digest(seal, _seal(body, key)):
        raise ValueError("the seal of the QR code is broken")
    return parts[1], int(parts[2])


def _seal(body: str, key: bytes) -> str:
    number = int.from_bytes(hmac.digest(key, body.encode(), "sha256")[:5], "big")
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(35, -5, -5))


def _check(secret: str) -> str:
    return ALPHABET[hashlib.sha256(f"tannha:{secret}".encode()).digest()[0] % 32]
