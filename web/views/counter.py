"""The counter at the end of a round: what a route sheet says that came back on paper, and envelopes that came back.

Made for the keyboard and the scan gun: code, Enter, one digit, Enter. The gun's own Enter brings the page back with the
code in place and the cursor where the digit goes.
"""

from datetime import datetime, time

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.dispatch.contents import contents_of_one
from delivery.dispatch.handover import identify
from delivery.dispatch.rounds import planned_moment
from delivery.errors import BadInput, DeliveryError, NotFound
from delivery.i18n import gettext as _
from delivery.models import Channel, Consignment, DoorAct
from delivery.moments import at_local, local, now
from delivery.rules.doorstep import Outcome
from delivery.rules.lifecycle import Fact
from delivery.tracking.doorstep import Said, take_back
from delivery.tracking.following import STATES
from web import access
from web.counter_keys import KEYS, Key, key_of
from web.doors import act_lines, counter_teller, new_id, read_id, take_over, words_of
from web.people import note
from web.views import service

pages = Blueprint("counter", __name__)
SHOWN_LINES = 10
LARGEST_ID = 2**31 - 1


@pages.get("/ket-qua-phat")
def enter() -> ResponseReturnValue:
    """The form, and what the reader has entered last."""
    return _page()


@pages.post("/ket-qua-phat")
def take() -> ResponseReturnValue:
    """Take over one line; without a digit the page comes back with the code, and nothing is changed."""
    code = request.form.get("ma", "").strip()[:100]
    typed = next((digit for digit in reversed(request.form.getlist("kq")) if digit.strip()), "")
    known = ""
    try:
        with service().database.write() as session:
            sent = _sent(session, code)
            known = f"{sent.item_code} · {_(STATES[sent.journey])}"
            if not typed:
                return _page(code, known)
            told = f"{sent.item_code}: {words_of(act := _take(session, sent, typed))}"
            if act.outcome is Outcome.BACK and (seal := contents_of_one(session, sent.item).seal) is not None:
                told += " · " + _("seal {number}: is it whole?").format(number=seal.number)
    except DeliveryError as error:
        flash(str(error), "warning")
        # What is no code of ours is not left in the field: the next scan would be typed behind it.
        return _page(code if known else "", known)
    flash(told, "success")
    return redirect(url_for("counter.enter"))


@pages.post("/ket-qua-phat/hoan-tac")
def undo() -> ResponseReturnValue:
    """Take back a line; a supervisor any, a clerk what they entered themselves within some minutes."""
    back = request.form.get("phong_bi", type=int)
    try:
        with service().database.write() as session:
            act_id = read_id(request.form, "viec")
            act = session.scalar(sa.select(DoorAct).where(DoorAct.act_id == str(act_id)))
            if act is None or not access.may_see_office(act.consignment.item.office_id):
                raise NotFound(_("Nothing of this kind was said of an envelope"))
            item_id = act.consignment.item_id
            take_back(session, act_id, read_id(request.form, "phieu"), counter_teller(), now())
            note(session, access.staff().username, "took back", f"item:{item_id}", now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Taken back. Say now what really happened."), "success")
    if back is not None and 0 < back <= LARGEST_ID:
        return redirect(url_for("dispatch.item", item_id=back))
    return redirect(url_for("counter.enter"))


def _page(code: str = "", known: str = "") -> ResponseReturnValue:
    with service().database.read() as session:
        latest = session.scalars(
            sa.select(DoorAct)
            .where(DoorAct.said_by == access.staff().username, DoorAct.channel == Channel.COUNTER)
            .order_by(DoorAct.id.desc())
            .limit(SHOWN_LINES)
        ).all()
        return render_template(
            "counter.html", code=code, known=known, keys=KEYS, act_id=new_id(),
            lines=act_lines(latest, counter_teller(), now()),
        )  # fmt: skip


def _sent(session: Session, code: str) -> Consignment:
    """The envelope of a code; another office's is answered as one that is not there."""
    sent, _version = identify(session, code, service().seal)
    if sent is None or not access.may_see_office(sent.item.office_id):
        raise NotFound(_("No envelope goes by {code}").format(code=code))
    return sent


def _take(session: Session, sent: Consignment, typed: str) -> DoorAct:
    key = key_of(typed)
    if key is None:
        raise BadInput(_("{key} is none of the keys below").format(key=typed[:20]))
    act_id = read_id(request.form, "phieu")
    said = Said(act_id, key.outcome, _moment(session, sent, key), key.receiver, key.papers, key.reason)
    note(session, access.staff().username, "entered", f"item:{sent.item_id}", now())
    return take_over(session, sent, said, counter_teller())


def _moment(session: Session, sent: Consignment, key: Key) -> datetime:
    """When it happened: as typed; else a visit as it was planned, for sheets have no box for the time."""
    moment = now()
    if key.outcome is Outcome.BACK:
        return moment
    planned = planned_moment(session, sent)
    clock = _clock(request.form.get("gio", ""))
    if clock is not None:
        day = local(planned or moment).date()
        return at_local(day, clock)
    # Whoever scanned the pile first and types the sheet then does not say that it was visited after it was back.
    ends = [event.occurred_at for event in sent.standing_events if event.fact is Fact.RETURNED]
    return min([moment, *ends, *([planned] if planned is not None else [])])


def _clock(text: str) -> time | None:
    if not text.strip():
        return None
    hours, _colon, minutes = text.strip().lower().replace("h", ":").replace("g", ":").replace(".", ":").partition(":")
    try:
        return time(int(hours), int(minutes or 0))
    except ValueError as error:
        raise BadInput(_("{text} is not a time such as 09:30").format(text=text[:20])) from error
