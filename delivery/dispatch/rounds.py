"""A courier's round of the own team: the stops of the sheet in their order, each with what has become of it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from delivery.dispatch.handover import identify
from delivery.models import Batch, Consignment, DoorAct, Item, Route, Stop
from delivery.moments import at_local
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.lifecycle import AT_WARD, OUT, State


@dataclass(frozen=True, slots=True)
class RoundStop:
    """A stop with the sending that is in the courier's bag."""

    stop: Stop
    sent: Consignment

    @property
    def not_in_bag(self) -> bool:
        """Whether nobody handed it over: it stayed on the table."""
        return self.sent.journey in AT_WARD

    @property
    def waits(self) -> bool:
        """Whether nobody was at this door yet."""
        return self.sent.journey in OUT - {State.ATTEMPT_FAILED}

    @property
    def in_bag(self) -> bool:
        """Whether the courier has it still, visited in vain or not yet."""
        return self.sent.journey in OUT

    @property
    def last_act(self) -> DoorAct | None:
        """What was said of it last and stands."""
        return next((act for act in reversed(self.sent.acts) if act.stands), None)


@dataclass(frozen=True, slots=True)
class Round:
    """What one courier carries of one batch; the batch's code names it to its courier."""

    batch: Batch
    route: Route
    stops: tuple[RoundStop, ...]

    @property
    def following(self) -> RoundStop | None:
        """The next door: the first in the order of the sheet at which nobody was yet."""
        return next((each for each in self.stops if each.waits), None)

    @property
    def to_bring_back(self) -> tuple[RoundStop, ...]:
        """What was visited in vain and is still in the bag."""
        return tuple(each for each in self.stops if each.sent.journey is State.ATTEMPT_FAILED)

    @property
    def counts(self) -> Counter[State]:
        return Counter(each.sent.journey for each in self.stops)

    def at(self, position: int) -> RoundStop | None:
        """The stop that has this number on the sheet."""
        return next((each for each in self.stops if each.stop.position == position), None)


def rounds_of_courier(session: Session, courier_id: int, day: date) -> list[Round]:
    """The rounds that a courier of the own team has on a day, one a batch."""
    return _rounds(session, day, Route.courier_id == courier_id)


def rounds_of_day(session: Session, day: date, offices: list[int]) -> list[Round]:
    """The rounds of all couriers of the own team of some offices."""
    return _rounds(session, day, Batch.office_id.in_(offices))


def find_stop(session: Session, batch_round: Round, text: str, seal: bytes) -> RoundStop | None:
    """The stop of a round that a scanned item code or QR names, or the number of the stop on the sheet."""
    typed = text.strip()
    if typed.isascii() and typed.isdigit() and len(typed) <= 3:
        return batch_round.at(int(typed))
    consignment, _version = identify(session, typed, seal)
    return next((each for each in batch_round.stops if consignment is not None and each.sent is consignment), None)


def planned_moment(session: Session, sent: Consignment) -> datetime | None:
    """When the plan that an envelope left the ward with has somebody at its door; None where it has no stop there."""
    if sent.handed_over_in is None:
        return None
    wanted = (
        sa.select(Batch.day, Stop.start)
        .join(Route, Route.plan_id == Batch.plan_id)
        .join(Stop, Stop.route_id == Route.id)
        .where(Batch.id == sent.handed_over_in, Stop.item_id == sent.item_id)
    )
    found = session.execute(wanted).first()
    return at_local(found.day, time()) + timedelta(seconds=found.start) if found is not None else None


def _rounds(session: Session, day: date, which: sa.ColumnElement[bool]) -> list[Round]:
    whole = selectinload(Route.stops).selectinload(Stop.item)
    wanted = (
        sa.select(Batch, Route)
        .join(Route, Route.plan_id == Batch.plan_id)
        .where(Batch.day == day, which)
        .order_by(Batch.code, Route.code)
        .options(
            whole.selectinload(Item.results),
            whole.selectinload(Item.consignments).selectinload(Consignment.acts),
            selectinload(Route.courier),
        )
    )
    found = [Round(batch, route, _stops(batch, route)) for batch, route in session.execute(wanted).all()]
    return [one for one in found if one.stops]


def _stops(batch: Batch, route: Route) -> tuple[RoundStop, ...]:
    pairs = [(stop, _sent(stop.item, batch)) for stop in route.stops]
    return tuple(RoundStop(stop, sent) for stop, sent in pairs if sent is not None and sent.carrier == OWN_TEAM)


def _sent(item: Item, batch: Batch) -> Consignment | None:
    """The sending that this batch handed over; before the hand-over, the one that will be."""
    handed_over = next((sent for sent in item.consignments if sent.handed_over_in == batch.id), None)
    if handed_over is not None:
        return handed_over
    return item.live if item.batch_id == batch.id else None
