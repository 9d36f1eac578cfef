"""The ward's own furniture: offices, couriers with their absences, procedures, and what no calendar foresees."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base, Facts
from delivery.rules.policy import Policy


class Office(Base):
    """A ward's one-stop counter, where results come from and couriers' routes start.

    Where packing is required, nothing is handed over but what was ticked off, result by result, and sealed.
    """

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
    packing_required: Mapped[bool] = mapped_column(default=False, server_default=sql.false())

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
    absences: Mapped[list["Absence"]] = relationship(order_by="Absence.first", lazy="selectin")

    def is_there(self, day: date) -> bool:
        """Whether the courier belongs to the office and is not away on that day."""
        return self.active and not any(one.first <= day <= one.last for one in self.absences)


class Absence(Base):
    """Days, both included, on which a courier does not work; why is nobody's business here."""

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(primary_key=True)
    courier_id: Mapped[int] = mapped_column(ForeignKey("courier.id"), index=True)
    first: Mapped[date]
    last: Mapped[date]
    noted_by: Mapped[str]
    noted_at: Mapped[datetime]


class Procedure(Base):
    """What was applied for, with the rule of who may be handed the result, who signs for it, and how soon."""

    __tablename__ = "procedure"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    postable: Mapped[bool]
    handed_to: Mapped[str]
    working_days: Mapped[int]
    signed_at_door: Mapped[bool] = mapped_column(default=False, server_default=sql.false())

    def policy(self) -> Policy:
        return Policy(
            postable=self.postable, handed_to=self.handed_to, working_days=self.working_days, signed=self.signed_at_door
        )


class Revision(Base):
    """What a change of an office, courier or procedure changed, so that it can be put back; rows are only added."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    before: Mapped[Facts]
    after: Mapped[Facts]


class CalendarException(Base):
    """A day on which this district works although others rest, or rests although others work; decided long before."""

    __tablename__ = "calendar_exception"

    day: Mapped[date] = mapped_column(primary_key=True)
    works: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")
    noted_by: Mapped[str] = mapped_column(default="", server_default="")
    noted_at: Mapped[datetime | None]


class Closure(Base):
    """A day on which the offices were closed for what nobody could foresee; citizens read the reason."""

    __tablename__ = "closure"

    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str]
    noted_by: Mapped[str]
    noted_at: Mapped[datetime]


class OfficeClosure(Base):
    """A day on which one office was closed while others worked; those whom it serves read the reason."""

    __tablename__ = "office_closure"

    day: Mapped[date] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)
    reason: Mapped[str]
    noted_by: Mapped[str]
    noted_at: Mapped[datetime]
