"""Recalling an envelope and correcting whom it goes to, as far as carriers let it be done, and taking that back.

Nothing is asked of the carrier from here: what is wanted is written down, and a worker asks until it has an answer.
"""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.dispatch.amendment_words import OUTCOMES
from delivery.dispatch.recalling import open_amendment, recall, send_again, take_back
from delivery.errors import BadInput, DeliveryError
from delivery.geocoding import geocode
from delivery.i18n import gettext as _
from delivery.intake.correcting import Change, correct_by_hand, put_back
from delivery.models import AmendmentState, Item
from delivery.moments import now
from web import access
from web.people import note
from web.views import service

pages = Blueprint("amendments", __name__)
SHORTEST_REASON = 3
LONGEST_REASON = 200
# Does it in the session, and returns the outcome.
Deed = Callable[[Session, Item], str]


@pages.post("/phong-bi/<int(max=2147483647):item_id>/thu-hoi")
def ask_back(item_id: int) -> ResponseReturnValue:
    """Keep an envelope at the ward, or have the carrier asked to give it up."""
    reason = " ".join(request.form.get("ly_do", "").split())[:LONGEST_REASON]

    def do(session: Session, item: Item) -> str:
        if len(reason) < SHORTEST_REASON:
            raise BadInput(_("Say why it is recalled, for whoever reads it later."))
        begun = recall(session, item, by=access.staff().username, reason=reason, at=now())
        if begun is None:
            return "held"
        return "at_ward" if begun.state is AmendmentState.DONE else "asked"

    return _answer(item_id, "recalled", do)


@pages.post("/phong-bi/<int(max=2147483647):item_id>/cho-di")
def release(item_id: int) -> ResponseReturnValue:
    """Take a recall back: what the carrier has not heard of goes on, what is void travels with the next batch."""

    def do(session: Session, item: Item) -> str:
        under_way = item.live is not None
        send_again(session, item, by=access.staff().username, at=now())
        return "goes_on" if under_way else "released"

    return _answer(item_id, "released", do)


@pages.post("/phong-bi/<int(max=2147483647):item_id>/da-cam-lai")
def in_hand(item_id: int) -> ResponseReturnValue:
    """The carrier has given it up, and the paper lies at the ward again."""

    def do(session: Session, item: Item) -> str:
        take_back(session, item, by=access.staff().username, at=now())
        return "taken_back"

    return _answer(item_id, "took in hand", do)


@pages.post("/phong-bi/<int(max=2147483647):item_id>/sua")
def correct(item_id: int) -> ResponseReturnValue:
    """Correct to whom it goes, where, and under which number they are reached."""
    form = request.form

    def do(session: Session, item: Item) -> str:
        change = Change.typed(form.get("nguoi_nhan", ""), form.get("dien_thoai", ""), form.get("dia_chi", ""))
        correct_by_hand(session, item.first, change, by=access.staff().username, at=now())
        return _told(session, item)

    return _answer(item_id, "corrected", do, moves=True)


@pages.post("/phong-bi/<int(max=2147483647):item_id>/sua/hoan-tac")
def undo_correction(item_id: int) -> ResponseReturnValue:
    """Undo the last correction; that is told to the carrier as a correction is."""

    def do(session: Session, item: Item) -> str:
        put_back(session, item.first, by=access.staff().username, at=now())
        return _told(session, item)

    return _answer(item_id, "put back", do, moves=True)


def _answer(item_id: int, action: str, do: Deed, *, moves: bool = False) -> ResponseReturnValue:
    """Do it, write down who did, and show the envelope with what has come of it."""
    try:
        with service().database.write() as session:
            item = session.get(Item, item_id) or abort(404)
            access.need_office(item.office_id)
            outcome = do(session, item)
            note(session, access.staff().username, action, f"item:{item_id}", now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        if moves:
            # With no transaction open: a setting may name a service that is asked over the network.
            geocode(service().database, now(), chain=service().geocoders())
        flash(_(OUTCOMES[outcome]), "success")
    return redirect(url_for("dispatch.item", item_id=item_id, _anchor="thay-doi"))


def _told(session: Session, item: Item) -> str:
    live = item.live
    return "told" if live is not None and open_amendment(session, live) is not None else "corrected"
