"""A courier's pages: the own rounds of today, the stops in their order, and what to say at each door.

Plain forms without a script, for cheap phones with one bar of network. What is inside an envelope is not on them: the
outside of an envelope does not tell it either.
"""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.dispatch.papers import route_stop_for
from delivery.dispatch.rounds import Round, RoundStop, find_stop, rounds_of_courier
from delivery.errors import DeliveryError, NotNow
from delivery.i18n import gettext as _
from delivery.models import Channel, Consignment
from delivery.moments import local, now
from delivery.rules.doorstep import PAPERS, REASONS, RECEIVERS, Paper, Receiver, may_receive
from delivery.rules.phones import masked
from delivery.tracking.doorstep import Teller, policies_of, take_back
from delivery.tracking.following import STATES
from web import access
from web.doors import SEEN_AT_THE_DOOR, act_lines, new_id, read_id, read_said, take_over
from web.people import note
from web.views import service

pages = Blueprint("rounds", __name__)


@pages.get("/rounds")
def today() -> ResponseReturnValue:
    """The rounds of whoever asks; where there is one, that one at once."""
    with service().database.read() as session:
        mine = _mine(session)
        if len(mine) == 1:
            return redirect(url_for("rounds.show", code=mine[0].batch.code))
        return render_template("rounds.html", rounds=mine, today=_today())


@pages.get("/rounds/<code>")
def show(code: str) -> ResponseReturnValue:
    """One round: the next stop large, then all of them; who looked is written down."""
    with service().database.write() as session:
        found = _round(session, code)
        note(session, access.staff().username, "saw", f"route:{found.route.id}", now())
        following, wards = found.following, service().atlas.wards
        told = route_stop_for(session, following.stop, following.sent, wards) if following is not None else None
        return render_template("round.html", round=found, told=told, states=STATES, masked=masked)


@pages.get("/rounds/<code>/tim")
def find(code: str) -> ResponseReturnValue:
    """Where a scanned or typed code leads: the stop of this round that it names."""
    typed = request.args.get("ma", "")[:100]
    with service().database.read() as session:
        found = _round(session, code)
        stop = find_stop(session, found, typed, service().seal)
    if stop is None:
        flash(_("{code} is not in this round. If it is in your bag, bring it back to the counter").format(code=typed),
              "warning")  # fmt: skip
        return redirect(url_for("rounds.show", code=code))
    return redirect(url_for("rounds.door", code=code, number=stop.stop.position))


@pages.get("/rounds/<code>/<int(max=9999):number>")
def door(code: str, number: int) -> ResponseReturnValue:
    """One stop: whom to find, what must be shown, and large buttons for what happened."""
    with service().database.write() as session:
        found, stop = _stop(session, code, number)
        note(session, access.staff().username, "saw", f"item:{stop.stop.item_id}", now())
        allowed = may_receive(policies_of(session, stop.stop.item))
        told = route_stop_for(session, stop.stop, stop.sent, service().atlas.wards)
        return render_template(
            "stop.html", round=found, each=stop, told=told, states=STATES, masked=masked,
            act_id=new_id(), acts=act_lines(stop.sent.acts, _teller(), now()), reasons=REASONS,
            receivers={one: RECEIVERS[one] for one in allowed}, papers={one: PAPERS[one] for one in SEEN_AT_THE_DOOR},
            authorisation=PAPERS[Paper.AUTHORISATION] if Receiver.AUTHORISED in allowed else "",
        )  # fmt: skip


@pages.post("/rounds/<code>/<int(max=9999):number>")
def say(code: str, number: int) -> ResponseReturnValue:
    """Take over what happened at the door; the same form a second time changes nothing."""
    here = url_for("rounds.door", code=code, number=number)
    try:
        with service().database.write() as session:
            stop = _stop(session, code, number)[1]
            take_over(session, _same_envelope(stop), read_said(request.form, now()), _teller())
            note(session, access.staff().username, "said at the door", f"item:{stop.stop.item_id}", now())
    except DeliveryError as error:
        flash(str(error), "warning")
        return redirect(here)
    flash(_("Stop {number} is noted.").format(number=number), "undo:" + here)
    return redirect(url_for("rounds.show", code=code))


@pages.post("/rounds/<code>/<int(max=9999):number>/hoan-tac")
def undo(code: str, number: int) -> ResponseReturnValue:
    """Take back what was said of this stop a moment ago."""
    try:
        with service().database.write() as session:
            stop = _stop(session, code, number)[1]
            act_id = read_id(request.form, "viec")
            if str(act_id) not in {act.act_id for act in stop.sent.acts}:
                abort(404)
            take_back(session, act_id, read_id(request.form, "phieu"), _teller(), now())
            note(session, access.staff().username, "took back", f"item:{stop.stop.item_id}", now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Taken back. Say now what really happened."), "success")
    return redirect(url_for("rounds.door", code=code, number=number))


def _today() -> date:
    return local(now()).date()


def _teller() -> Teller:
    return Teller(access.staff().username, Channel.PHONE)


def _mine(session: Session) -> list[Round]:
    courier_id = access.staff().courier_id
    return rounds_of_courier(session, courier_id, _today()) if courier_id is not None else []


def _round(session: Session, code: str) -> Round:
    """The own round of today; what is another's, or of another day, is answered as what was never there."""
    return next((one for one in _mine(session) if one.batch.code == code), None) or abort(404)


def _stop(session: Session, code: str, number: int) -> tuple[Round, RoundStop]:
    found = _round(session, code)
    return found, found.at(number) or abort(404)


def _same_envelope(stop: RoundStop) -> Consignment:
    """The sending that the form was shown for: routes may be planned anew while a page is open."""
    if request.form.get("buu_gui") != stop.sent.item_code:
        raise NotNow(_("The round was planned anew meanwhile. Look at its list again"))
    return stop.sent
