"""Who of the staff comes in by way of a provider of identities."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base

OPEN = text("ended_at IS NULL")


class ProviderTie(Base):
    """A person's account here and one at a provider: offered by an administrator first, then tied by the person.

    Of what the provider calls them only a keyed hash is kept. One that has ended can be given back.
    """

    __tablename__ = "provider_tie"
    __table_args__ = (
        Index("one_tie_of_a_person", "staff_id", "issuer", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("one_person_of_a_tie", "issuer", "subject_hash", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    issuer: Mapped[str]
    offered_at: Mapped[datetime]
    offered_by: Mapped[str]
    holds_until: Mapped[datetime]
    subject_hash: Mapped[bytes | None]
    tied_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
