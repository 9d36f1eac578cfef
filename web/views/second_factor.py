"""The page of one's own second factor: a QR code for the phone, recovery codes, and the way out again."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from delivery.errors import DeliveryError
from delivery.i18n import gettext as _
from delivery.models import Staff
from delivery.moments import now
from web import access
from web.access import User
from web.people import WrongPassword, confirm_password
from web.qr import qr_picture
from web.second_factor import (
    Vault,
    address_for_phone,
    codes_left,
    enrol,
    locked,
    new_secret,
    prove,
    renew_codes,
    take_away,
)
from web.views import service

pages = Blueprint("second_factor", __name__)
MOST_SEALED = 500


@pages.get("/buoc-xac-nhan")
def show() -> ResponseReturnValue:
    """How the second factor stands; where there is none yet, the QR code that begins one."""
    return _page()


@pages.post("/buoc-xac-nhan")
def confirm() -> ResponseReturnValue:
    """Begin the second factor with the code that the phone shows; the recovery codes are on the answer only.

    The password is asked for as well: before a screen that was left open, anybody could bring a phone of their own.
    """
    _need_offer()
    secret, codes = _offered(), list[str]()
    refused: DeliveryError | None = None
    with service().database.write() as session:
        staff = _myself(locked(session, access.staff().id))
        try:
            confirm_password(session, staff, request.form.get("mat_khau", ""), now())
            codes = enrol(session, _vault(), staff, secret, request.form.get("ma", ""), now())
        except DeliveryError as error:
            # A wrong password has been counted: that much is to be kept.
            refused = error
    if refused is not None:
        return _page(secret, wrong=str(refused), wrong_password=isinstance(refused, WrongPassword), status=422)
    login_user(User(staff))  # all log-ins have ended, this one as well
    return render_template("recovery_codes.html", codes=codes, first=True, onwards=access.first_page())


@pages.post("/buoc-xac-nhan/doi")
def change() -> ResponseReturnValue:
    """Make new recovery codes, or take the second factor away: with a code, so that no unwatched screen does it."""
    wanted, codes = request.form.get("viec", ""), []
    if wanted not in {"ma-moi", "bo"}:
        abort(400)
    with service().database.write() as session:
        staff = _myself(locked(session, access.staff().id))
        proven = prove(session, _vault(), staff, request.form.get("ma", ""), now())
        if proven and wanted == "ma-moi":
            codes = renew_codes(session, staff, now())
        elif proven:
            take_away(session, staff, staff.username, now())
    if not proven:
        return _page(wrong=_("The code is wrong, or there were too many tries: then wait a minute."), status=422)
    if codes:
        return render_template("recovery_codes.html", codes=codes, first=False, onwards=url_for("second_factor.show"))
    login_user(User(staff))
    flash(_("From now on the password alone lets you in."), "success")
    return redirect(access.first_page())


def _page(  # without a secret a new one is made  # nosec B107
    secret: str = "", wrong: str = "", *, wrong_password: bool = False, status: int = 200
) -> ResponseReturnValue:
    me = access.staff()
    if me.second_factor is not None:
        with service().database.read() as session:
            left = codes_left(session, me.id)
        return render_template("second_factor.html", set_up=True, left=left, wrong=wrong), status
    _need_offer()
    secret = secret or new_secret()
    page = render_template(
        "second_factor.html", set_up=False, wrong=wrong, wrong_password=wrong_password, required=access.lacks_factor(),
        sealed=_vault().seal(me.id, secret).hex(),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=qr_picture(address_for_phone(secret, me.username)),
    )  # fmt: skip
    return page, status


def _offered() -> str:
    """The secret whose picture was on the page, so that a mistyped code needs no second scan.

    The form brings it back, sealed for this person; for what does not open there is a new one.
    """
    try:
        sealed = bytes.fromhex(request.form.get("hinh", "")[:MOST_SEALED])
    except ValueError:
        sealed = b""
    return _vault().open(access.staff().id, sealed) or new_secret()


def _need_offer() -> None:
    if service().settings.second_factor == "off":
        abort(404)


def _vault() -> Vault:
    return Vault.of(service().seal)


def _myself(staff: Staff | None) -> Staff:
    """The reader's own row; nobody's, where the log-in was ended while this request was on its way."""
    return staff if staff is not None and User(staff).get_id() == current_user.get_id() else abort(403)
