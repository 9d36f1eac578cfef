"""The audit book, for those who answer for it: who did or saw what, and when."""

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from delivery.moments import local, now
from web import access
from web.dates import day_of
from web.files import as_file
from web.journal import ACTIONS, MOST_IN_A_FILE, Asked, about, as_csv, done, more, page_of, people_of
from web.people import note
from web.views import service

pages = Blueprint("journal", __name__)
LONGEST = 100
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
        asked = _asked(people)
        page = page_of(session, asked, before=before)
        shown = render_template(
            "journal.html", page=page, asked=asked, people=people, actions=_actions(), done=done, about=about,
            more=more, way=_way, fields=_fields(), newest=before is None, most=MOST_IN_A_FILE,
        )  # fmt: skip
        note(session, access.staff().username, "saw", "journal:", now())
    return shown


@pages.get("/nhat-ky.csv")
def sheet() -> ResponseReturnValue:
    """The same as a file."""
    with service().database.write() as session:
        people = people_of(session, access.staff().office_id)
        content = as_csv(session, _asked(people), people)
        note(session, access.staff().username, "drew the journal", "journal:", now())
    return as_file(content, f"nhat-ky-{local(now()):%y%m%d}.csv")


def _asked(people: dict[str, str]) -> Asked:
    text = {name: request.args.get(name, "").strip()[:LONGEST] for name in ("ai", "viec", "ve")}
    return Asked(
        actor=text["ai"].lower(),
        action=text["viec"],
        about=text["ve"],
        first=day_of(request.args.get("tu")),
        last=day_of(request.args.get("den")),
        people=None if access.staff().office_id is None else list(people),
    )


def _fields() -> dict[str, str]:
    """What is narrowed, as fields of the next page's address."""
    return {name: value for name in ("ai", "viec", "ve", "tu", "den") if (value := request.args.get(name, "").strip())}


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
