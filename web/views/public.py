"""What anybody may open: the front page, tracking by code, the language, and the probes of an operator."""

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from delivery.i18n import LANGUAGES
from delivery.rules.codes import parse_tracking_code, show_tracking_code
from delivery.rules.doorstep import RECEIVERS
from delivery.tracking.following import FACTS, STATES, public_view
from web.addresses import leads_within
from web.views import service

pages = Blueprint("public", __name__)
A_YEAR = 365 * 24 * 3600


@pages.get("/")
def home() -> ResponseReturnValue:
    return render_template("home.html")


@pages.get("/tra-cuu")
def track() -> ResponseReturnValue:
    """The public's page of an envelope; every code that opens nothing gets the same answer."""
    typed = request.args.get("ma", "").strip()[:100]
    if not typed:
        return render_template("tracking.html", typed="", view=None)
    with service().database.read() as session:
        view = public_view(session, typed)
    if view is None:
        return render_template("tracking.html", typed=typed, view=None), 404
    code = show_tracking_code(parse_tracking_code(typed))
    return render_template("tracking.html", typed=code, view=view, states=STATES, facts=FACTS, receivers=RECEIVERS)


@pages.post("/ngon-ngu")
def choose_language() -> ResponseReturnValue:
    """Remember the reader's language and go back to where they were."""
    chosen = request.form.get("ngon_ngu", "")
    answer = redirect(back_to(request.form.get("tiep", "")))
    if chosen in LANGUAGES:
        answer.set_cookie("ngon_ngu", chosen, max_age=A_YEAR, samesite="Lax", httponly=True,
                          secure=current_app.config["SESSION_COOKIE_SECURE"])  # fmt: skip
    return answer


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Whether this process answers."""
    return Response("ok\n", mimetype="text/plain")


@pages.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Whether this process can work: its database answers and has the schema of this version."""
    try:
        ready = service().database.is_at_head()
    except sa.exc.SQLAlchemyError:
        ready = False
    return Response("ok\n" if ready else "the database is not ready\n", 200 if ready else 503, mimetype="text/plain")


def back_to(address: str) -> str:
    """An address within these pages, or the front page for any other: nobody is sent elsewhere from here."""
    return address if leads_within(address) else url_for("public.home")
