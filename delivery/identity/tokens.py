"""Reading a provider's tokens: whose signature counts, and what must stand in them (OpenID Connect Core 1.0, 3.1.3.7).

Nothing is believed before the signature is right, by a key that the provider itself publishes and a procedure in which
only it can sign: `none`, and procedures with a shared secret, whose "secret" could be the public key, are no such.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, DecodeError, JoseError
from joserfc.jwk import KeySet, import_key
from joserfc.jwt import JWTClaimsRegistry

from delivery.errors import NotProven
from delivery.rules.identity import Client, Doubt, Errand

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
KINDS = frozenset({"RSA", "EC"})
# Base64 letters of a modulus of 2048 bits.
SHORTEST_MODULUS = 342
# Clocks may differ so much; and a token is fetched at once, so an old one is somebody else's.
LEEWAY_SECONDS, OLDEST_SECONDS = 60, 600
LONGEST_SUBJECT = 255
ENDING = "http://schemas.openid.net/event/backchannel-logout"


def keys_of(said: Mapping[str, Any]) -> KeySet:
    """The keys of a provider's set (RFC 7517) by which it may sign; others in it are left alone."""
    found = []
    for each in said.get("keys") or []:
        if not isinstance(each, dict) or not _may_sign(each):
            continue
        try:
            found.append(import_key(each))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return KeySet(found)


def read(token: object, keys: KeySet) -> jwt.Token:
    """A token whose signature is right.

    Raises JoseError, or ValueError for what cannot be read.
    """
    if not isinstance(token, str):
        raise DecodeError("no token")
    return jwt.decode(token, keys, algorithms=ALGORITHMS)


def check_identity(token: jwt.Token, client: Client, errand: Errand, access_token: str, at: datetime) -> dict[str, Any]:
    """What an ID token claims, when it is for us, of now, and the answer to this very errand.

    Raises NotProven, with the claim that is wrong.
    """
    params = {"nonce": errand.nonce, "client_id": client.client_id, "access_token": access_token}
    if client.max_age:
        params["max_age"] = str(client.max_age)
    options = {"iss": {"essential": True, "value": client.issuer}, "aud": {"essential": True}}
    claims = CodeIDToken(token.claims, token.header, options, params)
    try:
        claims.validate(int(at.timestamp()), LEEWAY_SECONDS)
    except ClaimError as error:
        raise NotProven(Doubt.FALSE, error.claim) from error
    except (TypeError, ValueError, ArithmeticError) as error:
        raise NotProven(Doubt.FALSE, "claims") from error
    _need(_is_for_us(claims, client), "aud")
    _need(0 < len(claims["sub"]) <= LONGEST_SUBJECT, "sub")
    _need(_is_younger(claims["iat"], OLDEST_SECONDS, at), "iat")
    if client.acr and claims.get("acr") != client.acr:
        raise NotProven(Doubt.WEAK, "acr")
    if client.max_age and not _is_younger(claims["auth_time"], client.max_age, at):
        raise NotProven(Doubt.WEAK, "auth_time")
    return dict(claims)


def check_ending(token: jwt.Token, client: Client, at: datetime) -> str:
    """For whom a provider says that they have logged out there (OpenID Connect Back-Channel Logout 1.0, 2.6).

    Raises NotProven.
    """
    registry = JWTClaimsRegistry(
        int(at.timestamp()), LEEWAY_SECONDS, iss={"essential": True, "value": client.issuer},
        aud={"essential": True}, iat={"essential": True}, exp={"essential": True}, jti={"essential": True},
        sub={"essential": True},
    )  # fmt: skip
    try:
        registry.validate(token.claims)
    except ClaimError as error:
        raise NotProven(Doubt.FALSE, error.claim) from error
    events = token.claims.get("events")
    _need(_is_for_us(token.claims, client), "aud")
    _need(isinstance(events, dict) and isinstance(events.get(ENDING), dict), "events")
    # It would otherwise do for an ID token, and an ID token for it.
    _need("nonce" not in token.claims, "nonce")
    _need(_is_younger(token.claims["iat"], OLDEST_SECONDS, at), "iat")
    return str(token.claims["sub"])


def _is_for_us(claims: Mapping[str, Any], client: Client) -> bool:
    """Whether it is for us alone: what others hold as well, they could bring here."""
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    return bool(named) and set(named) == {client.client_id}


def _is_younger(moment: float, seconds: int, at: datetime) -> bool:
    """Whether something was so short a while ago; what is no number, as JSON may hold one, never was."""
    return -LEEWAY_SECONDS <= int(at.timestamp()) - moment <= seconds + LEEWAY_SECONDS


def _may_sign(key: Mapping[str, Any]) -> bool:
    if key.get("kty") not in KINDS or key.get("use", "sig") != "sig" or key.get("alg", ALGORITHMS[0]) not in ALGORITHMS:
        return False
    return key["kty"] != "RSA" or len(str(key.get("n", ""))) >= SHORTEST_MODULUS


def _need(right: bool, claim: str) -> None:
    if not right:
        raise NotProven(Doubt.FALSE, claim)
