"""The inbox in a real browser: files given and taken in, columns named, slips undone, several results chosen."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_in_chromium import barriers, overflows
from tests.delivery.rows import a_row
from tests.delivery.test_uploads import FIELDS, content_of, strange_row

pytestmark = pytest.mark.browser


def free_of_barriers(page: Page) -> None:
    assert (page.url, barriers(page), overflows(page)) == (page.url, [], False)


def give(site: Site, page: Page, content: bytes, name: str = "ket-qua.csv") -> None:
    page.goto(f"{site.url}/ket-qua/tep")
    page.set_input_files("#tep", {"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Xem", exact=True).click()


def test_a_file_is_watched_looked_at_and_taken_in_without_a_reload_by_hand(site: Site, page: Page) -> None:
    number = 300 + (page.viewport_size or {"width": 0})["width"]
    site.log_in(page)
    page.goto(f"{site.url}/ket-qua")
    page.get_by_role("link", name="Nhận tệp kết quả").click()
    free_of_barriers(page)
    give(site, page, content_of(a_row(number), a_row(number + 1, Ngày_có_kết_quả="mai")))
    expect(page.locator("#tep")).to_contain_text("đang chờ đến lượt")
    free_of_barriers(page)

    site.day.work("upload")
    expect(page.get_by_role("button", name="Nhận 1 dòng")).to_be_visible()
    expect(page.get_by_role("cell", name="Ngày có kết quả không phải là ngày dd/mm/yyyy")).to_be_visible()
    page.get_by_text("Các cột được hiểu thế nào").click()
    expect(page.locator("#cot-0")).to_have_value("dossier_code")
    free_of_barriers(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Tải các dòng lỗi").click()
    assert saved.value.suggested_filename.endswith(".xlsx")

    page.get_by_role("button", name="Nhận 1 dòng").click()
    expect(page.locator("#tep")).to_be_visible()
    site.day.work("upload")
    expect(page.get_by_role("link", name="Đến danh sách kết quả")).to_be_visible()
    free_of_barriers(page)


def test_columns_are_named_with_the_keyboard_and_an_unreadable_file_says_what_to_do(site: Site, page: Page) -> None:
    site.log_in(page)
    give(site, page, content_of(strange_row(1)))
    site.day.work("upload")
    expect(page.get_by_text("Không tìm thấy")).to_be_visible()
    free_of_barriers(page)
    for number, name in enumerate(strange_row(1)):
        page.focus(f"#cot-{number}")
        page.select_option(f"#cot-{number}", FIELDS[name])
    page.get_by_role("button", name="Xem lại với các cột này").press("Enter")
    site.day.work("upload")
    # The row names no office, and whoever answers for all must say which: it comes back with that reason.
    expect(page.get_by_text("Không có gì mới")).to_be_visible()
    free_of_barriers(page)
    page.get_by_role("button", name="Bỏ").click()
    expect(page.get_by_text("Không nhận gì từ ket-qua.csv")).to_be_visible()

    give(site, page, b"\x89PNG\r\n", "anh.png")
    site.day.work("upload")
    expect(page.get_by_text("Hãy xuất lại từ hệ thống một cửa")).to_be_visible()
    free_of_barriers(page)


def test_a_result_typed_by_hand_says_at_each_field_what_is_wrong_and_can_be_taken_back(site: Site, page: Page) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/ket-qua/moi")
    free_of_barriers(page)
    page.fill("#dossier_code", f"H26.41.118-261129-{9000 + (page.viewport_size or {'width': 0})['width']}")
    page.fill("#owner_name", "Trần Thị Thử")
    page.fill("#phone", "12")
    page.fill("#address", "Số 7 phố Thử, phường Bồ Đề, Hà Nội")
    page.select_option("#office", "BD")
    page.press("#note", "Enter")
    expect(page.locator("#phone-sai")).to_be_visible()
    free_of_barriers(page)
    page.get_by_role("link", name="Điện thoại").click()
    expect(page.locator("#phone")).to_be_focused()
    page.fill("#phone", "0912345678")
    page.press("#note", "Enter")

    page.get_by_role("button", name="Rút lại kết quả vừa nhập").click()
    expect(page.get_by_text("Đã rút lại")).to_be_visible()


def test_several_results_are_chosen_with_the_shift_key_and_given_back(site: Site, page: Page) -> None:
    first = 600 + (page.viewport_size or {"width": 0})["width"]
    site.day.import_and_place(*(a_row(number) for number in range(first, first + 4)))
    site.log_in(page)
    page.goto(f"{site.url}/ket-qua")
    counter = page.get_by_role("button", name="Trả tại quầy")
    expect(counter).to_be_disabled()
    boxes = page.locator("input[type='checkbox'][name='chon']")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("#so-chon")).to_have_text("đã chọn 3")
    free_of_barriers(page)

    counter.click()
    expect(page.get_by_text("3 hồ sơ chuyển sang trả tại quầy")).to_be_visible()
    free_of_barriers(page)
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.get_by_text("3 hồ sơ chuyển sang trả tại nhà")).to_be_visible()
