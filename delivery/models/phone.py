"""Couriers' phones that were let in at the desk instead of by a password."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base
from delivery.models.person import Staff


class PairedPhone(Base):
    """The log-in of one phone, by the hash of its name; `ended_by` is empty where the phone itself logged out."""

    __tablename__ = "paired_phone"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    login_hash: Mapped[str] = mapped_column(unique=True)
    # Such as "Android · Chrome", and no more of what a browser says of itself.
    agent: Mapped[str]
    paired_at: Mapped[datetime] = mapped_column(index=True)
    paired_by: Mapped[str]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    staff: Mapped[Staff] = relationship()


class Pairing(Base):
    """What the desk shows for a moment: keyed hashes of the secret in the picture and of the code beside it.

    `phone_id` is the phone that has used it, and nobody uses it again.
    """

    __tablename__ = "pairing"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    made_by: Mapped[str]
    holds_until: Mapped[datetime]
    phone_id: Mapped[int | None] = mapped_column(ForeignKey("paired_phone.id"))

    staff: Mapped[Staff] = relationship()
    phone: Mapped[PairedPhone | None] = relationship()
