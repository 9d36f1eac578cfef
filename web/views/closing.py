"""Closing the day: the balance to the last envelope, what is still out, what lies here and why, and the sheet."""

from datetime import date

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.errors import DeliveryError
from delivery.models import Batch
from delivery.moments import local, now
from delivery.tracking.closing import DIFFERENCES, close_offices
from delivery.tracking.following import STATES
from delivery.tracking.leftover import LYINGS, left_at_ward, still_out
from delivery.tracking.reckoning import CLOSING_SHEETS, books_of_day, closing_sheet
from web import access
from web.dates import day_of
from web.files import as_file
from web.offices import choose_office
from web.people import note
from web.views import service

pages = Blueprint("closing", __name__, url_prefix="/ket-so")
SHOWN = 200


@pages.get("")
def show() -> ResponseReturnValue:
    """The balance of a day, office by office, and what it leaves to be done."""
    with service().database.write() as session:
        choice = choose_office(session, request.args.get("van_phong"))
        ids = choice.ids
        day = day_of(request.args.get("ngay")) or _last_day(session, ids)
        names = {office.code: office.ward_name for office in choice.offices}
        balances = [(names[code], balance) for code, balance in close_offices(session, day, ids)]
        note(session, access.staff().username, "saw", f"closing:{day}", now())
        return render_template(
            "closing.html", day=day, offices=choice.offices, office=choice.office, balances=balances, states=STATES,
            balanced=all(balance.balanced for _name, balance in balances), differences=DIFFERENCES, lyings=LYINGS,
            out=still_out(session, day, ids), left=left_at_ward(session, day, ids), shown=SHOWN, sheets=CLOSING_SHEETS,
        )  # fmt: skip


@pages.get("/<ngay>.<kind>")
def sheet(ngay: str, kind: str) -> ResponseReturnValue:
    """The day's sheet to be signed, or its workbook."""
    day = day_of(ngay)
    if day is None or kind not in CLOSING_SHEETS:
        abort(404)
    with service().database.write() as session:
        choice = choose_office(session, request.args.get("van_phong"))
        try:
            content = closing_sheet(books_of_day(session, day, now(), choice.ids), kind)
        except DeliveryError as error:
            flash(str(error), "warning")
            return redirect(url_for("closing.show", ngay=ngay))
        note(session, access.staff().username, "drew a closing sheet", f"closing:{day}", now())
    return as_file(content, f"ket-so-{day}.{kind}")


def _last_day(session: Session, offices: list[int]) -> date:
    """The last day that is not in the future and had a batch; today if there was none."""
    today = local(now()).date()
    wanted = sa.select(sa.func.max(Batch.day)).where(Batch.office_id.in_(offices), Batch.day <= today)
    return session.scalar(wanted) or today
