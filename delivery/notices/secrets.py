"""The secrets of an endpoint: sealed in its row, the earlier one for as long as a rotation takes."""

from datetime import datetime, timedelta

from delivery.models import NoticeEndpoint
from delivery.notices.signing import new_secret
from delivery.sealing import Vault

# The receiver has so long to take over a new secret.
ROTATION = timedelta(hours=24)
PURPOSE = "notices"


def give_secret(seal: bytes, endpoint: NoticeEndpoint, now: datetime) -> str:
    """A new secret for an endpoint; the one before it holds on for a day. Returned once, and kept only sealed."""
    secret = new_secret()
    if endpoint.secret:
        endpoint.old_secret, endpoint.old_until = endpoint.secret, now + ROTATION
    endpoint.secret = Vault.of(seal, PURPOSE).seal(_whose(endpoint), secret)
    return secret


def holding(seal: bytes, endpoint: NoticeEndpoint, now: datetime) -> tuple[str, ...]:
    """The secrets that hold, the newest first; none where they were sealed with another home's key."""
    vault, sealed = Vault.of(seal, PURPOSE), [endpoint.secret]
    if endpoint.old_secret is not None and endpoint.old_until is not None and now < endpoint.old_until:
        sealed.append(endpoint.old_secret)
    opened = [vault.open(_whose(endpoint), one) for one in sealed]
    return tuple(one for one in opened if one is not None)


def _whose(endpoint: NoticeEndpoint) -> str:
    return f"endpoint:{endpoint.id}"
