"""The web application: pages for staff and citizens, and the address for the carrier's callbacks."""

import hashlib
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask_login import LoginManager
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import HTTPException

from delivery.errors import NotFound
from delivery.i18n import LANGUAGES, current_language, gettext, ngettext, speak_as_usual, speak_here
from delivery.keys import read_key
from delivery.models import Meta, Staff
from delivery.moments import clock, local, short_date
from delivery.wiring import Service
from web import access
from web.access import User, fingerprint
from web.api import doors, guarding, problems
from web.packing import pack_files
from web.room import MOST_BYTES, MOST_PASTED, make_room
from web.views import (
    accounts,
    amendments,
    api_page,
    base_map,
    board,
    calendar,
    callbacks,
    cases,
    closing,
    counter,
    couriers,
    dispatch,
    dossier,
    duties,
    entries,
    envelopes,
    figures,
    handover,
    journal,
    letters,
    machines,
    messages,
    offices,
    own,
    password,
    phones,
    procedures,
    public,
    results,
    returns,
    round_app,
    rounds,
    saved,
    second_factor,
    session,
    setup,
    statements,
    uploads,
)

VIEWS = (
    public, own, dossier, session, password, second_factor, accounts, results, saved, uploads, entries, dispatch,
    board, handover, amendments, envelopes, returns, duties, cases, letters, messages, rounds, phones, round_app,
    counter, closing, figures, statements, setup, calendar, couriers, offices, procedures, journal, base_map, callbacks,
    machines, api_page, doors,
)  # fmt: skip
LANGUAGE_COOKIE = "ngon_ngu"
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(service: Service) -> Flask:
    """The application on a service.

    Raises NotNow when the keys have not been made.
    """
    app = Flask(__name__)
    secure = service.settings.web_url.startswith("https://")
    app.config.update(
        SECRET_KEY=read_key(service.settings.keys, "session"),
        SESSION_COOKIE_NAME="tannha",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=10),
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_PASTED,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=7),
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["tannha"] = service
    app.before_request(_make_room)  # before the form is read, as the protection below does
    protection = CSRFProtect(app)
    protection.exempt(callbacks.pages)
    # Mail programs press this one by themselves: who has the link has all that is needed (RFC 8058).
    protection.exempt(messages.stop)
    # No cookie says anything there: another site's form has nothing to send along.
    protection.exempt(doors.pages)
    _log_ins(app, service)
    for view in VIEWS:
        app.register_blueprint(view.pages)
    app.before_request(_choose_language)
    app.teardown_request(_forget_language)
    app.before_request(access.guard)
    app.after_request(_harden)
    app.after_request(pack_files)
    _errors(app)
    _template_words(app, service)
    return app


def _log_ins(app: Flask, service: Service) -> None:
    manager = LoginManager(app)
    manager.session_protection = "basic"

    def load(user_id: str) -> User | None:
        number, _colon, known = user_id.partition(":")
        with service.database.read() as db:
            wanted = sa.select(Staff).options(joinedload(Staff.office)).where(Staff.id == int(number), Staff.active)
            staff = db.scalar(wanted)
        return User(staff) if staff is not None and fingerprint(staff) == known else None

    manager.user_loader(load)


def _make_room() -> None:
    request.max_content_length = make_room(request.environ)


def _choose_language() -> None:
    if problems.is_for_machines():
        speak_here(guarding.choose_language())
        return
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    speak_here(chosen if chosen in LANGUAGES else LANGUAGES[0])


def _forget_language(_error: BaseException | None) -> None:
    speak_as_usual()


def _harden(response: Response) -> Response:
    if problems.is_for_machines():
        guarding.mark(response)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _errors(app: Flask) -> None:
    def show(error: HTTPException) -> Any:  # noqa: ANN401
        if error.response is not None:
            return error.response
        if problems.is_for_machines():
            return problems.problem_of(error)
        code = error.code or 500
        return render_template("error.html", code=code), code

    def forged(_error: CSRFError) -> Any:  # noqa: ANN401
        return render_template("error.html", code=400, stale=True), 400

    def database_away(error: sa.exc.OperationalError) -> Any:  # noqa: ANN401
        if problems.is_for_machines():
            return problems.problem_of(error)
        g.database_away = True
        return render_template("error.html", code=503), 503

    def not_there(_error: NotFound) -> Any:  # noqa: ANN401
        return render_template("error.html", code=404), 404

    app.register_error_handler(NotFound, not_there)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(sa.exc.OperationalError, database_away)


def _template_words(app: Flask, service: Service) -> None:
    @cache
    def static_version(name: str) -> str:
        file = Path(app.static_folder or "") / name
        return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "0"

    def asset(name: str) -> str:
        return url_for("static", filename=name, v=static_version(name))

    def is_demo() -> bool:
        if g.get("database_away"):
            return False
        with service.database.read() as db:
            return db.get(Meta, "demo") is not None

    app.jinja_env.globals.update(
        _=gettext,
        ngettext=ngettext,
        asset=asset,
        may_work=access.may_work,
        may_reckon=access.may_reckon,
        is_courier=access.is_courier,
        may_open=access.may_open,
        shows_second_factor=access.shows_factor,
        language=current_language,
        is_demo=is_demo,
        base_map=base_map.base_map_address,
        round_part=round_app.part_address,
    )
    app.jinja_env.filters.update(day=_day, moment=_moment, hour=_hour, clock=clock)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _day(value: date) -> str:
    return short_date(value)


def _moment(value: datetime) -> str:
    return f"{local(value):%d/%m/%Y %H:%M}"


def _hour(value: datetime) -> str:
    return f"{local(value):%H:%M}"
