"""The own team's pages in one hand on a cheap phone, without scripts, by keyboard, and at the counter by scan gun."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Route, expect

from delivery.dispatch.rounds import Round, rounds_of_day
from delivery.models import Consignment, DoorAct, Office
from delivery.rules.lifecycle import State
from tests.browser.conftest import Site
from tests.browser.test_in_chromium import barriers, overflows

pytestmark = pytest.mark.browser
NARROWEST, THUMB = 360, 44


def round_of(site: Site) -> Round:
    """The one round of today."""
    with site.day.service.database.read() as session:
        offices = list(session.scalars(sa.select(Office.id)))
        (found,) = rounds_of_day(session, site.day.day, offices)
        return found


def log_in_as_courier(site: Site, page: Page) -> str:
    """Log in as the one whose round it is; the address of the round."""
    found = round_of(site)
    site.log_in(page, found.route.code.lower(), "**/rounds/*")
    return f"{site.url}/rounds/{found.batch.code}"


def acts(site: Site) -> list[tuple[str, str]]:
    with site.day.service.database.read() as session:
        said = session.scalars(sa.select(DoorAct).order_by(DoorAct.id))
        return [(act.outcome.value, act.channel.value) for act in said]


def small_targets(page: Page) -> list[str]:
    """What a thumb would miss: links and buttons of the page's own part that are lower than a thumb is wide."""
    found: list[str] = page.evaluate(
        """least => [...document.querySelectorAll("main a, main button, main label:has(input)")]
           .filter((one) => one.getClientRects().length && one.getBoundingClientRect().height < least - 0.5)
           .map((one) => one.outerHTML.slice(0, 100))""",
        THUMB,
    )
    return found


def test_no_page_of_the_round_has_a_barrier_or_a_target_too_small_for_a_thumb(team_site: Site, page: Page) -> None:
    if page.viewport_size and page.viewport_size["width"] < 400:
        page.set_viewport_size({"width": NARROWEST, "height": 640})
    address = log_in_as_courier(team_site, page)
    for each in (address, f"{address}/1"):
        page.goto(each)
        assert (each, barriers(page), overflows(page), small_targets(page)) == (each, [], False, [])
    page.get_by_role("button", name="Không có ai ở nhà").click()
    for each in (address, f"{address}/1"):
        page.goto(each)
        assert (each, barriers(page), overflows(page), small_targets(page)) == (each, [], False, [])


def test_a_door_is_done_with_the_keyboard_alone(team_site: Site, page: Page) -> None:
    log_in_as_courier(team_site, page)
    page.focus("#ma")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Điểm 2")
    page.focus("input[value=identity_card]")
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[value=vneid]")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="người lớn cùng hộ")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator(".notice.good").first).to_contain_text("Đã ghi điểm 2")
    assert acts(team_site) == [("delivered", "phone")]


def test_two_quick_taps_are_one_act_and_it_can_be_taken_back(team_site: Site, page: Page) -> None:
    address = log_in_as_courier(team_site, page)
    page.goto(f"{address}/1")
    page.get_by_role("button", name="Từ chối nhận").dblclick()
    expect(page.locator(".notice.good").first).to_contain_text("Đã ghi điểm 1")
    assert acts(team_site) == [("failed", "phone")]

    page.get_by_role("link", name="Đổi lại").click()
    page.get_by_role("button", name="Rút lại").click()

    expect(page.locator(".notice.good").first).to_contain_text("Đã rút lại")
    expect(page.locator("s")).to_contain_text("từ chối nhận")


def test_a_door_is_done_where_scripts_do_not_run(team_site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": NARROWEST, "height": 640})
    page = context.new_page()
    log_in_as_courier(team_site, page)
    page.get_by_role("link", name="Tôi đã đến nơi").click()
    page.get_by_label("Căn cước").check()
    page.get_by_role("button", name="Đã phát cho đúng người nhận").click()

    expect(page.get_by_role("heading", level=2).first).to_contain_text("Tiếp theo: điểm 2")
    assert acts(team_site) == [("delivered", "phone")]
    context.close()


def test_a_scan_that_is_nothing_of_ours_is_replaced_by_the_next(team_site: Site, page: Page) -> None:
    code = team_site.day.item_codes()[0]
    team_site.log_in(page)
    page.goto(f"{team_site.url}/ket-qua-phat")
    for typed, key in (("EE473124829VN", "4"), (code, "4")):
        expect(page.locator("#ma")).to_be_focused()
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        page.keyboard.type(key)
        page.keyboard.press("Enter")
        expect(page.locator(".notice")).to_contain_text(typed)

    assert acts(team_site) == [("failed", "counter")]


def test_what_the_gun_types_while_the_page_is_loading_is_the_beginning_of_the_scan(team_site: Site, page: Page) -> None:
    code = team_site.day.item_codes()[0]
    team_site.log_in(page)
    held: list[Route] = []
    page.route("**/js/counter.js*", lambda route: held.append(route))  # noqa: PLW0108  Playwright marks what it calls
    page.goto(f"{team_site.url}/ket-qua-phat", wait_until="commit")
    expect(page.locator("#ma")).to_be_focused()
    page.keyboard.type(code[:6])
    held[0].continue_()
    page.wait_for_load_state()
    page.keyboard.type(code[6:])
    page.keyboard.press("Enter")

    expect(page.locator("#ma")).to_have_value(code)
    expect(page.locator("#kq")).to_be_focused()


def test_a_whole_line_typed_before_any_script_has_come_counts(team_site: Site, page: Page) -> None:
    code = team_site.day.item_codes()[0]
    team_site.log_in(page)
    page.route("**/js/counter.js*", lambda _never_answered: None)
    page.goto(f"{team_site.url}/ket-qua-phat", wait_until="commit")
    expect(page.locator("#ma")).to_be_focused()
    page.keyboard.type(code)
    # The server answers the gun's Enter with the code in place and the cursor where the digit goes.
    page.keyboard.press("Enter")
    expect(page.locator("#kq")).to_be_focused()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(page.locator(".notice.good")).to_contain_text(code)

    assert acts(team_site) == [("failed", "counter")]


def test_the_evening_at_the_counter_goes_by_scan_gun_and_one_key_a_line(team_site: Site, page: Page) -> None:
    codes = team_site.day.item_codes()
    team_site.log_in(page)
    page.goto(f"{team_site.url}/ket-qua-phat")
    for code, key in zip(codes, "1400", strict=True):
        expect(page.locator("#ma")).to_be_focused()
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        expect(page.locator("#kq")).to_be_focused()
        page.keyboard.type(key)
        page.keyboard.press("Enter")
        expect(page.locator(".notice.good")).to_contain_text(code)

    assert acts(team_site) == [(outcome, "counter") for outcome in ("delivered", "failed", "back", "back")]
    assert (barriers(page), overflows(page)) == ([], False)
    with team_site.day.service.database.read() as session:
        first = session.scalars(sa.select(Consignment).where(Consignment.item_code == codes[0])).one()
        states = {sent.journey for sent in session.scalars(sa.select(Consignment))}
    assert states == {State.DELIVERED, State.ATTEMPT_FAILED, State.RETURNED}
    for address in (f"/phong-bi/{first.item_id}", f"/dieu-phoi?ngay={team_site.day.day.isoformat()}"):
        page.goto(team_site.url + address)
        assert (address, barriers(page), overflows(page)) == (address, [], False)
