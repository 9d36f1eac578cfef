"""The own team on the dispatch page: what each round has brought, and what is not back when its day is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from delivery.dispatch.rounds import Round, RoundStop, rounds_of_day
from delivery.moments import at_local
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.lifecycle import State
from web.day import DayView


@dataclass(frozen=True, slots=True)
class TeamLine:
    """One round: what was handed over, and what has become of it; `overdue` is out after the courier's shift."""

    code: str
    batch: str
    courier: str
    handed_over: int
    delivered: int
    in_vain: int
    back: int
    still_out: int
    overdue: Sequence[RoundStop]


def team_lines(session: Session, view: DayView, at: datetime) -> list[TeamLine]:
    """The own team's rounds of a day that have been handed over, as they stand at a moment."""
    if not any(line.sent is not None and line.sent.carrier == OWN_TEAM for line in view.items):
        return []
    offices = [view.office] if view.office is not None else view.offices
    rounds = rounds_of_day(session, view.day, [office.id for office in offices])
    return [_line(one, view.day, at) for one in rounds if any(not each.not_in_bag for each in one.stops)]


def _line(one: Round, day: date, at: datetime) -> TeamLine:
    over = at >= at_local(day, time()) + timedelta(seconds=one.route.courier.shift_end)
    counts = one.counts
    out = [each for each in one.stops if each.in_bag]
    return TeamLine(
        code=one.route.code,
        batch=one.batch.code,
        courier=one.route.courier.name,
        handed_over=sum(not each.not_in_bag for each in one.stops),
        delivered=counts[State.DELIVERED],
        in_vain=counts[State.ATTEMPT_FAILED],
        back=counts[State.RETURNED],
        still_out=len(out),
        overdue=out if over else [],
    )
