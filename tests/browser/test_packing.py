"""The packing table in a real browser: a scan gun alone packs an envelope, also while the network is away."""

import pytest
from playwright.sync_api import Page, expect

from delivery.models import Item
from tests.browser.conftest import Site
from tests.browser.test_handover import free_of_barriers, gun

pytestmark = pytest.mark.browser


def test_a_gun_packs_and_seals_and_a_wrong_result_is_refused_loudly(told_site: Site, page: Page) -> None:
    told_site.log_in(page)
    with told_site.day.service.database.read() as session:
        first, second = (item.results[0].dossier_code for item in session.query(Item).order_by(Item.id).limit(2))
    page.get_by_role("navigation", name="Chính").get_by_role("link", name="Đóng gói").click()
    expect(page.locator("#ma")).to_be_focused()
    free_of_barriers(page)

    gun(page, first)
    expect(page.locator("#noi")).to_have_text(f"{first}: đã đánh dấu; bỏ vào phong bì")
    expect(page.locator("#noi")).to_have_class("scan-said scan-good")
    expect(page.locator("#ma")).to_be_focused()
    page.locator("h1").click()  # the cursor is nowhere; the gun does not mind
    gun(page, second)
    expect(page.locator("#noi")).to_contain_text("SAI PHONG BÌ")
    expect(page.locator("#noi")).to_have_class("scan-said scan-bad")
    free_of_barriers(page)

    page.context.set_offline(True)
    gun(page, "np 77")
    expect(page.locator("#mang")).to_contain_text("1 lượt quét đang chờ mạng")
    page.context.set_offline(False)
    expect(page.locator("#noi")).to_have_text("Đã niêm phong số NP77. Quét kết quả tiếp theo")
    gun(page, second)
    expect(page.locator("#noi")).to_have_text(f"{second}: đã đánh dấu; bỏ vào phong bì")
    page.get_by_role("button", name="Rút dấu cuối cùng lại").click()
    expect(page.get_by_text("Đã rút dấu lại.")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    free_of_barriers(page)
