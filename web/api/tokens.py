"""Tokens: a key shown once lets a machine ask for a quarter of an hour (OAuth 2.0, RFC 6749 §4.4)."""

from typing import Literal

from flask import Response, request
from pydantic import Field

from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.machines.clients import Caller, who_has
from delivery.moments import now
from web.api.guarding import TOKEN_SECONDS, count, new_token
from web.api.operations import Wire, as_json, operation
from web.api.problems import Problem
from web.views import service


class TokenRequest(Wire):
    """A form; who shows the machine's name and key by HTTP Basic leaves them out here."""

    grant_type: Literal["client_credentials"]
    client_id: str = Field(default="", description="The machine's name")
    client_secret: str = Field(default="", description="One of its keys")
    scope: str = Field(default="", description="What the token is for, of what the machine may do; else all of it")


class TokenOut(Wire):
    """A token, for how many seconds it holds, and what for."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  a kind of token, and none
    expires_in: int
    scope: str


@operation(
    "POST", "/token", "tokens", marked("A token for a key"), body=TokenRequest, answer=TokenOut, form=True,
    problems=(400, 401, 415, 429),
)  # fmt: skip
def give_token() -> Response:
    if request.mimetype != "application/x-www-form-urlencoded":
        raise Problem("not-json", _("Send a form (application/x-www-form-urlencoded)"))
    if request.form.get("grant_type") != "client_credentials":
        raise _refused("unsupported_grant_type", _("The only grant here is client_credentials"))
    known = _client()
    count(known)
    asked = frozenset(request.form.get("scope", "").split()) or known.scopes
    if not asked <= known.scopes:
        raise _refused("invalid_scope", _("This machine may not do all of that"))
    token = new_token(known, asked)
    return as_json(TokenOut(access_token=token, expires_in=TOKEN_SECONDS, scope=" ".join(sorted(asked))))


def _client() -> Caller:
    shown = request.authorization
    if shown is not None and shown.type == "basic":
        name, key = shown.username or "", shown.password or ""
    else:
        name, key = request.form.get("client_id", ""), request.form.get("client_secret", "")
    with service().database.read() as session:
        known = who_has(session, key, now())
    if known is None or known.name != name:
        raise Problem("who-asks", headers={"WWW-Authenticate": 'Basic realm="tannha"'}, also=_also("invalid_client"))
    return known


def _refused(error: str, detail: str) -> Problem:
    return Problem("unreadable", detail, also=_also(error))


def _also(error: str) -> dict[str, str]:
    """The member by which programs for OAuth know what went wrong (RFC 6749 §5.2)."""
    return {"error": error}
