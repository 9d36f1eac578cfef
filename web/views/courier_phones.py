"""The desk's side of pairing: a picture for the courier's phone, which phones are let in, and the end of that."""

from datetime import datetime, timedelta
from math import ceil

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.i18n import gettext as _
from delivery.models import Courier, PairedPhone, Pairing
from delivery.moments import now
from web import access, paired_phones
from web.paired_phones import Offer, accounts_of, may_give_back, phones_of, standing
from web.qr import qr_picture
from web.views import service

pages = Blueprint("courier_phones", __name__, url_prefix="/nguoi-phat/<int(max=2147483647):courier_id>/dien-thoai")
PAIRING = "/ma/<int(max=2147483647):pairing_id>"
PHONE = "/<int(max=2147483647):phone_id>"


@pages.get("")
def show(courier_id: int) -> ResponseReturnValue:
    """Which phones were let in for a courier, and when each was here last."""
    with service().database.read() as session:
        return _page(session, _seen(session, courier_id), now())


@pages.post("")
def offer(courier_id: int) -> ResponseReturnValue:
    """Show a picture and a code by which one phone is let in; they are on the answer, and nowhere else."""
    account_id, at = request.form.get("tai_khoan", 0, type=int), now()
    with service().database.write() as session:
        courier = _seen(session, courier_id)
        staff = next((one for one in accounts_of(session, courier) if one.id == account_id), None) or abort(404)
        made = paired_phones.offer(session, staff, service().blind, access.staff().username, at)
        return _page(session, courier, at, made)


@pages.get(PAIRING)
def progress(courier_id: int, pairing_id: int) -> ResponseReturnValue:
    """Whether a phone has used what is shown; the page that shows it asks again and again."""
    with service().database.read() as session:
        courier, pairing = _seen(session, courier_id), session.get(Pairing, pairing_id)
        if pairing is None or pairing.staff.courier_id != courier.id:
            abort(404)
        return render_template("_pairing.html", courier=courier, pairing=pairing, left=_left(pairing, now()))


@pages.post(f"{PHONE}/ket-thuc")
def end(courier_id: int, phone_id: int) -> ResponseReturnValue:
    """End a phone's log-in: it is out at its next request, and drops the round that it keeps."""
    with service().database.write() as session:
        phone = _phone(session, courier_id, phone_id)
        done = paired_phones.end(session, phone, access.staff().username, now())
    if done:
        said = _("{phone} is logged out. It drops the round as soon as it has network.")
        flash(said.format(phone=phone.agent), "success")
    return redirect(url_for("courier_phones.show", courier_id=courier_id))


@pages.post(f"{PHONE}/lui")
def give_back(courier_id: int, phone_id: int) -> ResponseReturnValue:
    """Undo the end of a phone's log-in, for a moment after it."""
    with service().database.write() as session:
        phone = _phone(session, courier_id, phone_id)
        done = paired_phones.give_back(session, phone, access.staff().username, now())
    if done:
        flash(_("{phone} is let in again.").format(phone=phone.agent), "success")
    else:
        flash(_("It is too late for that: let the phone in with a new code."), "warning")
    return redirect(url_for("courier_phones.show", courier_id=courier_id))


def _page(session: Session, courier: Courier, at: datetime, made: Offer | None = None) -> str:
    by, phones = access.staff().username, phones_of(session, courier, at)
    idle = timedelta(hours=service().settings.phone_idle_hours)
    return render_template(
        "courier_phones.html", courier=courier, accounts=accounts_of(session, courier), phones=phones, offer=made,
        standing=standing(session, phones, at, idle), undoable={one.id for one in phones if may_give_back(one, by, at)},
        pairing=made and made.pairing, left=made and _left(made.pairing, at),
        picture=made and qr_picture(_address(made.secret)), address=_address(),
    )  # fmt: skip


def _address(secret: str = "") -> str:  # the page alone, where the code is typed  # nosec B107
    """Where a phone is let in; what stands behind the # is never sent, and so is in nobody's log."""
    here = service().settings.web_url + url_for("pairing.page")
    return f"{here}#{secret}" if secret else here


def _left(pairing: Pairing, at: datetime) -> int:
    """The minutes, begun ones counted, for which a pairing still holds; 0 when it is over."""
    return max(0, ceil((pairing.holds_until - at).total_seconds() / 60))


def _seen(session: Session, courier_id: int) -> Courier:
    courier = session.get(Courier, courier_id) or abort(404)
    access.need_office(courier.office_id)
    return courier


def _phone(session: Session, courier_id: int, phone_id: int) -> PairedPhone:
    courier = _seen(session, courier_id)
    phone = session.get(PairedPhone, phone_id, with_for_update=True) or abort(404)
    return phone if phone.staff.courier_id == courier.id else abort(404)
