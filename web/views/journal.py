"""The audit book, for those who answer for it: who did or saw what, and when."""

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from delivery.errors import DeliveryError
from delivery.i18n import gettext as _
from delivery.moments import now
from delivery.privacy import exports
from web import access
from web.journal import ACTIONS, MOST_IN_A_FILE, about, count_of, done, more, page_of, people_of
from web.people import note
from web.views import service
from web.views.exports import asked_of

pages = Blueprint("journal", __name__)
LONGEST = 100
FIELDS = ("ai", "viec", "ve", "tu", "den")
# The page of a thing, by the first word of its subject, where its name is the page's number or code.
WAYS: dict[str, tuple[str, Callable[[str], dict[str, Any]]]] = {
    "item": ("dispatch.item", lambda name: {"item_id": int(name)}),
    "result": ("results.show", lambda name: {"result_id": int(name)}),
    "data-request": ("data_requests.show", lambda name: {"request_id": int(name)}),
    "case": ("cases.show", lambda name: {"case_id": int(name)}),
    "staff": ("accounts.show", lambda name: {"staff_id": int(name)}),
    "courier": ("couriers.show", lambda name: {"courier_id": int(name)}),
    "office": ("offices.show", lambda name: {"office_id": int(name)}),
    "procedure": ("procedures.show", lambda name: {"code": name}),
}


@pages.get("/nhat-ky")
def show() -> ResponseReturnValue:
    """A page of the book, newest first; reading it is written down as well."""
    before = request.args.get("truoc", None, type=int)
    with service().database.write() as session:
        people = people_of(session, access.staff().office_id)
        asked = asked_of({name: request.args.get(name, "").strip()[:LONGEST] for name in FIELDS}, people, now())
        page = page_of(session, asked, before=before)
        shown = render_template(
            "journal.html", page=page, asked=asked, people=people, actions=_actions(), done=done, about=about,
            more=more, way=_way, fields=_fields(), newest=before is None, most=MOST_IN_A_FILE,
            alone=service().settings.export_alone,
        )  # fmt: skip
        note(session, access.staff().username, "saw", "journal:", now())
    return shown


@pages.post("/nhat-ky/xuat")
def ask_out() -> ResponseReturnValue:
    """Ask for the same as a file: what for, and from some rows on with another person's yes."""
    moment, by = now(), access.staff()
    fields = {name: request.form.get(name, "").strip()[:LONGEST] for name in FIELDS}
    try:
        with service().database.write() as session:
            asked = asked_of(fields, people_of(session, by.office_id), moment)
            made = exports.ask_out(
                session, "journal", {**fields, "office": by.office_id}, rows=count_of(session, asked),
                reason=request.form.get("ly_do", ""), by=by.username, at=moment,
            )  # fmt: skip
    except DeliveryError as error:
        flash(str(error), "warning")
        narrowed: dict[str, Any] = {name: value for name, value in fields.items() if value}
        return redirect(url_for("journal.show", **narrowed))
    if exports.needs_a_yes(made, service().settings.export_alone):
        flash(_("Written down. Another person has to agree first."), "success")
    return redirect(url_for("exports.show_all"))


def _fields() -> dict[str, str]:
    """What is narrowed, as fields of the next page's address."""
    return {name: value for name in FIELDS if (value := request.args.get(name, "").strip())}


def _actions() -> list[tuple[str, str]]:
    """What people may have done, in the order of the reader's alphabet as far as accents go along with it."""
    return sorted(((action, done(action)) for action in ACTIONS), key=lambda pair: pair[1])


def _way(subject: str) -> str:
    """The address of what an entry is about; empty where there is no page, or the reader may not open it."""
    thing, _colon, name = subject.partition(":")
    if thing not in WAYS or not re.fullmatch(r"[0-9.]{1,10}", name):
        return ""
    endpoint, values = WAYS[thing]
    return url_for(endpoint, **values(name)) if access.may_open(endpoint) else ""
