"""The tables of fees that were entered in the browser."""

from datetime import date, datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base


class FeeVersion(Base):
    """A table of fees as text, and the day from which on it counts; rows are added, and withdrawn while unused."""

    __tablename__ = "fee_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
