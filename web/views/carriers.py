"""The carriers: which one each office hands to, from which day on, how they are, and trying their lines."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from delivery.carrying import (
    AHEAD,
    CARRIER_NAMES,
    CONDITIONS,
    LONGEST_REASON,
    Wanted,
    carrier_for,
    choices_of,
    find_choice,
    newest,
    offered,
    states_of,
    try_line,
)
from delivery.carrying import choose as choose_carrier
from delivery.carrying import take_back as withdraw
from delivery.errors import BadInput, DeliveryError, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.models import Office
from delivery.moments import local, now, short_date
from web import access
from web.dates import day_of
from web.furnishing import sent_number
from web.offices import choose_office, offices_seen
from web.people import note
from web.views import service

pages = Blueprint("carriers", __name__, url_prefix="/don-vi-phat")


@pages.get("")
def show() -> ResponseReturnValue:
    """What holds for each office, what was chosen, and how each carrier is."""
    return _page({})


@pages.post("")
def choose() -> ResponseReturnValue:
    """Let an office hand to another carrier from a day on."""
    typed = request.form
    by, at = access.staff().username, now()
    reason = " ".join(typed.get("ly_do", "").split())
    try:
        day = day_of(typed.get("tu_ngay"))
        if day is None:
            raise BadInput(_("Choose the day from which on it counts"))
        with service().database.write() as session:
            office = choose_office(session, typed.get("don_vi")).office
            if office is None:
                raise BadInput(_("Choose the office"))
            made = choose_carrier(
                session, service().settings, office, Wanted(typed.get("hang", ""), day, reason),
                sees=typed.get("thay", 0, type=int), by=by, at=at, today=local(at).date(),
            )  # fmt: skip
    except DeliveryError as error:
        return _page(typed, str(error), 422)
    said = _("{office} hands to {carrier} from {day} on.")
    carrier = _(CARRIER_NAMES[made.carrier])
    flash(said.format(office=office.ward_name, carrier=carrier, day=short_date(made.valid_from)), "success")
    return redirect(url_for("carriers.show"))


@pages.post("/rut")
def take_back() -> ResponseReturnValue:
    """Let the carrier hold again that held before a choice."""
    try:
        with service().database.write() as session:
            choice = find_choice(session, sent_number("lan"))
            access.need_office(choice.office_id)
            withdraw(session, choice, by=access.staff().username, at=now())
    except NotFound:
        abort(404)
    except NotNow as error:
        flash(str(error), "warning")
    else:
        flash(_("Taken back: the carrier that was before holds again."), "success")
    return redirect(url_for("carriers.show"))


@pages.post("/thu")
def test() -> ResponseReturnValue:
    """Ask a carrier for something that changes nothing, and say what it answers."""
    name = request.form.get("hang", "")
    try:
        tried = try_line(service(), name)
    except BadInput as error:
        flash(str(error), "warning")
        return redirect(url_for("carriers.show"))
    with service().database.write() as session:
        note(session, access.staff().username, "tried carrier", f"carrier:{name}", now(), {"answers": tried.answers})
    words = _("{carrier} answers: {says}") if tried.answers else _("{carrier} does not answer: {says}")
    flash(words.format(carrier=_(CARRIER_NAMES[name]), says=tried.says), "success" if tried.answers else "warning")
    return redirect(url_for("carriers.show"))


def _page(typed: Mapping[str, str], trouble: str = "", status: int = 200) -> ResponseReturnValue:
    today, settings = local(now()).date(), service().settings
    with service().database.read() as session:
        offices: list[Office] = offices_seen(session)
        holds = [(office, carrier_for(session, settings, office.id, today)) for office in offices]
        page = render_template(
            "carriers.html", holds=holds, choices=choices_of(session, [one.id for one in offices]),
            names={one.id: one.ward_name for one in offices}, states=states_of(session, settings, today),
            words=CARRIER_NAMES, conditions=CONDITIONS, offered=offered(settings), sees=newest(session), typed=typed,
            trouble=trouble, today=today, last=today + AHEAD, longest=LONGEST_REASON,
            may_change=access.may_open("carriers.choose"),
        )  # fmt: skip
    return page, status
