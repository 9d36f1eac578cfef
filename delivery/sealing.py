"""Secrets that must lie in the database, sealed with a key that does not: each opens in its own row only."""

import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals secrets of one purpose; `whose` names the row, and a secret taken from one row opens for no other."""

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes, purpose: str) -> "Vault":
        """The vault of a home, by its key `seal`; machines that share `keys/` need no further file for it."""
        return cls(HKDF(SHA256(), 32, salt=None, info=f"tannha {purpose}".encode()).derive(key))

    def seal(self, whose: str, secret: str) -> bytes:
        """The secret as it may be kept."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self.key).encrypt(nonce, secret.encode(), whose.encode())

    def open(self, whose: str, sealed: bytes) -> str | None:
        """The secret; None where it was sealed with another key, or for another row."""
        try:
            return AESGCM(self.key).decrypt(sealed[:NONCE], sealed[NONCE:], whose.encode()).decode()
        except (InvalidTag, ValueError):
            return None
