"""What is kept no longer than its term: erased field by field, never what still stands for something, and proved."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from delivery.cases import open_case
from delivery.errors import BadSetting
from delivery.intake.correcting import put_back
from delivery.intake.searching import matching
from delivery.jobs.queue import put
from delivery.jobs.queues import queue_of
from delivery.models import (
    Base,
    Callback,
    CaseKind,
    CitizenWord,
    Consignment,
    DoorAct,
    Erasure,
    InboxState,
    Item,
    Job,
    Result,
    WordKind,
)
from delivery.models.sealed import KEPT
from delivery.privacy.erasing import Order, erase_due
from delivery.privacy.files import delete_papers
from delivery.privacy.holds import lift_hold, place_hold
from delivery.privacy.proof import SINCE, Proof, prove
from delivery.privacy.terms import terms_file, terms_of, terms_text
from delivery.privacy.wipes import PARTS
from delivery.rules.retention import TABLE, After, BadTerms, of_name, with_terms
from delivery.tracking.closing import close_day
from delivery.tracking.figures import ended_between, figures_of
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.own_team import Round, clock
from tests.delivery.rows import a_row
from tests.privacy.conftest import BOTH, command

THE_DAY = clock("10:20")


def later(days: int) -> datetime:
    return THE_DAY.astimezone(UTC) + timedelta(days=days)


def erase(service: Service, days: int) -> dict[str, int]:
    return dict(erase_due(service.database, TABLE, Order("test", later(days))))


def proof(service: Service, days: int) -> Proof:
    return prove(service.database, service.settings, TABLE, later(days))


def results(service: Service) -> Sequence[Result]:
    with service.database.read() as session:
        return session.scalars(sa.select(Result).order_by(Result.id)).all()


def found_by(service: Service, typed: str) -> Sequence[int]:
    with service.database.read() as session:
        return session.scalars(sa.select(Result.id).where(matching(session, typed)).order_by(Result.id)).all()


@BOTH
def test_every_column_goes_by_its_own_term_and_what_is_under_way_stays_whole(ended: Round) -> None:
    service = ended.day.service

    assert erase(service, 30) == {}
    assert set(erase(service, 91)) == {
        "result.lat", "result.lon", "result.given_lat", "result.given_lon", "result.address_key", "result.place_facts",
    }  # fmt: skip
    first, _second, under_way = results(service)
    assert (first.lat, first.address_key, first.phone) == (None, None, "+84912345001")

    assert erase(service, 184)["result.phone"] == 2
    first, _second, under_way = results(service)
    assert (first.phone, first.email, first.address) == ("", "", "")
    assert first.recipient_name == "Người Thử Số 1"
    # Nobody finds it by what has gone, and by what is left still.
    assert found_by(service, "0912345001") == []
    assert first.id in found_by(service, "nguoi thu so 1")

    assert erase(service, 731)["result.owner_name"] == 2
    first, second, under_way = results(service)
    assert {(one.owner_name, one.recipient_name, one.note, one.fingerprint) for one in (first, second)} == {("",) * 4}
    assert (under_way.phone, under_way.address, under_way.owner_name) == (
        "+84912345003", "Số 3 phố Thử, phường Bồ Đề, Hà Nội", "Người Thử Số 3",
    )  # fmt: skip
    assert under_way.lat is not None
    assert under_way.erased_at is None
    assert erase(service, 731) == {}


@BOTH
def test_the_books_stay_whole(ended: Round) -> None:
    service = ended.day.service

    def books() -> tuple[object, ...]:
        with service.database.read() as session:
            balance = close_day(session, DAY)
            ends = figures_of(ended_between(session, DAY, DAY, [1, 2, 3, 4]))
            codes = sa.select(Consignment.item_code, Consignment.journey, Consignment.postage).order_by(Consignment.id)
            named = sa.select(Result.dossier_code, Result.procedure_code, Result.promised_date).order_by(Result.id)
            return balance, ends, session.execute(codes).all(), session.execute(named).all()

    before = books()
    erase(service, 4000)
    assert books() == before


@BOTH
def test_the_proof_finds_what_is_due_and_after_the_run_finds_nothing(ended: Round) -> None:
    service = ended.day.service
    before = proof(service, 800)
    assert not before.holds
    assert before.left["result.phone"] == 2
    assert before.left["door_act.papers"] == 2

    erase(service, 800)

    after = proof(service, 800)
    assert (after.holds, dict(after.left), after.records >= 5) == (True, {}, True)


def test_each_run_leaves_a_record_with_what_was_erased_by_which_cut_off(ended: Round) -> None:
    erase(ended.day.service, 91)

    with ended.day.service.database.read() as session:
        (record,) = session.scalars(sa.select(Erasure)).all()
    assert (record.kept, record.by, record.cut_off) == ("place", "test", later(1))
    assert record.counts["result.lat"] == 2
    assert len(record.rows_sha256) == len(record.hash) == 64


@pytest.mark.parametrize(
    "harm",
    [
        sa.update(Erasure).where(Erasure.id == 2).values(counts={"result.phone": 1}),
        sa.delete(Erasure).where(Erasure.id == 1),
        sa.update(Erasure).where(Erasure.id == 2).values(by="nobody"),
    ],
)
def test_a_record_that_was_changed_or_taken_away_is_named(ended: Round, harm: sa.Executable) -> None:
    service = ended.day.service
    erase(service, 800)
    with service.database.write() as session:
        session.execute(harm)

    found = proof(service, 800)
    assert (found.holds, found.broken) == (False, 2)


@BOTH
def test_a_case_a_hold_and_what_somebody_says_lately_keep_it(ended: Round) -> None:
    service = ended.day.service
    with service.database.write() as session:
        item = session.scalars(sa.select(Item).order_by(Item.id)).first()
        assert item is not None
        open_case(session, CaseKind.DISPUTE, f"item:{item.id}", at=NOW, facts={"dossier": item.first.dossier_code})
        place_hold(session, "H26.41.118-261120-0002", "đơn khiếu nại 12/2026", by="giamsat", at=NOW)

    assert erase(service, 800) == {}
    found = proof(service, 800)
    assert found.holds
    assert found.held["result.phone"] == 2

    with service.database.write() as session:
        lift_hold(session, "H26.41.118-261120-0002", by="giamsat", at=NOW)
    assert erase(service, 800)["result.phone"] == 1
    assert [one.phone == "" for one in results(service)] == [False, True, False]


def test_what_a_recipient_says_later_lets_the_term_begin_anew(ended: Round) -> None:
    service = ended.day.service
    with service.database.write() as session:
        item_id = session.scalars(sa.select(Item.id).order_by(Item.id)).first()
        session.add(CitizenWord(item_id=item_id, kind=WordKind.RATING, said_at=later(60), words="nhanh", stars=5))

    erase(service, 184)
    assert [one.phone == "" for one in results(service)] == [False, True, False]
    erase(service, 244)
    with service.database.read() as session:
        assert [one.phone == "" for one in results(service)] == [True, True, False]
        assert session.scalars(sa.select(CitizenWord.words)).all() == [""]
        assert session.scalars(sa.select(CitizenWord.stars)).all() == [5]


def test_the_proof_of_delivery_outlasts_the_telephone_and_then_goes_as_well(ended: Round) -> None:
    service = ended.day.service

    def shown() -> list[tuple[object, object]]:
        with service.database.read() as session:
            return [(act.receiver, act.papers) for act in session.scalars(sa.select(DoorAct).order_by(DoorAct.id))]

    erase(service, 700)
    assert all(receiver is not None and papers for receiver, papers in shown())
    erase(service, 731)
    assert shown() == [(None, []), (None, [])]


def test_what_waits_at_the_counter_goes_after_its_last_act_and_what_waits_for_a_courier_never(
    service: Service, intake: Intake
) -> None:
    intake.rows(a_row(1, Trả_tại_nhà=""), a_row(2))
    erase(service, 4000)
    counter, home = results(service)
    assert (counter.phone, counter.owner_name, counter.address) == ("", "", "")
    assert (home.phone, home.owner_name) == ("+84912345002", "Người Thử Số 2")


def test_an_old_file_does_not_bring_back_what_was_erased(ended: Round) -> None:
    service, intake = ended.day.service, ended.day.intake
    erase(service, 184)

    intake.rows(a_row(1, Số_điện_thoại="0987654321"))
    assert "đã được xoá theo hạn" in intake.reasons[0]
    erase(service, 731)
    report = intake.rows(a_row(1))
    assert (report.bad, report.corrected) == (1, 0)
    assert results(service)[0].phone == ""


def test_a_correction_whose_earlier_words_are_gone_cannot_be_put_back(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1, Trả_tại_nhà=""))
    intake.rows(a_row(1, Trả_tại_nhà="", Số_điện_thoại="0987654321"))
    erase(service, 800)
    with service.database.write() as session:
        result = session.scalars(sa.select(Result)).one()
        assert [version.content for version in result.versions] == [{}]
        with pytest.raises(Exception, match="không có gì"):
            put_back(session, result, by="bode", at=NOW)


@BOTH
def test_a_callback_is_forgotten_when_it_is_applied_and_not_before(service: Service) -> None:
    with service.database.write() as session:
        for number, state in enumerate((InboxState.APPLIED, InboxState.PARKED, InboxState.NEW)):
            session.add(Callback(source="vnpost", dedupe_key=str(number), received_at=NOW, raw=b"{}", state=state))
    erase(service, 40)
    with service.database.read() as session:
        assert session.scalars(sa.select(Callback.raw).order_by(Callback.id)).all() == [b"", b"{}", b"{}"]


def test_papers_on_the_disk_go_as_well(ended: Round) -> None:
    service = ended.day.service
    folder = service.settings.papers / "BD-261125-1"
    folder.mkdir(parents=True)
    for name, age in (("labels.pdf", 31), ("slips.pdf", 3)):
        (folder / name).write_bytes(b"%PDF")
        moment = (datetime.now(UTC) - timedelta(days=age)).timestamp()
        os.utime(folder / name, (moment, moment))

    assert prove(service.database, service.settings, TABLE, datetime.now(UTC)).papers == 1
    assert delete_papers(service.settings, TABLE, datetime.now(UTC)) == 1
    assert [path.name for path in folder.iterdir()] == ["slips.pdf"]


def test_after_the_night_a_worker_erases_by_itself(ended: Round) -> None:
    service = ended.day.service
    with service.database.write() as session:
        # As if it had happened long ago.
        for column in (Result.received_at, Item.created_at, Consignment.since, DoorAct.received_at):
            session.execute(sa.update(column.class_).values({column: NOW - timedelta(days=800)}))
        session.execute(sa.text("UPDATE event SET received_at = :then"), {"then": "2024-01-01 00:00:00"})
        put(session, "night", DAY.toordinal())
    assert queue_of("erase") is queue_of("night")

    ended.day.work("night")
    ended.day.work("erase")

    assert [one.phone == "" for one in results(service)] == [True, True, False]
    with service.database.read() as session:
        assert session.scalar(sa.select(Job.state).where(Job.kind == "erase")) == "done"


def test_a_ward_sets_its_own_terms_and_what_cannot_be_meant_erases_nothing(ended: Round) -> None:
    home = ended.day.service.settings.home
    terms_file(home).write_text("contact = 30\n", encoding="utf-8")
    assert of_name("contact", terms_of(home)).days == 30
    # As a file to be edited it changes nothing until somebody takes a mark away.
    terms_file(home).write_text(terms_text(TABLE), encoding="utf-8")
    assert terms_of(home) == TABLE
    for wrong in ("contact = 3", "requests = 10", "phone = 30", 'contact = "30"', "contact ="):
        terms_file(home).write_text(wrong, encoding="utf-8")
        with pytest.raises(BadSetting):
            terms_of(home)


@given(days=st.integers(-10, 5000), kept=st.sampled_from(TABLE))
def test_a_term_is_taken_exactly_within_its_bounds(days: int, kept: object) -> None:
    assert kept in TABLE
    line = next(one for one in TABLE if one is kept)
    try:
        term = of_name(line.name, with_terms(f"{line.name} = {days}")).days
    except BadTerms:
        assert not line.least <= days <= line.most
    else:
        assert term == days


def test_the_table_the_eraser_and_the_search_speak_of_the_same_columns() -> None:
    for kept in TABLE:
        named = {where for where in kept.where if not where.startswith("home/")}
        erased = {f"{wipe.name}.{column.key.removeprefix(KEPT)}" if wipe.blank else wipe.name
                  for wipe in PARTS.get(kept.name, ()) for column in (wipe.blank or [wipe.owner])}  # fmt: skip
        assert erased == named - {"result.search_text", "result.search_marks"}, kept.name
        for where in named:
            table, _dot, column = where.partition(".")
            assert not column or column in Base.metadata.tables[table].c
            assert kept.after is After.END or table in SINCE
        assert kept.least <= kept.days <= kept.most


def test_no_column_that_sounds_personal_is_forgotten_in_the_table() -> None:
    named = {where for kept in TABLE for where in kept.where}
    sounds = ("phone", "email", "address", "_name", "note", "words", "raw", "lat", "lon", "strokes", "content")
    for table in ("result", "result_version", "item", "citizen_word", "door_act", "signature"):
        for column in Base.metadata.tables[table].c:
            if column.name.endswith(sounds) and column.name != "procedure_name":
                assert f"{table}.{column.name}" in named


def test_at_the_command_line_it_is_planned_done_and_proved(ended: Round) -> None:
    service = ended.day.service
    with service.database.write() as session:
        for column in (Result.received_at, Item.created_at, Consignment.since, DoorAct.received_at):
            session.execute(sa.update(column.class_).values({column: NOW - timedelta(days=200)}))
        session.execute(sa.text("UPDATE event SET received_at = :then"), {"then": "2025-12-01 00:00:00"})

    assert "result.phone" in command(service, "retention", "plan").output
    assert command(service, "retention", "proof").exit_code == 1
    done = command(service, "retention", "run")
    assert done.exit_code == 0, done.output
    proved = command(service, "retention", "proof")
    assert (proved.exit_code, "Nothing due is left" in proved.output) == (0, True)
    assert [one.phone == "" for one in results(service)] == [True, True, False]
    assert Path(service.settings.home).exists()
