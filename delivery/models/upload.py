"""Files of results that staff give in the browser: looked at first, taken in when somebody says so."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base, Facts
from delivery.models.sealed import Sealed, SealedBytes, SealedFacts, SealedRow


class UploadState(StrEnum):
    """How far it is: a worker looks, a person says yes, a worker takes in.

    ASKING waits for a person to say which column is what. STOPPED: of what was taken in, all stays.
    """

    CHECKING = "checking"
    ASKING = "asking"
    CHECKED = "checked"
    UNREADABLE = "unreadable"
    TAKING = "taking"
    TAKEN = "taken"
    STOPPED = "stopped"
    DISCARDED = "discarded"


class Upload(SealedRow, Base):
    """A file, or pasted rows, of an office; `office_id` is None where whoever gave it answers for all offices.

    The content is there for as long as it is needed, and no longer; so is `facts`, what was found in it, and `refused`,
    a workbook of the rows that cannot come in: all three lie sealed.
    `columns` is what a person said of the columns, `heading` by what the same headings are known again next time.
    `language` is the one that its giver reads.
    """

    __tablename__ = "upload"
    sealed: ClassVar[dict[str, Sealed[Any]]] = {}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    by: Mapped[str]
    language: Mapped[str]
    made_at: Mapped[datetime]
    state: Mapped[UploadState]
    kept_content: Mapped[bytes | None] = mapped_column("content", deferred=True)
    columns: Mapped[Facts | None] = mapped_column(JSON(none_as_null=True))
    heading: Mapped[str] = mapped_column(default="")
    counts: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    kept_facts: Mapped[Facts | None] = mapped_column("facts", JSON(none_as_null=True))
    kept_refused: Mapped[bytes | None] = mapped_column("refused", deferred=True)
    stop_wanted: Mapped[bool] = mapped_column(default=False)
    finished_at: Mapped[datetime | None]

    content, refused = SealedBytes[bytes | None](), SealedBytes[bytes | None]()
    facts = SealedFacts[Facts | None]()

    @property
    def row_name(self) -> str:
        # Who gave it when: the number is known only once the row is there.
        return f"{self.by}/{self.made_at.astimezone(UTC).isoformat(timespec='microseconds')}"
