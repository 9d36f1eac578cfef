"""The page of one's own password: changed by who knows the present one; one that was given must be changed first."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_user

from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.moments import now
from web import access
from web.access import User
from web.people import SHORTEST_PASSWORD, change_own_password
from web.views import service

pages = Blueprint("password", __name__, url_prefix="/mat-khau")


@pages.get("")
def ask() -> ResponseReturnValue:
    """The form; whoever came in with a given password sees nothing else before."""
    return _form()


@pages.post("")
def change() -> ResponseReturnValue:
    """Change it: all other log-ins of this person end."""
    wanted = request.form.get("moi", "")
    if wanted != request.form.get("lai", ""):
        return _form(_("The two new passwords are not the same")), 422
    with service().database.write() as session:
        try:
            staff = change_own_password(session, access.staff().id, request.form.get("cu", ""), wanted, now())
        except BadInput as error:
            # A wrong present password has been counted: that much is to be kept.
            refused = str(error)
        else:
            refused = ""
    if refused:
        return _form(refused), 422
    login_user(User(staff))
    flash(_("Your password is changed. Everywhere else you are logged out."), "success")
    return redirect(access.first_page())


def _form(wrong: str = "") -> str:
    return render_template(
        "password.html", wrong=wrong, given=access.staff().password_given, shortest=SHORTEST_PASSWORD
    )  # fmt: skip
