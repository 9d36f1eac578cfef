"""Work to do, as rows: jobs with leases, workers that are alive, callbacks that came in, cases for people."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base, Facts


class JobState(StrEnum):
    """READY waits for `next_at`; LEASED is being worked on until `lease_until`; PARKED needs a person."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    PARKED = "parked"


class Job(Base):
    """One piece of work. The row is the work; a message only wakes somebody to look at it."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "one_open_job",
            "kind",
            "key",
            unique=True,
            sqlite_where=text("state IN ('ready', 'leased')"),
            postgresql_where=text("state IN ('ready', 'leased')"),
        ),
        # With the number, since thousands are asked for at the same moment: the first of them is found without sorting.
        Index("ix_job_turn", "state", "next_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[int]
    state: Mapped[JobState] = mapped_column(default=JobState.READY)
    next_at: Mapped[datetime]
    # Looked at only by versions before 0011, which may run beside this one.
    woken_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    lease_epoch: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0, server_default="0")
    progress: Mapped[Facts | None]
    last_error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Worker(Base):
    """A worker process, the queues it serves (None: all), and when it last said that it is alive."""

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    queues: Mapped[list[str] | None] = mapped_column(JSON)


class Errand(Base):
    """A question that the job `sender` would like another process to answer while it waits, and the answer.

    It lives no longer than the waiting: whoever sent it does without the answer if it must.
    """

    __tablename__ = "errand"

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[int] = mapped_column(index=True)
    question: Mapped[bytes]
    answer: Mapped[bytes | None]
    taken_by: Mapped[str | None]
    asked_at: Mapped[datetime]


class InboxState(StrEnum):
    NEW = "new"
    APPLIED = "applied"
    PARKED = "parked"


# Callbacks that nobody has looked at yet: one with a note has been set aside, and has a job of its own.
WAITING = "state = 'new' AND note = ''"


class Callback(Base):
    """A carrier's callback as it came over the wire, kept before it is acknowledged, applied afterwards.

    While it is set aside, `note` says why. While it is parked, `about` is the item code that nobody here knew.
    """

    __tablename__ = "callback"
    __table_args__ = (
        UniqueConstraint("source", "dedupe_key"),
        Index("callbacks_waiting", "id", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    dedupe_key: Mapped[str]
    received_at: Mapped[datetime]
    raw: Mapped[bytes]
    state: Mapped[InboxState] = mapped_column(default=InboxState.NEW)
    note: Mapped[str] = mapped_column(default="")
    about: Mapped[str | None] = mapped_column(index=True)


class Feed(Base):
    """How far a carrier's tracking feed has been read."""

    __tablename__ = "feed"

    carrier: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str | None]
    read_at: Mapped[datetime | None]


class CaseKind(StrEnum):
    """What kinds of things a person has to decide."""

    ADDRESS = "address"
    LEFT_OUT = "left_out"
    SECOND_COPY = "second_copy"
    OLDER_VERSION = "older_version"
    CHANGED_AFTER_DISPATCH = "changed_after_dispatch"
    REFUSED_BY_CARRIER = "refused_by_carrier"
    CARRIER_SILENT = "carrier_silent"
    CONTRADICTION = "contradiction"
    UNKNOWN_CODE = "unknown_code"
    HAND_OVER = "hand_over"
    STUCK_JOB = "stuck_job"
    DOOR_ELSEWHERE = "door_elsewhere"
    RECALL = "recall"
    NUMBERS_LOW = "numbers_low"
    CARRIER_WARD = "carrier_ward"
    STATEMENT = "statement"
    TWO_RECEIVERS = "two_receivers"
    WRONG_HANDS = "wrong_hands"
    NIGHT = "night"
    RETURNED = "returned"
    DISPUTE = "dispute"
    FETCH = "fetch"
    FROM_PHONE = "from_phone"
    NOTICES = "notices"
    DATA_REQUEST = "data_request"
    BREACH = "breach"
    SEAL = "seal"


class Case(Base):
    """Something a person must decide: what it is about, since when, until when, and how it ended.

    `owner` is who has taken it over; empty while nobody has.
    """

    __tablename__ = "case_"
    __table_args__ = (
        Index(
            "one_open_case",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[CaseKind]
    subject: Mapped[str]
    office_id: Mapped[int | None]
    facts: Mapped[Facts]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(default="")
    decision: Mapped[str] = mapped_column(default="")
    owner: Mapped[str] = mapped_column(default="", server_default="")
