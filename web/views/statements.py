"""The carrier's monthly statement against our books, for supervisors: on the page, as PDF, as workbook.

Nothing of the file is kept; what differs becomes a case, once, as with the command.
"""

from datetime import date, datetime

import sqlalchemy as sa
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from delivery.errors import BadInput, DeliveryError
from delivery.given_files import given_file, name_given
from delivery.i18n import gettext as _
from delivery.models import Consignment
from delivery.moments import VIETNAM, local, now
from delivery.settings import CARRIERS
from delivery.tracking.settlement import SHEETS, settlement_of, sheet_of
from delivery.tracking.settling import VERDICTS, Account, Verdict, ask_about, settle_statement
from delivery.tracking.statement import Statement, read_statement
from web import access
from web.files import as_file
from web.people import note
from web.views import service

pages = Blueprint("statements", __name__)
SHOWN = 200


@pages.get("/doi-chieu")
def ask() -> ResponseReturnValue:
    """Where to give the file, and of which month it is."""
    return render_template("statement.html", month=f"{local(now()):%Y-%m}", **_carriers())


@pages.post("/doi-chieu")
def compare() -> ResponseReturnValue:
    """Compare the file with the books, and answer in the form that was asked for."""
    try:
        month, statement = _month(), _statement()
    except DeliveryError as error:
        flash(str(error), "warning")
        return redirect(url_for("statements.ask"))
    with service().database.write() as session:
        settled = settle_statement(session, statement, month, _carrier())
        accounts = [account for account in settled if access.may_see_office(account.office_id)]
        opened = ask_about(session, accounts, now())
        note(session, access.staff().username, "compared a statement", f"month:{month:%Y-%m}", now())
    kind = request.form.get("dang", "")
    return _file(accounts, statement, month, kind) if kind in SHEETS else _page(accounts, statement, month, opened)


def _page(accounts: list[Account], statement: Statement, month: date, opened: int) -> ResponseReturnValue:
    counts = [(_(VERDICTS[verdict]), sum(each.verdict is verdict for each in accounts)) for verdict in Verdict]
    differing = [account for account in accounts if account.verdict is not Verdict.AGREED]
    return render_template(
        "statement.html", month=f"{month:%Y-%m}", period=f"{month:%m/%Y}", counts=counts, opened=opened,
        bad=statement.bad[:SHOWN], differing=differing[:SHOWN], more=max(0, len(differing) - SHOWN), verdicts=VERDICTS,
        **_carriers(),
    )  # fmt: skip


def _file(accounts: list[Account], statement: Statement, month: date, kind: str) -> Response:
    settlement = settlement_of(accounts, statement, month, _carrier(), now())
    return as_file(sheet_of(settlement, kind), f"doi-chieu-{month:%Y-%m}.{kind}")


def _carriers() -> dict[str, object]:
    """Whose statement it may be: the carrier of the settings, and every earlier one."""
    with service().database.read() as session:
        known = set(session.scalars(sa.select(Consignment.carrier).distinct()))
    return {"carriers": sorted(known | {service().settings.carrier}), "carrier": _carrier()}


def _carrier() -> str:
    asked = request.form.get("don_vi", "")
    return asked if asked in CARRIERS else service().settings.carrier


def _month() -> date:
    try:
        return datetime.strptime(request.form.get("thang", ""), "%Y-%m").replace(tzinfo=VIETNAM).date()
    except ValueError as error:
        raise BadInput(_("Say which month the carrier bills, such as 2026-11")) from error


def _statement() -> Statement:
    given = request.files.get("bang_ke")
    if given is None or not given.filename:
        raise BadInput(_("Choose the carrier's statement, a CSV or XLSX file"))
    with given_file(name_given(given.filename), given.read()) as file:
        return read_statement(file, service().settings.home)
