"""The people who work with the service, and the book of what was done."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, sql, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base, Facts
from delivery.models.ward import Courier, Office


class Role(StrEnum):
    """What a person of the staff may do.

    A clerk sees one office, a supervisor all of the district, a courier of the own team the own round of today.
    """

    CLERK = "clerk"
    DISPATCHER = "dispatcher"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    COURIER = "courier"


class Staff(Base):
    """A person of the ward's staff who may log in."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    courier_id: Mapped[int | None] = mapped_column(ForeignKey("courier.id"))
    password_hash: Mapped[str]
    # Made up by somebody else, who knows it until the person has chosen another.
    password_given: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    # Grows when all log-ins of the person shall end.
    login_round: Mapped[int] = mapped_column(default=0, server_default="0")
    # The sealed secret that the person's phone shares with us, and the last half minute of which a code was accepted.
    second_factor: Mapped[bytes | None]
    second_factor_step: Mapped[int | None] = mapped_column(BigInteger)

    office: Mapped[Office | None] = relationship()
    courier: Mapped[Courier | None] = relationship()


class RecoveryCode(Base):
    """What lets a person in once without the phone: its hash, for the code itself was shown and forgotten."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


class EndedLogin(Base):
    """A log-in whose person has logged out: the hash of its name, until no copy of it could be used any more."""

    __tablename__ = "ended_login"

    name: Mapped[str] = mapped_column(primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Base):
    """Who did or saw what; rows are only added.

    A moment after it was written an entry is sealed: `seq` is its place in the chain, `hash` is over it and the hash of
    the entry before. Of `facts` the chain has only `facts_hmac`, so that they can be erased without breaking it.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "at"),
        Index(None, "actor", "at"),
        Index(None, "subject", "at"),
        Index("ix_audit_unsealed", "id", sqlite_where=text("seq IS NULL"), postgresql_where=text("seq IS NULL")),
        Index("one_place_in_the_chain", "seq", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    facts: Mapped[Facts]
    seq: Mapped[int | None] = mapped_column(BigInteger)
    facts_hmac: Mapped[str | None]
    hash: Mapped[str | None]


class Meta(Base):
    """Facts about this installation itself, such as that it holds made-up data."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
