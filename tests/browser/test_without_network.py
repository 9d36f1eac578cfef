"""The courier's app on a phone whose network comes and goes: what is said is kept, arrives once, and stays private."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from delivery.models import Case, CaseKind, Courier, DoorAct, Role
from delivery.moments import local, now
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.browser.conftest import PASSWORD, Site, _served
from tests.browser.test_in_chromium import barriers, overflows
from tests.browser.test_own_team import NARROWEST, round_of, small_targets
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from web.people import add_staff

pytestmark = pytest.mark.browser
APP = "/rounds/mang-theo"
ALL_NOTED, WAITS, LOG_IN_AGAIN = "Phường đã ghi đủ", "Chờ có mạng", "Hãy đăng nhập lại"


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    """A phone that nobody has used yet; a mistake in the app's own scripts fails the test."""
    with a_phone(chromium) as context:
        yield context


@contextmanager
def a_phone(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": NARROWEST, "height": 740}, locale="vi-VN")
    troubles: list[str] = []
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
    yield context
    context.close()
    assert not troubles


def open_round(site: Site, phone: BrowserContext, username: str = "") -> Page:
    """Log in and take the round along; from here on the phone needs no network."""
    page = phone.new_page()
    site.log_in(page, username or round_of(site).route.code.lower(), "**/rounds**")
    page.goto(site.url + APP)
    ready(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    return page


def ready(page: Page) -> None:
    page.wait_for_selector("html[data-ready]")


def log_in_again(page: Page, username: str) -> None:
    """By the link that the app shows."""
    page.locator("#tinh-trang a").click()
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"**{APP}")
    ready(page)


def status(page: Page, words: str) -> None:
    expect(page.locator("#tinh-trang")).to_contain_text(words)


def door(page: Page, number: int) -> None:
    """Go to the door of a stop by its number, as the sheet names it."""
    page.goto(page.url.split("#")[0] + "#")
    page.fill("#ma", str(number))
    page.press("#ma", "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Điểm {number}")


def deliver(page: Page, number: int, whom: str = "đúng người nhận") -> None:
    door(page, number)
    page.get_by_label("Căn cước").check()
    page.get_by_role("button", name=f"Đã phát cho {whom}").click()
    expect(page.locator("#noi")).to_contain_text(f"Đã ghi điểm {number}")


def in_vain(page: Page, number: int, why: str = "Không có ai ở nhà") -> None:
    door(page, number)
    page.get_by_role("button", name=why).click()
    expect(page.locator("#noi")).to_contain_text(f"Đã ghi điểm {number}")


def acts(site: Site) -> list[DoorAct]:
    with site.day.service.database.read() as session:
        return list(session.scalars(sa.select(DoorAct).order_by(DoorAct.id)))


def told(site: Site) -> list[tuple[str, bool]]:
    return [(act.outcome.value, act.stands) for act in acts(site)]


def cases(site: Site) -> list[Case]:
    with site.day.service.database.read() as session:
        return list(session.scalars(sa.select(Case).where(Case.kind == CaseKind.FROM_PHONE)))


def kept_plainly(page: Page) -> str:
    """Everything that lies in the phone's database as somebody would read it who has the phone."""
    rows: str = page.evaluate(
        """async () => {
          const done = (asked) => new Promise((ok) => { asked.onsuccess = () => ok(asked.result); });
          const db = await done(indexedDB.open("tannha-rounds"));
          const all = [];
          for (const name of db.objectStoreNames) {
            all.push([name, await done(db.transaction(name).objectStore(name).getAll())]);
          }
          db.close();
          const text = (value) => value instanceof ArrayBuffer ? new TextDecoder().decode(value) : value;
          return JSON.stringify(all, (_key, value) => text(value));
        }"""
    )
    return rows


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


def test_an_answer_that_is_lost_is_asked_for_again_and_counts_once(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    letters: list[Request] = []

    def lose(route: Route) -> None:
        letters.append(route.request)
        if len(letters) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/viec.json", lose)
    with page.expect_event("requestfailed"):
        in_vain(page, 1)
    status(page, WAITS)
    assert told(team_site) == [("failed", True)]
    page.evaluate("dispatchEvent(new Event('online'))")

    status(page, ALL_NOTED)
    assert told(team_site) == [("failed", True)]
    assert len(letters) == 2


def test_an_app_that_is_killed_while_it_sends_sends_again_when_it_is_opened(
    team_site: Site, phone: BrowserContext
) -> None:
    page = open_round(team_site, phone)

    def die(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/viec.json", die)
    with page.expect_event("requestfailed"):
        deliver(page, 2)
    status(page, WAITS)
    page.close(run_before_unload=False)

    page = phone.new_page()
    page.goto(team_site.url + APP)
    status(page, ALL_NOTED)
    assert told(team_site) == [("delivered", True)]


def test_a_clock_that_is_wrong_by_hours_dates_nothing_wrongly(team_site: Site, phone: BrowserContext) -> None:
    phone.add_init_script("const real = Date.now; Date.now = () => real() + 9 * 3600 * 1000;")
    page = open_round(team_site, phone)
    phone.set_offline(True)
    begun = now()
    in_vain(page, 1)
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    status(page, ALL_NOTED)

    (act,) = acts(team_site)
    assert begun <= act.occurred_at <= act.received_at <= now()


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


def test_what_the_ward_cannot_note_becomes_a_case_and_a_note_to_the_courier(
    team_site: Site, phone: BrowserContext
) -> None:
    page = open_round(team_site, phone)
    phone.set_offline(True)
    deliver(page, 1, "người lớn cùng hộ")
    with team_site.day.service.database.write() as session:
        session.execute(sa.text("UPDATE procedure SET handed_to = 'in_person'"))
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.locator("main .notice").first).to_contain_text("Điểm 1: bộ phận một cửa sẽ xử lý")
    expect(page.locator(".door-next h2")).to_contain_text("điểm 2")
    status(page, ALL_NOTED)
    assert (barriers(page), overflows(page)) == ([], False)
    page.reload()
    page.get_by_role("button", name="Tôi đã đọc").click()
    expect(page.get_by_text("bộ phận một cửa sẽ xử lý")).to_have_count(0)
    assert (told(team_site), len(cases(team_site))) == ([], 1)


def test_what_is_refused_stays_on_the_phone_until_the_courier_has_told_the_counter(
    team_site: Site, phone: BrowserContext
) -> None:
    page = open_round(team_site, phone)
    phone.set_offline(True)
    in_vain(page, 1)
    with team_site.day.service.database.write() as session:
        session.execute(sa.text("UPDATE route SET courier_id = (SELECT id FROM courier WHERE code = 'VH1')"))
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.locator("main .notice.bad").first).to_contain_text("Điểm 1, CH")
    expect(page.locator("main .notice.bad").first).to_contain_text("không có ai ở nhà")
    expect(page.locator("#noi")).to_be_empty()
    assert (barriers(page), overflows(page), small_targets(page)) == ([], False, [])
    page.reload()
    page.get_by_role("button", name="Tôi đã báo").click()
    expect(page.locator("main")).to_contain_text("Hôm nay bạn không có tuyến")
    expect(page.get_by_text("không có ai ở nhà")).to_have_count(0)
    assert (told(team_site), cases(team_site)) == ([], [])


def test_two_phones_with_one_round_lose_nothing_and_somebody_is_asked(
    team_site: Site, phone: BrowserContext, chromium: Browser
) -> None:
    with a_phone(chromium) as other:
        pages = [open_round(team_site, each) for each in (phone, other)]
        for each in (phone, other):
            each.set_offline(True)
        deliver(pages[0], 1)
        deliver(pages[1], 1, "người lớn cùng hộ")
        for each, page in zip((phone, other), pages, strict=True):
            each.set_offline(False)
            page.evaluate("dispatchEvent(new Event('online'))")
            status(page, ALL_NOTED)

    assert told(team_site) == [("delivered", True), ("delivered", True)]
    with team_site.day.service.database.read() as session:
        assert session.scalars(sa.select(Case.kind)).all() == [CaseKind.TWO_RECEIVERS]


def test_two_tabs_show_the_same_and_send_once(team_site: Site, phone: BrowserContext) -> None:
    first = open_round(team_site, phone)
    second = phone.new_page()
    second.goto(team_site.url + APP)
    ready(second)
    letters: list[str] = []
    phone.on("request", lambda asked: letters.append(asked.url) if asked.url.endswith("viec.json") else None)
    phone.set_offline(True)
    in_vain(first, 1)
    status(second, WAITS)
    letters.clear()
    phone.set_offline(False)
    for page in (first, second):
        page.evaluate("dispatchEvent(new Event('online'))")

    for page in (first, second):
        status(page, ALL_NOTED)
    assert told(team_site) == [("failed", True)]
    assert len(letters) == 1


@pytest.mark.parametrize(("code", "headers"), [(503, {"Retry-After": "1"}), (429, {"Retry-After": "1"}), (500, {})])
def test_a_server_that_is_busy_or_broken_is_asked_again(
    team_site: Site, phone: BrowserContext, code: int, headers: dict[str, str]
) -> None:
    page = open_round(team_site, phone)
    refusals = 2

    def refuse(route: Route) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            route.fulfill(status=code, headers=headers, body="busy")
        else:
            route.continue_()

    page.route("**/viec.json", refuse)
    in_vain(page, 1)

    expect(page.locator("#tinh-trang")).to_contain_text(ALL_NOTED, timeout=30_000)
    assert told(team_site) == [("failed", True)]


def test_pauses_grow_differ_from_phone_to_phone_and_end_and_a_server_that_names_a_time_is_obeyed(
    team_site: Site, phone: BrowserContext
) -> None:
    page = phone.new_page()
    page.goto(team_site.url + APP)

    def pause(*asked: float) -> float:
        answer: float = page.evaluate(
            "async (asked) => (await import('/rounds/mang-theo/any/answers.js')).pause(...asked)", list(asked)
        )
        return answer

    assert [pause(tries, 0.5) for tries in range(4)] == [2, 4, 8, 16]
    assert pause(3, 0.0) < pause(3, 0.9)
    assert pause(50, 0.5) == 300
    assert pause(0, 0.5, 120) == 120
    assert pause(0, 0.5, 10**9) == 3600


def test_a_letter_that_is_too_large_is_sent_in_parts(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    phone.set_offline(True)
    for number in (1, 2, 3):
        in_vain(page, number)
    sizes: list[int] = []

    def narrow(route: Route) -> None:
        sizes.append(len(json.loads(route.request.post_data or "")["acts"]))
        if sizes[-1] > 1:
            route.fulfill(status=413, body="")
        else:
            route.continue_()

    page.route("**/viec.json", narrow)
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")

    status(page, ALL_NOTED)
    assert sizes == [3, 2, 1, 1, 1]
    assert len(acts(team_site)) == 3


def test_one_act_at_which_the_server_breaks_holds_up_no_other(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    phone.set_offline(True)
    for number in (1, 2, 3):
        in_vain(page, number)
    poison = page.locator("ol li[value='2'] a").get_attribute("href") or ""

    def break_down(route: Route) -> None:
        if poison[1:] in (route.request.post_data or ""):
            route.fulfill(status=500, body="")
        else:
            route.continue_()

    page.route("**/viec.json", break_down)
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")

    status(page, "1 việc")
    assert len(acts(team_site)) == 2


def test_a_stop_that_is_added_or_recalled_meanwhile_is_there_after_the_next_word(
    team_site: Site, phone: BrowserContext
) -> None:
    page = open_round(team_site, phone)
    with team_site.day.service.database.write() as session:
        session.execute(sa.text("UPDATE result SET recipient_name = 'Người Thử Đổi Tên'"))
    in_vain(page, 1)

    status(page, ALL_NOTED)
    expect(page.locator(".door-next")).to_contain_text("Người Thử Đổi Tên")


def test_a_new_version_takes_over_and_what_waits_is_still_there(team_site: Site, phone: BrowserContext) -> None:
    # As an older server had it: the same worker under another version.
    phone.route("**/sw.js", lambda route: route.fulfill(response=route.fetch(), body=of_an_older_version(route)))
    page = open_round(team_site, phone)
    assert page.evaluate("caches.keys()") == ["tannha-mang-theo-older"]
    phone.unroute("**/sw.js")
    page.route("**/viec.json", lambda route: route.abort())
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
    page.unroute("**/viec.json")
    phone.set_offline(False)
    status(page, ALL_NOTED)
    assert told(team_site) == [("failed", True)]


def of_an_older_version(route: Route) -> str:
    return re.sub(r'"version":\s*"\w+"', '"version":"older"', route.fetch().text())


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
