"""One's own password: changed by who knows the present one, and first of all where somebody else made it up."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from delivery.models import AuditEntry, Staff
from delivery.wiring import Service
from tests.web.conftest import PASSWORD, Browser
from web.people import by_name, set_password

LogIn = Callable[[str], Browser]
NEW = "bốn chữ không liên quan"
PAGE = "/mat-khau"


def change(browser: Browser, present: str = PASSWORD, wanted: str = NEW, again: str = "") -> str:
    return browser.post(PAGE, on=PAGE, cu=present, moi=wanted, lai=again or wanted).text


def bode(service: Service) -> Staff:
    with service.database.read() as session:
        return session.scalars(sa.select(Staff).where(Staff.username == "bode")).one()


def test_a_new_password_lets_in_the_old_one_no_longer_and_other_devices_are_out(
    logged_in: LogIn, anyone: Browser
) -> None:
    here, elsewhere = logged_in("bode"), logged_in("bode")

    assert "Đã đổi mật khẩu" in change(here)

    assert here.get("/dieu-phoi").status_code == 200
    assert elsewhere.get("/dieu-phoi").status_code == 302
    assert anyone.log_in("bode").status_code == 401
    assert anyone.log_in("bode", NEW).status_code == 200


@pytest.mark.parametrize(
    ("present", "wanted", "again", "said"),
    [
        ("falsch falsch", NEW, NEW, "Mật khẩu hiện tại không đúng"), (PASSWORD, "ngắn", "ngắn", "ít nhất 10 ký tự"),
        (PASSWORD, NEW, NEW + "x", "không giống nhau"), (PASSWORD, PASSWORD, PASSWORD, "mật khẩu hiện tại; xin chọn"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_changes(
    present: str, wanted: str, again: str, said: str, service: Service, logged_in: LogIn
) -> None:
    before = bode(service).password_hash

    assert said in change(logged_in("bode"), present, wanted, again)
    assert bode(service).password_hash == before


def test_guessing_at_an_unwatched_screen_leads_to_the_same_pause_as_at_the_log_in(
    service: Service, logged_in: LogIn
) -> None:
    clerk = logged_in("bode")
    for _ in range(5):
        change(clerk, "falsch falsch")

    assert "Đã sai quá nhiều lần" in change(clerk)
    assert bode(service).locked_until is not None
    with service.database.read() as session:
        wrong = sa.select(sa.func.count()).where(AuditEntry.action == "wrong password", AuditEntry.actor == "bode")
        assert session.scalar(wrong) == 5


def test_a_password_that_somebody_made_up_is_changed_before_anything_else(service: Service, anyone: Browser) -> None:
    with service.database.write() as session:
        set_password(by_name(session, "bode"), "abcd-efgh-jkmn", given=True)
    anyone.log_in("bode", "abcd-efgh-jkmn")

    for address in ("/dieu-phoi", "/ket-qua", "/buoc-xac-nhan"):
        answer = anyone.get(address)
        assert (answer.status_code, answer.location) == (302, PAGE)
    assert "người khác đặt" in anyone.get(PAGE).text
    assert anyone.get("/tra-cuu").status_code == 200
    change(anyone, "abcd-efgh-jkmn")
    assert anyone.get("/dieu-phoi").status_code == 200
    assert not bode(service).password_given


def test_the_page_is_for_those_who_have_logged_in(anyone: Browser) -> None:
    assert anyone.get(PAGE).location == "/dang-nhap?tiep=/mat-khau"
