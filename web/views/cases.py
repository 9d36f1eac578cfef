"""Cases: what a person must decide, and the pin on the map that settles an address."""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.cases import TITLES, find_open
from delivery.errors import BadInput
from delivery.geocoding import keep_at_counter, settle_address
from delivery.i18n import gettext as _
from delivery.models import Case, CaseKind, Consignment, Item, Office, Result
from delivery.moments import now
from delivery.places.gazetteer import streets
from delivery.places.wards import ward_outlines
from web import access
from web.case_words import fact_rows
from web.people import note
from web.views import service

pages = Blueprint("cases", __name__)
SHORTEST_DECISION = 3


@pages.get("/vu-viec/<int(max=2147483647):case_id>")
def show(case_id: int) -> ResponseReturnValue:
    """One case: what is asked, what is known, and what can be done."""
    with service().database.read() as session:
        case = _case(session, case_id)
        result, item = _subject(session, case)
        if case.kind is CaseKind.ADDRESS and result is not None and case.closed_at is None:
            return redirect(url_for("cases.place", result_id=result.id))
        return render_template(
            "case.html", case=case, title=TITLES[case.kind], result=result, item=item, rows=list(fact_rows(case))
        )


@pages.post("/vu-viec/<int(max=2147483647):case_id>/dong")
def close(case_id: int) -> ResponseReturnValue:
    """Write down what was decided and close the case; it can be opened again."""
    decision = " ".join(request.form.get("quyet_dinh", "").split())[:500]
    if len(decision) < SHORTEST_DECISION:
        flash(_("Write what was decided, for whoever reads it later."), "warning")
        return redirect(url_for("cases.show", case_id=case_id))
    with service().database.write() as session:
        case = _case(session, case_id)
        if case.closed_at is None:
            case.closed_at, case.closed_by, case.decision = now(), access.staff().username, decision
            _keep_at_counter(session, case, keep=True)
            note(session, access.staff().username, "closed", f"case:{case.id}", now())
    flash(_("The case is closed. It can be opened again below."), "success")
    return redirect(url_for("cases.show", case_id=case_id))


@pages.post("/vu-viec/<int(max=2147483647):case_id>/mo-lai")
def reopen(case_id: int) -> ResponseReturnValue:
    """Undo the closing of a case, unless the same question has been asked again meanwhile."""
    with service().database.write() as session:
        case = _case(session, case_id)
        if case.closed_at is not None and find_open(session, case.kind, case.subject) is None:
            _keep_at_counter(session, case, keep=False)
            case.closed_at, case.closed_by, case.decision = None, "", ""
            note(session, access.staff().username, "reopened", f"case:{case.id}", now())
    return redirect(url_for("cases.show", case_id=case_id))


@pages.get("/dia-chi/<int(max=2147483647):result_id>")
def place(result_id: int) -> ResponseReturnValue:
    """Where an address lies: the map with a pin, and the same as two numbers."""
    with service().database.write() as session:
        result = _result(session, result_id)
        note(session, access.staff().username, "saw", f"result:{result_id}", now())
        office = session.get_one(Office, result.office_id)
        lat, lon = result.lat or office.lat, result.lon or office.lon
        facts = result.place_facts or {}
        return render_template(
            "place.html", result=result, lat=f"{lat:.6f}", lon=f"{lon:.6f}", notes=facts.get("note", []),
            candidates=facts.get("candidates", []), asked=_asked(session, result),
            map=_map(lat, lon),
        )  # fmt: skip


@pages.post("/dia-chi/<int(max=2147483647):result_id>")
def settle(result_id: int) -> ResponseReturnValue:
    """A person says where an address is; the same page changes it again."""
    try:
        lat, lon = (float(request.form.get(name, "").replace(",", ".")) for name in ("vi_do", "kinh_do"))
        with service().database.write() as session:
            result = _placeable(session, result_id)
            settle_address(session, result, lat, lon, by=access.staff().username, at=now())
            note(session, access.staff().username, "placed", f"result:{result_id}", now())
            following = _next_case(session)
    except ValueError:
        flash(_("Latitude and longitude are numbers such as 21.0459 and 105.8738"), "warning")
        return redirect(url_for("cases.place", result_id=result_id))
    except BadInput as error:
        flash(str(error), "warning")
        return redirect(url_for("cases.place", result_id=result_id))
    flash(_("The place is noted."), "undo:" + url_for("cases.place", result_id=result_id))
    return redirect(url_for("cases.show", case_id=following) if following else url_for("dispatch.day"))


def _keep_at_counter(session: Session, case: Case, *, keep: bool) -> None:
    """An address that nobody could settle must not travel just because its case is closed."""
    result, _item = _subject(session, case)
    if case.kind is CaseKind.ADDRESS and result is not None:
        keep_at_counter(result, keep=keep)


def _map(lat: float, lon: float) -> dict[str, Any]:
    """Borders, the streets by name, and the pin: what somebody needs who knows the ward but sees no tiles."""
    named = [stretch for stretches in streets().values() for stretch in stretches]
    return {
        "wards": [{"name": ward.name, "outline": ward.outline} for ward in ward_outlines()],
        "streets": [{"name": stretch.name, "at": [stretch.lat, stretch.lon]} for stretch in named],
        "pin": [lat, lon],
    }


def _case(session: Session, case_id: int) -> Case:
    case = session.get(Case, case_id) or abort(404)
    access.need_office(case.office_id)
    return case


def _result(session: Session, result_id: int) -> Result:
    result = session.get(Result, result_id) or abort(404)
    access.need_office(result.office_id)
    return result


def _placeable(session: Session, result_id: int) -> Result:
    result = _result(session, result_id)
    if result.item_id is not None:
        raise BadInput(_("This result is in a batch already; its place can no longer be changed here"))
    return result


def _asked(session: Session, result: Result) -> Case | None:
    return find_open(session, CaseKind.ADDRESS, f"result:{result.id}")


def _next_case(session: Session) -> int | None:
    """The next address that waits for a decision, so that ten of them are ten clicks and not thirty."""
    wanted = sa.select(Case).where(Case.kind == CaseKind.ADDRESS, Case.closed_at.is_(None)).order_by(Case.due_at)
    return next((case.id for case in session.scalars(wanted) if access.may_see_office(case.office_id)), None)


def _subject(session: Session, case: Case) -> tuple[Result | None, Item | None]:
    """The result or the envelope that a case is about, where it is about one."""
    kind, _colon, name = case.subject.partition(":")
    if kind == "item":
        return None, session.get(Item, int(name))
    if kind == "consignment":
        sent = session.get(Consignment, int(name))
        return None, sent.item if sent is not None else None
    if kind != "result":
        return None, None
    code, _colon, copy = name.partition(":")
    if not copy:
        return session.get(Result, int(code)), None
    return session.scalar(sa.select(Result).where(Result.dossier_code == code, Result.copy_no == int(copy))), None
