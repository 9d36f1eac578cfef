"""The courier's app on a phone whose network comes and goes: a day of doors, from the morning to the last word."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Route, expect

from delivery.models import Courier, Procedure, Result, Role
from delivery.moments import local, now
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.browser.conftest import PASSWORD, Site, _served
from tests.browser.round_app import (
    ALL_NOTED,
    APP,
    LOG_IN_AGAIN,
    WAITS,
    acts,
    deliver,
    door,
    in_vain,
    kept_plainly,
    open_round,
    phone,
    ready,
    status,
    told,
)
from tests.browser.test_handover import draw
from tests.browser.test_in_chromium import barriers, overflows
from tests.browser.test_own_team import small_targets
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from web.people import add_staff

__all__ = ["phone"]
pytestmark = pytest.mark.browser


def test_whoever_takes_it_signs_on_the_phone_where_the_procedure_asks_for_it(
    team_site: Site, phone: BrowserContext
) -> None:
    with team_site.day.service.database.write() as session:
        session.execute(sa.update(Procedure).values(signed_at_door=True))
    page = open_round(team_site, phone)
    phone.set_offline(True)
    door(page, 1)
    assert (barriers(page), overflows(page), small_targets(page)) == ([], False, [])
    page.get_by_label("Căn cước").check()
    page.get_by_role("button", name="Đã phát cho đúng người nhận").click()
    expect(page.get_by_role("alert").first).to_contain_text("Mời người nhận ký vào ô")

    draw(page, page.get_by_role("img", name="Chữ ký của người nhận"))
    page.get_by_role("button", name="Đã phát cho đúng người nhận").click()
    expect(page.locator("#noi")).to_contain_text("Đã ghi điểm 1")
    door(page, 2)
    page.get_by_label("Căn cước").check()
    # Whoever cannot draw signs on paper; a keyboard is enough for that.
    page.get_by_label("Ký vào phiếu gửi").press("Space")
    page.get_by_role("button", name="Đã phát cho đúng người nhận").press("Enter")
    expect(page.locator("#noi")).to_contain_text("Đã ghi điểm 2")
    assert "signature" not in kept_plainly(page)
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")

    status(page, ALL_NOTED)
    signed, on_paper = acts(team_site)
    assert signed.strokes is not None
    assert len(signed.strokes[0]) > 2
    assert on_paper.strokes is None


def test_a_day_without_network_arrives_whole_and_once_when_it_is_back(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    phone.set_offline(True)
    page.reload()
    ready(page)
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Tiếp theo: điểm 1")

    deliver(page, 1)
    in_vain(page, 2)
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Tiếp theo: điểm 3")
    in_vain(page, 3, "Từ chối nhận")
    page.get_by_role("link", name="Đổi lại").click()
    page.get_by_role("button", name="Rút lại").click()
    expect(page.locator("s")).to_contain_text("từ chối nhận")
    deliver(page, 3, "người lớn cùng hộ")
    status(page, f"{WAITS}, đang giữ trong máy này: 5 việc")
    page.close()
    assert acts(team_site) == []

    page = phone.new_page()
    page.goto(team_site.url + APP)
    ready(page)
    status(page, "5 việc")
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")

    status(page, ALL_NOTED)
    assert told(team_site) == [("delivered", True), ("failed", True), ("failed", False), ("delivered", True)]
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Tiếp theo: điểm 4")


def test_with_network_an_act_is_at_the_ward_at_once(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    status(page, ALL_NOTED)

    deliver(page, 1)
    status(page, ALL_NOTED)
    door(page, 1)
    page.get_by_role("button", name="Rút lại").click()
    expect(page.locator("#noi")).to_contain_text("Đã rút lại")
    status(page, ALL_NOTED)

    expect(page.locator("main s")).to_contain_text("Đã phát")
    assert told(team_site) == [("delivered", False)]


def test_every_state_of_the_app_is_without_barriers_at_the_narrowest_phone(
    team_site: Site, phone: BrowserContext
) -> None:
    page = open_round(team_site, phone)

    def look(state: str) -> None:
        assert (state, barriers(page), overflows(page), small_targets(page)) == (state, [], False, [])

    look("the list")
    door(page, 1)
    look("a door")
    phone.set_offline(True)
    in_vain(page, 1)
    look("one waits")
    door(page, 1)
    look("a door with an act")
    page.get_by_role("button", name="Rút lại").click()
    look("taken back")
    phone.clear_cookies()
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    status(page, LOG_IN_AGAIN)
    look("log in again")
    page.set_viewport_size({"width": 1366, "height": 768})
    assert overflows(page) is False


def test_the_scan_gun_and_the_keyboard_alone_do_a_door(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    phone.set_offline(True)
    code = team_site.day.item_codes()[0]
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(code)

    page.focus("input[value=identity_card]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#noi")).to_contain_text("Đã ghi điểm")
    page.fill("#ma", "EE473124829VN")
    page.press("#ma", "Enter")
    expect(page.locator("#noi")).to_contain_text("EE473124829VN không thuộc tuyến này")


def test_a_stop_that_is_added_or_recalled_meanwhile_is_there_after_the_next_word(
    team_site: Site, phone: BrowserContext
) -> None:
    page = open_round(team_site, phone)
    with team_site.day.service.database.write() as session:
        for result in session.scalars(sa.select(Result)):
            result.recipient_name = "Người Thử Đổi Tên"
    in_vain(page, 1)

    status(page, ALL_NOTED)
    expect(page.locator(".door-next")).to_contain_text("Người Thử Đổi Tên")


# The ward does not answer what is sent while this is so; everything else is reached. It stands before fetch on each
# page that is opened, and not in Playwright's router, which a service worker that takes the page over may pass by.
SILENT = """
  const carry = window.fetch;
  window.fetch = (address, how) => String(address).endsWith("viec.json") && localStorage.getItem("silent")
    ? Promise.reject(new TypeError("Failed to fetch")) : carry(address, how);
"""


def test_a_new_version_takes_over_and_what_waits_is_still_there(team_site: Site, phone: BrowserContext) -> None:
    phone.add_init_script(SILENT)
    # As an older server had it: the same worker under another version.
    phone.route("**/sw.js", lambda route: route.fulfill(response=route.fetch(), body=of_an_older_version(route)))
    page = open_round(team_site, phone)
    assert "tannha-mang-theo-older" in page.evaluate("caches.keys()")
    phone.unroute("**/sw.js")
    page.evaluate("localStorage.setItem('silent', 'yes')")
    in_vain(page, 1)

    page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update())")

    page.wait_for_function("caches.keys().then((names) => names.length === 1 && !names[0].endsWith('older'))")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    ready(page)
    status(page, "1 việc")
    phone.set_offline(True)
    page.reload()
    ready(page)
    status(page, "1 việc")
    page.evaluate("localStorage.removeItem('silent')")
    phone.set_offline(False)
    status(page, ALL_NOTED)
    assert told(team_site) == [("failed", True)]


def of_an_older_version(route: Route) -> str:
    return re.sub(r'"version":\s*"\w+"', '"version":"older"', route.fetch().text())


def test_a_page_that_needs_network_leads_to_the_app_where_there_is_none(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    phone.set_offline(True)

    page.goto(f"{team_site.url}/rounds")

    expect(page.get_by_role("heading", level=2).first).to_contain_text("Tiếp theo: điểm 1")
    assert page.url.endswith(APP)


def test_the_app_speaks_the_language_in_which_the_round_was_read(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    page.goto(f"{team_site.url}/rounds")
    page.get_by_role("button", name="English").click()
    page.goto(team_site.url + APP)

    status(page, "All noted at the ward")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    phone.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Next: stop 1")
    assert barriers(page) == []


# Walks from door to door as fast as the app lets it: delivered, in vain, delivered, ...
A_DAY_OF_DOORS = """async (count) => {
  const seen = (what) => new Promise((ok) => {
    const look = () => (what() ? ok() : requestAnimationFrame(look));
    look();
  });
  for (let number = 1; number <= count; number += 1) {
    const door = await (async () => { await seen(() => document.getElementById("ma"));
      return document.querySelector(`ol li[value="${number}"] a`).hash; })();
    location.hash = door;
    await seen(() => document.querySelector(".door-form"));
    if (number % 2) {
      document.querySelector("input[type=radio]").click();
      document.querySelector(".button.main").click();
    } else {
      document.querySelector(".button.danger").click();
    }
    await seen(() => location.hash.length < 2 && document.getElementById("ma"));
  }
}"""
DOORS = 120


@contextmanager
def a_large_round(folder: Path, count: int) -> Iterator[Site]:
    """The pages on a day of which one courier has so many envelopes in the bag."""
    service = Service.from_settings(Settings(home=folder / "home", carrier="own-team", _env_file=None))  # type: ignore[call-arg]
    set_up(service)
    with service.database.write() as session:
        add_staff(session, "bd1", "Bưu tá", Role.COURIER, None, PASSWORD, courier_code="BD1")
        session.execute(sa.update(Courier).where(Courier.code != "BD1").values(active=False))
        session.execute(sa.update(Courier).values(shift_start=0, shift_end=86_399, capacity=count))
    day = Day(service, Intake(service.database, folder), local(now()).date(), now(), now()).prepare(count)
    day.submit()
    day.hand_over()
    try:
        with _served(folder / "home") as url:
            yield Site(url, day)
    finally:
        service.close()


def test_120_doors_without_network_arrive_each_exactly_once(phone: BrowserContext, tmp_path: Path) -> None:
    with a_large_round(tmp_path, DOORS) as site:
        page = open_round(site, phone, "bd1")
        expect(page.locator("ol li")).to_have_count(DOORS)
        phone.set_offline(True)
        page.evaluate(A_DAY_OF_DOORS, DOORS)
        status(page, f"{DOORS} việc")
        phone.set_offline(False)

        expect(page.locator("#tinh-trang")).to_contain_text(ALL_NOTED, timeout=60_000)
        assert sorted(told(site)) == [("delivered", True)] * 60 + [("failed", True)] * 60
        assert len({act.consignment_id for act in acts(site)}) == DOORS
