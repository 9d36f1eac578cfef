"""Whom an envelope goes to can be corrected with every carrier: told, replaced, or left to a person."""

import pytest
import sqlalchemy as sa

from delivery.errors import BadInput
from delivery.intake.correcting import Change
from delivery.models import (
    Amendment,
    AmendmentKind,
    AmendmentState,
    CaseKind,
    Consignment,
    Result,
    ResultVersion,
    Submission,
)
from delivery.wiring import Service
from tests.delivery.amending.envelopes import (
    CARRIERS,
    NETWORKED,
    accepted,
    amendment,
    ask_back,
    asked,
    correct,
    hand_it_over,
    item,
    sent,
    work_on,
)
from tests.delivery.conftest import Intake
from tests.delivery.post import Post


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
    hand_it_over(day)
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
    hand_it_over(day)


@pytest.mark.parametrize("carrier", [name for name in CARRIERS if name != "myvnpost"])
def test_what_is_out_with_a_carrier_that_cannot_correct_is_a_person_s(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = accepted(service, post, intake, carrier)
    hand_it_over(day)

    correct(day, phone="+84987654321")
    work_on(day)

    assert sent(day) == [Submission.ACCEPTED]
    assert {CaseKind.CHANGED_AFTER_DISPATCH, CaseKind.RECALL} <= asked(day)
    assert [order["state"] for order in post.ledger().values()] in ([], ["registered"])


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
