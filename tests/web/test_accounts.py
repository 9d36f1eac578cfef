"""Who may log in is for administrators to say, and whatever they say is written down under their name."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from delivery.database import Database
from delivery.errors import NotNow
from delivery.models import AuditEntry, RecoveryCode, Role, Staff
from delivery.moments import now
from delivery.wiring import Service
from tests.web.conftest import PASSWORD, Browser
from tests.web.second_factor import STEP, meet, set_up
from web import access, accounts
from web.people import add_staff

LogIn = Callable[[str], Browser]
LIST = "/tai-khoan"
NEW = "/tai-khoan/moi"
ACTS = ("dong", "mo-lai", "mat-khau", "bo-buoc-hai", "dang-xuat")
A_PASSWORD = re.compile(r'<code class="key">([a-z2-9-]{19})</code>')
A_CLERK = {"username": "huong", "name": "Trần Thu Hương", "role": "clerk", "office": "BD", "courier": ""}


@pytest.fixture
def admin(logged_in: LogIn) -> Browser:
    return logged_in("quantri")


def person(service: Service, username: str) -> Staff:
    with service.database.read() as session:
        return session.scalars(sa.select(Staff).where(Staff.username == username)).one()


def page_of(service: Service, username: str) -> str:
    return f"{LIST}/{person(service, username).id}"


def press(browser: Browser, service: Service, username: str, act: str) -> str:
    page = page_of(service, username)
    answer = browser.post(f"{page}/{act}", on=page)
    assert answer.status_code == 200
    return answer.text


def changes(service: Service, by: str) -> list[tuple[str, str]]:
    with service.database.read() as session:
        book = session.scalars(sa.select(AuditEntry).where(AuditEntry.actor == by).order_by(AuditEntry.id))
        return [(entry.action, entry.subject) for entry in book if entry.action != "log-in"]


def is_in(browser: Browser) -> bool:
    return browser.get("/dieu-phoi").status_code == 200


def test_an_administrator_begins_with_the_accounts_and_sees_no_way_to_citizens_data(
    service: Service, browser: Callable[[], Browser]
) -> None:
    page = browser().log_in("quantri")

    assert page.request.path == LIST
    for username in ("bode", "viethung", "giamsat", "kiemtoan", "quantri"):
        assert f'href="{page_of(service, username)}"' in page.text
    menu = page.text.split("<nav")[1].split("</nav>")[0]
    assert 'href="/thiet-lap" aria-current="page"' in menu
    for hidden in ("/ket-qua", "/dieu-phoi", "/vu-viec", "/ket-so"):
        assert f'href="{hidden}"' not in menu


@pytest.mark.parametrize("username", ["bode", "viethung", "giamsat", "kiemtoan"])
def test_nobody_else_opens_or_changes_an_account(service: Service, logged_in: LogIn, username: str) -> None:
    other, page = logged_in(username), page_of(service, "bode")

    assert all(other.get(address).status_code == 403 for address in (LIST, NEW, page))
    assert all(other.post(f"{page}/{act}", on="/tra-cuu").status_code == 403 for act in ACTS)
    assert other.post(NEW, on="/tra-cuu", **A_CLERK).status_code == 403
    assert f'href="{LIST}"' not in other.get("/so-lieu").text
    assert changes(service, username) == []


def test_a_courier_and_a_dispatcher_do_not_either(service: Service, logged_in: LogIn) -> None:
    with service.database.write() as session:
        add_staff(session, "phat", "Người phát", Role.COURIER, None, PASSWORD, courier_code="BD1")
        add_staff(session, "dieuphoi", "Điều phối", Role.DISPATCHER, None, PASSWORD)
    for username in ("phat", "dieuphoi"):
        other = logged_in(username)
        assert other.get(LIST).status_code == 403
        assert other.post(f"{page_of(service, 'bode')}/dong", on="/tra-cuu").status_code == 403


def test_a_stranger_is_led_to_the_log_in(service: Service, anyone: Browser) -> None:
    assert anyone.get(LIST).location.startswith("/dang-nhap")
    anyone.post(f"{page_of(service, 'bode')}/dong")
    assert person(service, "bode").active


def test_every_page_about_accounts_is_for_administrators_only() -> None:
    tables = [roles for name, roles in access.PAGES.items() if name.startswith("accounts.")]

    assert len(tables) == 12
    assert all(roles == {Role.ADMINISTRATOR} for roles in tables)


def test_a_form_of_another_site_changes_no_account(service: Service, admin: Browser) -> None:
    page = page_of(service, "bode")

    assert all(admin.client.post(f"{page}/{act}").status_code == 400 for act in ACTS)
    assert admin.client.post(NEW, data=A_CLERK).status_code == 400
    assert person(service, "bode").active


def test_what_changes_is_not_changed_by_looking(service: Service, admin: Browser) -> None:
    assert all(admin.get(f"{page_of(service, 'bode')}/{act}").status_code == 405 for act in ACTS)


def test_a_new_clerk_comes_in_with_the_password_that_was_shown_once(
    service: Service, admin: Browser, browser: Callable[[], Browser]
) -> None:
    answer = admin.post(NEW, on=NEW, **A_CLERK)
    shown = A_PASSWORD.search(answer.text)
    assert shown is not None

    clerk = browser()
    clerk.log_in("huong", shown[1])

    assert clerk.get("/dieu-phoi").location == "/mat-khau", "who made it up knows it: it is changed first"
    clerk.post("/mat-khau", on="/mat-khau", cu=shown[1], moi=PASSWORD, lai=PASSWORD)
    assert is_in(clerk)
    assert answer.headers["Cache-Control"] == "no-store"
    assert shown[1] not in admin.get(page_of(service, "huong")).text
    assert shown[1] not in answer.request.url
    made = person(service, "huong")
    assert (made.name, made.role, made.active) == ("Trần Thu Hương", Role.CLERK, True)
    assert changes(service, "quantri") == [("opened the account", f"staff:{made.id}")]


def test_no_password_and_no_code_is_in_the_audit_book(service: Service, admin: Browser) -> None:
    shown = [A_PASSWORD.search(admin.post(NEW, on=NEW, **A_CLERK).text)]
    shown.append(A_PASSWORD.search(press(admin, service, "huong", "mat-khau")))

    with service.database.read() as session:
        book = " ".join(f"{one.action} {one.subject} {one.facts}" for one in session.scalars(sa.select(AuditEntry)))
    for each in shown:
        assert each is not None
        assert each[1] not in book


def test_a_courier_is_bound_to_the_own_rounds(service: Service, admin: Browser) -> None:
    admin.post(NEW, on=NEW, username="BINH", name="Lê Văn Bình", role="courier", office="", courier="BD1")

    made = person(service, "binh")
    assert made.role is Role.COURIER
    assert made.courier_id is not None
    assert made.office_id is not None


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"username": "bode"}, "trống hoặc đã"),
        ({"username": "Hương"}, "không dấu"),
        ({"username": ""}, "không dấu"),
        ({"username": "a" * 41}, "không dấu"),
        ({"name": ""}, "Hãy ghi họ tên"),
        ({"name": "x" * 101}, "Hãy ghi họ tên"),
        ({"role": ""}, "Hãy chọn vai trò"),
        ({"role": "king"}, "Hãy chọn vai trò"),
        ({"office": ""}, "hãy chọn phường"),
        ({"office": "XX"}, "XX"),
        ({"courier": "BD1"}, "vai trò khác thì không chọn"),
        ({"role": "courier", "courier": ""}, "phải gắn với tuyến"),
        ({"role": "courier", "courier": "XX9"}, "XX9"),
    ],
)
def test_a_form_with_a_mistake_comes_back_with_it_and_adds_nobody(
    service: Service, admin: Browser, changed: dict[str, str], complaint: str
) -> None:
    answer = admin.post(NEW, on=NEW, **{**A_CLERK, **changed})

    assert answer.status_code == 422
    assert complaint in answer.text
    assert 'aria-invalid="true"' in answer.text
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Staff)) == 5


def test_closing_an_account_ends_its_log_ins_at_once(service: Service, admin: Browser, logged_in: LogIn) -> None:
    clerk = logged_in("bode")

    page = press(admin, service, "bode", "dong")

    assert not is_in(clerk)
    assert clerk.log_in("bode").status_code == 401
    assert "Mở lại tài khoản" in page
    assert changes(service, "quantri") == [("closed the account", f"staff:{person(service, 'bode').id}")]


def test_a_reopened_account_is_as_it_was_and_a_lost_phone_stays_logged_out(
    service: Service, admin: Browser, logged_in: LogIn
) -> None:
    lost = logged_in("bode")
    press(admin, service, "bode", "dong")

    press(admin, service, "bode", "mo-lai")

    assert not is_in(lost)
    assert is_in(logged_in("bode"))
    assert [action for action, _subject in changes(service, "quantri")] == [
        "closed the account",
        "reopened the account",
    ]


def test_pressing_twice_is_written_down_once(service: Service, admin: Browser) -> None:
    for act in ("dong", "dong", "mo-lai", "mo-lai"):
        press(admin, service, "bode", act)

    assert len(changes(service, "quantri")) == 2


def test_a_new_password_ends_what_was_opened_with_the_old_one_and_every_pause(
    service: Service, admin: Browser, logged_in: LogIn, browser: Callable[[], Browser]
) -> None:
    clerk, guesser, again = logged_in("bode"), browser(), browser()
    for _ in range(5):
        guesser.log_in("bode", "wrong password")
    assert "tạm khóa đến" in admin.get(LIST).text

    shown = A_PASSWORD.search(press(admin, service, "bode", "mat-khau"))

    assert shown is not None
    assert not is_in(clerk)
    assert again.log_in("bode").status_code == 401
    again.log_in("bode", shown[1])
    assert again.get("/dieu-phoi").location == "/mat-khau"
    again.post("/mat-khau", on="/mat-khau", cu=shown[1], moi=PASSWORD, lai=PASSWORD)
    assert is_in(again)


def test_a_lost_second_factor_is_taken_away_with_its_recovery_codes(
    service: Service, admin: Browser, logged_in: LogIn, anyone: Browser
) -> None:
    lost = logged_in("bode")
    set_up(lost)
    anyone.log_in("bode")
    assert not is_in(anyone)

    press(admin, service, "bode", "bo-buoc-hai")

    assert not is_in(lost)
    assert anyone.get(STEP, follow=True).status_code == 200
    assert anyone.post(STEP, on=STEP, ma="000000").status_code == 401
    assert is_in(logged_in("bode"))
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode)) == 0
    assert ("took away the second factor", f"staff:{person(service, 'bode').id}") in changes(service, "quantri")


def test_a_second_factor_that_is_not_there_cannot_be_taken_away(service: Service, admin: Browser) -> None:
    assert "chưa có bước xác nhận thứ hai" in press(admin, service, "bode", "bo-buoc-hai")
    assert changes(service, "quantri") == []


def test_all_log_ins_of_a_person_end_and_the_password_stays(service: Service, admin: Browser, logged_in: LogIn) -> None:
    phone, desk = logged_in("bode"), logged_in("bode")

    press(admin, service, "bode", "dang-xuat")

    assert not is_in(phone)
    assert not is_in(desk)
    assert is_in(logged_in("bode"))


@pytest.mark.parametrize("act", ["dong", "mat-khau", "bo-buoc-hai"])
def test_nobody_does_it_to_the_own_account(service: Service, admin: Browser, act: str) -> None:
    set_up(admin)
    before = person(service, "quantri")

    page = press(admin, service, "quantri", act)

    assert "tài khoản của chính bạn" in page
    after = person(service, "quantri")
    assert (after.active, after.password_hash, after.second_factor) == (
        True, before.password_hash, before.second_factor,
    )  # fmt: skip
    assert [action for action, _subject in changes(service, "quantri")] == ["set up the second factor"]


def test_of_two_administrators_who_close_each_other_one_stays(database: Database) -> None:
    with database.write() as session:
        pair = [add_staff(session, name, name, Role.ADMINISTRATOR, None, PASSWORD) for name in ("mot", "hai")]
    both, inside = Barrier(2), Barrier(2)

    def close(number: int) -> bool:
        both.wait(30)
        try:
            with database.write() as session:
                accounts.close(session, pair[1 - number].id, pair[number], now())
                meet(inside)
        except NotNow:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(close, range(2))) == [False, True]
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Staff.active)) == 1


def test_an_account_that_never_was_is_not_found(admin: Browser) -> None:
    assert admin.get(f"{LIST}/4711").status_code == 404
    assert admin.post(f"{LIST}/4711/dong", on=NEW).status_code == 404
    assert admin.get(f"{LIST}/99999999999999999999").status_code == 404


def test_the_last_log_in_is_shown_where_it_is_known_and_nowhere_made_up(admin: Browser, logged_in: LogIn) -> None:
    logged_in("bode")

    rows = {row.split("</a>")[0].split(">")[-1]: row for row in admin.get(LIST).text.split("<tr>")[2:]}

    assert re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d", rows["bode"])
    assert "chưa rõ" in rows["viethung"]


@pytest.mark.usefixtures("day")
def test_no_citizen_is_named_on_these_pages(service: Service, admin: Browser) -> None:
    for address in (LIST, NEW, page_of(service, "bode")):
        assert "Người Thử" not in admin.get(address).text


def test_an_operator_helps_an_administrator_who_is_locked_out(
    service: Service, admin: Browser, logged_in: LogIn
) -> None:
    set_up(admin)
    told = {**os.environ, "TANNHA_HOME": str(service.settings.home), "TANNHA_NEW_PASSWORD": PASSWORD}
    for command in ("drop-second-factor", "password"):
        subprocess.run(
            [sys.executable, "-m", "web", "staff", command, "quantri"], env=told, check=True, capture_output=True
        )

    assert admin.get(LIST).status_code == 302
    assert logged_in("quantri").get(LIST).status_code == 200
    assert [action for action, _subject in changes(service, "command")] == [
        "took away the second factor", "gave a new password",
    ]  # fmt: skip
    again = subprocess.run(
        [sys.executable, "-m", "web", "staff", "drop-second-factor", "quantri"],
        env=told, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert again.returncode != 0
    assert "Traceback" not in again.stderr
