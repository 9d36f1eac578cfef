"""A citizen's own dossier, without an account: proved by a code that is sent to the telephone or e-mail known of it.

Everything works without a script. Dossier, telephone and address stand in forms only, never in an address of a page.
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from delivery.addressing import answer
from delivery.citizens.own_codes import ask_for_code, confirm
from delivery.citizens.requests import (
    CONSENT,
    SLOTS,
    Wish,
    bring_home,
    consent_of,
    hindrance,
    keep_at_counter,
    policy_of,
    to_pay,
)
from delivery.citizens.words import CITIZEN
from delivery.errors import DeliveryError, NotNow
from delivery.fees import fees_told
from delivery.i18n import gettext as _
from delivery.models import Result
from delivery.moments import local, now
from delivery.places.address import parse
from delivery.places.fixes import Quality
from delivery.places.locating import locate
from delivery.qualities import QUALITIES
from delivery.rules.policy import must_show
from web.people import note
from web.proofs import DOSSIER, ENVELOPE
from web.views import service

pages = Blueprint("dossier", __name__, url_prefix="/ho-so-cua-toi")
TICKET = "ticket"


@pages.get("")
def ask() -> ResponseReturnValue:
    """Ask which dossier it is about; where nothing can be sent to prove it, say where to go instead."""
    if DOSSIER.held() is not None:
        return redirect(url_for("dossier.show"))
    provider = service().citizens_provider
    by = provider.client.known_as if provider is not None else ""
    return render_template("dossier_ask.html", offered=bool(service().settings.channels), by=by)


@pages.post("")
def send() -> ResponseReturnValue:
    """Have a code sent; the answer is the same whatever was typed."""
    if not service().settings.channels:
        abort(404)
    dossier, phone = request.form.get("ho_so", "")[:60], request.form.get("dien_thoai", "")[:40]
    with service().database.write() as session:
        cookie[TICKET] = ask_for_code(session, dossier, phone, now())
    return redirect(url_for("dossier.ask_code"))


@pages.get("/ma")
def ask_code() -> ResponseReturnValue:
    """Ask for the code that was sent."""
    return render_template("dossier_code.html", wrong=False) if TICKET in cookie else redirect(url_for("dossier.ask"))


@pages.post("/ma")
def enter() -> ResponseReturnValue:
    """Take the code; whatever is wrong with it gets the same answer."""
    with service().database.write() as session:
        ticket, typed = str(cookie.get(TICKET, "")), request.form.get("ma", "")[:20]
        result = confirm(session, service().seal, ticket, typed, now())
        if result is not None:
            note(session, CITIZEN, "proved", f"result:{result.id}", now())
            DOSSIER.keep(result.id)
            cookie.pop(TICKET, None)
    if result is None:
        return render_template("dossier_code.html", wrong=True), 401
    return redirect(url_for("dossier.show"))


@pages.get("/xem")
def show() -> ResponseReturnValue:
    """The dossier, where it is, and what may be decided."""
    result_id = DOSSIER.held()
    if result_id is None:
        return _again()
    with service().database.read() as session:
        result = session.get(Result, result_id) or abort(404)
        return render_template(
            "dossier.html", result=result, hindrance=hindrance(session, result), slots=SLOTS,
            must_show=must_show([policy_of(session, result)]), consent=consent_of(session, result),
        )  # fmt: skip


@pages.post("/xem-lai")
def look() -> ResponseReturnValue:
    """How the address is understood, what it costs and who may take it, before anything is agreed to."""
    result_id = DOSSIER.held()
    if result_id is None:
        return _again()
    with service().database.read() as session:
        result = session.get(Result, result_id) or abort(404)
        try:
            wish = _wish()
            if why := hindrance(session, result):
                raise NotNow(why)
            pays = to_pay(result, fees_told(session, service().settings.home, local(now()).date()))
        except DeliveryError as error:
            flash(str(error), "warning")
            return redirect(url_for("dossier.show"))
        atlas = service().atlas
        read = parse(wish.address, atlas)
        place = answer(read, locate(read, atlas), atlas)
        return render_template(
            "dossier_look.html", result=result, wish=wish, place=place, quality=QUALITIES[Quality(place["quality"])],
            slots=SLOTS, must_show=must_show([policy_of(session, result)]), pays=pays, consent=CONSENT,
        )  # fmt: skip


@pages.post("/chon")
def decide() -> ResponseReturnValue:
    """Bring it home as it was looked at, or keep it at the counter."""
    result_id = DOSSIER.held()
    if result_id is None:
        return _again()
    home = request.form.get("cach") == "tai-nha"
    try:
        with service().database.write() as session:
            result = session.get(Result, result_id) or abort(404)
            if home and not request.form.get("dong_y"):
                raise NotNow(_("It is brought home only if you agree; else it waits for you at the counter"))
            if home:
                bring_home(session, result, _wish(), now())
            else:
                keep_at_counter(session, result, now())
            note(session, CITIZEN, "chose tai-nha" if home else "chose tai-quay", f"result:{result_id}", now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Written down. It is brought home.") if home else _("Written down. It waits for you at the counter."),
              "success")  # fmt: skip
    return redirect(url_for("dossier.show"))


@pages.post("/phong-bi")
def envelope() -> ResponseReturnValue:
    """To the page of the envelope in which it lies: who has proved the dossier need not prove it again."""
    result_id = DOSSIER.held()
    if result_id is None:
        return _again()
    with service().database.read() as session:
        item_id = (session.get(Result, result_id) or abort(404)).item_id
    if item_id is None:
        return redirect(url_for("dossier.show"))
    ENVELOPE.keep(item_id)
    return redirect(url_for("own.show"))


@pages.post("/xong")
def leave() -> ResponseReturnValue:
    """Forget the proof: whoever comes next to this screen begins anew."""
    cookie.pop(TICKET, None)
    for proof in (DOSSIER, ENVELOPE):
        proof.drop()
    flash(_("Done. Nothing is left on this device."), "success")
    return redirect(url_for("public.home"))


def _wish() -> Wish:
    form = request.form
    return Wish.typed(form.get("dia_chi", ""), form.get("khung_gio", ""))


def _again() -> ResponseReturnValue:
    flash(_("That took too long. Please ask for another code."), "warning")
    return redirect(url_for("dossier.ask"))
