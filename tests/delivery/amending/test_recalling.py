"""What was arranged can be taken back with every carrier: void only when nobody else can still move it."""

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.dispatch.batching import batch_due, find_batch
from delivery.dispatch.handover import Finding
from delivery.dispatch.recalling import amendments_of, send_again, take_back
from delivery.errors import NotNow
from delivery.models import (
    AmendmentState,
    Batch,
    CaseKind,
    Consignment,
    Item,
    Submission,
)
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.wiring import Service
from tests.delivery.amending.envelopes import (
    CARRIERS,
    GARBLED,
    NETWORKED,
    accepted,
    amendment,
    ask_back,
    asked,
    hand_it_over,
    item,
    plan_and_send,
    qr_of_label,
    sent,
    work_on,
)
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import HANDED_OVER_AT
from tests.delivery.post import Post
from tests.delivery.rows import a_row
from tests.delivery.test_carriers import day_with, habits


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
    table = day.hand_over([qr_of_label(day)])
    assert [finding for _code, finding in table.refused] == [Finding.RECALLED]
    work_on(day)
    assert sent(day) == [Submission.VOID]
    assert amendment(day).state is AmendmentState.DONE
    assert {order["state"] for order in post.ledger().values()} <= {"cancelled"}
    assert item(day).custody == "ward"
    with pytest.raises(NotNow):
        day.print("again")


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
    hand_it_over(day)

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


def test_a_delivered_envelope_cannot_be_recalled(service: Service, post: Post, intake: Intake) -> None:
    day = accepted(service, post, intake, "sandbox")
    hand_it_over(day)
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
    habits(post, **GARBLED)
    work_on(day)
    # It was asked, and nobody knows what the carrier has made of it.
    with service.database.write() as session, pytest.raises(NotNow):
        send_again(session, session.scalars(sa.select(Item)).one(), by="huong", at=NOW)
    habits(post)
    work_on(day)
    tomorrow = DAY.replace(day=DAY.day + 1)
    with service.database.write() as session:
        batch_due(session, tomorrow, NOW)
        assert session.scalars(sa.select(Batch).where(Batch.day == tomorrow)).all() == []

        send_again(session, session.scalars(sa.select(Item)).one(), by="huong", at=NOW)
        (batch,) = batch_due(session, tomorrow, NOW)
    day.batch = batch.code
    plan_and_send(day)

    assert sent(day) == [Submission.VOID, Submission.ACCEPTED]
    assert sorted(str(order["state"]) for order in post.ledger().values()) == ["cancelled", "registered"]


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
