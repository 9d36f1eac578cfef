"""The packing table: a result is scanned, its envelope shown, its label printed, the envelope sealed.

One field takes everything that a scan gun reads: results, while something is missing, then the seal. With scripts the
page stays and is only drawn anew; without them each scan is a form.
"""

import uuid
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.dispatch.contents import Contents, contents_of_one
from delivery.dispatch.handover import identify
from delivery.dispatch.packing import (
    ANSWERS,
    Act,
    Answer,
    pack,
    report_broken,
    results_of,
    seal,
    undo_last,
    valid_label,
)
from delivery.dispatch.print_runs import begin_run, print_run
from delivery.dispatch.printers import find_printer, printers
from delivery.dispatch.printing import Asker, print_one
from delivery.errors import BadInput, DeliveryError, NotFound
from delivery.i18n import gettext as _
from delivery.intake.searching import matching
from delivery.models import Item, ItemSeal, Result
from delivery.moments import local, now
from delivery.rules.dossier import DossierCode
from web import access
from web.envelopes_here import candidates, to_pack, with_labels
from web.files import as_file
from web.offices import offices_seen
from web.people import note
from web.views import service

pages = Blueprint("packing", __name__)
ONE = "/dong-goi/<int(max=2147483647):item_id>"
LONGEST_CODE = 200
SHORTEST_SEARCH = 2
MOST_FOUND = 8
TOLD = "dong_goi"
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says, shows and sounds about the last scan: good, again or bad."""

    words: str
    kind: str = "good"
    item_id: int | None = None


@pages.get("/dong-goi")
def table() -> ResponseReturnValue:
    """The table with no envelope on it: what still has to be packed, and the field for the gun."""
    with service().database.read() as db:
        return _page(db, None)


@pages.get(ONE)
def envelope(item_id: int) -> ResponseReturnValue:
    """The envelope that lies on the table, and what goes into it; looking at it is written down."""
    with service().database.write() as db:
        found = _seen(db, item_id)
        note(db, access.staff().username, "saw", f"item:{item_id}", now())
        return _page(db, found)


@pages.post("/dong-goi")
def take() -> ResponseReturnValue:
    """Take what was scanned or typed: a result, a label, a seal; or some letters, of which a person picks."""
    typed = request.form.get("ma", "").strip()[:LONGEST_CODE]
    with service().database.write() as db:
        into = _on_table(db)
        stays = into.id if into is not None else None
        try:
            picked = _picked(db)
            if picked is not None:
                told = _take_result(db, picked, into)
            elif (known := _take_code(db, typed, into)) is not None:
                told = known
            elif len(found := _search(db, typed)) > 0:
                return _page(db, into, found=found)
            else:
                told = Told(f"{typed}: {_(ANSWERS[Answer.UNKNOWN])}", "bad", stays)
        except DeliveryError as error:
            db.rollback()
            told = Told(str(error), "bad", stays)
    session[TOLD] = {"words": told.words, "kind": told.kind}
    return _to(told.item_id)


@pages.post(f"{ONE}/in")
def print_label(item_id: int) -> ResponseReturnValue:
    """The label of this one envelope: on a label printer, or as a paper that the browser prints."""
    with service().database.read() as db:
        _seen(db, item_id)
    here, printer = service(), request.form.get("may_in", "")
    try:
        profile = find_printer(here.settings.home, printer) if printer else None
        asker = Asker(access.staff().username, request.form.get("ly_do", ""))
        paper = print_one(here, item_id, now(), asker=asker)
        code = _noted_printing(item_id)
        if profile is None:
            return as_file(paper, f"label-{code}.pdf")
        print_run(begin_run(here.settings.home, code, profile, paper, now()), profile, None, lambda _number: None)
        flash(_("The label is printed."), "success")
    except DeliveryError as error:
        flash(str(error), "warning")
    return _to(item_id)


@pages.post(f"{ONE}/hoan-tac")
def undo(item_id: int) -> ResponseReturnValue:
    """Take back the last step at this envelope."""
    by = access.staff().username
    try:
        with service().database.write() as db:
            found = _seen(db, item_id)
            done = undo_last(db, found, request.form.get("viec", "")[:LONGEST_CODE], by=by, at=now())
            if done is not None:
                note(db, by, "took back a step of packing", f"item:{item_id}", now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("The seal is taken back.") if isinstance(done, ItemSeal) else _("The tick is taken back."), "success")
    return _to(item_id)


@pages.post("/niem-phong-hong")
def report() -> ResponseReturnValue:
    """A seal is broken, missing or another one: somebody must look what is inside."""
    typed, by = request.form.get("ma", "").strip()[:LONGEST_CODE], access.staff().username
    try:
        with service().database.write() as db:
            sent, _version = identify(db, typed, service().seal)
            if sent is None or not access.may_see_office(sent.item.office_id):
                raise NotFound(_("No envelope goes by {code}").format(code=typed))
            report_broken(db, sent.item, now())
            note(db, by, "found a seal broken", f"item:{sent.item_id}", now())
            code = sent.item_code
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("{code}: a case asks what is inside. Keep the envelope apart.").format(code=code), "success")
    if batch := request.form.get("dot", "")[:LONGEST_CODE]:
        return redirect(url_for("handover.table", code=batch))
    back = request.form.get("phong_bi", type=int)
    if back is not None and 0 < back <= LARGEST_ID:
        return redirect(url_for("dispatch.item", item_id=back))
    return redirect(url_for("counter.enter"))


def _take_code(db: Session, typed: str, into: Item | None) -> Told | None:
    """What a code means; None for what is none, and has to be looked for."""
    if not typed:
        raise BadInput(_("Scan or type a code"))
    if _is_dossier(typed):
        found = results_of(db, str(DossierCode.parse(typed)))
        if not found:
            return None
        # Of several copies, the one that is still missing in the envelope on the table.
        lacking = contents_of_one(db, into).lacking(into) if into is not None else []
        return _take_result(db, next((one for one in found if one in lacking), found[0]), into)
    sent, _version = identify(db, typed, service().seal)
    if sent is not None and access.may_see_office(sent.item.office_id):
        if into is not None and sent.item_id != into.id:
            return Told(f"{sent.item_code}: {_(ANSWERS[Answer.OTHER_ENVELOPE])}", "bad", into.id)
        return Told(_("{code}: this envelope lies on the table").format(code=sent.item_code), "good", sent.item_id)
    if sent is not None or into is None or not _waits_for_seal(contents_of_one(db, into), into):
        return None
    made = seal(db, into, typed, _act())
    note(db, access.staff().username, "sealed", f"item:{into.id}", now())
    return Told(_("Sealed with {number}. Scan the next result").format(number=made.number), "good", into.id)


def _take_result(db: Session, result: Result, into: Item | None) -> Told:
    stays = into.id if into is not None else None
    if not access.may_see_office(result.office_id):
        return Told(f"{result.dossier_code}: {_(ANSWERS[Answer.OTHER_OFFICE])}", "bad", stays)
    answer = pack(db, result, into, _act())
    if answer is Answer.IN:
        note(db, access.staff().username, "packed", f"item:{result.item_id}", now(), {"result": result.id})
    words = f"{result.dossier_code}: {_(ANSWERS[answer])}"
    opens = answer in {Answer.IN, Answer.ALREADY, Answer.OLD_LABEL, Answer.SEALED}
    kind = {Answer.IN: "good", Answer.ALREADY: "again"}.get(answer, "bad")
    return Told(words, kind, result.item_id if opens else stays)


def _page(db: Session, on_table: Item | None, found: list[Result] | None = None) -> Response:
    """The table with what lies on it, and what was found by some letters; what the last scan meant is told once."""
    contents = contents_of_one(db, on_table) if on_table is not None else None
    offices = [on_table.office_id] if on_table is not None else [office.id for office in offices_seen(db)]
    page = make_response(
        render_template(
            "packing.html", item=on_table, contents=contents, found=found, told=session.pop(TOLD, None),
            to_pack=to_pack(db, offices, local(now()).date()), act_id=uuid.uuid4(),
            label=valid_label(on_table) if on_table is not None else None,
            was_printed=on_table is not None and _was_printed(on_table), printers=_printers(),
            waits_for_seal=contents is not None and on_table is not None and _waits_for_seal(contents, on_table),
        )
    )  # fmt: skip
    page.headers["Cache-Control"] = "no-store"
    return page


def _search(db: Session, typed: str) -> list[Result]:
    if len(typed) < SHORTEST_SEARCH:
        return []
    found = candidates(db, [office.id for office in offices_seen(db)], matching(db, typed), MOST_FOUND)
    note(db, access.staff().username, "looked for", "results:packing", now(), {"found": len(found)})
    return found


def _picked(db: Session) -> Result | None:
    """The result that was picked among those found."""
    number = request.form.get("ket_qua", type=int)
    if number is None or not 0 < number <= LARGEST_ID:
        return None
    result = db.get(Result, number) or abort(404)
    access.need_office(result.office_id)
    return result


def _on_table(db: Session) -> Item | None:
    number = request.form.get("phong_bi", type=int)
    if number is None or not 0 < number <= LARGEST_ID:
        return None
    return _seen(db, number)


def _seen(db: Session, item_id: int) -> Item:
    found = db.scalar(with_labels(item_id)) or abort(404)
    access.need_office(found.office_id)
    return found


def _act() -> Act:
    try:
        act_id = str(uuid.UUID(request.form.get("phieu", "")))
    except ValueError:
        abort(400)
    return Act(act_id, access.staff().username, now())


def _is_dossier(typed: str) -> bool:
    try:
        DossierCode.parse(typed)
    except ValueError:
        return False
    return True


def _waits_for_seal(contents: Contents, item: Item) -> bool:
    return contents.seal is None and contents.is_begun and not contents.lacking(item)


def _was_printed(item: Item) -> bool:
    return item.live is not None and any(label.printings for label in item.live.labels)


def _printers() -> list[str]:
    try:
        return [profile.name for profile in printers(service().settings.home)]
    except BadInput:
        # A file of a printer is damaged: the browser prints the label all the same.
        return []


def _noted_printing(item_id: int) -> str:
    with service().database.write() as db:
        found = _seen(db, item_id)
        note(
            db, access.staff().username, "printed again" if _copies(found) > 1 else "printed", f"item:{item_id}", now()
        )
        return found.live.item_code if found.live is not None else str(item_id)


def _copies(item: Item) -> int:
    return sum(len(label.printings) for label in item.live.labels) if item.live is not None else 0


def _to(item_id: int | None) -> ResponseReturnValue:
    where = url_for("packing.envelope", item_id=item_id) if item_id is not None else url_for("packing.table")
    return redirect(where, 303)
