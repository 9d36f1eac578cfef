"""Keys, answers and changes on real databases: what two do at the same moment as well."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Event

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from delivery.cases import close_case
from delivery.errors import BadInput, NotFound
from delivery.intake.importing import ward_of
from delivery.intake.promises import Move, move_promises
from delivery.intake.receiving import Bringer, receive_results
from delivery.intake.taken import Outcome, Told
from delivery.machines.allowance import Allowances
from delivery.machines.answers import KEPT, Answer, Asked, KeyUsedOtherwise, answer_once, forget_answers
from delivery.machines.changes import (
    BEGINNING,
    Changes,
    Place,
    changes_after,
    forget_changes,
    is_forgotten,
)
from delivery.machines.changes import KEPT as CHANGES_KEPT
from delivery.machines.clients import Caller, Scope, add_client, close_client, rotate_key, who_has
from delivery.machines.secrets import LETTERS, is_key, new_key
from delivery.models import CaseKind, MachineAnswer, MachineKey, Result, ResultChange
from delivery.noting import note_results
from delivery.rules.standing import Subject
from delivery.standing import standings_of
from delivery.wiring import Service
from tests.delivery.rows import DOORS
from tests.delivery.waiting import waits_for_another

AT = datetime(2026, 11, 25, 1, 0, 30, tzinfo=UTC)
NOWHERE = "H26.41.118-261120-{:04d}"


def cells(number: int = 1, **changes: str) -> dict[str, str]:
    lat, lon = DOORS["Bồ Đề"]
    return {
        "dossier_code": NOWHERE.format(number), "owner_name": "Người Thử", "office": "BD", "wants_delivery": "1",
        "address": f"Số {number} phố Thử, phường Bồ Đề", "result_date": "2026-11-23", "lat": str(lat), "lon": str(lon),
        **changes,
    }  # fmt: skip


def bring(session: Session, *rows: dict[str, str]) -> list[Outcome]:
    bringer = Bringer("machine:x", None)
    told = [Told(number, row) for number, row in enumerate(rows, 1)]
    return [taken.outcome for taken in receive_results(session, told, bringer, ward_of(session), None, at=AT)]


@pytest.fixture
def caller(service: Service) -> Caller:
    with service.database.write() as session:
        _client, key = add_client(session, "mot-cua", [Scope.WRITE_RESULTS], ["BD"], AT, per_minute=40)
        found = who_has(session, key, AT)
    assert found is not None
    return found


@given(st.integers(0, 37), st.sampled_from(LETTERS))
def test_a_key_of_which_one_letter_is_wrong_is_no_key(place: int, letter: str) -> None:
    key = new_key()
    place += len("tn_")
    other = key[:place] + letter + key[place + 1 :]

    assert is_key(key)
    assert is_key(other) is (other == key)


def test_of_a_key_only_a_hash_is_kept(service: Service) -> None:
    with service.database.write() as session:
        _client, key = add_client(session, "mot-cua", [Scope.READ_RESULTS], None, AT)

    with service.database.read() as session:
        kept = session.scalars(sa.select(MachineKey)).one()
        assert len(kept.key_hash) == 32
        assert key.encode() not in kept.key_hash
        assert who_has(session, key, AT) is not None
        assert who_has(session, new_key(), AT) is None


@pytest.mark.parametrize(
    ("name", "scopes", "offices", "rate"),
    [
        ("Một Cửa", [Scope.READ_RESULTS], None, 60), ("x", [Scope.READ_RESULTS], None, 60), ("new", [], None, 60),
        ("new", ["everything"], None, 60), ("new", [Scope.READ_RESULTS], ["XX"], 60),
        ("new", [Scope.READ_RESULTS], [], 60), ("new", [Scope.READ_RESULTS], None, 0),
        ("mot-cua", [Scope.READ_RESULTS], None, 60),
    ],
)  # fmt: skip
def test_a_machine_that_cannot_be_is_not_entered(
    service: Service, caller: Caller, name: str, scopes: list[str], offices: list[str] | None, rate: int
) -> None:  # fmt: skip
    assert caller.name == "mot-cua"
    with service.database.read() as session, pytest.raises(BadInput):
        add_client(session, name, scopes, offices, AT, per_minute=rate)


@pytest.mark.parametrize("act", [rotate_key, close_client])
def test_nobody_changes_a_machine_that_is_not_there(service: Service, act: Callable[..., object]) -> None:
    with service.database.write() as session, pytest.raises(NotFound):
        act(session, "nobody", AT)


def test_of_many_who_ask_the_same_at_once_one_does_it_and_all_hear_the_same(service: Service, caller: Caller) -> None:
    asked, together = Asked.of(caller.client_id, "1", b"body"), Barrier(4)

    def ask(_number: int) -> Answer:
        together.wait()
        with service.database.write() as session:
            return answer_once(session, asked, work, AT)

    def work(session: Session) -> Answer:
        return Answer(200, bring(session, cells())[0].encode())

    with ThreadPoolExecutor(4) as askers:
        answers = list(askers.map(ask, range(4)))

    assert [answer.body for answer in answers] == [b"new"] * 4
    assert [answer.again for answer in answers].count(False) == 1
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Result)) == 1


def test_of_two_who_bring_the_same_result_at_once_the_second_finds_it_there(service: Service) -> None:
    begun = Event()

    def first() -> list[Outcome]:
        with service.database.write() as session:
            outcomes = bring(session, cells())
            begun.set()
            waits_for_another(service.database)
            return outcomes

    def second() -> list[Outcome]:
        assert begun.wait(30)
        with service.database.write() as session:
            return bring(session, cells())

    with ThreadPoolExecutor(2) as bringers:
        results = [bringers.submit(act) for act in (first, second)]
        assert [result.result(60) for result in results] == [[Outcome.NEW], [Outcome.UNCHANGED]]


def test_an_answer_is_kept_only_with_the_work_that_it_tells_of(service: Service, caller: Caller) -> None:
    asked = Asked.of(caller.client_id, "1", b"body")

    def fail(session: Session) -> Answer:
        bring(session, cells())
        raise RuntimeError("the machine stops here")

    with pytest.raises(RuntimeError), service.database.write() as session:
        answer_once(session, asked, fail, AT)
    with service.database.write() as session:
        again = answer_once(session, asked, lambda db: Answer(200, bring(db, cells())[0].encode()), AT)

    assert (again.body, again.again) == (b"new", False)


def test_a_key_is_forgotten_after_a_day_and_means_nothing_else_before(service: Service, caller: Caller) -> None:
    first, other = (Asked.of(caller.client_id, "1", body) for body in (b"a", b"b"))
    with service.database.write() as session:
        answer_once(session, first, lambda _db: Answer(200, b"first"), AT)
    almost = AT + KEPT - timedelta(seconds=1)

    with service.database.write() as session, pytest.raises(KeyUsedOtherwise):
        answer_once(session, other, lambda _db: Answer(200, b"other"), almost)
    with service.database.write() as session:
        assert answer_once(session, first, lambda _db: Answer(200, b"again"), almost).body == b"first"
        assert answer_once(session, other, lambda _db: Answer(200, b"other"), AT + KEPT).body == b"other"
        forget_answers(session, AT + 2 * KEPT)
        assert session.scalars(sa.select(MachineAnswer)).all() == []


def test_a_minute_grants_what_the_rate_says_whichever_processes_answer(service: Service, caller: Caller) -> None:
    processes = [Allowances(service.database) for _ in range(3)]

    with ThreadPoolExecutor(3) as askers:
        many = askers.map(lambda process: [process.ask(caller, AT) for _ in range(30)], processes)
        answers = [answer for some in many for answer in some]

    assert sum(answer.granted for answer in answers) == caller.per_minute
    assert {answer.seconds for answer in answers} == {30}
    assert processes[0].ask(caller, AT + timedelta(seconds=29)).granted is False
    assert processes[0].ask(caller, AT + timedelta(seconds=30)).granted is True


def test_a_change_that_is_committed_late_is_told_late_and_not_missed(service: Service, caller: Caller) -> None:
    """Of two transactions the one that began first ends last: whoever reads in between must not go on past it."""
    with service.database.write() as session:
        bring(session, cells(2))
    place = settled(service, caller, BEGINNING).upto
    begun, read = Event(), Event()

    def slowly() -> None:
        with service.database.write() as session:
            bring(session, cells(1))
            begun.set()
            assert read.wait(30)

    with ThreadPoolExecutor(1) as slow:
        late = slow.submit(slowly)
        assert begun.wait(30)
        if service.database.engine.dialect.name == "postgresql":
            with service.database.write() as session:
                note_results(session, [Subject(NOWHERE.format(2), 1)])
        between = changes(service, caller, place)
        read.set()
        late.result(30)

    assert codes(between) == []
    assert NOWHERE.format(1) in codes(settled(service, caller, between.upto))


def changes(service: Service, caller: Caller, place: Place) -> Changes:
    with service.database.read() as session:
        return changes_after(session, caller, place, 100)


def settled(service: Service, caller: Caller, place: Place) -> Changes:
    """The changes once they are told: any open transaction of the server, also of other tests, holds them back."""
    for _ in range(600):
        if (found := changes(service, caller, place)).results:
            return found
        time.sleep(0.05)
    raise AssertionError("no change was told")


def codes(found: Changes) -> list[str]:
    return [result.dossier_code for result in found.results]


def test_changes_are_noted_wherever_a_result_is_changed(service: Service, caller: Caller) -> None:
    with service.database.write() as session:
        bring(session, cells(1), cells(2, office="VH", address="Số 2 phố Thử, phường Việt Hưng"))
    with service.database.write() as session:
        bring(session, cells(1, note="Gọi trước"))

    (found,) = settled(service, caller, BEGINNING).results
    assert (found.dossier_code, found.version) == (NOWHERE.format(1), 2)
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ResultChange)) == 3


def test_a_question_that_holds_a_result_back_is_told_when_it_opens_and_when_it_is_answered(
    service: Service, caller: Caller
) -> None:
    name = Subject(NOWHERE.format(1), 1)
    for note in ("", "Gọi trước"):
        with service.database.write() as session:
            bring(session, cells(1, note=note))
    place = settled(service, caller, BEGINNING).upto
    with service.database.write() as session:
        assert bring(session, cells(1)) == [Outcome.OLDER]
    asked = settled(service, caller, place)
    held = state_of(service, name)
    with service.database.write() as session:
        subject = f"result:{name.dossier_code}:{name.copy_no}"
        close_case(session, CaseKind.OLDER_VERSION, subject, at=AT, by="canbo", decision="the newer one")
    answered = settled(service, caller, asked.upto)

    assert (codes(asked), held) == ([name.dossier_code], "held")
    assert (codes(answered), state_of(service, name)) == ([name.dossier_code], "waiting")


def test_a_promise_that_moves_is_told_to_whoever_follows(service: Service, caller: Caller) -> None:
    with service.database.write() as session:
        bring(session, cells(1))
    before = settled(service, caller, BEGINNING)
    was = before.results[0].promised_date
    with service.database.write() as session:
        office = session.scalars(sa.select(Result.office_id)).one()
        moved = move_promises(session, [Move(office, date(2026, 11, 23), was, was, was + timedelta(days=1), 1)], AT)
    (after,) = settled(service, caller, before.upto).results

    assert (moved, after.promised_date, after.first_promised) == (1, was + timedelta(days=1), was)


def state_of(service: Service, name: Subject) -> str:
    with service.database.read() as session:
        return standings_of(session, [name])[name].state


def test_a_change_is_noted_once_however_often_its_transaction_writes_and_not_if_it_is_undone(
    service: Service, caller: Caller
) -> None:
    with service.database.write() as session:
        bring(session, cells(1))
    place = settled(service, caller, BEGINNING).upto
    with service.database.write() as session:
        result = session.scalars(sa.select(Result)).one()
        for note in ("Gọi trước", "Gửi bảo vệ"):
            result.note = note
            session.flush()
    with service.database.write() as session:
        session.scalars(sa.select(Result)).one().note = "Tầng 2"
        session.flush()
        session.rollback()

    with service.database.read() as session:
        noted = session.scalars(sa.select(ResultChange).where(ResultChange.id > place.number)).all()
        assert [change.result_id for change in noted] == [result.id]


def test_old_changes_are_forgotten_and_whoever_has_not_read_them_is_told(service: Service, caller: Caller) -> None:
    with service.database.write() as session:
        bring(session, cells(1))
    old = settled(service, caller, BEGINNING).upto
    with service.database.write() as session:
        bring(session, cells(2), cells(3))
    with service.database.write() as session:
        session.execute(sa.update(ResultChange).values(at=AT))
        forget_changes(session, AT + CHANGES_KEPT + timedelta(seconds=1))

    newest = settled(service, caller, BEGINNING)
    assert codes(newest) == [NOWHERE.format(3)]
    with service.database.read() as session:
        assert is_forgotten(session, old)
        assert not is_forgotten(session, newest.upto)
        assert not is_forgotten(session, BEGINNING)


def test_after_a_backup_was_put_back_whoever_has_read_further_is_told(service: Service, caller: Caller) -> None:
    with service.database.write() as session:
        bring(session, cells(1), cells(2))
    read = settled(service, caller, BEGINNING).upto
    with service.database.write() as session:
        session.execute(sa.delete(ResultChange).where(ResultChange.id == read.number))

    with service.database.read() as session:
        assert is_forgotten(session, read)
        assert not is_forgotten(session, Place(read.turn, read.number - 1))


def test_a_place_of_another_server_s_time_is_none_here(service: Service) -> None:
    """A backup may be put back on a server that is younger, and counts its transactions from lower on."""
    with service.database.write() as session:
        bring(session, cells(1))
    with service.database.write() as session:
        session.execute(sa.update(ResultChange).values(turn=2**40))

    with service.database.read() as session:
        known = session.scalars(sa.select(ResultChange)).one()
        is_younger = service.database.engine.dialect.name == "postgresql"
        assert is_forgotten(session, Place(known.turn, known.id)) is is_younger
