"""Who carries for which office: hours, rests and bags; who is away; and those who carry no longer."""

import re
from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from delivery import furniture
from delivery.errors import BadInput
from delivery.furniture import Value, couriers_of, end_absence, history, note_absence
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import Courier
from delivery.moments import local, now
from web import access
from web.dates import days_of
from web.fields import Field, moment, moment_or_none, number, show_moment, some_text
from web.furnishing import Form, Values, form_of, read_form, save
from web.furnishing import put_back as undo
from web.months import span
from web.offices import choose_office
from web.views import service

pages = Blueprint("couriers", __name__, url_prefix="/nguoi-phat")
ONE = "/<int(max=2147483647):courier_id>"
CODE = re.compile(r"[A-Z0-9]{2,12}")
A_TIME = marked("A time such as 08:00")


def _minutes(typed: str) -> int | None:
    return number(1, 600, times=60)(typed) if typed else None


def _show_minutes(value: Value) -> str:
    return str(int(value) // 60) if value is not None else ""


FIELDS = (
    Field("name", marked("Name"), some_text),
    Field("shift_start", marked("Begins at"), moment, A_TIME, show_moment, "time"),
    Field("shift_end", marked("Is back by"), moment, A_TIME, show_moment, "time"),
    Field(
        "break_start", marked("May rest from"), moment_or_none, A_TIME, show_moment, "time", marked("empty: no rest")
    ),
    Field("break_end", marked("May rest until"), moment_or_none, A_TIME, show_moment, "time"),
    Field(
        "break_length", marked("Rests for, minutes"), _minutes, marked("Minutes between 1 and 600"), _show_minutes,
        "number",
    ),
    Field(
        "capacity", marked("Envelopes in the bag at most"), number(1, 2000), marked("A number between 1 and 2000"),
        kind="number",
    ),
)  # fmt: skip
USUAL = {
    "shift_start": "08:00", "shift_end": "17:30", "break_start": "11:30", "break_end": "13:30", "break_length": "45",
    "capacity": "60",
}  # fmt: skip


@pages.get("")
def show_all() -> ResponseReturnValue:
    """The couriers of the offices that may be seen."""
    with service().database.read() as session:
        choice = choose_office(session, request.args.get("van_phong"))
        return render_template(
            "couriers.html", couriers=couriers_of(session, choice.ids), names=choice.names, offices=choice.offices,
            office=choice.office, today=local(now()).date(), span=span,
        )  # fmt: skip


@pages.get("/moi")
def ask() -> ResponseReturnValue:
    """An empty form, with the usual hours."""
    return _ask(Form(FIELDS, USUAL), {})


@pages.post("/moi")
def add() -> ResponseReturnValue:
    """Enter a courier."""
    values, form = read_form(FIELDS, _wrong)
    code, by, at = request.form.get("ma", "").strip().upper(), access.staff().username, now()
    wrong = dict(form.wrong)
    if not CODE.fullmatch(code):
        wrong["ma"] = _("Two to twelve of A–Z and 0–9, such as BD3")
    with service().database.read() as session:
        office = next(
            (one for one in choose_office(session, None).offices if one.code == request.form.get("don_vi")), None
        )
    if office is None:
        wrong["don_vi"] = _("Choose the office")
    if wrong or office is None:
        return _ask(replace(form, wrong=wrong), request.form)
    made = Courier(code=code, office_id=office.id, **values)
    try:
        with service().database.write() as session:
            furniture.add(session, made, by=by, at=at)
    except BadInput as error:
        return _ask(replace(form, wrong={"ma": str(error)}), request.form)
    flash(_("{name} carries for {office} from now on.").format(name=made.name, office=office.ward_name), "success")
    return redirect(url_for("couriers.show", courier_id=made.id))


@pages.get(ONE)
def show(courier_id: int) -> ResponseReturnValue:
    """One courier: what holds, when they are away, what was changed."""
    return _show(courier_id)


@pages.post(ONE)
def change(courier_id: int) -> ResponseReturnValue:
    """Let other hours, another rest or another bag hold, from the next plan on."""
    values, form = read_form(FIELDS, _wrong)
    trouble = "" if form.wrong else save(lambda session: _seen(session, courier_id), values, form)
    if form.wrong or trouble:
        return _show(courier_id, replace(form, trouble=trouble))
    return redirect(url_for("couriers.show", courier_id=courier_id))


@pages.post(f"{ONE}/lui")
def put_back(courier_id: int) -> ResponseReturnValue:
    """Undo a change."""
    undo(lambda session: _seen(session, courier_id))
    return redirect(url_for("couriers.show", courier_id=courier_id))


@pages.post(f"{ONE}/nghi")
def close(courier_id: int) -> ResponseReturnValue:
    """No route for this courier any more; the page that follows has the way back."""
    return _set_active(courier_id, active=False, said=_("{name} gets no routes any more."))


@pages.post(f"{ONE}/lai")
def reopen(courier_id: int) -> ResponseReturnValue:
    """Routes again, from the next plan on."""
    return _set_active(courier_id, active=True, said=_("{name} gets routes again."))


@pages.post(f"{ONE}/vang")
def note_away(courier_id: int) -> ResponseReturnValue:
    """Note that the courier is away, and name the batches whose routes must be given to others."""
    by, at = access.staff().username, now()
    try:
        first, last = days_of(request.form.get("tu_ngay"), request.form.get("den_ngay"))
        with service().database.write() as session:
            courier = _seen(session, courier_id)
            left = note_absence(session, courier, first, last, by=by, at=at, today=local(at).date())
    except BadInput as error:
        flash(str(error), "warning")
    else:
        flash(_("{name} is away: {days}.").format(name=courier.name, days=span(first, last)), "success")
        if left:
            flash(_still_planned(left), "warning")
    return redirect(url_for("couriers.show", courier_id=courier_id))


@pages.post(f"{ONE}/vang/bo")
def end_away(courier_id: int) -> ResponseReturnValue:
    """Take an absence back."""
    number_, by, at = request.form.get("lan", 0, type=int), access.staff().username, now()
    with service().database.write() as session:
        gone = end_absence(session, _seen(session, courier_id), number_, by=by, at=at)
    if gone is not None:
        flash(_("No longer away: {days}.").format(days=span(gone.first, gone.last)), "success")
    return redirect(url_for("couriers.show", courier_id=courier_id))


def _wrong(values: Values) -> Mapping[str, str]:
    """Hours that contradict each other."""
    start, end = _whole(values, "shift_start"), _whole(values, "shift_end")
    rest = [_whole(values, name) for name in ("break_start", "break_end", "break_length")]
    if start is None or end is None or end <= start:
        return {"shift_end": _("Is back after beginning")}
    if rest == [None, None, None]:
        return {}
    begins, ends, length = rest
    if begins is None or ends is None or length is None:
        return {"break_start": _("A rest has all three: from, until, and how long; or none of them")}
    if not start <= begins < ends <= end:
        return {"break_end": _("The rest lies within the working hours")}
    if length > ends - begins:
        return {"break_length": _("The rest is longer than the time in which it may be taken")}
    return {}


def _whole(values: Values, name: str) -> int | None:
    value = values[name]
    return None if value is None else int(value)


def _seen(session: Session, courier_id: int) -> Courier:
    courier = session.get(Courier, courier_id) or abort(404)
    access.need_office(courier.office_id)
    return courier


def _set_active(courier_id: int, *, active: bool, said: str) -> ResponseReturnValue:
    by, at = access.staff().username, now()
    with service().database.write() as session:
        courier = _seen(session, courier_id)
        furniture.change(session, courier, {"active": active}, by=by, at=at)
        today = local(at).date()
        left = [] if active else furniture.batches_with(session, courier, today, today + furniture.LONGEST)
    flash(said.format(name=courier.name), "success")
    if left:
        flash(_still_planned(left), "warning")
    return redirect(url_for("couriers.show", courier_id=courier_id))


def _still_planned(batches: list[str]) -> Markup:
    """The batches in whose routes the courier still is, each with the way to its board."""
    ways = [
        Markup('<a href="{}">{}</a>').format(url_for("board.show", code=code), code)
        if access.may_open("board.show") else escape(code)
        for code in batches
    ]  # fmt: skip
    said = escape(_("Routes of this courier are published already; give them to others: {batches}"))
    return Markup(said.replace("{batches}", Markup(", ").join(ways)))  # noqa: S704  every part is escaped  # nosec B704


def _ask(form: Form, typed: Mapping[str, str]) -> ResponseReturnValue:
    with service().database.read() as session:
        offices = choose_office(session, None).offices
        return render_template("courier_new.html", form=form, typed=typed, offices=offices), form.status


def _show(courier_id: int, form: Form | None = None) -> ResponseReturnValue:
    with service().database.read() as session:
        courier = _seen(session, courier_id)
        shown = form_of(session, courier, FIELDS)
        if form is not None:
            shown = replace(form, sees=shown.sees)
        today = local(now()).date()
        page = render_template(
            "courier.html", courier=courier, form=shown, past=history(session, courier), today=today, span=span,
            fields=(*FIELDS, Field("active", marked("Gets routes"), bool, kind="tick")),
        )  # fmt: skip
    return page, shown.status
