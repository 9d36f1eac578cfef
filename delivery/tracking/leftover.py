"""What a day leaves to be done: envelopes that are still out, and those that lie at the ward, each with the reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from delivery.i18n import marked
from delivery.models import Batch, Consignment, Item, Route, Stop, Submission
from delivery.rules.lifecycle import OUT


class Lying(StrEnum):
    """Why an envelope of a batch was not handed over with it."""

    COLLECTED = "collected"
    RECALLED = "recalled"
    NOT_PLANNED = "not_planned"
    NOT_PRINTED = "not_printed"
    REFUSED = "refused"
    NOT_TOLD = "not_told"
    NOT_SCANNED = "not_scanned"


LYINGS: dict[Lying, str] = {
    Lying.COLLECTED: marked("was fetched at the counter"),
    Lying.RECALLED: marked("was recalled"),
    Lying.NOT_PLANNED: marked("has no place in a plan"),
    Lying.NOT_PRINTED: marked("its label is not printed yet"),
    Lying.REFUSED: marked("the carrier refused the order"),
    Lying.NOT_TOLD: marked("the carrier has not confirmed the order yet"),
    Lying.NOT_SCANNED: marked("was not scanned at the hand-over"),
}


@dataclass(frozen=True, slots=True)
class Left:
    """An envelope at the ward, its sending if it has one, and why it lies there."""

    item: Item
    sent: Consignment | None
    why: Lying


def still_out(session: Session, day: date, offices: Collection[int]) -> Sequence[Consignment]:
    """What was handed over with the batches of `day` and has neither arrived nor come back, the oldest word first."""
    wanted = (
        sa.select(Consignment)
        .join(Batch, Consignment.handed_over_in == Batch.id)
        .options(joinedload(Consignment.item).selectinload(Item.results))
        .where(Batch.day == day, Batch.office_id.in_(offices), Consignment.journey.in_(OUT))
    )
    return session.scalars(wanted.order_by(Consignment.since, Consignment.id)).all()


def left_at_ward(session: Session, day: date, offices: Collection[int]) -> list[Left]:
    """What the batches of `day` hold that was not handed over with them."""
    handed_over = sa.select(Consignment.id).where(
        Consignment.item_id == Item.id, Consignment.handed_over_in == Item.batch_id
    )
    wanted = (
        sa.select(Item, Batch.plan_id)
        .join(Batch, Item.batch_id == Batch.id)
        .options(selectinload(Item.results), selectinload(Item.consignments))
        .where(Batch.day == day, Batch.office_id.in_(offices), ~handed_over.exists())
        .order_by(Item.id)
    )
    found = session.execute(wanted).all()
    plans = {plan for _item, plan in found if plan is not None}
    visits = sa.select(Stop.item_id, Route.plan_id).join(Stop.route).where(Route.plan_id.in_(plans))
    planned = {(item, plan) for item, plan in session.execute(visits)}
    return [Left(item, item.live, _why(item, planned=(item.id, plan) in planned)) for item, plan in found]


def _why(item: Item, *, planned: bool) -> Lying:
    sent = item.live
    if item.collected_at is not None:
        return Lying.COLLECTED
    if item.recalled_at is not None:
        return Lying.RECALLED
    if not planned:
        return Lying.NOT_PLANNED
    if sent is None:
        return Lying.NOT_PRINTED
    if sent.submission is Submission.ACCEPTED:
        return Lying.NOT_SCANNED
    return Lying.REFUSED if sent.submission is Submission.REFUSED else Lying.NOT_TOLD
