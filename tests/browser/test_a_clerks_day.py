"""A clerk's whole day in the browser; the post, a worker and the web server are real processes beside it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from delivery.models import Consignment, Result, Role
from delivery.moments import local, now
from delivery.rules.lifecycle import State
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.browser.conftest import OFFICE, PASSWORD
from tests.browser.test_handover import gun
from tests.delivery.rows import a_row
from tests.delivery.test_uploads import content_of
from tests.journeys.test_the_day import answers, decoded, item_codes, process, until
from web.people import add_staff
from web.processes import free_port

pytestmark = [pytest.mark.browser, pytest.mark.journey]
COUNT = 8


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Service]:
    """A ward with a clerk, and the post, a worker and the pages running for it."""
    home = tmp_path / "home"
    port, post = free_port(), free_port()
    quick = {
        "TANNHA_PORT": port, "TANNHA_SANDBOX_PORT": post, "TANNHA_PLAN_SECONDS": 1,
        "TANNHA_NGSP_POLL_SECONDS": 2, "TANNHA_CLOCK_SKEW_SECONDS": 10**9, "TANNHA_SWEEP_SECONDS": 0.5,
        "TANNHA_LANGUAGE": "vi",
    }  # fmt: skip
    settings = Settings(home=home, carrier="sandbox", port=port, sandbox_port=post, _env_file=None)  # type: ignore[call-arg]
    service = Service.from_settings(settings)
    set_up(service)
    with service.database.write() as session:
        add_staff(session, "huong", "Trần Thu Hương", Role.CLERK, "BD", PASSWORD)
    environment = {name: str(value) for name, value in quick.items()}
    with ExitStack() as house:
        for command in (("sandbox", "--speed", "10000", "--through-nights"), ("worker",), ("serve",)):
            house.enter_context(process(home, *command, environment=environment))
        until(lambda: answers(f"{settings.web_url}/readyz") and answers(f"{settings.carrier_url}/sandbox/idle"), 90)
        yield service
    service.close()


@pytest.fixture
def desk(ward: Service, chromium: Browser) -> Iterator[Page]:
    """The clerk's screen, logged in."""
    page = chromium.new_page(viewport=OFFICE, locale="vi-VN", base_url=ward.settings.web_url)
    page.set_default_timeout(60_000)
    page.goto("/dang-nhap")
    page.fill("#username", "huong")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/dieu-phoi*")
    yield page
    page.close()


def again_until(page: Page, condition: Callable[[], bool]) -> None:
    """Load the page anew, as people do who wait for somebody else's work, until it shows."""
    until(lambda: page.reload() is not None and condition(), 90)


def test_from_the_file_to_the_balance_without_a_command(ward: Service, desk: Page, tmp_path: Path) -> None:
    take_in(desk)
    until(lambda: unplaced(ward) == 0)
    gather_and_plan(desk)
    change_a_route(desk)
    codes = print_and_read(desk, tmp_path)
    tell_the_carrier(desk)
    hand_over(desk, codes)
    the_post_delivers(ward, codes)
    close_the_day(ward, desk)


def take_in(page: Page) -> None:
    yesterday = f"{local(now()).date() - timedelta(days=1):%d/%m/%Y}"
    rows = [a_row(number, Ngày_có_kết_quả=yesterday) for number in range(1, COUNT + 1)]
    bad = a_row(90, Ngày_có_kết_quả=yesterday, Số_điện_thoại="12")
    page.get_by_role("link", name="Hồ sơ").click()
    page.get_by_role("link", name="Nhận tệp kết quả").click()
    page.set_input_files("#tep", {"name": "ngay.csv", "mimeType": "text/csv", "buffer": content_of(*rows, bad)})
    page.get_by_role("button", name="Xem", exact=True).click()
    page.get_by_role("button", name=f"Nhận {COUNT} dòng").click()
    page.get_by_role("link", name="Đến danh sách kết quả").click()
    expect(page.locator("tbody tr")).to_have_count(COUNT)


def unplaced(service: Service) -> int:
    with service.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).where(Result.placed_at.is_(None))) or 0


def gather_and_plan(page: Page) -> None:
    page.get_by_role("link", name="Điều phối").click()
    page.get_by_role("button", name="Gom").click()
    page.get_by_role("button", name="Lập tuyến").first.click()
    expect(page.locator(".stops li")).to_have_count(COUNT, timeout=90_000)


def change_a_route(page: Page) -> None:
    """The clerk knows better than the optimiser who is at home first."""
    page.get_by_role("link", name="Các tuyến: BD").click()
    page.wait_for_url("**/tuyen")
    page.locator(".door:has(+ .door)").first.focus()
    page.keyboard.press("Alt+ArrowDown")
    page.get_by_role("button", name="Công bố", exact=True).click()
    expect(page.locator("#bang-noi")).to_contain_text("Đã công bố")
    page.get_by_role("link", name="← Điều phối").click()


def print_and_read(page: Page, folder: Path) -> list[str]:
    """The papers, and what a gun reads on the labels."""
    page.get_by_role("button", name="In BD").click()
    labels = page.get_by_role("link", name="Nhãn").get_attribute("href")
    assert labels
    (folder / "labels.pdf").write_bytes(page.request.get(labels).body())
    return [code for texts in decoded(folder / "labels.pdf") for code in item_codes(texts)]


def tell_the_carrier(page: Page) -> None:
    page.get_by_role("button", name="Báo bưu chính").click()
    again_until(page, lambda: page.get_by_role("button", name="Báo bưu chính").count() == 0)
    page.get_by_role("link", name="Bàn giao").click()


def hand_over(page: Page, codes: list[str]) -> None:
    assert len(codes) == COUNT
    expect(page.locator("#ma")).to_be_focused()
    for code in codes:
        gun(page, code)
        expect(page.locator("#noi")).to_have_text(f"{code}: đã bàn giao")
    page.fill("#ten-carrier", "Lê Văn Bưu")
    page.get_by_role("button", name="Kết thúc bàn giao").click()
    expect(page.get_by_text(f"Đủ: cả {COUNT} phong bì đã bàn giao")).to_be_visible()


def the_post_delivers(service: Service, codes: list[str]) -> None:
    """The post's clerk scans the pile as well; then its couriers go out, and its callbacks come in."""
    collected = {"itemCodes": codes, "at": now().isoformat()}
    httpx.post(f"{service.settings.carrier_url}/sandbox/collect", json=collected, timeout=30).raise_for_status()
    ended = sa.select(sa.func.count()).where(Consignment.journey.in_([State.DELIVERED, State.RETURNED]))

    def all_ended() -> bool:
        with service.database.read() as session:
            return session.scalar(ended) == COUNT

    until(all_ended, 120)


def close_the_day(service: Service, page: Page) -> None:
    page.get_by_role("link", name="Kết sổ").click()
    expect(page.get_by_text("Sổ cân đến phong bì cuối cùng")).to_be_visible()
    expect(page.locator("#con-ngoai .count")).to_have_text("0")
    with service.database.read() as session:
        delivered = session.scalar(sa.select(sa.func.count()).where(Consignment.journey == State.DELIVERED))
    expect(page.locator("td.num").nth(0)).to_have_text(str(COUNT))
    expect(page.locator("td.num").nth(1)).to_have_text(str(delivered))
    assert page.request.get(page.get_by_role("link", name="Biên bản để ký").get_attribute("href") or "").ok
