"""Recalling and correcting in the browser: what staff ask for, what has come of it, and how it is taken back."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from delivery.dispatch.amending import amend
from delivery.jobs.queue import due
from delivery.jobs.work import do
from delivery.models import (
    Amendment,
    AmendmentKind,
    AmendmentState,
    AuditEntry,
    Case,
    CaseKind,
    Consignment,
    Item,
    Result,
    Submission,
)
from delivery.rules.lifecycle import State
from tests.delivery.day import Day
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]
REASON = "người dân đến nhận tại quầy"


def page_of(day: Day) -> str:
    with day.service.database.read() as session:
        return f"/phong-bi/{session.scalars(sa.select(Item.id).order_by(Item.id)).first()}"


def press(browser: Browser, day: Day, button: str, **form: str) -> str:
    here = page_of(day)
    answer = browser.post(f"{here}/{button}", on=here, **form)
    assert answer.status_code == 200
    return answer.text


def first(day: Day) -> Item:
    with day.service.database.read() as session:
        item = session.scalars(sa.select(Item).order_by(Item.id)).first()
        assert item is not None
        _ = item.consignments, item.results
        return item


def amendments(day: Day) -> list[tuple[AmendmentKind, AmendmentState]]:
    with day.service.database.read() as session:
        return [(one.kind, one.state) for one in session.scalars(sa.select(Amendment).order_by(Amendment.id))]


def accepted_by_the_carrier(day: Day) -> None:
    with day.service.database.write() as session:
        session.execute(sa.update(Consignment).values(submission=Submission.ACCEPTED, journey=State.REGISTERED))


def test_what_no_carrier_has_heard_of_stays_at_the_ward_and_may_travel_again(day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")

    page = press(clerk, day, "thu-hoi", ly_do=REASON)

    assert first(day).recalled_at is not None
    assert first(day).consignments[0].submission is Submission.VOID
    assert REASON in page
    assert "không cần hỏi đơn vị chuyển phát" in page
    assert "đã thu hồi" in clerk.get("/dieu-phoi?ngay=2026-11-25").text
    press(clerk, day, "cho-di")
    assert first(day).recalled_at is None


def test_a_recall_of_which_the_carrier_has_not_heard_is_taken_back(day: Day, logged_in: LogIn) -> None:
    accepted_by_the_carrier(day)
    clerk = logged_in("bode")

    assert "Sắp hỏi đơn vị chuyển phát" in press(clerk, day, "thu-hoi", ly_do=REASON)
    assert "Bỏ thu hồi" in clerk.get(page_of(day)).text
    page = press(clerk, day, "cho-di")

    assert amendments(day) == [(AmendmentKind.RECALL, AmendmentState.TAKEN_BACK)]
    assert "đi tiếp như trước" in page
    assert first(day).consignments[0].submission is Submission.ACCEPTED
    # The job that was to ask finds nothing to do any more.
    with day.service.database.read() as session:
        jobs = due(session, 100)
    for job_id in jobs:
        do(day.service, {"amend": amend}, job_id, "test")
    assert first(day).consignments[0].submission is Submission.ACCEPTED


def test_what_the_carrier_is_being_asked_cannot_be_taken_back_and_says_that_it_is_in_doubt(
    day: Day, logged_in: LogIn
) -> None:
    accepted_by_the_carrier(day)
    clerk = logged_in("bode")
    press(clerk, day, "thu-hoi", ly_do=REASON)
    with day.service.database.write() as session:
        session.execute(sa.update(Amendment).values(state=AmendmentState.ASKED, asked_at=sa.func.now()))

    page = clerk.get(page_of(day)).text
    assert "chưa chắc được hay không" in page
    assert "Bỏ thu hồi" not in page
    assert first(day).recalled_at is not None
    press(clerk, day, "cho-di")
    assert first(day).recalled_at is not None


def test_a_refused_recall_says_what_the_carrier_said_and_can_be_asked_again(day: Day, logged_in: LogIn) -> None:
    accepted_by_the_carrier(day)
    clerk = logged_in("bode")
    press(clerk, day, "thu-hoi", ly_do=REASON)
    with day.service.database.write() as session:
        done = {"state": AmendmentState.REFUSED, "ended_at": sa.func.now(), "said": "đã thu gom"}
        session.execute(sa.update(Amendment).values(**done))

    page = clerk.get(page_of(day)).text
    assert "cần gọi điện" in page
    assert "đã thu gom" in page
    assert "Hỏi lại đơn vị chuyển phát" in page
    press(clerk, day, "thu-hoi", ly_do=REASON)

    assert [state for _kind, state in amendments(day)] == [AmendmentState.REFUSED, AmendmentState.WANTED]


def test_what_the_carrier_has_given_up_on_its_way_is_void_when_it_lies_at_the_ward_again(
    day: Day, logged_in: LogIn
) -> None:
    accepted_by_the_carrier(day)
    clerk = logged_in("bode")
    press(clerk, day, "thu-hoi", ly_do=REASON)
    press(clerk, day, "da-cam-lai")
    assert first(day).consignments[0].submission is Submission.ACCEPTED, "the carrier may still have it"
    with day.service.database.write() as session:
        session.execute(sa.update(Consignment).values(journey=State.CANCELLED))

    assert "Phong bì đã về lại đây" in clerk.get(page_of(day)).text
    press(clerk, day, "da-cam-lai")

    assert first(day).consignments[0].submission is Submission.VOID


def test_whom_it_goes_to_is_corrected_told_to_the_carrier_and_put_back(day: Day, logged_in: LogIn) -> None:
    accepted_by_the_carrier(day)
    clerk, before = logged_in("bode"), first(day).first
    change = {"nguoi_nhan": "Người Nhận Thay", "dien_thoai": "0987 654 321", "dia_chi": "Số 9 phố Thử, phường Bồ Đề"}

    page = press(clerk, day, "sua", **change)

    after = first(day).first
    assert (after.recipient_name, after.phone, after.address) == (
        "Người Nhận Thay", "+84987654321", "Số 9 phố Thử, phường Bồ Đề",
    )  # fmt: skip
    assert after.placed_at is not None
    assert "Đang báo cho đơn vị chuyển phát" in page
    assert amendments(day) == [(AmendmentKind.CORRECT, AmendmentState.WANTED)]
    press(clerk, day, "sua/hoan-tac")
    back = first(day).first
    assert (back.recipient_name, back.phone, back.address) == (before.recipient_name, before.phone, before.address)
    assert (back.given_lat, back.version) == (before.given_lat, before.version + 2)


def test_a_recall_needs_a_reason_and_a_correction_something_new(day: Day, logged_in: LogIn) -> None:
    clerk, known = logged_in("bode"), first(day).first

    assert "notice bad" in press(clerk, day, "thu-hoi", ly_do=" ")
    same = {"nguoi_nhan": known.recipient_name, "dien_thoai": "", "dia_chi": known.address}
    assert "notice bad" in press(clerk, day, "sua", **same)
    assert "notice bad" in press(clerk, day, "sua/hoan-tac")

    assert first(day).recalled_at is None
    assert first(day).first.version == 1


def test_the_case_of_a_recall_shows_how_far_it_has_come(day: Day, logged_in: LogIn) -> None:
    accepted_by_the_carrier(day)
    with day.service.database.write() as session:
        session.execute(sa.update(Consignment).values(journey=State.WITH_CARRIER))
    clerk = logged_in("bode")
    press(clerk, day, "thu-hoi", ly_do=REASON)
    with day.service.database.read() as session:
        case_id = session.scalars(sa.select(Case.id).where(Case.kind == CaseKind.RECALL)).one()

    page = clerk.get(f"/vu-viec/{case_id}").text

    assert REASON in page
    assert "Sắp hỏi đơn vị chuyển phát" in page
    assert first(day).first.address not in page, "whoever looks at an address is written down, on the envelope's page"


@pytest.mark.parametrize("button", ["thu-hoi", "cho-di", "da-cam-lai", "sua", "sua/hoan-tac"])
def test_only_who_works_at_that_office_may_and_who_did_is_written_down(day: Day, logged_in: LogIn, button: str) -> None:
    here = page_of(day)
    form = {"ly_do": REASON, "nguoi_nhan": "Người Nhận Thay", "dien_thoai": "", "dia_chi": "Số 1 phố Thử"}

    assert logged_in("kiemtoan").post(f"{here}/{button}", on="/dieu-phoi", **form).status_code == 403
    assert logged_in("quantri").post(f"{here}/{button}", on="/", **form).status_code == 403
    assert logged_in("viethung").post(f"{here}/{button}", on="/dieu-phoi", **form).status_code == 404
    assert "/thu-hoi" not in logged_in("kiemtoan").get(here).text
    with day.service.database.read() as session:
        assert session.scalars(sa.select(Result.version)).all() == [1, 1, 1]
        assert session.scalars(sa.select(Item.recalled_at)).all() == [None] * 3

    press(logged_in("bode"), day, "thu-hoi", ly_do=REASON)
    with day.service.database.read() as session:
        book = session.execute(sa.select(AuditEntry.actor, AuditEntry.action, AuditEntry.facts)).all()
    assert ("bode", "recalled", {}) in [tuple(entry) for entry in book]
