"""The inbox: every result of the ward by what is to be done about it, and all that is known of one."""

import re
from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from delivery.cases import TITLES
from delivery.intake.choosing import Way, choose_way, locked
from delivery.intake.entering import may_be_taken_back
from delivery.intake.trays import COUNTED, TRAYS, Tray, counts_of, line_of, page_of
from delivery.models import Case, Result
from delivery.moments import local, now
from delivery.places.fixes import Quality
from delivery.qualities import QUALITIES
from delivery.rules.phones import national
from web import access
from web.narrowing import LONGEST_NAME, as_query, narrow_of, procedures, views_of
from web.offices import choose_office
from web.people import note
from web.result_words import earlier_of, stands, waits_since
from web.views import service

pages = Blueprint("results", __name__)
LONGEST_SEARCH = 100
LAST_PAGE = 10_000
MOST_CHOSEN = 200
CHOSEN = "da_chon"


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
        office = request.form.get("van_phong") or None
        return redirect(url_for("results.show_all", ngan=tray, van_phong=office, **as_query(narrow_of(request.form))))
    return _show(request.form, words)


@pages.post("/ket-qua/chon")
def choose() -> ResponseReturnValue:
    """Have the chosen results handed out at the counter or brought home; the same the other way is one press away."""
    ids = [int(text) for text in request.form.getlist("chon")[:MOST_CHOSEN] if re.fullmatch(r"\d{1,9}", text)]
    way = _way(request.form.get("cach", "")) or abort(400)
    by = access.staff().username
    with service().database.write() as db:
        results = locked(db, ids)
        for result in results:
            access.need_office(result.office_id)
        choice = choose_way(db, results, way, by=by, at=now())
        for result_id in choice.changed:
            note(db, by, f"chose {way}", f"result:{result_id}", now())
    session[CHOSEN] = {"way": way.value, "ids": choice.changed}
    for dossier, reason in choice.refused:
        flash(f"{dossier}: {reason}", "warning")
    tray, office, page = (request.form.get(name) or None for name in ("ngan", "van_phong", "trang"))
    narrow = as_query(narrow_of(request.form))
    return redirect(url_for("results.show_all", ngan=tray, van_phong=office, trang=page, **narrow))


def _show(asked: Mapping[str, str], words: str = "") -> ResponseReturnValue:
    tray = _tray(asked.get("ngan") or asked.get("ngan_nay") or "")
    number = _number(asked.get("trang", "1"))
    today, narrow = _today(), narrow_of(asked)
    with service().database.write() if words else service().database.read() as db:
        choice = choose_office(db, asked.get("van_phong"))
        ids = choice.ids
        page = page_of(db, ids, tray, today=today, words=words, number=number, narrow=narrow)
        if words:
            note(db, access.staff().username, "looked for", f"results:{tray}", now(), {"found": len(page.lines)})
        return render_template(
            "results.html", tray=tray, trays=TRAYS, counts=counts_of(db, ids, today=today), alarms=COUNTED[2:],
            offices=choice.offices, office=choice.office, words=words, number=number, titles=TITLES, today=today,
            page=page, stands=stands, waits_since=waits_since, chosen=_chosen(), ways=Way, narrow=narrow,
            query=as_query(narrow), procedures=procedures(db), views=views_of(db, access.staff().id),
            suggested=asked.get("giu", "")[:LONGEST_NAME],
        )  # fmt: skip


@pages.get("/ket-qua/<int(max=2147483647):result_id>")
def show(result_id: int) -> ResponseReturnValue:
    """Everything about one result, with what it said before it was corrected; looking at it is written down."""
    today = _today()
    with service().database.write() as db:
        found = db.get(Result, result_id) or abort(404)
        access.need_office(found.office_id)
        note(db, access.staff().username, "saw", f"result:{result_id}", now())
        names = (f"result:{found.id}", f"result:{found.dossier_code}:{found.copy_no}")
        asked = db.scalars(sa.select(Case).where(Case.subject.in_(names)).order_by(Case.opened_at.desc())).all()
        line = line_of(db, found)
        return render_template(
            "result.html", line=line, result=found, asked=asked, titles=TITLES, today=today, stands=stands,
            waits_since=waits_since, earlier=earlier_of(found), phone=national(found.phone),
            quality=QUALITIES[Quality(found.quality)] if found.quality else "",
            may_take_back=access.may_work() and may_be_taken_back(found),
        )  # fmt: skip


def _chosen() -> tuple[Way, list[int]] | None:
    """What whoever asks has just chosen, told once."""
    said = session.pop(CHOSEN, None)
    way = _way(said["way"]) if said and said["ids"] else None
    return (way, said["ids"]) if said and way is not None else None


def _way(word: str) -> Way | None:
    return Way(word) if word in set(Way) else None


def _tray(word: str) -> Tray:
    try:
        return Tray(word)
    except ValueError:
        return Tray.WAITING


def _number(text: str) -> int:
    return min(max(int(text), 1), LAST_PAGE) if re.fullmatch(r"\d{1,9}", text) else 1


def _today() -> date:
    return local(now()).date()
