"""What recipients say and ask for, and the proofs that they are who they say: wrong tries are counted."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base


class WordKind(StrEnum):
    """What a recipient may say."""

    FETCH = "fetch"
    AGAIN = "again"
    DISPUTE = "dispute"
    RATING = "rating"


class CitizenWord(Base):
    """A wish, a dispute or a rating, as it was said last; what was taken back stays on record and counts no more.

    `stars` are from 1 to 5 and only a rating has them. With `held_back` the wish has kept the envelope at the ward.
    """

    __tablename__ = "citizen_word"
    __table_args__ = (
        Index(
            "one_standing_word",
            "item_id",
            "kind",
            unique=True,
            sqlite_where=text("taken_back_at IS NULL"),
            postgresql_where=text("taken_back_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    kind: Mapped[WordKind]
    said_at: Mapped[datetime]
    words: Mapped[str] = mapped_column(default="")
    stars: Mapped[int | None]
    held_back: Mapped[bool] = mapped_column(default=False)
    taken_back_at: Mapped[datetime | None]


class Proving(Base):
    """How often somebody has tried in vain to prove that an envelope is theirs, and until when nobody may try."""

    __tablename__ = "proving"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    wrong: Mapped[int] = mapped_column(default=0)
    paused_until: Mapped[datetime | None]


class OwnCode(Base):
    """A one-time code that somebody has asked for; `ticket` is all that their browser is given of it.

    Of a dossier and a telephone that do not belong together there is a row as well, which opens nothing. The code
    itself is nowhere: `code_hash` is written when it is about to be sent.
    """

    __tablename__ = "own_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket: Mapped[str] = mapped_column(unique=True)
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    code_hash: Mapped[bytes | None]
    wrong: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class Consent(Base):
    """That a recipient has agreed to how their data is used for a delivery: to which text, and when it ended."""

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "one_standing_consent",
            "result_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))
    given_at: Mapped[datetime]
    words: Mapped[str]
    ended_at: Mapped[datetime | None]
