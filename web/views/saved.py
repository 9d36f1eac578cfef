"""The views of the inbox that a person keeps: made from what is on the page, and removed again."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.intake.trays import Tray
from delivery.models import SavedView
from web import access
from web.narrowing import as_query, keep_view, narrow_of
from web.views import service

pages = Blueprint("saved", __name__, url_prefix="/ket-qua/cach-xem")


@pages.post("")
def keep() -> ResponseReturnValue:
    """Keep what is on the page under a name."""
    narrow, office = narrow_of(request.form), request.form.get("van_phong") or None
    word = request.form.get("ngan", "")
    tray = Tray(word) if word in set(Tray) else abort(400)
    try:
        with service().database.write() as session:
            by = access.staff().id
            kept = keep_view(session, by, request.form.get("ten", ""), tray, office=office, procedure=narrow.procedure)
            flash(_("Kept as “{name}”.").format(name=kept.name), "success")
    except BadInput as error:
        flash(str(error), "warning")
    return redirect(url_for("results.show_all", ngan=tray.value, van_phong=office, **as_query(narrow)))


@pages.post("/<int(max=2147483647):view_id>/bo")
def remove(view_id: int) -> ResponseReturnValue:
    """Remove a view of one's own; what it showed stays on the page, to be kept again."""
    with service().database.write() as session:
        view = session.get(SavedView, view_id)
        if view is None or view.staff_id != access.staff().id:
            abort(404)
        back = url_for(
            "results.show_all", ngan=view.tray, van_phong=view.office_code, thu_tuc=view.procedure_code, giu=view.name
        )
        session.delete(view)
    flash(_("Removed. Keep it again below if that was not meant."), "success")
    return redirect(back)
