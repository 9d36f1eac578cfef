"""What rows of results say, and what became of each and of all of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from delivery.intake.row import Ward


class Outcome(StrEnum):
    """What became of a row: OLDER says what was said before it was corrected, and changes nothing."""

    NEW = "new"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"
    OLDER = "older"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Told:
    """A row as fields and their text, by its number; `trouble` says why it could not be taken apart."""

    number: int
    cells: Mapping[str, str]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a row: of which result, and for one that is refused each reason, with the field it is about."""

    number: int
    outcome: Outcome
    key: tuple[str, int] | None = None
    reasons: tuple[tuple[str, str], ...] = ()

    @property
    def reason(self) -> str:
        return "; ".join(reason for _field, reason in self.reasons)


@dataclass(slots=True)
class ImportReport:
    """How many rows were read, and what became of them; `read` is the sum of the others."""

    read: int = 0
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    bad: int = 0
    older: int = 0

    def count(self, outcome: Outcome) -> None:
        """Count one more row."""
        self.read += 1
        self.new += outcome is Outcome.NEW
        self.corrected += outcome is Outcome.CORRECTED
        self.unchanged += outcome in {Outcome.UNCHANGED, Outcome.OLDER}
        self.older += outcome is Outcome.OLDER
        self.bad += outcome is Outcome.REFUSED

    def counts(self) -> dict[str, int]:
        """The figures for machines: older rows are among the unchanged."""
        return {name: getattr(self, name) for name in ("read", "new", "corrected", "unchanged", "bad")}


@dataclass
class Run:
    """One taking in of rows, of one file or of one machine's request: who says so, and which offices are theirs.

    Whoever `insists` has seen what is known now: an earlier word is meant, and nobody is asked which one holds.
    """

    ward: Ward
    at: datetime
    by: str
    offices: Collection[int] | None
    import_id: int | None = None
    known_file: bool = False
    insists: bool = False
    report: ImportReport = field(default_factory=ImportReport)
    seen: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
