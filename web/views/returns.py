"""What came back to the ward: fetched at the counter, or sent once more when two people agree; and taking that back."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.dispatch.returns import Fetched, agree, ask_to_send_again, hand_out, take_wish_back, undo_hand_out
from delivery.errors import DeliveryError
from delivery.i18n import gettext as _
from delivery.models import Item
from delivery.moments import now
from delivery.rules.doorstep import Paper, Receiver
from web import access
from web.people import note
from web.views import service

pages = Blueprint("returns", __name__)
ONE = "/phong-bi/<int(max=2147483647):item_id>"
Deed = Callable[[Session, Item, str], None]


@pages.post(f"{ONE}/tra-quay")
def fetch(item_id: int) -> ResponseReturnValue:
    """Somebody has come and fetched it."""
    try:
        fetched = Fetched(
            Receiver(request.form.get("nguoi_nhan", "")), tuple(Paper(name) for name in request.form.getlist("giay"))
        )
    except ValueError:
        flash(_("Say who fetched it, and which paper was shown"), "warning")
        return _back(item_id)
    return _answer(
        item_id, "handed out", _("Fetched at the counter: it is written down."),
        lambda session, item, by: hand_out(session, item, fetched, by=by, at=now()),
    )  # fmt: skip


@pages.post(f"{ONE}/tra-quay/hoan-tac")
def undo_fetch(item_id: int) -> ResponseReturnValue:
    """It was another envelope."""
    return _answer(
        item_id, "took back", _("Taken back: the envelope lies here as before."),
        lambda session, item, _by: undo_hand_out(session, item, now()),
    )  # fmt: skip


@pages.post(f"{ONE}/gui-lai")
def wish(item_id: int) -> ResponseReturnValue:
    """Ask that it is sent once more."""
    reason = request.form.get("ly_do", "")
    return _answer(
        item_id, "asked for a second sending", _("Somebody else must agree; then it goes with the next batch."),
        lambda session, item, by: _asked(session, item, by, reason),
    )  # fmt: skip


@pages.post(f"{ONE}/gui-lai/dong-y")
def consent(item_id: int) -> ResponseReturnValue:
    """Agree that it is sent once more."""
    return _answer(
        item_id, "agreed to a second sending", _("Agreed: it goes with the next batch that is gathered."),
        lambda session, item, by: agree(session, item, by=by, at=now()),
    )  # fmt: skip


@pages.post(f"{ONE}/gui-lai/rut")
def withdraw(item_id: int) -> ResponseReturnValue:
    """It stays here after all."""
    return _answer(
        item_id, "withdrew a second sending", _("It is not sent again."),
        lambda session, item, by: take_wish_back(session, item, by=by, at=now()),
    )  # fmt: skip


def _asked(session: Session, item: Item, by: str, reason: str) -> None:
    ask_to_send_again(session, item, by=by, reason=reason, at=now())


def _answer(item_id: int, action: str, said: str, do: Deed) -> ResponseReturnValue:
    """Do it, write down who did, and show the envelope with what has come of it."""
    by = access.staff().username
    try:
        with service().database.write() as session:
            item = session.get(Item, item_id) or abort(404)
            access.need_office(item.office_id)
            do(session, item, by)
            note(session, by, action, f"item:{item_id}", now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(said, "success")
    return _back(item_id)


def _back(item_id: int) -> ResponseReturnValue:
    return redirect(url_for("dispatch.item", item_id=item_id, _anchor="tai-phuong"))
