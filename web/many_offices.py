"""A day of many offices: one line each, counted by the database, with the way to the office's own page."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.models import Batch, Case, Consignment, Item, Office, Result, Route, Stop, Submission
from delivery.rules.lifecycle import AT_WARD, OUT, State

# A district has a few wards, whose routes one map shows; a city has a hundred.
FEW = 12


@dataclass(slots=True)
class OfficeLine:
    """An office's day in numbers: results that wait, envelopes of its batches and where they are, open cases."""

    office: Office
    waiting: int = 0
    batches: int = 0
    envelopes: int = 0
    planned: int = 0
    told: int = 0
    at_ward: int = 0
    out: int = 0
    delivered: int = 0
    returned: int = 0
    cases: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be seen or done."""
        return not (self.waiting or self.batches or self.cases)


@dataclass(frozen=True, slots=True)
class ManyOffices:
    """The day of all these offices; `lines` are those where there is something, the most still to be done first."""

    day: date
    before: date | None
    after: date | None
    lines: Sequence[OfficeLine]
    total: OfficeLine
    idle: int


def view_offices(session: Session, day: date, offices: Sequence[Office], today: date) -> ManyOffices:
    """Count a day of many offices."""
    lines = {office.id: OfficeLine(office) for office in offices}
    for name, counted in _counts(session, day, list(lines), max(day, today)):
        for office, count in counted:
            setattr(lines[office], name, getattr(lines[office], name) + count)
    busy = [line for line in lines.values() if not line.is_empty]
    return ManyOffices(
        day=day,
        before=session.scalar(sa.select(sa.func.max(Batch.day)).where(Batch.day < day, Batch.office_id.in_(lines))),
        after=session.scalar(sa.select(sa.func.min(Batch.day)).where(Batch.day > day, Batch.office_id.in_(lines))),
        lines=sorted(busy, key=lambda line: (-(line.waiting + line.at_ward), -line.envelopes, line.office.code)),
        total=_sum(offices[0], busy),
        idle=len(lines) - len(busy),
    )


Counted = Iterable[tuple[int, int]]
COUNTS = tuple(field.name for field in fields(OfficeLine) if field.name != "office")


def _counts(session: Session, day: date, offices: Sequence[int], by: date) -> Iterable[tuple[str, Counted]]:
    here = sa.and_(Batch.day == day, Batch.office_id.in_(offices))
    count = sa.func.count()
    waiting = sa.select(Result.office_id, count).where(
        Result.wants_delivery, Result.item_id.is_(None), Result.result_date <= by, Result.office_id.in_(offices)
    )
    batches = sa.select(Batch.office_id, count).where(here)
    placed = (
        sa.select(Batch.office_id, count)
        .join(Item, Item.batch_id == Batch.id)
        .join(Stop, Stop.item_id == Item.id)
        .join(Route, sa.and_(Route.id == Stop.route_id, Route.plan_id == Batch.plan_id))
        .where(here, Item.recalled_at.is_(None))
    )
    cases = sa.select(Case.office_id, count).where(Case.closed_at.is_(None), Case.office_id.in_(offices))
    for name, wanted, office in (
        ("waiting", waiting, Result.office_id),
        ("batches", batches, Batch.office_id),
        ("planned", placed, Batch.office_id),
        ("cases", cases, Case.office_id),
    ):
        yield name, [(place, found) for place, found in session.execute(wanted.group_by(office)) if place is not None]
    yield from _by_state(session, here)


def _by_state(session: Session, here: sa.ColumnElement[bool]) -> Iterable[tuple[str, Counted]]:
    """Where the envelopes are: by the last sending of each that counts."""
    sent = sa.select(sa.func.max(Consignment.id)).where(
        Consignment.item_id == Item.id, Consignment.submission != Submission.VOID
    )
    wanted = (
        sa.select(Batch.office_id, Consignment.journey, Consignment.accepted_at.is_not(None), sa.func.count())
        .join(Item, Item.batch_id == Batch.id)
        .outerjoin(Consignment, Consignment.id == sent.correlate(Item).scalar_subquery())
        .where(here)
        .group_by(Batch.office_id, Consignment.journey, Consignment.accepted_at.is_not(None))
    )
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for office, journey, told, count in session.execute(wanted):
        found["envelopes"].append((office, count))
        if (name := _place(journey)) is not None:
            found[name].append((office, count))
        if told:
            found["told"].append((office, count))
    yield from found.items()


def _place(journey: State | None) -> str | None:
    if journey is None or journey in AT_WARD:
        return "at_ward"
    if journey in OUT:
        return "out"
    return {State.DELIVERED: "delivered", State.RETURNED: "returned"}.get(journey)


def _sum(office: Office, lines: Iterable[OfficeLine]) -> OfficeLine:
    total = OfficeLine(office)
    for line in lines:
        for name in COUNTS:
            setattr(total, name, getattr(total, name) + getattr(line, name))
    return total
