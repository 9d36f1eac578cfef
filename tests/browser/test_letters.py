"""Writing a letter in a real browser: the page beside the text follows the typing, and scripts are not needed."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OFFICE, Site
from tests.browser.test_in_chromium import barriers, overflows

pytestmark = pytest.mark.browser
BIRTH, MARRIAGE, DEATH = ("/thu-kem/1.001193/vi", "/thu-kem/1.000894/vi", "/thu-kem/1.000656/vi")


def test_the_pages_of_the_letters_have_no_barrier_and_do_not_scroll_sideways(site: Site, page: Page) -> None:
    site.log_in(page)
    for address in ("/thu-kem", BIRTH, "/thu-kem/2.000815/en"):
        page.goto(site.url + address)
        assert (address, barriers(page), overflows(page)) == (address, [], False)


def test_the_printed_page_follows_the_typing_and_mistakes_are_told_by_line(site: Site, page: Page) -> None:
    site.log_in(page)
    page.goto(site.url + MARRIAGE)
    before = page.locator("#xem-truoc img").get_attribute("src")

    page.fill("#noi_dung", "# Chúc mừng\n\nKính gửi {ten},\n\ntrăm năm hạnh phúc.")
    expect(page.locator("#xem-truoc img")).not_to_have_attribute("src", before or "")
    page.fill("#noi_dung", "# Chúc mừng\n\n<b>trăm năm</b> {ai}")

    expect(page.locator("#xem-truoc li").first).to_contain_text("Dòng 3")
    assert barriers(page) == []


def test_a_letter_is_saved_and_the_delivered_one_taken_back(site: Site, page: Page) -> None:
    site.log_in(page)
    page.goto(site.url + DEATH)
    page.fill("#noi_dung", "# Chia buồn\n\nBản thử")
    page.get_by_role("button", name="Lưu").click()

    expect(page.locator(".notice.good")).to_contain_text("Từ nay dùng bản")
    page.get_by_role("button", name="Dùng lại bản giao kèm chương trình").click()
    expect(page.locator(".notice.good")).to_contain_text("Từ nay dùng bản")
    assert "Bản thử" not in page.input_value("#noi_dung")


def test_without_scripts_the_same_is_done_with_a_button(site: Site, chromium: Browser) -> None:
    page = chromium.new_context(viewport=OFFICE, java_script_enabled=False, locale="vi-VN").new_page()
    site.log_in(page)
    page.goto(site.url + BIRTH)
    page.fill("#noi_dung", "# Chào {nguoi}")
    page.get_by_role("button", name="Xem thử").click()

    expect(page.locator("#xem-truoc")).to_contain_text("Dòng 1")
    expect(page.locator("#noi_dung")).to_have_value("# Chào {nguoi}")
    page.fill("#noi_dung", "# Chào bé")
    page.get_by_role("button", name="Xem thử").click()
    expect(page.locator("#xem-truoc img")).to_have_count(1)
    page.context.close()
