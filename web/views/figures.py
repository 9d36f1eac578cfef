"""How well the results reach their people, in numbers: for the ward, the district, and the public."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from delivery.i18n import gettext as _
from delivery.models import Office
from delivery.moments import local, now
from delivery.tracking.figure_sheets import FIGURE_SHEETS, Grouping
from delivery.tracking.figures import (
    FEWEST_SHOWN,
    Ended,
    Figures,
    ended_between,
    few_stars_hidden,
    figures_by,
    figures_of,
    large_enough,
)
from web.dates import day_of
from web.files import as_file
from web.offices import choose_office
from web.views import service

pages = Blueprint("figures", __name__)
USUAL_SPAN = timedelta(days=29)
PUBLIC_SPAN = timedelta(days=89)
PUBLIC_SECONDS = 600
# Since that day there are the wards of today.
EARLIEST = date(2025, 7, 1)
PUBLIC = "tannha-public-figures"
_RECKONING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Public:
    """What the public is shown, and until when it serves; `all` is None while there is too little."""

    until: float
    first: date
    last: date
    all: Figures | None
    wards: Mapping[str, Figures]


@pages.get("/so-lieu")
def show() -> ResponseReturnValue:
    """The figures of some weeks, by office, procedure, carrier and week."""
    first, last = _span()
    with service().database.read() as session:
        choice = choose_office(session, request.args.get("van_phong"))
        envelopes = ended_between(session, first, last, choice.ids)
        return render_template(
            "figures.html", first=first, last=last, offices=choice.offices, office=choice.office,
            all=figures_of(envelopes), groupings=_groupings(envelopes, choice.names), sheets=FIGURE_SHEETS,
        )  # fmt: skip


@pages.get("/so-lieu.<kind>")
def sheet(kind: str) -> ResponseReturnValue:
    """The same as a file."""
    if kind not in FIGURE_SHEETS:
        abort(404)
    first, last = _span()
    with service().database.read() as session:
        choice = choose_office(session, request.args.get("van_phong"))
        groupings = _groupings(ended_between(session, first, last, choice.ids), choice.names)
    return as_file(FIGURE_SHEETS[kind](groupings), f"so-lieu-{first}-{last}.{kind}")


@pages.get("/cong-khai")
def public() -> ResponseReturnValue:
    """What anybody may know: by ward, over three months; reckoned anew every ten minutes at most."""
    known: Public | None = current_app.extensions.get(PUBLIC)
    if known is None or known.until < time.monotonic():
        known = _reckoned_once(known)
    return render_template("public_figures.html", known=known, fewest=FEWEST_SHOWN)


def _reckoned_once(known: Public | None) -> Public:
    """The newest figures: reckoned by whoever comes first, while others are shown those of before, if there are any."""
    if not _RECKONING.acquire(blocking=known is None):
        assert known is not None  # noqa: S101  else we would have waited
        return known
    try:
        newest: Public | None = current_app.extensions.get(PUBLIC)
        if newest is None or newest.until < time.monotonic():
            newest = current_app.extensions[PUBLIC] = _reckon(local(now()).date())
        return newest
    finally:
        _RECKONING.release()


def _reckon(last: date) -> Public:
    first = last - PUBLIC_SPAN
    with service().database.read() as session:
        names = {office.id: office.ward_name for office in session.scalars(sa.select(Office))}
        envelopes = ended_between(session, first, last, names)
    wards = figures_by(envelopes, lambda each: names[each.office_id])
    enough = {name: few_stars_hidden(one) for name, one in sorted(large_enough(wards, FEWEST_SHOWN).items())}
    everywhere = few_stars_hidden(figures_of(envelopes)) if len(envelopes) >= FEWEST_SHOWN else None
    return Public(time.monotonic() + PUBLIC_SECONDS, first, last, everywhere, enough)


def _groupings(envelopes: Sequence[Ended], names: Mapping[int, str]) -> list[Grouping]:
    weeks = figures_by(envelopes, lambda each: _week(each.day))
    return [
        (_("Office"), figures_by(envelopes, lambda each: names[each.office_id])),
        (_("Procedure"), figures_by(envelopes, lambda each: each.procedure)),
        (_("Carrier"), figures_by(envelopes, lambda each: each.carrier)),
        (_("Week from"), dict(sorted(weeks.items()))),
    ]


def _week(day: date) -> str:
    return f"{day - timedelta(days=day.weekday()):%Y-%m-%d}"


def _span() -> tuple[date, date]:
    """The days that were asked for, as far as there can be figures of them."""
    today = local(now()).date()
    last = max(EARLIEST, min(day_of(request.args.get("den")) or today, today))
    first = max(EARLIEST, day_of(request.args.get("tu")) or last - USUAL_SPAN)
    return min(first, last), last
