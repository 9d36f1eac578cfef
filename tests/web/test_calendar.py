"""The calendar's page: a supervisor closes a day, everybody sees it, and citizens read why."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from delivery.models import AuditEntry, Closure, Item, Office, OfficeClosure, Result
from delivery.moments import local, now
from delivery.wiring import Service
from delivery.workdays import calendar_of
from tests.delivery.day import Day
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]
PAGE = "/lich"


@pytest.fixture
def soon(service: Service) -> date:
    """The next working day."""
    with service.database.read() as session:
        return calendar_of(session).add(local(now()).date() + timedelta(days=1), 0)


def close(browser: Browser, first: date, last: date | None = None, why: str = "bão số 9") -> str:
    form = {"loai": "closed", "tu_ngay": first.isoformat(), "den_ngay": (last or first).isoformat(), "ly_do": why}
    return browser.post(PAGE, on=PAGE, **form).text


def closures(service: Service) -> list[date]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(Closure.day).order_by(Closure.day)))


@pytest.mark.parametrize("username", ["giamsat", "quantri"])
def test_a_closure_is_set_and_taken_back_under_the_name_of_who_did_it(
    service: Service, logged_in: LogIn, username: str, soon: date
) -> None:
    browser = logged_in(username)

    page = close(browser, soon)
    assert "đóng cửa" in page
    assert "bão số 9" in page
    assert closures(service) == [soon]
    page = browser.post(f"{PAGE}/bo", on=PAGE, ngay=soon.isoformat(), loai="closed").text
    assert "trở lại như trước" in page
    assert closures(service) == []
    with service.database.read() as session:
        book = session.scalars(sa.select(AuditEntry).where(AuditEntry.actor == username, AuditEntry.action != "log-in"))
        assert [(entry.action, entry.subject) for entry in book] == [
            ("set days", f"calendar:closed:{soon}"), ("took days back", f"calendar:closed:{soon}")
        ]  # fmt: skip


@pytest.mark.parametrize("username", ["bode", "kiemtoan"])
def test_a_clerk_and_an_auditor_look_and_change_nothing(
    service: Service, logged_in: LogIn, username: str, soon: date
) -> None:
    close(logged_in("giamsat"), soon)
    browser = logged_in(username)

    page = browser.get(PAGE).text
    assert "bão số 9" in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]
    form = {"loai": "closed", "tu_ngay": soon.isoformat(), "ly_do": "x"}
    assert browser.post(PAGE, on="/tra-cuu", **form).status_code == 403
    assert browser.post(f"{PAGE}/bo", on="/tra-cuu", ngay=soon.isoformat(), loai="closed").status_code == 403
    assert browser.get(f"{PAGE}/xem?loai=closed&tu_ngay={soon}").status_code == 403
    assert closures(service) == [soon]


def test_what_a_closure_would_do_is_told_before_it_is_set(day: Day, logged_in: LogIn, soon: date) -> None:
    with day.service.database.write() as session:
        session.execute(sa.update(Result).values(promised_date=soon, result_date=soon - timedelta(days=1)))
    browser = logged_in("giamsat")

    told = browser.get(f"{PAGE}/xem?loai=closed&tu_ngay={soon}&den_ngay=&ly_do=").text
    assert "Sẽ dời 3 ngày hẹn" in told
    assert "<html" not in told
    assert closures(day.service) == []
    assert "Đã dời 3 ngày hẹn" in close(browser, soon)
    assert "Đã dời 3 ngày hẹn" in browser.post(f"{PAGE}/bo", on=PAGE, ngay=soon.isoformat(), loai="closed").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"loai": ""}, "Hãy chọn những ngày này là gì"),
        ({"loai": "party"}, "Hãy chọn những ngày này là gì"),
        ({"tu_ngay": "hôm qua"}, "Hãy chọn ngày"),
        ({"den_ngay": "2026-02-30"}, "Hãy chọn ngày"),
        ({"ly_do": "  "}, "lý do"),
        ({"ly_do": "a\u202eb"}, "120"),
        ({"tu_ngay": "0001-01-01", "den_ngay": ""}, "Chỉ đặt được"),
        ({"tu_ngay": "9999-12-31", "den_ngay": "9999-12-31"}, "Chỉ đặt được"),
    ],
)
def test_a_form_that_cannot_be_meant_comes_back_as_it_was_typed(
    service: Service, logged_in: LogIn, soon: date, changes: dict[str, str], said: str
) -> None:
    form = {"loai": "closed", "tu_ngay": soon.isoformat(), "den_ngay": soon.isoformat(), "ly_do": "bão"} | changes

    answer = logged_in("giamsat").post(PAGE, on=PAGE, **form)

    assert answer.status_code == 422
    assert said in answer.text
    assert closures(service) == []


@pytest.mark.parametrize("asked", ["thang=x", "thang=9999-12", "thang=0001-01", "ngay=2026-13-01", "ngay=1900-01-01"])
def test_any_address_shows_months(logged_in: LogIn, asked: str) -> None:
    assert logged_in("bode").get(f"{PAGE}?{asked}").text.count('class="month"') == 3


def test_the_day_that_is_closed_says_so_at_the_dispatch_table(day: Day, logged_in: LogIn) -> None:
    with day.service.database.write() as session:
        session.add(Closure(day=day.day, reason="bão số 9", noted_by="giamsat", noted_at=now()))
    shown = logged_in("bode").get(f"/dieu-phoi?ngay={day.day}").text

    assert "25/11/2026 không phải ngày làm việc (đóng cửa đột xuất: bão số 9)" in shown
    assert "không phải ngày làm việc" not in logged_in("bode").get("/dieu-phoi?ngay=2026-11-26").text


def test_citizens_read_until_when_and_why_and_a_reason_is_only_text(
    day: Day, logged_in: LogIn, anyone: Browser, soon: date
) -> None:
    with day.service.database.write() as session:
        session.execute(sa.update(Result).values(promised_date=soon, result_date=soon - timedelta(days=1)))
        code = session.scalars(sa.select(Item.tracking_code)).first()
    close(logged_in("giamsat"), soon, why="bão <b>số 9</b>")

    page = anyone.get(f"/tra-cuu?ma={code}").text
    assert f"hẹn ban đầu {soon:%d/%m/%Y}" in page
    assert "bão &lt;b&gt;số 9&lt;/b&gt;" in page


def test_no_token_stands_in_an_address(logged_in: LogIn) -> None:
    page = logged_in("giamsat").get(PAGE).text

    assert 'hx-params="not csrf_token"' in page


def close_only(browser: Browser, day: date, *codes: str) -> str:
    form = {"loai": "closed", "tu_ngay": day.isoformat(), "ly_do": "hội làng", "noi": "mot-so"}
    return browser.post(PAGE, on=PAGE, **form, van_phong=list(codes)).text


def test_single_wards_are_closed_and_opened_again_one_by_one(service: Service, logged_in: LogIn, soon: date) -> None:
    browser = logged_in("giamsat")

    page = close_only(browser, soon, "BD", "VH")
    assert "Bồ Đề (hội làng); Việt Hưng (hội làng)" in page
    with service.database.read() as session:
        closed = {one.office_id: one.noted_by for one in session.scalars(sa.select(OfficeClosure))}
        assert len(closed) == 2
        assert set(closed.values()) == {"giamsat"}
    for office in closed:
        browser.post(f"{PAGE}/bo", on=PAGE, ngay=soon.isoformat(), loai="closed", van_phong=str(office))
    with service.database.read() as session:
        assert session.scalars(sa.select(OfficeClosure)).all() == []
        book = session.scalars(sa.select(AuditEntry).where(AuditEntry.subject == f"calendar:closed:{soon}")).all()
    assert [sorted(entry.facts.get("offices", [entry.facts.get("office")])) for entry in book] == [
        ["BD", "VH"], ["BD"], ["VH"]
    ]  # fmt: skip
    assert closures(service) == []


@pytest.mark.parametrize("codes", [(), ("XX",), ("BD", "XX")])
def test_single_wards_that_are_not_named_are_never_taken_for_all(
    service: Service, logged_in: LogIn, soon: date, codes: tuple[str, ...]
) -> None:
    assert "Hãy chọn các phường đóng cửa" in close_only(logged_in("giamsat"), soon, *codes)
    assert closures(service) == []
    with service.database.read() as session:
        assert session.scalars(sa.select(OfficeClosure)).all() == []


def test_the_dispatch_table_of_the_closed_ward_says_so_and_of_another_does_not(day: Day, logged_in: LogIn) -> None:
    with day.service.database.write() as session:
        office = session.scalars(sa.select(Office.id).where(Office.code == "BD")).one()
        closed = OfficeClosure(day=day.day, office_id=office, reason="hội làng", noted_by="giamsat", noted_at=now())
        session.add(closed)

    table = f"/dieu-phoi?ngay={day.day}"
    assert "không phải ngày làm việc (đóng cửa ở một số phường: Bồ Đề (hội làng))" in logged_in("bode").get(table).text
    assert "25/11/2026: đóng cửa ở một số phường: Bồ Đề (hội làng)." in logged_in("giamsat").get(table).text
    assert "không phải ngày làm việc" not in logged_in("viethung").get(table).text
    assert "hội làng" not in logged_in("viethung").get(f"{PAGE}?ngay={day.day}").text
