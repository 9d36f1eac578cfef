"""Accounts and the second step as people meet them: phone and office width, by keyboard, without a barrier."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from delivery.machines.clients import Scope, add_client
from delivery.models import MachineClient, MachineClientOffice, MachineKey, RecoveryCode, Role, Staff
from delivery.moments import now
from tests.browser.conftest import PASSWORD, Site
from tests.browser.test_in_chromium import barriers, overflows
from tests.web.second_factor import Phone
from web.people import add_staff

pytestmark = pytest.mark.browser


@pytest.fixture
def site_of_today(site: Site) -> Site:
    """The site with an administrator and a clerk, as they were before any other test."""
    with site.day.service.database.write() as session:
        session.execute(sa.delete(RecoveryCode))
        session.execute(sa.delete(Staff).where(Staff.username != "giamsat"))
        add_staff(session, "quantri", "Quản trị quận Long Biên", Role.ADMINISTRATOR, None, PASSWORD)
        add_staff(session, "bode", "Nguyễn Thị Hồng Nhung", Role.CLERK, "BD", PASSWORD)
        waiting = add_staff(session, "phuc.dong", "Đỗ Điều Phối", Role.DISPATCHER, None, PASSWORD)
        waiting.locked_until = now() + timedelta(hours=1)
        add_staff(session, "nghi.viec", "Phạm Nghỉ Việc", Role.AUDITOR, None, PASSWORD).active = False
    return site


def clear(page: Page) -> None:
    """Nobody meets a barrier here, and nobody scrolls sideways."""
    assert (page.url, barriers(page), overflows(page)) == (page.url, [], False)


def administrator(site: Site, page: Page) -> None:
    site.log_in(page, "quantri", "**/tai-khoan")


def scanned(page: Page) -> Phone:
    return Phone((page.locator("code.key").text_content() or "").replace(" ", ""))


def step_is_over(site: Site) -> None:
    """Half a minute passes: the code that was just used no longer stands in the way of the next."""
    with site.day.service.database.write() as session:
        session.execute(sa.update(Staff).values(second_factor_step=Staff.second_factor_step - 2))


def set_up(site: Site, page: Page) -> Phone:
    page.goto(f"{site.url}/buoc-xac-nhan")
    phone = scanned(page)
    page.fill("#mat-khau", PASSWORD)
    page.fill("#ma", phone.shows())
    page.press("#ma", "Enter")
    expect(page.get_by_role("heading", name="Mã dự phòng")).to_be_visible()
    step_is_over(site)
    return phone


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    page.wait_for_url("**/")


def test_no_page_about_accounts_has_a_barrier(site_of_today: Site, page: Page) -> None:
    administrator(site_of_today, page)
    clear(page)
    page.get_by_role("link", name="Thêm người dùng").click()
    clear(page)
    page.get_by_role("button", name="Thêm", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    clear(page)
    for own in ("bode", "quantri", "phuc.dong", "nghi.viec"):
        page.goto(f"{site_of_today.url}/tai-khoan")
        page.get_by_role("link", name=own, exact=True).click()
        clear(page)


def test_a_person_is_added_and_the_password_is_there_to_be_handed_over(site_of_today: Site, page: Page) -> None:
    administrator(site_of_today, page)
    page.get_by_role("link", name="Thêm người dùng").click()
    page.get_by_label("Tên", exact=True).fill("Trần Thu Hương")
    page.get_by_label("Tên đăng nhập").fill("huong")
    page.get_by_label("Vai trò", exact=True).select_option("clerk")
    page.get_by_label(re.compile("^Bộ phận một cửa")).select_option("BD")
    page.get_by_role("button", name="Thêm", exact=True).click()

    first = page.locator(".first-password code")
    expect(first).to_have_text(re.compile(r"^([a-z2-9]{4}-){3}[a-z2-9]{4}$"))
    clear(page)
    password = first.text_content() or ""
    log_out(page)
    page.goto(f"{site_of_today.url}/dang-nhap")
    page.fill("#username", "huong")
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_url("**/mat-khau")
    clear(page)
    page.fill("#cu", password)
    page.fill("#moi", "bốn chữ không liên quan")
    page.fill("#lai", "bốn chữ không liên quan")
    page.press("#lai", "Enter")
    page.wait_for_url("**/dieu-phoi*")


def test_a_closed_account_is_opened_again_with_one_press(site_of_today: Site, page: Page) -> None:
    administrator(site_of_today, page)
    page.get_by_role("link", name="bode", exact=True).click()
    page.get_by_role("button", name="Khóa tài khoản").click()
    expect(page.get_by_text("Tài khoản này đã khóa.")).to_be_visible()
    clear(page)
    page.get_by_role("button", name="Mở lại tài khoản").click()

    expect(page.get_by_text("được đăng nhập trở lại")).to_be_visible()
    expect(page.get_by_role("button", name="Khóa tài khoản")).to_be_visible()


def test_the_second_step_is_set_up_without_a_barrier(site_of_today: Site, page: Page) -> None:
    site_of_today.log_in(page, "bode")
    page.get_by_role("link", name="Bước xác nhận thứ hai khi đăng nhập").click()
    expect(page.locator(".qr-box svg")).to_be_visible()
    box = page.locator(".qr-box svg").bounding_box()
    assert box
    assert min(box["width"], box["height"]) > 180
    clear(page)
    page.fill("#mat-khau", "mật khẩu khác")
    page.fill("#ma", scanned(page).shows())
    page.press("#ma", "Enter")
    expect(page.get_by_role("alert")).to_have_text("Mật khẩu hiện tại không đúng")
    expect(page.locator("#mat-khau")).to_have_attribute("aria-invalid", "true")
    clear(page)
    page.fill("#mat-khau", PASSWORD)
    page.fill("#ma", "000000")
    page.press("#ma", "Enter")
    expect(page.locator("#ma")).to_have_attribute("aria-invalid", "true")
    clear(page)
    page.fill("#mat-khau", PASSWORD)
    page.fill("#ma", scanned(page).shows())
    page.press("#ma", "Enter")
    expect(page.locator(".recovery li")).to_have_count(10)
    clear(page)
    page.goto(f"{site_of_today.url}/buoc-xac-nhan")
    expect(page.get_by_text("Còn 10 mã dự phòng.")).to_be_visible()
    clear(page)


def test_the_whole_log_in_goes_by_the_keyboard(site_of_today: Site, page: Page) -> None:
    site_of_today.log_in(page, "bode")
    phone = set_up(site_of_today, page)
    log_out(page)

    page.goto(f"{site_of_today.url}/dang-nhap")
    expect(page.locator("#username")).to_be_focused()
    page.keyboard.type("bode")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ma-xac-nhan")
    expect(page.locator("#ma")).to_be_focused()
    clear(page)
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#ma")).to_be_focused()
    clear(page)
    code = phone.shows()
    page.keyboard.type(f"{code[:3]} {code[3:]}")
    page.keyboard.press("Enter")

    page.wait_for_url("**/dieu-phoi*")


def test_without_the_phone_a_recovery_code_lets_in_by_the_keyboard(site_of_today: Site, page: Page) -> None:
    site_of_today.log_in(page, "bode")
    set_up(site_of_today, page)
    recovery = page.locator(".recovery code").first.text_content() or ""
    log_out(page)
    site_of_today.log_in(page, "bode", "**/ma-xac-nhan")
    expect(page.locator("#ma")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#ma_du_phong")).to_be_focused()
    clear(page)
    page.keyboard.type(recovery)
    page.keyboard.press("Enter")

    page.wait_for_url("**/dieu-phoi*")


def test_it_works_without_javascript(site_of_today: Site, page: Page) -> None:
    browser = page.context.browser
    assert browser
    context = browser.new_context(java_script_enabled=False, locale="vi-VN")
    plain = context.new_page()
    try:
        site_of_today.log_in(plain, "bode")
        phone = set_up(site_of_today, plain)
        log_out(plain)
        site_of_today.log_in(plain, "bode", "**/ma-xac-nhan")
        plain.fill("#ma", phone.shows())
        plain.press("#ma", "Enter")
        plain.wait_for_url("**/dieu-phoi*")
    finally:
        context.close()


def test_english_is_complete_here(site_of_today: Site, page: Page) -> None:
    administrator(site_of_today, page)
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    page.get_by_role("link", name="Second step at the log-in").click()
    expect(page.get_by_role("button", name="Set up")).to_be_visible()
    clear(page)


def test_connected_systems_are_seen_and_closed_in_two_steps(site_of_today: Site, page: Page) -> None:
    with site_of_today.day.service.database.write() as session:
        for table in (MachineKey, MachineClientOffice, MachineClient):
            session.execute(sa.delete(table))
        add_client(session, "mot-cua-bo-de", [Scope.WRITE_RESULTS, Scope.READ_RESULTS], ["BD"], now())
    administrator(site_of_today, page)
    page.goto(f"{site_of_today.url}/he-thong-ket-noi")
    clear(page)

    press = page.get_by_role("button", name="Đóng hẳn")
    expect(press).to_be_hidden()
    page.get_by_text("đang mở").press("Enter")
    clear(page)
    press.press("Enter")

    expect(page.get_by_text("mot-cua-bo-de không còn được hỏi gì nữa.")).to_be_visible()
    clear(page)
