"""Data requests at the counter, the register for everybody, and the log of leaks, in the browser."""

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa

from delivery.models import Breach, DataRequest, Decision, Result
from delivery.privacy.terms import terms_file
from tests.delivery.day import Day
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]
LIST, NEW, LEAKS = "/yeu-cau-du-lieu", "/yeu-cau-du-lieu/ghi", "/lo-du-lieu"
DOSSIER = "H26.41.118-261120-0001"
ASKED = {"ho_so": DOSSIER, "dieu": "correct", "giay_to": "identity_card", "loi": "Sai tên"}


def test_it_is_written_down_acknowledged_and_answered_by_correcting(day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    written = clerk.post(NEW, on=NEW, **ASKED)
    assert "Đã ghi. Phường trả lời trước hết ngày" in written.text
    assert "Căn cước" in written.text or "Thẻ căn cước" in written.text
    assert "chưa ai nhận" in clerk.get(LIST).text
    assert "bode" in clerk.post(f"{LIST}/1/da-nhan", on=f"{LIST}/1").text
    refused = clerk.post(f"{LIST}/1/tra-loi", on=f"{LIST}/1", quyet_dinh="granted", nguoi_nhan="Người Đúng", ly_do="ừ")
    assert "người dân sẽ đọc" in refused.text
    done = clerk.post(
        f"{LIST}/1/tra-loi", on=f"{LIST}/1", quyet_dinh="granted", nguoi_nhan="Người Đúng",
        ly_do="Đã sửa tên theo giấy khai sinh.",
    )  # fmt: skip
    assert "Đã sửa tên theo giấy khai sinh." in done.text
    with day.service.database.read() as session:
        assert session.scalars(sa.select(DataRequest.decision)).all() == [Decision.GRANTED]
        assert "Người Đúng" in [one.recipient_name for one in session.scalars(sa.select(Result))]


def test_what_is_missing_is_said_and_what_was_typed_stays(day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    for wrong in ({"ho_so": "X"}, {"dieu": "all"}, {"giay_to": "thẻ thư viện"}):
        page = clerk.post(NEW, on=NEW, **{**ASKED, **wrong})
        assert page.status_code == 400
        assert "Sai tên" in page.text
    with day.service.database.read() as session:
        assert session.scalars(sa.select(DataRequest)).all() == []


def test_another_office_s_dossier_and_request_are_not_there(day: Day, logged_in: LogIn) -> None:
    logged_in("bode").post(NEW, on=NEW, **ASKED)
    other = logged_in("viethung")
    assert other.post(NEW, on=NEW, **ASKED).status_code == 400
    assert other.get(f"{LIST}/1").status_code == 404
    assert other.get(f"{LIST}").text.count("chưa ai nhận") == 0
    assert day.batch


def test_an_administrator_sees_that_it_waits_and_not_whose_it_is(day: Day, logged_in: LogIn) -> None:
    logged_in("bode").post(NEW, on=NEW, **ASKED)
    administrator = logged_in("quantri")
    page = administrator.get(LIST)
    assert "chưa ai nhận" in page.text
    assert DOSSIER not in page.text
    assert administrator.get(f"{LIST}/1").status_code == 403
    assert logged_in("kiemtoan").get(f"{LIST}/1").status_code == 200
    assert logged_in("kiemtoan").post(f"{LIST}/1/da-nhan", on=LIST).status_code == 403
    assert day.batch


@pytest.mark.parametrize("language", ["vi", "en"])
def test_everybody_reads_what_the_ward_does_with_data(anyone: Browser, day: Day, language: str) -> None:
    anyone.client.set_cookie("ngon_ngu", language)
    terms_file(day.service.settings.home).write_text("contact = 45\n", encoding="utf-8")
    page = anyone.get("/du-lieu-ca-nhan")
    assert page.status_code == 200
    assert len(page.data) < 60_000
    assert ("45 ngày" if language == "vi" else "45 days") in page.text
    assert "91/2025/QH15" in page.text
    assert "/du-lieu-ca-nhan" in anyone.get("/").text


def test_a_leak_is_written_down_told_and_closed(day: Day, logged_in: LogIn) -> None:
    clerk, supervisor = logged_in("bode"), logged_in("giamsat")
    found = datetime.fromisoformat("2026-11-20T09:00").isoformat()
    assert clerk.post(LEAKS, on=LEAKS, phat_hien="hôm qua", viec="Mất điện thoại", du_lieu="họ tên").status_code == 400
    page = clerk.post(LEAKS, on=LEAKS, phat_hien=found, viec="Mất một điện thoại", du_lieu="họ tên", so_nguoi="7")
    assert "09:00" in page.text
    assert "phải báo trước" in page.text
    assert clerk.post(f"{LEAKS}/1", on=LEAKS, viec="bao", so_hieu="1").status_code == 403
    assert "Trước hết phải báo" in supervisor.post(f"{LEAKS}/1", on=LEAKS, viec="dong").text
    assert "TB-1" in supervisor.post(f"{LEAKS}/1", on=LEAKS, viec="bao", so_hieu="TB-1").text
    supervisor.post(f"{LEAKS}/1", on=LEAKS, viec="them", so_nguoi="9", bien_phap="Đã khoá máy")
    supervisor.post(f"{LEAKS}/1", on=LEAKS, viec="bao-dan")
    supervisor.post(f"{LEAKS}/1", on=LEAKS, viec="dong")
    with day.service.database.read() as session:
        (leak,) = session.scalars(sa.select(Breach)).all()
    assert (leak.persons, leak.measures, leak.notified_as) == (9, "Đã khoá máy", "TB-1")
    assert None not in {leak.closed_at, leak.persons_told_at}


def test_terms_that_nobody_can_read_break_no_page(anyone: Browser, day: Day) -> None:
    terms_file(day.service.settings.home).write_text("contact = many\n", encoding="utf-8")
    page = anyone.get("/du-lieu-ca-nhan")
    assert page.status_code == 200
    assert "183 ngày" in page.text
