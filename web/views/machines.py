"""The machines that may ask here, for administrators: who they are, what they may do, and their end."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from delivery.errors import NotFound
from delivery.i18n import gettext as _
from delivery.machines.clients import SCOPES, all_clients, close_client
from delivery.moments import now
from web import access
from web.people import note
from web.views import service

pages = Blueprint("machines", __name__)


@pages.get("/he-thong-ket-noi")
def show_all() -> ResponseReturnValue:
    """Every machine, with how many keys of it hold; how to make one is a command, whose answer no screen keeps."""
    at = now()
    with service().database.read() as session:
        clients = all_clients(session)
    holding = {one.id: sum(key.ends_at is None or at < key.ends_at for key in one.keys) for one in clients}
    return render_template("machines.html", clients=clients, holding=holding, scopes=SCOPES)


@pages.post("/he-thong-ket-noi/dong")
def close() -> ResponseReturnValue:
    """End all that a machine may do, at once."""
    name = request.form.get("may", "")
    try:
        with service().database.write() as session:
            closed = close_client(session, name, now())
            note(session, access.staff().username, "closed the machine", f"machine:{closed.id}", now())
    except NotFound as error:
        flash(str(error), "warning")
    else:
        flash(_("{name} may no longer ask anything.").format(name=name), "success")
    return redirect(url_for("machines.show_all"))
