"""What lies in an envelope: a result is taken out of it, or put in beside the others; each undoes the other."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.dispatch.envelopes import put_in, take_out
from delivery.errors import DeliveryError
from delivery.i18n import gettext as _
from delivery.models import Item, Result
from delivery.moments import local, now
from web import access
from web.people import note
from web.views import service

pages = Blueprint("envelopes", __name__)
ONE = "/phong-bi/<int(max=2147483647):item_id>/<int(max=2147483647):result_id>"
Deed = Callable[[Session, Item, Result], None]


@pages.post(f"{ONE}/lay-ra")
def out(item_id: int, result_id: int) -> ResponseReturnValue:
    """Take a result out: it waits by itself."""
    return _answer(
        item_id, result_id, "took a result out", _("Taken out: it waits for a batch by itself."),
        lambda session, item, result: take_out(session, item, result, now()),
    )  # fmt: skip


@pages.post(f"{ONE}/cho-vao")
def into(item_id: int, result_id: int) -> ResponseReturnValue:
    """Put a result of the same person in as well."""
    at = now()
    return _answer(
        item_id, result_id, "put a result in", _("Put in: it travels in this envelope."),
        lambda session, item, result: put_in(session, item, result, local(at).date(), at),
    )  # fmt: skip


def _answer(item_id: int, result_id: int, action: str, said: str, do: Deed) -> ResponseReturnValue:
    """Do it, write down who did, and show the envelope with what it holds now."""
    by = access.staff().username
    try:
        with service().database.write() as session:
            item = session.get(Item, item_id) or abort(404)
            result = session.get(Result, result_id) or abort(404)
            access.need_office(item.office_id)
            access.need_office(result.office_id)
            do(session, item, result)
            note(session, by, action, f"item:{item_id}", now(), {"result": result_id})
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(said, "success")
    return redirect(url_for("dispatch.item", item_id=item_id, _anchor="ben-trong"))
