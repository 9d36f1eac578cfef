"""Logging in and out."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from delivery.moments import now
from web import access
from web.access import User
from web.people import check_password
from web.views import service
from web.views.public import back_to

pages = Blueprint("session", __name__)


@pages.route("/dang-nhap", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    """Let staff in; a wrong name, a wrong password and a pause all get the same answer."""
    following = request.values.get("tiep", "")
    if current_user.is_authenticated and request.method == "GET":
        return redirect(access.first_page())
    if request.method == "GET":
        return render_template("login.html", following=following, wrong=False)
    username, password = request.form.get("username", ""), request.form.get("password", "")
    with service().database.write() as session:
        staff = check_password(session, username, password, now())
    if staff is None:
        return render_template("login.html", following=following, wrong=True, username=username[:100]), 401
    cookie.clear()
    cookie.permanent = True
    login_user(User(staff))
    return redirect(back_to(following) if following else access.first_page())


@pages.post("/dang-xuat")
def log_out() -> ResponseReturnValue:
    logout_user()
    cookie.clear()
    return redirect(url_for("public.home"))
