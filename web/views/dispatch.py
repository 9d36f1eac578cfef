"""The dispatch table: the day, its batches, plans and papers, and each envelope."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.carrying import carrier_for
from delivery.cases import TITLES
from delivery.citizens.words import WORDS, said_of
from delivery.dispatch.batching import batch_due, batches_of, find_batch
from delivery.dispatch.consignments import leaves_on
from delivery.dispatch.contents import contents_of_one
from delivery.dispatch.envelopes import may_be_opened, may_join
from delivery.dispatch.planning import cancel_plan, request_plan
from delivery.dispatch.printing import PAPERS, Asker, papers_of, print_batch, print_label
from delivery.dispatch.profiles import by_office, last_choices, profiles_of
from delivery.dispatch.submission import request_submission
from delivery.errors import DeliveryError, NotFound, NotNow
from delivery.fees import fees_on
from delivery.i18n import gettext as _
from delivery.i18n import ngettext
from delivery.models import Batch, Item, Plan, PlanState, Result
from delivery.moments import VIETNAM, local, now, short_date
from delivery.places.fixes import Quality
from delivery.qualities import QUALITIES
from delivery.rules.codes import show_tracking_code
from delivery.rules.doorstep import PAPERS as SHOWN_AT_COUNTER
from delivery.rules.doorstep import RECEIVERS
from delivery.rules.phones import national
from delivery.rules.policy import must_show
from delivery.tracking.doorstep import policies_of
from delivery.tracking.following import FACTS, STATES, find_items, public_steps, reason_of, teller
from delivery.tracking.nightly import last_night
from delivery.workdays import calendars_of, entries
from web import access
from web.amendments import changes_of
from web.batches import batch_seen, is_seen, plan_seen
from web.dates import day_of
from web.day import map_of, newest_day, printings_of, progress_of, view_day
from web.doors import ActLine, act_lines, counter_teller
from web.files import as_file
from web.many_offices import FEW, view_offices
from web.months import look_at
from web.offices import choose_office, offices_seen
from web.own_team import team_lines
from web.people import note
from web.returned import returned_of
from web.told import told_of
from web.views import service

pages = Blueprint("dispatch", __name__)


@pages.get("/dieu-phoi")
def day() -> ResponseReturnValue:
    """The dispatch page of a day."""
    with service().database.read() as session:
        today = now().astimezone(VIETNAM).date()
        chosen = day_of(request.args.get("ngay")) or newest_day(session, today)
        choice = choose_office(session, request.args.get("van_phong"))
        office = choice.offices[0] if len(choice.offices) == 1 else choice.office
        wanted = sa.select(Plan).where(Plan.day == chosen, Plan.state == PlanState.WAITING).order_by(Plan.id.desc())
        waiting = next((plan.id for plan in session.scalars(wanted) if is_seen(session, plan)), None)
        if office is None and len(choice.offices) > FEW:
            return render_template(
                "many_offices.html", view=view_offices(session, chosen, choice.offices, today), offices=choice.offices,
                plan_id=waiting, percent=progress_of(session, waiting) if waiting else 0,
                at_rest=_at_rest(session, chosen, choice.ids),
            )  # fmt: skip
        view = view_day(session, chosen, choice.offices, office, today)
        return render_template(
            "dispatch.html", view=view, states=STATES, titles=TITLES, papers=PAPERS,
            map=map_of(view.routes, choice.shown, service().atlas.wards),
            team=team_lines(session, view, now()), night=last_night(session),
            printers=by_office(profiles_of(session, choice.ids, only_active=True)),
            printed_on=last_choices(session, access.staff().id),
            plan_id=waiting, percent=progress_of(session, waiting) if waiting else 0,
            at_rest=_at_rest(session, chosen, [office.id] if office is not None else choice.ids),
        )  # fmt: skip


@pages.get("/tim")
def find() -> ResponseReturnValue:
    """Where a scan gun or a person asks for an envelope by any of its codes, or for what is in none yet."""
    typed = request.args.get("ma", "").strip()[:100]
    with service().database.read() as session:
        try:
            found = [item for item in find_items(session, typed) if access.may_see_office(item.office_id)]
        except NotFound:
            found = []
        if found:
            return redirect(url_for("dispatch.item", item_id=found[0].id))
        named = sa.select(Result).where(Result.dossier_code == typed.upper()).order_by(Result.copy_no)
        waiting = [result for result in session.scalars(named) if access.may_see_office(result.office_id)]
        if waiting:
            return redirect(url_for("results.show", result_id=waiting[0].id))
    flash(_("Nothing goes by {code}").format(code=typed), "warning")
    return redirect(url_for("dispatch.day"))


@pages.get("/phong-bi/<int(max=2147483647):item_id>")
def item(item_id: int) -> ResponseReturnValue:
    """Everything about one envelope; looking at it is written down."""
    with service().database.write() as session:
        found = session.get(Item, item_id)
        if found is None:
            abort(404)
        access.need_office(found.office_id)
        note(session, access.staff().username, "saw", f"item:{item_id}", now())
        quality = QUALITIES[Quality(found.first.quality)] if found.first.quality else ""
        return render_template(
            "item.html", item=found, sent=found.consignments[-1] if found.consignments else None, states=STATES,
            facts=FACTS, steps=public_steps(found), teller=teller, reason_of=reason_of, acts=_acts(found),
            phone=national(found.first.phone), must_show=must_show(policies_of(session, found)), quality=quality,
            tracking=show_tracking_code(found.tracking_code), printings=printings_of(found),
            changes=changes_of(session, found), returned=returned_of(session, found), receivers=RECEIVERS,
            shown=SHOWN_AT_COUNTER, is_open=may_be_opened(found), told=told_of(service(), session, found),
            said=list(said_of(session, found).values()), words=WORDS,
            may_join=may_join(session, found, local(now()).date()), contents=contents_of_one(session, found),
            may_print_again=found.live is not None and found.live.handed_over_in is None,
        )  # fmt: skip


@pages.post("/dieu-phoi/gom")
def gather() -> ResponseReturnValue:
    """Gather what is due on the day into batches."""
    chosen = day_of(request.form.get("ngay")) or abort(400)
    with service().database.write() as session:
        try:
            batches = batch_due(session, chosen, now(), {office.id for office in offices_seen(session)})
        except DeliveryError as error:
            flash(str(error), "warning")
        else:
            flash(_("{count} batches are ready.").format(count=len(batches)), "success")
    return _back(chosen)


@pages.post("/dieu-phoi/lap-tuyen")
def plan() -> ResponseReturnValue:
    """Ask a worker for routes: of one batch, or of all that the reader may see."""
    chosen = day_of(request.form.get("ngay")) or abort(400)
    here = service()
    with here.database.write() as session:
        code = request.form.get("dot") or None
        mine = [find_batch(session, code)] if code else batches_of(session, chosen)
        for batch in mine:
            access.need_office(batch.office_id)
        try:
            request_plan(session, code=code, day=chosen, seconds=here.settings.plan_seconds, at=now())
        except DeliveryError as error:
            flash(str(error), "warning")
    return _back(chosen)


@pages.get("/ke-hoach/<int(max=2147483647):plan_id>")
def plan_progress(plan_id: int) -> ResponseReturnValue:
    """A fragment that shows how far a plan is; when it is there, the page is loaded anew."""
    with service().database.read() as session:
        found = plan_seen(session, plan_id)
        if found.state is PlanState.WAITING:
            return render_template("_plan.html", plan_id=plan_id, percent=progress_of(session, plan_id))
        done = Response("", 200)
        done.headers["HX-Refresh"] = "true"
        return done


@pages.post("/ke-hoach/<int(max=2147483647):plan_id>/dung")
def cancel(plan_id: int) -> ResponseReturnValue:
    """Stop the optimiser; the best routes found so far are kept."""
    with service().database.write() as session:
        found = session.get(Plan, plan_id) or abort(404)
        for batch_id in found.batches["ids"]:
            access.need_office(session.get_one(Batch, batch_id).office_id)
        cancel_plan(found)
        flash(_("Stopping; the best routes found so far are kept."), "success")
        if found.batch_id is not None:
            return redirect(url_for("board.show", code=session.get_one(Batch, found.batch_id).code))
        return _back(found.day)


@pages.post("/dot/<code>/in")
def print_papers(code: str) -> ResponseReturnValue:
    """Make the papers of a batch ready."""
    batch_day = _visible(code)
    try:
        asker = Asker(access.staff().username, request.form.get("ly_do", ""))
        print_batch(service(), code, now(), asker=asker, only_new=bool(request.form.get("moi")))
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        with service().database.write() as session:
            note(session, access.staff().username, "printed", f"batch:{code}", now())
        flash(_("The papers of {batch} are ready.").format(batch=code), "success")
    return _back(batch_day)


@pages.post("/dot/<code>/bao")
def submit(code: str) -> ResponseReturnValue:
    """Have the workers tell the carrier of all that is planned; asking again asks only about what is still open."""
    batch_day, here = _visible(code), service()
    try:
        with here.database.write() as session:
            batch = find_batch(session, code)
            leaves = leaves_on(batch, now())
            carrier = carrier_for(session, here.settings, batch.office_id, leaves)
            asked = request_submission(session, batch, carrier, fees_on(session, here.settings.home, leaves))
            note(session, access.staff().username, "submitted", f"batch:{code}", now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        words = ngettext(
            "The carrier is being told of {count} envelope.",
            "The carrier is being told of {count} envelopes.",
            len(asked),
        )
        flash(words.format(count=len(asked)), "success")
    return _back(batch_day)


@pages.get("/dot/<code>/<name>")
def paper(code: str, name: str) -> ResponseReturnValue:
    """One of the papers of a batch as it was printed last."""
    batch_day = _visible(code)
    if name not in PAPERS:
        abort(404)
    with service().database.read() as session:
        if not find_batch(session, code).manifests:
            abort(404)
    try:
        content = papers_of(service(), code, wanted={name}, only_last=bool(request.args.get("lan_cuoi")))[name]
    except NotNow as error:
        flash(str(error), "warning")
        return _back(batch_day)
    return as_file(content, f"{code}-{name}")


@pages.post("/phong-bi/<int(max=2147483647):item_id>/in-lai")
def print_again(item_id: int) -> ResponseReturnValue:
    """One envelope's label once more, for a spoiled one; with the reason."""
    with service().database.read() as session:
        found = session.get(Item, item_id) or abort(404)
        access.need_office(found.office_id)
        if found.live is None or found.batch_id is None:
            abort(404)
        code, batch = found.live.item_code, session.get_one(Batch, found.batch_id).code
    try:
        asker = Asker(access.staff().username, request.form.get("ly_do", ""))
        content = print_label(service(), batch, code, now(), asker=asker)
    except DeliveryError as error:
        flash(str(error), "warning")
        return redirect(url_for("dispatch.item", item_id=item_id))
    with service().database.write() as session:
        note(session, access.staff().username, "printed again", f"item:{item_id}", now())
    return as_file(content, f"label-{code}.pdf")


def _acts(found: Item) -> list[ActLine]:
    acts = [act for sent in found.consignments for act in sent.acts]
    return act_lines(acts, counter_teller(), now())


def _visible(code: str) -> date:
    with service().database.read() as session:
        return batch_seen(session, code).day


def _back(chosen: date) -> ResponseReturnValue:
    office = request.form.get("van_phong") or None
    return redirect(url_for("dispatch.day", ngay=chosen.isoformat(), van_phong=office))


def _at_rest(session: Session, chosen: date, offices: Sequence[int]) -> str:
    """Where nobody works on that day, and why; empty when it is a working day in all of these offices."""
    known = calendars_of(session)
    if all(known.of(office).works_on(chosen) for office in offices) and known.common.works_on(chosen):
        return ""
    why = look_at(chosen, known.common, entries(session, chosen, chosen, offices)).words
    if known.common.works_on(chosen) and len(offices) > 1:
        return _("{day}: {why}.").format(day=short_date(chosen), why=why)
    return _("{day} is no working day ({why}).").format(day=short_date(chosen), why=why)
