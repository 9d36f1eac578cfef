"""The list of open cases, for whoever sees to exceptions: whose each is, until when, and what to do next."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.cases import TITLES
from delivery.i18n import gettext as _
from delivery.models import Case
from delivery.moments import now
from web import access
from web.case_list import SHELVES, Reader, Shelf, case_counts, cases_on
from web.next_steps import NEXT_STEPS
from web.offices import choose_office
from web.people import note
from web.views import service

pages = Blueprint("duties", __name__, url_prefix="/vu-viec")
LAST_PAGE = 10_000


@pages.get("")
def show_all() -> ResponseReturnValue:
    """What somebody must decide, the most urgent first: all, what nobody has taken over, one's own, or overdue."""
    shelf, moment = _shelf(request.args.get("ngan", "")), now()
    number = max(1, min(request.args.get("trang", 1, type=int), LAST_PAGE))
    own = access.staff().office_id
    with service().database.read() as session:
        choice = choose_office(session, request.args.get("van_phong"))
        reader = Reader(access.staff().username, choice.ids, sees_all=own is None and choice.office is None)
        return render_template(
            "cases.html", page=cases_on(session, shelf, reader, moment, number=number), shelf=shelf, shelves=SHELVES,
            counts=case_counts(session, reader, moment), titles=TITLES, steps=NEXT_STEPS, moment=moment, number=number,
            offices=choice.offices, office=choice.office, names=choice.names, Shelf=Shelf,
        )  # fmt: skip


@pages.post("/<int(max=2147483647):case_id>/nhan")
def take(case_id: int) -> ResponseReturnValue:
    """Say that one sees to a case; who took it over first keeps it."""
    by = access.staff().username
    with service().database.write() as session:
        case = _open_case(session, case_id)
        if case.owner not in {"", by}:
            flash(_("{name} has taken this over already").format(name=case.owner), "warning")
        else:
            case.owner = by
            note(session, by, "took over", f"case:{case_id}", now())
    return _back(case_id)


@pages.post("/<int(max=2147483647):case_id>/tra")
def give_back(case_id: int) -> ResponseReturnValue:
    """Leave a case to others again; a supervisor takes it from anybody."""
    by = access.staff().username
    with service().database.write() as session:
        case = _open_case(session, case_id)
        if case.owner == by or access.role() in access.SUPERVISORS:
            case.owner = ""
            note(session, by, "gave back", f"case:{case_id}", now())
    return _back(case_id)


def _open_case(session: Session, case_id: int) -> Case:
    case = session.get(Case, case_id, with_for_update=True) or abort(404)
    access.need_office(case.office_id)
    return case


def _shelf(word: str) -> Shelf:
    return Shelf(word) if word in set(Shelf) else Shelf.ALL


def _back(case_id: int) -> ResponseReturnValue:
    """To the page from which it was pressed: the case's own, or the list where it was."""
    if request.form.get("ve") == "vu-viec":
        return redirect(url_for("cases.show", case_id=case_id))
    shelf, office, page = (request.form.get(name) or None for name in ("ngan", "van_phong", "trang"))
    return redirect(url_for("duties.show_all", ngan=shelf, van_phong=office, trang=page))
