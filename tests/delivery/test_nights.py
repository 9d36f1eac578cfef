"""By night all books are held against each other: every harm done to them becomes somebody's question, once."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from delivery.cases import open_cases
from delivery.cli import tannha
from delivery.jobs import queue
from delivery.models import (
    Callback,
    CaseKind,
    Consignment,
    Custody,
    ImportFile,
    InboxState,
    Item,
    Job,
    JobState,
    Label,
    Night,
    Scan,
    TrackingEvent,
)
from delivery.rules.lifecycle import Fact, State
from delivery.tracking.events import Report, record
from delivery.tracking.nightly import Wrong, ask_for_night, look, note
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.post import running_post
from tests.delivery.rows import a_row

TONIGHT = date(2026, 11, 26)


@pytest.fixture
def day(service: Service, intake: Intake, tmp_path: Path) -> Day:
    """Three envelopes handed over on the day before."""
    with running_post(tmp_path / "home" / "sandbox") as post:
        settings = service.settings.model_copy(update={"ngsp_url": post.url})
        ready = Day(Service(settings, service.database), intake).prepare(3)
        ready.submit()
    ready.hand_over()
    return ready


def wrongs(day: Day, night: date = TONIGHT) -> list[Wrong]:
    return [finding.wrong for finding in look(day.service.database, night).findings]


def test_a_day_on_which_all_went_well_leaves_nothing_to_ask(day: Day) -> None:
    found = look(day.service.database, TONIGHT)

    assert (found.findings, dict(found.in_hands)) == ([], {Custody.CARRIER: 3})


HARMS: dict[Wrong, Callable[[Day], sa.Executable]] = {
    Wrong.STATE: lambda day: sa.update(Consignment).where(_first(day)).values(journey=State.OUT_FOR_DELIVERY),
    Wrong.CUSTODY: lambda _day: sa.update(Item).where(Item.id == 1).values(custody=Custody.WARD),
    Wrong.IMPORT: lambda _day: sa.insert(ImportFile).values(source="test", sha256="cut", started_at=NOW),
    Wrong.CALLBACK: lambda _day: sa.insert(Callback).values(
        source="callback", dedupe_key="x", received_at=NOW, raw=b"{}", state=InboxState.NEW, note=""
    ),
}


def _first(day: Day) -> sa.ColumnElement[bool]:
    return Consignment.id == min(c.id for c in day.consignments())


@pytest.mark.parametrize("wrong", HARMS)
def test_what_was_done_to_the_books_behind_their_back_is_seen(day: Day, wrong: Wrong) -> None:
    with day.service.database.write() as session:
        session.execute(HARMS[wrong](day))

    assert wrongs(day) == [wrong]


def test_an_envelope_in_the_wrong_hands_is_seen_long_after_its_journey_ended(day: Day) -> None:
    with day.service.database.write() as session:
        for sent in session.scalars(sa.select(Consignment)):
            record(session, sent, Report(Fact.DELIVERED, "feed", f"end-{sent.id}", NOW), NOW)
        session.flush()
        session.execute(HARMS[Wrong.CUSTODY](day))

    assert wrongs(day, date(2027, 6, 1)) == [Wrong.CUSTODY]


def test_three_working_days_without_a_word_of_the_carrier_are_too_long(day: Day) -> None:
    with day.service.database.write() as session:
        session.execute(sa.update(TrackingEvent).values(received_at=NOW))

    # The hand-over was on a Tuesday; Saturday and Sunday are nobody's working days.
    assert wrongs(day, date(2026, 11, 27)) == []
    assert wrongs(day, date(2026, 12, 1)) == [Wrong.SILENT] * 3


def test_an_envelope_that_was_printed_and_forgotten_is_found(day: Day) -> None:
    with day.service.database.write() as session:
        session.execute(sa.delete(Scan))
        session.execute(sa.update(Label).values(confirmed_at=None))
        for sent in session.scalars(sa.select(Consignment)):
            sent.journey = State.PREPARED
            sent.item.custody = Custody.WARD
        session.execute(sa.delete(TrackingEvent))

    assert wrongs(day, date(2026, 11, 25)) == []
    assert wrongs(day) == [Wrong.LYING] * 3


def test_a_result_that_nobody_gathered_by_its_promised_day_is_found(service: Service, intake: Intake) -> None:
    day = Day(service, intake)
    day.import_and_place(a_row(1))

    assert wrongs(day, date(2026, 11, 24)) == []
    found = look(service.database, date(2026, 12, 31)).findings
    assert [(one.wrong, one.dossier) for one in found] == [(Wrong.LATE, a_row(1)["Mã hồ sơ"])]


def test_a_difference_is_one_question_for_as_long_as_it_is_there(day: Day) -> None:
    database = day.service.database

    def night(number: int) -> list[CaseKind]:
        tonight = TONIGHT + timedelta(days=number)
        found = look(database, tonight)
        with database.write() as session:
            note(session, tonight, found, NOW + timedelta(days=number))
            return [case.kind for case in open_cases(session)]

    with database.write() as session:
        session.execute(HARMS[Wrong.CUSTODY](day))
    assert night(0) == [CaseKind.NIGHT]
    assert night(1) == [CaseKind.NIGHT]
    with database.write() as session:
        session.execute(sa.update(Item).values(custody=Custody.CARRIER))
    assert night(2) == []
    with database.read() as session:
        nights = session.scalars(sa.select(Night).order_by(Night.day)).all()
        assert [(n.envelopes, n.differences) for n in nights] == [(3, 1), (3, 1), (3, 0)]


def test_some_worker_looks_once_a_night(day: Day) -> None:
    def asked(hour: int) -> int:
        with day.service.database.write() as session:
            ask_for_night(session, datetime(2026, 11, 25, hour, tzinfo=UTC))
            jobs = session.scalars(sa.select(Job.id).where(Job.kind == "night")).all()
        return len(jobs)

    # Half past midnight and three in the morning by a Vietnamese clock.
    assert asked(17) == 0
    assert asked(20) == asked(21) == 1
    day.work("night")
    assert asked(22) == 1
    with day.service.database.read() as session:
        assert session.scalars(sa.select(Night.day)).all() == [TONIGHT]


def test_jobs_done_long_ago_are_cleared_away_and_what_waits_for_a_person_stays(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "FORGOTTEN_AT_ONCE", 2)
    long_ago, lately = NOW - timedelta(days=40), NOW - timedelta(days=20)
    with day.service.database.write() as session:
        session.execute(sa.delete(Job))
        states = [*[(JobState.DONE, long_ago)] * 5, (JobState.DONE, lately), (JobState.PARKED, long_ago)]
        for key, (state, at) in enumerate(states):
            session.add(Job(kind="submit", key=key, state=state, next_at=at, created_at=at, finished_at=at))
        session.add(Job(kind="submit", key=99, next_at=NOW + timedelta(days=400), created_at=long_ago))
        ask_for_night(session, datetime(2026, 11, 25, 20, tzinfo=UTC))

    day.work("night")

    with day.service.database.read() as session:
        left = session.scalars(sa.select(Job.key).where(Job.kind == "submit").order_by(Job.key)).all()
    assert left == [5, 6, 99]


def test_the_command_looks_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANNHA_HOME", str(tmp_path))
    monkeypatch.setenv("TANNHA_LANGUAGE", "en")
    assert CliRunner().invoke(tannha, ["init"]).exit_code == 0

    answer = CliRunner().invoke(tannha, ["reconcile", "night", "--json"])

    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.output) == {"envelopes": 0, "in_hands": {}, "differences": []}
    assert "All books agree" in CliRunner().invoke(tannha, ["reconcile", "night"]).output
