"""A citizen shows at a provider who they are, instead of by a one-time code, to open the own dossier.

The dossier code is typed before, and goes along sealed; it opens nothing alone. What the provider tells is looked at
once and kept nowhere.
"""

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.citizens.own_codes import result_of
from delivery.citizens.words import CITIZEN
from delivery.errors import NotProven, ProviderAway
from delivery.identity.provider import Provider
from delivery.models import Result
from delivery.moments import now
from delivery.rules.identity import Doubt, Shown
from web import errands
from web.errands import Purpose
from web.people import note
from web.proofs import DOSSIER
from web.views import service
from web.views.sign_in import away, note_refusal, refusal

pages = Blueprint("dossier_sign_in", __name__, url_prefix="/ho-so-cua-toi")


@pages.post("/nha-cung-cap")
def begin() -> ResponseReturnValue:
    """To the provider, whatever was typed."""
    provider = _provider()
    try:
        return errands.set_out(provider, Purpose.DOSSIER, request.form.get("ho_so", "")[:60])
    except ProviderAway:
        return away(provider, "citizen")


@pages.get("/tro-ve")
def come_back() -> ResponseReturnValue:
    """Open the dossier that belongs to whom the provider shows; for all others the answer is the same."""
    provider, shown = _provider(), None
    settings = service().settings
    wanted = tuple(filter(None, (settings.citizen_oidc_phone_claim, settings.citizen_oidc_verified_claim)))
    try:
        begun = errands.come_back(Purpose.DOSSIER)
        shown = errands.brought(provider, begun, wanted)
        with service().database.write() as session:
            result = _theirs(session, begun.carried, shown)
            note(session, CITIZEN, "proved by provider", f"result:{result.id}", now())
            DOSSIER.keep(result.id)
    except ProviderAway:
        return away(provider, "citizen")
    except NotProven as refused:
        note_refusal("citizen", refused, shown)
        return refusal(provider, refused, "citizen")
    return redirect(url_for("dossier.show"))


def _theirs(session: Session, dossier: str, shown: Shown) -> Result:
    result = result_of(session, dossier, _telephone(shown))
    if result is None:
        raise NotProven(Doubt.ANOTHER)
    return result


def _telephone(shown: Shown) -> str:
    """The telephone number that the provider has verified; empty where it has none, which is nobody's."""
    settings = service().settings
    number, verified = shown.claims.get(settings.citizen_oidc_phone_claim), settings.citizen_oidc_verified_claim
    # Some say true as a word; whatever else it is, it is no yes.
    if not isinstance(number, str) or (verified and shown.claims.get(verified) not in (True, "true")):
        return ""
    return number


def _provider() -> Provider:
    """The provider at which citizens show who they are; where there is none, these pages are not there."""
    return service().citizens_provider or abort(404)
