"""While two versions run side by side, the older reads words that only the newer knows, and leaves them as they are."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from delivery.cases import open_cases
from delivery.database import Database
from delivery.models import Case, CaseKind
from delivery.models.base import Word
from delivery.rules.lifecycle import Event, Fact, State, fold

TOMORROW = "a_kind_of_tomorrow"
INSERT = sa.text(
    "INSERT INTO case_ (kind, subject, facts, opened_at, due_at, closed_by, decision)"
    " VALUES (:kind, 'item:1', '{}', :at, :at, '', '')"
)


def test_a_word_of_tomorrow_is_read_equals_none_of_today_and_is_written_back_unchanged(database: Database) -> None:
    with database.write() as session:
        session.execute(INSERT, {"kind": TOMORROW, "at": "2026-11-25 00:00:00"})

    with database.write() as session:
        (case,) = session.scalars(sa.select(Case)).all()
        assert case.kind == TOMORROW
        assert case.kind not in set(CaseKind)
        case.decision = "looked at"

    with database.read() as session:
        (case,) = open_cases(session)
        assert (case.kind, case.decision) == (TOMORROW, "looked at")
        assert session.scalar(sa.select(Case.id).where(Case.kind == CaseKind.ADDRESS)) is None
        assert case.opened_at <= datetime.now(UTC)


def test_a_fact_of_tomorrow_leads_nowhere_and_hides_none_of_today_s() -> None:
    weighed = Word(Fact).process_result_value("weighed", sqlite.dialect())
    assert isinstance(weighed, Fact)
    at = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    facts = [
        Event(fact, at + timedelta(minutes=minute), "feed", str(minute))
        for minute, fact in enumerate((Fact.REGISTERED, weighed, Fact.HANDED_OVER, weighed))
    ]

    journey = fold(facts)

    assert journey.state is State.WITH_CARRIER
    assert not journey.contradictions
