"""The audit book: whoever changes, removes or slips in an entry is found, and erasing a detail breaks nothing."""

import random
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from delivery.cases import open_cases
from delivery.database import Database
from delivery.errors import BadInput
from delivery.jobs.crew import Crew
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import put
from delivery.jobs.queues import QUEUES
from delivery.jobs.sweeper import Sweeper
from delivery.jobs.work import do
from delivery.models import AuditEntry, Job
from delivery.moments import now
from delivery.privacy.chain import (
    Anchor,
    Verdict,
    anchors_file,
    content_of,
    facts_hmac,
    head_of,
    read_anchors,
    seal_entries,
    verify,
    write_anchor,
)
from delivery.privacy.erasing import Order, erase_due
from delivery.privacy.sealing import BEGINNING, canonical, linked
from delivery.rules.retention import TABLE
from delivery.wiring import Service
from tests.delivery.conftest import NOW
from tests.privacy.conftest import BOTH, command

KEY = b"k" * 32
TRIGGERS = {"sqlite": ["DROP TRIGGER audit_stays", "DROP TRIGGER audit_is_kept"],
            "postgresql": ["DROP TRIGGER audit_stays ON audit", "DROP TRIGGER audit_is_kept ON audit"]}  # fmt: skip


@pytest.fixture
def book(service: Service) -> Service:
    """Twelve entries, sealed."""
    write(service.database, 12)
    with service.database.write() as session:
        seal_entries(session, service.seal)
    return service


def write(database: Database, count: int, at: datetime = NOW) -> None:
    with database.write() as session:
        for number in range(count):
            facts = {"dossier": f"H26.41.118-261120-{number:04d}", "found": number}
            session.add(AuditEntry(at=at, actor="bode", action="saw", subject=f"result:{number}", facts=facts))


def looked(service: Service, *anchors: Anchor) -> Verdict:
    with service.database.read() as session:
        return verify(session, service.seal, NOW, anchors)


def as_owner(service: Service, *statements: str) -> None:
    """As somebody who owns the database and has taken its triggers away."""
    with service.database.write() as session:
        for statement in [*TRIGGERS[session.get_bind().dialect.name], *statements]:
            session.execute(sa.text(statement))


@BOTH
def test_every_entry_gets_its_place_and_the_chain_holds(book: Service) -> None:
    write(book.database, 3)
    assert (looked(book).sealed, looked(book).unsealed) == (12, 3)
    with book.database.write() as session:
        assert seal_entries(session, book.seal) == 3
        assert seal_entries(session, book.seal) == 0
    found = looked(book)
    assert (found.sealed, found.unsealed, found.broken, found.head.seq) == (15, 0, None, 15)


REFUSED = (
    "UPDATE audit SET actor = 'nobody' WHERE seq = 3", "DELETE FROM audit WHERE seq = 3", "DELETE FROM audit",
    "UPDATE audit SET facts = '{\"found\": 0}' WHERE seq = 3", "UPDATE audit SET seq = 99 WHERE seq = 3",
    "UPDATE audit SET hash = 'x' WHERE seq = 3", "UPDATE audit SET seq = NULL, hash = NULL WHERE seq = 3",
    "UPDATE audit SET subject = 'x' WHERE seq IS NULL",
)  # fmt: skip


@BOTH
def test_the_database_itself_refuses_to_change_or_remove_an_entry(book: Service) -> None:
    write(book.database, 1)
    for harm in REFUSED:
        with pytest.raises(sa.exc.DBAPIError, match="only added to"), book.database.write() as session:
            session.execute(sa.text(harm))
    assert looked(book).broken is None


HARMS = [
    ("UPDATE audit SET actor = 'nobody' WHERE seq = 5", 5), ("UPDATE audit SET subject = 'x' WHERE seq = 1", 1),
    ("UPDATE audit SET facts = '{}' WHERE seq = 7", 7), ("DELETE FROM audit WHERE seq = 4", 4),
    ("DELETE FROM audit WHERE seq = 1", 1), ("UPDATE audit SET at = '2026-01-01 00:00:00' WHERE seq = 12", 12),
]  # fmt: skip


@BOTH
def test_whoever_takes_the_triggers_away_is_found_by_the_chain(book: Service) -> None:
    with book.database.write() as session:
        for statement in TRIGGERS[session.get_bind().dialect.name]:
            session.execute(sa.text(statement))
    for harm, named in HARMS:
        with book.database.writing() as session:
            session.execute(sa.text(harm))
            found = verify(session, book.seal, NOW)
            session.rollback()
        assert found.broken is not None, harm
        assert found.broken[0] == named
    assert looked(book).broken is None


def forge(session: Session, seal: bytes, first: int) -> None:
    """Whoever owns database and key seals everything anew from an entry on."""
    previous = session.scalars(sa.select(AuditEntry.hash).where(AuditEntry.seq == first - 1)).one()
    for entry in session.scalars(sa.select(AuditEntry).where(AuditEntry.seq >= first).order_by(AuditEntry.seq)):
        detail = facts_hmac(seal, entry.id, entry.facts)
        previous = linked(str(previous), content_of(entry, entry.seq or 0, detail))
        entry.facts_hmac, entry.hash = detail, previous


def test_a_chain_that_was_forged_as_a_whole_is_found_by_the_anchor_alone(book: Service) -> None:
    with book.database.read() as session:
        anchor = head_of(session)
    as_owner(book, "UPDATE audit SET actor = 'nobody' WHERE seq = 5")
    with book.database.write() as session:
        forge(session, book.seal, 5)

    # The chain by itself cannot know.
    assert looked(book).broken is None
    found = looked(book, anchor)
    assert found.broken is not None
    assert found.broken[0] == anchor.seq


def test_whoever_cuts_the_end_off_is_found_by_the_anchor(book: Service) -> None:
    with book.database.read() as session:
        anchor = head_of(session)
    as_owner(book, "DELETE FROM audit WHERE seq > 9")
    assert looked(book).broken is None
    assert looked(book, anchor).broken is not None


@BOTH
def test_details_are_erased_by_their_term_and_the_chain_holds(book: Service) -> None:
    write(book.database, 2, NOW + timedelta(days=600))
    with book.database.write() as session:
        seal_entries(session, book.seal)
    erase_due(book.database, TABLE, Order("test", NOW + timedelta(days=731)))

    found = looked(book)
    assert (found.broken, found.erased, found.sealed) == (None, 12, 14)
    with book.database.read() as session:
        facts = session.scalars(sa.select(AuditEntry.facts).order_by(AuditEntry.id)).all()
    assert facts[:12] == [{}] * 12
    assert facts[12] != {}
    # What was emptied without a record of its term is no erasing.
    as_owner(book, "UPDATE audit SET facts = '{}' WHERE seq = 13")
    assert looked(book).broken == (13, "its details are not those that were sealed")


def test_from_the_digest_of_a_detail_nobody_can_guess_it() -> None:
    facts = {"dossier": "H26.41.118-261120-0001"}
    assert facts_hmac(KEY, 1, facts) == facts_hmac(KEY, 1, dict(facts))
    assert len({facts_hmac(KEY, 1, facts), facts_hmac(KEY, 2, facts), facts_hmac(b"x" * 32, 1, facts)}) == 3


@given(
    facts=st.dictionaries(
        st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=8), st.booleans(), st.none()), max_size=5
    ),
    seed=st.integers(),
)
def test_the_same_facts_have_one_form_in_whatever_order_they_were_written(facts: dict[str, object], seed: int) -> None:
    names = list(facts)
    random.Random(seed).shuffle(names)
    assert canonical({name: facts[name] for name in names}) == canonical(facts)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_workers_that_seal_at_once_make_one_chain(book: Service) -> None:
    write(book.database, 200)
    done: list[int] = []

    def work() -> None:
        for _ in range(5):
            with book.database.write() as session:
                done.append(seal_entries(session, book.seal))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 200
    assert looked(book).broken is None
    assert looked(book).sealed == 212


def test_a_worker_seals_as_it_sweeps_and_the_night_leaves_an_anchor(service: Service) -> None:
    write(service.database, 2)
    crew = Crew(service, {}, "test", QUEUES)
    Sweeper(service, crew, lambda _queue: None).sweep()
    assert looked(service).sealed == 2

    night(service)
    (anchor,) = read_anchors(anchors_file(service.settings.home))
    assert anchor.seq == 2
    assert anchors_file(service.settings.home).stat().st_mode & 0o077 == 0

    write(service.database, 3)
    with service.database.write() as session:
        seal_entries(session, service.seal)
    night(service)
    assert [one.seq for one in read_anchors(anchors_file(service.settings.home))] == [2, 5]

    as_owner(service, "DELETE FROM audit WHERE seq = 5")
    night(service)
    with service.database.read() as session:
        assert [case.facts["difference"] for case in open_cases(session)] == ["audit_book_broken"]


def night(service: Service) -> None:
    with service.database.write() as session:
        put(session, "night", NOW.toordinal())
        (job,) = session.scalars(
            sa.select(Job.id).where(Job.key == NOW.toordinal(), Job.state == "ready", Job.kind == "night")
        ).all()
    do(service, HANDLERS, job, "test")


def test_at_the_command_line_it_is_anchored_and_followed(book: Service, tmp_path: Path) -> None:
    printed = command(book, "audit", "anchor").output
    assert Anchor.parse(printed).seq == 12
    kept = tmp_path / "kept.txt"
    kept.write_text(printed, encoding="utf-8")
    good = command(book, "audit", "verify", "--anchor", str(kept))
    assert (good.exit_code, "12 entries follow" in good.output) == (0, True), good.output
    write_anchor(book.settings.home, Anchor(12, "f" * 64, now().isoformat()))
    bad = command(book, "audit", "verify")
    assert (bad.exit_code, "Entry 12" in bad.output) == (1, True)


@pytest.mark.parametrize("line", ["", "12", "x " + BEGINNING, "12 abc", f"1 {BEGINNING} a b"])
def test_what_is_no_anchor_is_said_so(line: str) -> None:
    with pytest.raises(BadInput):
        Anchor.parse(line)
