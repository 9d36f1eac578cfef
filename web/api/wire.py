"""Results as they travel: what a machine says of one, what became of each, and where it stands."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from delivery.intake.row import LONGEST, LONGEST_OTHER
from delivery.intake.taken import Outcome, Taken, Told
from delivery.machines.history import Step
from delivery.places.text import normal
from delivery.rules.policy import Payer
from delivery.rules.standing import ResultState, Standing
from web.api.operations import Wire
from web.api.problems import Reason

MOST_AT_ONCE = 1000
Short = Annotated[str, Field(max_length=LONGEST_OTHER)]
# Strictly, only a member would be one; JSON has nothing but its word.
PayerWord = Annotated[Payer, Field(strict=False)]
# The form is looked at here; whether there is such a day, by the rules that every row obeys.
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"})]


class ResultContent(Wire):
    """What is said of a result; the same as a row of a file, under English names."""

    office: Short = Field(default="", description="Code or name of the office; may be left out by who has only one")
    procedure_code: Short = ""
    procedure_name: Short = ""
    owner_name: Annotated[str, Field(min_length=1, max_length=LONGEST_OTHER)]
    recipient_name: Short = Field(default="", description="Who receives it, if that is not the owner")
    phone: Short = Field(default="", description="A Vietnamese number")
    email: Short = ""
    address: Annotated[str, Field(max_length=LONGEST["address"])] = Field(
        default="", description="Where it is to go; needed where home delivery is wanted"
    )
    result_date: Day = Field(description="The day on which it was completed")
    promised_date: Day | None = Field(default=None, description="Else the procedure's rule makes one")
    slots: Short = Field(default="", description="When somebody is at home: 08:00-11:30; 13:30-17:00")
    wants_delivery: bool = Field(description="Whether it is brought home, or handed out at the counter")
    payer: PayerWord = Payer.CITY_BUDGET
    note: Annotated[str, Field(max_length=LONGEST["note"])] = Field(default="", description="For the courier")
    lat: Annotated[float, Field(ge=8, le=24)] | None = Field(default=None, description="WGS84; only together with lon")
    lon: Annotated[float, Field(ge=102, le=110)] | None = None

    def cells(self) -> dict[str, str]:
        """The same as the cells of a row."""
        given = {name: value for name, value in self.model_dump(mode="json").items() if value is not None}
        return {name: _as_text(value) for name, value in given.items()}


class ResultIn(ResultContent):
    """A result with its name: the dossier's code, and which copy it is."""

    dossier_code: Short = Field(description="H26.99.999-200229-0001")
    copy_no: Annotated[int, Field(ge=1, le=99)] = 1


class ResultsIn(Wire):
    """Up to 1,000 results; each is judged by itself, and none keeps another from coming in."""

    results: list[
        Annotated[
            dict[str, Any],
            WithJsonSchema({"anyOf": [{"$ref": "#/components/schemas/ResultIn"}, {"type": "object"}]}),
        ]
    ] = Field(min_length=1, max_length=MOST_AT_ONCE)


class RowOut(Wire):
    """What became of one of the results, by its number from 1 on; why it was refused, by field."""

    number: int
    outcome: Outcome = Field(
        description="`older`: it was said before and corrected since; nothing changes, and a person is asked"
    )
    dossier_code: str = ""
    copy_no: int = 1
    reasons: list[Reason] = Field(default_factory=list)

    @classmethod
    def of(cls, taken: Taken) -> "RowOut":
        code, copy_no = taken.key or ("", 1)
        reasons = [Reason(field=field, reason=reason) for field, reason in taken.reasons]
        return cls(number=taken.number, outcome=taken.outcome, dossier_code=code, copy_no=copy_no, reasons=reasons)


class ResultsTaken(Wire):
    """How many results there were, what became of them, and of each."""

    read: int
    new: int
    corrected: int
    unchanged: int = Field(description="With those that are `older`")
    refused: int
    rows: list[RowOut]


class EnvelopeOut(Wire):
    """The sealed envelope in which a result lies, and its last sending."""

    tracking_code: str
    batch: str | None
    carrier: str | None = None
    item_code: str | None = Field(default=None, description="The carrier's number, such as RR123456785VN")
    attempts: int = Field(default=0, description="Visits that were in vain")


class ResultOut(Wire):
    """A result, without what it says of people."""

    dossier_code: str
    copy_no: int
    office: str
    version: int = Field(description="Grows by one with each correction")
    procedure_code: str
    result_date: date
    promised_date: date
    first_promised: date | None = Field(description="What was promised before a closure of the offices moved it")
    wants_delivery: bool
    state: ResultState
    since: datetime | None
    envelope: EnvelopeOut | None

    @classmethod
    def of(cls, standing: Standing) -> "ResultOut":
        return cls(
            dossier_code=standing.dossier_code, copy_no=standing.copy_no, office=standing.office,
            version=standing.version, procedure_code=standing.procedure_code, result_date=standing.result_date,
            promised_date=standing.promised_date, first_promised=standing.first_promised,
            wants_delivery=standing.wants_delivery, state=standing.state, since=standing.since,
            envelope=_envelope(standing),
        )  # fmt: skip


class ResultPage(Wire):
    """Some results, and the cursor for those that follow; null where none do."""

    results: list[ResultOut]
    next: str | None


class ChangePage(Wire):
    """Results as they stand now that have changed; keep `next`, and ask with it again for what changes later."""

    results: list[ResultOut]
    next: str
    has_more: bool = Field(description="Whether more has changed already: ask again at once")


class StepOut(Wire):
    """Something that happened to a result: `what`, when, and of a correction which version it made."""

    at: datetime
    what: str
    version: int | None = None
    code: str | None = Field(default=None, description="The carrier's own code for it")

    @classmethod
    def of(cls, step: Step) -> "StepOut":
        return cls(at=step.at, what=step.what, version=step.facts.get("version"), code=step.facts.get("code") or None)


class History(Wire):
    """All that happened to a result, the oldest first."""

    steps: list[StepOut]


class WrittenDown(Wire):
    """Whether a wish was anything new."""

    outcome: Literal["changed", "unchanged"]


class Withdrawn(Wire):
    """What became of a withdrawal."""

    outcome: Literal["withdrawn", "unchanged"]


def told_of(number: int, row: ResultIn) -> Told:
    """A result as a row that is taken in."""
    return Told(number, row.cells())


def _as_text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return normal(str(value))


def _envelope(standing: Standing) -> EnvelopeOut | None:
    if standing.tracking_code is None:
        return None
    return EnvelopeOut(
        tracking_code=standing.tracking_code, batch=standing.batch, carrier=standing.carrier,
        item_code=standing.item_code, attempts=standing.attempts or 0,
    )  # fmt: skip
