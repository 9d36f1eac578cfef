"""Notices to the one-stop system, for administrators: where they go, how that goes, and sending them again."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.errors import BadInput, DeliveryError
from delivery.i18n import gettext as _
from delivery.models import NoticeEndpoint
from delivery.moments import VIETNAM, now
from delivery.notices import endpoints
from delivery.notices.endpoints import Wanted, find_endpoint
from delivery.notices.looking import LOG_ROWS, log_of, standing_of, standings
from delivery.rules.notice_sending import ENDPOINT_STATES, FAULTS, SEND_STATES
from delivery.rules.notices import CHOICES, TYPES
from web import access
from web.offices import offices_seen
from web.views import service

pages = Blueprint("notices", __name__, url_prefix="/thong-bao-mot-cua")
ONE = "/<int(max=2147483647):endpoint_id>"
WORDS = {"states": ENDPOINT_STATES, "sends": SEND_STATES, "types": TYPES, "faults": FAULTS}
Change = Callable[[Session, NoticeEndpoint, str, datetime], object]


@pages.get("")
def show_all() -> ResponseReturnValue:
    """Where notices go."""
    with service().database.read() as session:
        return render_template("notices.html", found=standings(session), **WORDS)


@pages.get("/moi")
def ask() -> ResponseReturnValue:
    """An empty form for an endpoint."""
    return _form({}, (), "")


@pages.post("/moi")
def add() -> ResponseReturnValue:
    """Add an endpoint; its secret is on the answer, and nowhere else."""
    typed = {name: request.form.get(name, "").strip()[:1000] for name in ("ten", "dia_chi", "van_phong")}
    types = tuple(request.form.getlist("loai"))
    line = service().notice_line
    try:
        url = line.read(typed["dia_chi"])
        line.check(url)
        with service().database.write() as session:
            wanted = Wanted(typed["ten"], url, typed["van_phong"], types)
            by, at = access.staff().username, now()
            made, secret = endpoints.add_endpoint(session, wanted, seal=service().seal, by=by, at=at)
            endpoint_id = made.id
    except BadInput as error:
        return _form(typed, types, str(error))
    return _show(endpoint_id, secret)


@pages.get(ONE)
def show(endpoint_id: int) -> ResponseReturnValue:
    """One endpoint, its log, and what can be done with it."""
    return _show(endpoint_id)


@pages.post(f"{ONE}/dia-chi")
def move(endpoint_id: int) -> ResponseReturnValue:
    """Let its notices go to another address."""
    line = service().notice_line
    try:
        url = line.read(request.form.get("dia_chi", ""))
        line.check(url)
    except BadInput as error:
        flash(str(error), "warning")
        return redirect(url_for("notices.show", endpoint_id=endpoint_id))
    return _change(
        endpoint_id, lambda session, one, by, at: endpoints.move(session, one, url, by=by, at=at),
        _("{name}: notices go to the new address."),
    )  # fmt: skip


@pages.post(f"{ONE}/khoa")
def rotate(endpoint_id: int) -> ResponseReturnValue:
    """Make a new secret; it is on the answer, and nowhere else."""
    with service().database.write() as session:
        found = find_endpoint(session, endpoint_id, lock=True)
        secret = endpoints.rotate(session, found, seal=service().seal, by=access.staff().username, at=now())
    return _show(endpoint_id, secret)


@pages.post(f"{ONE}/tam-dung")
def pause(endpoint_id: int) -> ResponseReturnValue:
    """Send nothing there for now."""
    said = _("{name}: paused. Notices wait until it is resumed.")
    return _change(endpoint_id, lambda session, one, by, at: endpoints.pause(session, one, by=by, at=at), said)


@pages.post(f"{ONE}/tiep-tuc")
def resume(endpoint_id: int) -> ResponseReturnValue:
    """Send what waits."""
    said = _("{name}: what waited is sent now.")
    return _change(endpoint_id, lambda session, one, by, at: endpoints.resume(session, one, by=by, at=at), said)


@pages.post(f"{ONE}/go")
def remove(endpoint_id: int) -> ResponseReturnValue:
    """Send nothing there any more."""
    said = _("{name} was removed.")
    _change(endpoint_id, lambda session, one, by, at: endpoints.remove(session, one, by=by, at=at), said)
    return redirect(url_for("notices.show_all"))


@pages.post(f"{ONE}/thu")
def ping(endpoint_id: int) -> ResponseReturnValue:
    """Send a test notice."""
    said = _("{name}: a test notice is on its way. Its line in the log says what came of it.")
    return _change(endpoint_id, lambda session, one, by, at: endpoints.ping(session, one, by=by, at=at), said)


@pages.post(f"{ONE}/gui-lai")
def replay(endpoint_id: int) -> ResponseReturnValue:
    """Send one notice again, or all since a moment."""
    name, since = request.form.get("thong_bao", ""), _moment(request.form.get("tu_luc", ""))
    if not name and since is None:
        flash(_("Say since when notices are to be sent again"), "warning")
        return redirect(url_for("notices.show", endpoint_id=endpoint_id))

    def again(session: Session, one: NoticeEndpoint, by: str, at: datetime) -> int:
        if since is not None:
            return endpoints.replay_since(session, one, since, by=by, at=at)
        endpoints.replay_one(session, one, name, by=by, at=at)
        return 1

    return _change(endpoint_id, again, _("{name}: {count} sent again."))


def _change(endpoint_id: int, change: Change, said: str) -> ResponseReturnValue:
    try:
        with service().database.write() as session:
            found = find_endpoint(session, endpoint_id, lock=True)
            came, name = change(session, found, access.staff().username, now()), found.name
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(said.format(name=name, count=came), "success")
    return redirect(url_for("notices.show", endpoint_id=endpoint_id))


def _show(endpoint_id: int, secret: str = "") -> ResponseReturnValue:
    before = request.args.get("truoc", None, type=int)
    with service().database.read() as session:
        here = find_endpoint(session, endpoint_id)
        log = log_of(session, here, before=before, most=LOG_ROWS + 1)
        return render_template(
            "notice_endpoint.html", here=here, one=standing_of(session, here), secret=secret, log=log[:LOG_ROWS],
            further=log[LOG_ROWS - 1].id if len(log) > LOG_ROWS else None, **WORDS,
        )  # fmt: skip


def _form(typed: dict[str, str], chosen: tuple[str, ...], trouble: str) -> ResponseReturnValue:
    with service().database.read() as session:
        page = render_template(
            "notice_new.html", typed=typed, chosen=chosen, trouble=trouble, offices=offices_seen(session),
            choices=CHOICES, types=TYPES,
        )  # fmt: skip
    return page, 422 if trouble else 200


def _moment(typed: str) -> datetime | None:
    """A moment as a browser's field gives it, on the clock here; None for none."""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=VIETNAM)
    except ValueError:
        return None
