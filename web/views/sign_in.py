"""Logging in by way of the provider that the settings name, and tying one's account to the one there."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user
from sqlalchemy.orm import Session

from delivery.errors import NotNow, NotProven, ProviderAway
from delivery.i18n import gettext as _
from delivery.identity.provider import Provider
from delivery.models import Staff
from delivery.moments import now
from delivery.rules.identity import DOUBTS, Doubt, Shown
from web import access, errands, ties
from web.access import User
from web.errands import Begun, Purpose
from web.people import WrongPassword, confirm_password, note
from web.second_factor import locked
from web.views import service
from web.views.session import enter_as

pages = Blueprint("sign_in", __name__)


@pages.post("/dang-nhap/nha-cung-cap")
def begin() -> ResponseReturnValue:
    """To the provider, to come back logged in."""
    provider = _provider()
    try:
        return errands.set_out(provider, Purpose.LOG_IN, request.form.get("tiep", ""))
    except ProviderAway:
        return _away(provider)


@pages.get("/dang-nhap/tro-ve")
def come_back() -> ResponseReturnValue:
    """Back from the provider: let in who was tied before, or tie who is logged in here; whoever else learns why not."""
    provider, shown = _provider(), None
    try:
        begun = errands.come_back(Purpose.LOG_IN, Purpose.TIE)
        shown = errands.brought(provider, begun)
        return _tied(provider, begun, shown) if begun.purpose is Purpose.TIE else _entered(provider, begun, shown)
    except ProviderAway:
        return _away(provider)
    except NotProven as refused:
        note_refusal("staff", refused, shown)
        return refusal(provider, refused, _whose())


@pages.get("/lien-ket")
def own() -> ResponseReturnValue:
    """How one's own account stands with the provider."""
    return _own(_provider())


@pages.post("/lien-ket")
def tie() -> ResponseReturnValue:
    """To the provider, to come back tied: with the password, so that no unwatched screen does it."""
    provider, wrong = _provider(), ""
    with service().database.write() as session:
        staff = _myself(session)
        try:
            confirm_password(session, staff, request.form.get("mat_khau", ""), now())
        except WrongPassword as error:
            # It has been counted: that much is to be kept.
            wrong = str(error)
        offered = ties.standing(session, staff.id, provider.client.issuer, now()).offered
    if wrong:
        return _own(provider, wrong)
    if offered is None:
        return refusal(provider, NotProven(Doubt.NOT_OFFERED), "own")
    try:
        return errands.set_out(provider, Purpose.TIE, current_user.get_id())
    except ProviderAway:
        return _away(provider)


@pages.post("/lien-ket/bo")
def untie() -> ResponseReturnValue:
    """End one's own tie; an administrator can give it back."""
    provider = _provider()
    with service().database.write() as session:
        staff = _myself(session)
        try:
            ties.end(session, staff, provider.client.issuer, staff.username, now())
        except NotNow as error:
            flash(str(error), "warning")
        else:
            flash(_("From now on only the password lets you in. An administrator can undo that."), "success")
    login_user(User(staff))  # all log-ins have ended, this one as well
    return redirect(url_for("sign_in.own"))


@pages.post("/dang-nhap/da-dang-xuat")
def end_log_ins() -> ResponseReturnValue:
    """The provider's own word that a person has logged out there (Back-Channel Logout 1.0): here all log-ins end."""
    provider = _provider()
    try:
        subject = provider.ended_for(request.form.get("logout_token", ""), now())
    except NotProven as refused:
        return {"error": "invalid_request", "error_description": refused.code}, 400
    except ProviderAway:
        return {"error": "temporarily_unavailable"}, 503
    with service().database.write() as session:
        ties.end_logins_of(session, provider.client.issuer, subject, service().blind, now())
    return "", 200


def refusal(provider: Provider, refused: NotProven, whose: str) -> ResponseReturnValue:
    """The page that says what to do now; of the provider's words it repeats the code of an error, and no more."""
    doubt, name = Doubt(refused.doubt), provider.client.known_as
    code = refused.code if doubt in {Doubt.DENIED, Doubt.FALSE, Doubt.WEAK} else ""
    return _not_in(name, whose, _(DOUBTS[doubt]).format(name=name), code), 401


def note_refusal(whose: str, refused: NotProven, shown: Shown | None) -> None:
    """Write down that somebody was not let in, and why; who set out for nothing has not tried anything."""
    if refused.doubt == Doubt.STALE:
        return
    facts = {"why": refused.code or refused.doubt, "who": ties.in_the_book(service().blind, shown)}
    with service().database.write() as session:
        note(session, ties.STRANGER, "log-in refused", f"provider:{whose}", now(), facts)


def away(provider: Provider, whose: str) -> ResponseReturnValue:
    """The page for when the provider does not answer; the other way in stays open."""
    name = provider.client.known_as
    says = _("{name} does not answer just now. Try again in a few minutes, or come in the other way.").format(name=name)
    return _not_in(name, whose, says), 503


def _not_in(name: str, whose: str, says: str, code: str = "") -> str:
    back = {"citizen": "dossier.ask", "own": "sign_in.own"}.get(whose, "session.log_in")
    # What stands in the address of this very page is the provider's, and goes no further.
    return render_template("sign_in_refused.html", name=name, says=says, code=code, back=back, here=url_for(back))


def _entered(provider: Provider, begun: Begun, shown: Shown) -> ResponseReturnValue:
    strong = shown.is_strong(provider.client.strong)
    with service().database.write() as session:
        staff = ties.enter(session, shown, service().blind, now(), is_second_factor=strong)
    return enter_as(staff, begun.carried, by_provider=True, strong=strong)


def _tied(provider: Provider, begun: Begun, shown: Shown) -> ResponseReturnValue:
    if not current_user.is_authenticated or current_user.on_phone or current_user.get_id() != begun.carried:
        raise NotProven(Doubt.STALE)
    with service().database.write() as session:
        staff = _myself(session)
        ties.tie(session, staff, shown, service().blind, now())
    flash(_("Tied. From now on you can log in with {name}.").format(name=provider.client.known_as), "success")
    return redirect(url_for("sign_in.own"))


def _myself(session: Session) -> Staff:
    """The reader's own row; nobody's, where the log-in was ended while this request was on its way."""
    staff = locked(session, access.staff().id)
    return staff if staff is not None and User(staff).get_id() == current_user.get_id() else abort(403)


def _own(provider: Provider, wrong: str = "") -> ResponseReturnValue:
    with service().database.read() as session:
        stands = ties.standing(session, access.staff().id, provider.client.issuer, now())
    page = render_template("tie.html", name=provider.client.known_as, stands=stands, wrong=wrong)
    return page, 422 if wrong else 200


def _away(provider: Provider) -> ResponseReturnValue:
    return away(provider, _whose())


def _whose() -> str:
    return "own" if current_user.is_authenticated else "staff"


def _provider() -> Provider:
    """The provider at which staff log in; where there is none, none of these pages is."""
    return service().staff_provider or abort(404)
