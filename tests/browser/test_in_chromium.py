"""The pages as people meet them: at phone and desktop width, by keyboard, with axe-core looking over their shoulder."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from delivery.models import Item, RequestKind, Result
from delivery.moments import now
from delivery.privacy.asking import Asked, open_of, receive
from delivery.privacy.breaches import Seen, write_down
from delivery.rules.codes import show_tracking_code
from tests.browser.conftest import DOUBTFUL, PASSWORD, Site

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def barriers(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA."""
    # Evaluated from outside the page: its own policy forbids foreign scripts, and shall.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("levels => axe.run({runOnly: {type: 'tag', values: levels}})", LEVELS)
    return [f"{wrong['id']}: {node['html'][:120]}" for wrong in found["violations"] for node in wrong["nodes"]]


def overflows(page: Page) -> bool:
    """Whether people would have to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


def test_no_page_has_a_barrier_or_scrolls_sideways(site: Site, page: Page) -> None:
    with site.day.service.database.read() as session:
        item = session.scalars(sa.select(Item)).first()
        doubtful = next(one for one in session.scalars(sa.select(Result)) if one.address == DOUBTFUL)
    assert item is not None
    with site.day.service.database.write() as session:
        wanted = Asked(RequestKind.CORRECT, "Sai tên đệm", "vneid", "giamsat")
        known = open_of(session, doubtful)
        asked = known[0] if known else receive(session, session.get_one(Result, doubtful.id), wanted, now())
        write_down(session, Seen(now(), "Mất một điện thoại của bưu tá", "họ tên"), "giamsat", now())
    public = [
        "/",
        "/tra-cuu",
        f"/tra-cuu?ma={item.tracking_code}",
        "/tra-cuu?ma=ABC",
        "/cong-khai",
        "/du-lieu-ca-nhan",
        "/api/v1/docs",
        "/ho-so-cua-toi",
        "/phong-bi-cua-toi",
        "/dang-nhap",
        "/khong-co",
    ]
    staff = ["/dieu-phoi?ngay=2026-11-25", f"/phong-bi/{item.id}", f"/dia-chi/{doubtful.id}"]
    staff += [
        "/ket-qua",
        "/ket-qua?ngan=tat-ca",
        "/ket-qua?ngan=tat-ca&thu_tuc=1.001193&tu=2026-11-01",
        f"/ket-qua/{doubtful.id}",
        "/vu-viec",
        "/ket-so?ngay=2026-11-25",
        "/so-lieu",
        "/mat-khau",
        "/yeu-cau-du-lieu",
        "/yeu-cau-du-lieu/ghi",
        f"/yeu-cau-du-lieu/{asked.id}",
        "/lo-du-lieu",
    ]
    for address in public:
        page.goto(site.url + address)
        assert (address, barriers(page), overflows(page)) == (address, [], False)
    site.log_in(page)
    for address in staff:
        page.goto(site.url + address)
        assert (address, barriers(page), overflows(page)) == (address, [], False)


def test_a_citizen_finds_the_envelope_with_the_keyboard_alone(site: Site, page: Page) -> None:
    with site.day.service.database.read() as session:
        code = session.scalars(sa.select(Item.tracking_code)).first() or ""
    page.goto(site.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.focus("#ma")
    page.keyboard.type(show_tracking_code(code).lower())
    page.keyboard.press("Enter")

    expect(page.locator("h2").first).to_have_text("Đang chuẩn bị tại phường")


def test_the_map_shows_every_stop_without_any_tile_and_leads_to_its_line(site: Site, page: Page) -> None:
    foreign: list[str] = []
    page.on("request", lambda asked: foreign.append(asked.url) if not asked.url.startswith(site.url) else None)
    site.log_in(page)
    page.goto(f"{site.url}/dieu-phoi?ngay=2026-11-25")

    dots = page.locator("#ban-do .dot")
    expect(dots).to_have_count(page.locator(".stops li").count())
    assert dots.count() == 6
    page.locator("#ban-do .leaflet-marker-icon", has=page.locator(".dot")).last.dispatch_event("click")
    assert page.evaluate("document.activeElement.closest('li')?.id.startsWith('stop-')")
    assert foreign == []


def open_question(site: Site, page: Page) -> None:
    with site.day.service.database.read() as session:
        doubtful = next(one for one in session.scalars(sa.select(Result)) if one.address == DOUBTFUL)
    site.log_in(page)
    page.goto(f"{site.url}/dia-chi/{doubtful.id}")


def test_a_pin_on_the_map_settles_an_address_and_can_be_taken_back(site: Site, page: Page) -> None:
    open_question(site, page)
    before = page.input_value("#vi_do")
    box = page.locator("#ban-do").bounding_box()
    assert box is not None
    # A locator scrolls to the map first, as people do; the mouse alone would click beneath the window.
    page.locator("#ban-do").click(position={"x": box["width"] * 0.55, "y": box["height"] * 0.45})
    expect(page.locator("#vi_do")).not_to_have_value(before)
    after = page.input_value("#vi_do")
    page.get_by_role("button", name="Ở đây").click()

    expect(page.locator(".notice.good")).to_contain_text("Đã ghi vị trí")
    page.get_by_role("link", name="Đổi lại").click()
    expect(page.locator("#vi_do")).to_have_value(after)
    page.get_by_role("button", name="Bỏ ghim này").click()
    expect(page.locator("#vi_do")).not_to_have_value(after)


def test_another_way_of_writing_is_tried_and_chosen_with_the_keyboard_alone(site: Site, page: Page) -> None:
    open_question(site, page)
    page.fill("#dia_chi", "số 20 phố Sài Đồng, phường Phúc Đồng")
    page.press("#dia_chi", "Enter")

    found = page.get_by_role("status")
    expect(found).to_contain_text("Sài Đồng")
    expect(page.locator("#chon-1")).to_be_checked()
    assert barriers(page) == []
    page.focus("#chon-1")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#chon-1")).not_to_be_checked()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#chon-1")).to_be_checked()
    assert page.input_value("#chon-1").startswith(f"{page.input_value('#vi_do')};{page.input_value('#kinh_do')};")


def test_a_wrong_password_is_said_aloud_and_the_name_is_kept(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/dang-nhap")
    page.fill("#username", "khong-co")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#username")).to_have_value("khong-co")


def test_english_is_complete_on_the_dispatch_page(site: Site, page: Page) -> None:
    site.log_in(page)
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", name="Batches")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert barriers(page) == []


def wait_for_streets(page: Page) -> None:
    """Until something is drawn on the canvas of the base map."""
    page.wait_for_function(
        """() => [...document.querySelectorAll("#ban-do .leaflet-base-pane canvas")].some((canvas) => canvas
           .getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))"""
    )


def test_after_an_import_the_streets_lie_beneath_the_routes_and_nothing_comes_from_elsewhere(
    mapped_site: Site, page: Page
) -> None:
    foreign: list[str] = []
    page.on("request", lambda asked: foreign.append(asked.url) if not asked.url.startswith(mapped_site.url) else None)
    mapped_site.log_in(page)
    with page.expect_response("**/nen.json") as answer:
        page.goto(f"{mapped_site.url}/dieu-phoi?ngay=2026-11-25")

    assert answer.value.ok
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("OpenStreetMap")
    wait_for_streets(page)
    expect(page.locator("#ban-do .dot")).to_have_count(6)
    assert barriers(page) == []
    assert foreign == []


def test_a_phone_that_has_lost_its_network_still_shows_the_map_that_it_saw(mapped_site: Site, page: Page) -> None:
    mapped_site.log_in(page)
    with page.expect_response("**/nen.json"):
        page.goto(f"{mapped_site.url}/dieu-phoi?ngay=2026-11-25")
    wait_for_streets(page)
    page.context.set_offline(True)
    page.locator(".leaflet-control-zoom-in").click()
    page.locator(".leaflet-control-zoom-out").click()

    wait_for_streets(page)
    expect(page.locator("#ban-do .dot")).to_have_count(6)


def test_a_result_is_found_by_a_few_letters_with_the_keyboard_alone(site: Site, page: Page) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/ket-qua?ngan=da-phat")
    page.focus("#tim")
    page.keyboard.type("nguoi thu so 60")
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_contain_text("không có kết quả nào")
    assert (barriers(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Tìm trong tất cả kết quả").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert (barriers(page), overflows(page)) == ([], False)
    assert "nguoi" not in page.url
    page.locator("tbody th a").press("Enter")
    expect(page.locator("h1")).to_contain_text("-0060")
