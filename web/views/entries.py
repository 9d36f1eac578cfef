"""One result entered by hand, for what no system writes into a file."""

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from delivery.errors import DeliveryError
from delivery.i18n import gettext as _
from delivery.intake.columns import NAMEABLE
from delivery.intake.entering import enter_result, take_back
from delivery.intake.row import BadRow
from delivery.models import Procedure, Result
from delivery.moments import local, now
from delivery.rules.policy import PAYERS
from web import access
from web.field_words import FIELD_WORDS
from web.offices import offices_seen
from web.people import note
from web.views import service

pages = Blueprint("entries", __name__)


@pages.get("/ket-qua/moi")
def ask() -> ResponseReturnValue:
    """An empty form: completed today, to be brought home."""
    return _form({"result_date": f"{local(now()).date():%Y-%m-%d}", "wants_delivery": "x"}, {})


@pages.post("/ket-qua/moi")
def enter() -> ResponseReturnValue:
    """Enter a result, or show the form again with what is wrong at each field."""
    cells = {field: request.form.get(field, "").strip() for field in NAMEABLE}
    own = access.staff().office_id
    with service().database.write() as session:
        try:
            entered = enter_result(session, cells, None if own is None else (own,), now())
        except BadRow as bad:
            reasons = dict(reversed(bad.reasons))
            return _form(cells, {field: reasons[field] for field in FIELD_WORDS if field in reasons}), 422
        if not entered.is_new:
            flash(_("This dossier and copy are known already; nothing was changed."), "warning")
            return redirect(url_for("results.show", result_id=entered.result_id))
        note(session, access.staff().username, "entered", f"result:{entered.result_id}", now())
    flash(_("Entered. It can be taken back below while it lies in no envelope."), "success")
    return redirect(url_for("results.show", result_id=entered.result_id))


@pages.post("/ket-qua/<int(max=2147483647):result_id>/rut")
def undo(result_id: int) -> ResponseReturnValue:
    """Take back an entry that was a mistake."""
    by = access.staff().username
    with service().database.write() as session:
        result = session.get(Result, result_id, with_for_update=True) or abort(404)
        access.need_office(result.office_id)
        dossier = f"{result.dossier_code}:{result.copy_no}"
        try:
            take_back(session, result, by, now())
        except DeliveryError as error:
            flash(str(error), "warning")
            return redirect(url_for("results.show", result_id=result_id))
        note(session, by, "took back an entry", f"result:{result_id}", now(), {"dossier": dossier})
    flash(_("The entry was taken back."), "success")
    return redirect(url_for("results.show_all"))


def _form(values: dict[str, str], wrong: dict[str, str]) -> str:
    with service().database.read() as session:
        procedures = session.scalars(sa.select(Procedure).order_by(Procedure.name_vi)).all()
        return render_template(
            "entry.html", values=values, wrong=wrong, words=FIELD_WORDS, procedures=procedures,
            offices=offices_seen(session), payers=PAYERS,
        )  # fmt: skip
