"""A browser's way to a provider and back: what was begun here is remembered by the browser, sealed, for ten minutes.

Nobody is sent on by a redirect. A page of ours says where it leads and goes on by itself: so the policy of these pages,
by which a form leads nowhere but here, stays as it is.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hmac import compare_digest

from flask import render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from delivery.errors import NotProven
from delivery.i18n import current_language
from delivery.identity.provider import Provider, new_errand
from delivery.moments import now
from delivery.rules.identity import Doubt, Errand, Shown, error_code
from delivery.sealing import Vault
from web.views import service

KEPT_AS = "errand"
LASTS = timedelta(minutes=10)
LONGEST_CARRIED = 500


class Purpose(StrEnum):
    """What somebody goes to a provider for."""

    LOG_IN = "log_in"
    TIE = "tie"
    DOSSIER = "dossier"


@dataclass(frozen=True, slots=True)
class Begun:
    """What a browser set out for; `carried` is what it must find again: a page, an account, a dossier code."""

    purpose: Purpose
    errand: Errand
    carried: str


def set_out(provider: Provider, purpose: Purpose, carried: str) -> ResponseReturnValue:
    """Remember what is begun, and lead to the provider.

    Raises ProviderAway.
    """
    errand = new_errand()
    address = provider.way_there(errand, way_back(purpose), current_language())
    told = json.dumps([
        purpose, errand.state, errand.nonce, errand.verifier, carried[:LONGEST_CARRIED], (now() + LASTS).timestamp(),
    ])  # fmt: skip
    cookie[KEPT_AS] = base64.b64encode(_vault().seal(KEPT_AS, told)).decode()
    return lead_to(address, provider)


def lead_to(address: str, provider: Provider) -> ResponseReturnValue:
    """The page that says where it leads, and goes there."""
    return render_template("away.html", address=address, name=provider.client.known_as)


def way_back(purpose: Purpose) -> str:
    """The address at which a provider sends browsers back; each provider has one of its own, as it was told them."""
    page = "dossier_sign_in.come_back" if purpose is Purpose.DOSSIER else "sign_in.come_back"
    return service().settings.web_url.rstrip("/") + url_for(page)


def come_back(*purposes: Purpose) -> Begun:
    """What this browser set out for; it comes back once.

    Raises NotProven for whoever set out for nothing, for something else, in another browser, or too long ago.
    """
    kept = cookie.pop(KEPT_AS, None)
    begun = _opened(kept) if isinstance(kept, str) else None
    state = request.args.get("state", "")
    if (
        begun is None
        or begun.purpose not in purposes
        or not compare_digest(begun.errand.state.encode(), state.encode())
    ):
        raise NotProven(Doubt.STALE)
    return begun


def brought(provider: Provider, begun: Begun, claims: tuple[str, ...] = ()) -> Shown:
    """Whom the provider shows by what the browser has brought from it; no transaction is open.

    Raises NotProven, ProviderAway.
    """
    said = request.args
    if not provider.is_from_it(said.get("iss")):
        raise NotProven(Doubt.FALSE, "iss")
    if "error" in said:
        raise NotProven(Doubt.DENIED, error_code(said["error"]))
    return provider.whom(begun.errand, way_back(begun.purpose), said.get("code", ""), now(), claims)


def _opened(kept: str) -> Begun | None:
    try:
        told = _vault().open(KEPT_AS, base64.b64decode(kept))
    except binascii.Error:
        return None
    if told is None:
        return None
    purpose, state, nonce, verifier, carried, until = json.loads(told)
    return Begun(Purpose(purpose), Errand(state, nonce, verifier), carried) if now().timestamp() < until else None


def _vault() -> Vault:
    return Vault.of(service().seal, "errands to a provider")
