"""Notices to the one-stop system: to where, what was noted, what is told, and how far it has come."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base, Facts
from delivery.models.ward import Office
from delivery.rules.notice_sending import EndpointState, Fault, SendState
from delivery.rules.notices import NoticeType


class NoticeEndpoint(Base):
    """Where an office's notices go, or all offices'; `types` are those that are wanted, none named: all.

    The secrets are sealed. `failing_since` is the first failure after the last success; until `rests_until` it is left
    alone.
    """

    __tablename__ = "notice_endpoint"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    url: Mapped[str]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    types: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[EndpointState] = mapped_column(default=EndpointState.ACTIVE)
    secret: Mapped[bytes]
    old_secret: Mapped[bytes | None]
    old_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    fault: Mapped[Fault | None]
    rests_until: Mapped[datetime | None]
    last_sent_at: Mapped[datetime | None]

    office: Mapped[Office | None] = relationship(lazy="selectin")

    def wants(self, kind: str, office_id: int | None) -> bool:
        """Whether a notice of a type about an office's result is for it."""
        return self.office_id in {None, office_id} and (not self.types or kind in self.types)


class NoticeChange(Base):
    """How a result stood when a transaction that may have changed it was committed; until it is made a notice of."""

    __tablename__ = "notice_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_code: Mapped[str]
    copy_no: Mapped[int]
    told: Mapped[Facts]
    noted_at: Mapped[datetime]


class Notice(Base):
    """One notice, the same for every endpoint and at every try: `name` is its id there, `body` all that is sent.

    `sequence` counts the notices of one result from 1; a test notice is about none.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("dossier_code", "copy_no", "sequence"),
        Index("ix_notice_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    type: Mapped[NoticeType]
    dossier_code: Mapped[str | None]
    copy_no: Mapped[int | None]
    sequence: Mapped[int | None]
    office_id: Mapped[int | None]
    created_at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text)


class NoticeSending(Base):
    """How far a notice has come to one endpoint."""

    __tablename__ = "notice_sending"
    __table_args__ = (
        UniqueConstraint("notice_id", "endpoint_id"),
        Index(
            "ix_notice_sending_waiting",
            "endpoint_id",
            "next_at",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_notice_sending_log", "endpoint_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("notice_endpoint.id"))
    state: Mapped[SendState] = mapped_column(default=SendState.WAITING)
    next_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    first_tried_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    status: Mapped[int | None]
    fault: Mapped[Fault | None]

    notice: Mapped[Notice] = relationship()
