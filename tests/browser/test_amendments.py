"""An envelope is recalled and corrected on the page: by keyboard, on the narrowest phone, and where no script runs."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from delivery.models import Item
from tests.browser.conftest import Site
from tests.browser.test_in_chromium import barriers, overflows

pytestmark = pytest.mark.browser
NARROWEST = 360


def envelopes(site: Site) -> list[int]:
    with site.day.service.database.read() as session:
        return list(session.scalars(sa.select(Item.id).where(Item.recalled_at.is_(None)).order_by(Item.id)))


def test_an_envelope_is_recalled_and_let_go_with_the_keyboard_alone(site: Site, page: Page) -> None:
    if page.viewport_size and page.viewport_size["width"] < 400:
        page.set_viewport_size({"width": NARROWEST, "height": 740})
    site.log_in(page)
    page.goto(f"{site.url}/phong-bi/{envelopes(site)[0]}")
    assert (barriers(page), overflows(page)) == ([], False)

    page.get_by_text("Thu hồi phong bì", exact=True).first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("người dân đến nhận tại quầy")
    page.keyboard.press("Enter")

    expect(page.locator("#thay-doi")).to_be_in_viewport()
    expect(page.get_by_text("người dân đến nhận tại quầy")).to_be_visible()
    assert (barriers(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Bỏ thu hồi").press("Enter")
    expect(page.locator(".notice.good")).to_be_visible()
    expect(page.get_by_role("button", name="Bỏ thu hồi")).to_have_count(0)


def test_whom_it_goes_to_is_corrected_and_put_back_where_no_script_runs(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": NARROWEST, "height": 740})
    page = context.new_page()
    site.log_in(page)
    page.goto(f"{site.url}/phong-bi/{envelopes(site)[1]}")
    before = page.locator("#sua-ten").input_value()
    page.get_by_text("Sửa người nhận, số điện thoại, địa chỉ").click()
    page.fill("#sua-ten", "Người Nhận Thay")
    page.get_by_role("button", name="Lưu nội dung sửa").click()

    expect(page.locator(".notice.good")).to_contain_text("in lại")
    expect(page.locator("#sua-ten")).to_have_value("Người Nhận Thay")
    page.get_by_role("button", name="Hoàn tác lần sửa gần nhất").click()
    expect(page.locator("#sua-ten")).to_have_value(before)
    context.close()


def test_the_page_of_the_statement_has_no_barrier(site: Site, page: Page) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/doi-chieu")
    page.set_input_files("#bang_ke", {"name": "bang-ke.csv", "mimeType": "text/csv", "buffer": STATEMENT.encode()})
    page.fill("#thang", "2026-11")
    page.get_by_role("button", name="Đối chiếu").press("Enter")

    expect(page.get_by_text("EE123456785VN")).to_be_visible()
    assert (barriers(page), overflows(page)) == ([], False)


STATEMENT = "Mã bưu gửi;Tổng cước\nEE123456785VN;26.000\n;x\n"
