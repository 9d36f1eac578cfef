"""An envelope that came back, on its page: fetched at the counter, or sent once more when two people agree."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.models import AuditEntry, Case, CaseKind, Consignment, Item, Resend, Role
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day, told_day
from tests.web.conftest import PASSWORD, Browser
from web.people import add_staff

LogIn = Callable[[str], Browser]


@pytest.fixture
def page(service: Service, tmp_path: Path) -> str:
    """The page of an envelope of Bồ Đề that a post has brought back."""
    day = told_day(service, Intake(service.database, tmp_path), 1)
    day.hand_over()
    with service.database.write() as session:
        sent = session.scalars(sa.select(Consignment)).one()
        at = Day.handed_over_at + timedelta(hours=9)
        record(session, sent, Report(Fact.RETURNED, "feed", "1", at), at)
        add_staff(session, "lan", "Lan", Role.CLERK, "BD", PASSWORD)
        return f"/phong-bi/{sent.item_id}"


def envelope(service: Service) -> Item:
    with service.database.read() as session:
        return session.scalars(sa.select(Item)).one()


def deeds(service: Service) -> list[tuple[str, str]]:
    with service.database.read() as session:
        book = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
        return [(entry.actor, entry.action) for entry in book if entry.action not in {"saw", "log-in"}]


def test_it_is_fetched_and_that_is_taken_back(service: Service, logged_in: LogIn, page: str, anyone: Browser) -> None:
    clerk = logged_in("bode")
    assert "Đã trả tại quầy" in clerk.get(page).text

    shown = clerk.post(f"{page}/tra-quay", on=page, nguoi_nhan="recipient", giay="identity_card").text
    assert "Đã nhận tại quầy: " in shown
    assert envelope(service).collected_at is not None
    public = anyone.get(f"/tra-cuu?ma={envelope(service).tracking_code}").text
    assert "Đã nhận tại quầy" in public
    assert "Identity" not in public
    assert "identity_card" not in public
    assert "vẫn ở phường như trước" in clerk.post(f"{page}/tra-quay/hoan-tac", on=page).text
    assert envelope(service).collected_at is None
    assert deeds(service) == [("bode", "handed out"), ("bode", "took back")]


def test_a_form_that_says_nothing_hands_nothing_out(service: Service, logged_in: LogIn, page: str) -> None:
    clerk = logged_in("bode")
    typed = (("", ""), ("recipient", ""), ("x", "identity_card"), ("recipient", "library"), ("authorised", "passport"))
    for receiver, paper in typed:
        form = {name: value for name, value in (("nguoi_nhan", receiver), ("giay", paper)) if value}
        assert "notice bad" in clerk.post(f"{page}/tra-quay", on=page, **form).text
    assert envelope(service).collected_at is None
    assert deeds(service) == []


def test_one_asks_another_agrees(service: Service, logged_in: LogIn, page: str) -> None:
    first, second = logged_in("bode"), logged_in("lan")
    first.post(f"{page}/gui-lai", on=page, ly_do="đã gọi, đúng địa chỉ")

    own = first.get(page).text
    assert "Phải có người khác đồng ý" in own
    assert f'action="{page}/gui-lai/dong-y"' not in own
    assert "không tự quyết" in first.post(f"{page}/gui-lai/dong-y", on=page).text
    assert f'action="{page}/gui-lai/dong-y"' in second.get(page).text
    assert "Đã đồng ý" in second.post(f"{page}/gui-lai/dong-y", on=page).text
    with service.database.read() as session:
        wish = session.scalars(sa.select(Resend)).one()
        assert (wish.wanted_by, wish.agreed_by) == ("bode", "lan")
        case = session.scalars(sa.select(Case).where(Case.kind == CaseKind.RETURNED)).one()
        assert (case.closed_by, case.decision) == ("lan", "sent again")
    assert "Không gửi lại." in first.post(f"{page}/gui-lai/rut", on=page).text
    assert [action for _by, action in deeds(service)] == [
        "asked for a second sending", "agreed to a second sending", "withdrew a second sending"
    ]  # fmt: skip


def test_nobody_else_hands_it_out_or_sends_it(service: Service, logged_in: LogIn, page: str) -> None:
    acts = ("/tra-quay", "/tra-quay/hoan-tac", "/gui-lai", "/gui-lai/dong-y", "/gui-lai/rut")
    form = {"nguoi_nhan": "recipient", "giay": "identity_card", "ly_do": "vì sao"}

    for username, status in (("viethung", 404), ("kiemtoan", 403), ("quantri", 403)):
        other = logged_in(username)
        assert {other.post(page + act, on="/tra-cuu", **form).status_code for act in acts} == {status}
    assert "tra-quay" not in logged_in("kiemtoan").get(page).text
    assert envelope(service).collected_at is None
    assert deeds(service) == []


def test_the_question_stands_in_the_list_of_cases_with_its_next_step(logged_in: LogIn, page: str) -> None:
    cases = logged_in("bode").get("/vu-viec").text

    assert page.startswith("/phong-bi/")
    assert "Đã chuyển hoàn: người dân đến lấy, hay gửi lại?" in cases
    assert "họ đến lấy, hay gửi lại?" in cases
