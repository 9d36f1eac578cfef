"""What couriers of the own team and clerks at the counter said about an envelope: the proof of delivery among it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base
from delivery.models.item import Consignment
from delivery.rules.doorstep import Outcome, Paper, Reason, Receiver
from delivery.rules.strokes import Strokes


class Channel(StrEnum):
    """Where it was said: it is the source of the tracking event, too."""

    PHONE = "phone"
    COUNTER = "counter"
    COMMAND = "command"


class DoorAct(Base):
    """One thing that somebody said happened; rows are only added, and a mistake is marked by who took it back when.

    `act_id` was made where it was said, on the phone or in the form, so that hearing it twice is hearing it once. No
    name of whoever took the envelope and no number of a paper is kept: the signed slip or sheet has them. `strokes` is
    what they drew on the phone, where the procedure asks for a signature (`delivery.rules.strokes`).
    """

    __tablename__ = "door_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    act_id: Mapped[str] = mapped_column(unique=True)
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"), index=True)
    outcome: Mapped[Outcome]
    channel: Mapped[Channel]
    said_by: Mapped[str] = mapped_column(index=True)
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    receiver: Mapped[Receiver | None]
    papers: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[Reason | None]
    strokes: Mapped[Strokes | None] = mapped_column(JSON(none_as_null=True))
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[str] = mapped_column(default="")
    taken_back_in: Mapped[str | None] = mapped_column(unique=True)

    consignment: Mapped[Consignment] = relationship(back_populates="acts")

    @property
    def stands(self) -> bool:
        """Whether nobody has taken it back."""
        return self.taken_back_at is None

    @property
    def shown(self) -> tuple[Paper, ...]:
        """The papers that were shown."""
        return tuple(Paper(name) for name in self.papers)
