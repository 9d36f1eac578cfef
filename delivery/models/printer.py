"""The printers that an office prints its labels on from the browser, and each person's last choice among them."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base


class PrintProfile(Base):
    """How labels come out right on one printer: the sheet in it, its dots per inch, how far it prints off, in mm."""

    __tablename__ = "print_profile"
    __table_args__ = (UniqueConstraint("office_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    name: Mapped[str]
    sheet: Mapped[str]
    dpi: Mapped[int]
    right_mm: Mapped[float]
    down_mm: Mapped[float]
    active: Mapped[bool] = mapped_column(default=True)


class PrintChoice(Base):
    """On which of an office's printers somebody printed last."""

    __tablename__ = "print_choice"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("print_profile.id"))
