"""Keys of doors as they are kept: blind marks, by which an address is known again and cannot be read.

Before a home began to seal, keys were kept as they are: both are looked for.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from delivery.geocoders.keys import MARK
from delivery.models.sealed import seals_of
from delivery.sealing import FieldSeals

PURPOSE = "door"
# Half of an HMAC-SHA256: no two doors of a country share one by chance.
LENGTH = 16


def kept_key(session: Session, key: str) -> str:
    """A door's key as it is kept now."""
    seals = seals_of(session)
    return key if seals is None or not seals.begun else blind_key(seals, key)


def kept_keys(session: Session, keys: Iterable[str]) -> list[str]:
    """All that doors' keys may be kept as."""
    return list(keys_by_kept(session, keys))


def keys_by_kept(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """The keys of doors by all that they may be kept as."""
    seals, known = seals_of(session), list(keys)
    blind = {} if seals is None or not seals.begun else {blind_key(seals, key): key for key in known}
    return {key: key for key in known} | blind


def blind_key(seals: FieldSeals, key: str) -> str:
    """The blind mark of a door's key; of such a mark the same."""
    return key if is_blind(key) else f"{MARK}{seals.blind(PURPOSE, key)[:LENGTH].hex()}"


def is_blind(key: str) -> bool:
    """Whether a key is a blind mark already, and no door's own."""
    return len(key) == 1 + 2 * LENGTH and key.startswith(MARK)
