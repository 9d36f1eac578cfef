"""The printers that offices print labels on from the browser: their paper, how far they print off, a page to see it."""

import re
from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery import furniture
from delivery.dispatch.printers import FURTHEST_MM
from delivery.dispatch.profiles import PAPERS, calibration_of, is_taken, labels_on, profiles_of, remember
from delivery.errors import BadInput, NotNow
from delivery.furniture import Value, history
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import PrintProfile
from delivery.moments import now
from web import access
from web.batches import batch_seen
from web.fields import Field, some_text, tick
from web.files import as_file
from web.furnishing import Form, Values, form_of, read_form, save, sent_number
from web.furnishing import put_back as undo
from web.offices import choose_office
from web.people import note
from web.views import service

pages = Blueprint("printers", __name__)
ALL, ONE = "/may-in", "/may-in/<int(max=2147483647):printer_id>"
DPI: dict[str, str] = {"203": marked("203 dots per inch"), "300": marked("300 dots per inch")}
OFF = marked("Millimetres between −20 and 20, such as 1.5")


def _paper(typed: str) -> str:
    if typed not in PAPERS:
        raise ValueError(typed)
    return typed


def _dpi(typed: str) -> int:
    if typed not in DPI:
        raise ValueError(typed)
    return int(typed)


def _millimetres(typed: str) -> float:
    """Reads millimetres with a point or a comma, to a tenth; nothing is none."""
    figures = typed.replace("−", "-").replace(",", ".") or "0"
    if not re.fullmatch(r"[-+]?\d{1,2}(\.\d{1,2})?", figures, re.ASCII) or abs(float(figures)) > FURTHEST_MM:
        raise ValueError(typed)
    return round(float(figures), 1) or 0.0


def _show_millimetres(value: Value) -> str:
    return f"{float(value or 0):g}"


FIELDS = (
    Field("name", marked("Name"), some_text, hint=marked("as people call it, such as “Counter 1”")),
    Field("sheet", marked("Paper in it"), _paper, marked("Choose one"), kind="choice", choices=PAPERS),
    Field("dpi", marked("Resolution of a label printer"), _dpi, marked("Choose one"), kind="choice", choices=DPI),
    Field("right_mm", marked("Moved to the right, mm"), _millimetres, OFF, _show_millimetres, "number",
          marked("less than 0: to the left")),
    Field("down_mm", marked("Moved down, mm"), _millimetres, OFF, _show_millimetres, "number",
          marked("less than 0: up")),
    Field("active", marked("Can be chosen for printing"), tick, kind="tick"),
)  # fmt: skip
USUAL = {"name": "", "sheet": "thermal", "dpi": "203", "right_mm": "0", "down_mm": "0", "active": "1"}


@pages.get(ALL)
def show_all() -> ResponseReturnValue:
    """The printers of the offices that may be seen."""
    with service().database.read() as session:
        choice = choose_office(session, request.args.get("van_phong"))
        return render_template(
            "printers.html", printers=profiles_of(session, choice.ids), names=choice.names, offices=choice.offices,
            office=choice.office, papers=PAPERS,
        )  # fmt: skip


@pages.get(f"{ALL}/moi")
def ask() -> ResponseReturnValue:
    """An empty form, for a label printer that prints where it should."""
    return _ask(Form(FIELDS, USUAL), {})


@pages.post(f"{ALL}/moi")
def add() -> ResponseReturnValue:
    """Enter a printer."""
    values, form = read_form(FIELDS, lambda _values: {})
    wrong = dict(form.wrong)
    with service().database.read() as session:
        offices = choose_office(session, request.form.get("don_vi"))
    if (office := offices.office) is None:
        wrong["don_vi"] = _("Choose the office")
    if wrong or office is None:
        return _ask(replace(form, wrong=wrong), request.form)
    made = PrintProfile(office_id=office.id, **values)
    try:
        with service().database.write() as session:
            furniture.add(session, made, by=access.staff().username, at=now())
    except BadInput:
        return _ask(replace(form, wrong={"name": _taken()}), request.form)
    flash(_("{name} can be chosen from now on. Print its calibration page first.").format(name=made.name), "success")
    return redirect(url_for("printers.show", printer_id=made.id))


@pages.get(ONE)
def show(printer_id: int) -> ResponseReturnValue:
    """One printer: what holds, and what was changed."""
    return _show(printer_id)


@pages.post(ONE)
def change(printer_id: int) -> ResponseReturnValue:
    """Let another paper or another offset hold, from the next printing on."""
    values, form = read_form(FIELDS, lambda values: _wrong(printer_id, values))
    trouble = "" if form.wrong else save(lambda session: _seen(session, printer_id), values, form)
    if form.wrong or trouble:
        return _show(printer_id, replace(form, trouble=trouble))
    return redirect(url_for("printers.show", printer_id=printer_id))


@pages.post(f"{ONE}/lui")
def put_back(printer_id: int) -> ResponseReturnValue:
    """Undo a change."""
    undo(lambda session: _seen(session, printer_id))
    return redirect(url_for("printers.show", printer_id=printer_id))


@pages.get(f"{ONE}/can-chinh")
def calibrate(printer_id: int) -> ResponseReturnValue:
    """The calibration page as PDF, to be printed on that printer."""
    with service().database.read() as session:
        content = calibration_of(_seen(session, printer_id))
    return as_file(content, f"can-chinh-{printer_id}.pdf")


@pages.post("/dot/<code>/nhan")
def labels(code: str) -> ResponseReturnValue:
    """The labels of a batch as they were printed last, for the chosen printer, which is remembered."""
    with service().database.write() as session:
        batch = batch_seen(session, code)
        profile = session.get(PrintProfile, sent_number("may"))
        if profile is None or profile.office_id != batch.office_id or not profile.active:
            abort(404)
        remember(session, access.staff().id, profile)
        note(session, access.staff().username, "opened labels", f"batch:{code}", now(), {"printer": profile.name})
    try:
        skip = sent_number("bo")
        content = labels_on(service(), code, profile, skip, only_last=bool(request.form.get("lan_cuoi")))
    except (BadInput, NotNow) as error:
        flash(str(error), "warning")
        return redirect(url_for("dispatch.day", ngay=batch.day.isoformat()))
    return as_file(content, f"{code}-labels.pdf")


def _taken() -> str:
    return _("Another printer of this office has this name")


def _wrong(printer_id: int, values: Values) -> Mapping[str, str]:
    with service().database.read() as session:
        printer = _seen(session, printer_id)
        taken = is_taken(session, printer.office_id, str(values["name"]), but=printer.id)
    return {"name": _taken()} if taken else {}


def _seen(session: Session, printer_id: int) -> PrintProfile:
    printer = session.get(PrintProfile, printer_id) or abort(404)
    access.need_office(printer.office_id)
    return printer


def _ask(form: Form, typed: Mapping[str, str]) -> ResponseReturnValue:
    with service().database.read() as session:
        offices = choose_office(session, None).offices
    return render_template("printer_new.html", form=form, typed=typed, offices=offices), form.status


def _show(printer_id: int, form: Form | None = None) -> ResponseReturnValue:
    with service().database.read() as session:
        printer = _seen(session, printer_id)
        shown = form_of(session, printer, FIELDS)
        if form is not None:
            shown = replace(form, sees=shown.sees)
        page = render_template(
            "printer.html", printer=printer, form=shown, past=history(session, printer), fields=FIELDS
        )
    return page, shown.status
