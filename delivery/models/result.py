"""Results as they come in from the one-stop system, with every earlier version of each."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from delivery.models.base import Base, Facts
from delivery.models.marks import Marks
from delivery.models.sealed import Sealed, SealedFacts, SealedRow, SealedText
from delivery.models.ward import Office
from delivery.rules.together import Destination


class ImportFile(Base):
    """One reading of one file: what it held and what became of it; of which upload, if it was given in the browser."""

    __tablename__ = "import_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    read: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    corrected: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id"), index=True)


class Result(SealedRow, Base):
    """A completed certificate: `dossier_code` and `copy_no` name it for ever.

    What is said of people in it lies sealed (`delivery.models.sealed`); so does the fingerprint, which could be
    compared with a guess.

    The columns after `note` say where the address lies; `placed_at` empty means that nobody has looked yet. Results
    with the same `address_key`, a blind mark, go to the same door. `search_text` and `search_marks` are what people
    look for, folded: what may be read, and blind marks of what may not. `first_promised` is the day that was said,
    where closures have moved the promise; the fingerprint is of what was said.
    """

    __tablename__ = "result"
    __table_args__ = (
        UniqueConstraint("dossier_code", "copy_no"),
        Index("ix_result_due", "wants_delivery", "item_id", "result_date"),
        # Every worker asks every second whether there is one; among all that there ever were these are few.
        Index(
            "ix_result_unplaced",
            "wants_delivery",
            "placed_at",
            sqlite_where=text("placed_at IS NULL"),
            postgresql_where=text("placed_at IS NULL"),
        ),
        # A few letters anywhere in it, among a million others; SQLite reads them all.
        Index(
            "ix_result_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
        Index("ix_result_search_marks", "search_marks", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )
    sealed: ClassVar[dict[str, Sealed[Any]]] = {}

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_file.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    dossier_code: Mapped[str]
    copy_no: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    received_at: Mapped[datetime]
    kept_fingerprint: Mapped[str] = mapped_column("fingerprint")

    procedure_code: Mapped[str]
    procedure_name: Mapped[str]
    kept_owner_name: Mapped[str] = mapped_column("owner_name")
    kept_recipient_name: Mapped[str] = mapped_column("recipient_name")
    kept_phone: Mapped[str] = mapped_column("phone")
    kept_email: Mapped[str] = mapped_column("email")
    kept_address: Mapped[str] = mapped_column("address")
    result_date: Mapped[date]
    promised_date: Mapped[date]
    first_promised: Mapped[date | None]
    slots: Mapped[str]
    wants_delivery: Mapped[bool]
    payer: Mapped[str]
    kept_note: Mapped[str] = mapped_column("note")
    given_lat: Mapped[float | None]
    given_lon: Mapped[float | None]
    search_text: Mapped[str] = mapped_column(default="", server_default="")
    search_marks: Mapped[Collection[int] | None] = mapped_column(Marks)
    # Since then what is said of it has been erased bit by bit, each by its term.
    erased_at: Mapped[datetime | None]

    address_version: Mapped[int] = mapped_column(default=1)
    address_key: Mapped[str | None] = mapped_column(index=True)
    placed_at: Mapped[datetime | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    radius_m: Mapped[int | None]
    quality: Mapped[str | None]
    place_source: Mapped[str | None]
    new_ward_code: Mapped[str | None]
    old_ward_code: Mapped[str | None]
    kept_place_facts: Mapped[Facts | None] = mapped_column("place_facts")

    fingerprint, owner_name, recipient_name = SealedText(), SealedText(), SealedText()
    phone, email, address, note = SealedText(), SealedText(), SealedText(), SealedText()
    place_facts = SealedFacts[Facts | None]()

    office: Mapped[Office] = relationship()
    versions: Mapped[list["ResultVersion"]] = relationship(order_by="ResultVersion.version")

    @property
    def row_name(self) -> str:
        return result_name(self.dossier_code, self.copy_no)

    @property
    def destination(self) -> Destination:
        """To whom it goes, where and when, and who pays."""
        return Destination(
            self.office_id,
            self.recipient_name,
            self.phone,
            self.address,
            self.address_key or "",
            self.slots,
            self.payer,
        )


def result_name(dossier_code: str, copy_no: int) -> str:
    """The name of a result's row, to which its sealed values are bound."""
    return f"{dossier_code}/{copy_no}"


class ResultVersion(SealedRow, Base):
    """What a result said before it was corrected."""

    __tablename__ = "result_version"
    __table_args__ = (UniqueConstraint("result_id", "version"),)
    sealed: ClassVar[dict[str, Sealed[Any]]] = {}

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))
    version: Mapped[int]
    replaced_at: Mapped[datetime]
    replaced_by_import: Mapped[int | None] = mapped_column(ForeignKey("import_file.id"))
    kept_content: Mapped[Facts] = mapped_column("content")

    content = SealedFacts[Facts]()

    @property
    def row_name(self) -> str:
        return f"{self.result_id}/{self.version}"
