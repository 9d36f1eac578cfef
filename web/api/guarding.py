"""Who asks, what they may do, and how often: decided before any of the interface's code runs.

Sessions and cookies say nothing here: a machine shows its key or a token, or it is nobody.
"""

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from delivery.i18n import LANGUAGES
from delivery.i18n import gettext as _
from delivery.machines.allowance import WINDOW, Allowance, Allowances
from delivery.machines.clients import Caller, Scope, who_had, who_has
from delivery.machines.secrets import is_key
from delivery.moments import now
from web.api.problems import TRACE, Problem, trace
from web.views import service

TOKEN_SECONDS = 900
REALM = {"WWW-Authenticate": 'Bearer realm="tannha"'}
_ALLOWANCES = "tannha-allowances"


def let_machine_in(scope: Scope | None) -> None:
    """Let a machine do what needs this scope; None is open to everybody.

    Raises Problem when it is not known who asks, when they may not, or when they ask too often.
    """
    if scope is None:
        return
    g.caller = known = _who_asks()
    count(known)
    if scope not in known.scopes:
        raise Problem("not-allowed", _("That needs the scope {scope}").format(scope=scope))


def caller() -> Caller:
    """The machine that asks; only for doors behind a scope."""
    found = g.caller
    assert isinstance(found, Caller)  # noqa: S101  the guard lets nobody else in
    return found


def count(known: Caller) -> None:
    """Count a request of this machine.

    Raises Problem when it has asked too often in this minute.
    """
    allowances = current_app.extensions.setdefault(_ALLOWANCES, None)
    if allowances is None:
        allowances = current_app.extensions[_ALLOWANCES] = Allowances(service().database)
    g.allowance = allowance = allowances.ask(known, now())
    if not allowance.granted:
        raise Problem("too-often", headers={"Retry-After": str(allowance.seconds)})


def new_token(known: Caller, scopes: frozenset[str]) -> str:
    """A token that lets whoever holds it do these things for a quarter of an hour, as long as the key itself holds."""
    return str(_signer().dumps({"k": known.key_id, "s": sorted(scopes)}))


def choose_language() -> str:
    """The language that the asker reads best, of ours."""
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def mark(response: Response) -> Response:
    """Put on every answer what belongs there: the request's number, and what is left of the minute."""
    response.headers[TRACE] = trace()
    response.headers.setdefault("Cache-Control", "no-store")
    allowance: Allowance | None = g.get("allowance")
    if allowance is not None:
        # https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
        response.headers["RateLimit-Policy"] = f'"minute";q={allowance.limit};w={WINDOW}'
        response.headers["RateLimit"] = f'"minute";r={allowance.remaining};t={allowance.seconds}'
    return response


def _who_asks() -> Caller:
    kind, _space, shown = request.headers.get("Authorization", "").partition(" ")
    found = _holder(shown.strip()) if kind.lower() == "bearer" else None
    if found is None:
        raise Problem("who-asks", headers=REALM)
    return found


def _holder(shown: str) -> Caller | None:
    if is_key(shown):
        with service().database.read() as session:
            return who_has(session, shown, now())
    try:
        token = _signer().loads(shown, max_age=TOKEN_SECONDS)
    except BadSignature:
        return None
    with service().database.read() as session:
        found = who_had(session, token["k"], now())
    return None if found is None else _narrowed(found, frozenset(token["s"]))


def _narrowed(known: Caller, scopes: frozenset[str]) -> Caller:
    kept = known.scopes & scopes
    return Caller(known.client_id, known.key_id, known.name, kept, known.offices, known.per_minute)


def _signer() -> URLSafeTimedSerializer:
    # Another salt than that of cookies: neither passes for the other.
    return URLSafeTimedSerializer(current_app.secret_key or b"", salt="tannha machine token")
