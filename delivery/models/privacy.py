"""Duties towards the persons behind the data: what was erased, what must stay, what they ask, what leaked and left."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base, Facts
from delivery.models.result import Result


class Erasure(Base):
    """What one transaction has erased of one kind of data; rows are only added, each sealed to the one before.

    `kept` names the line of the table of terms, `counts` how many rows of which column, `rows_sha256` is over the names
    of these rows. What came to its end before `cut_off` was due; a person's own wish needs no term.
    """

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    kept: Mapped[str] = mapped_column(index=True)
    cut_off: Mapped[datetime]
    counts: Mapped[Facts]
    rows_sha256: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


class RetentionHold(Base):
    """A dossier of which nothing may be erased meanwhile, such as for a lawsuit: why, and who said so."""

    __tablename__ = "retention_hold"
    __table_args__ = (
        Index(
            "one_standing_hold",
            "result_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))
    reason: Mapped[str]
    placed_by: Mapped[str]
    placed_at: Mapped[datetime]
    lifted_by: Mapped[str] = mapped_column(default="")
    lifted_at: Mapped[datetime | None]


class RequestKind(StrEnum):
    """What a person may ask about their own data (law 91/2025/QH15, art. 4)."""

    VIEW = "view"
    COPY = "copy"
    CORRECT = "correct"
    RESTRICT = "restrict"
    ERASE = "erase"


class Decision(StrEnum):
    """How a request ended. PARTLY: what the law obliges to keep stays."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class DataRequest(Base):
    """What somebody asks about the data of a dossier, until when it must be answered, and the answer.

    `identity` says how they showed who they are; `words` are theirs, `reason` is the ward's answer to them.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        Index(
            "one_open_request",
            "result_id",
            "kind",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
        Index(
            "ix_data_request_open",
            "answer_by",
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    kind: Mapped[RequestKind]
    received_at: Mapped[datetime]
    received_by: Mapped[str]
    identity: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    acknowledge_by: Mapped[date]
    answer_by: Mapped[date]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str] = mapped_column(default="")
    owner: Mapped[str] = mapped_column(default="")
    decision: Mapped[Decision | None]
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")

    result: Mapped[Result] = relationship()


class Breach(Base):
    """Personal data that got where it does not belong, or was lost: what is known, and who was told when.

    `persons` is how many are touched, as far as is known; None while nobody can say. The authority is to be told within
    72 hours after `detected_at`.
    """

    __tablename__ = "breach"

    id: Mapped[int] = mapped_column(primary_key=True)
    detected_at: Mapped[datetime]
    written_at: Mapped[datetime]
    written_by: Mapped[str]
    what: Mapped[str]
    data: Mapped[str]
    persons: Mapped[int | None]
    measures: Mapped[str] = mapped_column(default="")
    notified_at: Mapped[datetime | None]
    notified_as: Mapped[str] = mapped_column(default="")
    persons_told_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(default="")


class Export(Base):
    """Personal data that somebody takes out in bulk: what, why, how many rows, and who agreed to it."""

    __tablename__ = "export"

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str]
    parameters: Mapped[Facts]
    reason: Mapped[str]
    rows: Mapped[int]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    agreed_by: Mapped[str] = mapped_column(default="")
    agreed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
