"""One phone, several people, a full store, a lost day: nobody sees another's round, and nothing said is lost."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Site
from tests.browser.round_app import (
    ALL_NOTED,
    APP,
    LOG_IN_AGAIN,
    WAITS,
    acts,
    door,
    in_vain,
    kept_plainly,
    log_in_again,
    open_round,
    phone,
    ready,
    status,
    told,
)
from tests.browser.test_in_chromium import barriers, overflows
from tests.browser.test_own_team import round_of

__all__ = ["phone"]
pytestmark = pytest.mark.browser


def test_a_phone_that_cannot_keep_it_says_so_and_shows_nothing_as_noted(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    phone.set_offline(True)
    # As it is where there is no room: the request goes well, and the transaction does not come to its end.
    page.evaluate(
        """() => {
          const real = IDBObjectStore.prototype.put;
          IDBObjectStore.prototype.put = function (...told) {
            const asked = real.apply(this, told);
            this.transaction.abort();
            return asked;
          };
        }"""
    )
    door(page, 1)
    page.get_by_role("button", name="Không có ai ở nhà").click()

    expect(page.locator("#noi")).to_contain_text("CHƯA ghi được")
    expect(page.locator("#noi")).to_contain_text("phiếu giấy")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Điểm 1")
    status(page, ALL_NOTED)
    assert barriers(page) == []


def test_a_log_in_that_is_over_loses_nothing_and_is_sent_after_the_next(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    phone.clear_cookies()

    in_vain(page, 1)
    status(page, f"{LOG_IN_AGAIN}, không mất gì cả. Đang giữ trong máy này: 1 việc")
    in_vain(page, 2)
    status(page, "2 việc")
    log_in_again(page, round_of(team_site).route.code.lower())

    status(page, ALL_NOTED)
    assert told(team_site) == [("failed", True), ("failed", True)]


def test_another_person_on_the_same_phone_sees_nothing_and_sends_nothing_of_the_first(
    team_site: Site, phone: BrowserContext
) -> None:
    page = open_round(team_site, phone)
    first = round_of(team_site).route.code.lower()
    phone.set_offline(True)
    in_vain(page, 1)
    assert "Người Thử" not in kept_plainly(page)
    assert "failed" not in kept_plainly(page)
    phone.clear_cookies()
    phone.set_offline(False)
    status(page, LOG_IN_AGAIN)
    log_in_again(page, next(name for name in ("bd1", "bd2") if name != first))

    expect(page.locator("main")).to_contain_text("Hôm nay bạn không có tuyến")
    status(page, ALL_NOTED)
    assert acts(team_site) == []
    assert "Người Thử" not in page.content()
    phone.clear_cookies()
    page.reload()
    status(page, LOG_IN_AGAIN)
    log_in_again(page, first)

    expect(page.locator("ol li")).to_have_count(4)
    status(page, ALL_NOTED)
    assert told(team_site) == [("failed", True)]


def test_who_has_no_rounds_sees_none_on_a_courier_s_phone(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    phone.clear_cookies()
    other = phone.new_page()
    team_site.log_in(other)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.reload()

    expect(page.locator("main")).to_contain_text("Người đang đăng nhập trên máy này không có tuyến phát")
    assert "Người Thử" not in page.content()
    assert (barriers(page), overflows(page)) == ([], False)


def test_logging_out_warns_of_what_waits_keeps_it_sealed_and_takes_the_round_away(
    team_site: Site, phone: BrowserContext
) -> None:
    page = open_round(team_site, phone)
    page.route("**/viec.json", lambda route: route.abort())
    in_vain(page, 1)
    status(page, WAITS)
    warned: list[str] = []

    def answer(dialog: Any) -> None:
        warned.append(dialog.message)
        if len(warned) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("**/dang-nhap**")

    assert len(warned) == 2
    assert "1 việc" in warned[0]
    page.goto(team_site.url + APP)
    ready(page)
    expect(page.locator("main")).to_contain_text("Máy này chưa giữ tuyến nào")
    expect(page.locator("main")).to_contain_text("việc chưa gửi của người khác: 1 việc")
    assert (barriers(page), overflows(page)) == ([], False)
    page.unroute("**/viec.json")
    page.close()
    status(open_round(team_site, phone), ALL_NOTED)
    assert told(team_site) == [("failed", True)]


def test_logging_out_on_the_page_with_network_takes_the_round_away_too(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    page.goto(f"{team_site.url}/rounds")
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url(f"{team_site.url}/")

    page.goto(team_site.url + APP)
    ready(page)
    expect(page.locator("main")).to_contain_text("Máy này chưa giữ tuyến nào")


def test_a_round_is_nobody_s_business_a_day_later_and_what_waits_still_is(
    team_site: Site, phone: BrowserContext
) -> None:
    page = open_round(team_site, phone)
    phone.set_offline(True)
    in_vain(page, 1)
    page.close()
    phone.add_init_script("const real = Date.now; Date.now = () => real() + 24.1 * 3600 * 1000;")

    page = phone.new_page()
    page.goto(team_site.url + APP)
    ready(page)

    expect(page.locator("main")).to_contain_text("Máy này chưa giữ tuyến nào")
    status(page, "1 việc")


def test_what_the_phone_s_cache_holds_is_nobody_s_data_and_nothing_comes_from_elsewhere(
    team_site: Site, phone: BrowserContext
) -> None:
    foreign: list[str] = []
    phone.on("request", lambda asked: foreign.append(asked.url) if not asked.url.startswith(team_site.url) else None)
    page = open_round(team_site, phone)
    in_vain(page, 1)
    status(page, ALL_NOTED)

    held = page.evaluate(
        """async () => {
          const texts = [];
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const each of await cache.keys()) texts.push(each.url + await (await cache.match(each)).text());
          }
          return texts.join(" ");
        }"""
    )
    assert "Người Thử" not in held
    assert "hom-nay.json" not in held.split("http")[0]
    assert foreign == []
