"""What the ward keeps about somebody's own dossier, and what they ask about it; proved by a one-time code before.

Everything works without a script, and no page of it is larger than 60 kB.
"""

import csv
import io

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.citizens.words import CITIZEN
from delivery.errors import DeliveryError
from delivery.i18n import gettext as _
from delivery.intake.cells import harmless
from delivery.models import RequestKind, Result
from delivery.moments import local, now, short_date
from delivery.privacy.about_me import AboutMe, about_me
from delivery.privacy.asking import BY_CODE, DECISIONS, LONGEST_WORDS, REQUESTS, Asked, all_of, receive, take_back
from delivery.privacy.terms import terms_told
from web.files import as_file
from web.journal import done
from web.people import note
from web.proofs import DOSSIER
from web.views import service

pages = Blueprint("own_data", __name__, url_prefix="/ho-so-cua-toi/du-lieu")


@pages.get("")
def show() -> ResponseReturnValue:
    """What is kept about the dossier, for how long, who looked at it, and what was asked about it."""
    result_id = DOSSIER.held()
    if result_id is None:
        return _again()
    with service().database.write() as session:
        result = session.get(Result, result_id) or abort(404)
        known = _known(session, result)
        note(session, CITIZEN, "saw", f"result:{result.id}", now())
        return render_template(
            "own_data.html", result=result, known=known, asked=all_of(session, result), requests=REQUESTS,
            decisions=DECISIONS, done=done, longest=LONGEST_WORDS,
        )  # fmt: skip


@pages.post("")
def ask() -> ResponseReturnValue:
    """Write down what the person asks about their data."""
    result_id = DOSSIER.held()
    if result_id is None:
        return _again()
    wanted = request.form.get("dieu", "")
    if wanted not in set(RequestKind):
        flash(_("Choose what you ask for"), "warning")
        return redirect(url_for("own_data.show"))
    asked = Asked(RequestKind(wanted), request.form.get("loi", "")[: LONGEST_WORDS + 1], BY_CODE, CITIZEN)
    try:
        with service().database.write() as session:
            made = receive(session, session.get(Result, result_id) or abort(404), asked, now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Written down. The ward answers by {day}.").format(day=short_date(made.answer_by)), "success")
    return redirect(url_for("own_data.show"))


@pages.post("/rut-lai")
def withdraw() -> ResponseReturnValue:
    """Take back what was asked."""
    result_id = DOSSIER.held()
    if result_id is None:
        return _again()
    number = request.form.get("so", 0, type=int)
    try:
        with service().database.write() as session:
            result = session.get(Result, result_id) or abort(404)
            found = next((one for one in all_of(session, result) if one.id == number), None) or abort(404)
            session.refresh(found, with_for_update=True)
            take_back(session, found, CITIZEN, now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Taken back."), "success")
    return redirect(url_for("own_data.show"))


@pages.get("/ban-sao.csv")
def copy() -> ResponseReturnValue:
    """A copy of what is kept, to be taken along."""
    result_id = DOSSIER.held()
    if result_id is None:
        return _again()
    with service().database.write() as session:
        result = session.get(Result, result_id) or abort(404)
        content = _as_csv(_known(session, result))
        note(session, CITIZEN, "took a copy of their data", f"result:{result.id}", now())
    return _kept_apart(as_file(content, "du-lieu-cua-toi.csv"))


def _known(session: Session, result: Result) -> AboutMe:
    return about_me(session, result, terms_told(service().settings.home))


def _as_csv(known: AboutMe) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([_("Which data"), _("What it says"), _("Why"), _("By which law"), _("Kept until")])
    for line in known.lines:
        until = short_date(line.until) if line.until else f"{line.days} {line.counted}"
        writer.writerow(map(harmless, (line.what, "; ".join(line.says), line.why, line.basis, until)))
    writer.writerow([])
    writer.writerow([_("Moment"), _("Who"), _("What")])
    for look in known.looks:
        writer.writerow(map(harmless, (f"{local(look.at):%d/%m/%Y %H:%M}", look.who, done(look.action))))
    return written.getvalue().encode("utf-8-sig")


def _kept_apart(answer: Response) -> Response:
    """Nothing of it may stay behind on a shared machine but the file itself."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _again() -> ResponseReturnValue:
    flash(_("That took too long. Please ask for another code."), "warning")
    return redirect(url_for("dossier.ask"))
