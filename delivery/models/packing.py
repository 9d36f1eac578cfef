"""What a clerk has put into an envelope, result by result, and the seal that was put on it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base

STANDS = "taken_back_at IS NULL"
ON_IT = "taken_back_at IS NULL AND opened_at IS NULL"


class PackedResult(Base):
    """A result that was ticked off as lying in an envelope, as it was then; rows are only added, and taken back.

    `act_id` was made by the page, so that a scan that is sent twice is one scan.
    """

    __tablename__ = "packed_result"
    __table_args__ = (
        # The same paper cannot lie in two envelopes.
        Index(
            "one_envelope_for_a_paper",
            "result_id",
            unique=True,
            sqlite_where=text(STANDS),
            postgresql_where=text(STANDS),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    act_id: Mapped[str] = mapped_column(unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))
    result_version: Mapped[int]
    packed_at: Mapped[datetime]
    packed_by: Mapped[str]
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[str] = mapped_column(default="")


class ItemSeal(Base):
    """The numbered seal on an envelope. One that was a mistake is taken back; one that is broken was opened.

    A number that was on an envelope of an office is never on another, for seals are broken and not used again.
    """

    __tablename__ = "item_seal"
    __table_args__ = (
        Index(
            "one_envelope_for_a_seal",
            "office_id",
            "number",
            unique=True,
            sqlite_where=text(STANDS),
            postgresql_where=text(STANDS),
        ),
        Index("one_seal_on_it", "item_id", unique=True, sqlite_where=text(ON_IT), postgresql_where=text(ON_IT)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    act_id: Mapped[str] = mapped_column(unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    number: Mapped[str]
    sealed_at: Mapped[datetime]
    sealed_by: Mapped[str]
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime | None]

    @property
    def is_on_it(self) -> bool:
        """Whether it is on the envelope now."""
        return self.taken_back_at is None and self.opened_at is None
