"""What the ward keeps about somebody, seen by themselves alone: what, why, how long, who looked, and what they ask."""

from pathlib import Path

import sqlalchemy as sa

from delivery.models import AuditEntry, DataRequest, Decision, Role
from delivery.moments import now
from tests.delivery.day import Day
from tests.messages.servers import Gateway
from tests.web.conftest import Browser
from tests.web.test_dossier import citizen, database_url, gateway, prove, telling, told
from web.app import create_app
from web.people import add_staff, note

__all__ = ["citizen", "database_url", "gateway", "telling", "told"]
PAGE = "/ho-so-cua-toi/du-lieu"


def test_without_a_proof_there_is_nothing_to_see(citizen: Browser) -> None:
    for address in (PAGE, f"{PAGE}/ban-sao.csv"):
        answer = citizen.get(address)
        assert (answer.status_code, answer.location) == (302, "/ho-so-cua-toi")
    answer = citizen.post(PAGE, on="/ho-so-cua-toi", dieu="erase")
    assert "lâu quá" in answer.text or "Hồ sơ của tôi" in answer.text


def test_they_see_what_is_kept_why_how_long_and_who_looked_by_role(
    citizen: Browser, told: Day, gateway: Gateway
) -> None:
    with told.service.database.write() as session:
        add_staff(session, "huong", "Trần Thử Hương", Role.CLERK, "BD", "mật khẩu để thử")
        note(session, "huong", "saw", "result:1", now())
        note(session, "huong", "saw", "result:2", now())
    prove(citizen, told, gateway)

    page = citizen.get(PAGE)

    assert page.status_code == 200
    assert len(page.data) < 60_000
    assert "Người Thử Số 1" in page.text
    assert "Người Thử Số 2" not in page.text
    assert "cán bộ phường" in page.text
    assert "huong" not in page.text.lower().replace("phuong", "")
    assert "730 ngày" in page.text or "Giữ đến" in page.text
    assert page.text.count("cán bộ phường") == 1
    assert "<script" not in page.text.split("<main")[1].split("</main")[0]


def test_the_largest_page_is_still_small(citizen: Browser, told: Day, gateway: Gateway) -> None:
    with told.service.database.write() as session:
        for _ in range(150):
            note(session, "huong", "saw", "result:1", now())
    prove(citizen, told, gateway)
    page = citizen.get(PAGE)
    assert len(page.data) < 60_000
    assert "xin hỏi tại quầy" in page.text


def test_they_take_a_copy_along(citizen: Browser, told: Day, gateway: Gateway) -> None:
    prove(citizen, told, gateway)
    copy = citizen.get(f"{PAGE}/ban-sao.csv")
    assert copy.mimetype == "text/csv"
    assert "Người Thử Số 1" in copy.data.decode("utf-8-sig")
    assert copy.headers["Cache-Control"] == "no-store"
    with told.service.database.read() as session:
        assert "took a copy of their data" in session.scalars(sa.select(AuditEntry.action)).all()


def test_they_ask_are_told_until_when_and_take_it_back(citizen: Browser, told: Day, gateway: Gateway) -> None:
    prove(citizen, told, gateway)
    assert "Đã ghi. Phường trả lời trước hết ngày" in citizen.post(PAGE, on=PAGE, dieu="erase", loi="Xin xoá").text
    assert "đang chờ trả lời" in citizen.post(PAGE, on=PAGE, dieu="erase", loi="Xin xoá").text
    assert "Hãy chọn" in citizen.post(PAGE, on=PAGE, dieu="all").text
    with told.service.database.read() as session:
        (asked,) = session.scalars(sa.select(DataRequest)).all()
        assert (asked.received_by, asked.identity, asked.words) == ("citizen", "code", "Xin xoá")
    assert "Đã rút lại" in citizen.post(f"{PAGE}/rut-lai", on=PAGE, so=str(asked.id)).text
    with told.service.database.read() as session:
        assert session.scalars(sa.select(DataRequest.decision)).all() == [Decision.TAKEN_BACK]


def test_nobody_takes_back_what_another_asks(citizen: Browser, told: Day, gateway: Gateway, tmp_path: Path) -> None:
    prove(citizen, told, gateway)
    citizen.post(PAGE, on=PAGE, dieu="copy")
    other = Browser(create_app(told.service).test_client())
    prove(other, told, gateway, "H26.41.118-261120-0002", "0912345002")
    assert other.post(f"{PAGE}/rut-lai", on=PAGE, so="1").status_code == 404
    assert tmp_path.exists()
