"""A clerk in Chromium: ties the account to the provider's, logs in there, is led back, and logs out of both."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from delivery.models import Role
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.browser.conftest import OFFICE, PASSWORD, PHONE, _served
from tests.browser.test_in_chromium import barriers, overflows
from tests.identity.provider import CLIENT, SECRET, House, running_house
from web.people import add_staff

pytestmark = pytest.mark.browser
NAME = "SSO Hà Nội"


@dataclass
class Ward:
    """The pages of a ward whose staff may log in at the house, and citizens too."""

    url: str
    house: House


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    home = tmp_path / "home"
    service = Service.from_settings(Settings(home=home, carrier="own-team", _env_file=None))  # type: ignore[call-arg]
    set_up(service)
    with service.database.write() as session:
        add_staff(session, "quantri", "Quản trị quận Long Biên", Role.ADMINISTRATOR, None, PASSWORD)
        add_staff(session, "bode", "Nguyễn Thị Hồng Nhung", Role.CLERK, "BD", PASSWORD)
    service.close()
    with running_house() as house:
        told = {
            "TANNHA_OIDC_ISSUER": house.url, "TANNHA_OIDC_NAME": NAME, "TANNHA_OIDC_CLIENT_ID": CLIENT,
            "TANNHA_OIDC_CLIENT_SECRET": SECRET, "TANNHA_OIDC_PLAIN_HTTP": "true",
            "TANNHA_CITIZEN_OIDC_ISSUER": house.url, "TANNHA_CITIZEN_OIDC_NAME": "VNeID",
        }  # fmt: skip
        with _served(home, **told) as url:
            house.redirects |= {f"{url}/dang-nhap/tro-ve", f"{url}/ho-so-cua-toi/tro-ve"}
            yield Ward(url, house)


def log_in(ward: Ward, page: Page, username: str) -> None:
    page.goto(f"{ward.url}/dang-nhap")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page.get_by_role("button", name="Đăng xuất", exact=True)).to_be_visible()


def clear(page: Page) -> None:
    """Nobody meets a barrier here, and nobody scrolls sideways, on the phone or in the office."""
    for size in (PHONE, OFFICE):
        page.set_viewport_size(size)
        assert (page.url, barriers(page), overflows(page)) == (page.url, [], False)


def at_the_house(ward: Ward, page: Page) -> None:
    """Press the one button of the provider's page, to which nobody had to be led by hand."""
    page.wait_for_url(f"{ward.house.url}/authorize?*")
    page.get_by_role("button", name="Vào").click()


def test_a_clerk_ties_the_account_and_comes_and_goes_by_way_of_the_provider(ward: Ward, chromium: Browser) -> None:
    administrator, page = (chromium.new_page(viewport=OFFICE, locale="vi-VN") for _person in range(2))
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None)
    log_in(ward, administrator, "quantri")
    administrator.get_by_role("link", name="bode", exact=True).click()
    administrator.get_by_role("button", name=f"Cho phép liên kết với {NAME}").click()
    expect(administrator.get_by_text("được liên kết đến")).to_be_visible()
    clear(administrator)

    log_in(ward, page, "bode")
    page.get_by_role("link", name=f"Đăng nhập bằng {NAME}").click()
    clear(page)
    page.fill("#mat-khau", PASSWORD)
    page.press("#mat-khau", "Enter")
    at_the_house(ward, page)
    page.wait_for_url(f"{ward.url}/lien-ket")
    expect(page.get_by_text(f"Đã liên kết. Từ nay ông/bà có thể đăng nhập bằng {NAME}.")).to_be_visible()
    clear(page)
    page.get_by_role("button", name="Đăng xuất", exact=True).click()

    page.goto(f"{ward.url}/ket-qua")
    clear(page)
    page.get_by_role("button", name=f"Đăng nhập bằng {NAME}").press("Enter")
    at_the_house(ward, page)
    page.wait_for_url(f"{ward.url}/ket-qua")
    expect(page.get_by_text("Nguyễn Thị Hồng Nhung")).to_be_visible()
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    page.wait_for_url(f"{ward.house.url}/logout?*")
    page.goto(f"{ward.url}/dieu-phoi")
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()

    ward.house.person = {"sub": "somebody else"}
    page.get_by_role("button", name=f"Đăng nhập bằng {NAME}").click()
    at_the_house(ward, page)
    expect(page.get_by_role("alert")).to_contain_text("chưa mở được gì ở đây")
    clear(page)
    page.goto(f"{ward.url}/ho-so-cua-toi")
    clear(page)
    assert troubles == []
    for opened in (administrator, page):
        opened.close()
