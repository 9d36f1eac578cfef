"""Logging in and out; who has a second factor comes in by two steps."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from sqlalchemy.orm import Session

from delivery.errors import ProviderAway
from delivery.i18n import gettext as _
from delivery.models import Staff
from delivery.moments import now
from web import access, logins
from web.access import User
from web.errands import lead_to
from web.people import check_password, let_in
from web.second_factor import Vault, locked, prove
from web.views import service
from web.views.public import back_to

pages = Blueprint("session", __name__)
HALF = "half"
HALF_WAY = timedelta(minutes=5)
MOST_FOLLOWING = 1000


@pages.route("/dang-nhap", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    """Let staff in; a wrong name, a wrong password and a pause all get the same answer."""
    following = request.values.get("tiep", "")
    if current_user.is_authenticated and request.method == "GET":
        return redirect(access.first_page())
    if request.method == "GET":
        return _form(following)
    username, password = request.form.get("username", ""), request.form.get("password", "")
    with current_app.extensions["limits"].a_password():
        staff = check_password(service().database, username, password, now())
    if staff is None:
        return _form(following, wrong=True, username=username[:100]), 401
    return enter_as(staff, following)


def _form(following: str, *, wrong: bool = False, username: str = "") -> str:
    provider = service().staff_provider
    by = provider.client.known_as if provider is not None else ""
    return render_template("login.html", following=following, wrong=wrong, username=username, by=by)


@pages.route("/dang-nhap/ma-xac-nhan", methods=["GET", "POST"])
def second_step() -> ResponseReturnValue:
    """Ask for the code after the right password; what is wrong with a code is not told."""
    if current_user.is_authenticated:
        return redirect(access.first_page())
    half = _half()
    if half is None:
        flash(_("That took too long. Please log in again."), "warning")
        return redirect(url_for("session.log_in"))
    if request.method == "GET":
        return render_template("second_step.html", wrong=False)
    with service().database.write() as session:
        staff = _right_code(session, half)
    if staff is None:
        return render_template("second_step.html", wrong=True), 401
    return _enter(staff, half["following"], by_provider=half.get("by_provider", False))


@pages.post("/dang-xuat")
def log_out() -> ResponseReturnValue:
    """End the log-in; who came by way of the provider goes on to log out there, or the next one comes in as them."""
    was_by_provider = logins.is_by_provider()
    with service().database.write() as session:
        logins.end(session)
    logout_user()
    cookie.clear()
    return _out_there() if was_by_provider else redirect(url_for("public.home"))


def enter_as(staff: Staff, following: str, *, by_provider: bool = False, strong: bool = False) -> ResponseReturnValue:
    """Let a person in, or on to the second step where they have one; `strong` is whether it was made elsewhere."""
    if staff.second_factor is not None and not strong:
        return _go_half_way(staff, following, by_provider=by_provider)
    return _enter(staff, following, by_provider=by_provider, strong=strong)


def _enter(staff: Staff, following: str, *, by_provider: bool = False, strong: bool = False) -> ResponseReturnValue:
    logins.begin(staff, by_provider=by_provider, strong=strong)
    return redirect(back_to(following) if following else access.first_page())


def _go_half_way(staff: Staff, following: str, *, by_provider: bool) -> ResponseReturnValue:
    # Known to nothing but the page that asks for the code: for every other page this is nobody.
    cookie.clear()
    cookie[HALF] = {
        "id": User(staff).get_id(), "until": (now() + HALF_WAY).timestamp(), "following": following[:MOST_FOLLOWING],
        "by_provider": by_provider,
    }  # fmt: skip
    return redirect(url_for("session.second_step"))


def _half() -> dict[str, Any] | None:
    """Who has shown the right password a short while ago."""
    half = cookie.get(HALF)
    return half if isinstance(half, dict) and now().timestamp() < half["until"] else None


def _out_there() -> ResponseReturnValue:
    """To the provider's own way out, if it has one and says so in time."""
    provider = service().staff_provider
    if provider is None:
        return redirect(url_for("public.home"))
    try:
        address = provider.way_out(service().settings.web_url)
    except ProviderAway:
        address = ""
    if address:
        return lead_to(address, provider)
    flash(_("Here you are logged out. Log out of {name} as well.").format(name=provider.client.known_as), "warning")
    return redirect(url_for("public.home"))


def _right_code(session: Session, half: dict[str, Any]) -> Staff | None:
    """Who is let in by the code of the form; None as well where password or factor changed since the first step."""
    staff = locked(session, int(half["id"].partition(":")[0]))
    if staff is None or User(staff).get_id() != half["id"]:
        return None
    # One of two fields is filled in: the phone's digits, or a recovery code.
    typed = request.form.get("ma", "") or request.form.get("ma_du_phong", "")
    if not prove(session, Vault.of(service().seal), staff, typed, now()):
        return None
    let_in(session, staff, now(), by_provider=half.get("by_provider", False))
    return staff
