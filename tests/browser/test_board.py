"""The board before real eyes: an envelope dragged and moved by keyboard, its cost told on the way, two at one board."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OFFICE, Site, _site
from tests.browser.test_in_chromium import barriers, overflows

pytestmark = pytest.mark.browser


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A planned day that no other test changes."""
    with _site(tmp_path) as site:
        yield site


def open_board(site: Site, page: Page) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/dot/{site.day.batch}/tuyen")
    expect(page.locator(".lane")).to_have_count(3)


def names(page: Page, lane: int) -> list[str]:
    return page.locator(".lane").nth(lane).locator("[data-look]").all_inner_texts()


def drag(page: Page, name: str, lane: int) -> None:
    """Take the envelope by its lower edge and hold it over the other lane, without letting go."""
    line = page.locator(".door", has_text=name).first
    line.scroll_into_view_if_needed()
    start = line.bounding_box()
    target = page.locator(".lane-doors").nth(lane).bounding_box()
    assert start
    assert target
    page.mouse.move(start["x"] + start["width"] - 12, start["y"] + start["height"] - 8)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] - 4, start["y"] + start["height"] - 4, steps=3)
    page.mouse.move(target["x"] + target["width"] / 2, target["y"] + target["height"] / 2, steps=12)


def test_an_envelope_is_dragged_and_the_place_under_it_says_what_it_costs(own_site: Site, chromium: Browser) -> None:
    page = chromium.new_page(viewport=OFFICE, locale="vi-VN")
    open_board(own_site, page)

    drag(page, "Người Thử Số 3", 1)
    expect(page.locator("#bang-noi")).to_contain_text("BD2/1: +")
    page.mouse.up()

    expect(page.get_by_text("Bản nháp của giamsat")).to_be_visible()
    assert names(page, 1) == ["Người Thử Số 3"]
    assert len(names(page, 0)) == 5
    # The map was drawn anew with it.
    expect(page.locator(".leaflet-marker-pane .dot")).to_have_count(6)
    drag(page, "Người Thử Số 3", 2)
    page.mouse.up()
    expect(page.get_by_text("chờ ở phường vì có người muốn để lại")).to_be_visible()
    page.close()


def test_a_place_that_cannot_be_kept_says_so_and_the_envelope_goes_back(own_site: Site, chromium: Browser) -> None:
    page = chromium.new_page(viewport=OFFICE, locale="vi-VN")
    open_board(own_site, page)
    page.locator(".door", has_text="Người Thử Số 2").locator("[data-look]").click()
    page.get_by_role("button", name="Ghim cho bưu tá này").click()
    expect(page.locator(".door-pinned")).to_have_count(1)

    drag(page, "Người Thử Số 2", 1)
    expect(page.locator("#bang-noi")).to_have_text("BD2/1: Phong bì được ghim cho bưu tá khác")
    page.mouse.up()

    assert names(page, 1) == []
    assert "Người Thử Số 2" in names(page, 0)
    page.close()


def test_everything_can_be_done_by_keyboard_alone_and_undone(own_site: Site, chromium: Browser) -> None:
    page = chromium.new_page(viewport=OFFICE, locale="vi-VN")
    open_board(own_site, page)
    before = names(page, 0)
    line = page.locator(".door").first
    line.focus()

    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_text("Bản nháp của giamsat")).to_be_visible()
    assert names(page, 0) == [before[1], before[0], *before[2:]]
    expect(page.locator("#bang-noi")).to_contain_text("BD1/1 → BD1/2")
    expect(page.locator(".door:focus [data-look]")).to_have_text(before[0])
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(".lane").nth(1).locator(".door:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".door:focus")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator(".lane").nth(1).locator(".door")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Đã công bố: giấy tờ và bưu tá theo các tuyến này.")).to_be_visible()
    assert names(page, 0) == before
    page.keyboard.press("Control+y")
    expect(page.get_by_text("Bản nháp của giamsat")).to_be_visible()
    page.close()


def test_of_two_at_one_board_the_slower_is_told_and_sees_what_the_other_did(own_site: Site, chromium: Browser) -> None:
    pages = [chromium.new_context(viewport=OFFICE, locale="vi-VN").new_page() for _ in range(2)]
    for page in pages:
        open_board(own_site, page)
    quick, slow = pages

    quick.locator(".door").first.focus()
    quick.keyboard.press("Alt+ArrowRight")
    expect(quick.locator(".lane").nth(1).locator(".door")).to_have_count(1)
    slow.locator(".door").nth(3).focus()
    slow.keyboard.press("Alt+ArrowUp")

    expect(slow.locator("#bang-noi")).to_contain_text("giamsat đã sửa tuyến")
    assert [names(slow, lane) for lane in range(3)] == [names(quick, lane) for lane in range(3)]
    for page in pages:
        page.context.close()


def test_the_draft_is_published_and_what_was_printed_is_to_be_printed_again(own_site: Site, chromium: Browser) -> None:
    page = chromium.new_page(viewport=OFFICE, locale="vi-VN")
    open_board(own_site, page)
    page.locator(".door").first.focus()
    page.keyboard.press("Alt+ArrowDown")

    page.get_by_role("button", name="Công bố", exact=True).click()

    expect(page.locator("#bang-noi")).to_contain_text("Xin in lại")
    expect(page.get_by_text("Bản nháp của")).to_have_count(0)
    page.close()


def test_the_board_and_its_box_have_no_barriers_at_any_width(site: Site, page: Page) -> None:
    open_board(site, page)
    assert barriers(page) == []
    assert not overflows(page)
    for summary in page.locator("summary:visible").all():
        if not summary.evaluate("one => one.parentElement.open"):
            summary.click()
    assert barriers(page) == []
    page.locator("[data-look]").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert barriers(page) == []
    assert not overflows(page)
