"""What is known of carriers apart from any one envelope, and what is asked of them about what they have accepted."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base
from delivery.models.item import Consignment
from delivery.rules.lifecycle import Fact


class CarrierPace(Base):
    """How fast a carrier is asked, shared by all workers; `failed_at` are seconds since 1970. See `rules.pace`."""

    __tablename__ = "carrier_pace"

    carrier: Mapped[str] = mapped_column(primary_key=True)
    full_at: Mapped[datetime]
    queue_end: Mapped[datetime]
    failed_at: Mapped[list[float]] = mapped_column(JSON)
    open_until: Mapped[datetime | None]
    try_until: Mapped[datetime | None]


class CarrierChoice(Base):
    """From which day on an office hands to a carrier; rows are added, and withdrawn."""

    __tablename__ = "carrier_choice"

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    carrier: Mapped[str]
    valid_from: Mapped[date]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]


class AmendmentKind(StrEnum):
    """RECALL: it stays at the ward. REPLACE: a new consignment follows. CORRECT: the order is changed as it is."""

    RECALL = "recall"
    REPLACE = "replace"
    CORRECT = "correct"


class AmendmentState(StrEnum):
    """WANTED: not asked yet. ASKED: asked, and no answer is written down. PENDING: the carrier's people decide.

    TAKEN_BACK: whoever wanted it no longer does, or wants more than that; the carrier was never asked or no longer is.
    """

    WANTED = "wanted"
    ASKED = "asked"
    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class Amendment(Base):
    """A change to a consignment: why, who wants it, and what the carrier makes of it; at most one open each.

    `version` is the version of the result that the carrier was told; `case_id` and `carrier_reference` are its own
    names of a request that its people decide. `said` are its words.
    """

    __tablename__ = "amendment"
    __table_args__ = (
        Index(
            "one_open_amendment",
            "consignment_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"), index=True)
    kind: Mapped[AmendmentKind]
    state: Mapped[AmendmentState] = mapped_column(default=AmendmentState.WANTED)
    reason: Mapped[str]
    wanted_by: Mapped[str]
    wanted_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int | None]
    case_id: Mapped[str] = mapped_column(default="")
    carrier_reference: Mapped[str] = mapped_column(default="")
    said: Mapped[str] = mapped_column(default="")

    consignment: Mapped[Consignment] = relationship()


class LearntCode(Base):
    """What a carrier's status code means, as a person of the ward has found out; it goes before the built-in table."""

    __tablename__ = "learnt_code"

    carrier: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    fact: Mapped[Fact]
    learnt_by: Mapped[str]
    learnt_at: Mapped[datetime]


class CarrierWard(Base):
    """A carrier's own code of one of today's wards; `chosen_by` is empty where the names matched."""

    __tablename__ = "carrier_ward"

    carrier: Mapped[str] = mapped_column(primary_key=True)
    ward_code: Mapped[str] = mapped_column(primary_key=True)
    commune_code: Mapped[str]
    noted_at: Mapped[datetime]
    chosen_by: Mapped[str] = mapped_column(default="")
