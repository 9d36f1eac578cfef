"""The two doors of the app that a courier takes along: today's rounds out, and what happened at the doors in."""

import structlog
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from delivery.dispatch.rounds import rounds_of_courier
from delivery.i18n import current_language
from delivery.i18n import gettext as _
from delivery.models import Channel
from delivery.moments import local, now
from delivery.rules.doorstep import TAKE_BACK_WITHIN
from delivery.tracking.doorstep import Teller
from delivery.tracking.from_phones import Answer, KeptAct, KeptBack, Phone, Verdict, take_from_phone
from web import access
from web.packing import packed
from web.people import note
from web.phones import MOST_ACTS, Json, lists, name_of, read_kept, read_sent, rounds_for_phone
from web.views import service

pages = Blueprint("phones", __name__)
log = structlog.get_logger()


@pages.get("/rounds/hom-nay.json")
def today() -> ResponseReturnValue:
    """The own rounds of today, whole, for a phone that will be without network; who took them is written down."""
    staff, at = access.staff(), now()
    with service().database.write() as session:
        courier_id = staff.courier_id
        rounds = rounds_of_courier(session, courier_id, local(at).date()) if courier_id is not None else []
        for one in rounds:
            note(session, staff.username, "saw", f"route:{one.route.id}", at)
        teller = Teller(staff.username, Channel.PHONE)
        found = rounds_for_phone(session, rounds, teller, service().atlas.wards, at)
    told = jsonify(
        who=staff.id, name=staff.name, csrf=generate_csrf(), language=current_language(), now=at.timestamp(),
        day=f"{local(at):%d/%m/%Y}", clock=f"{local(at):%H:%M}", take_back_seconds=TAKE_BACK_WITHIN.total_seconds(),
        lists=lists(), rounds=found,
    )  # fmt: skip
    return packed(told.get_data(as_text=True), "application/json")


@pages.post("/rounds/viec.json")
def take() -> ResponseReturnValue:
    """Take over what a phone has kept, act after act, each on its own: one that is bad holds up no other.

    Who has logged in meanwhile is not believed to have been at another's doors: then nothing is taken, and the phone
    keeps it for the one who was.
    """
    sent = read_sent(request.get_data())
    if sent is None:
        return jsonify(error="not a letter of our app"), 400
    if len(sent.acts) > MOST_ACTS:
        return jsonify(error=f"more than {MOST_ACTS} acts"), 413
    if sent.who != access.staff().id:
        return jsonify(error="somebody else has logged in"), 409
    return jsonify(answers=[_answered(act) for act in sent.acts])


def _answered(act: object) -> Json:
    kept = read_kept(act)
    answer = (
        _taken(kept) if kept is not None else Answer(Verdict.REFUSED, _("The ward's server does not understand it"))
    )
    if answer.verdict is Verdict.REFUSED:
        log.warning("an act of a phone was refused", act=str(kept.act_id) if kept is not None else "of unknown shape")
    return {"id": name_of(act), "verdict": answer.verdict.value, "words": answer.words}


def _taken(kept: KeptAct | KeptBack) -> Answer:
    staff, at = access.staff(), now()
    if staff.courier_id is None:
        return Answer(Verdict.REFUSED, _("This envelope is not in a round of yours"))
    phone = Phone(staff.username, staff.courier_id)
    with service().database.write() as session:
        answer = take_from_phone(session, phone, kept, at)
        if answer.verdict in {Verdict.NOTED, Verdict.KEPT}:
            action = "took back" if isinstance(kept, KeptBack) else "said at the door"
            note(session, staff.username, action, f"item:{answer.item_id}", at)
    return answer
