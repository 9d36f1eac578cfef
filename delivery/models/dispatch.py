"""A day's dispatch: batches, plans with their routes and stops, and the hand-over that both sides sign."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base, Facts
from delivery.models.item import Item
from delivery.models.ward import Courier, Office


class Batch(Base):
    """The items one office dispatches together on one day.

    It follows one version of its routes; the draft is the one that somebody works on.
    """

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_day", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    day: Mapped[date]
    created_at: Mapped[datetime]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))

    office: Mapped[Office] = relationship()
    items: Mapped[list[Item]] = relationship(order_by=Item.id)
    plan: Mapped["Plan | None"] = relationship(foreign_keys=[plan_id])
    draft: Mapped["Plan | None"] = relationship(foreign_keys=[draft_id])
    manifests: Mapped[list["Manifest"]] = relationship(back_populates="batch", order_by="Manifest.id")


class PlanState(StrEnum):
    """How far a plan has come."""

    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"


class Plan(Base):
    """Routes for one or more batches of a day, made by the optimiser or a person; a batch points at the one it follows.

    What is made on one batch's board names that batch, the version it came from, who made it, the change, and what
    was wished then (`delivery.dispatch.wishes`).
    """

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    batches: Mapped[Facts]
    seconds: Mapped[float]
    state: Mapped[PlanState] = mapped_column(default=PlanState.WAITING)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    cost: Mapped[int | None]
    cancel_wanted: Mapped[bool] = mapped_column(default=False)
    travel: Mapped[str | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id", use_alter=True), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    made_by: Mapped[str] = mapped_column(default="", server_default="")
    change: Mapped[Facts | None]
    wishes: Mapped[Facts | None]

    routes: Mapped[list["Route"]] = relationship(back_populates="plan", order_by="Route.code")
    left_out: Mapped[list["LeftOut"]] = relationship(order_by="LeftOut.id")


class Route(Base):
    """One courier's way through the day; times are seconds since midnight, distance is metres.

    `way` is the line along the streets, where a map was there: whole numbers in 1/100,000 degrees, latitude and
    longitude of the first point, then of each point from the one before.
    """

    __tablename__ = "route"
    __table_args__ = (UniqueConstraint("plan_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    courier_id: Mapped[int] = mapped_column(ForeignKey("courier.id"))
    code: Mapped[str]
    leave: Mapped[int]
    back: Mapped[int]
    distance: Mapped[int]
    driving: Mapped[int]
    way: Mapped[list[int] | None] = mapped_column(JSON)

    plan: Mapped[Plan] = relationship(back_populates="routes")
    courier: Mapped[Courier] = relationship()
    stops: Mapped[list["Stop"]] = relationship(back_populates="route", order_by="Stop.position")


class Stop(Base):
    """A visit on a route: one item, reached at `arrival`, done at `departure`."""

    __tablename__ = "stop"
    __table_args__ = (UniqueConstraint("route_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    position: Mapped[int]
    arrival: Mapped[int]
    start: Mapped[int]
    departure: Mapped[int]

    route: Mapped[Route] = relationship(back_populates="stops")
    item: Mapped[Item] = relationship()


class LeftOut(Base):
    """An item that found no place in a plan, with the reason that was found by test."""

    __tablename__ = "left_out"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    reason: Mapped[str]
    facts: Mapped[Facts]

    item: Mapped[Item] = relationship()


class Manifest(Base):
    """The list both sides sign: made when it is printed, closed when the scans have been compared with it."""

    __tablename__ = "manifest"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    code: Mapped[str] = mapped_column(unique=True)
    printed_at: Mapped[datetime]
    digest: Mapped[str]

    batch: Mapped[Batch] = relationship(back_populates="manifests")


class Scan(Base):
    """One scan at the hand-over table and what it meant.

    `scan_id` is the name that the page at the table gave it: a scan that is sent again, because nobody knows whether it
    arrived, is the same scan.
    """

    __tablename__ = "scan"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    code: Mapped[str]
    scanned_at: Mapped[datetime]
    finding: Mapped[str]
    consignment_id: Mapped[int | None] = mapped_column(ForeignKey("consignment.id"), index=True)
    scan_id: Mapped[str | None] = mapped_column(unique=True)
    scanned_by: Mapped[str] = mapped_column(default="", server_default="")


class Side(StrEnum):
    """The two sides of the hand-over table."""

    WARD = "ward"
    CARRIER = "carrier"


class Signature(Base):
    """What one side of the table has signed: how many envelopes were handed over by then, and the signature's strokes.

    A stroke is a line through points, each a pair of thousandths of the field's width; without any, the name was typed
    as the signature. The newest of a side counts. `digest` is the fingerprint of the list that was signed, empty for
    what was signed before there was one; `act_id` was made by the page, so that what is sent twice is signed once.
    """

    __tablename__ = "signature"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    side: Mapped[Side]
    name: Mapped[str]
    counted: Mapped[int]
    strokes: Mapped[list[list[list[int]]]] = mapped_column(JSON)
    signed_at: Mapped[datetime]
    entered_by: Mapped[str]
    act_id: Mapped[str | None] = mapped_column(unique=True, index=True)
    digest: Mapped[str] = mapped_column(default="", server_default="")
