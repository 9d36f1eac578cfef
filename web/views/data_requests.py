"""What persons ask about their own data: the list with its deadlines, the form at the counter, and the answer."""

from collections.abc import Callable

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session, joinedload

from delivery.errors import BadInput, DeliveryError, NotFound
from delivery.i18n import gettext as _
from delivery.intake.correcting import Change
from delivery.models import DataRequest, Decision, RequestKind, Result
from delivery.moments import local, now, short_date
from delivery.privacy.about_me import about_me
from delivery.privacy.asking import (
    BY_CODE,
    DECISIONS,
    LONGEST_WORDS,
    REQUESTS,
    Answer,
    Asked,
    acknowledge,
    decide,
    next_act,
    receive,
)
from delivery.privacy.terms import terms_told
from delivery.rules.doorstep import PAPERS, PROVES_WHO
from delivery.tracking.following import find_results
from web import access
from web.offices import choose_office
from web.people import note
from web.views import service

pages = Blueprint("data_requests", __name__, url_prefix="/yeu-cau-du-lieu")
SHOWN_ENDED = 100
# By what somebody shows at the counter who they are.
IDENTITIES = {paper.value: PAPERS[paper] for paper in PAPERS if paper in PROVES_WHO and paper.value != "signature"}
ANSWERS = (Decision.GRANTED, Decision.PARTLY, Decision.REFUSED)


@pages.get("")
def show_all() -> ResponseReturnValue:
    """What waits, the most urgent first, with who sees to it and the next act; then what was answered lately."""
    with service().database.read() as session:
        choice = choose_office(session, request.args.get("van_phong"))
        mine = DataRequest.office_id.in_(choice.ids)
        wanted = sa.select(DataRequest).where(mine)
        open_ones = session.scalars(
            wanted.where(DataRequest.decided_at.is_(None)).order_by(DataRequest.answer_by, DataRequest.id)
        ).all()
        ended = session.scalars(
            wanted.where(DataRequest.decided_at.is_not(None)).order_by(DataRequest.decided_at.desc()).limit(SHOWN_ENDED)
        ).all()
        lines = sorted(((one, *next_act(one)) for one in open_ones), key=lambda line: (line[2], line[0].id))
        return render_template(
            "data_requests.html", lines=lines, ended=ended, requests=REQUESTS, decisions=DECISIONS, names=choice.names,
            today=local(now()).date(),
        )  # fmt: skip


@pages.get("/ghi")
def ask() -> ResponseReturnValue:
    """The form for what somebody asks at the counter."""
    return render_template("data_request_new.html", requests=REQUESTS, identities=IDENTITIES, typed=request.args,
                           longest=LONGEST_WORDS)  # fmt: skip


@pages.post("/ghi")
def take() -> ResponseReturnValue:
    """Write down what somebody asks at the counter, after looking at who they are."""
    form, by = request.form, access.staff().username
    try:
        with service().database.write() as session:
            result = _result(session, form.get("ho_so", ""))
            if form.get("dieu") not in set(RequestKind) or form.get("giay_to") not in IDENTITIES:
                raise BadInput(_("Choose what is asked for, and by what the person showed who they are"))
            asked = Asked(RequestKind(form["dieu"]), form.get("loi", ""), form["giay_to"], by)
            made = receive(session, result, asked, now())
    except DeliveryError as error:
        flash(str(error), "warning")
        return render_template("data_request_new.html", requests=REQUESTS, identities=IDENTITIES, typed=form,
                               longest=LONGEST_WORDS), 400  # fmt: skip
    flash(_("Written down. The ward answers by {day}.").format(day=short_date(made.answer_by)), "success")
    return redirect(url_for("data_requests.show", request_id=made.id))


@pages.get("/<int(max=2147483647):request_id>")
def show(request_id: int) -> ResponseReturnValue:
    """What is asked, what is kept about that dossier, and the form of the answer; looking at it is written down."""
    with service().database.write() as session:
        found = _request(session, request_id)
        note(session, access.staff().username, "saw", f"result:{found.result_id}", now())
        act, until = next_act(found)
        return render_template(
            "data_request.html", one=found, act=act, until=until, requests=REQUESTS, decisions=DECISIONS,
            answers=ANSWERS, identity=_identity(found), longest=LONGEST_WORDS,
            known=about_me(session, found.result, terms_told(service().settings.home)),
        )  # fmt: skip


@pages.post("/<int(max=2147483647):request_id>/da-nhan")
def say_received(request_id: int) -> ResponseReturnValue:
    """Note that the person was told that it has come."""
    return _do(request_id, lambda session, found: acknowledge(session, found, access.staff().username, now()))


@pages.post("/<int(max=2147483647):request_id>/tra-loi")
def answer(request_id: int) -> ResponseReturnValue:
    """Answer it, and do what the answer says."""
    form = request.form

    def deed(session: Session, found: DataRequest) -> None:
        decision = form.get("quyet_dinh", "")
        if decision not in set(ANSWERS):
            raise BadInput(_("Choose how it is answered"))
        granted = Decision(decision) is not Decision.REFUSED
        typed = (form.get("nguoi_nhan", ""), form.get("dien_thoai", ""), form.get("dia_chi", ""))
        change = Change.typed(*typed) if found.kind is RequestKind.CORRECT and granted else None
        reason = form.get("ly_do", "")[:LONGEST_WORDS]
        decide(session, found, Answer(Decision(decision), reason, access.staff().username, change), now())

    return _do(request_id, deed)


def _do(request_id: int, deed: Callable[[Session, DataRequest], None]) -> ResponseReturnValue:
    try:
        with service().database.write() as session:
            found = _request(session, request_id, lock=True)
            deed(session, found)
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Written down."), "success")
    return redirect(url_for("data_requests.show", request_id=request_id))


def _request(session: Session, request_id: int, *, lock: bool = False) -> DataRequest:
    wanted = sa.select(DataRequest).where(DataRequest.id == request_id).options(joinedload(DataRequest.result))
    found = session.scalar(wanted.with_for_update(of=DataRequest) if lock else wanted) or abort(404)
    access.need_office(found.office_id)
    return found


def _result(session: Session, dossier: str) -> Result:
    """The first copy of a dossier that whoever asks may see; another office's is not there."""
    for found in find_results(session, dossier):
        if access.may_see_office(found.office_id):
            return found
    raise NotFound(_("There is no dossier {code}").format(code=dossier))


def _identity(found: DataRequest) -> str:
    if found.identity == BY_CODE:
        return _("a one-time code, sent to the telephone or e-mail of the dossier")
    return _(IDENTITIES[found.identity]) if found.identity in IDENTITIES else found.identity
