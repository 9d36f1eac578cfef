"""The nights: what was found when all books were held against each other."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base, Facts


class Night(Base):
    """One night's look at all books.

    `counts` says how many envelopes are in whose hands, and how often each kind of difference was found.
    """

    __tablename__ = "night"

    day: Mapped[date] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime]
    envelopes: Mapped[int]
    differences: Mapped[int]
    counts: Mapped[Facts]
