"""What couriers' own days teach about the streets: how much longer a way takes at which hour."""

import csv
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

import routing
from delivery.dispatch.problems import AT_THE_DOOR, AT_THE_PLACE, searching
from delivery.models import Batch, Channel, Consignment, Courier, Item, Plan, Route, Stop
from delivery.moments import VIETNAM
from delivery.rules.lifecycle import Fact
from routing.roads import Factors, NetworkTravel, Observation

VISITS = frozenset({Fact.DELIVERED, Fact.ATTEMPT_FAILED})
CHUNK = 50


def observe(session: Session, travel: NetworkTravel) -> Iterator[Observation]:
    """Each leg between two doors that a courier was seen at: expected by the streets alone, and taken.

    A visit is seen when it ends. Legs after which the courier waited for a slot teach nothing about streets.
    """
    whole = selectinload(Route.stops).selectinload(Stop.item)
    # Of the versions of a batch's routes, only the one that it followed was driven.
    driven = sa.select(Batch.id).where(Batch.plan_id == Route.plan_id, Batch.office_id == Courier.office_id)
    wanted = sa.select(Route).join(Route.plan).join(Route.courier).where(driven.exists()).order_by(Route.id).options(
        selectinload(Route.plan), whole.selectinload(Item.results),
        whole.selectinload(Item.consignments).selectinload(Consignment.events),
    ).execution_options(yield_per=CHUNK)  # fmt: skip
    for route in session.scalars(wanted):
        seen = [(stop, moment) for stop in route.stops if (moment := _seen(stop, route.plan)) is not None]
        yield from _legs(seen, travel)


def _seen(stop: Stop, plan: Plan) -> datetime | None:
    """When the visit ended, on the day it was planned for."""
    moments = [
        event.occurred_at.astimezone(VIETNAM)
        for sent in stop.item.consignments
        for event in sent.standing_events
        # What was typed from a sheet at the counter is dated by the plan, and would teach the plan to itself.
        if event.fact in VISITS and not event.clamped and event.source != Channel.COUNTER.value
    ]
    return min((moment for moment in moments if moment.date() == plan.day), default=None)


def _legs(seen: list[tuple[Stop, datetime]], travel: NetworkTravel) -> Iterator[Observation]:
    legs = [
        (before, after, left, done)
        for (before, left), (after, done) in pairwise(seen)
        # Only neighbours on the route, and no wait before the door opens: between arrival and knock is only parking.
        if after.position == before.position + 1 and after.start - after.arrival <= _at_the_place(after)
    ]
    for before, after, left, done in legs:
        start, end = _door(before), _door(after)
        if start is None or end is None or start == end:
            continue
        (_, expected), _ = travel.matrices([start, end])[0]
        at_the_door = AT_THE_DOOR + _at_the_place(after)
        yield Observation(left.hour, float(expected), (done - left).total_seconds() - at_the_door)


def _at_the_place(stop: Stop) -> int:
    return AT_THE_PLACE + searching(stop.item.first.radius_m)


def _door(stop: Stop) -> routing.Location | None:
    result = stop.item.first
    return routing.Location(result.lat, result.lon) if result.lat is not None and result.lon is not None else None


def write_factors(path: Path, factors: Factors) -> None:
    """Write what `Factors.read` reads; it takes its place when it is whole."""
    partial = path.with_name(f"{path.name}.part")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("hour", "road_class", "factor"))
        writer.writerows((hour, road, f"{factor:.3f}") for (hour, road), factor in sorted(factors.rows.items()))
    partial.replace(path)
