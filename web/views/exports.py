"""What leaves the house in bulk: who asks for what and why, another person's yes, and the marked file."""

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.errors import DeliveryError, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import Export
from delivery.moments import now
from delivery.privacy.exports import agree, lately, mark, needs_a_yes, refuse, take, watermark
from web import access
from web.dates import day_of
from web.files import as_file
from web.journal import Asked, as_csv, people_of
from web.views import service

pages = Blueprint("exports", __name__, url_prefix="/xuat-du-lieu")
KINDS: dict[str, str] = {"journal": marked("the journal")}


@pages.get("")
def show_all() -> ResponseReturnValue:
    """What was asked for lately, and what waits for a second person."""
    with service().database.read() as session:
        return render_template(
            "exports.html", log=lately(session), kinds=KINDS, me=access.staff().username, alone=_alone(),
            needs_a_yes=needs_a_yes, may_agree=_may_agree,
        )  # fmt: skip


@pages.post("/<int(max=2147483647):number>")
def decide(number: int) -> ResponseReturnValue:
    """Agree to what another asks for, or refuse it."""
    by, yes = access.staff().username, request.form.get("y_kien") == "dong-y"
    try:
        with service().database.write() as session:
            found = session.get(Export, number, with_for_update=True) or abort(404)
            if not _may_agree(found):
                raise NotNow(_("Whoever answers for all offices decides this"))
            (agree if yes else refuse)(session, found, by, now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Written down."), "success")
    return redirect(url_for("exports.show_all"))


@pages.get("/<int(max=2147483647):number>.csv")
def take_out(number: int) -> ResponseReturnValue:
    """The file, marked by whom, when and why."""
    try:
        with service().database.write() as session:
            found = session.get(Export, number, with_for_update=True) or abort(404)
            take(session, found, access.staff().username, now(), alone=_alone())
            content = _content(session, found)
    except DeliveryError as error:
        flash(str(error), "warning")
        return redirect(url_for("exports.show_all"))
    return as_file(content, f"nhat-ky-{number}.csv")


def asked_of(parameters: dict[str, str], people: dict[str, str], until: datetime) -> Asked:
    """What of the journal is asked for, as the page's address says it, and as it was at a moment."""
    return Asked(
        actor=parameters.get("ai", "").lower(),
        action=parameters.get("viec", ""),
        about=parameters.get("ve", ""),
        first=day_of(parameters.get("tu")),
        last=day_of(parameters.get("den")),
        people=None if access.staff().office_id is None else list(people),
        until=until,
    )


def _content(session: Session, export: Export) -> bytes:
    people = people_of(session, access.staff().office_id)
    asked = asked_of(export.parameters, people, export.asked_at)
    return as_csv(session, asked, people, head=watermark(export, access.staff().name), mark=mark(export))


def _may_agree(export: Export) -> bool:
    """Who answers for one office agrees to nothing that another office's people have done."""
    own = access.staff().office_id
    return export.asked_by != access.staff().username and (own is None or own == export.parameters.get("office"))


def _alone() -> int:
    return service().settings.export_alone
