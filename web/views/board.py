"""The board of a batch: its routes moved about by hand, weighed, held fast, planned again, compared and published.

Every form works without scripts and leads back to the page; with them, only the board is drawn anew.
"""

from collections.abc import Callable

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.dispatch.board import Author, ask_optimiser, change, go_to, open_desk, redo, undo
from delivery.dispatch.board import publish as publish_draft
from delivery.dispatch.changes import CallIn, Change, Hold, LeaveOut, Move, Pin, PutIn, SendHome
from delivery.dispatch.desk import Spot
from delivery.dispatch.weighing import Remedy, Weighed, weigh
from delivery.errors import BadInput, DeliveryError
from delivery.i18n import gettext as _
from delivery.i18n import ngettext
from delivery.models import Batch, Item, Plan
from delivery.moments import clock, now
from delivery.rules.slots import parse_slots
from web import access
from web.batches import batch_seen
from web.board import view_board
from web.day import map_of, progress_of
from web.people import note
from web.views import service

pages = Blueprint("board", __name__, url_prefix="/dot")
LARGEST = 2**31 - 1


@pages.get("/<code>/tuyen")
def show(code: str) -> ResponseReturnValue:
    """The board; looking at it is written down."""
    batch_id = _visible(code)
    _written(batch_id, "saw")
    return _page(batch_id, whole=True)


@pages.get("/<code>/tuyen/phong-bi/<int(max=2147483647):item_id>")
def look(code: str, item_id: int) -> ResponseReturnValue:
    """What each place would cost this envelope, why it is where it is, and what can be done with it."""
    batch_id = _visible(code)
    desk = open_desk(service(), code)
    weighed = weigh(desk, item_id)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(_for_script(weighed))
    with service().database.read() as session:
        batch, item = session.get_one(Batch, batch_id), session.get_one(Item, item_id)
        template = "_weighed.html" if _is_fragment() else "weighed.html"
        return render_template(
            template, batch=batch, item=item, weighed=weighed, names=desk.at_work,
            forms=[_form_of(remedy) for remedy in weighed.remedies],
        )  # fmt: skip


@pages.post("/<code>/tuyen/doi")
def alter(code: str) -> ResponseReturnValue:
    """Make a change; it is a version of its own."""
    batch_id = _visible(code)

    def made() -> None:
        version = change(service(), code, _author(), _asked(), now())
        _written(batch_id, "changed routes")
        if lost := (version.change or {}).get("lost"):
            words = ngettext(
                "{count} envelope has lost its place and waits for another.",
                "{count} envelopes have lost their places and wait for others.",
                lost,
            )
            flash(words.format(count=lost), "warning")

    return _tried(batch_id, made)


@pages.post("/<code>/tuyen/toi-uu")
def optimise(code: str) -> ResponseReturnValue:
    """Have the optimiser look for better routes that keep what is held fast."""
    batch_id, here = _visible(code), service()

    def asked(session: Session) -> None:
        ask_optimiser(session, code, _author(), here.settings.plan_seconds, now())

    return _tried(batch_id, lambda: _written(batch_id, "asked the optimiser", asked))


@pages.post("/<code>/tuyen/phien-ban")
def turn(code: str) -> ResponseReturnValue:
    """Undo, do again, or show any other version."""
    batch_id, what = _visible(code), request.form.get("viec", "")
    steps: dict[str, Callable[[Session], Plan]] = {
        "hoan-tac": lambda session: undo(session, code, _author()),
        "lam-lai": lambda session: redo(session, code, _author()),
        "ve": lambda session: go_to(session, code, _author(), _number("ban")),
    }
    if what not in steps:
        abort(400)
    return _tried(batch_id, lambda: _written(batch_id, "turned to another version", steps[what]))


@pages.post("/<code>/tuyen/cong-bo")
def publish(code: str) -> ResponseReturnValue:
    """Let the batch follow these routes."""
    batch_id = _visible(code)

    def published(session: Session) -> None:
        batch = publish_draft(session, code, _author(), now())
        flash(_("Published: papers and couriers follow these routes."), "success")
        if batch.manifests:
            flash(_("The papers that were printed show the routes before. Print them again."), "warning")

    return _tried(batch_id, lambda: _written(batch_id, "published routes", published))


def _tried(batch_id: int, step: Callable[[], None]) -> ResponseReturnValue:
    """Do it, and show the board as it is then; what speaks against it is said on it."""
    try:
        step()
    except DeliveryError as error:
        flash(str(error), "warning")
    if _is_fragment():
        return _page(batch_id, whole=False)
    with service().database.read() as session:
        return redirect(url_for("board.show", code=session.get_one(Batch, batch_id).code))


def _page(batch_id: int, *, whole: bool) -> ResponseReturnValue:
    with service().database.read() as session:
        view = view_board(session, batch_id)
        return render_template(
            "board.html" if whole else "_board.html", view=view, is_fragment=not whole,
            map=map_of(view.routes, [view.batch.office], service().atlas.wards),
            percent=progress_of(session, view.plan_id) if view.plan_id else 0,
        )  # fmt: skip


def _asked() -> Change:
    """The change that a form asks for."""
    what = request.form.get("viec", "")
    if what == "xep":
        return PutIn()
    if what in {"chuyen", "de-lai", "ghim", "bo-ghim"}:
        return _with_item(what, _number("phong_bi"))
    return _with_courier(what, _number("nguoi"))


def _with_item(what: str, item: int) -> Change:
    if what == "chuyen":
        return Move(item, Spot(_number("nguoi"), _number("vi_tri")))
    return LeaveOut(item) if what == "de-lai" else Pin(item, pinned=what == "ghim")


def _with_courier(what: str, courier: int) -> Change:
    if what in {"giu", "bo-giu"}:
        return Hold(courier, held=what == "giu")
    if what == "nghi":
        return SendHome(courier)
    if what in {"goi", "goi-xep"}:
        return CallIn(courier, _shift(), put_in=what == "goi-xep")
    return abort(400)


def _shift() -> tuple[int, int] | None:
    """The hours of today; None, the usual ones, where none are given."""
    start, end = request.form.get("tu", "").strip(), request.form.get("den", "").strip()
    if not start and not end:
        return None
    try:
        (shift,) = parse_slots(f"{start}-{end}")
    except ValueError as error:
        raise BadInput(_("Write the hours as 07:30 and 17:00")) from error
    return shift.start, shift.end


def _number(name: str) -> int:
    """A whole number of the form; what is none, or could be no number here, was not written by our pages."""
    text = request.form.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST)) else LARGEST + 1
    return number if number <= LARGEST else abort(400)


def _author() -> Author:
    return Author(access.staff().username, _number("thay"))


def _for_script(weighed: Weighed) -> dict[str, object]:
    """The places for the page's script: by courier and number."""
    return {
        "places": {
            f"{place.spot.courier}:{place.spot.number}": {
                "can": place.seconds is not None,
                "words": f"{place.label}: {place.why}",
            }
            for place in weighed.places
        },
        "best": {str(place.spot.courier): place.spot.number for place in weighed.best},
    }


def _form_of(remedy: Remedy) -> dict[str, str]:
    """The fields of the form that does what a remedy says; none where no touch can."""
    what = remedy.change
    if isinstance(what, Pin):
        return {"viec": "bo-ghim", "phong_bi": str(what.item)}
    if isinstance(what, CallIn):
        hours = {"tu": clock(what.shift[0]), "den": clock(what.shift[1])} if what.shift else {}
        return {"viec": "goi-xep", "nguoi": str(what.courier), **hours}
    return {}


def _written(batch_id: int, action: str, step: Callable[[Session], object] = lambda _session: None) -> None:
    """Take the step, and write into the book who did it."""
    with service().database.write() as session:
        step(session)
        note(session, access.staff().username, action, f"batch:{batch_id}", now())


def _is_fragment() -> bool:
    return request.headers.get("HX-Request") == "true"


def _visible(code: str) -> int:
    with service().database.read() as session:
        return batch_seen(session, code).id
