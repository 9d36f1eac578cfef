"""A provider of identities: where to send a person, and whom it shows when they come back (authorisation code, PKCE).

What it publishes of itself and its keys are kept for an hour; a key that is not known yet is asked for at once, but
not by everybody who makes one up.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from delivery.errors import NotProven, ProviderAway
from delivery.i18n import gettext as _
from delivery.identity.line import ProviderLine, Said
from delivery.identity.tokens import check_ending, check_identity, keys_of, read
from delivery.rules.identity import Client, Doubt, Errand, Shown, error_code

KEPT_SECONDS = 3600.0
# So often at most a made-up name of a key has us ask for the keys.
KEYS_AGAIN_SECONDS = 30.0
# Threads of the pages that wait for a provider at a time; others have pages to serve.
MOST_AT_ONCE = 4
LONGEST_CODE = 2000


@dataclass(frozen=True, slots=True)
class Published:
    """What a provider says of itself (OpenID Connect Discovery 1.0, 3); empty is what it does not have."""

    authorisation: str
    token: str
    keys: str
    userinfo: str
    ending: str
    basic: bool
    names_itself: bool


@dataclass
class Provider:
    """One provider, asked by all threads of a process; nobody asks it inside a transaction."""

    client: Client
    line: ProviderLine
    clock: Callable[[], float] = time.monotonic
    _published: tuple[float, Published] | None = None
    _keys: tuple[float, KeySet] | None = None
    _missed_at: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MOST_AT_ONCE))

    def published(self) -> Published:
        """What it says of itself.

        Raises ProviderAway when it does not answer, or is not whom the settings name.
        """
        kept = self._published
        if kept is None or self.clock() - kept[0] > KEPT_SECONDS:
            address = f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration"
            kept = self._published = (self.clock(), self._read_published(*self._ask(address)))
        return kept[1]

    def way_there(self, errand: Errand, back: str, language: str) -> str:
        """The address at which a person logs in there; `back` is where they come back to.

        Raises ProviderAway.
        """
        more: dict[str, str] = {"ui_locales": language}
        if self.client.acr:
            more["acr_values"] = self.client.acr
        if self.client.max_age:
            more["max_age"] = str(self.client.max_age)
        return str(
            prepare_grant_uri(
                self.published().authorisation, client_id=self.client.client_id, response_type="code",
                redirect_uri=back, scope=self.client.scope, state=errand.state, nonce=errand.nonce,
                code_challenge=create_s256_code_challenge(errand.verifier), code_challenge_method="S256", **more,
            )
        )  # fmt: skip

    def whom(self, errand: Errand, back: str, code: str, at: datetime, claims: tuple[str, ...] = ()) -> Shown:
        """Whom the code shows that a person has brought back; of `claims` also what only the userinfo endpoint tells.

        Raises NotProven, and ProviderAway when it cannot be asked now.
        """
        published = self.published()
        status, said = self._redeem(published, errand, back, code)
        if status >= 400 or "error" in said:
            raise NotProven(Doubt.FALSE if status >= 400 else Doubt.DENIED, error_code(said.get("error")) or "code")
        access_token = said.get("access_token")
        access_token = access_token if isinstance(access_token, str) else ""
        token = self._read(said.get("id_token"))
        shown = check_identity(token, self.client, errand, access_token, at)
        if published.userinfo and access_token and not set(claims) <= set(shown):
            shown = {**self._told_besides(published, access_token, shown["sub"], claims), **shown}
        return Shown(self.client.issuer, shown["sub"], shown)

    def ended_for(self, token: str, at: datetime) -> str:
        """Whose log-in there has ended, as a token says that the provider itself has brought (`sub`).

        Raises NotProven, ProviderAway.
        """
        return check_ending(self._read(token), self.client, at)

    def way_out(self, back: str) -> str:
        """The address at which a person logs out there as well (RP-Initiated Logout 1.0); empty where there is none.

        Raises ProviderAway.
        """
        ending = self.published().ending
        if not ending:
            return ""
        ours = [("client_id", self.client.client_id), ("post_logout_redirect_uri", back)]
        return str(add_params_to_uri(ending, ours))

    def is_from_it(self, named: str | None) -> bool:
        """Whether an answer that a browser brings names this provider, where it names itself at all (RFC 9207)."""
        return named == self.client.issuer if named is not None else not self.published().names_itself

    def close(self) -> None:
        """Close the line."""
        self.line.close()

    def _redeem(self, published: Published, errand: Errand, back: str, code: str) -> tuple[int, Said]:
        if not 0 < len(code) <= LONGEST_CODE:
            raise NotProven(Doubt.FALSE, "code")
        body = prepare_token_request("authorization_code", redirect_uri=back, code=code, code_verifier=errand.verifier)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        _address, headers, body = self._as_ourselves(published).prepare("POST", published.token, headers, body)
        with self._turn():
            status, said = self.line.ask(published.token, headers, body)
        if status >= 500:
            raise ProviderAway(_("{name} answered {status}").format(name=self.client.known_as, status=status))
        return status, said

    def _as_ourselves(self, published: Published) -> ClientAuth:
        """How we say who we are (RFC 6749, 2.3.1: in the header, name and secret are written as in a form)."""
        name, secret = self.client.client_id, self.client.secret
        if not secret:
            return ClientAuth(name, "", "none")
        if published.basic:
            return ClientAuth(quote_plus(name), quote_plus(secret), "client_secret_basic")
        return ClientAuth(name, secret, "client_secret_post")

    def _told_besides(self, published: Published, access_token: str, subject: str, claims: tuple[str, ...]) -> Said:
        with self._turn():
            status, said = self.line.ask(published.userinfo, {"Authorization": f"Bearer {access_token}"})
        if status != 200 or said.get("sub") != subject:
            raise NotProven(Doubt.FALSE, "userinfo")
        return {name: said[name] for name in claims if name in said}

    def _read(self, token: object) -> jwt.Token:
        """A token that the provider has signed.

        Raises NotProven, ProviderAway.
        """
        try:
            try:
                return read(token, self._key_set())
            except (InvalidKeyIdError, BadSignatureError):
                # It may have begun to sign with another key a moment ago.
                return read(token, self._key_set(anew=True))
        except JoseError as error:
            raise NotProven(Doubt.FALSE, error.error) from error
        except (ValueError, TypeError, RecursionError) as error:
            raise NotProven(Doubt.FALSE, "token") from error

    def _key_set(self, *, anew: bool = False) -> KeySet:
        now, kept = self.clock(), self._keys
        with self._lock:
            may_ask = anew and (self._missed_at is None or now - self._missed_at > KEYS_AGAIN_SECONDS)
            if may_ask:
                self._missed_at = now
        if kept is None or may_ask or now - kept[0] > KEPT_SECONDS:
            status, said = self._ask(self.published().keys)
            if status != 200:
                raise ProviderAway(_("{name} answered {status}").format(name=self.client.known_as, status=status))
            kept = self._keys = (now, keys_of(said))
        return kept[1]

    def _ask(self, address: str) -> tuple[int, Said]:
        with self._turn():
            return self.line.ask(address)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._room.acquire(blocking=False):
            raise ProviderAway(_("Many are being let in just now. Try again in a moment"))
        try:
            yield
        finally:
            self._room.release()

    def _read_published(self, status: int, said: Said) -> Published:
        """Raises ProviderAway for what is not this provider's, or lacks what is needed."""
        if status != 200 or said.get("issuer") != self.client.issuer:
            raise ProviderAway(
                _("What is published at {issuer} is not that issuer's").format(issuer=self.client.issuer)
            )
        there = {name: said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        if not all(map(self.line.may_lead_to, there.values())):
            raise ProviderAway(
                _("{issuer} names no address that begins with https://").format(issuer=self.client.issuer)
            )
        methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Published(
            authorisation=str(there["authorization_endpoint"]),
            token=str(there["token_endpoint"]),
            keys=str(there["jwks_uri"]),
            userinfo=self._optional(said.get("userinfo_endpoint")),
            ending=self._optional(said.get("end_session_endpoint")),
            basic="client_secret_basic" in methods,
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        )

    def _optional(self, address: Any) -> str:  # noqa: ANN401  whatever it says
        return address if self.line.may_lead_to(address) else ""


def new_errand() -> Errand:
    """A way to the provider that is about to begin; none of its three can be guessed."""
    return Errand(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
