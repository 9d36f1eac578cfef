"""The board of a batch: its routes changed by hand, each change a version of its own, until one is published.

A change is worked out while no transaction is open, for a routing server may be asked. It is written only if nobody
else has changed the routes, and nothing has gone from the batch, meanwhile.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

import routing
from delivery.dispatch.batching import find_batch, has_left
from delivery.dispatch.changes import Change
from delivery.dispatch.desk import Desk, items_in
from delivery.dispatch.problems import hours_of, hours_with, on_duty, places_of, problem_of, to_carry
from delivery.dispatch.trips import busy_until
from delivery.dispatch.versions import (
    Ways,
    as_routing,
    current_of,
    follow,
    orders_of,
    versions_of,
    ways_of,
    write_version,
)
from delivery.dispatch.wishes import Wishes
from delivery.errors import ChangedMeanwhile, NotFound, NotNow, Unbalanced
from delivery.i18n import gettext as _
from delivery.jobs.queue import put
from delivery.models import Batch, Item, Plan, PlanState
from delivery.models.base import Facts
from delivery.moments import local
from delivery.wiring import Service


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the routes, seeing which version of them (0: none yet)."""

    name: str
    sees: int


def open_desk(service: Service, code: str, wishes: Wishes | None = None) -> Desk:
    """The board's current version, or the same with other wishes, ready to be changed.

    Raises NotFound, and NotNow when an envelope has lost its place on the map.
    """
    with service.database.read() as session:
        batch = _read(session, find_batch(session, code).id)
        version = current_of(batch)
        if wishes is None:
            wishes = Wishes.of(version.wishes if version is not None else None)
        items = [item.id for item in to_carry(batch)]
        busy = busy_until(session, batch)
        problem = problem_of(batch, wishes, orders_of(version, items), busy=busy, with_out=True)
        plan = as_routing(version, items)
        names = {courier.id: courier.code for courier in batch.office.couriers}
        hours = {one.id: hours_with(one, busy=busy) for one in on_duty(batch, busy=busy)}
    travelling = service.travelling().among(list(places_of(problem)), hours_of([problem]))
    problem = replace(problem, travel=travelling.travel)
    return Desk(
        batch_id=batch.id,
        version=version.id if version is not None else 0,
        wishes=wishes,
        problem=problem,
        plan=routing.timed(problem, plan),
        written=items_in(plan),
        travelling=travelling,
        names=names,
        hours=hours,
    )


def change(service: Service, code: str, author: Author, what: Change, at: datetime) -> Plan:
    """Make the change a new version, which becomes the board's draft; `lost` in it counts who had a place before.

    Raises NotNow when it cannot be made, with the reason, and ChangedMeanwhile when somebody else was quicker; then
    nothing has changed.
    """
    before = open_desk(service, code)
    _same_version(service, before.version, author)
    what.allowed(before)
    wishes = what.wished(before)
    desk = before if wishes == before.wishes else open_desk(service, code, wishes)
    answer = what.planned(desk)
    _must_hold(desk, answer)
    ways = ways_of(desk.travelling, desk.problem, answer)
    with service.database.write() as session:
        batch = _locked(session, desk.batch_id)
        _still_so(session, batch, desk, author)
        told = {**what.told(before, answer), "lost": len(before.written - items_in(answer) - desk.wishes.out)}
        made = _version(batch, author, told, desk.wishes, at)
        _write(session, batch, made, desk, answer, ways)
        return made


def ask_optimiser(session: Session, code: str, author: Author, seconds: float, at: datetime) -> Plan:
    """Ask for routes that keep what is wished; a worker makes them, and they become the draft.

    Raises NotFound, NotNow, ChangedMeanwhile.
    """
    batch = _locked(session, find_batch(session, code).id)
    version = current_of(batch)
    _may_change(session, batch)
    _is_seen(session, version.id if version is not None else 0, author)
    wishes = Wishes.of(version.wishes if version is not None else None)
    made = _version(batch, author, {"kind": "optimised"}, wishes, at)
    made.seconds, made.state, made.finished_at = seconds, PlanState.WAITING, None
    session.add(made)
    session.flush()
    put(session, "plan", made.id)
    return made


def go_to(session: Session, code: str, author: Author, version_id: int) -> Plan:
    """Show another version of the routes on the board; what was made since stays among the versions.

    Raises NotFound, NotNow, ChangedMeanwhile.
    """
    batch = _locked(session, find_batch(session, code).id)
    _may_change(session, batch)
    _is_seen(session, batch.draft_id or batch.plan_id or 0, author)
    version = next((one for one in versions_of(session, batch) if one.id == version_id), None)
    if version is None:
        raise NotFound(_("There is no such version of these routes"))
    batch.draft_id = None if version.id == batch.plan_id else version.id
    return version


def undo(session: Session, code: str, author: Author) -> Plan:
    """Show the version from which the current one was made.

    Raises NotFound, NotNow, ChangedMeanwhile.
    """
    version = current_of(_locked(session, find_batch(session, code).id))
    if version is None or version.parent_id is None:
        raise NotNow(_("There is nothing to undo"))
    return go_to(session, code, author, version.parent_id)


def redo(session: Session, code: str, author: Author) -> Plan:
    """Show the newest version that was made from the current one.

    Raises NotFound, NotNow, ChangedMeanwhile.
    """
    following = next_version(session, _locked(session, find_batch(session, code).id))
    if following is None:
        raise NotNow(_("There is nothing to do again"))
    return go_to(session, code, author, following)


def next_version(session: Session, batch: Batch) -> int | None:
    """The newest version that was made from the one that the board shows, if any."""
    current = batch.draft_id or batch.plan_id
    if current is None:
        return None
    made = sa.select(Plan.id).where(
        Plan.parent_id == current, Plan.batch_id == batch.id, Plan.state != PlanState.WAITING
    )
    return session.scalar(made.order_by(Plan.id.desc()).limit(1))


def publish(session: Session, code: str, author: Author, at: datetime) -> Batch:
    """From now on the batch follows the draft: papers, the carrier and couriers get these routes.

    Raises NotFound, NotNow, ChangedMeanwhile.
    """
    batch = _locked(session, find_batch(session, code).id)
    _may_change(session, batch)
    _is_seen(session, batch.draft_id or batch.plan_id or 0, author)
    if batch.draft is None:
        raise NotNow(_("These routes are published already"))
    follow(session, batch, batch.draft, at)
    return batch


def _read(session: Session, batch_id: int) -> Batch:
    whole = (
        selectinload(Batch.items).selectinload(Item.results),
        selectinload(Batch.draft).selectinload(Plan.left_out),
        selectinload(Batch.plan).selectinload(Plan.left_out),
    )
    return session.get_one(Batch, batch_id, options=whole)


def _locked(session: Session, batch_id: int) -> Batch:
    """The batch, which nobody else changes until the transaction ends."""
    return session.get_one(Batch, batch_id, with_for_update=True, populate_existing=True)


def _must_hold(desk: Desk, answer: routing.Plan) -> None:
    promised = {int(stop_id) for courier in desk.problem.couriers for stop_id in courier.locked}
    if not promised <= items_in(answer):
        raise NotNow(_("A held route can no longer be kept as it is. Release it first"))
    if wrong := routing.check(_judged(desk, answer), answer):
        raise Unbalanced(f"the change breaks the rules: {wrong[0]}")


def _judged(desk: Desk, answer: routing.Plan) -> routing.Problem:
    """The problem that the answer answers: without what waits by hand, where the answer says nothing of it."""
    told = items_in(answer) | {int(missed.stop_id) for missed in answer.left_out}
    return replace(desk.problem, stops=tuple(stop for stop in desk.problem.stops if int(stop.id) in told))


def _still_so(session: Session, batch: Batch, desk: Desk, author: Author) -> None:
    _may_change(session, batch)
    _is_seen(session, batch.draft_id or batch.plan_id or 0, author)
    if {str(item.id) for item in to_carry(batch)} != {stop.id for stop in desk.problem.stops}:
        raise NotNow(_("Envelopes have come to this batch or gone from it meanwhile. Look again, and do it once more"))


def _may_change(session: Session, batch: Batch) -> None:
    if has_left(session, batch):
        raise NotNow(
            _("Batch {code} has been handed over in part; its plan can no longer change").format(code=batch.code)
        )


def _same_version(service: Service, current: int, author: Author) -> None:
    with service.database.read() as session:
        _is_seen(session, current, author)


def _is_seen(session: Session, current: int, author: Author) -> None:
    if current == author.sees:
        return
    version = session.get(Plan, current)
    if version is None or not version.made_by:
        raise ChangedMeanwhile(_("The routes have been planned anew meanwhile. This is how they are now"))
    raise ChangedMeanwhile(
        _("{who} has changed the routes ({moment}). This is how they are now; do yours again if it is needed").format(
            who=version.made_by, moment=local(version.created_at).strftime("%H:%M")
        )
    )


def _write(session: Session, batch: Batch, made: Plan, desk: Desk, answer: routing.Plan, ways: Ways) -> None:
    made.travel, made.cost = desk.travelling.kind, answer.cost
    session.add(made)
    session.flush()
    write_version(session, made, answer, ways, by_hand=desk.wishes.out)
    batch.draft_id = made.id


def _version(batch: Batch, author: Author, told: Facts, wishes: Wishes, at: datetime) -> Plan:
    return Plan(
        day=batch.day, batches={"ids": [batch.id]}, seconds=0, state=PlanState.DONE, created_at=at, finished_at=at,
        batch_id=batch.id, parent_id=batch.draft_id or batch.plan_id, made_by=author.name, change=told,
        wishes=wishes.facts(),
    )  # fmt: skip
