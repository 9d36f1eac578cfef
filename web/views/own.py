"""The recipient's page of an envelope, without an account: proved by its code and three digits of the telephone.

Everything works without a script. Nothing but the number of the envelope is kept in the browser, for a quarter of an
hour after the last use.
"""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.citizens.own import own_view
from delivery.citizens.proving import prove
from delivery.citizens.words import CITIZEN, LONGEST_WORDS, STARS, say, take_back
from delivery.errors import DeliveryError
from delivery.i18n import gettext as _
from delivery.models import Item, WordKind
from delivery.moments import now
from delivery.rules.codes import show_tracking_code
from delivery.rules.doorstep import RECEIVERS
from delivery.tracking.following import FACTS, STATES, signature_of
from web.people import note
from web.proofs import ENVELOPE
from web.views import service

pages = Blueprint("own", __name__, url_prefix="/phong-bi-cua-toi")
Deed = Callable[[Session, Item], None]


@pages.get("")
def ask() -> ResponseReturnValue:
    """Ask for the proof of the envelope that a link names, or show the one that was proved a moment ago."""
    code = request.args.get("ma", "")[:40]
    if not code and ENVELOPE.held() is not None:
        return redirect(url_for("own.show"))
    return render_template("own_proof.html", code=code, wrong=False)


@pages.post("")
def enter() -> ResponseReturnValue:
    """Take the proof; whatever is wrong with it gets the same answer."""
    code, digits = request.form.get("ma", "")[:100], request.form.get("so", "")[:10]
    with service().database.write() as session:
        item = prove(session, code, digits, now())
        if item is not None:
            note(session, CITIZEN, "proved", f"item:{item.id}", now())
            ENVELOPE.keep(item.id)
    if item is None:
        return render_template("own_proof.html", code=code[:40], wrong=True), 401
    return redirect(url_for("own.show"))


@pages.get("/xem")
def show() -> ResponseReturnValue:
    """The envelope, and what may be said of it."""
    item_id = ENVELOPE.held()
    if item_id is None:
        return _again()
    with service().database.read() as session:
        item = session.get(Item, item_id) or abort(404)
        view = own_view(session, item, now())
        return render_template(
            "own.html", view=view, kinds=WordKind, stars=STARS, most=LONGEST_WORDS, states=STATES, facts=FACTS,
            receivers=RECEIVERS, code=show_tracking_code(item.tracking_code),
            signature=signature_of(item.consignments[-1]) if item.consignments else None,
        )  # fmt: skip


@pages.post("/noi/<kind>")
def tell(kind: str) -> ResponseReturnValue:
    """Take down what the recipient says."""
    said, stars = _kind(kind), request.form.get("sao") or "0"
    return _do(
        "said " + said.value,
        lambda session, item: say(
            session, item, said, now(), words=request.form.get("loi", ""), stars=int(stars) if stars in "12345" else 0
        ),
    )


@pages.post("/rut/<kind>")
def unsay(kind: str) -> ResponseReturnValue:
    """Take it back."""
    said = _kind(kind)
    return _do("unsaid " + said.value, lambda session, item: take_back(session, item, said, now()))


@pages.post("/xong")
def leave() -> ResponseReturnValue:
    """Forget the proof: whoever comes next to this screen begins anew."""
    ENVELOPE.drop()
    flash(_("Done. Nothing is left on this device."), "success")
    return redirect(url_for("public.home"))


def _do(action: str, deed: Deed) -> ResponseReturnValue:
    item_id = ENVELOPE.held()
    if item_id is None:
        return _again()
    try:
        with service().database.write() as session:
            item = session.get(Item, item_id) or abort(404)
            deed(session, item)
            note(session, CITIZEN, action, f"item:{item_id}", now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Written down. Thank you."), "success")
    return redirect(url_for("own.show"))


def _again() -> ResponseReturnValue:
    flash(_("That took too long. Please type the code and the digits again."), "warning")
    return redirect(url_for("own.ask"))


def _kind(kind: str) -> WordKind:
    try:
        return WordKind(kind)
    except ValueError:
        abort(404)
