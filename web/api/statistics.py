"""The figures of a month, by office; nobody can be found among them.

Only whole months that are over can be asked for: whoever subtracts the figures of two spans would otherwise see the
few envelopes by which they differ.
"""

from datetime import date, timedelta
from typing import Annotated

import sqlalchemy as sa
from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import Office
from delivery.moments import local, now
from delivery.tracking.figures import (
    FEWEST_SHOWN,
    Figures,
    ended_between,
    few_stars_hidden,
    figures_by,
    figures_of,
    large_enough,
)
from web.api.guarding import caller
from web.api.keyed import unless_known
from web.api.operations import Query, Wire, operation
from web.api.problems import Problem
from web.views import service


class MonthQuery(Query):
    """Which month."""

    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")] = Field(
        description="A month that is over: 2026-10"
    )


class FiguresOut(Wire):
    """Counts, shares from 0 to 1 of what was delivered, the median of days to the door, dong for an envelope."""

    delivered: int
    returned: int
    on_time: float | None
    first_visit: float | None
    days: float | None
    postage: float | None
    rating: float | None = Field(description="Mean of one to five stars; null where fewer than ten have rated")
    rated: int

    @classmethod
    def of(cls, figures: Figures) -> "FiguresOut":
        told = few_stars_hidden(figures)
        return cls(
            delivered=told.delivered, returned=told.returned, on_time=told.on_time, first_visit=told.first_visit,
            days=told.days, postage=told.postage, rating=told.rating, rated=told.rated,
        )  # fmt: skip


class OfficeFigures(Wire):
    """The figures of one office."""

    office: str
    figures: FiguresOut


class Statistics(Wire):
    """The figures of all offices that may be asked about, and of each; where there are fewer than ten, none."""

    month: str
    all: FiguresOut | None
    offices: list[OfficeFigures]


@operation(
    "GET", "/statistics", "statistics", marked("The figures of a month, by office"), query=MonthQuery,
    answer=Statistics, conditional=True,
)  # fmt: skip
def get_statistics(query: MonthQuery) -> Response:
    first, last = _month(query.month)
    if last >= local(now()).date():
        raise Problem("refused", reasons=[("month", _("that month is not over yet"))])
    with service().database.read() as session:
        return unless_known(_reckon(session, query.month, first, last))


def _reckon(session: Session, month: str, first: date, last: date) -> Statistics:
    wanted = sa.select(Office.id, Office.code).where(caller().in_reach(Office.id))
    codes: dict[int, str] = dict(session.execute(wanted).all())
    envelopes = ended_between(session, first, last, codes)
    shown = large_enough(figures_by(envelopes, lambda each: codes[each.office_id]), FEWEST_SHOWN)
    together = FiguresOut.of(figures_of(envelopes)) if len(envelopes) >= FEWEST_SHOWN else None
    offices = [OfficeFigures(office=code, figures=FiguresOut.of(one)) for code, one in sorted(shown.items())]
    return Statistics(month=month, all=together, offices=offices)


def _month(text: str) -> tuple[date, date]:
    first = date.fromisoformat(f"{text}-01")
    following = (first + timedelta(days=32)).replace(day=1)
    return first, following - timedelta(days=1)
