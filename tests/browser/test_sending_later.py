"""What a courier's phone has kept comes to the ward whole and once, whatever happens on the line or at its end."""

import json

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Route, expect

from delivery.models import Case, CaseKind
from delivery.moments import now
from tests.browser.conftest import Site
from tests.browser.round_app import (
    ALL_NOTED,
    APP,
    WAITS,
    a_phone,
    acts,
    cases,
    deliver,
    in_vain,
    open_round,
    phone,
    ready,
    status,
    told,
)
from tests.browser.test_in_chromium import barriers, overflows
from tests.browser.test_own_team import small_targets

__all__ = ["phone"]
pytestmark = pytest.mark.browser


# A network that carries each letter to the ward and loses the first answer. `forever` waits for it to no end, as a
# phone that is switched off meanwhile. It stands before fetch and not in Playwright's router, which a service worker
# that takes the page over may pass by.
LOSING = """(forever) => {
  const carry = window.fetch;
  const { dataset } = document.documentElement;
  [dataset.letters, dataset.lost] = [0, 0];
  window.fetch = async (address, how) => {
    const answer = await carry(address, how);
    if (!String(address).endsWith("viec.json")) return answer;
    dataset.letters = Number(dataset.letters) + 1;
    if (dataset.lost === "1") return answer;
    dataset.lost = 1;
    if (forever) return new Promise(() => {});
    throw new TypeError("Failed to fetch");
  };
}"""


def test_an_answer_that_is_lost_is_asked_for_again_and_counts_once(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)
    page.evaluate(LOSING, False)
    in_vain(page, 1)
    expect(page.locator("html")).to_have_attribute("data-lost", "1")
    status(page, WAITS)
    assert told(team_site) == [("failed", True)]
    page.evaluate("dispatchEvent(new Event('online'))")

    status(page, ALL_NOTED)
    assert told(team_site) == [("failed", True)]
    expect(page.locator("html")).to_have_attribute("data-letters", "2")


def test_an_app_that_is_killed_while_it_sends_sends_again_when_it_is_opened(
    team_site: Site, phone: BrowserContext
) -> None:
    page = open_round(team_site, phone)
    page.evaluate(LOSING, True)
    deliver(page, 2)
    expect(page.locator("html")).to_have_attribute("data-lost", "1")
    assert told(team_site) == [("delivered", True)]
    page.close(run_before_unload=False)

    page = phone.new_page()
    with page.expect_request("**/viec.json"):
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
    answered: list[str] = []
    phone.on("requestfinished", lambda asked: answered.append(asked.url) if asked.url.endswith("viec.json") else None)
    phone.set_offline(True)
    in_vain(first, 1)
    status(second, WAITS)
    phone.set_offline(False)
    for page in (first, second):
        page.evaluate("dispatchEvent(new Event('online'))")

    for page in (first, second):
        status(page, ALL_NOTED)
    # Whoever still waits for their turn to send has had it when this one comes.
    first.evaluate("navigator.locks.request('tannha-rounds-sync', () => null)")
    assert told(team_site) == [("failed", True)]
    assert len(answered) == 1


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
