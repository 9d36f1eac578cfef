"""What was arranged can be taken back or corrected, with every carrier: never void while in doubt, never sent twice."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.dispatch.batching import batch_due, find_batch
from delivery.dispatch.communes import refresh_communes
from delivery.dispatch.doubt import MISSED
from delivery.dispatch.handover import Finding
from delivery.dispatch.planning import request_plan
from delivery.dispatch.recalling import amendments_of, recall, send_again, take_back
from delivery.errors import BadInput, NotNow
from delivery.intake.correcting import Change, correct_by_hand
from delivery.jobs.queue import put
from delivery.models import (
    Amendment,
    AmendmentKind,
    AmendmentState,
    Batch,
    CaseKind,
    Consignment,
    Item,
    Result,
    ResultVersion,
    Submission,
    SubmitTry,
)
from delivery.rules.codes import qr_payload
from delivery.rules.lifecycle import Fact, State
from delivery.tracking.events import Report, record
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day
from tests.delivery.post import Post, running_post
from tests.delivery.rows import a_row
from tests.delivery.test_carriers import day_with, habits
from tests.delivery.typed import typed

NETWORKED = ["sandbox", "ngsp", "ngsp-provincial", "myvnpost", "viettelpost"]
CARRIERS = [*NETWORKED, "own-team"]
GARBLED = {"garbage": 1}


ON_POSTGRES = {"sandbox", "myvnpost"}


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Some carriers on one kind of database and the others on the other: each path on both, not each carrier."""
    carrier = request.node.callspec.params.get("carrier") if hasattr(request.node, "callspec") else "sandbox"
    if carrier in ON_POSTGRES:
        url: str = request.getfixturevalue("postgres")
        return url
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "tannha.db")
    return f"sqlite:///{tmp_path / 'tannha.db'}"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path / "home" / "sandbox") as started:
        yield started


def ask_back(day: Day, reason: str = "the applicant comes to the counter") -> None:
    with day.service.database.write() as session:
        recall(session, session.scalars(sa.select(Item)).one(), by="huong", reason=reason, at=NOW)


def correct(day: Day, **change: str) -> None:
    with day.service.database.write() as session:
        result = session.scalars(sa.select(Result)).one()
        correct_by_hand(session, result, Change(**change), by="huong", at=NOW)


def amendment(day: Day) -> Amendment:
    with day.service.database.read() as session:
        return session.scalars(sa.select(Amendment).order_by(Amendment.id.desc())).first() or pytest.fail("none")


def item(day: Day) -> Item:
    with day.service.database.read() as session:
        return session.scalars(sa.select(Item)).one()


def sent(day: Day) -> list[Submission]:
    return [consignment.submission for consignment in day.consignments()]


def asked(day: Day) -> set[CaseKind]:
    with day.service.database.read() as session:
        return {case.kind for case in open_cases(session)}


def work_on(day: Day) -> None:
    day.hurry()
    day.work("amend")


def accepted(service: Service, post: Post, intake: Intake, carrier: str) -> Day:
    """An envelope that the carrier has accepted, with a label that counts; it is still at the ward."""
    day = day_with(service, post, intake, carrier).prepare(1)
    day.submit()
    day.print("the carrier may have numbered it")
    assert sent(day) == [Submission.ACCEPTED]
    return day


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_no_carrier_has_heard_of_is_void_at_once(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = day_with(service, post, intake, carrier).prepare(1)

    ask_back(day)
    ask_back(day)

    assert sent(day) == [Submission.VOID]
    assert post.ledger() == {}
    with pytest.raises(NotNow):
        day.print("again")
    day.submit()
    assert post.ledger() == {}
    with service.database.read() as session:
        (only,) = amendments_of(session, session.scalars(sa.select(Item)).one())
    assert (only.state, only.wanted_by, only.reason) == (
        AmendmentState.DONE, "huong", "the applicant comes to the counter",
    )  # fmt: skip


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_the_carrier_has_accepted_is_void_only_when_it_has_given_it_up(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = accepted(service, post, intake, carrier)

    ask_back(day)

    assert sent(day) == [Submission.ACCEPTED]
    table = day.hand_over([_qr(day)])
    assert [finding for _code, finding in table.refused] == [Finding.RECALLED]
    work_on(day)
    assert sent(day) == [Submission.VOID]
    assert amendment(day).state is AmendmentState.DONE
    assert {order["state"] for order in post.ledger().values()} <= {"cancelled"}
    assert item(day).custody == "ward"
    with pytest.raises(NotNow):
        day.print("again")


def _qr(day: Day) -> str:
    """What the valid label's QR code says."""
    with day.service.database.read() as session:
        consignment = session.scalars(sa.select(Consignment)).one()
        valid = next(label for label in consignment.labels if label.voided_at is None)
        return qr_payload(consignment.reference, valid.version, day.service.seal)


@pytest.mark.parametrize("carrier", NETWORKED)
def test_an_answer_that_cannot_be_read_leaves_it_in_force_until_one_can(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = accepted(service, post, intake, carrier)
    ask_back(day)
    habits(post, **GARBLED)
    work_on(day)
    assert sent(day) == [Submission.ACCEPTED]
    assert amendment(day).ended_at is None

    habits(post)
    work_on(day)

    assert sent(day) == [Submission.VOID]
    assert [order["state"] for order in post.ledger().values()] == ["cancelled"]


@pytest.mark.parametrize("carrier", NETWORKED)
def test_a_worker_that_died_after_asking_asks_again(service: Service, post: Post, intake: Intake, carrier: str) -> None:
    day = accepted(service, post, intake, carrier)
    ask_back(day)
    work_on(day)
    with service.database.write() as session:
        # The carrier has cancelled it; the answer never came to be written.
        session.execute(sa.update(Amendment).values(state=AmendmentState.ASKED, ended_at=None))
        session.execute(sa.update(Consignment).values(submission=Submission.ACCEPTED, journey=State.REGISTERED))
        put(session, "amend", session.scalars(sa.select(Amendment.id)).one())

    work_on(day)

    assert sent(day) == [Submission.VOID]
    assert len(post.ledger()) == 1


@pytest.mark.parametrize("carrier", NETWORKED)
def test_a_carrier_that_refuses_leaves_it_to_a_person(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = accepted(service, post, intake, carrier)
    post.collect(list(post.ledger()), HANDED_OVER_AT)

    ask_back(day)
    work_on(day)

    assert sent(day) == [Submission.ACCEPTED]
    assert amendment(day).state is AmendmentState.REFUSED
    assert CaseKind.RECALL in asked(day)
    with service.database.read() as session:
        case = next(case for case in open_cases(session) if case.kind is CaseKind.RECALL)
    assert "thu gom" in str(case.facts["carrier_said"])


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_has_left_the_ward_is_asked_back_and_somebody_is_told_at_once(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = accepted(service, post, intake, carrier)
    _hand_over(day)

    ask_back(day)
    assert CaseKind.RECALL in asked(day)
    work_on(day)

    # Void is only what somebody has in hand: the paper is on its way.
    assert sent(day) == [Submission.ACCEPTED]
    given_up = amendment(day).state is AmendmentState.DONE
    assert given_up is (carrier != "own-team")
    with service.database.write() as session:
        envelope = session.scalars(sa.select(Item)).one()
        if given_up:
            take_back(session, envelope, by="huong", at=NOW)
        else:
            with pytest.raises(NotNow):
                take_back(session, envelope, by="huong", at=NOW)
    assert sent(day) == [Submission.VOID if given_up else Submission.ACCEPTED]


def _hand_over(day: Day) -> None:
    assert day.hand_over([_qr(day)]).accepted


def test_myvnpost_s_people_may_have_to_decide_and_are_asked_until_they_have(
    service: Service, post: Post, intake: Intake
) -> None:
    day = accepted(service, post, intake, "myvnpost")
    habits(post, pending_cancellations=1)
    ask_back(day)

    work_on(day)
    assert amendment(day).state is AmendmentState.PENDING
    work_on(day)
    assert sent(day) == [Submission.ACCEPTED]
    work_on(day)

    assert sent(day) == [Submission.VOID]
    assert [order["state"] for order in post.ledger().values()] == ["cancelled"]


def test_myvnpost_s_people_may_refuse(service: Service, post: Post, intake: Intake) -> None:
    day = accepted(service, post, intake, "myvnpost")
    habits(post, pending_cancellations=1)
    ask_back(day)
    work_on(day)
    post.collect(list(post.ledger()), HANDED_OVER_AT)

    work_on(day)
    work_on(day)

    assert amendment(day).state is AmendmentState.REFUSED
    assert sent(day) == [Submission.ACCEPTED]
    assert CaseKind.RECALL in asked(day)


@pytest.mark.parametrize("carrier", ["sandbox", "myvnpost"])
def test_what_is_in_doubt_is_first_found_out_and_then_taken_back(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = day_with(service, post, intake, carrier).prepare(1)
    habits(post, lost_replies=1)
    day.submit()
    assert sent(day) == [Submission.IN_DOUBT]
    habits(post)

    ask_back(day)
    work_on(day)
    assert sent(day) == [Submission.IN_DOUBT]
    day.hurry()
    day.work("submit")
    work_on(day)

    assert sent(day) == [Submission.VOID]
    assert [order["state"] for order in post.ledger().values()] == ["cancelled"]


def test_a_delivered_envelope_cannot_be_recalled(service: Service, post: Post, intake: Intake) -> None:
    day = accepted(service, post, intake, "sandbox")
    _hand_over(day)
    with service.database.write() as session:
        consignment = session.scalars(sa.select(Consignment)).one()
        record(session, consignment, Report(Fact.DELIVERED, "feed", "1", HANDED_OVER_AT), HANDED_OVER_AT)

    with pytest.raises(NotNow):
        ask_back(day)


def test_what_was_recalled_travels_again_only_when_somebody_says_so(
    service: Service, post: Post, intake: Intake
) -> None:
    day = accepted(service, post, intake, "sandbox")
    ask_back(day)
    with service.database.write() as session, pytest.raises(NotNow):
        send_again(session, session.scalars(sa.select(Item)).one(), by="huong", at=NOW)
    work_on(day)
    tomorrow = DAY.replace(day=DAY.day + 1)
    with service.database.write() as session:
        batch_due(session, tomorrow, NOW)
        assert session.scalars(sa.select(Batch).where(Batch.day == tomorrow)).all() == []

        send_again(session, session.scalars(sa.select(Item)).one(), by="huong", at=NOW)
        (batch,) = batch_due(session, tomorrow, NOW)
    day.batch = batch.code
    _plan_and_send(day)

    assert sent(day) == [Submission.VOID, Submission.ACCEPTED]
    assert sorted(str(order["state"]) for order in post.ledger().values()) == ["cancelled", "registered"]


def _plan_and_send(day: Day) -> None:
    with day.service.database.write() as session:
        request_plan(session, code=day.batch, day=None, seconds=1, at=NOW)
    day.work("plan")
    day.print("it travels again")
    day.submit()


@pytest.mark.parametrize("carrier", [name for name in NETWORKED if name != "myvnpost"])
def test_carriers_that_cannot_correct_get_a_new_order_for_the_old_one(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = accepted(service, post, intake, carrier)
    old = day.item_codes()

    correct(day, recipient_name="Người Nhận Thay")
    work_on(day)
    assert sent(day) == [Submission.VOID]
    day.print("the recipient was corrected")
    day.submit()

    assert sent(day) == [Submission.VOID, Submission.ACCEPTED]
    assert day.item_codes() != old
    assert sorted(str(order["state"]) for order in post.ledger().values()) == ["cancelled", "registered"]
    assert item(day).recalled_at is None


def test_myvnpost_is_told_of_a_correction_and_the_number_stays(service: Service, post: Post, intake: Intake) -> None:
    day = accepted(service, post, intake, "myvnpost")
    old = day.item_codes()

    correct(day, recipient_name="Người Nhận Thay", phone="+84987654321")
    with service.database.read() as session:
        (consignment,) = session.scalars(sa.select(Consignment))
        assert all(label.voided_at is not None for label in consignment.labels)
    work_on(day)
    assert amendment(day).state is AmendmentState.PENDING
    work_on(day)
    work_on(day)

    assert amendment(day).state is AmendmentState.DONE
    assert sent(day) == [Submission.ACCEPTED]
    day.print("the recipient was corrected")
    assert day.item_codes() == old
    _hand_over(day)
    with service.database.read() as session:
        result = session.scalars(sa.select(Result)).one()
        kept = session.scalars(sa.select(ResultVersion)).one()
    assert (result.recipient_name, result.phone) == ("Người Nhận Thay", "+84987654321")
    assert kept.content["recipient_name"] != "Người Nhận Thay"


def test_what_is_corrected_again_while_the_carrier_decides_is_told_again(
    service: Service, post: Post, intake: Intake
) -> None:
    day = accepted(service, post, intake, "myvnpost")
    correct(day, recipient_name="Người Thứ Nhất")
    work_on(day)
    correct(day, recipient_name="Người Thứ Hai")
    for _ in range(6):
        work_on(day)

    with service.database.read() as session:
        (only,) = session.scalars(sa.select(Amendment))
        assert only.version == session.scalars(sa.select(Result.version)).one() == 3
    assert only.state is AmendmentState.DONE


def test_a_recall_takes_the_place_of_a_correction(service: Service, post: Post, intake: Intake) -> None:
    day = accepted(service, post, intake, "myvnpost")
    correct(day, recipient_name="Người Nhận Thay")
    work_on(day)

    ask_back(day)
    work_on(day)

    assert sent(day) == [Submission.VOID]
    with service.database.read() as session:
        kinds = session.scalars(sa.select(Amendment.kind).order_by(Amendment.id)).all()
    assert kinds == [AmendmentKind.CORRECT, AmendmentKind.RECALL]


def test_the_own_team_reads_the_new_label(service: Service, post: Post, intake: Intake) -> None:
    day = accepted(service, post, intake, "own-team")

    correct(day, recipient_name="Người Nhận Thay")
    work_on(day)
    day.print("the recipient was corrected")

    assert sent(day) == [Submission.ACCEPTED]
    _hand_over(day)


@pytest.mark.parametrize("carrier", [name for name in CARRIERS if name != "myvnpost"])
def test_what_is_out_with_a_carrier_that_cannot_correct_is_a_person_s(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = accepted(service, post, intake, carrier)
    _hand_over(day)

    correct(day, phone="+84987654321")
    work_on(day)

    assert sent(day) == [Submission.ACCEPTED]
    assert {CaseKind.CHANGED_AFTER_DISPATCH, CaseKind.RECALL} <= asked(day)
    assert [order["state"] for order in post.ledger().values()] in ([], ["registered"])


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_result_that_the_one_stop_withdraws_after_dispatch_is_recalled(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = accepted(service, post, intake, carrier)

    intake.rows(a_row(1, Trả_tại_nhà=""))
    work_on(day)

    assert sent(day) == [Submission.VOID]
    assert {order["state"] for order in post.ledger().values()} <= {"cancelled"}
    assert {CaseKind.CHANGED_AFTER_DISPATCH, CaseKind.RECALL} <= asked(day)
    with service.database.write() as session:
        batch = find_batch(session, day.batch)
        assert all(one.recalled_at is not None for one in batch.items)
        batch_due(session, DAY, NOW)
        assert len(session.scalars(sa.select(Item)).all()) == 1


def test_a_correction_needs_something_that_is_new_and_can_be_meant(
    service: Service, post: Post, intake: Intake
) -> None:
    day = accepted(service, post, intake, "sandbox")

    with pytest.raises(BadInput):
        Change.typed("", " ", "")
    with pytest.raises(BadInput):
        Change.typed("", "12", "")
    with pytest.raises(BadInput):
        Change.typed("", "", "x" * 301)
    with pytest.raises(BadInput):
        correct(day, recipient_name="Người Thử Số 1")
    assert Change.typed(" Lê  Thị Thử ", "0912 345 678", "") == Change("Lê Thị Thử", "+84912345678", "")


def test_the_commands_ask_at_once_and_say_what_has_come_of_it(
    service: Service, post: Post, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANNHA_SANDBOX_PORT", str(post.port))
    day = accepted(service, post, intake, "sandbox")
    (code,) = day.item_codes()

    silent = typed(day.service, "recall", code)
    moved = typed(day.service, "correct", code, "--address", "Số 9 phố Thử, phường Việt Hưng, Hà Nội", "--json")
    day.print("the address was corrected")
    day.submit()
    (new,) = day.item_codes()
    asked_back = typed(day.service, "recall", new, "--reason", "comes to the counter")
    early = typed(day.service, "recall", new, "--in-hand")
    unknown = typed(day.service, "recall", "EE000000005VN", "--reason", "nobody knows it")
    released = typed(day.service, "recall", new, "--release")

    assert silent.returncode == 1
    assert "--reason" in silent.stderr
    assert json.loads(moved.stdout) == {"item_code": code, "outcome": "corrected"}
    assert asked_back.returncode == 0, asked_back.stderr
    assert "stays at the ward" in asked_back.stdout
    assert (early.returncode, unknown.returncode) == (1, 1)
    assert released.returncode == 0, released.stderr
    assert sent(day) == [Submission.VOID, Submission.VOID]
    with service.database.read() as session:
        assert session.scalars(sa.select(Result.new_ward_code)).one() == "00127"


def test_a_carrier_that_does_not_answer_the_command_is_asked_by_a_worker(
    service: Service, post: Post, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANNHA_SANDBOX_PORT", "9")
    day = accepted(service, post, intake, "sandbox")

    asked_back = typed(day.service, "recall", day.item_codes()[0], "--reason", "comes to the counter", "--json")

    assert json.loads(asked_back.stdout)["outcome"] == "asked", asked_back.stderr
    work_on(day)
    assert sent(day) == [Submission.VOID]


def test_what_is_recalled_in_doubt_and_was_never_there_is_void_without_being_sent(
    service: Service, post: Post, intake: Intake
) -> None:
    day = day_with(service, post, intake, "myvnpost", carrier_settle_seconds=900).prepare(1)
    refresh_communes(day.service)
    habits(post, closed=1)
    day.submit()
    habits(post)
    long_ago = NOW.replace(year=2020)
    with service.database.write() as session:
        # The worker died before a byte left the house; meanwhile the settle time has passed.
        session.execute(sa.update(Consignment).values(submission=Submission.IN_DOUBT))
        session.execute(sa.update(SubmitTry).values(outcome=MISSED, intended_at=long_ago, ended_at=long_ago))

    ask_back(day)
    day.hurry()
    day.work("submit")
    work_on(day)

    assert post.ledger() == {}
    assert sent(day) == [Submission.VOID]
