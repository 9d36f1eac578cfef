"""The ward's own furniture: offices, couriers, procedures, the calendar's exceptions."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base
from delivery.rules.policy import Policy


class Office(Base):
    """A ward's one-stop counter, where results come from and couriers' routes start."""

    __tablename__ = "office"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    ward_code: Mapped[str]
    ward_name: Mapped[str]
    name: Mapped[str]
    address: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    lat: Mapped[float]
    lon: Mapped[float]

    couriers: Mapped[list["Courier"]] = relationship(back_populates="office", order_by="Courier.code")


class Courier(Base):
    """Somebody who carries one office's envelopes: from when to when (seconds since midnight), and how many."""

    __tablename__ = "courier"

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    shift_start: Mapped[int]
    shift_end: Mapped[int]
    break_start: Mapped[int | None]
    break_end: Mapped[int | None]
    break_length: Mapped[int | None]
    capacity: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)

    office: Mapped[Office] = relationship(back_populates="couriers")


class Procedure(Base):
    """What was applied for, with the rule of who may be handed the result, and how soon."""

    __tablename__ = "procedure"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    postable: Mapped[bool]
    handed_to: Mapped[str]
    working_days: Mapped[int]

    def policy(self) -> Policy:
        return Policy(postable=self.postable, handed_to=self.handed_to, working_days=self.working_days)


class CalendarException(Base):
    """A day on which this district works although others rest, or rests although others work."""

    __tablename__ = "calendar_exception"

    day: Mapped[date] = mapped_column(primary_key=True)
    works: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")
