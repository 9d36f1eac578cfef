"""The hand-over table in the browser: scan after scan, also while the network is away, then both sides sign.

The page sends each scan by a name of its own and keeps it until it has an answer, so a scan that is sent twice counts
once. Without scripts the form sends one code at a time.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import TypeAdapter, ValidationError

from delivery.dispatch.batching import lock_batch
from delivery.dispatch.handover import FINDINGS, Finding
from delivery.dispatch.signatures import Signing, sign
from delivery.dispatch.table import Scanned, Table, finish, table_of, take_scan
from delivery.errors import BadInput, DeliveryError
from delivery.i18n import gettext as _
from delivery.i18n import ngettext
from delivery.models import Side
from delivery.moments import now
from delivery.rules.strokes import Strokes
from web import access
from web.batches import batch_seen
from web.people import note
from web.views import service

pages = Blueprint("handover", __name__, url_prefix="/ban-giao")
# So long may a scan have waited for the network; whoever's clock is farther off has it taken for now.
LONGEST_WAIT = timedelta(hours=12)
LONGEST_CODE = 200
_Strokes: TypeAdapter[Strokes] = TypeAdapter(Strokes)


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says about one scan; what is good and still has to be looked at is `half`."""

    good: bool
    again: bool
    words: str
    half: bool = False


@pages.get("/<code>")
def table(code: str) -> ResponseReturnValue:
    """The table: how many there should be, what has been scanned, what is missing, and the field for the gun."""
    with service().database.write() as session:
        batch = batch_seen(session, code)
        try:
            stands = table_of(session, batch)
        except DeliveryError as error:
            flash(str(error), "warning")
            return redirect(url_for("dispatch.day", ngay=batch.day.isoformat()))
        note(session, access.staff().username, "saw", f"batch:{batch.id}", now())
        return render_template(
            "handover.html", batch=batch, table=stands, findings=FINDINGS, Side=Side, scan_id=uuid.uuid4(),
            sign_id=uuid.uuid4(),
        )  # fmt: skip


@pages.post("/<code>/quet")
def scan(code: str) -> ResponseReturnValue:
    """Take one scan: answered for the page's script with what it meant and how things stand, else with the page."""
    typed = request.form.get("ma", "").strip()[:LONGEST_CODE]
    scan_id, by = _scan_id(), access.staff().username
    with service().database.write() as session:
        batch = batch_seen(session, code)
        try:
            if not typed:
                raise BadInput(_("Scan or type a code"))
            scanned = take_scan(session, batch, typed, scan_id, seal=service().seal, at=_moment(), by=by)
            note(session, by, "scanned", f"batch:{batch.id}", now())
            told, stands = _told(scanned), table_of(session, batch)
        except DeliveryError as error:
            told, stands = Told(good=False, again=False, words=str(error)), None
        if request.accept_mimetypes.best == "application/json":
            figures = _figures(stands) if stands else {}
            return jsonify(good=told.good, again=told.again, half=told.half, words=told.words, **figures)
    flash(told.words, "success" if told.good and not told.half else "warning")
    return redirect(url_for("handover.table", code=code))


@pages.post("/<code>/ky")
def signed(code: str) -> ResponseReturnValue:
    """Keep what the two sides sign, end the hand-over for now, and name what is missing.

    The page's script may have kept it while the network was away: it is answered like a scan, and counts once.
    """
    by, moment = access.staff().username, now()
    with service().database.write() as session:
        batch = batch_seen(session, code)
        signing = Signing(_scan_id(), _moment(), by)
        try:
            lock_batch(session, batch)
            for side in Side:
                name, strokes = request.form.get(f"ten-{side}", ""), _strokes(request.form.get(f"net-{side}", ""))
                if name.strip() or strokes:
                    sign(session, batch, side, name, strokes, signing)
            stands = finish(session, batch, moment)
            note(session, by, "ended a hand-over", f"batch:{batch.id}", moment)
            told = _told_end(stands)
        except DeliveryError as error:
            session.rollback()
            told = Told(good=False, again=False, words=str(error))
        if request.accept_mimetypes.best == "application/json":
            return jsonify(good=told.good, again=told.again, half=told.half, words=told.words)
    flash(told.words, "success" if told.good and not told.half else "warning")
    return redirect(url_for("handover.table", code=code))


def _told_end(stands: Table) -> Told:
    if not stands.missing:
        words = _("Complete: all {count} envelopes are handed over.").format(count=stands.expected)
        return Told(good=True, again=False, words=words)
    words = ngettext(
        "{count} envelope is still at the ward; a case asks about it.",
        "{count} envelopes are still at the ward; a case asks about them.",
        len(stands.missing),
    )
    return Told(good=True, again=False, words=words.format(count=len(stands.missing)), half=True)


def _told(scanned: Scanned) -> Told:
    words = f"{scanned.code}: {_(FINDINGS[scanned.finding])}"
    if scanned.accepted > 1:
        words = _("The manifest: {count} envelopes handed over").format(count=scanned.accepted)
    if scanned.seal:
        words += " · " + _("seal {number}: is it whole?").format(number=scanned.seal)
    if scanned.half_packed:
        words += " · " + _("NOT ALL WAS TICKED OFF AND SEALED: look inside")
    return Told(scanned.finding is Finding.OK, scanned.finding is Finding.ALREADY, words, scanned.half_packed)


def _figures(stands: Table) -> dict[str, object]:
    return {
        "expected": stands.expected,
        "done": stands.done,
        "missing": [sent.item_code for sent in stands.missing],
    }


def _scan_id() -> str:
    try:
        return str(uuid.UUID(request.form.get("phieu", "")))
    except ValueError:
        abort(400)


def _moment() -> datetime:
    """When it was scanned: as the page says, where that can be."""
    moment = now()
    try:
        said = datetime.fromisoformat(request.form.get("luc", ""))
    except ValueError:
        return moment
    return said if said.tzinfo is not None and moment - LONGEST_WAIT <= said <= moment else moment


def _strokes(text: str) -> Strokes:
    if not text:
        return []
    try:
        return _Strokes.validate_json(text)
    except ValidationError as error:
        raise BadInput(_("This signature cannot be kept; sign again")) from error
