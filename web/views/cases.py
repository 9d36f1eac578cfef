"""Cases: what a person must decide, and the pin on the map that settles an address."""

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.cases import TITLES, find_open
from delivery.citizens.words import WORDS, said_of
from delivery.errors import BadInput, NotNow
from delivery.geocoders.deciding import keep_at_counter, settle_address, unsettle_address
from delivery.i18n import gettext as _
from delivery.models import Batch, Case, CaseKind, Consignment, Item, Result
from delivery.moments import now
from delivery.places.fixes import Quality
from delivery.places.text import normal
from delivery.qualities import QUALITIES
from web import access
from web.amendments import changes_of
from web.case_words import fact_rows, part_rows, source_word
from web.next_steps import NEXT_STEPS
from web.people import note
from web.place_page import chosen_spot, map_of, on_other_stretches, view_place
from web.views import service

pages = Blueprint("cases", __name__)
SHORTEST_DECISION = 3
LONGEST_ADDRESS = 300
# What is asked about an envelope that may have to be held back.
ON_THE_WAY = frozenset({
    CaseKind.RECALL, CaseKind.CHANGED_AFTER_DISPATCH, CaseKind.CARRIER_SILENT, CaseKind.REFUSED_BY_CARRIER,
    CaseKind.CONTRADICTION,
})  # fmt: skip


@pages.get("/vu-viec/<int(max=2147483647):case_id>")
def show(case_id: int) -> ResponseReturnValue:
    """One case: what is asked, what is known, and what can be done."""
    with service().database.read() as session:
        case = _case(session, case_id)
        result, item = _subject(session, case)
        if case.kind is CaseKind.ADDRESS and result is not None and case.closed_at is None:
            return redirect(url_for("cases.place", result_id=result.id))
        return render_template(
            "case.html", case=case, title=TITLES.get(case.kind, case.kind), step=NEXT_STEPS.get(case.kind, ""),
            result=result, item=item, rows=list(fact_rows(case)),
            changes=changes_of(session, item) if item is not None and case.kind in ON_THE_WAY else None,
            board=_board_of(session, item) if case.kind is CaseKind.LEFT_OUT else None,
            said=list(said_of(session, item).values()) if item is not None else [], words=WORDS,
        )  # fmt: skip


def _board_of(session: Session, item: Item | None) -> str | None:
    """The batch on whose board the envelope could be given a place."""
    return session.get_one(Batch, item.batch_id).code if item is not None and item.batch_id is not None else None


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
    """Where an address lies: as written, as understood, the places that come into question, the map with a pin."""
    return _show_place(result_id, typed="")


@pages.post("/dia-chi/<int(max=2147483647):result_id>/thu")
def try_address(result_id: int) -> ResponseReturnValue:
    """Where another way of writing the address would lead; nothing is kept. The text is never in the page's address."""
    return _show_place(result_id, typed=" ".join(normal(request.form.get("dia_chi", "")).split())[:LONGEST_ADDRESS])


@pages.post("/dia-chi/<int(max=2147483647):result_id>")
def settle(result_id: int) -> ResponseReturnValue:
    """A person says where an address is; the same page changes it again."""
    here = url_for("cases.place", result_id=result_id)
    try:
        spot = chosen_spot(request.form)
        with service().database.write() as session:
            result = _placeable(session, result_id)
            settle_address(session, result, spot, by=access.staff().username, at=now(), atlas=service().atlas)
            note(session, access.staff().username, "placed", f"result:{result_id}", now())
            following = _next_case(session)
    except BadInput as error:
        flash(str(error), "warning")
        return redirect(here)
    flash(_("The place is noted."), "undo:" + here)
    return redirect(url_for("cases.show", case_id=following) if following else url_for("dispatch.day"))


@pages.post("/dia-chi/<int(max=2147483647):result_id>/hoan-tac")
def unsettle(result_id: int) -> ResponseReturnValue:
    """Take back the last pin: what held before it holds again."""
    with service().database.write() as session:
        result = _result(session, result_id)
        try:
            unsettle_address(session, result, by=access.staff().username, at=now(), atlas=service().atlas)
            note(session, access.staff().username, "took back", f"result:{result_id}", now())
        except NotNow as error:
            flash(str(error), "warning")
        else:
            flash(_("Taken back: what held before holds again."), "success")
    return redirect(url_for("cases.place", result_id=result_id))


def _show_place(result_id: int, *, typed: str) -> ResponseReturnValue:
    with service().database.write() as session:
        result = _result(session, result_id)
        note(session, access.staff().username, "saw", f"result:{result_id}", now())
    # Not in a transaction: another way of writing may be asked outside, where a setting names a service.
    chain = service().geocoders()
    question = chain.ask(result.address, result.given_lat, result.given_lon)
    answers = [*chain.answers(question), *on_other_stretches(question, chain.atlas)]
    trial = chain.ask(typed) if typed else None
    tried = chain.place(trial) if trial is not None else None
    with service().database.read() as session:
        result = _result(session, result_id)
        shown = [tried] if tried is not None and tried.lat is not None else []
        page = view_place(session, result, question, [*shown, *answers], chain.atlas)
        facts = result.place_facts or {}
        return render_template(
            "place.html", page=page, result=result, notes=facts.get("note", []), typed=typed,
            candidates=facts.get("candidates", []), asked=_asked(session, result), trial=trial, tried=tried,
            parts=part_rows(question.address), trial_parts=part_rows(trial.address) if trial else [],
            quality_word=lambda quality: _(QUALITIES[Quality(quality)]), source_word=source_word,
            map=map_of(page.lat, page.lon, page.choices, chain.atlas),
        )  # fmt: skip


def _keep_at_counter(session: Session, case: Case, *, keep: bool) -> None:
    """An address that nobody could settle must not travel just because its case is closed."""
    result, _item = _subject(session, case)
    if case.kind is CaseKind.ADDRESS and result is not None:
        keep_at_counter(result, keep=keep)


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
    if kind == "act":
        sent = session.scalar(sa.select(Consignment).where(Consignment.item_code == case.facts.get("item_code", "")))
        return None, sent.item if sent is not None else None
    if kind != "result":
        return None, None
    code, _colon, copy = name.partition(":")
    if not copy:
        return session.get(Result, int(code)), None
    return session.scalar(sa.select(Result).where(Result.dossier_code == code, Result.copy_no == int(copy))), None
