"""The web application: pages for staff and citizens, and the address for the carrier's callbacks."""

import hashlib
from datetime import date, datetime, timedelta
from functools import cache
from hmac import compare_digest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask_login import LoginManager
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import BadRequest, HTTPException

from delivery.errors import NotFound
from delivery.i18n import LANGUAGES, current_language, gettext, ngettext, speak_as_usual, speak_here
from delivery.keys import read_key
from delivery.models import Meta, Staff
from delivery.moments import clock, local, short_date
from delivery.wiring import Service
from web import access, logins
from web.access import User, fingerprint
from web.addresses import within
from web.api import doors, guarding, problems
from web.headers import HEADERS
from web.limits import limit
from web.metrics import WebMetrics
from web.packing import pack_files
from web.room import MOST_BYTES, MOST_PASTED, make_room
from web.sessions import Sessions
from web.views import (
    accounts,
    amendments,
    api_page,
    base_map,
    board,
    breaches,
    calendar,
    callbacks,
    carriers,
    cases,
    closing,
    counter,
    courier_phones,
    couriers,
    data_requests,
    dispatch,
    dossier,
    dossier_sign_in,
    duties,
    entries,
    envelopes,
    exports,
    fees,
    figures,
    handover,
    journal,
    letters,
    machines,
    messages,
    metrics,
    notices,
    offices,
    own,
    own_data,
    packing,
    pairing,
    password,
    phones,
    printers,
    procedures,
    public,
    purposes,
    results,
    returns,
    round_app,
    rounds,
    saved,
    second_factor,
    session,
    setup,
    sign_in,
    statements,
    uploads,
)

VIEWS = (
    public, own, dossier, session, password, second_factor, accounts, results, saved, uploads, entries, dispatch,
    board, packing, handover, amendments, envelopes, returns, duties, cases, letters, messages, notices, rounds, phones,
    round_app, counter, closing, figures, statements, setup, calendar, couriers, offices, procedures, journal, base_map,
    callbacks, metrics, own_data, data_requests, purposes, breaches, exports, fees, carriers, printers, machines,
    api_page, courier_phones, pairing, sign_in, dossier_sign_in, doors,
)  # fmt: skip
LANGUAGE_COOKIE = "ngon_ngu"
# A carrier's machine signs what it brings, and so does a provider's that says who has logged out there. And mail
# programs press the button of a link by themselves: who has the link has all that is needed (RFC 8058).
UNPROTECTED = frozenset({"callbacks.vnpost", "messages.stop", "sign_in.end_log_ins"})


def create_app(service: Service) -> Flask:
    """The application on a service.

    Raises NotNow when the keys have not been made.
    """
    app = Flask(__name__)
    secure = service.settings.web_url.startswith("https://")
    app.config.update(
        SECRET_KEY=read_key(service.settings.keys, "session"),
        # Browsers take a name that begins like this over https only, for this very host: no neighbour can set it.
        SESSION_COOKIE_NAME="__Host-tannha" if secure else "tannha",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=10),
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_PASTED,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=7),
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = Sessions()
    app.extensions["tannha"] = service
    figures_of_requests = WebMetrics(service)
    app.extensions[metrics.EXTENSION] = figures_of_requests
    figures_of_requests.watch_requests(app)
    app.before_request(_make_room)  # before the form is read, as the protection below does
    limit(app, service.settings)
    app.before_request(_can_be_written)
    app.before_request(_sent_from_here)
    protection = CSRFProtect(app)
    for endpoint in UNPROTECTED:
        name, _dot, page = endpoint.partition(".")
        protection.exempt(f"web.views.{name}.{page}")
    # No cookie says anything there: another site's form has nothing to send along.
    protection.exempt(doors.pages)
    _log_ins(app, service)
    for view in VIEWS:
        app.register_blueprint(view.pages)
    app.before_request(_choose_language)
    app.teardown_request(_forget_language)
    app.before_request(logins.guard)
    app.before_request(access.guard)
    app.after_request(_harden)
    app.after_request(_stay_here)
    app.after_request(pack_files)
    _errors(app)
    _template_words(app, service)
    return app


def _log_ins(app: Flask, service: Service) -> None:
    manager = LoginManager(app)
    manager.session_protection = "basic"
    idle = timedelta(hours=service.settings.phone_idle_hours)

    def load(user_id: str) -> User | None:
        number, _colon, known = user_id.partition(":")
        with service.database.read() as db:
            theirs = sa.select(Staff).options(joinedload(Staff.office)).where(Staff.id == int(number), Staff.active)
            staff = db.scalar(theirs.where(logins.stands(idle)))
        if staff is None or not compare_digest(fingerprint(staff), known):
            return None
        return User(staff, on_phone=logins.is_phone(), strong=logins.is_strong())

    manager.user_loader(load)


def _sent_from_here() -> None:
    """Refuse what the browser itself says another site has sent; browsers that say nothing have the token alone."""
    said = request.headers.get("Sec-Fetch-Site", "none")
    if request.method == "POST" and said not in {"same-origin", "none"} and request.endpoint not in UNPROTECTED:
        raise CSRFError


def _make_room() -> None:
    request.max_content_length = make_room(request.environ)


def _can_be_written() -> None:
    """Refuse text that holds the one character that no database can keep; nobody types it."""
    if problems.is_for_machines():
        # They are told which field it was.
        return
    said = [request.path, *request.args.values()]
    if request.endpoint not in UNPROTECTED:
        said += [text for texts in request.form.listvalues() for text in texts]
    if any("\0" in text for text in said):
        raise BadRequest


def _choose_language() -> None:
    if problems.is_for_machines():
        speak_here(guarding.choose_language())
        return
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    speak_here(chosen if chosen in LANGUAGES else LANGUAGES[0])


def _forget_language(_error: BaseException | None) -> None:
    speak_as_usual()


def _stay_here(response: Response) -> Response:
    """Lead nowhere but within: the way from `//page` to `/page` would name whatever host the request names."""
    if urlsplit(response.location or "").netloc:
        response.location = within(response.location or "")
    return response


def _harden(response: Response) -> Response:
    if problems.is_for_machines():
        guarding.mark(response)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static" or response.status_code >= 400:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _errors(app: Flask) -> None:
    def show(error: HTTPException) -> Any:  # noqa: ANN401
        if error.response is not None:
            return error.response
        if problems.is_for_machines():
            return problems.problem_of(error)
        code = error.code or 500
        again = [(name, value) for name, value in error.get_headers() if name == "Retry-After"]
        return render_template("error.html", code=code), code, again

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
        provider_name=access.provider_name,
        language=current_language,
        is_demo=is_demo,
        base_map=base_map.base_map_address,
        round_part=round_app.part_address,
    )
    app.jinja_env.filters.update(person=_person, day=_day, moment=_moment, hour=_hour, clock=clock)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _person(text: str) -> str:
    """What is known of a person; what was erased is said to be, rather than to have never been there."""
    return text or gettext("erased by its term")


def _day(value: date) -> str:
    return short_date(value)


def _moment(value: datetime) -> str:
    return f"{local(value):%d/%m/%Y %H:%M}"


def _hour(value: datetime) -> str:
    return f"{local(value):%H:%M}"
