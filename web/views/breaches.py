"""The log of leaks: what leaked, how long there is to tell the authority, and what was done."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.errors import BadInput, DeliveryError
from delivery.i18n import gettext as _
from delivery.models import Breach
from delivery.moments import VIETNAM, now
from delivery.privacy import breaches
from delivery.privacy.breaches import LONGEST, Seen, all_breaches, find_breach, notify_by
from web import access
from web.views import service

pages = Blueprint("breaches", __name__, url_prefix="/lo-du-lieu")


@pages.get("")
def show_all() -> ResponseReturnValue:
    """The log, newest first, with the clock of each."""
    return _show({}, 200)


@pages.post("")
def write() -> ResponseReturnValue:
    """Write a leak down."""
    form = request.form
    try:
        seen = Seen(
            _moment(form.get("phat_hien", "")), form.get("viec", ""), form.get("du_lieu", ""),
            _count(form.get("so_nguoi", "")), form.get("bien_phap", ""),
        )  # fmt: skip
        with service().database.write() as session:
            breaches.write_down(session, seen, access.staff().username, now())
    except DeliveryError as error:
        flash(str(error), "warning")
        return _show(form, 400)
    flash(_("Written down. The clock runs."), "success")
    return redirect(url_for("breaches.show_all"))


@pages.post("/<int(max=2147483647):number>")
def note_on(number: int) -> ResponseReturnValue:
    """Write down what has been done about a leak since."""
    form, by = request.form, access.staff().username
    deeds: dict[str, Callable[[Session, Breach], None]] = {
        "bao": lambda session, one: breaches.note_told(session, one, form.get("so_hieu", ""), by, now()),
        "bao-dan": lambda session, one: breaches.note_persons_told(session, one, by, now()),
        "them": lambda session, one: breaches.amend(
            session, one, _count(form.get("so_nguoi", "")), form.get("bien_phap", ""), by, now()
        ),
        "dong": lambda session, one: breaches.close(session, one, by, now()),
    }
    try:
        if (deed := deeds.get(form.get("viec", ""))) is None:
            raise BadInput(_("Choose what was done"))
        with service().database.write() as session:
            deed(session, find_breach(session, number))
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Written down."), "success")
    return redirect(url_for("breaches.show_all"))


def _show(typed: object, code: int) -> ResponseReturnValue:
    with service().database.read() as session:
        log = all_breaches(session)
    page = render_template("breaches.html", log=log, notify_by=notify_by, at=now(), typed=typed, longest=LONGEST)
    return page, code


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(_("Say when it was found: day and time")) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=VIETNAM)


def _count(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text.strip()) > 9:
        raise BadInput(_("How many persons: a whole number, or nothing while it is not known"))
    return int(text)
