"""The books of some years: made-up results, most of them long delivered, with all that was written down on their way.

They are written past all steps, a day of the calendar after the other as they would have come in, and so that nothing
in them contradicts: folding an envelope's events gives its state, its scan is at its batch, the audit book is a chain.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count as numbers_from
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.web.histories import JOURNEYS, write_histories
from benchmarks.web.pouring import pour, trust
from delivery.cases import new_case
from delivery.database import Database
from delivery.intake.searching import findable
from delivery.models import (
    AuditEntry,
    Batch,
    Case,
    CaseKind,
    CitizenWord,
    Consignment,
    Custody,
    Item,
    Night,
    NumberRange,
    Office,
    Procedure,
    Result,
    Submission,
    WordKind,
)
from delivery.models.base import Base
from delivery.models.result import result_name
from delivery.models.sealed import KEPT, sealed_values, seals_of
from delivery.privacy.chain import Anchor, content_of, facts_hmac
from delivery.privacy.sealing import BEGINNING, linked
from delivery.rules.codes import new_tracking_code
from delivery.rules.lifecycle import Fact, State
from delivery.sealing import FieldSeals
from postal_api.s10 import ItemCode

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô")
GIVEN = ("An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Hồng", "Hiếu", "Hương", "Khoa", "Lan", "Linh", "Long", "Mai")
STREETS = ("Ngô Gia Tự", "Ngọc Lâm", "Sài Đồng", "Bồ Đề", "Thạch Bàn", "Việt Hưng", "Đức Giang", "Cổ Linh")
DAYS = 900
# Of each hundred results the newest wait, those before them are on the way; of all others so many came back.
WAITING, ON_THE_WAY, CAME_BACK = 1, 1, 1
ASKED_ABOUT, RATED = 0.05, 0.1
# A ward's square is about so many degrees wide.
WIDE = 0.02
ROWS_AT_ONCE = 5_000
CUSTODY = {
    State.DELIVERED: Custody.RECIPIENT, State.OUT_FOR_DELIVERY: Custody.CARRIER, State.RETURNED: Custody.WARD,
}  # fmt: skip
Row = dict[str, Any]
Pages = dict[type[Base], list[Row]]
TABLES: tuple[type[Base], ...] = (Batch, Item, Consignment, Result, Case, CitizenWord, AuditEntry)


def fill(database: Database, count: int, seed: int = 1, *, key: bytes = b"bench") -> None:
    """Write `count` results into empty books, with their envelopes, sendings and histories.

    `key` is the installation's seal, with which the audit book is sealed; what is said of people lies sealed as well,
    where the home of the database does so.
    """
    with database.read() as session:
        seals = seals_of(session)
        offices = session.scalars(sa.select(Office).order_by(Office.id)).all()
        procedures = session.scalars(sa.select(Procedure).where(Procedure.postable).order_by(Procedure.code)).all()
    scribe = _Scribe(random.Random(seed), offices, procedures, count, datetime.now(UTC), key, seals)
    for rows in scribe.books():
        pour(database, rows)
    with database.write() as session:
        trust(session.connection())
        write_histories(session)
        if database.engine.dialect.name == "postgresql":
            _go_on_after(session)
        # Codes of made-up envelopes are used up.
        session.execute(sa.update(NumberRange).values(next=NumberRange.next + count))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # As the database does by itself in life, some minutes after so much has come in.
        is_postgresql = database.engine.dialect.name == "postgresql"
        connection.execute(sa.text("VACUUM ANALYZE" if is_postgresql else "ANALYZE"))


def _go_on_after(session: Session) -> None:
    """The rows brought their numbers along; whatever comes after them gets the next ones."""
    for name in (model.__tablename__ for model in TABLES):
        newest = sa.select(sa.func.max(sa.column("id"))).select_from(sa.table(name)).scalar_subquery()
        session.execute(sa.select(sa.func.setval(f"{name}_id_seq", newest)))


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of people in a result."""

    dossier_code: str
    owner_name: str
    recipient_name: str
    phone: str
    address: str


@dataclass
class _Scribe:
    """Who writes it all down, in the order in which it happened."""

    dice: random.Random
    offices: Sequence[Office]
    procedures: Sequence[Procedure]
    count: int
    now: datetime
    key: bytes
    seals: FieldSeals | None
    _head: Anchor = field(default_factory=lambda: Anchor(0, BEGINNING))
    _batches: dict[tuple[int, int], int] = field(default_factory=dict)
    _numbers: dict[type[Base], Iterator[int]] = field(default_factory=lambda: defaultdict(lambda: numbers_from(1)))

    def books(self) -> Iterator[Pages]:
        """The rows of all tables, some thousand results at a time."""
        yield {Night: [self._night(ago) for ago in range(DAYS, -1, -1)]}
        for start in range(1, self.count + 1, ROWS_AT_ONCE):
            rows: Pages = {model: [] for model in TABLES}
            for number in range(start, min(start + ROWS_AT_ONCE, self.count + 1)):
                self._write(rows, number)
            yield rows

    def _write(self, rows: Pages, number: int) -> None:
        office = self.offices[number % len(self.offices)]
        done = self.now - timedelta(days=DAYS * (1 - number / self.count))
        result = self._result(number, office, done)
        rows[Result].append(result)
        state = self._state(number)
        if state is None:
            self._ask_about(rows, result)
            return
        result["item_id"] = number
        steps = JOURNEYS[state]
        handed_over = done + timedelta(hours=18)
        if state is State.OUT_FOR_DELIVERY:
            handed_over = self.now - timedelta(hours=self.dice.uniform(23, 25))
        batch = self._batch(rows, office, handed_over)
        item_code = str(ItemCode.make("CH", 10_000_000 + number))
        rows[Item].append({
            "id": number, "office_id": office.id, "batch_id": batch, "tracking_code": new_tracking_code(),
            "custody": CUSTODY[state], "created_at": handed_over - timedelta(hours=3), "recalled_at": None,
            "collected_at": None, "collected": None,
        })  # fmt: skip
        ended = handed_over + timedelta(hours=steps[-1].hours)
        rows[Consignment].append({
            "id": number, "item_id": number, "reference": f"B{number:025d}", "item_code": item_code,
            "carrier": "sandbox", "address_version": 1, "submission": Submission.ACCEPTED, "refusal": "",
            "accepted_at": handed_over - timedelta(hours=2), "handed_over_in": batch, "journey": state, "since": ended,
            "attempts": sum(step.fact is Fact.ATTEMPT_FAILED for step in steps), "postage": 26_000, "to_collect": 0,
        })  # fmt: skip
        self._note(rows, "saw", f"item:{number}", ended)
        if state is State.DELIVERED and self.dice.random() < RATED:
            rows[CitizenWord].append({
                "id": next(self._numbers[CitizenWord]), "item_id": number, "kind": WordKind.RATING, "said_at": ended,
                "words": "", "stars": self.dice.choice((3, 4, 5, 5)), "held_back": False, "taken_back_at": None,
            })  # fmt: skip
        if state is State.RETURNED:
            facts = {"item_code": item_code, "dossier": result["dossier_code"]}
            self._open(rows, CaseKind.RETURNED, f"item:{number}", office.id, ended, facts)

    def _state(self, number: int) -> State | None:
        """What has become of a result: the newest still wait."""
        younger = self.count - number
        if younger < self.count * WAITING // 100:
            return None
        if younger < self.count * (WAITING + ON_THE_WAY) // 100:
            return State.OUT_FOR_DELIVERY
        return State.RETURNED if self.dice.random() < CAME_BACK / 100 else State.DELIVERED

    def _result(self, number: int, office: Office, done: datetime) -> Row:
        name = f"{self.dice.choice(FAMILY)} {self.dice.choice(GIVEN)} {self.dice.choice(GIVEN)}"
        procedure = self.procedures[number % len(self.procedures)]
        code, phone = f"H26.41.118-{done:%y%m%d}-{number:07d}", f"912{self.dice.randrange(10**6):06d}"
        house, street = self.dice.randrange(1, 400), f"{self.dice.choice(STREETS)}, {office.ward_name}"
        said = _Said(code, name, name, f"+84{phone}", f"Số {house} {street}")
        sealed = sealed_values(self.seals, Result, result_name(code, 1), asdict(said))
        return {name.removeprefix(KEPT): value for name, value in sealed.items()} | findable(self.seals, said) | {
            "id": number, "import_id": None, "office_id": office.id, "item_id": None, "copy_no": 1,
            "version": 1, "received_at": done, "fingerprint": "", "procedure_code": procedure.code,
            "procedure_name": procedure.name_vi, "email": "", "result_date": done.date(),
            "promised_date": (done + timedelta(days=self.dice.choice((2, 3, 3, 4)))).date(), "first_promised": None,
            "slots": "", "wants_delivery": True, "payer": "city_budget", "note": "", "given_lat": None,
            "given_lon": None, "erased_at": None, "address_version": 1,
            "address_key": None, "placed_at": done, "lat": office.lat + self.dice.uniform(-WIDE, WIDE) / 2,
            "lon": office.lon + self.dice.uniform(-WIDE, WIDE) / 2, "radius_m": 50, "quality": "house",
            "place_source": "gazetteer", "new_ward_code": office.ward_code, "old_ward_code": None, "place_facts": None,
        }  # fmt: skip

    def _batch(self, rows: Pages, office: Office, at: datetime) -> int:
        day = at.date()
        known = (office.id, day.toordinal())
        if known not in self._batches:
            self._batches[known] = number = next(self._numbers[Batch])
            rows[Batch].append({
                "id": number, "code": f"{office.code}-{day:%y%m%d}-1", "office_id": office.id, "day": day,
                "created_at": at, "plan_id": None, "draft_id": None,
            })  # fmt: skip
        return self._batches[known]

    def _ask_about(self, rows: Pages, result: Row) -> None:
        if self.dice.random() < ASKED_ABOUT:
            facts = {"dossier": result["dossier_code"], "note": [], "candidates": [], "quality": "ward"}
            subject = f"result:{result['id']}"
            self._open(rows, CaseKind.ADDRESS, subject, result["office_id"], result["received_at"], facts)

    def _open(self, rows: Pages, kind: CaseKind, subject: str, office: int, at: datetime, facts: Row) -> None:
        """A case; what is older than a month was decided."""
        case = new_case(kind, subject, at=at, facts=facts, office_id=office)
        is_old = at < self.now - timedelta(days=30)
        rows[Case].append({
            "id": next(self._numbers[Case]), "kind": case.kind, "subject": subject, "office_id": office, "facts": facts,
            "opened_at": at, "due_at": case.due_at, "closed_at": case.due_at if is_old else None,
            "closed_by": "bench" if is_old else "", "decision": "fetched" if is_old else "", "owner": "",
        })  # fmt: skip

    def _note(self, rows: Pages, action: str, subject: str, at: datetime) -> None:
        """An entry of the audit book, in its place in the chain."""
        number = self._head.seq + 1
        row = {"id": number, "at": at, "actor": "bench", "action": action, "subject": subject, "facts": {}}
        detail = facts_hmac(self.key, number, {})
        self._head = Anchor(number, linked(self._head.hash, content_of(AuditEntry(**row), number, detail)))
        rows[AuditEntry].append({**row, "seq": number, "facts_hmac": detail, "hash": self._head.hash})

    def _night(self, ago: int) -> Row:
        at = self.now - timedelta(days=ago)
        return {"day": at.date(), "looked_at": at, "envelopes": 0, "differences": 0, "counts": {}}
