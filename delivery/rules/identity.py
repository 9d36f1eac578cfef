"""Coming in by way of a provider of identities: what is asked of it, and why somebody may not be let in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from delivery.i18n import marked


class Doubt(StrEnum):
    """Why whoever comes back from a provider is not let in; never a word of the provider's."""

    STALE = "stale"
    DENIED = "denied"
    FALSE = "false"
    WEAK = "weak"
    UNKNOWN = "unknown"
    PAUSED = "paused"
    TAKEN = "taken"
    NOT_OFFERED = "not_offered"
    ANOTHER = "another"


DOUBTS: dict[Doubt, str] = {
    Doubt.STALE: marked("That took too long, or was begun in another window. Please begin again."),
    Doubt.DENIED: marked("{name} did not let you in. Try once more there, or come in the other way."),
    Doubt.FALSE: marked(
        "The answer of {name} cannot be relied upon. Come in the other way, and tell the administrator."
    ),
    Doubt.WEAK: marked(
        "{name} let you in more easily than is asked for here. Log out there, and log in again in full."
    ),
    Doubt.UNKNOWN: marked(
        "Your account at {name} opens nothing here. Log in with your password, and tie the two together: an "
        "administrator has to allow it first."
    ),
    Doubt.PAUSED: marked("There were too many wrong tries. Wait a while, and try again"),
    Doubt.TAKEN: marked("That account at {name} is another person's here. Log out there, and take your own."),
    Doubt.NOT_OFFERED: marked("An administrator has to allow first that your account is tied to one at {name}."),
    Doubt.ANOTHER: marked(
        "This dossier could not be opened with your account at {name}. Look at the dossier code; the telephone number "
        "must be the one of the application. Else ask at the one-stop counter or call 1022."
    ),
}
# An error's code (RFC 6749, 4.1.2.1 and 5.2; OpenID Connect Core, 3.1.2.6) is a word; what is none is not repeated.
ERROR_CODE = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Client:
    """What this house is at a provider, and what it asks there.

    `max_age` is in seconds, 0 for none; `strong` are the values of `acr` or `amr` that count as a second factor.
    """

    issuer: str
    name: str
    client_id: str
    secret: str = field(repr=False)
    scope: str = "openid"
    acr: str = ""
    max_age: int = 0
    strong: frozenset[str] = frozenset()

    @property
    def known_as(self) -> str:
        """What people call the provider."""
        return self.name or urlsplit(self.issuer).hostname or self.issuer


@dataclass(frozen=True, slots=True)
class Errand:
    """One way to the provider and back: what only this browser and this house know of it (RFC 7636, OpenID Connect).

    `state` comes back with the browser, `nonce` in the token; by the `verifier` the code is good for us alone.
    """

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Whom a provider has shown somebody to be: its name for them, never reused (`sub`), and what else it said."""

    issuer: str
    subject: str = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)

    def is_strong(self, values: frozenset[str]) -> bool:
        """Whether the log-in there was of one of these kinds (`acr`), or by one of these means (`amr`, RFC 8176)."""
        amr = self.claims.get("amr")
        means = {str(each) for each in amr} if isinstance(amr, list) else set()
        return bool(values & (means | {str(self.claims.get("acr", ""))}))


def listed(text: str) -> frozenset[str]:
    """The values of a setting such as `mfa, otp`."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def error_code(said: object) -> str:
    """The code of an error as a provider says it; empty for what is none."""
    return said if isinstance(said, str) and ERROR_CODE.fullmatch(said) else ""
