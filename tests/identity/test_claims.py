"""Whatever a signed token claims: it is taken only when every one of its claims is right, and nothing else happens."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwt import Token

from delivery.errors import NotProven
from delivery.identity.tokens import ENDING, LEEWAY_SECONDS, OLDEST_SECONDS, check_ending, check_identity
from delivery.rules.identity import Client, Errand

AT = datetime(2026, 11, 25, 1, tzinfo=UTC)
NOW = int(AT.timestamp())
CLIENT, ERRAND = Client("https://sso.example.vn", "", "tannha", "s", max_age=300), Errand("s", "n", "v")
RIGHT: dict[str, Any] = {
    "iss": CLIENT.issuer, "aud": "tannha", "sub": "0001", "nonce": "n", "iat": NOW, "exp": NOW + 300, "auth_time": NOW,
}  # fmt: skip
ODD = st.one_of(
    st.none(), st.booleans(), st.floats(), st.text(max_size=5), st.integers(), st.integers(NOW - 2000, NOW + 2000),
    st.lists(st.text(max_size=3), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=1),
    st.sampled_from([10**400, -(10**400), ["tannha"], ["tannha", "x"], "tannha", "n", CLIENT.issuer, [["tannha"]]]),
)  # fmt: skip


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@given(st.dictionaries(st.sampled_from([*RIGHT, "azp", "amr", "acr", "at_hash", "nbf"]), ODD, max_size=3))
def test_a_token_is_taken_only_when_all_it_claims_is_right(changes: dict[str, Any]) -> None:
    claims = {**RIGHT, **changes}
    try:
        taken = check_identity(Token({"alg": "RS256"}, claims), CLIENT, ERRAND, "token", AT)
    except NotProven:
        assert changes
        return
    assert (taken["iss"], taken["nonce"]) == (CLIENT.issuer, "n")
    assert taken["aud"] in ("tannha", ["tannha"])
    assert isinstance(taken["sub"], str)
    assert taken["sub"]
    for name in ("iat", "exp", "auth_time"):
        assert is_number(taken[name]) or taken[name] is True
    assert taken["exp"] > NOW - LEEWAY_SECONDS
    assert NOW - OLDEST_SECONDS - LEEWAY_SECONDS <= taken["iat"] <= NOW + LEEWAY_SECONDS
    assert NOW - 300 - LEEWAY_SECONDS <= taken["auth_time"] <= NOW + LEEWAY_SECONDS
    assert taken.get("azp") in (None, "", False, 0, "tannha", [], {})


@given(st.dictionaries(st.sampled_from(["iss", "aud", "sub", "iat", "exp", "jti", "events", "nonce"]), ODD, max_size=2))
def test_an_end_is_believed_only_when_all_it_claims_is_right(changes: dict[str, Any]) -> None:
    right = {name: RIGHT[name] for name in ("iss", "aud", "sub", "iat", "exp")}
    claims = {**right, "jti": "1", "events": {ENDING: {}}, **changes}
    try:
        subject = check_ending(Token({"alg": "RS256"}, claims), CLIENT, AT)
    except NotProven:
        assert changes
        return
    assert subject == claims["sub"]
    assert "nonce" not in claims
    assert ENDING in claims["events"]
    assert claims["aud"] in ("tannha", ["tannha"])
