"""Versions of a batch's routes: how one is written down, how it is read again, and how the batch comes to follow it.

A version is a plan. The optimiser makes one, and so does each change by hand on the board; none is ever changed. The
batch follows one of them, and while somebody works on the board it has another as its draft.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

import routing
from delivery.cases import open_among, open_case
from delivery.database import Database
from delivery.models import Batch, CaseKind, Courier, LeftOut, Plan, PlanState, Route, Stop

if TYPE_CHECKING:
    from delivery.travelling import Travelling

# Why an item has no place, beside what the optimiser found: a person wants it to wait.
BY_HAND = "by_hand"
FORGOTTEN_AT_ONCE = 200
Ways = Mapping[str, list[int] | None]


def current_of(batch: Batch) -> Plan | None:
    """The version that the board shows: the draft, or what the batch follows."""
    return batch.draft if batch.draft is not None else batch.plan


def ways_of(travelling: "Travelling", problem: routing.Problem, answer: routing.Plan) -> Ways:
    """For each courier with stops the line along the streets, from the office and back."""
    doors = {stop.id: stop.location for stop in problem.stops}
    starts = {courier.id: courier.start for courier in problem.couriers}
    return {
        route.courier_id: travelling.way(
            [starts[route.courier_id], *(doors[visit.stop_id] for visit in route.visits), starts[route.courier_id]]
        )
        for route in answer.routes
        if route.visits
    }


def write_version(
    session: Session, plan: Plan, answer: routing.Plan, ways: Ways, *, by_hand: Iterable[int] = ()
) -> None:  # fmt: skip
    """Write the routes of one batch into `plan`, and what has no place in them with the reason.

    Items that wait `by_hand` may be among what the answer leaves out, or in no part of it.
    """
    for route in answer.routes:
        if route.visits:
            session.add(_route(session, plan, route, ways[route.courier_id]))
    waiting = set(by_hand)
    for missed in answer.left_out:
        if int(missed.stop_id) not in waiting:
            facts = dict(missed.facts)
            session.add(LeftOut(plan_id=plan.id, item_id=int(missed.stop_id), reason=missed.reason.value, facts=facts))
    for item_id in sorted(waiting):
        session.add(LeftOut(plan_id=plan.id, item_id=item_id, reason=BY_HAND, facts={}))


def follow(session: Session, batch: Batch, plan: Plan, at: datetime) -> None:
    """From now on the batch follows this version; what has no place in it is asked about, unless a person wished so."""
    session.flush()
    batch.plan_id, batch.draft_id = plan.id, None
    mine = [item.id for item in batch.items]
    missing = sa.select(LeftOut).where(LeftOut.plan_id == plan.id, LeftOut.item_id.in_(mine))
    left_out = {missed.item_id: missed for missed in session.scalars(missing)}
    asked = open_among(session, CaseKind.LEFT_OUT, [f"item:{item.id}" for item in batch.items])
    for item in batch.items:
        missed = left_out.get(item.id)
        case = asked.get(f"item:{item.id}")
        if missed is None and case is not None:
            case.closed_at, case.closed_by, case.decision = at, f"plan:{plan.id}", "planned"
        elif missed is not None and missed.reason != BY_HAND:
            facts = {"reason": missed.reason, **missed.facts}
            open_case(session, CaseKind.LEFT_OUT, f"item:{item.id}", at=at, office_id=item.office_id, facts=facts)


def orders_of(plan: Plan | None, items: Iterable[int]) -> dict[int, list[int]]:
    """The items in each courier's route of a version, as far as they are among `items`."""
    known = set(items)
    routes = plan.routes if plan is not None else []
    return {route.courier_id: [stop.item_id for stop in route.stops if stop.item_id in known] for route in routes}


def as_routing(plan: Plan | None, items: Sequence[int]) -> routing.Plan:
    """A version as the optimiser knows plans; what it leaves out of `items` is left out there, with its reason."""
    known = set(items)
    routes = tuple(_read(route, known) for route in (plan.routes if plan is not None else []))
    served = {int(visit.stop_id) for route in routes for visit in route.visits}
    reasons = {missed.item_id: missed for missed in (plan.left_out if plan is not None else [])}
    left_out = tuple(_read_missed(item, reasons.get(item)) for item in items if item not in served)
    return routing.Plan(tuple(route for route in routes if route.visits), left_out, cost=0)


def versions_of(session: Session, batch: Batch) -> list[Plan]:
    """All versions that were made for the batch, the newest first; those of a plan of the whole day, too."""
    mine = sa.select(Route.plan_id).join(Route.stops).where(Stop.item_id.in_([item.id for item in batch.items]))
    wanted = sa.select(Plan).where(
        Plan.day == batch.day,
        Plan.state != PlanState.WAITING,
        sa.or_(Plan.batch_id == batch.id, sa.and_(Plan.batch_id.is_(None), Plan.id.in_(mine))),
    )
    return list(session.scalars(wanted.order_by(Plan.id.desc())))


def forget_drafts(database: Database, before: datetime) -> int:
    """Delete the routes of versions made before a moment that no batch follows, some at a time; returns how many.

    Who changed what stays written down.
    """
    forgotten = 0
    kept = [sa.select(which).where(which.is_not(None)) for which in (Batch.plan_id, Batch.draft_id)]
    has_routes = sa.select(Route.id).where(Route.plan_id == Plan.id).exists()
    old = sa.select(Plan.id).where(Plan.created_at < before, has_routes, *(Plan.id.not_in(ids) for ids in kept))
    while True:
        with database.write() as session:
            ids = session.scalars(old.limit(FORGOTTEN_AT_ONCE)).all()
            routes = sa.select(Route.id).where(Route.plan_id.in_(ids))
            for gone in (
                sa.delete(Stop).where(Stop.route_id.in_(routes)),
                sa.delete(Route).where(Route.plan_id.in_(ids)),
                sa.delete(LeftOut).where(LeftOut.plan_id.in_(ids)),
            ):
                session.execute(gone.execution_options(synchronize_session=False))
        forgotten += len(ids)
        if len(ids) < FORGOTTEN_AT_ONCE:
            return forgotten


def _route(session: Session, plan: Plan, route: routing.Route, way: list[int] | None) -> Route:
    courier = session.get_one(Courier, int(route.courier_id))
    made = Route(
        plan_id=plan.id, courier_id=courier.id, code=courier.code,
        leave=route.leave, back=route.back, distance=route.distance, driving=route.driving, way=way,
    )  # fmt: skip
    made.stops = [
        Stop(item_id=int(v.stop_id), position=n, arrival=v.arrival, start=v.start, departure=v.departure)
        for n, v in enumerate(route.visits, start=1)
    ]
    return made


def _read(route: Route, known: set[int]) -> routing.Route:
    visits = tuple(
        routing.Visit(str(stop.item_id), stop.arrival, stop.start, stop.departure)
        for stop in route.stops
        if stop.item_id in known
    )
    return routing.Route(
        courier_id=str(route.courier_id), visits=visits, rests=(), leave=route.leave, back=route.back,
        distance=route.distance, driving=route.driving, cost=0,
    )  # fmt: skip


def _read_missed(item: int, missed: LeftOut | None) -> routing.LeftOut:
    if missed is None or missed.reason == BY_HAND:
        return routing.LeftOut(str(item), routing.Reason.NOT_TESTED)
    return routing.LeftOut(str(item), routing.Reason(missed.reason), missed.facts)
