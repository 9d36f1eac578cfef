"""The words of the letters that go beside certificates, from version to version."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base


class LetterText(Base):
    """What the letter of a procedure says in a language from a moment on; rows are only added, the newest holds.

    Without a `text` it is the words that come with the program; an empty one means that no letter goes.
    """

    __tablename__ = "letter_text"
    __table_args__ = (UniqueConstraint("procedure_code", "language", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure_code: Mapped[str]
    language: Mapped[str]
    version: Mapped[int]
    text: Mapped[str | None]
    written_at: Mapped[datetime]
    written_by: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
