"""Closing the day in the pages: red until it balances, what lies here says why, and the sheet has no other office's."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.dispatch.batching import find_batch
from delivery.dispatch.recalling import recall
from delivery.models import Consignment, Item, Result
from delivery.moments import now
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day, told_day
from tests.delivery.rows import a_row
from tests.labels.reading import words
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]


@pytest.fixture
def half_day(service: Service, tmp_path: Path) -> Day:
    """Five envelopes of Bồ Đề: three handed over, of which one was delivered; one not scanned, one recalled."""
    day = told_day(service, Intake(service.database, tmp_path), 5)
    first, *others = day.item_codes()
    day.hand_over([first, *others[:2]])
    with service.database.write() as session:
        tell(session, first, Fact.DELIVERED)
        last = session.scalars(sa.select(Consignment).where(Consignment.item_code == others[3])).one()
        recall(session, last.item, by="bode", reason="test", at=NOW)
    return day


def tell(session: sa.orm.Session, item_code: str, fact: Fact) -> None:
    sent = session.scalars(sa.select(Consignment).where(Consignment.item_code == item_code)).one()
    record(session, sent, Report(fact, "feed", f"{fact}-{item_code}", now()), now())


def test_the_balance_and_all_that_is_left_to_do(half_day: Day, logged_in: LogIn) -> None:
    page = logged_in("bode").get(f"/ket-so?ngay={half_day.day}").text

    assert "cân đến phong bì cuối cùng" in page
    figures = page.split("<tbody>")[1].split("</tbody>")[0]
    assert re.findall(r'<td class="num"[^>]*>(\d+)<', figures) == ["3", "1", "0", "2", "2"]
    assert "chưa quét khi bàn giao" in page
    assert "đã thu hồi" in page
    out = page.split('id="con-ngoai"')[1]
    assert [code in out for code in half_day.item_codes()[:3]] == [False, True, True]


def test_it_is_red_until_it_balances(half_day: Day, logged_in: LogIn) -> None:
    code = half_day.item_codes()[3]
    with half_day.service.database.write() as session:
        tell(session, code, Fact.OUT_FOR_DELIVERY)

    page = logged_in("bode").get(f"/ket-so?ngay={half_day.day}").text

    assert "Ngày chưa cân" in page
    assert code in page.split('id="chenh-lech"')[1].split("</section>")[0]
    assert "nhưng không ai bàn giao" in page


def test_a_clerk_closes_the_own_office_and_an_administrator_none(half_day: Day, logged_in: LogIn) -> None:
    there = logged_in("viethung")
    for address in (f"/ket-so?ngay={half_day.day}", f"/ket-so?ngay={half_day.day}&van_phong=BD"):
        page = there.get(address).text
        assert not any(code in page for code in half_day.item_codes())
    assert "không có đợt" in there.get(f"/ket-so/{half_day.day}.pdf", follow=True).text
    assert logged_in("giamsat").get(f"/ket-so?ngay={half_day.day}&van_phong=VH").status_code == 200
    assert logged_in("kiemtoan").get(f"/ket-so?ngay={half_day.day}").status_code == 200
    assert logged_in("quantri").get("/ket-so").status_code == 403


def test_the_sheet_to_be_signed_and_the_workbook(half_day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")

    drawn = "".join(words(clerk.get(f"/ket-so/{half_day.day}.pdf").data))
    assert [code in drawn for code in half_day.item_codes()[:3]] == [False, True, True]
    assert clerk.get(f"/ket-so/{half_day.day}.xlsx").data.startswith(b"PK")
    assert clerk.get(f"/ket-so/{half_day.day}.csv").status_code == 404
    assert clerk.get("/ket-so/2026-13-01.pdf").status_code == 404
    assert clerk.get("/ket-so?ngay=0000").status_code == 200


def test_what_is_in_no_plan_and_what_the_carrier_does_not_know_say_so(
    service: Service, logged_in: LogIn, tmp_path: Path
) -> None:
    day = Day(service, Intake(service.database, tmp_path)).prepare(1)
    day.import_and_place(a_row(2))
    with service.database.write() as session:
        batch = find_batch(session, day.batch)
        later = session.scalars(sa.select(Result).where(Result.item_id.is_(None))).one()
        made = Item(office_id=batch.office_id, batch_id=batch.id, tracking_code="K7M2X9QPR4", created_at=NOW)
        session.add(made)
        session.flush()
        later.item_id = made.id

    page = logged_in("bode").get(f"/ket-so?ngay={day.day}").text

    assert "chưa có trong kế hoạch nào" in page
    assert "bưu chính chưa xác nhận" in page
