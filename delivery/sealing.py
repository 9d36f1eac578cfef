"""What must lie in the database, sealed with a key that does not: each opens in its own row only.

Secrets of machines and log-ins have a `Vault` for each purpose; personal fields of rows have `FieldSeals`, whose keys
may be changed for others while everybody works.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from delivery.errors import Forged
from delivery.field_keys import FieldKeys
from delivery.keys import read_key

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


MARK = "\x01"
"""How a sealed text begins. No other text does: the doors strip control characters (`delivery.places.text.normal`)."""
FORM = "1"
BYTES_MARK = f"{MARK}tannha-sealed-{FORM}.".encode()
"""How sealed bytes begin: no file that anybody gives does by chance."""
PLACES_APART = "|"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lies: it opens in this column of this row of this table, and nowhere else.

    `row` is the name that the row has for ever, known before the database gives it a number.
    """

    table: str
    row: str
    column: str

    def __str__(self) -> str:
        return PLACES_APART.join((self.table, self.row, self.column))


@dataclass(frozen=True, eq=False)
class FieldSeals:
    """Seals personal fields of rows, and makes the blind marks by which they are found.

    A sealed text is U+0001, `1`, the key's name and the base64 of nonce and ciphertext, with dots between them;
    AES-256-GCM-SIV (RFC 8452) with the `Place` as associated data. A blind mark is an HMAC-SHA256 with a key of its own
    purpose, derived from the home's key `blind`.
    """

    folder: Path
    keys: FieldKeys
    _blinds: dict[str, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, folder: Path) -> "FieldSeals":
        """The seals of a home, by the folder of its keys."""
        return cls(folder, FieldKeys(folder))

    @property
    def begun(self) -> bool:
        """Whether this home seals; what lies there unsealed is read all the same."""
        return self.keys.newest is not None

    def seal(self, place: Place, text: str) -> str:
        """The text as it may be kept: as it is while the home has not begun to seal. Nothing stays nothing."""
        name = self.keys.newest
        if name is None or not text:
            return text
        return beginning(name) + urlsafe_b64encode(self._sealed(name, place, text.encode())).decode()

    def seal_bytes(self, place: Place, content: bytes) -> bytes:
        """The same for what is no text: the same beginning, after which nonce and ciphertext stand as they are."""
        name = self.keys.newest
        if name is None or not content:
            return content
        return bytes_beginning(name) + self._sealed(name, place, content)

    def open(self, place: Place, kept: str) -> str:
        """What a kept text says; it may not be sealed yet.

        Raises NotNow when the key is not on this machine, Forged when it was not sealed for this place.
        """
        if not is_sealed(kept):
            return kept
        try:
            form, name, body = kept.removeprefix(MARK).split(".")
            raw = urlsafe_b64decode(body)
        except ValueError as error:
            raise Forged(str(place)) from error
        if form != FORM:
            raise Forged(str(place))
        return self._opened(name, place, raw).decode()

    def open_bytes(self, place: Place, kept: bytes) -> bytes:
        """What kept bytes are; they may not be sealed yet. Raises what `open` raises."""
        if not is_sealed(kept):
            return kept
        name, _dot, raw = kept.removeprefix(BYTES_MARK).partition(b".")
        return self._opened(name.decode("ascii", "replace"), place, raw)

    def blind(self, purpose: str, text: str) -> bytes:
        """The blind mark of a text: the same for the same text and purpose in this home, and telling nothing else.

        Raises NotNow when the key `blind` has not been made yet.
        """
        if purpose not in self._blinds:
            self._blinds[purpose] = HKDF(SHA256(), 32, salt=None, info=f"tannha fields {purpose}".encode()).derive(
                read_key(self.folder, "blind")
            )
        return hmac.digest(self._blinds[purpose], text.encode(), "sha256")

    def _sealed(self, name: str, place: Place, content: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self.keys.cipher(name).encrypt(nonce, content, str(place).encode())

    def _opened(self, name: str, place: Place, raw: bytes) -> bytes:
        try:
            return self.keys.cipher(name).decrypt(raw[:NONCE], raw[NONCE:], str(place).encode())
        except (InvalidTag, ValueError) as error:
            raise Forged(str(place)) from error


def is_sealed(kept: object) -> bool:
    """Whether a kept text is sealed, or kept bytes are, with whatever key."""
    if isinstance(kept, bytes):
        return kept.startswith(BYTES_MARK)
    return isinstance(kept, str) and kept.startswith(MARK)


def beginning(name: str) -> str:
    """How all texts begin that a key has sealed."""
    return f"{MARK}{FORM}.{name}."


def bytes_beginning(name: str) -> bytes:
    """How all bytes begin that a key has sealed."""
    return BYTES_MARK + name.encode() + b"."
