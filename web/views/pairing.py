"""The phone's side of pairing: it shows the secret of the desk, its courier says "that is me", and it is let in."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from delivery.moments import now
from web import logins
from web.paired_phones import offered_to, pair
from web.views import service

pages = Blueprint("pairing", __name__, url_prefix="/rounds/ghep-may")
# More than any secret or code has.
MOST_SHOWN = 100


@pages.get("")
def page() -> ResponseReturnValue:
    """What the picture of the desk opens: its secret is read by the page itself; a code is typed."""
    return render_template("pairing.html", wrong=False)


@pages.post("")
def look() -> ResponseReturnValue:
    """Ask whether it is the right courier; whatever does not hold gets one and the same answer."""
    shown = _shown()
    with service().database.read() as session:
        staff = offered_to(session, service().blind, shown, now())
        if staff is None:
            return _wrong()
        return render_template("pairing_confirm.html", courier=staff.courier, shown=shown)


@pages.post("/nhan")
def confirm() -> ResponseReturnValue:
    """Let this phone in; nobody else is, by what it showed."""
    name = logins.new_name()
    with service().database.write() as session:
        staff = pair(session, service().blind, _shown(), request.user_agent.string, name, now())
    if staff is None:
        return _wrong()
    logins.begin(staff, paired_as=name)
    return redirect(url_for("round_app.page"))


def _shown() -> str:
    return request.form.get("ma", "")[:MOST_SHOWN]


def _wrong() -> ResponseReturnValue:
    return render_template("pairing.html", wrong=True), 401
