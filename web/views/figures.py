"""How well the results reach their people, in numbers: for the ward, the district, and the public."""

import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from delivery.i18n import gettext as _
from delivery.models import Office
from delivery.moments import VIETNAM, local, now
from delivery.tracking.figure_sheets import FIGURE_SHEETS, Grouping
from delivery.tracking.figures import Ended, Figures, ended_between, figures_by, figures_of
from web.offices import offices_seen
from web.views import service

pages = Blueprint("figures", __name__)
USUAL_SPAN = timedelta(days=29)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Among fewer somebody could be recognised.
FEWEST_SHOWN = 10
PUBLIC_SPAN = timedelta(days=89)
PUBLIC_SECONDS = 600
YEARS = (2000, 2100)


@pages.get("/so-lieu")
def show() -> ResponseReturnValue:
    """The figures of some weeks, by office, procedure, carrier and week."""
    first, last = _span()
    with service().database.read() as session:
        offices = offices_seen(session)
        chosen = next((each for each in offices if each.code == request.args.get("van_phong")), None)
        envelopes, groupings = _groupings(session, offices if chosen is None else [chosen], first, last)
        return render_template(
            "figures.html", first=first, last=last, offices=offices, office=chosen, all=figures_of(envelopes),
            groupings=groupings, sheets=FIGURE_SHEETS,
        )  # fmt: skip


@pages.get("/so-lieu.<kind>")
def sheet(kind: str) -> ResponseReturnValue:
    """The same as a file."""
    if kind not in FIGURE_SHEETS:
        abort(404)
    first, last = _span()
    with service().database.read() as session:
        offices = offices_seen(session)
        chosen = [each for each in offices if each.code == request.args.get("van_phong")] or offices
        _all, groupings = _groupings(session, chosen, first, last)
    answer = Response(FIGURE_SHEETS[kind](groupings), mimetype=TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="so-lieu-{first}-{last}.{kind}"'
    return answer


@pages.get("/cong-khai")
def public() -> ResponseReturnValue:
    """What anybody may know: by ward, over three months; reckoned anew every ten minutes at most."""
    last = local(now()).date()
    reckoned = current_app.extensions.setdefault("tannha-public-figures", {})
    if reckoned.get("until", 0.0) < time.monotonic():
        with service().database.read() as session:
            offices = list(session.scalars(select(Office)))
            names = {office.id: office.ward_name for office in offices}
            envelopes = ended_between(session, last - PUBLIC_SPAN, last, names)
        wards = figures_by(envelopes, lambda each: names[each.office_id])
        reckoned.update(
            until=time.monotonic() + PUBLIC_SECONDS, all=figures_of(envelopes), first=last - PUBLIC_SPAN, last=last,
            wards={name: wards[name] for name in sorted(wards) if wards[name].ended >= FEWEST_SHOWN},
        )  # fmt: skip
    shown = reckoned["all"] if reckoned["all"].ended >= FEWEST_SHOWN else None
    return render_template(
        "public_figures.html", all=shown, wards=reckoned["wards"], first=reckoned["first"], last=reckoned["last"],
        fewest=FEWEST_SHOWN,
    )  # fmt: skip


def _groupings(
    session: Session, offices: list[Office], first: date, last: date
) -> tuple[list[Ended], list[Grouping]]:  # fmt: skip
    names: Mapping[int, str] = {office.id: office.ward_name for office in offices}
    envelopes = ended_between(session, first, last, names)
    weeks: dict[str, Figures] = figures_by(envelopes, lambda each: _week(each.day))
    return envelopes, [
        (_("Office"), figures_by(envelopes, lambda each: names[each.office_id])),
        (_("Procedure"), figures_by(envelopes, lambda each: each.procedure)),
        (_("Carrier"), figures_by(envelopes, lambda each: each.carrier)),
        (_("Week from"), dict(sorted(weeks.items()))),
    ]


def _week(day: date) -> str:
    return f"{day - timedelta(days=day.weekday()):%Y-%m-%d}"


def _span() -> tuple[date, date]:
    last = _day("den") or local(now()).date()
    first = _day("tu") or last - USUAL_SPAN
    return min(first, last), last


def _day(name: str) -> date | None:
    try:
        day = datetime.strptime(request.args.get(name, ""), "%Y-%m-%d").replace(tzinfo=VIETNAM).date()
    except ValueError:
        return None
    return day if YEARS[0] <= day.year <= YEARS[1] else None
