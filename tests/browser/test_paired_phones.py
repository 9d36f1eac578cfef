"""A courier holds a phone over the desk's picture, is let in without a password, and is put out at the desk again."""

import io

import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from delivery.models import Courier
from tests.browser.conftest import OFFICE, PHONE, Site
from tests.browser.round_app import in_vain, kept_plainly, phone, ready, status
from tests.browser.test_in_chromium import barriers, overflows
from tests.browser.test_own_team import round_of

__all__ = ["phone"]
pytestmark = pytest.mark.browser
LET_IN, SHOWN = "Ghép điện thoại", "#ma-qr"


def open_desk(site: Site, chromium: Browser) -> Page:
    """The page of the courier's phones, as a supervisor sees it."""
    with site.day.service.database.read() as session:
        courier = session.scalars(sa.select(Courier).where(Courier.code == round_of(site).route.code)).one()
    desk = chromium.new_page(viewport=OFFICE, locale="vi-VN")
    site.log_in(desk)
    desk.goto(f"{site.url}/nguoi-phat/{courier.id}")
    desk.get_by_role("link", name="Điện thoại: ghép máy").click()
    return desk


def scanned(desk: Page) -> str:
    """The address that a phone's camera reads from the screen of the desk."""
    picture = Image.open(io.BytesIO(desk.screenshot(full_page=True)))
    (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return code.text


def is_open_to_all(page: Page) -> None:
    for size in (PHONE, OFFICE):
        page.set_viewport_size(size)
        assert (barriers(page), overflows(page)) == ([], False)


def confirmed(page: Page) -> None:
    page.get_by_role("button", name="Đúng, mở tuyến của tôi").click()
    page.wait_for_url("**/rounds/mang-theo")
    ready(page)


def test_a_scanned_code_lets_the_phone_in_and_the_desk_puts_it_out_again(
    team_site: Site, chromium: Browser, phone: BrowserContext
) -> None:
    desk = open_desk(team_site, chromium)
    desk.get_by_role("button", name=LET_IN).click()
    is_open_to_all(desk)
    address = scanned(desk)
    page, asked = phone.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url + (request.headers.get("referer") or "")))

    page.goto(address)

    expect(page.get_by_role("heading", level=1)).to_have_text("Đây có phải bạn không?")
    secret = address.partition("#")[2]
    assert len(secret) >= 43
    assert secret not in page.url
    assert not any(secret in each for each in asked)
    is_open_to_all(page)
    confirmed(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tuyến của tôi")
    expect(page.locator(".door-list li")).to_have_count(4)

    # The desk's page says so by itself, and shows the used picture no longer.
    expect(desk.locator("#ghep")).to_contain_text("Đã ghép:")
    expect(desk.locator(SHOWN)).to_have_count(0)
    desk.get_by_role("link", name="Xem danh sách điện thoại").click()
    is_open_to_all(desk)

    # What was said without network is not lost with the log-in.
    phone.set_offline(True)
    in_vain(page, 1)
    desk.get_by_role("button", name="Cho máy đăng xuất").click()
    expect(desk.get_by_role("button", name="Hoàn tác")).to_be_visible()
    phone.set_offline(False)
    page.reload()
    ready(page)

    status(page, "Máy này đã bị đăng xuất; không mất gì cả. Còn giữ trên máy: 1")
    expect(page.locator("main")).to_contain_text("không còn giữ tuyến nào")
    is_open_to_all(page)
    assert '"rounds",[]' in kept_plainly(page)

    desk.get_by_role("button", name="Ghép điện thoại").click()
    page.goto(scanned(desk))
    confirmed(page)
    status(page, "Phường đã ghi đủ")
    desk.close()


def test_a_phone_without_a_camera_types_the_code_and_a_mistyped_one_is_told(
    team_site: Site, chromium: Browser, phone: BrowserContext
) -> None:
    desk = open_desk(team_site, chromium)
    desk.get_by_role("button", name=LET_IN).click()
    page = phone.new_page()
    page.goto(f"{team_site.url}/rounds/ghep-may")
    is_open_to_all(page)

    page.get_by_label("Mã").fill("ABCD2345")
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.get_by_role("alert")).to_contain_text("Mã này không dùng được")
    is_open_to_all(page)

    page.get_by_label("Mã").fill(desk.locator(".pairing-code").inner_text().lower())
    page.get_by_label("Mã").press("Enter")
    confirmed(page)
    expect(page.locator(".door-list li")).to_have_count(4)
    desk.close()
