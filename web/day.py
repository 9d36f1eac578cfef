"""The dispatch page's view of a day: what waits, what a person must decide, who goes where, where each item is."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from delivery.dispatch.batching import held_back
from delivery.dispatch.contents import Contents, contents_of
from delivery.models import (
    Batch,
    Case,
    CaseKind,
    Consignment,
    Item,
    Job,
    Label,
    Office,
    Plan,
    PlanState,
    Result,
    Route,
    Stop,
)
from delivery.moments import clock
from delivery.places.wards import WardBook
from delivery.rules.lifecycle import AT_WARD, OUT, State
from delivery.ways import WAYS

# Told apart by colour-blind eyes, and on grey printers by their dashes (Okabe & Ito, "Color Universal Design", 2008).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#aa4499", "#56b4e9", "#7a5c00", "#332288", "#882255")
DASHES = ("", "8 4", "2 5", "12 4 2 4")


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch with what can be done about it next.

    `late` came in after the batch was planned, and has no place yet; `unprinted` has one, and no label. `last` is how
    many labels the last printing had, where that was not all of them.
    """

    batch: Batch
    planned: int
    left_out: int
    late: int
    unprinted: int
    last: int
    submitted: int
    handed_over: int
    printed: bool
    plan_waits: bool

    @property
    def may_plan(self) -> bool:
        return not self.handed_over and not self.plan_waits


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An envelope: where it stands, and what was put into it."""

    item: Item
    sent: Consignment | None
    state: State
    stop: Stop | None
    inside: Contents


@dataclass(frozen=True, slots=True)
class RouteLine:
    """A route with its colour on the map."""

    route: Route
    stops: Sequence[Stop]
    colour: str
    dash: str


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of one office, or of all."""

    day: date
    before: date | None
    after: date | None
    offices: Sequence[Office]
    office: Office | None
    waiting: int
    held: int
    counts: Counter[str]
    cases: Mapping[CaseKind, Sequence[Case]]
    batches: Sequence[BatchLine]
    routes: Sequence[RouteLine]
    travels: Sequence[str]
    items: Sequence[ItemLine]


def newest_day(session: Session, today: date) -> date:
    """The day to show when nobody asked for one: the last on which something was dispatched, or today."""
    return session.scalar(sa.select(sa.func.max(Batch.day))) or today


def view_day(session: Session, day: date, offices: Sequence[Office], office: Office | None, today: date) -> DayView:
    """Gather a day for the offices that the reader may see."""
    ids = [office.id] if office is not None else [each.id for each in offices]
    batches = _batches(session, day, ids)
    stops = {stop.item_id: stop for batch in batches for stop in _stops(batch)}
    inside = contents_of(session, [item for batch in batches for item in batch.items])
    items = [_item_line(item, stops, inside[item.id]) for batch in batches for item in batch.items]
    waiting, held = _waiting(session, ids, max(day, today))
    days = sorted(session.scalars(sa.select(Batch.day).where(Batch.office_id.in_(ids)).distinct()))
    return DayView(
        day=day,
        before=max((other for other in days if other < day), default=None),
        after=min((other for other in days if other > day), default=None),
        offices=offices,
        office=office,
        waiting=waiting,
        held=held,
        counts=_counts(items),
        cases=_cases(session, ids, everything=office is None and len(offices) > 1),
        batches=_batch_lines(session, day, batches),
        routes=_route_lines(batches),
        travels=sorted({WAYS[b.plan.travel] for b in batches if b.plan is not None and b.plan.travel in WAYS}),
        items=sorted(items, key=_in_route_order),
    )


@dataclass(frozen=True, slots=True)
class Printed:
    """One printing of a label."""

    version: int
    copy_no: int
    printed_at: datetime
    printed_by: str
    reason: str


def printings_of(item: Item) -> list[Printed]:
    """Every printing of the labels that the envelope has had."""
    labels = [label for sent in item.consignments for label in sent.labels]
    return [
        Printed(label.version, one.copy_no, one.printed_at, one.printed_by, one.reason)
        for label in labels
        for one in label.printings
    ]


def map_of(routes: Sequence[RouteLine], offices: Sequence[Office], wards: WardBook) -> dict[str, Any]:
    """What the map draws: the wards concerned, offices, routes with numbered doors; codes and times, no names."""
    concerned = {office.ward_code for office in offices}
    concerned |= {stop.item.first.new_ward_code or "" for line in routes for stop in line.stops}
    return {
        "wards": [{"name": ward.name, "outline": ward.outline} for ward in wards.today if ward.code in concerned],
        "offices": [{"name": office.ward_name, "at": [office.lat, office.lon]} for office in offices],
        "routes": [_map_route(line) for line in routes],
    }


def _map_route(line: RouteLine) -> dict[str, Any]:
    office = line.route.courier.office
    return {
        "name": line.route.code,
        "colour": line.colour,
        "dash": line.dash,
        "way": line.route.way,
        "start": [office.lat, office.lon],
        "stops": [
            {"n": stop.position, "at": [stop.item.first.lat, stop.item.first.lon], "time": clock(stop.start),
             "id": f"stop-{stop.item_id}"}
            for stop in line.stops
        ],
    }  # fmt: skip


def _batches(session: Session, day: date, offices: Sequence[int]) -> list[Batch]:
    whole = (
        selectinload(Batch.items).selectinload(Item.results),
        selectinload(Batch.items)
        .selectinload(Item.consignments)
        .selectinload(Consignment.labels)
        .selectinload(Label.printings),
        selectinload(Batch.plan).selectinload(Plan.routes).selectinload(Route.stops),
        selectinload(Batch.plan).selectinload(Plan.left_out),
        selectinload(Batch.manifests),
    )
    wanted = sa.select(Batch).options(*whole).where(Batch.day == day, Batch.office_id.in_(offices))
    return list(session.scalars(wanted.order_by(Batch.code)))


def _stops(batch: Batch) -> list[Stop]:
    mine = {item.id for item in batch.items}
    routes = batch.plan.routes if batch.plan is not None else []
    return [stop for route in routes for stop in route.stops if stop.item_id in mine]


def _item_line(item: Item, stops: dict[int, Stop], inside: Contents) -> ItemLine:
    sent = item.consignments[-1] if item.consignments else None
    return ItemLine(item, sent, sent.journey if sent else State.PREPARED, stops.get(item.id), inside)


def _in_route_order(line: ItemLine) -> tuple[bool, str, int, int]:
    stop = line.stop
    return stop is None, stop.route.code if stop else "", stop.position if stop else 0, line.item.id


def _batch_lines(session: Session, day: date, batches: Sequence[Batch]) -> list[BatchLine]:
    waiting = sa.select(Plan.batches).where(Plan.day == day, Plan.state == PlanState.WAITING)
    planned_soon = {batch for facts in session.scalars(waiting) for batch in facts["ids"]}
    return [_batch_line(batch, plan_waits=batch.id in planned_soon) for batch in batches]


def _batch_line(batch: Batch, *, plan_waits: bool) -> BatchLine:
    mine = {item.id for item in batch.items}
    stops = _stops(batch)
    missed = {left.item_id for left in batch.plan.left_out} if batch.plan else mine
    placed = {stop.item_id for stop in stops}
    printed = [moment for stop in stops if (moment := _printed_at(stop.item)) is not None]
    last = printed.count(max(printed)) if printed else 0
    return BatchLine(
        batch=batch,
        planned=len(stops),
        left_out=len(missed & mine) if batch.plan else 0,
        late=sum(item.id not in placed | missed and item.recalled_at is None for item in batch.items),
        unprinted=len(stops) - len(printed),
        last=last if last < len(printed) else 0,
        submitted=sum(any(sent.accepted_at for sent in item.consignments) for item in batch.items),
        handed_over=sum(sent.handed_over_in == batch.id for item in batch.items for sent in item.consignments),
        printed=bool(batch.manifests),
        plan_waits=plan_waits,
    )


def _printed_at(item: Item) -> datetime | None:
    """When the label that counts was printed last."""
    labels = [one for one in item.live.labels if one.voided_at is None] if item.live is not None else []
    return max((one.printed_at for label in labels for one in label.printings), default=None)


def _route_lines(batches: Sequence[Batch]) -> list[RouteLine]:
    lines: list[RouteLine] = []
    for batch in batches:
        mine = {item.id for item in batch.items}
        for route in batch.plan.routes if batch.plan is not None else []:
            stops = [stop for stop in route.stops if stop.item_id in mine]
            if stops:
                number = len(lines)
                lines.append(RouteLine(route, stops, COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]))
    return lines


def _counts(items: Sequence[ItemLine]) -> Counter[str]:
    counts: Counter[str] = Counter(all=len(items))
    for line in items:
        if line.item.collected_at is not None:
            counts["collected"] += 1
        elif line.state in AT_WARD:
            counts["at_ward"] += 1
        elif line.state in OUT:
            counts["out"] += 1
        else:
            counts[line.state.value] += 1
    return counts


def _waiting(session: Session, offices: Sequence[int], by: date) -> tuple[int, int]:
    """How many results wait for a batch, and how many of these a question holds back."""
    held = held_back(session)
    waiting = session.scalars(
        sa.select(Result).where(
            Result.office_id.in_(offices), Result.wants_delivery, Result.item_id.is_(None), Result.result_date <= by
        )
    ).all()
    stopped = sum(
        bool(held & {f"result:{result.id}", f"result:{result.dossier_code}:{result.copy_no}"}) for result in waiting
    )
    return len(waiting), stopped


def _cases(session: Session, offices: Sequence[int], *, everything: bool) -> dict[CaseKind, list[Case]]:
    """The open cases by kind; the kind whose first case is the most urgent comes first."""
    mine = Case.office_id.in_(offices)
    wanted = sa.select(Case).where(
        Case.closed_at.is_(None), sa.or_(mine, Case.office_id.is_(None)) if everything else mine
    )
    by_kind: dict[CaseKind, list[Case]] = defaultdict(list)
    for case in session.scalars(wanted.order_by(Case.due_at, Case.id)):
        by_kind[case.kind].append(case)
    return dict(by_kind)


def progress_of(session: Session, plan_id: int) -> int:
    """How far the optimiser has come with a plan, in per cent."""
    job = session.scalar(sa.select(Job).where(Job.kind == "plan", Job.key == plan_id).order_by(Job.id.desc()))
    part = (job.progress or {}).get("part", 0) if job is not None else 0
    return round(100 * float(part))
