"""Ways to look at the inbox that a person of the staff comes back to."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base


class SavedView(Base):
    """A tray narrowed to an office and a procedure, by the name that its owner gave it; nobody else sees it."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("staff_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str]
    tray: Mapped[str]
    office_code: Mapped[str | None]
    procedure_code: Mapped[str | None]
