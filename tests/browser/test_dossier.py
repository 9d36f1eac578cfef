"""A citizen's choice on a cheap phone: a code by SMS, an address of the old wards, and their consent."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from delivery.citizens.own_codes import JOB
from delivery.models import Result
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.browser.conftest import Site, _served
from tests.browser.test_in_chromium import barriers, overflows
from tests.browser.test_own import phone
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.messages.servers import Gateway, running_gateway

DOSSIER, PHONE = "H26.41.118-261120-0001", "0912345001"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running_gateway() as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, gateway: Gateway) -> Iterator[Site]:
    """A ward that sends codes; one result lies at its counter."""
    profile = gateway.profile(tmp_path)
    telling = {"message_channels": "sms", "sms_gateway": profile, "sms_key": "khoa"}
    service = Service.from_settings(Settings(home=tmp_path / "home", _env_file=None, **telling))  # type: ignore[arg-type, call-arg]
    set_up(service)
    day = Day(service, Intake(service.database, tmp_path))
    day.import_and_place(a_row(1, Số_điện_thoại=PHONE, Trả_tại_nhà="", Địa_chỉ_nhận=""))
    named = {f"TANNHA_{name.upper()}": value for name, value in telling.items()}
    try:
        with _served(tmp_path / "home", **named) as url:
            yield Site(url, day)
    finally:
        service.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_result_at_the_counter_is_brought_home_after_all(
    site: Site, gateway: Gateway, chromium: Browser, *, scripts: bool
) -> None:
    with phone(chromium, scripts=scripts) as page:

        def looks_well() -> None:
            if scripts:
                assert barriers(page) == []
                assert not overflows(page)

        page.goto(f"{site.url}/ho-so-cua-toi")
        looks_well()
        page.fill("#ho_so", DOSSIER)
        page.fill("#dien_thoai", PHONE)
        page.press("#dien_thoai", "Enter")
        page.wait_for_url("**/ma")
        looks_well()
        site.day.work(JOB)
        page.fill("#ma", re.findall(r"\b\d{6}\b", gateway.texts[-1])[0])
        page.press("#ma", "Enter")
        page.wait_for_url("**/xem")
        looks_well()
        page.fill("#dia_chi", "Số 12 phố Ngọc Thụy, P. Ngọc Thụy, Q. Long Biên")
        page.check("#gio-3")
        page.click("text=Xem lại trước")
        expect(page.locator("main")).to_contain_text("trước là Ngọc Thụy")
        looks_well()
        page.check("#dong_y")
        page.click("button:has-text('Phát tại nhà')")
        expect(page.locator("main")).to_contain_text("Kết quả được phát tại nhà")
        looks_well()
        page.click("text=Dữ liệu của tôi")
        page.wait_for_url("**/du-lieu")
        looks_well()
        page.check("#dieu-2")
        page.click("button:has-text('Gửi yêu cầu')")
        expect(page.locator("main")).to_contain_text("Phường trả lời trước hết ngày")
        looks_well()
    with site.day.service.database.read() as session:
        result = session.scalars(sa.select(Result)).one()
    assert (result.wants_delivery, result.slots) == (True, "13:30-17:00")
