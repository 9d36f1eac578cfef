"""The one-stop counters: what labels, letters and route sheets call them, and where the routes begin."""

from dataclasses import replace

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.furniture import history
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import Office
from web import access
from web.fields import Field, degrees, some_text, text, tick
from web.furnishing import Form, Values, form_of, read_form, save
from web.furnishing import put_back as undo
from web.offices import choose_office
from web.views import service

pages = Blueprint("offices", __name__, url_prefix="/bo-phan")
ONE = "/<int(max=2147483647):office_id>"
# The northernmost and southernmost, westernmost and easternmost land of the country, islands included.
LAT, LON = (6.0, 24.0), (102.0, 118.0)
NO_PLACE = marked("Degrees such as 21.0459; the place must lie in Viet Nam")
POSTAL_CODE = (0, 5, 6)

FIELDS = (
    Field("name", marked("Name"), some_text),
    Field("address", marked("Address"), some_text),
    Field("phone", marked("Telephone"), text, hint=marked("letters and slips name it for questions")),
    Field("postal_code", marked("Postal code"), text),
    Field("lat", marked("Latitude"), degrees(*LAT), NO_PLACE, kind="number", hint=marked("where routes begin and end")),
    Field("lon", marked("Longitude"), degrees(*LON), NO_PLACE, kind="number"),
    Field("packing_required", marked("Hand over only what was packed by scan and sealed"), tick, kind="tick"),
)


@pages.get("")
def show_all() -> ResponseReturnValue:
    """The offices that may be seen."""
    with service().database.read() as session:
        choice = choose_office(session, None)
        return render_template("offices.html", offices=choice.offices)


@pages.get(ONE)
def show(office_id: int) -> ResponseReturnValue:
    """One office: what holds, and what was changed."""
    return _show(office_id)


@pages.post(ONE)
def change(office_id: int) -> ResponseReturnValue:
    """Let another name, address or place hold, from the next printing and the next plan on."""
    values, form = read_form(FIELDS, _wrong)
    trouble = "" if form.wrong else save(lambda session: _seen(session, office_id), values, form)
    if form.wrong or trouble:
        return _show(office_id, replace(form, trouble=trouble))
    return redirect(url_for("offices.show", office_id=office_id))


@pages.post(f"{ONE}/lui")
def put_back(office_id: int) -> ResponseReturnValue:
    """Undo a change."""
    undo(lambda session: _seen(session, office_id))
    return redirect(url_for("offices.show", office_id=office_id))


def _wrong(values: Values) -> dict[str, str]:
    code = str(values["postal_code"])
    if len(code) not in POSTAL_CODE or (code and not (code.isascii() and code.isdigit())):
        return {"postal_code": _("Five or six digits, or nothing")}
    return {}


def _seen(session: Session, office_id: int) -> Office:
    office = session.get(Office, office_id) or abort(404)
    access.need_office(office.id)
    return office


def _show(office_id: int, form: Form | None = None) -> ResponseReturnValue:
    with service().database.read() as session:
        office = _seen(session, office_id)
        shown = form_of(session, office, FIELDS)
        if form is not None:
            shown = replace(form, sees=shown.sees)
        page = render_template("office.html", here=office, form=shown, past=history(session, office), fields=FIELDS)
    return page, shown.status
