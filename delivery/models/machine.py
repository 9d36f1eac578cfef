"""Other machines that work with the service: what each may do, its keys, and what it was answered."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base
from delivery.models.sealed import Sealed, SealedBytes, SealedRow, SealedText
from delivery.models.ward import Office


class MachineClient(Base):
    """A machine that may ask: within these scopes, about these offices, so many times a minute.

    Without `all_offices` it may touch those of `offices` only. `minute` and `used` count what was lent of this minute
    (since 1970) to the processes that answer it.
    """

    __tablename__ = "machine_client"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    all_offices: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    active: Mapped[bool] = mapped_column(default=True)
    per_minute: Mapped[int]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    minute: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    used: Mapped[int] = mapped_column(default=0, server_default="0")

    keys: Mapped[list["MachineKey"]] = relationship(back_populates="client", order_by="MachineKey.id")
    offices: Mapped[list[Office]] = relationship(secondary="machine_client_office", order_by=Office.code)


class MachineClientOffice(Base):
    """An office whose affairs a machine may touch."""

    __tablename__ = "machine_client_office"

    client_id: Mapped[int] = mapped_column(ForeignKey("machine_client.id"), primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)


class MachineKey(Base):
    """A machine's secret, of which only a hash is kept; while a new one takes its place it holds until `ends_at`."""

    __tablename__ = "machine_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("machine_client.id"), index=True)
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]

    client: Mapped[MachineClient] = relationship(back_populates="keys")


class MachineAnswer(SealedRow, Base):
    """What was answered to a request with an Idempotency-Key: who asks the same again hears the same again.

    What was asked, as a hash, and the answer with its tag lie sealed: they are about people.
    """

    __tablename__ = "machine_answer"
    __table_args__ = (UniqueConstraint("client_id", "key"),)
    sealed: ClassVar[dict[str, Sealed[Any]]] = {}

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("machine_client.id"))
    key: Mapped[str]
    kept_asked: Mapped[bytes] = mapped_column("asked")
    at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int] = mapped_column(default=0)
    kept_body: Mapped[bytes] = mapped_column("body", default=b"")
    kept_etag: Mapped[str] = mapped_column("etag", default="")

    asked, body, etag = SealedBytes[bytes](), SealedBytes[bytes](), SealedText()

    @property
    def row_name(self) -> str:
        return answer_name(self.client_id, self.key)


def answer_name(client_id: int, key: str) -> str:
    """The name of an answer's row, to which its sealed values are bound."""
    return f"{client_id}/{key}"


class ResultChange(Base):
    """That something about a result has changed, for those who follow all changes; rows are only added.

    `turn` is PostgreSQL's number of the transaction: by it a reader knows that no earlier change is still to come. On
    SQLite, where one writes after the other, it is 0.
    """

    __tablename__ = "result_change"
    __table_args__ = (Index("ix_result_change_turn", "turn", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(BigInteger)
    result_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
