"""Files of results that staff give in the browser: looked at first, taken in when somebody says so."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, deferred, mapped_column

from delivery.models.base import Base, Facts


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


class Upload(Base):
    """A file, or pasted rows, of an office; `office_id` is None where whoever gave it answers for all offices.

    The content is there for as long as it is needed, and no longer; so is `facts`, what was found in it, and `refused`,
    a workbook of the rows that cannot come in. `columns` is what a person said of the columns, `heading` by what the
    same headings are known again next time. `language` is the one that its giver reads.
    """

    __tablename__ = "upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    by: Mapped[str]
    language: Mapped[str]
    made_at: Mapped[datetime]
    state: Mapped[UploadState]
    content: Mapped[bytes | None] = deferred(mapped_column())
    columns: Mapped[Facts | None] = mapped_column(JSON(none_as_null=True))
    heading: Mapped[str] = mapped_column(default="")
    counts: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    facts: Mapped[Facts | None] = mapped_column(JSON(none_as_null=True))
    refused: Mapped[bytes | None] = deferred(mapped_column())
    stop_wanted: Mapped[bool] = mapped_column(default=False)
    finished_at: Mapped[datetime | None]
