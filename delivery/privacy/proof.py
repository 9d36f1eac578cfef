"""The proof that nothing is left that should be gone, by code that does not trust the eraser.

It goes by the table of terms alone: of every column that stands there it reads what the database really holds. What
was erased by earlier runs is shown by their records, each of which carries the hash of the one before.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import Database
from delivery.models import Base, Erasure, Result
from delivery.places.text import fold
from delivery.privacy.erasing import facts_of
from delivery.privacy.files import papers_due
from delivery.privacy.lasting import Held, codes_of, last_acts
from delivery.privacy.sealing import BEGINNING, linked
from delivery.rules.retention import After, Kept, of_name
from delivery.settings import Settings

CHUNK = 500
# From which moment the own term of a row counts, and which rows have one at all.
SINCE: dict[str, tuple[str, str]] = {
    "confirmed_door": ("confirmed_at", ""), "place_fix": ("decided_at", ""), "past_fix": ("ended_at", ""),
    "case_": ("closed_at", ""), "callback": ("received_at", "applied"), "data_request": ("decided_at", ""),
    "signature": ("signed_at", ""), "audit": ("at", ""),
}  # fmt: skip


@dataclass
class Proof:
    """What is left: by column what is due and still there, and what something stands against; and the records.

    `broken` is the number of the first record that does not follow from the one before it; None when all do.
    """

    at: datetime
    left: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    papers: int = 0
    records: int = 0
    broken: int | None = None
    head: str = BEGINNING

    @property
    def holds(self) -> bool:
        """Whether nothing due is left and the records are whole."""
        return not self.left and not self.papers and self.broken is None


def prove(database: Database, settings: Settings, table: Sequence[Kept], at: datetime) -> Proof:
    """Search the database and the home for what should be gone at that moment; nothing is changed."""
    found = Proof(at)
    found.papers = sum(1 for _path in papers_due(settings, of_name("papers", table).cut_off(at)))
    with database.read() as session:
        _follow_records(session, found)
        _search_rows(session, [kept for kept in table if kept.after is After.OWN], found)
        _search_dossiers(session, [kept for kept in table if kept.after is After.END], found)
    return found


def _follow_records(session: Session, found: Proof) -> None:
    previous = BEGINNING
    for record in session.scalars(sa.select(Erasure).order_by(Erasure.id).execution_options(yield_per=CHUNK)):
        found.records += 1
        if record.previous != previous or record.hash != linked(previous, facts_of(record)):
            found.broken = record.id if found.broken is None else found.broken
        previous = record.hash
    found.head = previous


def _search_rows(session: Session, table: Sequence[Kept], found: Proof) -> None:
    for kept in table:
        for name in kept.where:
            if name.startswith("home/"):
                continue
            rows, _dot, column = name.partition(".")
            moment, state = SINCE[rows]
            source = Base.metadata.tables[rows]
            wanted = sa.select(source.c[column] if column else sa.true()).where(
                source.c[moment] < kept.cut_off(found.at)
            )
            if state:
                wanted = wanted.where(source.c.state == state)
            left = sum(1 for value in session.scalars(wanted.execution_options(yield_per=CHUNK)) if _says(value))
            if left:
                found.left[name] += left


def _search_dossiers(session: Session, table: Sequence[Kept], found: Proof) -> None:
    held = Held.now(session)
    earliest = max(kept.cut_off(found.at) for kept in table)
    for results in _old_results(session, earliest):
        acts, codes = last_acts(session, results), codes_of(session, results)
        for kept in table:
            due = [one for one in results if one.id in acts and acts[one.id] <= kept.cut_off(found.at)]
            stopped = {one.id for one in due if held.stops(one, codes[one.id])}
            for name in kept.where:
                for result_id in _speaking(session, name, due):
                    (found.held if result_id in stopped else found.left)[name] += 1


def _old_results(session: Session, before: datetime) -> Iterator[Sequence[Result]]:
    last = 0
    while True:
        wanted = sa.select(Result).where(Result.received_at < before, Result.id > last).order_by(Result.id).limit(CHUNK)
        results = session.scalars(wanted).all()
        if not results:
            return
        yield results
        last = results[-1].id
        session.expunge_all()


def _speaking(session: Session, name: str, due: Sequence[Result]) -> Iterator[int]:
    """The results among these of which a column still says something."""
    rows, _dot, column = name.partition(".")
    source, of_item = Base.metadata.tables[rows], {one.item_id: one.id for one in due if one.item_id is not None}
    if rows == "result" or "result_id" in source.c:
        key = source.c.id if rows == "result" else source.c.result_id
        owners = {one.id: one.id for one in due}
        wanted = sa.select(key, source.c[column]).where(key.in_(owners))
    elif rows == "item" or "item_id" in source.c:
        key = source.c.id if rows == "item" else source.c.item_id
        owners = of_item
        wanted = sa.select(key, source.c[column]).where(key.in_(owners))
    else:
        owners = of_item
        sent = Base.metadata.tables["consignment"]
        wanted = sa.select(sent.c.item_id, source.c[column]).join(sent, sent.c.id == source.c.consignment_id)
        wanted = wanted.where(sent.c.item_id.in_(owners))
    codes = {one.id: fold(one.dossier_code) for one in due}
    for owner, value in session.execute(wanted):
        by_code = column == "search_text" and str(value).strip() == codes[owner]
        if _says(value) and not by_code:
            yield owners[owner]


def _says(value: object) -> bool:
    return value is not None and value not in ("", b"", {}, [])
