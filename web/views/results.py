"""The inbox: every result of the ward by what is to be done about it, and all that is known of one."""

import re
from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from delivery.cases import TITLES
from delivery.intake.entering import may_be_taken_back
from delivery.intake.trays import COUNTED, TRAYS, Tray, counts_of, line_of, page_of
from delivery.models import Case, Result
from delivery.moments import local, now
from delivery.places import Quality
from delivery.qualities import QUALITIES
from delivery.rules.phones import national
from web import access
from web.offices import offices_seen
from web.people import note
from web.result_words import earlier_of, stands, waits_since
from web.views import service

pages = Blueprint("results", __name__)
LONGEST_SEARCH = 100
LAST_PAGE = 10_000


@pages.get("/ket-qua")
def show_all() -> ResponseReturnValue:
    """One tray of the inbox, page by page."""
    return _show(request.args)


@pages.post("/ket-qua")
def look_for() -> ResponseReturnValue:
    """What holds the words that are looked for, which are people's names: no address and no book ever has them.

    That somebody looked, and how many were found, is written down.
    """
    words = request.form.get("tim", "").strip()[:LONGEST_SEARCH]
    if not words:
        tray = request.form.get("ngan") or request.form.get("ngan_nay")
        return redirect(url_for("results.show_all", ngan=tray, van_phong=request.form.get("van_phong") or None))
    return _show(request.form, words)


def _show(asked: Mapping[str, str], words: str = "") -> ResponseReturnValue:
    tray = _tray(asked.get("ngan") or asked.get("ngan_nay") or "")
    number = _number(asked.get("trang", "1"))
    today = _today()
    with service().database.write() if words else service().database.read() as session:
        offices = offices_seen(session)
        chosen = next((office for office in offices if office.code == asked.get("van_phong")), None)
        ids = [office.id for office in offices if chosen is None or office is chosen]
        page = page_of(session, ids, tray, today=today, words=words, number=number)
        if words:
            note(session, access.staff().username, "looked for", f"results:{tray}", now(), {"found": len(page.lines)})
        return render_template(
            "results.html", tray=tray, trays=TRAYS, counts=counts_of(session, ids, today=today), alarms=COUNTED[2:],
            offices=offices, office=chosen, words=words, number=number, titles=TITLES, today=today,
            page=page, stands=stands, waits_since=waits_since,
        )  # fmt: skip


@pages.get("/ket-qua/<int(max=2147483647):result_id>")
def show(result_id: int) -> ResponseReturnValue:
    """Everything about one result, with what it said before it was corrected; looking at it is written down."""
    today = _today()
    with service().database.write() as session:
        found = session.get(Result, result_id) or abort(404)
        access.need_office(found.office_id)
        note(session, access.staff().username, "saw", f"result:{result_id}", now())
        names = (f"result:{found.id}", f"result:{found.dossier_code}:{found.copy_no}")
        asked = session.scalars(sa.select(Case).where(Case.subject.in_(names)).order_by(Case.opened_at.desc())).all()
        line = line_of(session, found)
        return render_template(
            "result.html", line=line, result=found, asked=asked, titles=TITLES, today=today, stands=stands,
            waits_since=waits_since, earlier=earlier_of(found), phone=national(found.phone),
            quality=QUALITIES[Quality(found.quality)] if found.quality else "",
            may_take_back=access.may_work() and may_be_taken_back(found),
        )  # fmt: skip


def _tray(word: str) -> Tray:
    try:
        return Tray(word)
    except ValueError:
        return Tray.WAITING


def _number(text: str) -> int:
    return min(max(int(text), 1), LAST_PAGE) if re.fullmatch(r"\d{1,9}", text) else 1


def _today() -> date:
    return local(now()).date()
