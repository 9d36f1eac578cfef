"""The envelope, its sendings through carriers, and the dated facts known about each sending."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base, Facts
from delivery.models.result import Result
from delivery.models.ward import Office
from delivery.rules.doorstep import OWN_TEAM, comes_again
from delivery.rules.lifecycle import Event, Fact, Journey, State, standing

if TYPE_CHECKING:
    from delivery.models.door import DoorAct


class Custody(StrEnum):
    """In whose hands the paper is."""

    WARD = "ward"
    CARRIER = "carrier"
    RECIPIENT = "recipient"


class Item(Base):
    """A sealed envelope with one or more results for one recipient.

    While `recalled_at` is set it stays at the ward: no plan, no paper and no hand-over takes it along. What was fetched
    at the counter has `collected_at`; `collected` says by whom, against which papers, and who wrote it down.
    """

    __tablename__ = "item"
    __table_args__ = (
        # Who gathers a day looks for what is still here, among all that ever was.
        Index(
            "ix_item_at_ward",
            "batch_id",
            sqlite_where=text("custody = 'ward' AND recalled_at IS NULL"),
            postgresql_where=text("custody = 'ward' AND recalled_at IS NULL"),
        ),
        Index(
            "ix_item_open",
            "id",
            sqlite_where=text("custody <> 'recipient'"),
            postgresql_where=text("custody <> 'recipient'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), index=True)
    tracking_code: Mapped[str] = mapped_column(unique=True)
    custody: Mapped[Custody] = mapped_column(default=Custody.WARD)
    created_at: Mapped[datetime]
    recalled_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    collected: Mapped[Facts | None]

    office: Mapped[Office] = relationship()
    results: Mapped[list[Result]] = relationship(order_by=Result.id)
    consignments: Mapped[list["Consignment"]] = relationship(back_populates="item", order_by="Consignment.id")
    resends: Mapped[list["Resend"]] = relationship(back_populates="item", order_by="Resend.id")

    @property
    def first(self) -> Result:
        """The result that speaks for the envelope: all results in it go to the same recipient and address."""
        return self.results[0]

    @property
    def most_urgent(self) -> Result:
        """The result whose promise is the next to be kept, for the whole envelope."""
        return min(self.results, key=lambda result: (result.promised_date, result.id))

    @property
    def dossiers(self) -> str:
        """The code of the dossier that speaks for it, and how many more results are inside."""
        more = len(self.results) - 1
        return f"{self.first.dossier_code} +{more}" if more else self.first.dossier_code

    @property
    def belongs_together(self) -> bool:
        """Whether all that is inside goes to one person at one door; a correction may have sent a part elsewhere."""
        first = self.first
        return all(
            other.wants_delivery is first.wants_delivery and other.destination.agrees(first.destination)
            for other in self.results[1:]
        )

    @property
    def live(self) -> "Consignment | None":
        """The one sending that counts; a second one beside it is impossible in the schema."""
        return next((sent for sent in self.consignments if sent.is_live), None)

    @property
    def wish(self) -> "Resend | None":
        """The wish, about its last sending, to send it once more; agreed to or not."""
        last = self.consignments[-1].id if self.consignments else None
        return next((one for one in self.resends if one.taken_back_at is None and one.consignment_id == last), None)

    @property
    def is_tried_again(self) -> bool:
        """Whether what the own team has brought back goes on another visit without anybody being asked."""
        came_back = [sent for sent in self.consignments if sent.journey is State.RETURNED]
        reasons = [
            act.reason for sent in self.consignments for act in sent.acts if act.stands and act.reason is not None
        ]
        is_ours = all(sent.carrier == OWN_TEAM for sent in came_back)
        return is_ours and self.first.wants_delivery and comes_again(reasons)


class Submission(StrEnum):
    """How far the carrier has been told of a consignment."""

    READY = "ready"
    IN_DOUBT = "in_doubt"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    VOID = "void"


class Consignment(Base):
    """One sending of an item through a carrier; `journey` is only ever written by folding its events.

    `postage` and `to_collect` are whole dong, as the table of fees was when it was made; `fee_version` is the number of
    that table, None where it was a file.
    """

    __tablename__ = "consignment"
    __table_args__ = (
        # A delivered item stays inside: sending it a second time is impossible in the schema.
        Index(
            "one_live_consignment",
            "item_id",
            unique=True,
            sqlite_where=text("submission <> 'void' AND journey <> 'returned'"),
            postgresql_where=text("submission <> 'void' AND journey <> 'returned'"),
        ),
        Index("ix_consignment_under_way", "carrier", "submission", "journey"),
        Index("ix_consignment_ended", "journey", "since"),
        Index("ix_consignment_fee_version", "fee_version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    reference: Mapped[str] = mapped_column(unique=True)
    item_code: Mapped[str] = mapped_column(unique=True)
    carrier: Mapped[str]
    address_version: Mapped[int]
    submission: Mapped[Submission] = mapped_column(default=Submission.READY)
    refusal: Mapped[str] = mapped_column(default="")
    accepted_at: Mapped[datetime | None]
    handed_over_in: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), index=True)
    journey: Mapped[State] = mapped_column(default=State.PREPARED)
    since: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    postage: Mapped[int] = mapped_column(server_default="26000")
    to_collect: Mapped[int] = mapped_column(server_default="0")
    fee_version: Mapped[int | None]

    item: Mapped[Item] = relationship(back_populates="consignments")
    events: Mapped[list["TrackingEvent"]] = relationship(
        back_populates="consignment", order_by="TrackingEvent.occurred_at, TrackingEvent.id"
    )
    labels: Mapped[list["Label"]] = relationship(back_populates="consignment", order_by="Label.version")
    acts: Mapped[list["DoorAct"]] = relationship(back_populates="consignment", order_by="DoorAct.id")

    @property
    def standing_events(self) -> "list[TrackingEvent]":
        """The events that nobody has taken back."""
        stands = {(event.source, event.source_id) for event in standing(each.as_event() for each in self.events)}
        return [event for event in self.events if (event.source, event.source_id) in stands]

    @property
    def is_live(self) -> bool:
        return self.submission is not Submission.VOID and self.journey is not State.RETURNED

    def follow(self, journey: Journey) -> None:
        """Take over the folded state, and with it who holds the paper."""
        still_back = self.journey is journey.state is State.RETURNED
        self.journey, self.since, self.attempts = journey.state, journey.since, journey.attempts
        # What is still heard of a sending that was taken back, or that came back long ago, says nothing of where the
        # paper is now: it may have been sent again, or fetched at the counter.
        if self.submission is not Submission.VOID and self.item.collected_at is None and not still_back:
            self.item.custody = CUSTODY.get(journey.state, Custody.CARRIER)


CUSTODY = {
    State.PREPARED: Custody.WARD,
    State.REGISTERED: Custody.WARD,
    State.CANCELLED: Custody.WARD,
    State.RETURNED: Custody.WARD,
    State.DELIVERED: Custody.RECIPIENT,
}


class Resend(Base):
    """The wish to send once more what came back from a sending; it goes when somebody else has agreed."""

    __tablename__ = "resend"
    __table_args__ = (
        Index(
            "one_open_resend",
            "consignment_id",
            unique=True,
            sqlite_where=text("taken_back_at IS NULL"),
            postgresql_where=text("taken_back_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"))
    wanted_by: Mapped[str]
    wanted_at: Mapped[datetime]
    reason: Mapped[str]
    agreed_by: Mapped[str | None]
    agreed_at: Mapped[datetime | None]
    taken_back_by: Mapped[str | None]
    taken_back_at: Mapped[datetime | None]

    item: Mapped[Item] = relationship(back_populates="resends")


class SubmitTry(Base):
    """An attempt to tell the carrier: the intention is on disk before the first byte leaves; rows are only added to."""

    __tablename__ = "submit_try"
    __table_args__ = (UniqueConstraint("consignment_id", "try_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"))
    try_no: Mapped[int]
    intended_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class TrackingEvent(Base):
    """One dated fact about a consignment, as its source reported it."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("consignment_id", "source", "source_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"), index=True)
    source: Mapped[str]
    source_id: Mapped[str]
    fact: Mapped[Fact]
    code: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    clamped: Mapped[bool] = mapped_column(default=False)
    takes_back: Mapped[str] = mapped_column(default="", server_default="")

    consignment: Mapped[Consignment] = relationship(back_populates="events")

    def as_event(self) -> Event:
        return Event(self.fact, self.occurred_at, self.source, self.source_id, self.takes_back)


class Label(Base):
    """A version of an envelope's label; only the newest counts, and the hand-over scan uses it up."""

    __tablename__ = "label"
    __table_args__ = (
        UniqueConstraint("consignment_id", "version"),
        Index(
            "one_valid_label",
            "consignment_id",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"))
    version: Mapped[int]
    address_version: Mapped[int]
    printed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]

    consignment: Mapped[Consignment] = relationship(back_populates="labels")
    printings: Mapped[list["Printing"]] = relationship(order_by="Printing.copy_no")


class Printing(Base):
    """One printing of a label; from the second on with the reason. Rows are only added to."""

    __tablename__ = "printing"
    __table_args__ = (UniqueConstraint("label_id", "copy_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    label_id: Mapped[int] = mapped_column(ForeignKey("label.id"))
    copy_no: Mapped[int]
    printed_at: Mapped[datetime]
    printed_by: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")


class NumberRange(Base):
    """Item codes that the carrier has allotted to us: each serial is used once, for ever."""

    __tablename__ = "number_range"

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator: Mapped[str]
    country: Mapped[str]
    next: Mapped[int]
    last: Mapped[int]
