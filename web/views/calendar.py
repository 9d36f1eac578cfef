"""The district's calendar: which days are worked on, and what a storm does to the promises."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked, ngettext
from delivery.models import Office
from delivery.moments import local, now, short_date
from delivery.workdays import (
    AHEAD,
    BACK,
    LONGEST_REASON,
    Kind,
    Wanted,
    calendar_of,
    entries,
    look_ahead,
    set_days,
    take_back,
)
from web import access
from web.dates import day_of, days_of
from web.furnishing import sent_number
from web.months import LOOKS, WEEKDAYS, month_after, month_of, months_from, span
from web.offices import offices_seen
from web.people import note
from web.views import service

pages = Blueprint("calendar", __name__, url_prefix="/lich")
SHOWN_MONTHS = 3
KINDS: dict[Kind, str] = {
    Kind.CLOSED: marked("Closed: a storm, a flood, a power cut. Every open promise moves"),
    Kind.RESTS: marked("Off: swapped with another day. What was promised stays"),
    Kind.WORKS: marked("Worked on, although it is a weekend or a holiday"),
}
DONE: dict[Kind, str] = {
    Kind.CLOSED: marked("{days}: closed."),
    Kind.RESTS: marked("{days}: off."),
    Kind.WORKS: marked("{days}: worked on."),
}


@pages.get("")
def show() -> ResponseReturnValue:
    """Three months, what has been set for their days, and the form to set others."""
    chosen = day_of(request.args.get("ngay"))
    typed = {"tu_ngay": chosen.isoformat(), "den_ngay": chosen.isoformat()} if chosen is not None else {}
    return _page(typed, month_of(chosen) if chosen is not None else None)


@pages.get("/xem")
def look() -> ResponseReturnValue:
    """What the form would do, while it is filled in."""
    try:
        with service().database.read() as session:
            wanted = _wanted(session, request.args, asked=False)
            effect = look_ahead(session, wanted, _today())
    except BadInput as error:
        return render_template("_effect.html", trouble=str(error))
    return render_template("_effect.html", effect=effect, kind=wanted.kind)


@pages.post("")
def change() -> ResponseReturnValue:
    """Set days; the list on the page that follows has the way back."""
    by, at = access.staff().username, now()
    try:
        with service().database.write() as session:
            wanted = _wanted(session, request.form)
            effect = set_days(session, wanted, by, at, _today())
            facts = {"last": wanted.last.isoformat(), "reason": wanted.reason, "promises": effect.promises}
            if wanted.offices:
                facts["offices"] = [one.code for one in offices_seen(session) if one.id in wanted.offices]
            note(session, by, "set days", f"calendar:{wanted.kind}:{wanted.first}", at, facts)
    except BadInput as error:
        return _page(request.form.to_dict(), None, str(error), request.form.getlist("van_phong"))
    said = _(DONE[wanted.kind]).format(days=span(effect.days[0], effect.days[-1]))
    flash(" ".join((said, _moved(effect.promises))).strip(), "success")
    return redirect(url_for("calendar.show", thang=f"{wanted.first:%Y-%m}"))


@pages.post("/bo")
def undo() -> ResponseReturnValue:
    """Let a day be what it was before."""
    day, kind = day_of(request.form.get("ngay")), request.form.get("loai", "")
    office = sent_number("van_phong") if "van_phong" in request.form else None
    if day is None or kind not in set(Kind):
        abort(400)
    access.need_office(office)
    by, at = access.staff().username, now()
    try:
        with service().database.write() as session:
            moved = take_back(session, day, Kind(kind), at, office)
            facts = {"promises": moved, **({} if office is None else {"office": session.get_one(Office, office).code})}
            note(session, by, "took days back", f"calendar:{kind}:{day}", at, facts)
    except NotNow as error:
        flash(str(error), "warning")
    else:
        said = _("{day} is again what it was before.").format(day=short_date(day))
        flash(" ".join((said, _moved(moved))).strip(), "success")
    return redirect(url_for("calendar.show", thang=f"{day:%Y-%m}"))


def _wanted(session: Session, typed: MultiDict[str, str], *, asked: bool = True) -> Wanted:
    """What the form says; while it is being filled in (not `asked`), the reason may still be missing."""
    kind = typed.get("loai", "")
    if kind not in set(Kind):
        raise BadInput(_("Choose what the days are"))
    first, last = days_of(typed.get("tu_ngay"), typed.get("den_ngay"))
    reason = " ".join(typed.get("ly_do", "").split())
    return Wanted(Kind(kind), first, last, reason or ("" if asked else "…"), _offices(session, typed))


def _offices(session: Session, typed: MultiDict[str, str]) -> list[int]:
    """The offices that a closure is for; none where it is for all.

    Raises BadInput where single ones are meant and none is named: it must never be taken for all of them.
    """
    if typed.get("noi", "") != "mot-so":
        return []
    known = {office.code: office.id for office in offices_seen(session)}
    named = set(typed.getlist("van_phong"))
    if not named or not named <= set(known):
        raise BadInput(_("Choose the wards that are closed"))
    return [known[code] for code in sorted(named)]


def _page(
    typed: dict[str, str], month: date | None, trouble: str = "", named: Sequence[str] = ()
) -> ResponseReturnValue:
    today = _today()
    earliest, latest = month_of(today - BACK), month_of(today + AHEAD)
    first = min(max(month or _month(request.args.get("thang")) or month_of(today), earliest), latest)
    end = month_after(first, SHOWN_MONTHS) - timedelta(days=1)
    with service().database.read() as session:
        offices = offices_seen(session)
        ids = [office.id for office in offices]
        known, shown = calendar_of(session), entries(session, first, end, ids)
        listed = entries(session, today - BACK, today + AHEAD, ids)
    page = render_template(
        "calendar.html", months=months_from(first, SHOWN_MONTHS, known, shown), listed=listed, typed=typed,
        trouble=trouble, kinds=KINDS, offices=offices, named=named,
        looks=LOOKS, weekdays=WEEKDAYS, today=today, first_day=today - BACK,
        last_day=today + AHEAD, longest=LONGEST_REASON, may_change=access.may_open("calendar.change"),
        before=month_after(first, -SHOWN_MONTHS) if first > earliest else None,
        after=month_after(first, SHOWN_MONTHS) if first < latest else None,
    )  # fmt: skip
    return page, 422 if trouble else 200


def _moved(promises: int) -> str:
    if not promises:
        return ""
    return ngettext("{count} promise was moved.", "{count} promises were moved.", promises).format(count=promises)


def _month(text: str | None) -> date | None:
    return day_of(f"{text}-01") if text else None


def _today() -> date:
    return local(now()).date()
