"""The procedures: may the result travel, into whose hands, and how soon."""

import re
from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery import furniture
from delivery.errors import BadInput
from delivery.furniture import history
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import Procedure
from delivery.moments import now
from delivery.rules.policy import MUST_SHOW, HandedTo
from web import access
from web.fields import Field, number, some_text, tick
from web.furnishing import Form, Values, form_of, read_form, save
from web.furnishing import put_back as undo
from web.views import service

pages = Blueprint("procedures", __name__, url_prefix="/thu-tuc")
ONE = "/<code>"
CODE = re.compile(r"\d{1,2}\.\d{6}")
HANDS: dict[str, str] = {one.value: MUST_SHOW[one] for one in HandedTo}


def _hands(typed: str) -> str:
    return HandedTo(typed).value


FIELDS = (
    Field("name_vi", marked("Name in Vietnamese"), some_text),
    Field("name_en", marked("Name in English"), some_text),
    Field("handed_to", marked("Into whose hands"), _hands, marked("Choose one"), kind="choice", choices=HANDS),
    Field("signed_at_door", marked("Who takes it at the door signs on the courier's phone"), tick, kind="tick"),
    Field("postable", marked("May be delivered to the home"), tick, kind="tick"),
    Field(
        "working_days", marked("Promised within, working days after the result"), number(0, 60),
        marked("A number between 0 and 60"), kind="number", hint=marked("for what comes in from now on"),
    ),
)  # fmt: skip
# The strictest rule under which something can travel at all.
STRICTEST = {"handed_to": HandedTo.IN_PERSON.value, "postable": "1", "working_days": "2"}


@pages.get("")
def show_all() -> ResponseReturnValue:
    """All procedures with their rules."""
    with service().database.read() as session:
        known = session.scalars(sa.select(Procedure).order_by(Procedure.code)).all()
        return render_template("procedures.html", procedures=known, hands=HANDS)


@pages.get("/moi")
def ask() -> ResponseReturnValue:
    """An empty form, with the strictest rule."""
    return _ask(Form(FIELDS, {"name_vi": "", "name_en": "", **STRICTEST}), "")


@pages.post("/moi")
def add() -> ResponseReturnValue:
    """Enter a procedure."""
    values, form = read_form(FIELDS, _wrong)
    code = request.form.get("ma", "").strip()[:20]
    if not CODE.fullmatch(code):
        return _ask(
            replace(form, wrong={**form.wrong, "ma": _("A code of the national database, such as 1.001193")}), code
        )
    if form.wrong:
        return _ask(form, code)
    try:
        with service().database.write() as session:
            furniture.add(session, Procedure(code=code, **values), by=access.staff().username, at=now())
    except BadInput as error:
        return _ask(replace(form, wrong={"ma": str(error)}), code)
    flash(_("{code} is known from now on.").format(code=code), "success")
    return redirect(url_for("procedures.show", code=code))


@pages.get(ONE)
def show(code: str) -> ResponseReturnValue:
    """One procedure: its rule, and what was changed of it."""
    return _show(code)


@pages.post(ONE)
def change(code: str) -> ResponseReturnValue:
    """Let another rule hold; promises that were given stay."""
    values, form = read_form(FIELDS, _wrong)
    trouble = "" if form.wrong else save(lambda session: _known(session, code), values, form)
    if form.wrong or trouble:
        return _show(code, replace(form, trouble=trouble))
    return redirect(url_for("procedures.show", code=code))


@pages.post(f"{ONE}/lui")
def put_back(code: str) -> ResponseReturnValue:
    """Undo a change."""
    undo(lambda session: _known(session, code))
    return redirect(url_for("procedures.show", code=code))


def _wrong(values: Values) -> Mapping[str, str]:
    if values["postable"] and values["handed_to"] == HandedTo.BOTH_SPOUSES:
        return {"postable": _("What both spouses must sign at the counter cannot be delivered")}
    return {}


def _known(session: Session, code: str) -> Procedure:
    return session.get(Procedure, code) or abort(404)


def _ask(form: Form, code: str) -> ResponseReturnValue:
    return render_template("procedure_new.html", form=form, code=code), form.status


def _show(code: str, form: Form | None = None) -> ResponseReturnValue:
    with service().database.read() as session:
        known = _known(session, code)
        shown = form_of(session, known, FIELDS)
        if form is not None:
            shown = replace(form, sees=shown.sees)
        page = render_template(
            "procedure.html", procedure=known, form=shown, past=history(session, known), fields=FIELDS
        )
    return page, shown.status
